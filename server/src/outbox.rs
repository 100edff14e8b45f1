//! The outbox's worker: claims what is due, has it delivered, and finishes it, tries again later, or gives it up visibly.

mod pace;

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use rand::rngs::StdRng;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

pub use self::pace::{GIVE_UP_MS, back_off};
use crate::channel::letter::Letter;
use crate::channel::{Channels, Outcome, clean};
use crate::clock::{Clock, Millis};
use crate::config::Config;
use crate::model::{Payload, Task};
use crate::store::{self, Store, StoreError};

/// Deliveries at once. More than one, so that a stalled one does not hold up the others; few, since mail servers limit
/// connections from one address.
const SLOTS: usize = 4;
/// How long a claim lasts without being renewed: what a crash delays the mails that were being delivered.
const LEASE_MS: Millis = 60_000;
/// How often a claim is renewed while a mail server takes its time.
const RENEW: Duration = Duration::from_secs(20);
/// How often to look for tasks that nobody woke us for: those of other nodes.
const POLL: Duration = Duration::from_secs(10);
/// The shortest wait between two looks.
const PAUSE: Duration = Duration::from_millis(50);
/// How long to leave a database in peace that does not answer.
const STORE_PAUSE: Duration = Duration::from_secs(2);
/// How long deliveries that are under way may take to end after the stop signal.
const GRACE: Duration = Duration::from_secs(5);
/// Tries of a task whose delivery panics, before it is given up.
const MAX_PANICS: i64 = 5;
/// Events of the transcript in a mail: enough to see what it is about, short enough for a phone.
const TRANSCRIPT_EVENTS: usize = 30;

/// Everything that the worker needs.
pub struct Worker {
    /// Where the tasks are.
    pub store: Store,
    /// The ways out.
    pub channels: Channels,
    /// The sites, for their names, languages and time zones.
    pub config: Arc<Config>,
    /// The time.
    pub clock: Clock,
    /// Woken when a task was queued.
    pub wake: Arc<Notify>,
    /// Told how each try ended: `sent`, `retry` or `failed`.
    pub tally: Box<dyn Fn(&'static str) + Send + Sync>,
    /// For the jitter of the back-off.
    pub random: Mutex<StdRng>,
}

/// What a try led to, in the words that are counted.
const SENT: &str = "sent";
const RETRY: &str = "retry";
const FAILED: &str = "failed";

impl Worker {
    /// Delivers until `stop`; then lets what is under way end, and hands back to the outbox what does not in time.
    pub async fn run(self, stop: CancellationToken) {
        let worker = Arc::new(self);
        let hurry = CancellationToken::new();
        let mut under_way = JoinSet::new();
        while !stop.is_cancelled() {
            // Registered before the query: a task that is queued between the two wakes us all the same.
            let woken = worker.wake.notified();
            tokio::pin!(woken);
            woken.as_mut().enable();

            let rest = Arc::clone(&worker).start_due(&mut under_way, &hurry).await;
            tokio::select! {
                () = stop.cancelled() => {}
                _ = under_way.join_next(), if !under_way.is_empty() => {}
                () = &mut woken => {}
                () = tokio::time::sleep(rest) => {}
            }
        }
        let ended = tokio::time::timeout(GRACE, async { while under_way.join_next().await.is_some() {} }).await;
        if ended.is_err() {
            hurry.cancel();
            while under_way.join_next().await.is_some() {}
        }
    }

    /// Claims as much as there are free slots for and starts it; says how long nothing more will be due.
    async fn start_due(self: Arc<Self>, under_way: &mut JoinSet<()>, hurry: &CancellationToken) -> Duration {
        while under_way.try_join_next().is_some() {}
        let free = SLOTS.saturating_sub(under_way.len());
        if free == 0 {
            return POLL;
        }
        let due = async {
            let tasks = store::outbox::claim(&self.store, free, LEASE_MS).await?;
            Ok::<_, StoreError>((tasks, store::outbox::next_due(&self.store).await?))
        };
        match due.await {
            Ok((tasks, next_due)) => {
                for task in tasks {
                    let span = tracing::info_span!("task", task.id = %task.id, task.attempt = task.attempts + 1);
                    under_way.spawn(Arc::clone(&self).take(task, hurry.clone()).instrument(span));
                }
                let wait = next_due.map_or(i64::MAX, |due| due.saturating_sub(self.clock.now())).max(0);
                Duration::from_millis(wait.unsigned_abs()).clamp(PAUSE, POLL)
            }
            Err(error) => {
                tracing::warn!(%error, "the outbox cannot be read; looking again soon");
                STORE_PAUSE
            }
        }
    }

