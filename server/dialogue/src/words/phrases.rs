//! The interface's own sentences and word lists: one data file per language, each sentence open to the site's own wording.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use serde::Deserialize;

use crate::types::locale;
use crate::types::template::{PLACEHOLDERS, Template};

/// The languages that the program itself speaks, with the file of each.
const FILES: [(&str, &str); 6] = [
    ("en", include_str!("phrases/en.toml")),
    ("es", include_str!("phrases/es.toml")),
    ("pt", include_str!("phrases/pt.toml")),
    ("fr", include_str!("phrases/fr.toml")),
    ("de", include_str!("phrases/de.toml")),
    ("it", include_str!("phrases/it.toml")),
];

/// Placeholders that only the interface's own sentences may hold.
const OWN_PLACEHOLDERS: [&str; 14] = [
    "opening",
    "suggestion",
    "contact",
    "noted",
    "time",
    "day",
    "what",
    "fact",
    "value",
    "facts",
    "count",
    "part",
    "language",
    "fields",
];

static LANGUAGES: LazyLock<Vec<Language>> = LazyLock::new(|| FILES.iter().map(|(tag, text)| read(tag, text)).collect());

/// One language: its sentences and its words.
#[derive(Debug)]
pub struct Language {
    /// `en`, `es`: without a region.
    pub tag: &'static str,
    say: HashMap<String, Vec<Template>>,
    /// What its speakers write, as far as the dialogue must know it.
    pub words: Words,
}

/// Word lists of a language, in lower case.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    pub yes: Vec<String>,
    pub no: Vec<String>,
    pub refuse: Vec<String>,
    pub cancel: Vec<String>,
    pub restart: Vec<String>,
    pub human: Vec<String>,
    pub urgent: Vec<String>,
    pub correction: Vec<String>,
    pub order: Vec<String>,
    pub question: Vec<String>,
    pub days: Vec<String>,
    pub days_short: Vec<String>,
    pub months: Vec<String>,
    pub date: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    say: BTreeMap<String, OneOrMany>,
    words: Words,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

fn read(tag: &'static str, text: &str) -> Language {
    let file: File = toml::from_str(text).expect("a phrase file is part of the program and read by its tests");
    let known: Vec<&str> = PLACEHOLDERS.into_iter().chain(OWN_PLACEHOLDERS).collect();
    let template = |text: &String| Template::parse(text, &known).expect("the tests read each phrase");
    let say = file
        .say
        .iter()
        .map(|(key, texts)| {
            let texts = match texts {
                OneOrMany::One(text) => vec![template(text)],
                OneOrMany::Many(texts) => texts.iter().map(template).collect(),
            };
            (key.clone(), texts)
        })
        .collect();
    Language { tag, say, words: file.words }
}

/// All languages that the program speaks.
pub fn languages() -> &'static [Language] {
    &LANGUAGES
}

/// The first language of the visitor's chain that the program speaks.
pub fn language(visitor: &str, site: &str) -> &'static Language {
    locale::chain(visitor, site)
        .find_map(|tag| LANGUAGES.iter().find(|language| locale::same(language.tag, tag)))
        .unwrap_or(&LANGUAGES[0])
}

/// The keys of the interface's sentences, sorted.
pub fn keys() -> impl Iterator<Item = &'static str> {
    let mut keys: Vec<&'static str> = LANGUAGES[0].say.keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys.into_iter()
}

/// Whether the interface has such a sentence.
pub fn is_key(key: &str) -> bool {
    LANGUAGES[0].say.contains_key(key)
}

/// The placeholders that a site's own wording of a sentence may hold: those of any reply, and those of the built-in sentence.
pub fn placeholders(key: &str) -> Vec<&'static str> {
    let own = LANGUAGES[0].say.get(key).into_iter().flatten().flat_map(Template::placeholders);
    let mut known: Vec<&'static str> = PLACEHOLDERS.to_vec();
    known.extend(own.filter(|name| !PLACEHOLDERS.contains(name)));
    known
}

/// The variants of a sentence in the language of exactly this tag, if the program speaks it.
pub fn sentence(key: &str, tag: &str) -> Option<&'static [Template]> {
    let language = LANGUAGES.iter().find(|known| locale::same(known.tag, tag))?;
    language.say.get(key).map(Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn all_languages_say_the_same_things() {
        let english: Vec<&str> = keys().collect();
        for language in languages() {
            let mut keys: Vec<&str> = language.say.keys().map(String::as_str).collect();
            keys.sort_unstable();
            assert_eq!(keys, english, "{}", language.tag);
        }
    }

    #[test]
    fn all_languages_use_the_same_placeholders() {
        for language in languages() {
            for (key, texts) in &language.say {
                let used = |texts: &[Template]| {
                    texts
                        .iter()
                        .map(|text| text.placeholders().map(str::to_owned).collect::<Vec<_>>())
                        .collect::<HashSet<_>>()
                };
                assert_eq!(used(texts), used(&LANGUAGES[0].say[key]), "{key} in {}", language.tag);
            }
        }
    }

    #[test]
    fn all_languages_have_seven_days_and_twelve_months() {
        for Language { tag, words, .. } in languages() {
            assert_eq!((words.days.len(), words.days_short.len()), (7, 7), "{tag}");
            assert_eq!(words.months.len(), 12, "{tag}");
        }
    }
}
