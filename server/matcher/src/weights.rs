//! What each landmark says for and against each intent, laid out for one pass over them.

use faer::Mat;
use serde::{Deserialize, Serialize};

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
}
