//! From examples to a matcher.

use std::collections::BTreeSet;
use std::sync::Arc;

use faer::linalg::matmul::matmul;
use faer::linalg::matmul::triangular::{self, BlockStructure};
use faer::{Accum, Mat, MatRef, Par};

use crate::calibrate::Trial;
use crate::conjugate::{self, Gram};
use crate::embeddings::{self, Embeddings};
use crate::encoder::{EncodeError, Encoder, Kernel};
use crate::features::{Index, Sparse, Vocabulary};
use crate::matcher::{Learnt, Matcher, Options, Row};
use crate::ridge::{self, Singular, Solution};
use crate::weights::{Weights, Words};
use crate::{nystrom, text};

/// Up to this many rows (examples and intent names) the solution is direct. 3,000 rows take some 150 MB and a few seconds
/// while training.
pub const EXACT_ROWS: usize = 3_000;
/// Up to this many rows it is found on all of them by conjugate gradients: 16,000 rows take some 850 MB. From there on, it is
/// Nyström's with [`EXACT_ROWS`] landmarks.
pub const ALL_ROWS: usize = 16_000;
/// Texts encoded between two reports of progress.
const ENCODE_BATCH: usize = 64;

/// One taught message.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Example {
    /// What a visitor might write.
    pub text: String,
    /// The intent it belongs to.
    pub intent: String,
}

/// How far training has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What is being done.
    pub step: Step,
    /// How much of it is done.
    pub done: usize,
    /// How much there is to do.
    pub total: usize,
}

/// The parts of training that take time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Embedding the examples; counted in texts.
    Encode,
    /// Comparing and solving; counted in trials of a kernel.
    Solve,
}

/// Why training failed.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// There is nothing to learn from.
    #[error("there are no examples; add at least one \"examples\" line to an intent")]
    NoExamples,
    /// The encoder failed.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// The encoder returned rows of another number or length than it promised.
    #[error("the encoder {id} returned embeddings of the wrong shape; its model files may be damaged, set it up again")]
    Shape {
        /// The encoder.
        id: String,
    },
    /// The similarities make no sense.
    #[error(transparent)]
    Singular(#[from] Singular),
}

/// Trains a matcher. Deterministic: the same examples in the same order give the same matcher.
pub fn train(
    examples: &[Example],
    encoder: Option<Arc<dyn Encoder>>,
    options: &Options,
    progress: &mut dyn FnMut(Progress),
) -> Result<Matcher, TrainError> {
    let learnt = learn(examples, encoder.as_deref(), options, progress)?;
    Ok(Matcher::new(learnt, encoder, options))
}

/// The part of training that takes long: what [`Matcher::to_bytes`] keeps.
fn learn(
    examples: &[Example],
    encoder: Option<&dyn Encoder>,
    options: &Options,
    progress: &mut dyn FnMut(Progress),
) -> Result<Learnt, TrainError> {
    let taught: Vec<&Example> = examples.iter().filter(|example| !example.text.trim().is_empty()).collect();
    if taught.is_empty() {
        return Err(TrainError::NoExamples);
    }
    let names: Vec<&str> =
        taught.iter().map(|example| example.intent.as_str()).collect::<BTreeSet<_>>().into_iter().collect();
    let number = |intent: &str| names.binary_search(&intent).map_or(0, |at| at);

    // An intent's name says what it is about: one more example.
    let mut texts: Vec<String> = taught.iter().map(|example| example.text.clone()).collect();
    let mut owners: Vec<usize> = taught.iter().map(|example| number(&example.intent)).collect();
    for (intent, name) in names.iter().enumerate() {
        texts.push(words_of_name(name));
        owners.push(intent);
    }

    let kernel = encoder.map_or(Kernel::STATIC, Encoder::kernel);
    let own = texts.len();
    if options.encoder_knows_language {
        texts.extend(elsewhere(kernel.elsewhere));
        owners.resize(texts.len(), ridge::NOBODY);
    }

    let folded: Vec<String> = texts.iter().map(|text| text::fold(text)).collect();
    let vocabulary = Vocabulary::learn(folded[..own].iter().map(String::as_str));
    let vectors: Vec<Sparse> = folded.iter().map(|text| vocabulary.vector(text)).collect();
    let embeddings = match encoder {
        Some(encoder) => Embeddings::new(&encode_all(encoder, &texts, progress)?, encoder.dimensions()),
        None => Embeddings::default(),
    };
    let landmarks = if texts.len() <= ALL_ROWS {
        (0..texts.len()).collect()
    } else {
        nystrom::landmarks(&owners, names.len(), EXACT_ROWS)
    };
    let set = Set {
        owners,
        intents: names.len(),
        vectors,
        features: vocabulary.len(),
        // Trained on what messages are compared with.
        embeddings: embeddings.to_rows(),
        landmarks,
    };

    let (solution, embedding_weight) = set.solve_best(kernel, options.encoder_knows_language, progress)?;
    let weights = Weights::new(&solution.weights);
    // What the weights were solved for is what messages must be compared with.
    let kernel = Kernel { words: words_weight(kernel, embedding_weight), ..kernel };

    Ok(Learnt {
        encoder: encoder.map(|encoder| encoder.id().to_owned()),
        encoder_knows_language: options.encoder_knows_language,
        kernel,
        embedding_weight,
        intents: names.iter().map(|&name| name.to_owned()).collect(),
        rows: set.rows(&texts, taught.len(), &solution),
        embeddings: embeddings.pick(&set.landmarks),
        words: Words::new(&set.of_landmarks(), vocabulary.len(), &weights),
        landmarks: set.landmarks.iter().map(|&row| row as u32).collect(),
        vocabulary,
        weights,
    })
}

