//! What the examples look like to a model that was trained without them: for `sidedoor check` and `sidedoor intents report`.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::features::Index;
use crate::learnt::Row;
use crate::matcher::Matcher;

/// With fewer examples an intent's own words are a matter of luck.
pub const FEW_EXAMPLES: usize = 5;
/// From this similarity on, two examples of different intents cannot be told apart.
pub const NEAR_DUPLICATE: f32 = 0.9;

/// Leave-one-out figures of every example and intent.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// One entry per intent, in alphabetical order.
    pub intents: Vec<IntentReport>,
    /// Every example, in the order in which it was taught.
    pub examples: Vec<ExampleReport>,
    /// Pairs of examples in different intents that are all but the same.
    pub near_duplicates: Vec<NearDuplicate>,
    /// Share of examples that the model, trained without each, gives to their own intent.
    pub accuracy: f32,
    /// Share of examples that would have been answered, and rightly.
    pub answered_right: f32,
    /// Share of examples that would have been passed on to staff, had their intent not existed.
    pub foreign_passed_on: f32,
}

/// One intent's figures.
#[derive(Debug, Clone, PartialEq)]
pub struct IntentReport {
    /// Its name.
    pub intent: Arc<str>,
    /// How many examples it has.
    pub examples: usize,
    /// Whether these are fewer than [`FEW_EXAMPLES`].
    pub few: bool,
    /// Share of its examples that the model, trained without each, gives to it.
    pub recall: f32,
    /// Where its examples went, trained without each: intents with counts. A row of the confusion matrix.
    pub given_to: BTreeMap<Arc<str>, usize>,
    /// The score from which it is answered.
    pub threshold: f32,
}

/// One example's figures.
#[derive(Debug, Clone, PartialEq)]
pub struct ExampleReport {
    /// The example.
    pub text: String,
    /// The intent it was taught for.
    pub intent: Arc<str>,
    /// The intent that the model, trained without it, gives it to.
    pub guess: Arc<str>,
    /// With this score.
    pub score: f32,
    /// The score of its own intent.
    pub own_score: f32,
    /// Its best score had its whole intent not been taught: what a message from outside looks like.
    pub foreign_score: f32,
}

/// Two examples in different intents that are all but the same.
#[derive(Debug, Clone, PartialEq)]
pub struct NearDuplicate {
    /// One example, and its intent.
    pub first: (String, Arc<str>),
    /// The other.
    pub second: (String, Arc<str>),
    /// From [`NEAR_DUPLICATE`] to 1.
    pub similarity: f32,
}

impl Matcher {
    /// Judges the examples by what the model makes of each without having seen it.
    pub fn report(&self) -> Report {
        let examples: Vec<ExampleReport> = self
            .learnt
            .rows
            .iter()
            .filter(|row| row.is_example)
            .map(|row| ExampleReport {
                text: row.text.clone(),
                intent: self.intents[row.intent as usize].clone(),
                guess: self.intents[row.without_row as usize].clone(),
                score: row.belongs.score,
                own_score: row.own_score,
                foreign_score: row.foreign.score,
            })
            .collect();
        let threshold = |intent: &str| {
            self.intents.binary_search_by(|name| (**name).cmp(intent)).map_or(f32::INFINITY, |at| self.thresholds[at])
        };
        let share = |of: &dyn Fn(&ExampleReport) -> bool| {
            examples.iter().filter(|example| of(example)).count() as f32 / examples.len().max(1) as f32
        };
        Report {
            intents: self
                .intents
                .iter()
                .map(|intent| self.intent_report(intent, &examples, threshold(intent)))
                .collect(),
            accuracy: share(&|example| example.guess == example.intent),
            answered_right: share(&|example| {
                example.guess == example.intent && example.score >= threshold(&example.guess)
            }),
            foreign_passed_on: share(&|example| example.foreign_score < threshold(&example.intent)),
            near_duplicates: self.near_duplicates(),
            examples,
        }
    }

    fn intent_report(&self, intent: &Arc<str>, examples: &[ExampleReport], threshold: f32) -> IntentReport {
        let mut given_to: BTreeMap<Arc<str>, usize> = BTreeMap::new();
        for example in examples.iter().filter(|example| example.intent == *intent) {
            *given_to.entry(example.guess.clone()).or_default() += 1;
        }
        let examples: usize = given_to.values().sum();
        IntentReport {
            intent: intent.clone(),
            examples,
            few: examples < FEW_EXAMPLES,
            recall: given_to.get(intent).copied().unwrap_or(0) as f32 / examples.max(1) as f32,
            given_to,
            threshold,
        }
    }

    fn near_duplicates(&self) -> Vec<NearDuplicate> {
        let rows: Vec<_> = self.learnt.compared().collect();
        let vectors = self.learnt.vectors();
        let index = Index::new(&vectors, self.learnt.vocabulary.len());
        let dimensions = self.learnt.embeddings.dimensions();
        let embeddings = self.learnt.embeddings.to_rows();
        let embedding = |at: usize| &embeddings[at * dimensions..(at + 1) * dimensions];
        let mut found = Vec::new();
        let mut words = vec![0.0f32; rows.len()];
        for first in 0..rows.len() {
            words.fill(0.0);
            index.add_similarities(&vectors[first], 1.0, &mut words);
            for second in first + 1..rows.len() {
                let (a, b) = (rows[first], rows[second]);
                if a.intent == b.intent || !a.is_example || !b.is_example {
                    continue;
                }
                // Meaning and wording count alike here: paraphrases are what two intents should differ in.
                let meaning = if dimensions > 0 { product(embedding(first), embedding(second)) } else { words[second] };
                let similarity = (0.5 * (meaning + words[second])).min(1.0);
                if similarity >= NEAR_DUPLICATE {
                    let side = |row: &Row| (row.text.clone(), self.intents[row.intent as usize].clone());
                    found.push(NearDuplicate { first: side(a), second: side(b), similarity });
                }
            }
        }
        found.sort_by(|a, b| b.similarity.total_cmp(&a.similarity));
        found
    }
}

fn product(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}
