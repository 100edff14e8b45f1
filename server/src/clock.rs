//! The one place that reads the wall clock; everything else is handed a [`Clock`].

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Milliseconds since 1970-01-01 UTC, the unit of every stored time.
pub type Millis = i64;

/// Where the time comes from: the system's clock, or one that a test moves by hand.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    /// How far it is wrong by, in milliseconds.
    System(Millis),
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// The system's wall clock.
    #[must_use]
    pub fn system() -> Self {
        Self(Source::System(0))
    }

    /// The system's wall clock on a machine whose clock is ahead by `by` milliseconds; for tests of several nodes.
    #[must_use]
    pub fn system_ahead(by: Millis) -> Self {
        Self(Source::System(by))
    }

    /// Whether this is a real clock, so that a database's own may stand in for it.
    #[must_use]
    pub fn is_system(&self) -> bool {
        matches!(self.0, Source::System(_))
    }

    /// A clock that stands still at `now` until it is moved with [`Clock::advance`].
    #[must_use]
    pub fn manual(now: Millis) -> Self {
        Self(Source::Manual(Arc::new(AtomicI64::new(now))))
    }

    /// The present moment in epoch milliseconds.
    #[must_use]
    pub fn now(&self) -> Millis {
        match &self.0 {
            #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
            Source::System(ahead) => jiff::Timestamp::now().as_millisecond() + ahead,
            Source::Manual(now) => now.load(Ordering::SeqCst),
        }
    }

    /// Moves a manual clock by `by` milliseconds; the system's clock does not move.
    pub fn advance(&self, by: Millis) {
        if let Source::Manual(now) = &self.0 {
            now.fetch_add(by, Ordering::SeqCst);
        }
    }
}

/// `2026-11-23T09:30:00.123Z`: the form of every time on the wire.
#[must_use]
pub fn rfc3339(at: Millis) -> String {
    match jiff::Timestamp::from_millisecond(at) {
        Ok(timestamp) => format!("{timestamp:.3}"),
        Err(_) => "1970-01-01T00:00:00.000Z".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wire_times_have_milliseconds_and_a_z() {
        assert_eq!(rfc3339(1_795_425_000_123), "2026-11-23T09:10:00.123Z");
        assert_eq!(rfc3339(1_795_425_000_000), "2026-11-23T09:10:00.000Z");
    }

    #[test]
    fn a_manual_clock_moves_only_by_hand() {
        let clock = Clock::manual(1_000);

        clock.advance(500);

        assert_eq!(clock.now(), 1_500);
    }
}
