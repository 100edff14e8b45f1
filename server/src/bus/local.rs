//! The bus of a single node: its own hub, its outbox and its counters.

use std::sync::Arc;

use tokio::sync::Notify;

use crate::hub::Hub;
use crate::metrics::Metrics;
use crate::model::Committed;

/// Tells this node what it has committed itself.
pub struct LocalBus {
    hub: Hub,
    outbox: Arc<Notify>,
    metrics: Metrics,
}

impl LocalBus {
    /// `outbox` is rung whenever a task was queued.
    #[must_use]
    pub fn new(hub: Hub, outbox: Arc<Notify>, metrics: Metrics) -> Self {
        Self { hub, outbox, metrics }
    }

    /// Tells of a group's commits, in their order.
    pub fn publish(&self, batch: &[Arc<Committed>]) {
        for committed in batch {
            self.hub.publish(committed);
            self.count(committed);
        }
        if batch.iter().any(|committed| !committed.queued.is_empty()) {
            self.outbox.notify_one();
        }
    }

    fn count(&self, committed: &Committed) {
        if committed.conversation.is_some() {
            self.metrics.turns.inc();
        }
        if let Some(how) = committed.tally.understood {
            self.metrics.understood(how);
        }
        if committed.tally.new_lead {
            self.metrics.leads.inc();
        }
    }
}
