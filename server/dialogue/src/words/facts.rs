//! The facts of things that people ask for, and the small words with which they point at a thing.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::LazyLock;

use serde::Deserialize;

use super::cues::fold;

/// A fact in one language.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    label: String,
    words: Vec<String>,
}

/// How a thing is spoken of.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Small {
    joins: HashSet<String>,
    articles: HashSet<String>,
    definite: HashSet<String>,
    standing_in: HashSet<String>,
    ones: HashSet<String>,
    fillers: HashSet<String>,
    points: HashSet<String>,
    english: HashSet<String>,
}

struct Facts {
    /// By key and language.
    labels: BTreeMap<String, BTreeMap<String, String>>,
    /// The words of a phrase by its first; the longest phrases first.
    phrases: HashMap<String, Vec<(Vec<String>, String)>>,
    small: Small,
}

static FACTS: LazyLock<Facts> = LazyLock::new(|| {
    let file: BTreeMap<String, BTreeMap<String, Entry>> =
        toml::from_str(include_str!("facts.toml")).expect("a word file is part of the program and read by its tests");
    let small: Small =
        toml::from_str(include_str!("items.toml")).expect("a word file is part of the program and read by its tests");
    let mut labels: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    let mut phrases: HashMap<String, Vec<(Vec<String>, String)>> = HashMap::new();
    for (key, languages) in file {
        for (tag, entry) in languages {
            for phrase in &entry.words {
                let words = words_of(phrase);
                if let Some((first, rest)) = words.split_first() {
                    phrases.entry(first.clone()).or_default().push((rest.to_vec(), key.clone()));
                }
            }
            labels.entry(key.clone()).or_default().insert(tag, entry.label);
        }
    }
    for found in phrases.values_mut() {
        found.sort_by_key(|(rest, _)| std::cmp::Reverse(rest.len()));
        found.dedup();
    }
    Facts { labels, phrases, small }
});

/// Reads the word files, which the first message would otherwise wait for.
pub fn prepare() {
    LazyLock::force(&FACTS);
}

/// The words of a text, folded, without anything between them.
pub fn words_of(text: &str) -> Vec<String> {
    let folded = fold(text);
    folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// What a fact is called; a site's own by its key.
pub fn label(key: &str, language: &str) -> String {
    let known = FACTS.labels.get(key).and_then(|labels| labels.get(language).or_else(|| labels.get("en")));
    known.cloned().unwrap_or_else(|| crate::types::intent::capitalised(&key.replace(['_', '-'], " ")))
}

/// The facts that these words ask for, in order, each once, with the places of the words that do; `own` are phrases of the site's.
pub fn asked(words: &[String], own: &[(String, String)]) -> Vec<(String, std::ops::Range<usize>)> {
    let mut asked: Vec<(String, std::ops::Range<usize>)> = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let own = own.iter().filter_map(|(phrase, key)| {
            let phrase: Vec<&str> = phrase.split(' ').collect();
            let here = words.get(at..at + phrase.len())?;
            here.iter().map(String::as_str).eq(phrase.iter().copied()).then_some((key.clone(), phrase.len()))
        });
        let known = FACTS.phrases.get(&words[at]).into_iter().flatten().filter_map(|(rest, key)| {
            let following = words.get(at + 1..at + 1 + rest.len())?;
            (following == rest.as_slice()).then(|| (key.clone(), rest.len() + 1))
        });
        match own.chain(known).max_by_key(|(_, len)| *len) {
            Some((key, len)) => {
                asked.push((key, at..at + len));
                at += len;
            }
            None => at += 1,
        }
    }
    // "Do you have it in large" asks for the size; "do you have" only opens the question.
    if asked.iter().any(|(key, _)| key != "stock") {
        asked.retain(|(key, span)| key != "stock" || !opens(&words[span.clone()]));
    }
    asked
}

/// Whether a phrase that asks for the stock is no more than how such questions begin.
fn opens(words: &[String]) -> bool {
    let whole = words.join(" ");
    let openings = [
        "do you have",
        "have you got",
        "you have",
        "got any",
        "teneis",
        "tienen",
        "tenes",
        "tienes",
        "hay",
        "voces tem",
        "tem",
        "avez vous",
        "vous avez",
        "habt ihr",
        "haben sie",
        "gibt es",
        "avete",
        "ce l avete",
        "still have",
        "still got",
    ];
    openings.contains(&whole.as_str())
}

/// What may stand between the words of a name.
pub fn joins(word: &str) -> bool {
    FACTS.small.joins.contains(word)
}

/// What stands before a name and goes with it.
pub fn is_article(word: &str) -> bool {
    FACTS.small.articles.contains(word)
}

/// "the (candle)", as opposed to "a candle".
pub fn is_definite(word: &str) -> bool {
    FACTS.small.definite.contains(word)
}

/// "la de (higo)"
pub fn stands_in(first: &str, second: &str) -> bool {
    FACTS.small.standing_in.contains(&format!("{first} {second}"))
}

/// "(the fig) one"
pub fn is_one(word: &str) -> bool {
    FACTS.small.ones.contains(word)
}

/// "ok", "then"
pub fn is_filler(word: &str) -> bool {
    FACTS.small.fillers.contains(word)
}

/// A word that points at the thing that was spoken of last.
pub fn points(word: &str) -> bool {
    FACTS.small.points.contains(word)
}

/// Whether a word tells that a message is English.
pub fn is_english(word: &str) -> bool {
    FACTS.small.english.contains(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fact_has_a_label_in_every_language_that_the_program_speaks() {
        for (key, labels) in &FACTS.labels {
            let tags: Vec<&str> = labels.keys().map(String::as_str).collect();
            assert_eq!(tags, ["de", "en", "es", "fr", "it", "pt"], "{key}");
        }
    }

    #[test]
    fn a_question_asks_for_what_its_words_name() {
        let read = |text: &str| {
            asked(&words_of(text), &[("thread count".into(), "thread_count".into())])
                .into_iter()
                .map(|(key, _)| key)
                .collect::<Vec<_>>()
                .join(" ")
        };

        assert_eq!(read("how much is it?"), "price");
        assert_eq!(read("¿Cuánto cuesta?"), "price");
        assert_eq!(read("do you have it in large"), "sizes");
        assert_eq!(read("do you have it"), "stock");
        assert_eq!(read("la tenéis en talla grande"), "sizes sizes");
        assert_eq!(read("how long does it burn"), "burn_time");
        assert_eq!(read("what is the thread count"), "thread_count");
        assert_eq!(read("can I return it"), "");
    }
}
