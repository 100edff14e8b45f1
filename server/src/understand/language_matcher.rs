//! One language's matchers: the quick one, and the thorough one where a slow encoder serves.

use sidedoor_matcher::{Matcher, TrainError};

use super::trainer::Trainer;
use super::training_set::TrainingSet;

/// One language's matchers.
pub struct LanguageMatcher {
    /// A name for all that its rankings depend on.
    pub key: String,
    /// With the built-in encoder.
    pub quick: Matcher,
    /// With the slow encoder, where one serves this language.
    pub thorough: Option<Matcher>,
}

impl LanguageMatcher {
    /// Trains both.
    ///
    /// # Errors
    /// Examples that cannot be learnt from.
    pub fn learn(TrainingSet { examples, options }: &TrainingSet, trainer: &Trainer) -> Result<Self, TrainError> {
        Ok(Self {
            key: format!("{} {options:?}", trainer.key(examples, options)),
            quick: trainer.quick(examples, options)?,
            thorough: trainer.thorough(examples, options)?,
        })
    }
}
