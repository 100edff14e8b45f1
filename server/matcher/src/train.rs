//! From examples to a matcher.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::embeddings::{self, Embeddings};
use crate::encoder::{EncodeError, Encoder, Kernel};
use crate::features::{Sparse, Vocabulary};
use crate::learnt::Learnt;
use crate::matcher::{Matcher, Options};
use crate::ridge::{self, Singular};
use crate::text;
use crate::training_rows::{TrainingRows, words_weight};
use crate::weights::{Weights, Words};

/// More examples of one language than this are not taken: 20,000 rows take some 1 GB while training.
pub const MOST_EXAMPLES: usize = 20_000;
/// Nor more examples × intents: each example is scored for each intent several times over. 450 intents of 20 examples, 150 of 150.
const MOST_SCORES: usize = 4_000_000;
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
    /// More than can be learnt in a minute and a gigabyte.
    #[error(
        "{examples} examples in {intents} intents are too many: at most {MOST_EXAMPLES} examples, and at most {MOST_SCORES} examples × \
         intents; keep the 20 most different examples of each intent, merge intents that are answered alike, or part the site"
    )]
    TooMany {
        /// How many there are.
        examples: usize,
        /// In so many intents.
        intents: usize,
    },
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
    if taught.len() > MOST_EXAMPLES || taught.len() * names.len() > MOST_SCORES {
        return Err(TrainError::TooMany { examples: taught.len(), intents: names.len() });
    }
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
    let landmarks = TrainingRows::landmarks(&owners, names.len());
    let set = TrainingRows {
        owners,
        intents: names.len(),
        vectors,
        features: vocabulary.len(),
        // Trained on what messages are compared with.
        embeddings: embeddings.to_rows(),
        landmarks,
    };

    let (solution, embedding_weight) = set.solve_best(kernel, options.encoder_knows_language, |done, total| {
        progress(Progress { step: Step::Solve, done, total });
    })?;
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