    /// One try of one task, from the claim to what is stored of it.
    async fn take(self: Arc<Self>, task: Task, hurry: CancellationToken) {
        let trying = AssertUnwindSafe(self.deliver(&task)).catch_unwind();
        tokio::pin!(trying);
        let outcome = loop {
            tokio::select! {
                outcome = &mut trying => break outcome,
                () = hurry.cancelled() => {
                    let why = "the program stopped while it was being delivered";
                    let _ = store::outbox::retry(&self.store, &task, self.clock.now(), why).await;
                    return;
                }
                () = tokio::time::sleep(RENEW) => {
                    if let Ok(false) = store::outbox::renew(&self.store, &task, LEASE_MS).await {
                        tracing::warn!("another worker has taken this task over");
                        return;
                    }
                }
            }
        };
        let outcome = outcome.unwrap_or_else(|_| match task.attempts + 1 < MAX_PANICS {
            true => Outcome::retry("delivering it panicked"),
            false => Outcome::reject(format!("delivering it panicked {MAX_PANICS} times")),
        });
        self.settle(&task, outcome).await;
    }

    async fn deliver(&self, task: &Task) -> Outcome {
        match self.letter(task).await {
            Ok(letter) => self.channels.email.deliver(&letter).await,
            Err(outcome) => outcome,
        }
    }

    /// Loads what the mail tells of, as it is now: a lead that has since given more is shown whole.
    async fn letter(&self, task: &Task) -> Result<Letter, Outcome> {
        let Payload::Escalation { site, conversation, lead, recipient, reason, seq } = &task.payload;
        let Some(site) = self.config.sites.iter().find(|known| known.id == *site) else {
            return Err(Outcome::retry(format!(
                "site {site:?} is not in the configuration; put it back to have its mail sent"
            )));
        };
        let (conversation, (events, more)) = match conversation {
            Some(id) => (
                store::conversations::load(&self.store, *id).await.map_err(unread)?,
                store::conversations::events_before(&self.store, *id, seq + 1, TRANSCRIPT_EVENTS)
                    .await
                    .map_err(unread)?,
            ),
            None => (None, (Vec::new(), false)),
        };
        let lead = match (lead, &conversation) {
            (Some(id), _) => store::leads::load(&self.store, *id).await.map_err(unread)?,
            (None, Some(conversation)) => {
                store::leads::of_conversation(&self.store, conversation.id).await.map_err(unread)?
            }
            (None, None) => None,
        };
        if conversation.is_none() && lead.is_none() {
            return Err(Outcome::reject("what it tells of has been deleted"));
        }
        let mut same_email = Vec::new();
        if let Some(lead) = &lead
            && let Some(email) = &lead.email_normal
        {
            same_email = store::leads::with_email(&self.store, &site.id, email).await.map_err(unread)?;
            same_email.retain(|other| other.id != lead.id);
            same_email.reverse();
        }
        Ok(Letter {
            site: site.clone(),
            recipient: recipient.clone(),
            reason: *reason,
            conversation,
            events,
            more,
            lead,
            same_email,
            message_id: task.message_id.clone(),
            queued_at: task.created_at,
        })
    }

    /// Stores how a try ended, counts it and logs it: once, here, with the address masked.
    async fn settle(&self, task: &Task, outcome: Outcome) {
        let Payload::Escalation { recipient, site, .. } = &task.payload;
        let recipient = clean::masked(recipient);
        let now = self.clock.now();
        let waited = now.saturating_sub(task.created_at);
        let outcome = match outcome {
            Outcome::Retry { why } if waited >= GIVE_UP_MS => {
                Outcome::Reject { why: format!("given up after {} days: {why}", waited / (24 * 60 * 60 * 1000)) }
            }
            outcome => outcome,
        };
        let (stored, counted) = match &outcome {
            Outcome::Sent => {
                tracing::info!(task.recipient = %recipient, site.id = %site, "mail handed over");
                (self.finish(task).await, SENT)
            }
            Outcome::Retry { why } => {
                let wait = {
                    let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
                    back_off(task.attempts, &mut *random)
                };
                tracing::warn!(task.recipient = %recipient, site.id = %site, task.wait_ms = wait, error = %why, "mail not taken; trying again");
                (store::outbox::retry(&self.store, task, now.saturating_add(wait), why).await.map(drop), RETRY)
            }
            Outcome::Reject { why } => {
                tracing::error!(task.recipient = %recipient, site.id = %site, error = %why, "mail given up; see `sidedoor doctor`");
                (store::outbox::reject(&self.store, task, why).await.map(drop), FAILED)
            }
        };
        (self.tally)(counted);
        if let Err(error) = stored {
            // The claim runs out by itself; a mail that was sent is then sent again, with the same Message-ID.
            tracing::error!(%error, "how the mail ended could not be stored");
        }
    }

    /// Tries a few times: a mail that was sent but is not marked so is sent twice.
    async fn finish(&self, task: &Task) -> Result<(), StoreError> {
        const TRIES: u32 = 5;
        let mut wait = Duration::from_millis(200);
        for _ in 1..TRIES {
            if store::outbox::finish(&self.store, task).await.is_ok() {
                return Ok(());
            }
            tokio::time::sleep(wait).await;
            wait *= 2;
        }
        store::outbox::finish(&self.store, task).await
    }
}

/// A database that is away comes back; a row that cannot be read stays so.
fn unread(error: StoreError) -> Outcome {
    match error {
        StoreError::Unavailable(_) => Outcome::retry(error.to_string()),
        StoreError::Corrupt { .. } => Outcome::reject(error.to_string()),
    }
}
