//! What `sidedoor ask` shows: why a text was understood as it was.

use std::sync::Arc;

use crate::matcher::Ranking;
use crate::spell::Correction;

/// A ranking with its reasons.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The ranking itself.
    pub ranking: Ranking,
    /// Words that were taken for others.
    pub corrections: Vec<Correction>,
    /// The examples most like the text.
    pub nearest: Vec<Neighbour>,
}

/// An example like the text.
#[derive(Debug, Clone, PartialEq)]
pub struct Neighbour {
    /// The example, as written in the intents.
    pub text: String,
    /// The intent it belongs to.
    pub intent: Arc<str>,
    /// From 0 to 1, where 1 is the same text.
    pub similarity: f32,
}

impl Explanation {
    pub(crate) const NEIGHBOURS: usize = 5;

    /// One sentence on why the text is answered, or passed on to staff.
    pub fn reason(&self) -> String {
        let Some(best) = self.ranking.candidates.first() else { return "there are no intents".to_owned() };
        let threshold = self.ranking.threshold;
        if self.ranking.in_scope {
            format!("in scope: {} scores {:.2}, at least {threshold:.2}", best.intent, best.score)
        } else if threshold > 1.0 {
            format!("out of scope: caution is at its highest, so {} is never answered unasked", best.intent)
        } else {
            format!("out of scope: the best intent, {}, scores {:.2}, below {threshold:.2}", best.intent, best.score)
        }
    }
}