/// Without an embedding the words carry all the weight, so that the ridge means the same.
fn words_weight(kernel: Kernel, embedding_weight: f32) -> f32 {
    if embedding_weight > 0.0 { kernel.words } else { 1.0 }
}

/// Questions that customers elsewhere might ask: generated from WordNet's words, so most make little sense, which is
/// what a question outside a business's intents looks like from inside them.
fn elsewhere(count: usize) -> impl Iterator<Item = String> {
    include_str!("../data/elsewhere.txt").lines().take(count).map(str::to_owned)
}

/// `order.track` and `orderTrack` both say "order track".
fn words_of_name(name: &str) -> String {
    let mut words = String::with_capacity(name.len() + 4);
    let mut before = ' ';
    for c in name.chars() {
        if c.is_uppercase() && before.is_lowercase() {
            words.push(' ');
        }
        words.push(if c.is_alphanumeric() { c } else { ' ' });
        before = c;
    }
    words.to_lowercase()
}

fn encode_all(
    encoder: &dyn Encoder,
    texts: &[String],
    progress: &mut dyn FnMut(Progress),
) -> Result<Vec<f32>, TrainError> {
    let dimensions = encoder.dimensions();
    let shape = || TrainError::Shape { id: encoder.id().to_owned() };
    if dimensions == 0 || dimensions > embeddings::MAX_DIMENSIONS {
        return Err(shape());
    }
    let mut embeddings = Vec::with_capacity(texts.len() * dimensions);
    for batch in texts.chunks(ENCODE_BATCH) {
        let batch: Vec<&str> = batch.iter().map(String::as_str).collect();
        let rows = encoder.encode(&batch)?;
        if rows.len() != batch.len()
            || rows.iter().any(|row| row.len() != dimensions || row.iter().any(|x| !x.is_finite()))
        {
            return Err(shape());
        }
        embeddings.extend(rows.into_iter().flatten());
        progress(Progress { step: Step::Encode, done: embeddings.len() / dimensions, total: texts.len() });
    }
    Ok(embeddings)
}

/// The training rows as numbers.
struct Set {
    owners: Vec<usize>,
    intents: usize,
    vectors: Vec<Sparse>,
    features: usize,
    embeddings: Vec<f32>,
    landmarks: Vec<usize>,
}

impl Set {
    fn dimensions(&self) -> usize {
        self.embeddings.len() / self.owners.len()
    }

    /// Where the encoder knows the language, its embedding has its full weight. Elsewhere it must earn it: a clear gain
    /// in leave-one-out accuracy.
    fn solve_best(
        &self,
        kernel: Kernel,
        known: bool,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(Solution, f32), TrainError> {
        const CLEAR_GAIN: f64 = 0.02;
        let weights: &[f32] = match (self.embeddings.is_empty(), known) {
            (true, _) => &[0.0],
            (false, true) => &[1.0],
            (false, false) => &[0.0, 0.2, 1.0],
        };
        let mut best: Option<(Solution, f32, f64)> = None;
        for (done, &weight) in weights.iter().enumerate() {
            progress(Progress { step: Step::Solve, done, total: weights.len() });
            let solution = self.solve(kernel, weight)?;
            let accuracy = self.accuracy(&solution.without_row);
            if best.as_ref().is_none_or(|(_, _, before)| accuracy > before + CLEAR_GAIN) {
                best = Some((solution, weight, accuracy));
            }
        }
        progress(Progress { step: Step::Solve, done: weights.len(), total: weights.len() });
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
    fn of_landmarks(&self) -> Vec<Sparse> {
        self.landmarks.iter().map(|&row| self.vectors[row].clone()).collect()
    }

    fn rows(&self, texts: &[String], taught: usize, solution: &Solution) -> Vec<Row> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_an_encoder_a_taught_message_is_answered() {
        let taught = [
            ("where is my order", "order.track"),
            ("track my order please", "order.track"),
            ("has my order been sent", "order.track"),
            ("when do you open", "store.hours"),
            ("what time do you open", "store.hours"),
            ("when do you open on sunday", "store.hours"),
        ];
        let examples = taught.map(|(text, intent)| Example { text: text.into(), intent: intent.into() });

        let matcher = train(&examples, None, &Options::default(), &mut |_| {}).expect("there are examples");

        for example in &examples {
            let ranking = matcher.rank(&example.text);
            assert_eq!(*ranking.candidates[0].intent, *example.intent);
            assert!(ranking.candidates[0].score > 0.7, "{:?} {:?}", example.text, ranking.candidates);
            assert!(ranking.in_scope, "{:?}", example.text);
        }
    }
}
