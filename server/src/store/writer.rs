//! Group commit: one task commits whatever has gathered since its last commit, and never waits for more.
//!
//! A commit waits for the disk (`fsync`), which takes longer than hundreds of rows do. So turns of many visitors share
//! one. Each is all or nothing by itself: those that come too late are sorted out and the rest is stored at once; only what
//! the database itself refuses is looked for one by one, each turn in a savepoint.
//!
//! Whoever must hear of commits is told by the writer, in their order, before the turns are answered: so what was committed
//! is told even if nobody waits for the answer any more.

use std::collections::{HashSet, VecDeque};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::{Semaphore, mpsc, oneshot};

use super::row::Text;
use super::statement::{self, Outcomes};
use super::write::{Stored, Write};
use super::{CommitError, Db, error};
use crate::clock::Clock;
use crate::model::Committed;

/// Turns in one transaction at most. Beyond some hundreds, sharing a commit saves little and the first turn waits long.
const MAX_GROUP: usize = 512;

/// Turns that may wait for the writer before their senders do.
const QUEUE: usize = 4_096;

/// A group that takes longer is given up: a frozen database must not hold turns for ever. SQLite has its own limit,
/// the busy timeout.
const POSTGRES_TIMEOUT: Duration = Duration::from_secs(15);

/// Turns in one transaction when each has a savepoint: PostgreSQL keeps 64 of them at hand, and looks for more on slow ways
/// that hold up everybody.
const MAX_SAVEPOINTS: usize = 32;

/// How often late turns are sorted out of one group: each time another program has committed in between.
const MAX_SIFTS: usize = 3;

/// Is told of each group's commits, in order; must not wait.
pub type Listener = Box<dyn Fn(&[Arc<Committed>]) + Send + Sync>;

/// What the writer is asked for.
pub(super) enum Job {
    /// To store something and answer.
    Write(Box<Write>, Answer),
    /// To finish what is queued and end.
    Stop,
}

/// Where a write's outcome goes.
type Answer = oneshot::Sender<Result<Arc<Committed>, CommitError>>;

/// Hands a write to the writer and waits for its commit.
pub(super) async fn submit(writer: &mpsc::Sender<Job>, write: Write) -> Result<Arc<Committed>, CommitError> {
    let (answer, committed) = oneshot::channel();
    let gone = || CommitError::Unavailable("the writer has stopped".to_owned());
    writer.send(Job::Write(Box::new(write), answer)).await.map_err(|_| gone())?;
    committed.await.map_err(|_| gone())?
}

/// Starts the writer. It ends when told to stop or when no sender is left, and then closes `ended`.
pub(super) fn start(
    db: Db,
    clock: Clock,
    listener: Listener,
    savepoints: Arc<AtomicU64>,
    ended: Arc<Semaphore>,
) -> mpsc::Sender<Job> {
    let (sender, jobs) = mpsc::channel(QUEUE);
    tokio::spawn(async move {
        Writer { db, clock, listener, savepoints, jobs, held: VecDeque::new(), stopping: false }.run().await;
        ended.close();
    });
    sender
}

type Waiting = (Box<Write>, Answer);

struct Writer {
    db: Db,
    clock: Clock,
    listener: Listener,
    /// Turns that were tried in a savepoint of their own.
    savepoints: Arc<AtomicU64>,
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
            let outcomes = AssertUnwindSafe(self.store(&ordered)).catch_unwind().await.unwrap_or_else(|_| {
                let broken = CommitError::Unavailable("the writer broke; the log has the reason".to_owned());
                vec![Err(broken); ordered.len()]
            });
            drop(ordered);
            self.answer(writes.into_iter().zip(answers).collect(), order.into_iter().zip(outcomes));
        }
    }

    /// Tells what was committed, then answers each write.
    fn answer(&self, waiting: Vec<Waiting>, outcomes: impl Iterator<Item = (usize, Result<Stored, CommitError>)>) {
        let mut waiting: Vec<_> = waiting.into_iter().map(Some).collect();
        let mut batch = Vec::with_capacity(waiting.len());
        let mut answers = Vec::with_capacity(waiting.len());
        for (index, outcome) in outcomes {
            let Some((write, answer)) = waiting[index].take() else { continue };
            let outcome = outcome.map(|stored| Arc::new(write.told_as(stored)));
            batch.extend(outcome.as_ref().ok().map(Arc::clone));
            answers.push((answer, outcome));
        }
        if !batch.is_empty() && std::panic::catch_unwind(AssertUnwindSafe(|| (self.listener)(&batch))).is_err() {
            tracing::error!("whoever listens to commits broke; open connections learn of them with the next event");
        }
        for (answer, outcome) in answers {
            // A sender that has gone away needs no answer.
            drop(answer.send(outcome));
        }
    }

    /// Stores a group: in a few statements if all is well; without those that come too late if there are such; write by write
    /// only if the database refuses something.
    async fn store(&self, writes: &[&Write]) -> Outcomes {
        match self.store_all(writes).await {
            Ok(outcomes) => outcomes,
            Err(error) => {
                tracing::warn!(turns = writes.len(), error = %error, "turns could not be stored");
                vec![Err(CommitError::Unavailable(error.to_string())); writes.len()]
            }
        }
    }

    async fn store_all(&self, writes: &[&Write]) -> Result<Outcomes, sqlx::Error> {
        match at_once(&self.db, writes).await {
            Ok(Some(outcomes)) => return Ok(outcomes),
            Ok(None) => {}
            Err(error) if error::is_refusal(&error) || error::is_collision(&error) => {}
            Err(error) => return Err(error),
        }
        for _ in 0..MAX_SIFTS {
            match without_late(&self.db, writes).await {
                Ok(Some(outcomes)) => return Ok(outcomes),
                Err(error) if error::is_refusal(&error) => break,
                Ok(None) => {}
                Err(error) if error::is_collision(&error) => {}
                Err(error) => return Err(error),
            }
        }
        let mut outcomes = Vec::with_capacity(writes.len());
        for some in writes.chunks(MAX_SAVEPOINTS) {
            self.savepoints.fetch_add(some.len() as u64, Ordering::Relaxed);
            // What was stored before stays stored, so only these are unknown when the database goes away in between.
            outcomes.extend(
                one_by_one(&self.db, some)
                    .await
                    .unwrap_or_else(|error| vec![Err(CommitError::Unavailable(error.to_string())); some.len()]),
            );
        }
        Ok(outcomes)
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
    let write = &waiting.0;
    let id = id_of(write).map(Text::clone);
    if id.is_none_or(|id| present.insert(id)) {
        group.push(waiting);
    } else {
        again.push_back(waiting);
    }
}

fn id_of(write: &Write) -> Option<&Text> {
    write.conversation.as_ref().map(|conversation| &conversation.id)
}

async fn at_once(db: &Db, writes: &[&Write]) -> Result<Option<Outcomes>, sqlx::Error> {
    match db {
        Db::Sqlite { write, .. } => statement::sqlite::all_at_once(write, writes).await,
        Db::Postgres { write, .. } => in_time(statement::postgres::all_at_once(write, writes)).await,
    }
}

async fn without_late(db: &Db, writes: &[&Write]) -> Result<Option<Outcomes>, sqlx::Error> {
    match db {
        Db::Sqlite { write, .. } => statement::sqlite::without_late(write, writes).await,
        Db::Postgres { write, .. } => in_time(statement::postgres::without_late(write, writes)).await,
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
