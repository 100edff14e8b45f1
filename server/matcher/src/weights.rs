//! What each landmark says for and against each intent, laid out for one pass over them.
//!
//! Weights are kept as whole numbers of 16 bits, each intent's in steps of its largest over 32,767: most of a ranking's time is
//! the way from memory to the processor.

use faer::Mat;
use serde::{Deserialize, Serialize};

use crate::features::{Index, Sparse};

/// So many sums fit into a processor's vector registers at once.
const LANES: usize = 32;
const STEPS: f32 = 32_767.0;

/// Landmarks × intents, in panels of [`LANES`] intents, the last one filled up with zeros.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Weights {
    intents: usize,
    landmarks: usize,
    /// An intent's step; as many as there are lanes in all panels.
    steps: Vec<f32>,
    panels: Vec<i16>,
}

impl Weights {
    /// Takes the solution's weights.
    pub fn new(solved: &Mat<f64>) -> Self {
        let (landmarks, intents) = (solved.nrows(), solved.ncols());
        let largest =
            |intent| solved.col_as_slice(intent).iter().fold(0.0, |largest: f64, weight| largest.max(weight.abs()));
        let mut steps: Vec<f32> = (0..intents).map(|intent| largest(intent) as f32 / STEPS).collect();
        steps.resize(intents.next_multiple_of(LANES), 0.0);
        let panels = (0..steps.len() / LANES)
            .flat_map(|panel| (0..landmarks).map(move |row| (panel, row)))
            .flat_map(|(panel, row)| (0..LANES).map(move |lane| (row, panel * LANES + lane)))
            .map(
                |(row, intent)| {
                    if intent < intents { in_steps(solved[(row, intent)] as f32, steps[intent]) } else { 0 }
                },
            )
            .collect();
        Self { intents, landmarks, steps, panels }
    }

    fn weight(&self, landmark: usize, intent: usize) -> f32 {
        let row = intent / LANES * self.landmarks + landmark;
        self.steps[intent] * f32::from(self.panels[row * LANES + intent % LANES])
    }

    /// Each intent's score for a message that is so similar to each landmark.
    pub fn scores(&self, similarities: &[f32]) -> Vec<f32> {
        let mut scores = Vec::with_capacity(self.steps.len());
        pulp::Arch::new().dispatch(Scores { of: self, similarities, into: &mut scores });
        let offset = crate::ridge::offset(self.intents) as f32;
        scores.truncate(self.intents);
        scores.iter_mut().for_each(|score| *score += offset);
        scores
    }
}

/// How many steps a number is from 0.
fn in_steps(number: f32, step: f32) -> i16 {
    if step > 0.0 { (number / step).round() as i16 } else { 0 }
}

/// The word part of the scores. It is linear, `Σᵣ aᵣ (sᵣ · s) = (Σᵣ aᵣ sᵣ) · s`, so the sum over the landmarks is taken once
/// and for all, unless there are so many features that it would take more memory than the landmarks' own lists.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Words {
    /// Features × intents, in steps as the weights are.
    Summed { steps: Vec<f32>, sums: Vec<i16> },
    /// The landmarks' features.
    Listed(Index),
}

impl Words {
    /// 4 MB: 5,000 features of 400 intents.
    const MOST_SUMS: usize = 2_000_000;

    /// Of the landmarks' vectors of so many features: takes the sums, or keeps the list.
    pub fn new(vectors: &[Sparse], features: usize, weights: &Weights) -> Self {
        let index = Index::new(vectors, features);
        let intents = weights.intents;
        if features * intents > Self::MOST_SUMS {
            return Self::Listed(index);
        }
        // An intent's sums need its own column of weights only, which stays at hand.
        let mut steps = Vec::with_capacity(intents);
        let mut sums = vec![0; features * intents];
        let mut column = vec![0.0; features];
        for intent in 0..intents {
            let own: Vec<f32> = (0..weights.landmarks).map(|landmark| weights.weight(landmark, intent)).collect();
            for (feature, sum) in column.iter_mut().enumerate() {
                let texts = index.texts_with(feature).iter();
                *sum = texts.map(|&(landmark, strength)| strength * own[landmark as usize]).sum();
            }
            let step = column.iter().fold(0.0, |largest: f32, sum| largest.max(sum.abs())) / STEPS;
            for (feature, &sum) in column.iter().enumerate() {
                sums[feature * intents + intent] = in_steps(sum, step);
            }
            steps.push(step);
        }
        Self::Summed { steps, sums }
    }

