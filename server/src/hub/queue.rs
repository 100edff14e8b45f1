//! What waits for one subscription: bounded, so that a client that does not read costs a known amount of memory.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::update::Update;

/// A subscription's queue.
pub(super) struct Queue {
    pub id: u64,
    most: usize,
    waiting: Mutex<VecDeque<Update>>,
    ring: Notify,
}

impl Queue {
    pub fn new(id: u64, most: usize) -> Self {
        Self { id, most, waiting: Mutex::default(), ring: Notify::new() }
    }

    /// The next update; waits until there is one. Loses nothing when it is dropped half-way.
    pub async fn next(&self) -> Update {
        loop {
            if let Some(update) = self.try_next() {
                return update;
            }
            // Notify keeps one permit: an update that comes between the look and the wait is not slept through.
            self.ring.notified().await;
        }
    }

    pub fn try_next(&self) -> Option<Update> {
        let mut waiting = lock(&self.waiting);
        let update = waiting.pop_front();
        if waiting.is_empty() && waiting.capacity() > 8 {
            // An idle visitor pays for no queue.
            waiting.shrink_to_fit();
        }
        update
    }

    pub fn push(&self, updates: &[Update]) {
        let mut waiting = lock(&self.waiting);
        for update in updates {
            if matches!(update, Update::Typing(typing) if typing.subscription == self.id) {
                continue;
            }
            if waiting.len() < self.most {
                waiting.push_back(update.clone());
            } else {
                // Everything that waits is in the store, typing apart, which is stale by then.
                waiting.retain(|update| matches!(update, Update::Notice(_)));
                waiting.push_back(Update::Lagged);
                if matches!(update, Update::Notice(_)) {
                    waiting.push_back(update.clone());
                }
            }
        }
        drop(waiting);
        self.ring.notify_one();
    }
}

/// A panic while the lock was held leaves the queue whole: every change to it is a single call.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
