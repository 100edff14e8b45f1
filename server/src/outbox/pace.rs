//! How long to wait before the next try of a task, and when to stop trying.

use rand::{Rng, RngExt};

use crate::clock::Millis;
use crate::store::LONGEST_WAIT_MS;

/// How long a task is tried: RFC 5321 §4.5.4.1 asks for four or five days.
pub const GIVE_UP_MS: Millis = 5 * 24 * 60 * 60 * 1000;

/// The first wait at its longest.
const FIRST_MS: Millis = 10_000;
/// No wait is longer, so that staff hear of a lead soon after a long outage.
const LONGEST_MS: Millis = LONGEST_WAIT_MS;
/// No wait is shorter: a server that just said no is left alone for a moment.
const SHORTEST_MS: Millis = 1_000;

/// How many milliseconds to wait after a task has been tried `attempts` times before the try that just failed: exponential with
/// full jitter, so that mails that failed together do not come back together.
pub fn back_off(attempts: i64, random: &mut impl Rng) -> Millis {
    let doublings = u32::try_from(attempts.clamp(0, 20)).unwrap_or_default();
    let longest = FIRST_MS.saturating_mul(1 << doublings).min(LONGEST_MS);
    random.random_range(SHORTEST_MS..=longest)
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    #[test]
    fn waits_grow_are_spread_and_are_bounded() {
        let mut random = StdRng::seed_from_u64(7);
        let mean = |attempts: i64, random: &mut StdRng| {
            let waits: Vec<Millis> = (0..500).map(|_| back_off(attempts, random)).collect();
            assert!(waits.iter().all(|wait| (SHORTEST_MS..=LONGEST_MS).contains(wait)));
            assert!(waits.iter().max() > waits.iter().min());
            waits.iter().sum::<Millis>() / 500
        };

        let (first, fourth, late) = (mean(0, &mut random), mean(3, &mut random), mean(1_000_000, &mut random));

        assert!(first < 10_000 && fourth > 3 * first && late > 600_000, "{first} {fourth} {late}");
    }
}
