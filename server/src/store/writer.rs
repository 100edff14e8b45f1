//! Group commit: one task commits whatever has gathered since its last commit, and never waits for more.
//!
//! A commit waits for the disk (`fsync`), which takes longer than hundreds of rows do. So turns of many visitors share
//! one. Each is all or nothing by itself: when a group is refused, its turns are tried one by one, each in a savepoint.

use std::collections::{HashSet, VecDeque};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::{Semaphore, mpsc, oneshot};

use super::row::{ConversationRow, EventRow, LeadRow, TaskRow, Text};
use super::statement::{self, Outcomes};
use super::{CommitError, Db, error};
use crate::clock::{Clock, Millis};
use crate::id::TaskId;
use crate::model::{Conversation, Event, Lead, NewTask};

/// Turns in one transaction at most. Beyond some hundreds, sharing a commit saves little and the first turn waits long.
const MAX_GROUP: usize = 512;

/// Turns that may wait for the writer before their senders do.
const QUEUE: usize = 4_096;

/// A group that takes longer is given up: a frozen database must not hold turns for ever. SQLite has its own limit,
/// the busy timeout.
const POSTGRES_TIMEOUT: Duration = Duration::from_secs(15);

/// What a step of the dialogue changes: all of it is stored, or nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
    /// The row as it shall be. Its `version` is the one that the turn was computed from; 0 makes a new row.
    pub conversation: Conversation,
    /// What was said, with the `seq`s that follow the conversation's earlier `last_seq`.
    pub events: Vec<Event>,
    /// The lead as it shall be. The conversation's lead keeps the id it was first saved with.
    pub lead: Option<Lead>,
    /// What must leave the building.
    pub tasks: Vec<NewTask>,
}

/// A turn is on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    /// The conversation's version from now on.
    pub version: i64,
    /// The tasks that were queued; one whose `dedup_key` was known is not.
    pub queued: Vec<TaskId>,
}

/// What the writer is asked for.
pub(super) enum Job {
    /// To store something and answer.
    Write(Box<Write>, oneshot::Sender<Result<Committed, CommitError>>),
    /// To finish what is queued and end.
    Stop,
}

/// The rows of one turn, or of one form; made by the sender, so that the writer only binds them.
pub(super) struct Write {
    pub conversation: Option<ConversationRow>,
    pub events: Vec<EventRow>,
    pub lead: Option<LeadRow>,
    pub tasks: Vec<TaskRow>,
    /// When the group is written; becomes the tasks' `created_at`.
    pub now: Millis,
}

impl From<Turn> for Write {
    fn from(turn: Turn) -> Self {
        let conversation = ConversationRow::from(&turn.conversation);
        let id = Text::clone(&conversation.id);
        Self {
            conversation: Some(conversation),
            events: turn.events.iter().map(|event| EventRow::new(&id, event)).collect(),
            lead: turn.lead.as_ref().map(LeadRow::from),
            tasks: turn.tasks.iter().map(TaskRow::from).collect(),
            now: 0,
        }
    }
}

/// Hands a write to the writer and waits for its commit.
pub(super) async fn submit(writer: &mpsc::Sender<Job>, write: Write) -> Result<Committed, CommitError> {
    let (answer, committed) = oneshot::channel();
    let gone = || CommitError::Unavailable("the writer has stopped".to_owned());
    writer.send(Job::Write(Box::new(write), answer)).await.map_err(|_| gone())?;
    committed.await.map_err(|_| gone())?
}

/// Starts the writer. It ends when told to stop or when no sender is left, and then closes `ended`.
pub(super) fn start(db: Db, clock: Clock, ended: Arc<Semaphore>) -> mpsc::Sender<Job> {
    let (sender, jobs) = mpsc::channel(QUEUE);
    tokio::spawn(async move {
        Writer { db, clock, jobs, held: VecDeque::new(), stopping: false }.run().await;
        ended.close();
    });
    sender
}

type Waiting = (Box<Write>, oneshot::Sender<Result<Committed, CommitError>>);

struct Writer {
    db: Db,
    clock: Clock,
    jobs: mpsc::Receiver<Job>,
    /// Second turns of a conversation that is in the current group already; they go first into the next.
    held: VecDeque<Waiting>,
    stopping: bool,
}

