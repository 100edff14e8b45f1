//! What the matchers of one language learn from.

use sidedoor_dialogue::{Intents, locale};
use sidedoor_matcher::{Example, Options};

use crate::config::Site;

/// The language that both encoders were trained on.
const ENCODERS_LANGUAGE: &str = "en";

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
