//! What ranking a message comes to: the intents it may mean, with scores.

use std::sync::Arc;

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
