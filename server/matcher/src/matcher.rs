//! A trained matcher: a text in, the intents it may mean out, best first, and whether the best is good enough to answer.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::calibrate::{self, Trial};
use crate::embeddings::Embeddings;
use crate::encoder::{EncodeError, Encoder, Kernel};
use crate::explain::{Explanation, Neighbour};
use crate::features::{Index, Sparse, Vocabulary};
use crate::spell::{Correction, Speller};
use crate::text;
use crate::weights::{Weights, Words};

/// How a site wants its messages understood.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// From 0, rather answer, to 1, rather ask a person.
    pub caution: f32,
    /// The same for single intents, by name.
    pub intent_caution: BTreeMap<String, f32>,
    /// Whether misspelt words are corrected before matching.
    pub spelling: bool,
    /// Whether the language is one that the encoder was trained on (English). If not, common English words play no part
    /// in spelling, and how much the embedding counts is found by leave-one-out.
    pub encoder_knows_language: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { caution: 0.5, intent_caution: BTreeMap::new(), spelling: true, encoder_knows_language: true }
    }
}

/// What a message may mean.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranking {
    /// The best intents, best first; at most [`Ranking::CANDIDATES`].
    pub candidates: Vec<Candidate>,
    /// The score from which the best intent is answered.
    pub threshold: f32,
    /// Whether the best intent reaches the threshold.
    pub in_scope: bool,
    /// The text with its spelling corrected, if anything was.
    pub corrected: Option<String>,
}

impl Ranking {
    /// How many intents a ranking names.
    pub const CANDIDATES: usize = 5;
}

/// An intent and how well it fits.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The intent's name.
    pub intent: Arc<str>,
    /// From 0 (like nothing that was taught) to 1 (like an example); comparable between messages.
    pub score: f32,
}

/// One training row: an example, an intent's name, or a sentence from elsewhere.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Row {
    pub text: String,
    pub intent: u32,
    /// Whether it was taught, rather than being a name or from elsewhere.
    pub is_example: bool,
    /// Scored as if it had not been there: the best intent.
    pub without_row: u32,
    /// ... and whether it would have been right, with which score.
    pub belongs: Trial,
    /// ... its own intent's score.
    pub own_score: f32,
    /// Scored as if its intent had not been there.
    pub foreign: Trial,
}

impl Row {
    /// The intent of a sentence from elsewhere.
    pub const NOBODY: u32 = u32::MAX;
}

/// What training takes long to find: all that a cache file holds.
#[derive(Serialize, Deserialize)]
pub(crate) struct Learnt {
    /// The encoder's id.
    pub(crate) encoder: Option<String>,
    pub(crate) encoder_knows_language: bool,
    pub(crate) kernel: Kernel,
    /// 1, or less where the encoder does not know the language.
    pub(crate) embedding_weight: f32,
    pub(crate) intents: Vec<String>,
    pub(crate) rows: Vec<Row>,
    /// The rows that messages are compared with: all, or the landmarks.
    pub(crate) landmarks: Vec<u32>,
    pub(crate) vocabulary: Vocabulary,
    /// The landmarks'.
    pub(crate) embeddings: Embeddings,
    pub(crate) weights: Weights,
    pub(crate) words: Words,
}

impl Learnt {
    /// The rows that messages are compared with.
    pub(crate) fn compared(&self) -> impl Iterator<Item = &Row> {
        self.landmarks.iter().map(|&row| &self.rows[row as usize])
    }

    /// Their features.
    pub(crate) fn vectors(&self) -> Vec<Sparse> {
        self.compared().map(|row| self.vocabulary.vector(&text::fold(&row.text))).collect()
    }
}

/// Ready to rank; share it between threads with an `Arc`.
pub struct Matcher {
    pub(crate) learnt: Learnt,
    pub(crate) encoder: Option<Arc<dyn Encoder>>,
    pub(crate) options: Options,
    pub(crate) intents: Vec<Arc<str>>,
    speller: Speller,
    pub(crate) thresholds: Vec<f32>,
}

impl Matcher {
    /// With what follows quickly from what was learnt: the speller and the thresholds.
    pub(crate) fn new(learnt: Learnt, encoder: Option<Arc<dyn Encoder>>, options: &Options) -> Self {
        let own = learnt.rows.iter().filter(|row| row.intent != Row::NOBODY).map(|row| row.text.as_str());
        let mut matcher = Self {
            encoder,
            options: options.clone(),
            intents: learnt.intents.iter().map(|name| Arc::from(name.as_str())).collect(),
            speller: Speller::learn(own, options.encoder_knows_language),
            thresholds: Vec::new(),
            learnt,
        };
        matcher.calibrate();
        matcher
    }

    /// The intents a text may mean. The encoder is asked here and now: with one that takes milliseconds, encode
    /// elsewhere and use [`Matcher::rank_encoded`].
    pub fn rank(&self, text: &str) -> Ranking {
        let corrected = self.corrected(text);
        let embedding = self.encode(corrected.as_deref().unwrap_or(text)).unwrap_or_default();
        self.rank_corrected(text, corrected, &embedding)
    }

    /// The text with its spelling corrected: what to encode for [`Matcher::rank_encoded`]. `None` if nothing was wrong.
    pub fn corrected(&self, text: &str) -> Option<String> {
        if !self.options.spelling {
            return None;
        }
        self.speller.correct(text).map(|(corrected, _)| corrected)
    }

    /// How many words of a text occur in the examples: of several languages' matchers, the one that knows most is
    /// likely to speak the text's language.
    pub fn known_words(&self, text: &str) -> usize {
        self.learnt.vocabulary.known_words(&text::fold(text))
    }

