//! What training comes to, and a cache file keeps: everything that takes long to find.

use serde::{Deserialize, Serialize};

use crate::calibrate::Trial;
use crate::embeddings::Embeddings;
use crate::encoder::Kernel;
use crate::features::{Sparse, Vocabulary};
use crate::text;
use crate::weights::{Weights, Words};

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
