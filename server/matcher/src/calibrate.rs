//! The score from which a message is answered, found from the training examples alone.
//!
//! An example scored without itself stands for a message that belongs to an intent; an example scored without its whole
//! intent stands for one that belongs to none. The threshold `t` maximises
//! `(1 − caution)·P(answered and right | belongs) + caution·P(not answered | belongs to none)`, with both rates smoothed
//! by a logistic curve, because a few examples leave steps that say nothing about the next message.

use serde::{Deserialize, Serialize};

/// One left-out example: its best score, and whether the best intent was its own (never, if the intent was left out).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// The best intent's score.
    pub score: f32,
    /// Whether answering would have been right.
    pub right: bool,
}

/// Above every score; a number rather than infinity, so that it can be written as JSON.
pub const NEVER: f32 = 2.0;
/// Where a curve is read to find its maximum.
const STEPS: usize = 400;
/// A threshold learnt from a handful of examples is luck: this many more are imagined to ask for [`PLAIN`].
const IMAGINED: f32 = 4.0;
/// Halfway between like nothing and like an example.
const PLAIN: f32 = 0.5;
/// With nothing to learn from (one intent), answer what is nearer to the examples than to nothing.
const FALLBACK: f32 = 0.65;

/// The threshold for `caution`: 0 answers everything, 1 nothing, 0.5 weighs a wrong answer and a missed one alike.
pub fn threshold(belongs: &[Trial], foreign: &[Trial], caution: f32) -> f32 {
    let caution = if caution.is_finite() { caution.clamp(0.0, 1.0) } else { 0.5 };
    if belongs.is_empty() || foreign.is_empty() {
        return FALLBACK + (caution - 0.5) * 0.6;
    }
    let scores = || belongs.iter().chain(foreign).map(|trial| trial.score);
    let low = scores().fold(f32::INFINITY, f32::min) - 0.01;
    let high = scores().fold(f32::NEG_INFINITY, f32::max) + 0.01;
    // The ends of the knob mean what they say.
    if caution == 0.0 {
        return 0.0;
    }
    if caution == 1.0 {
        return NEVER;
    }
    let width = 0.02f32.max((high - low) / 40.0);
    let above = |trial: &Trial, t: f32| 1.0 / (1.0 + ((t - trial.score) / width).exp());
    let gain = |t: f32| {
        let answered: f32 = belongs.iter().filter(|trial| trial.right).map(|trial| above(trial, t)).sum();
        let passed_on: f32 = foreign.iter().map(|trial| 1.0 - above(trial, t)).sum();
        (1.0 - caution) * answered / belongs.len() as f32 + caution * passed_on / foreign.len() as f32
    };
    let learnt = (0..=STEPS)
        .map(|step| low + (high - low) * step as f32 / STEPS as f32)
        .map(|t| (gain(t), t))
        .fold((f32::NEG_INFINITY, low), |best, next| if next.0 > best.0 { next } else { best })
        .1;
    let examples = belongs.len() as f32;
    (learnt * examples + PLAIN * IMAGINED) / (examples + IMAGINED)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trials(scores: &[f32], right: bool) -> Vec<Trial> {
        scores.iter().map(|&score| Trial { score, right }).collect()
    }

    #[test]
    fn the_threshold_parts_what_can_be_parted() {
        let belongs = trials(&[0.7, 0.8, 0.9], true);
        let foreign = trials(&[0.1, 0.2, 0.3], false);

        let t = threshold(&belongs, &foreign, 0.5);

        assert!((0.3..0.7).contains(&t), "{t}");
    }

    #[test]
    fn more_caution_never_lowers_the_threshold() {
        let belongs = trials(&[0.2, 0.5, 0.6, 0.8, 0.9], true);
        let foreign = trials(&[0.1, 0.3, 0.4, 0.55, 0.7], false);

        let thresholds: Vec<f32> = (0..=10).map(|tenth| threshold(&belongs, &foreign, tenth as f32 / 10.0)).collect();

        assert!(thresholds.is_sorted(), "{thresholds:?}");
        assert_eq!(thresholds[0], 0.0);
        assert_eq!(thresholds[10], NEVER);
    }
}
