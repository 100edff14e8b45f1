//! The training rows as numbers: how alike they are, and the solution that follows.

use faer::linalg::matmul::matmul;
use faer::linalg::matmul::triangular::{self, BlockStructure};
use faer::{Accum, Mat, MatRef, Par};

use crate::calibrate::Trial;
use crate::conjugate::{self, Gram};
use crate::embeddings;
use crate::encoder::Kernel;
use crate::features::{Index, Sparse};
use crate::learnt::Row;
use crate::nystrom;
use crate::ridge::{self, Singular, Solution};

/// Up to this many rows (examples and intent names) the solution is direct. 3,000 rows take some 150 MB and a few seconds
/// while training.
pub const EXACT_ROWS: usize = 3_000;
/// Up to this many rows it is found on all of them by conjugate gradients: 16,000 rows take some 850 MB. From there on, it is
/// Nyström's with [`EXACT_ROWS`] landmarks.
const ALL_ROWS: usize = 16_000;

/// The training rows as numbers.
pub struct TrainingRows {
    pub owners: Vec<usize>,
    pub intents: usize,
    pub vectors: Vec<Sparse>,
    pub features: usize,
    pub embeddings: Vec<f32>,
    pub landmarks: Vec<usize>,
}

impl TrainingRows {
    /// The rows that messages are to be compared with: all, or so many that training stays within its bounds.
    pub fn landmarks(owners: &[usize], intents: usize) -> Vec<usize> {
        if owners.len() <= ALL_ROWS {
            (0..owners.len()).collect()
        } else {
            nystrom::landmarks(owners, intents, EXACT_ROWS)
        }
    }

    fn dimensions(&self) -> usize {
        self.embeddings.len() / self.owners.len()
    }

    /// Where the encoder knows the language, its embedding has its full weight. Elsewhere it must earn it: a clear gain
    /// in leave-one-out accuracy.
    pub fn solve_best(
        &self,
        kernel: Kernel,
        known: bool,
        mut tried: impl FnMut(usize, usize),
    ) -> Result<(Solution, f32), Singular> {
        const CLEAR_GAIN: f64 = 0.02;
        let weights: &[f32] = match (self.embeddings.is_empty(), known) {
            (true, _) => &[0.0],
            (false, true) => &[1.0],
            (false, false) => &[0.0, 0.2, 1.0],
        };
        let mut best: Option<(Solution, f32, f64)> = None;
        for (done, &weight) in weights.iter().enumerate() {
            tried(done, weights.len());
            let solution = self.solve(kernel, weight)?;
            let accuracy = self.accuracy(&solution.without_row);
            if best.as_ref().is_none_or(|(_, _, before)| accuracy > before + CLEAR_GAIN) {
                best = Some((solution, weight, accuracy));
            }
        }
        tried(weights.len(), weights.len());
        let (solution, weight, _) = best.ok_or(Singular)?;
        Ok((solution, weight))
    }

    fn solve(&self, kernel: Kernel, embedding_weight: f32) -> Result<Solution, Singular> {
        if self.owners.len() > EXACT_ROWS && self.landmarks.len() == self.owners.len() {
            let gram = self.gram(kernel, embedding_weight);
            return conjugate::solve(&gram, &self.owners, self.intents, f64::from(kernel.ridge));
        }
        let cross = self.kernel(kernel, embedding_weight);
        if self.landmarks.len() == self.owners.len() {
            ridge::solve(cross, &self.owners, self.intents, f64::from(kernel.ridge))
        } else {
            nystrom::solve(&cross, &self.landmarks, &self.owners, self.intents, f64::from(kernel.ridge))
        }
    }

    /// Between all rows, in half of the memory and of the precision.
    fn gram(&self, kernel: Kernel, embedding_weight: f32) -> Gram {
        let (rows, dimensions) = (self.owners.len(), self.dimensions());
        let words = words_weight(kernel, embedding_weight);
        let index = Index::new(&self.vectors, self.features);
        let mut likenesses = vec![0.0f64; rows];
        let mut similarities = vec![0.0f32; rows];
        Gram::new(rows, |columns| {
            let first = columns.start;
            let mut strip: Mat<f32> = Mat::zeros(rows - first, columns.len());
            if embedding_weight > 0.0 {
                let below = &self.embeddings[first * dimensions..];
                let below = MatRef::from_row_major_slice(below, rows - first, dimensions);
                let own = below.subrows(0, columns.len()).transpose();
                matmul(strip.as_mut(), Accum::Replace, below, own, 1.0f32, Par::Seq);
            }
            for column in columns {
                let into = strip.col_as_slice_mut(column - first);
                let likenesses = &mut likenesses[first..];
                if embedding_weight > 0.0 {
                    embeddings::likenesses(into, kernel.sharpness, embedding_weight, likenesses);
                }
                let similarities = &mut similarities[first..];
                similarities.fill(0.0);
                index.add_similarities_from(first, &self.vectors[column], words, similarities);
                for ((into, likeness), similarity) in into.iter_mut().zip(likenesses).zip(similarities) {
                    *into = *likeness as f32 + *similarity;
                }
            }
            strip
        })
    }

