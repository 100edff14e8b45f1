//! The words that show how a message is built: where a second question begins, what is denied, which language it is.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use serde::Deserialize;
use sidedoor_dialogue::locale;
use sidedoor_matcher::text;

/// One data file per language; a translator needs no code.
const FILES: [(&str, &str); 6] = [
    ("en", include_str!("words/en.toml")),
    ("es", include_str!("words/es.toml")),
    ("pt", include_str!("words/pt.toml")),
    ("fr", include_str!("words/fr.toml")),
    ("de", include_str!("words/de.toml")),
    ("it", include_str!("words/it.toml")),
];

static LANGUAGES: LazyLock<Vec<(&str, LanguageWords)>> = LazyLock::new(|| {
    FILES.iter().map(|&(tag, file)| (tag, toml::from_str(file).expect("the tests read each file of words"))).collect()
});

/// Every word that alone says nothing, of all languages: people answer "ok" and "si" wherever they are.
static SMALL: LazyLock<HashSet<&str>> =
    LazyLock::new(|| LANGUAGES.iter().flat_map(|(_, words)| &words.small).map(String::as_str).collect());

/// What one language's speakers build messages with.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LanguageWords {
    common: HashSet<String>,
    question: Vec<Phrase>,
    joint: Vec<Phrase>,
    again: Vec<Phrase>,
    pronoun: HashSet<String>,
    denial: Vec<Phrase>,
    denial_first: Vec<Phrase>,
    no_denial: Vec<Phrase>,
    contrast: Vec<Phrase>,
    small: HashSet<String>,
}

/// Some words in a row.
#[derive(Debug, Deserialize)]
#[serde(from = "String")]
struct Phrase(Vec<String>);

impl From<String> for Phrase {
    fn from(text: String) -> Self {
        Self(text.split_whitespace().map(str::to_owned).collect())
    }
}

/// A word of a message.
#[derive(Debug, PartialEq)]
pub struct Word {
    /// Lower case, without accents and apostrophes: "don't" is "dont".
    pub folded: String,
    /// Where it stands.
    pub place: Range<usize>,
}

/// The words of a message, in order.
pub fn words_of(typed: &str) -> Vec<Word> {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '\'' | '’' | '\u{300}'..='\u{36f}');
    let mut words = Vec::new();
    let mut at = 0;
    while let Some(skipped) = typed[at..].find(is_part) {
        let start = at + skipped;
        let end = typed[start..].find(|c| !is_part(c)).map_or(typed.len(), |length| start + length);
        let folded: String = text::fold(&typed[start..end]).chars().filter(|c| !matches!(c, '\'' | '’')).collect();
        if !folded.is_empty() {
            words.push(Word { folded, place: start..end });
        }
        at = end;
    }
    words
}

/// Whether a message is made of words that alone say nothing: "no", "ok", "a", "500".
pub fn is_small(typed: &str) -> bool {
    let words = words_of(typed);
    !words.is_empty()
        && words.iter().all(|word| SMALL.contains(word.folded.as_str()) || word.folded.chars().all(char::is_numeric))
}

/// The language that most little words of a long text are of; English where none is known.
#[must_use]
pub fn likeliest_language(typed: &str) -> &'static str {
    let words = words_of(typed);
    let count = |language: &LanguageWords| words.iter().filter(|word| language.is_common(&word.folded)).count();
    let counted = LANGUAGES.iter().map(|(tag, language)| (*tag, count(language)));
    counted.fold(("en", 0), |best, next| if next.1 > best.1 { next } else { best }).0
}

impl LanguageWords {
    /// Those of a language; none are known of most.
    pub fn of(tag: &str) -> Option<&'static Self> {
        LANGUAGES.iter().find(|(known, _)| *known == locale::language(tag)).map(|(_, words)| words)
    }

    /// Whether a folded word is one of the little ones that tell the language.
    pub fn is_common(&self, word: &str) -> bool {
        self.common.contains(word)
    }

    /// Whether a word alone says nothing.
    pub fn is_small(&self, word: &Word) -> bool {
        self.small.contains(&word.folded)
    }

    /// Whether these words point back to what was said before: "how much is it".
    pub fn points_back(&self, words: &[Word]) -> bool {
        words.iter().any(|word| self.pronoun.contains(&word.folded))
    }

    /// Whether these words begin a question.
    pub fn asks(&self, words: &[Word]) -> bool {
        length(&self.question, words) > 0
    }

    /// How many of these words join a second question to the first.
    pub fn joint(&self, words: &[Word]) -> usize {
        length(&self.joint, words)
    }

    /// How many of these words always begin a thing of its own.
    pub fn again(&self, words: &[Word]) -> usize {
        length(&self.again, words)
    }

    /// How many of these words deny what follows; `first` where nothing stands before them.
    pub fn denial(&self, words: &[Word], first: bool) -> usize {
        let order = if first && length(&self.no_denial, words) == 0 { length(&self.denial_first, words) } else { 0 };
        order.max(length(&self.denial, words))
    }

    /// How many of these words come before what is wanted in place of what was denied.
    pub fn contrast(&self, words: &[Word]) -> usize {
        length(&self.contrast, words)
    }
}

/// The length of the longest phrase that `words` begin with, in words.
fn length(phrases: &[Phrase], words: &[Word]) -> usize {
    let begins = |phrase: &&Phrase| {
        phrase.0.len() <= words.len() && phrase.0.iter().zip(words).all(|(wanted, word)| *wanted == word.folded)
    };
    phrases.iter().filter(begins).map(|phrase| phrase.0.len()).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_its_words() {
        for (tag, _) in FILES {
            let words = LanguageWords::of(tag).unwrap();
            assert!(!words.joint.is_empty() && !words.denial.is_empty() && words.common.len() > 50, "{tag}");
        }
        assert!(LanguageWords::of("xx").is_none());
    }

    #[test]
    fn a_file_holds_its_words_as_they_are_compared() {
        for (tag, file) in FILES {
            let table: toml::Table = toml::from_str(file).unwrap();
            for word in table.values().filter_map(toml::Value::as_array).flatten().filter_map(toml::Value::as_str) {
                let folded = words_of(word).into_iter().map(|word| word.folded).collect::<Vec<_>>().join(" ");
                assert_eq!(folded, word, "{tag}");
            }
        }
    }

    #[test]
    fn the_language_of_examples_is_told_by_their_little_words() {
        let line = |text: &str| format!("{{\"text\": \"{text}\", \"intent\": \"order.track\"}}\n");

        assert_eq!(likeliest_language(&line("dónde está mi pedido, que no llega")), "es");
        assert_eq!(likeliest_language(&line("wo ist meine Bestellung")), "de");
        assert_eq!(likeliest_language(&line("où est ma commande, je ne l'ai pas reçue")), "fr");
        assert_eq!(likeliest_language(&line("where is my order")), "en");
        assert_eq!(likeliest_language(&line("где мой заказ")), "en");
    }

    #[test]
    fn small_words_alone_say_nothing() {
        for small in ["no", "OK!", "a", "sí", "500", "ja, gut", "no no no"] {
            assert!(is_small(small), "{small}");
        }
        for said in ["hola", "thanks", "madrid", "no shipping?", "👍", "?"] {
            assert!(!is_small(said), "{said}");
        }
    }
}
