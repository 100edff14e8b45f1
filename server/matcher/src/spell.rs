//! Spelling correction: the business's own words first, then common ones, found through words with letters left out.
//!
//! The index is that of symmetric deletion (Garbe 2012, SymSpell): a dictionary word is filed under each form with one
//! letter left out, and a misspelt word is looked up under its own such forms, so that one hash look-up replaces trying
//! every letter in every place. What is found is checked with the optimal-string-alignment distance.

use std::sync::OnceLock;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::text;

/// Shorter words are near too many others.
const MIN_LETTERS: usize = 4;
/// Without a list of the language's common words an unknown word may well be right, so only long ones are touched.
const MIN_LETTERS_UNLISTED: usize = 6;
/// Two slips are only believed in a long word, and only towards one of the business's own.
const MIN_LETTERS_TWO_SLIPS: usize = 7;
/// Longer runs of letters are not words.
const MAX_LETTERS: usize = 24;
/// The line of `vocab.txt` where English words begin, most frequent first; before it stand marks and single letters.
const FIRST_COMMON_WORD: usize = 1996;

/// A speller that knows the words of one site's examples.
#[derive(Debug, Clone)]
pub struct Speller {
    own: Dictionary,
    english: bool,
}

/// A word that was replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// As it was typed.
    pub typed: String,
    /// What it is taken for.
    pub meant: String,
}

impl Speller {
    /// Learns the words of `texts`; `english` adds the built-in common words.
    pub fn learn<'a>(texts: impl Iterator<Item = &'a str>, english: bool) -> Self {
        let mut counts: FxHashMap<String, u32> = FxHashMap::default();
        for text in texts {
            let folded = text::fold(text);
            for word in text::words(&folded).filter(|word| word.chars().count() > 1 && is_word(word)) {
                *counts.entry(word.to_owned()).or_default() += 1;
            }
        }
        // Weight: more frequent first, then what is commoner in English, then the alphabet.
        let mut words: Vec<(String, u32)> = counts.into_iter().collect();
        words.sort_by(|a, b| {
            b.1.cmp(&a.1).then_with(|| common().rank(&a.0).cmp(&common().rank(&b.0))).then_with(|| a.0.cmp(&b.0))
        });
        Self { own: Dictionary::new(words.into_iter().map(|(word, _)| word)), english }
    }

    /// The text with its misspelt words replaced, and what was replaced; `None` if nothing was.
    pub fn correct(&self, typed: &str) -> Option<(String, Vec<Correction>)> {
        let mut corrections = Vec::new();
        let mut text = String::new();
        let mut copied = 0;
        for (start, end) in letter_runs(typed).take(text::MAX_CHARS / 2) {
            // "isn" of "isn't" is not misspelt.
            if typed[end..].starts_with(['\'', '’']) {
                continue;
            }
            let word = text::fold(&typed[start..end]);
            if let Some(meant) = self.correct_word(&word) {
                text.push_str(&typed[copied..start]);
                text.push_str(&meant);
                copied = end;
                corrections.push(Correction { typed: typed[start..end].to_owned(), meant });
            }
        }
        if corrections.is_empty() {
            return None;
        }
        text.push_str(&typed[copied..]);
        Some((text, corrections))
    }

    fn correct_word(&self, word: &str) -> Option<String> {
        let letters = word.chars().count();
        let least = if self.english { MIN_LETTERS } else { MIN_LETTERS_UNLISTED };
        if !(least..=MAX_LETTERS).contains(&letters) || !is_word(word) || self.knows(word) {
            return None;
        }
        if let Some(meant) = self.own.nearest(word, 1) {
            return Some(meant.to_owned());
        }
        if let Some(meant) = self.split(word) {
            return Some(meant);
        }
        if self.english
            && let Some(meant) = common().nearest(word, 1)
        {
            return Some(meant.to_owned());
        }
        (letters >= MIN_LETTERS_TWO_SLIPS).then(|| self.own.nearest(word, 2)).flatten().map(str::to_owned)
    }

    fn knows(&self, word: &str) -> bool {
        self.own.rank(word).is_some() || (self.english && common().rank(word).is_some())
    }

    /// Two words run together, one of them the business's own.
    fn split(&self, word: &str) -> Option<String> {
        let cost = |part: &str| common().rank(part).unwrap_or(u32::MAX / 2);
        word.char_indices()
            .map(|(at, _)| word.split_at(at))
            .filter(|(a, b)| a.chars().count() >= 2 && b.chars().count() >= 2)
            .filter(|(a, b)| self.own.rank(a).is_some() || self.own.rank(b).is_some())
            .filter(|(a, b)| self.knows(a) && self.knows(b))
            .min_by_key(|(a, b)| cost(a) + cost(b))
            .map(|(a, b)| format!("{a} {b}"))
    }
}

/// Latin, Greek and Cyrillic letters: scripts in which a slip of a finger is one letter.
fn is_word(word: &str) -> bool {
    word.chars().all(|c| c.is_alphabetic() && c < '\u{530}')
}