    /// As [`Matcher::rank`], with the embedding of the corrected text made by the encoder that the matcher was trained
    /// with. An embedding of another length counts as absent.
    pub fn rank_encoded(&self, text: &str, embedding: &[f32]) -> Ranking {
        self.rank_corrected(text, self.corrected(text), embedding)
    }

    /// Why a text ranks as it does.
    pub fn explain(&self, text: &str) -> Explanation {
        let corrected = self.corrected(text);
        let embedding = self.encode(corrected.as_deref().unwrap_or(text)).unwrap_or_default();
        self.explain_encoded(text, &embedding)
    }

    /// As [`Matcher::explain`], with the corrected text's embedding.
    pub fn explain_encoded(&self, text: &str, embedding: &[f32]) -> Explanation {
        let corrections: Vec<Correction> = if self.options.spelling {
            self.speller.correct(text).map(|(_, corrections)| corrections).unwrap_or_default()
        } else {
            Vec::new()
        };
        let ranking = self.rank_encoded(text, embedding);
        let similarities = self.similarities(ranking.corrected.as_deref().unwrap_or(text), embedding);
        let likest = 1.0 * self.learnt.embedding_weight + self.learnt.kernel.words;
        let mut order: Vec<usize> = (0..similarities.len())
            .filter(|&at| self.learnt.rows[self.learnt.landmarks[at] as usize].is_example)
            .collect();
        order.sort_by(|&a, &b| similarities[b].total_cmp(&similarities[a]));
        let nearest = order
            .into_iter()
            .take(Explanation::NEIGHBOURS)
            .map(|at| {
                let row = &self.learnt.rows[self.learnt.landmarks[at] as usize];
                Neighbour {
                    text: row.text.clone(),
                    intent: self.intents[row.intent as usize].clone(),
                    similarity: similarities[at] / likest,
                }
            })
            .collect();
        Explanation { ranking, corrections, nearest }
    }

    /// The intents, in alphabetical order.
    pub fn intents(&self) -> &[Arc<str>] {
        &self.intents
    }

    /// The score from which each intent is answered, in the order of [`Matcher::intents`].
    pub fn thresholds(&self) -> &[f32] {
        &self.thresholds
    }

    /// The id of the encoder it was trained with.
    pub fn encoder_id(&self) -> Option<&str> {
        self.encoder.as_deref().map(Encoder::id)
    }

    fn encode(&self, text: &str) -> Result<Vec<f32>, EncodeError> {
        let Some(encoder) = &self.encoder else { return Ok(Vec::new()) };
        Ok(encoder.encode(&[text])?.pop().unwrap_or_default())
    }

    fn rank_corrected(&self, text: &str, corrected: Option<String>, embedding: &[f32]) -> Ranking {
        let features = self.learnt.vocabulary.vector(&text::fold(corrected.as_deref().unwrap_or(text)));
        let Learnt { words, weights, kernel, .. } = &self.learnt;
        let scores = words.scores(weights, &features, kernel.words, self.likenesses(embedding));
        let mut order: Vec<usize> = (0..self.intents.len()).collect();
        // Of equals, the first by name.
        let better = |&a: &usize, &b: &usize| scores[b].total_cmp(&scores[a]).then(a.cmp(&b));
        if order.len() > Ranking::CANDIDATES {
            order.select_nth_unstable_by(Ranking::CANDIDATES, better);
            order.truncate(Ranking::CANDIDATES);
        }
        order.sort_unstable_by(better);
        let best = order[0];
        let candidates: Vec<Candidate> = order
            .into_iter()
            .map(|intent| Candidate { intent: self.intents[intent].clone(), score: scores[intent].clamp(0.0, 1.0) })
            .collect();
        let threshold = self.thresholds[best];
        Ranking { in_scope: candidates[0].score >= threshold, candidates, threshold, corrected }
    }

    /// The embeddings' part of the kernel between a message and each landmark.
    fn likenesses(&self, embedding: &[f32]) -> Vec<f32> {
        let mut likenesses = if embedding.is_empty() || embedding.len() != self.learnt.embeddings.dimensions() {
            vec![0.0; self.learnt.landmarks.len()]
        } else {
            self.learnt.embeddings.likenesses(embedding, self.learnt.kernel.sharpness)
        };
        if self.learnt.embedding_weight != 1.0 {
            likenesses.iter_mut().for_each(|likeness| *likeness *= self.learnt.embedding_weight);
        }
        likenesses
    }

    /// The whole kernel between a message and each landmark, whose features are looked up anew: for explanations.
    fn similarities(&self, text: &str, embedding: &[f32]) -> Vec<f32> {
        let mut similarities = self.likenesses(embedding);
        let features = self.learnt.vocabulary.vector(&text::fold(text));
        let index = Index::new(&self.learnt.vectors(), self.learnt.vocabulary.len());
        index.add_similarities(&features, self.learnt.kernel.words, &mut similarities);
        similarities
    }

    fn calibrate(&mut self) {
        let belongs: Vec<Trial> = self.learnt.rows.iter().filter(|row| row.is_example).map(|row| row.belongs).collect();
        let foreign: Vec<Trial> = if self.intents.len() > 1 {
            self.learnt.rows.iter().filter(|row| row.is_example).map(|row| row.foreign).collect()
        } else {
            Vec::new()
        };
        let site = calibrate::threshold(&belongs, &foreign, self.options.caution);
        self.thresholds = self
            .intents
            .iter()
            .map(|intent| {
                self.options
                    .intent_caution
                    .get(&**intent)
                    .map_or(site, |&caution| calibrate::threshold(&belongs, &foreign, caution))
            })
            .collect();
    }
}
