//! One listener's end. Ends the listening when it is dropped.

use std::sync::Arc;

use super::queue::Queue;
use super::registry::{Registry, Topic};
use super::update::Update;

/// Hears what is said from when it was opened on.
pub struct Subscription {
    registry: Arc<Registry>,
    topic: Topic,
    queue: Arc<Queue>,
}

impl Subscription {
    pub(super) fn new(registry: &Arc<Registry>, topic: Topic) -> Self {
        let queue = registry.open(&topic);
        Self { registry: Arc::clone(registry), topic, queue }
    }

    /// What tells this subscription from the others; never 0.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.queue.id
    }

    /// The next update; waits until there is one. Loses nothing when it is dropped half-way.
    pub async fn next(&self) -> Update {
        self.queue.next().await
    }

    /// The next update, if there is one already.
    #[must_use]
    pub fn try_next(&self) -> Option<Update> {
        self.queue.try_next()
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.registry.close(&self.topic, &self.queue);
    }
}