fn letter_runs(text: &str) -> impl Iterator<Item = (usize, usize)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text[at..].find(char::is_alphabetic)?;
        let end = text[start..].find(|c: char| !c.is_alphabetic()).map_or(text.len(), |length| start + length);
        at = end;
        Some((start, end))
    })
}

/// The English words of the encoder's vocabulary, the most frequent first.
fn common() -> &'static Dictionary {
    static COMMON: OnceLock<Dictionary> = OnceLock::new();
    COMMON.get_or_init(|| {
        let vocabulary = include_str!("../data/vocab.txt");
        let words = vocabulary
            .lines()
            .skip(FIRST_COMMON_WORD)
            .filter(|word| word.len() > 1 && word.bytes().all(|b| b.is_ascii_lowercase()));
        Dictionary::new(["a", "i"].into_iter().chain(words).map(str::to_owned))
    })
}

/// Words in order of preference, filed under their forms with a letter left out.
#[derive(Debug, Clone)]
struct Dictionary {
    words: Vec<String>,
    ranks: FxHashMap<String, u32>,
    /// By hash of a shortened form; what is found is checked, so a collision only costs time.
    shortened: FxHashMap<u64, Vec<u32>>,
}

impl Dictionary {
    fn new(words: impl Iterator<Item = String>) -> Self {
        let words: Vec<String> = words.collect();
        let mut dictionary = Self { words, ranks: FxHashMap::default(), shortened: FxHashMap::default() };
        for (rank, word) in (0u32..).zip(&dictionary.words) {
            dictionary.ranks.insert(word.clone(), rank);
            each_shortened(word, |form| {
                let ranks = dictionary.shortened.entry(hash(form)).or_default();
                if ranks.last() != Some(&rank) {
                    ranks.push(rank);
                }
            });
        }
        dictionary
    }

    fn rank(&self, word: &str) -> Option<u32> {
        self.ranks.get(word).copied()
    }

    /// The preferred word within `slips` (1 or 2) of `word`.
    fn nearest(&self, word: &str, slips: usize) -> Option<&str> {
        let mut best: Option<u32> = None;
        let mut consider = |form: &str| {
            if let Some(rank) = self.ranks.get(form) {
                best = Some(best.map_or(*rank, |best| best.min(*rank)));
            }
            for &rank in self.shortened.get(&hash(form)).into_iter().flatten() {
                if best.is_none_or(|best| rank < best) && distance(word, &self.words[rank as usize]) <= slips {
                    best = Some(rank);
                }
            }
        };
        consider(word);
        each_shortened(word, |form| {
            // One letter off here and one off there reach every word two slips away but for two dropped letters.
            consider(form);
        });
        best.map(|rank| self.words[rank as usize].as_str())
    }
}

fn each_shortened(word: &str, mut found: impl FnMut(&str)) {
    let mut form = String::with_capacity(word.len());
    for (at, c) in word.char_indices() {
        form.clear();
        form.push_str(&word[..at]);
        form.push_str(&word[at + c.len_utf8()..]);
        found(&form);
    }
}

fn hash(form: &str) -> u64 {
    use std::hash::Hasher;
    let mut hasher = rustc_hash::FxHasher::default();
    hasher.write(form.as_bytes());
    hasher.finish()
}

/// Optimal string alignment: letters left out, added, changed, or swapped with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().collect();
    let b: Vec<char> = b.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let change = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = change.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn corrected(own: &[&str], english: bool, typed: &str) -> String {
        let speller = Speller::learn(own.iter().copied(), english);
        speller.correct(typed).map_or(typed.to_owned(), |(text, _)| text)
    }

    #[test]
    fn each_kind_of_slip_is_undone() {
        let own = ["where is my parcel"];

        for typed in ["parcl", "parrcel", "psrcel", "pacrel"] {
            assert_eq!(corrected(&own, true, typed), "parcel", "{typed}");
        }
    }

    #[test]
    fn the_business_own_word_wins_over_a_commoner_one() {
        assert_eq!(corrected(&["is the latte hot"], true, "lattr please"), "latte please");
        assert_eq!(corrected(&["opening hours"], true, "lattr please"), "later please");
    }

    #[test]
    fn words_run_together_are_parted() {
        assert_eq!(corrected(&["track my order"], true, "Trackmy ordr!"), "track my order!");
    }

    #[test]
    fn right_words_and_contractions_stay() {
        let own = ["where is my parcel"];

        for typed in ["the camera isn't here", "Zürich", "where's it?", "退款退款退款", "hgfdsa"] {
            assert_eq!(corrected(&own, true, typed), typed);
        }
    }

    #[test]
    fn without_common_words_only_long_ones_are_touched() {
        assert_eq!(corrected(&["wo ist meine bestellung"], false, "bestelung meins"), "bestellung meins");
    }
}
