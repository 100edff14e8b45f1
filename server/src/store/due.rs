//! When a queued task is due, by clocks that may be wrong: a node's beside its database's, or one that is set back.

use crate::clock::Millis;

/// The longest wait that is measured from a moment rather than agreed for one: of a retry, of a batch. If the clock is
/// set back meanwhile, such a wait is over; an appointment stands.
pub const LONGEST_WAIT_MS: Millis = 30 * 60 * 1000;

/// How far the clocks of two nodes, or of a node and its database, may be apart before one of them counts as set back.
pub(super) const CLOCK_TOLERANCE_MS: Millis = 60_000;

/// When a new task is due, and since when it waits (0: it has an appointment), by a node's clock that shows `now`.
pub(super) fn queued(not_before: Millis, now: Millis) -> (Millis, Millis) {
    match not_before.saturating_sub(now) {
        // At once, also where the clock by which it is claimed is a little behind.
        ..=0 => (not_before - CLOCK_TOLERANCE_MS, now),
        1..=LONGEST_WAIT_MS => (not_before, now),
        _ => (not_before, 0),
    }
}