impl Writer {
    async fn run(mut self) {
        loop {
            let group = self.gather().await;
            if group.is_empty() {
                return;
            }
            let (mut writes, answers): (Vec<_>, Vec<_>) = group.into_iter().unzip();
            let now = self.clock.now();
            for write in &mut writes {
                write.now = now;
            }
            // Ordered by conversation: two nodes that write the same rows of PostgreSQL take their locks in one order.
            let mut order: Vec<usize> = (0..writes.len()).collect();
            order.sort_by(|&a, &b| id_of(&writes[a]).cmp(&id_of(&writes[b])));
            let ordered: Vec<&Write> = order.iter().map(|&index| &*writes[index]).collect();

            // A panic must not end the writer: later turns would never be answered.
            let outcomes = AssertUnwindSafe(store(&self.db, &ordered)).catch_unwind().await.unwrap_or_else(|_| {
                let broken = CommitError::Unavailable("the writer broke; the log has the reason".to_owned());
                vec![Err(broken); ordered.len()]
            });

            let mut answers: Vec<_> = answers.into_iter().map(Some).collect();
            for (index, outcome) in order.into_iter().zip(outcomes) {
                if let Some(answer) = answers[index].take() {
                    // A sender that has gone away needs no answer.
                    drop(answer.send(outcome));
                }
            }
        }
    }

    /// Waits for a job, then takes what else is there: each conversation once. Empty when it is over.
    async fn gather(&mut self) -> Vec<Waiting> {
        let mut group = Vec::new();
        let mut present = HashSet::new();
        let mut again = VecDeque::new();
        while let Some(waiting) = self.held.pop_front() {
            take(waiting, &mut group, &mut present, &mut again);
        }
        if group.is_empty() && !self.stopping {
            match self.jobs.recv().await {
                Some(Job::Write(write, answer)) => take((write, answer), &mut group, &mut present, &mut again),
                Some(Job::Stop) => self.stop(),
                None => self.stopping = true,
            }
        }
        // Whoever is about to hand in a turn does so first: nobody waits for it, and more turns share the commit.
        tokio::task::yield_now().await;
        while group.len() < MAX_GROUP {
            match self.jobs.try_recv() {
                Ok(Job::Write(write, answer)) => take((write, answer), &mut group, &mut present, &mut again),
                Ok(Job::Stop) => self.stop(),
                Err(_) => break,
            }
        }
        self.held = again;
        group
    }

    /// Takes no more jobs; those that are queued are still done.
    fn stop(&mut self) {
        self.stopping = true;
        self.jobs.close();
    }
}

/// Puts a write into the group, or holds it back while its conversation is in it already.
fn take(waiting: Waiting, group: &mut Vec<Waiting>, present: &mut HashSet<Text>, again: &mut VecDeque<Waiting>) {
    let id = waiting.0.conversation.as_ref().map(|conversation| Text::clone(&conversation.id));
    if id.is_none_or(|id| present.insert(id)) {
        group.push(waiting);
    } else {
        again.push_back(waiting);
    }
}

fn id_of(write: &Write) -> Option<&Text> {
    write.conversation.as_ref().map(|conversation| &conversation.id)
}

/// Stores a group: in a few statements if all is well, write by write if something in it is refused.
async fn store(db: &Db, writes: &[&Write]) -> Outcomes {
    let stored = match at_once(db, writes).await {
        Ok(Some(outcomes)) => Ok(outcomes),
        Ok(None) => one_by_one(db, writes).await,
        Err(error) if error::is_refusal(&error) || error::is_collision(&error) => one_by_one(db, writes).await,
        Err(error) => Err(error),
    };
    stored.unwrap_or_else(|error| {
        tracing::warn!(turns = writes.len(), error = %error, "turns could not be stored");
        vec![Err(CommitError::Unavailable(error.to_string())); writes.len()]
    })
}

async fn at_once(db: &Db, writes: &[&Write]) -> Result<Option<Outcomes>, sqlx::Error> {
    match db {
        Db::Sqlite { write, .. } => statement::sqlite::all_at_once(write, writes).await,
        Db::Postgres { write, .. } => in_time(statement::postgres::all_at_once(write, writes)).await,
    }
}

async fn one_by_one(db: &Db, writes: &[&Write]) -> Result<Outcomes, sqlx::Error> {
    match db {
        Db::Sqlite { write, .. } => statement::sqlite::one_by_one(write, writes).await,
        Db::Postgres { write, .. } => in_time(statement::postgres::one_by_one(write, writes)).await,
    }
}

async fn in_time<T>(storing: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, sqlx::Error> {
    tokio::time::timeout(POSTGRES_TIMEOUT, storing).await.unwrap_or_else(|_| {
        let silent = std::io::Error::new(std::io::ErrorKind::TimedOut, "PostgreSQL does not answer");
        Err(sqlx::Error::Io(silent))
    })
}
