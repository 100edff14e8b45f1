//! What `sidedoor ask` shows: why a text was understood as it was.

use std::sync::Arc;

use crate::features::Index;
use crate::matcher::Matcher;
use crate::ranking::Ranking;
use crate::spell::Correction;
use crate::text;

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

impl Matcher {
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

    /// The whole kernel between a message and each landmark, whose features are looked up anew: for explanations.
    fn similarities(&self, text: &str, embedding: &[f32]) -> Vec<f32> {
        let mut similarities = self.likenesses(embedding);
        let features = self.learnt.vocabulary.vector(&text::fold(text));
        let index = Index::new(&self.learnt.vectors(), self.learnt.vocabulary.len());
        index.add_similarities(&features, self.learnt.kernel.words, &mut similarities);
        similarities
    }
}