    /// Each intent's score for a message with these features, which counts `scale`, and so alike to each landmark.
    pub fn scores(&self, weights: &Weights, features: &Sparse, scale: f32, mut likenesses: Vec<f32>) -> Vec<f32> {
        match self {
            Self::Summed { steps, sums } => {
                let mut scores = weights.scores(&likenesses);
                let intents = steps.len();
                let mut words = vec![0.0; intents];
                for &(feature, strength) in features {
                    let row = &sums[feature as usize * intents..][..intents];
                    for (word, &sum) in words.iter_mut().zip(row) {
                        *word += strength * f32::from(sum);
                    }
                }
                for ((score, word), step) in scores.iter_mut().zip(words).zip(steps) {
                    *score += scale * step * word;
                }
                scores
            }
            Self::Listed(index) => {
                index.add_similarities(features, scale, &mut likenesses);
                weights.scores(&likenesses)
            }
        }
    }
}

struct Scores<'a> {
    of: &'a Weights,
    similarities: &'a [f32],
    into: &'a mut Vec<f32>,
}

impl pulp::WithSimd for Scores<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let (steps, _) = self.of.steps.as_chunks::<LANES>();
        for (panel, steps) in self.of.panels.chunks_exact(LANES * self.of.landmarks.max(1)).zip(steps) {
            // Each lane is one intent's own sums, of every other landmark, in their order: the same however wide the
            // vectors are, and of two additions one need not wait for the other.
            let (mut even, mut odd) = ([0.0f32; LANES], [0.0f32; LANES]);
            let (rows, _) = panel.as_chunks::<LANES>();
            let (pairs, last) = rows.as_chunks::<2>();
            let (similarities, last_similarity) = self.similarities.as_chunks::<2>();
            for (rows, similarities) in pairs.iter().zip(similarities) {
                for lane in 0..LANES {
                    even[lane] += similarities[0] * f32::from(rows[0][lane]);
                }
                for lane in 0..LANES {
                    odd[lane] += similarities[1] * f32::from(rows[1][lane]);
                }
            }
            for (row, similarity) in last.iter().zip(last_similarity) {
                for lane in 0..LANES {
                    even[lane] += similarity * f32::from(row[lane]);
                }
            }
            let mut total = [0.0f32; LANES];
            for lane in 0..LANES {
                total[lane] = steps[lane] * (even[lane] + odd[lane]);
            }
            self.into.extend_from_slice(&total);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scores_are_the_products_with_the_columns() {
        let solved = Mat::from_fn(3, 37, |row, intent| (row * 37 + intent) as f64 / 100.0);
        let similarities = [0.5, 0.25, 1.0];

        let scores = Weights::new(&solved).scores(&similarities);

        assert_eq!(scores.len(), 37);
        for (intent, score) in scores.iter().enumerate() {
            let right: f64 = (0..3).map(|row| solved[(row, intent)] * f64::from(similarities[row])).sum();
            assert!((f64::from(*score) - right - 1.0 / 38.0).abs() < 1e-5, "{intent}: {score}");
        }
    }

    #[test]
    fn words_count_the_same_summed_and_listed() {
        let weights = Weights::new(&Mat::from_fn(3, 40, |row, intent| (row as f64 - 1.0) * intent as f64 / 40.0));
        let vectors = [vec![(0, 0.6), (2, 0.8)], vec![(1, 1.0)], vec![(0, 1.0)]];
        let message = vec![(0, 0.8), (1, 0.6)];
        let likenesses = vec![0.1, 0.9, 0.3];

        let summed = Words::new(&vectors, 3, &weights).scores(&weights, &message, 0.3, likenesses.clone());
        let listed = Words::Listed(Index::new(&vectors, 3)).scores(&weights, &message, 0.3, likenesses);

        assert!(summed.iter().zip(&listed).all(|(a, b)| (a - b).abs() < 1e-5), "{summed:?} {listed:?}");
    }
}
