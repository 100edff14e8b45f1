//! Slots for deliveries, each lane with its own: what goes to many never delays what somebody waits for.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::model::Lane;

/// A slot in use; free again when it is dropped.
pub(super) type Slot = OwnedSemaphorePermit;

/// Deliveries at once in a lane. More than one, so that a stalled one does not hold up the others; few, since mail servers
/// limit connections from one address.
const fn slots(lane: Lane) -> usize {
    match lane {
        Lane::Urgent => 4,
        // Of each person one at a time, so that these are different people.
        Lane::Line => 8,
        Lane::Bulk => 2,
    }
}

/// The lanes with their slots.
pub(super) struct Lanes([(Lane, Arc<Semaphore>); 3]);

impl Lanes {
    pub(super) fn new() -> Self {
        Self(Lane::ALL.map(|lane| (lane, Arc::new(Semaphore::new(slots(lane))))))
    }

    /// The lanes in which something may be started, and how much.
    pub(super) fn free(&self) -> Vec<(Lane, usize)> {
        self.0.iter().map(|(lane, slots)| (*lane, slots.available_permits())).filter(|(_, free)| *free > 0).collect()
    }

    pub(super) fn has_free(&self, lane: Lane) -> bool {
        self.free().iter().any(|(free, _)| *free == lane)
    }

    /// A slot of the lane, if one is free.
    pub(super) fn take(&self, lane: Lane) -> Option<Slot> {
        let (_, slots) = self.0.iter().find(|(known, _)| *known == lane)?;
        Arc::clone(slots).try_acquire_owned().ok()
    }
}
