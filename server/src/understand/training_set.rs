//! What the matchers of one language learn from.

use sidedoor_dialogue::{Intents, locale};
use sidedoor_matcher::{Example, Options};

use crate::config::Site;

/// The language that both encoders were trained on.
const ENCODERS_LANGUAGE: &str = "en";

/// The least caution in a language that has examples and no answers of its own.
const LENT_CAUTION: f32 = 0.7;

/// A language's examples, and how carefully they are to be used.
pub struct TrainingSet {
    /// In the order of the files.
    pub examples: Vec<Example>,
    /// The site's and its intents' caution.
    pub options: Options,
}

impl TrainingSet {
    /// The examples of `tag`, exactly that one.
    #[must_use]
    pub fn of(site: &Site, intents: &Intents, tag: &str) -> Self {
        let examples = intents
            .examples(tag)
            .map(|(text, intent)| Example { text: text.to_owned(), intent: intent.to_owned() })
            .collect();
        let mut options = options_for(tag);
        if let Some(caution) = site.caution {
            options.caution = caution;
        }
        // Nobody has written an answer in this language: another's is lent, and that only where it is surely asked for.
        if !intents.iter().any(|intent| intent.wordings.get(tag).is_some_and(|wording| !wording.reply.is_empty())) {
            options.caution = options.caution.max(LENT_CAUTION);
        }
        options.intent_caution =
            intents.iter().filter_map(|intent| Some((intent.name.clone(), intent.caution?))).collect();
        Self { examples, options }
    }
}

/// How matchers of a language are trained where nothing else is said.
#[must_use]
pub fn options_for(tag: &str) -> Options {
    Options { encoder_knows_language: locale::language(tag) == ENCODERS_LANGUAGE, ..Options::default() }
}
