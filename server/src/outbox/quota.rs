//! How many mails of one batch key leave within a while: whatever the flood, staff's mailboxes stay usable.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::clock::Millis;

/// The while, which begins at each multiple of it.
const WINDOW_MS: Millis = 10 * 60 * 1000;
/// Mails within it: enough for the high-value inquiries of a good day, each at once.
const MAX_IN_WINDOW: u32 = 5;

/// Mails sent in the present window, by batch key. Kept in memory: a restart may send a few more.
#[derive(Default)]
pub(super) struct Quota(Mutex<(Millis, HashMap<String, u32>)>);

impl Quota {
    /// Takes one mail of `key` out of the quota; when there is none left, says in how many milliseconds there is.
    pub(super) fn take(&self, key: &str, now: Millis) -> Result<(), Millis> {
        let window = now.div_euclid(WINDOW_MS);
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.0 != window {
            *state = (window, HashMap::new());
        }
        let sent = state.1.entry(key.to_owned()).or_default();
        if *sent >= MAX_IN_WINDOW {
            return Err(WINDOW_MS - now.rem_euclid(WINDOW_MS));
        }
        *sent += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_waits_for_the_next_window_and_takes_nothing_from_other_keys() {
        let quota = Quota::default();
        let start = 7 * WINDOW_MS;

        let sent = (0..20).filter(|n| quota.take("forms:acme", start + n).is_ok()).count();

        assert_eq!(sent, MAX_IN_WINDOW as usize);
        assert_eq!(quota.take("forms:acme", start + 1_000), Err(WINDOW_MS - 1_000));
        assert_eq!(quota.take("forms:other", start + 1_000), Ok(()));
        assert_eq!(quota.take("forms:acme", start + WINDOW_MS), Ok(()));
    }
}
