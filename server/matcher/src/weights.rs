//! What each landmark says for and against each intent, laid out for one pass over them.

use faer::Mat;
use serde::{Deserialize, Serialize};

use crate::features::{Index, Sparse};

/// So many sums fit into a processor's vector registers at once.
const LANES: usize = 32;

/// Landmarks × intents, in panels of [`LANES`] intents, the last one filled up with zeros.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Weights {
    intents: usize,
    landmarks: usize,
    panels: Vec<f32>,
}

impl Weights {
    /// Takes the solution's weights.
    pub fn new(solved: &Mat<f64>) -> Self {
        let (landmarks, intents) = (solved.nrows(), solved.ncols());
        let panels = (0..intents.div_ceil(LANES))
            .flat_map(|panel| (0..landmarks).map(move |row| (panel, row)))
            .flat_map(|(panel, row)| (0..LANES).map(move |lane| (row, panel * LANES + lane)))
            .map(|(row, intent)| if intent < intents { solved[(row, intent)] as f32 } else { 0.0 })
            .collect();
        Self { intents, landmarks, panels }
    }

    fn row(&self, panel: usize, landmark: usize) -> &[f32] {
        &self.panels[(panel * self.landmarks + landmark) * LANES..][..LANES]
    }

    /// Each intent's score for a message that is so similar to each landmark.
    pub fn scores(&self, similarities: &[f32]) -> Vec<f32> {
        let mut scores = Vec::with_capacity(self.intents.next_multiple_of(LANES));
        pulp::Arch::new().dispatch(Scores { of: self, similarities, into: &mut scores });
        let offset = crate::ridge::offset(self.intents) as f32;
        scores.truncate(self.intents);
        scores.iter_mut().for_each(|score| *score += offset);
        scores
    }
}

/// The word part of the scores. It is linear, `Σᵣ aᵣ (sᵣ · s) = (Σᵣ aᵣ sᵣ) · s`, so the sum over the landmarks is taken once
/// and for all, unless there are so many features that it would take more memory than the landmarks' own lists.
#[derive(Debug, Clone)]
pub enum Words {
    /// Features × intents.
    Summed { intents: usize, sums: Vec<f32> },
    /// The landmarks' features.
    Listed(Index),
}

impl Words {
    /// 8 MB: 5,000 features of 400 intents.
    const MOST_SUMS: usize = 2_000_000;

    /// Takes the sums, or keeps the list.
    pub fn new(index: Index, weights: &Weights) -> Self {
        let (features, intents) = (index.features(), weights.intents);
        if features * intents > Self::MOST_SUMS {
            return Self::Listed(index);
        }
        let mut sums = vec![0.0f32; features * intents];
        for (feature, sums) in sums.chunks_exact_mut(intents.max(1)).enumerate() {
            for &(landmark, strength) in index.texts_with(feature) {
                for (panel, sums) in sums.chunks_mut(LANES).enumerate() {
                    let row = weights.row(panel, landmark as usize);
                    sums.iter_mut().zip(row).for_each(|(sum, weight)| *sum += strength * weight);
                }
            }
        }
        Self::Summed { intents, sums }
    }

    /// Each intent's score for a message with these features, which counts `scale`, and so alike to each landmark.
    pub fn scores(&self, weights: &Weights, features: &Sparse, scale: f32, mut likenesses: Vec<f32>) -> Vec<f32> {
        match self {
            Self::Summed { intents, sums } => {
                let mut scores = weights.scores(&likenesses);
                for &(feature, strength) in features {
                    let row = &sums[feature as usize * intents..][..*intents];
                    for (score, sum) in scores.iter_mut().zip(row) {
                        *score += scale * strength * sum;
                    }
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
        for panel in self.of.panels.chunks_exact(LANES * self.of.landmarks.max(1)) {
            // Each lane is one intent's own sum, in the landmarks' order: the same however wide the vectors are.
            let mut sums = [0.0f32; LANES];
            let (rows, _) = panel.as_chunks::<LANES>();
            for (row, similarity) in rows.iter().zip(self.similarities) {
                for lane in 0..LANES {
                    sums[lane] += similarity * row[lane];
                }
            }
            self.into.extend_from_slice(&sums);
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
        let index = Index::new(&[vec![(0, 0.6), (2, 0.8)], vec![(1, 1.0)], vec![(0, 1.0)]], 3);
        let message = vec![(0, 0.8), (1, 0.6)];
        let likenesses = vec![0.1, 0.9, 0.3];

        let summed = Words::new(index.clone(), &weights).scores(&weights, &message, 0.3, likenesses.clone());
        let listed = Words::Listed(index).scores(&weights, &message, 0.3, likenesses);

        assert!(summed.iter().zip(&listed).all(|(a, b)| (a - b).abs() < 1e-5), "{summed:?} {listed:?}");
    }
}