    /// Rows × landmarks; where every row is a landmark, the lower triangle alone.
    fn kernel(&self, kernel: Kernel, embedding_weight: f32) -> Mat<f64> {
        let (rows, columns) = (self.owners.len(), self.landmarks.len());
        let is_square = rows == columns;
        let first = |column: usize| if is_square { column } else { 0 };
        let words = words_weight(kernel, embedding_weight);
        let mut cross: Mat<f64> = Mat::zeros(rows, columns);
        if embedding_weight > 0.0 {
            let cosine = self.cosines();
            for column in 0..columns {
                let cosines = &cosine.col_as_slice(column)[first(column)..];
                let likenesses = &mut cross.col_as_slice_mut(column)[first(column)..];
                embeddings::likenesses(cosines, kernel.sharpness, embedding_weight, likenesses);
            }
        }
        let index = Index::new(&self.vectors, self.features);
        let mut similarities = vec![0.0f32; rows];
        for (column, &landmark) in self.landmarks.iter().enumerate() {
            let similarities = &mut similarities[first(column)..];
            similarities.fill(0.0);
            index.add_similarities_from(first(column), &self.vectors[landmark], words, similarities);
            let likenesses = &mut cross.col_as_slice_mut(column)[first(column)..];
            for (likeness, &similarity) in likenesses.iter_mut().zip(&*similarities) {
                *likeness += f64::from(similarity);
            }
        }
        cross
    }

    /// The embeddings' products: rows × landmarks; where every row is a landmark, the lower triangle alone.
    fn cosines(&self) -> Mat<f32> {
        let (rows, columns, dimensions) = (self.owners.len(), self.landmarks.len(), self.dimensions());
        let all = MatRef::from_row_major_slice(&self.embeddings, rows, dimensions);
        let mut cosine: Mat<f32> = Mat::zeros(rows, columns);
        if rows == columns {
            let (lower, whole) = (BlockStructure::TriangularLower, BlockStructure::Rectangular);
            let (into, replace) = (cosine.as_mut(), Accum::Replace);
            triangular::matmul(into, lower, replace, all, whole, all.transpose(), whole, 1.0f32, Par::Seq);
            return cosine;
        }
        let row = |&row: &usize| &self.embeddings[row * dimensions..(row + 1) * dimensions];
        let chosen: Vec<f32> = self.landmarks.iter().flat_map(row).copied().collect();
        let chosen = MatRef::from_row_major_slice(&chosen, columns, dimensions);
        matmul(cosine.as_mut(), Accum::Replace, all, chosen.transpose(), 1.0f32, Par::Seq);
        cosine
    }

    fn accuracy(&self, scores: &Mat<f64>) -> f64 {
        let owned = (0..self.owners.len()).filter(|&row| self.owners[row] != ridge::NOBODY);
        let right = owned.clone().filter(|&row| best(scores, row, |_| true).0 == self.owners[row]).count();
        right as f64 / owned.count() as f64
    }

    /// The landmarks' vectors.
    pub fn of_landmarks(&self) -> Vec<Sparse> {
        self.landmarks.iter().map(|&row| self.vectors[row].clone()).collect()
    }

    pub fn rows(&self, texts: &[String], taught: usize, solution: &Solution) -> Vec<Row> {
        let offset = ridge::offset(self.intents) as f32;
        texts
            .iter()
            .enumerate()
            .map(|(row, text)| {
                let own = self.owners[row];
                let (guess, score) = best(&solution.without_row, row, |_| true);
                let (_, foreign) = best(&solution.without_intent, row, |intent| intent != own);
                Row {
                    text: text.clone(),
                    intent: if own == ridge::NOBODY { Row::NOBODY } else { own as u32 },
                    is_example: row < taught,
                    without_row: guess as u32,
                    belongs: Trial { score: score + offset, right: guess == own },
                    own_score: if own == ridge::NOBODY {
                        0.0
                    } else {
                        solution.without_row[(row, own)] as f32 + offset
                    },
                    foreign: Trial { score: foreign + offset, right: false },
                }
            })
            .collect()
    }
}

fn best(scores: &Mat<f64>, row: usize, allowed: impl Fn(usize) -> bool) -> (usize, f32) {
    (0..scores.ncols())
        .filter(|&intent| allowed(intent))
        .map(|intent| (intent, scores[(row, intent)] as f32))
        .fold((0, f32::NEG_INFINITY), |best, next| if next.1 > best.1 { next } else { best })
}

/// Without an embedding the words carry all the weight, so that the ridge means the same.
pub fn words_weight(kernel: Kernel, embedding_weight: f32) -> f32 {
    if embedding_weight > 0.0 { kernel.words } else { 1.0 }
}
