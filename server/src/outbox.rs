//! The outbox's worker: claims what is due, has it delivered, and finishes it, tries again later, or gives it up visibly.

mod jobs;
mod lanes;
mod pace;
mod quota;
mod tools;

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use rand::rngs::StdRng;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use self::lanes::{Lanes, Slot};
pub use self::pace::{GIVE_UP_MS, back_off};
use self::quota::Quota;
pub use self::tools::Labels;
use self::tools::Tools;
use crate::channel::{Channels, Outcome, clean};
use crate::clock::{Clock, Millis};
use crate::config::Config;
use crate::model::Task;
use crate::staff::Staff;
use crate::store::{self, Store, StoreError};

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

/// Everything that the worker needs.
pub struct Worker {
    /// Where the tasks are.
    pub store: Store,
    /// The ways out.
    pub channels: Channels,
    /// The sites, for their names, languages and time zones.
    pub config: Arc<Config>,
    /// What the sites' intents are called.
    pub labels: Box<Labels>,
    /// Who is written to, and by which link they come in.
    pub staff: Arc<Staff>,
    /// The time.
    pub clock: Clock,
    /// Woken when a task was queued.
    pub wake: Arc<Notify>,
    /// Told how each try ended: `sent`, `retry` or `failed`; or that it was `postponed`, since too many mails left.
    pub tally: Box<dyn Fn(&'static str) + Send + Sync>,
    /// For the jitter of the back-off.
    pub random: Mutex<StdRng>,
}

/// What a try led to, in the words that are counted.
const SENT: &str = "sent";
const RETRY: &str = "retry";
const FAILED: &str = "failed";
const POSTPONED: &str = "postponed";

impl Worker {
    /// Delivers until `stop`; then lets what is under way end, and hands back to the outbox what does not in time.
    pub async fn run(self, stop: CancellationToken) {
        let worker = Arc::new(self);
        let (lanes, quota) = (Lanes::new(), Quota::default());
        let hurry = CancellationToken::new();
        let mut under_way = JoinSet::new();
        while !stop.is_cancelled() {
            // Registered before the query: a task that is queued between the two wakes us all the same.
            let woken = worker.wake.notified();
            tokio::pin!(woken);
            woken.as_mut().enable();

            let rest = Arc::clone(&worker).start_due(&lanes, &quota, &mut under_way, &hurry).await;
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
    async fn start_due(
        self: Arc<Self>,
        lanes: &Lanes,
        quota: &Quota,
        under_way: &mut JoinSet<()>,
        hurry: &CancellationToken,
    ) -> Duration {
        while under_way.try_join_next().is_some() {}
        let free = lanes.free();
        if free.is_empty() {
            return POLL;
        }
        match store::outbox::claim(&self.store, &free, LEASE_MS).await {
            Ok(claimed) => {
                for batch in claimed.batches {
                    let Some(first) = batch.first() else { continue };
                    if let Some(key) = &first.terms.batch_key
                        && let Err(wait_ms) = quota.take(key, self.clock.now())
                    {
                        self.postpone(&batch, wait_ms).await;
                        continue;
                    }
                    let span = tracing::info_span!("task", task.id = %first.id, task.attempt = first.attempts + 1);
                    let slot = lanes.take(first.payload.lane());
                    under_way.spawn(Arc::clone(&self).take(batch, slot, hurry.clone()).instrument(span));
                }
                // A full lane has its next look when one of its deliveries ends.
                if claimed.more_in.into_iter().any(|lane| lanes.has_free(lane)) {
                    return PAUSE;
                }
                let wait = claimed.next_in.unwrap_or(i64::MAX).max(0);
                Duration::from_millis(wait.unsigned_abs()).clamp(PAUSE, POLL)
            }
            Err(error) => {
                tracing::warn!(%error, "the outbox cannot be read; looking again soon");
                STORE_PAUSE
            }
        }
    }

    /// What has had its share of mails waits, and leaves with what comes until then.
    async fn postpone(&self, batch: &[Task], wait_ms: Millis) {
        tracing::warn!(
            task.batch = batch.len(),
            task.wait_ms = wait_ms,
            "too many mails of one kind; they will come as one"
        );
        (self.tally)(POSTPONED);
        if let Err(error) = store::outbox::postpone(&self.store, batch, wait_ms).await {
            tracing::error!(%error, "that tasks wait could not be stored; they are looked at again when their claim runs out");
        }
    }

    /// One try of what is delivered as one, from the claim to what is stored of it.
    async fn take(self: Arc<Self>, batch: Vec<Task>, _slot: Option<Slot>, hurry: CancellationToken) {
        let trying = AssertUnwindSafe(self.deliver(&batch)).catch_unwind();
        tokio::pin!(trying);
        let outcome = loop {
            tokio::select! {
                outcome = &mut trying => break outcome,
                () = hurry.cancelled() => {
                    let why = "the program stopped while it was being delivered";
                    let _ = store::outbox::retry(&self.store, &batch, 0, why).await;
                    return;
                }
                () = tokio::time::sleep(RENEW) => {
                    if let Ok(false) = store::outbox::renew(&self.store, &batch, LEASE_MS).await {
                        tracing::warn!("another worker has taken this task over");
                        return;
                    }
                }
            }
        };
        let Some(first) = batch.first() else { return };
        let outcome = outcome.unwrap_or_else(|_| match first.attempts + 1 < MAX_PANICS {
            true => Outcome::retry("delivering it panicked"),
            false => Outcome::reject(format!("delivering it panicked {MAX_PANICS} times")),
        });
        self.settle(&batch, first, outcome).await;
    }

    async fn deliver(&self, batch: &[Task]) -> Outcome {
        let now = self.clock.now();
        if batch.iter().any(|task| task.terms.expires_at.is_some_and(|end| end <= now)) {
            return Outcome::reject(EXPIRED);
        }
        let (store, channels, config) = (&self.store, &self.channels, &self.config);
        jobs::deliver(&Tools { store, channels, config, labels: &*self.labels, staff: &self.staff }, batch).await
    }

    /// Stores how a try ended, counts it and logs it: once, here, with the address masked.
    async fn settle(&self, batch: &[Task], first: &Task, outcome: Outcome) {
        let summary = first.payload.summary();
        let (recipient, site, kind) = (clean::masked(summary.recipient), summary.site, summary.kind);
        let outcome = self.with_patience(first, outcome);
        let (stored, counted) = match &outcome {
            Outcome::Sent => {
                tracing::info!(task.kind = kind, task.recipient = %recipient, site.id = %site, task.batch = batch.len(), "handed over");
                (self.finish(batch).await, SENT)
            }
            Outcome::Retry { why } => {
                let wait = {
                    let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
                    back_off(first.attempts, &mut *random)
                };
                tracing::warn!(task.kind = kind, task.recipient = %recipient, site.id = %site, task.wait_ms = wait, error = %why, "not taken; trying again");
                (store::outbox::retry(&self.store, batch, wait, why).await.map(drop), RETRY)
            }
            Outcome::Reject { why } => {
                tracing::error!(task.kind = kind, task.recipient = %recipient, site.id = %site, error = %why, "given up; see `sidedoor outbox --failed`");
                (store::outbox::reject(&self.store, batch, why).await.map(drop), FAILED)
            }
        };
        (self.tally)(counted);
        if let Err(error) = stored {
            // The claim runs out by itself; a mail that was sent is then sent again, with the same Message-ID.
            tracing::error!(%error, "how the delivery ended could not be stored");
        }
    }

    /// Turns another try into the last one where the task has been tried for long enough.
    fn with_patience(&self, first: &Task, outcome: Outcome) -> Outcome {
        let waited = self.clock.now().saturating_sub(first.tried_since);
        match outcome {
            Outcome::Retry { why } if waited >= GIVE_UP_MS => {
                let days = waited / (24 * 60 * 60 * 1000);
                Outcome::Reject { why: format!("given up after {days} days: {why}") }
            }
            outcome => outcome,
        }
    }

    /// Tries a few times: a mail that was sent but is not marked so is sent twice.
    async fn finish(&self, batch: &[Task]) -> Result<(), StoreError> {
        const TRIES: u32 = 5;
        let mut wait = Duration::from_millis(200);
        for _ in 1..TRIES {
            if store::outbox::finish(&self.store, batch).await.is_ok() {
                return Ok(());
            }
            tokio::time::sleep(wait).await;
            wait *= 2;
        }
        store::outbox::finish(&self.store, batch).await
    }
}

/// Why a task is given up that could not be delivered in time.
const EXPIRED: &str = "it could not be delivered before it expired";
