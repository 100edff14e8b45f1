//! How often codes may be tried, by address and by network: a code of 40 bits is good only with this.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use lru::LruCache;

use crate::clock::Millis;

/// Tries that are not right, before no more are looked at.
const MAX_TRIES: usize = 5;
/// Within how long.
const WINDOW_MS: Millis = 15 * 60 * 1_000;
/// Addresses and networks that are remembered; an attacker with more networks than this has other ways.
const CAPACITY: NonZeroUsize = NonZeroUsize::new(100_000).expect("not zero");

/// The tries of the last quarter of an hour.
pub(super) struct Tries(Mutex<LruCache<String, VecDeque<Millis>>>);

impl Default for Tries {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(CAPACITY)))
    }
}

impl Tries {
    /// Counts a try under each of these names; says whether it may be made. Counted before it is made, so that many at once are
    /// not more than one after the other.
    pub fn take(&self, names: &[String], now: Millis) -> bool {
        let mut tries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut may = true;
        for name in names {
            let made = tries.get_or_insert_mut(name.clone(), VecDeque::new);
            while made.front().is_some_and(|at| *at <= now - WINDOW_MS) {
                made.pop_front();
            }
            may &= made.len() < MAX_TRIES;
        }
        if may {
            for name in names {
                tries.get_or_insert_mut(name.clone(), VecDeque::new).push_back(now);
            }
        }
        may
    }

    /// What was right does not count.
    pub fn forgive(&self, names: &[String]) {
        let mut tries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for name in names {
            if let Some(made) = tries.get_mut(name) {
                made.pop_back();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(address: &str, network: &str) -> Vec<String> {
        vec![address.to_owned(), network.to_owned()]
    }

    #[test]
    fn the_sixth_wrong_try_within_a_quarter_of_an_hour_is_not_looked_at() {
        let tries = Tries::default();

        let five = (0..5).all(|at| tries.take(&names("ana", "net"), at));

        assert!(five && !tries.take(&names("ana", "other"), 5) && !tries.take(&names("ben", "net"), 5));
        assert!(tries.take(&names("ben", "other"), 5), "what was refused is not counted against the others");
        assert!(tries.take(&names("ana", "net"), WINDOW_MS), "the first one is forgotten");
    }

    #[test]
    fn a_right_try_does_not_count() {
        let tries = Tries::default();

        let many = (0..20).all(|at| {
            let may = tries.take(&names("ana", "net"), at);
            tries.forgive(&names("ana", "net"));
            may
        });

        assert!(many);
    }
}
