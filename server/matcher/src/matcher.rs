//! A trained matcher: a text in, the intents it may mean out, best first, and whether the best is good enough to answer.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::calibrate::{self, Trial};
use crate::encoder::{EncodeError, Encoder};
use crate::learnt::{Learnt, Row};
use crate::ranking::{Candidate, Ranking};
use crate::spell::Speller;
use crate::text;

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

/// Ready to rank; share it between threads with an `Arc`.
pub struct Matcher {
    pub(crate) learnt: Learnt,
    pub(crate) encoder: Option<Arc<dyn Encoder>>,
    pub(crate) options: Options,
    pub(crate) intents: Vec<Arc<str>>,
    pub(crate) speller: Speller,
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

    pub(crate) fn encode(&self, text: &str) -> Result<Vec<f32>, EncodeError> {
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
    pub(crate) fn likenesses(&self, embedding: &[f32]) -> Vec<f32> {
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
