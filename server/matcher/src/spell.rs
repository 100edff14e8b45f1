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
const MIN_LETTERS: usize = 3;
/// Without a list of the language's common words an unknown word may well be right, so only long ones are touched.
const MIN_LETTERS_UNLISTED: usize = 6;
/// Two slips are only believed in a long word, and only towards one of the business's own.
const MIN_LETTERS_TWO_SLIPS: usize = 7;
/// Longer runs of letters are not words.
const MAX_LETTERS: usize = 24;
/// The line of `vocab.txt` where English words begin, most frequent first; before it stand marks and single letters.
const FIRST_COMMON_WORD: usize = 1996;
/// How much of what visitors write is in the business's own words, the rest being common English.
const OWN_SHARE: f32 = 0.7;
/// Zipf's law for English: the word of rank `r` has a share of about 0.1 / r.
const ZIPF: f32 = 0.1;
/// What is less probable than this is no correction; three letters alone say little, so they need a likely word.
const LEAST_LIKELY: f32 = -19.0;
const LEAST_LIKELY_THREE_LETTERS: f32 = -13.0;

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
        let mut words: Vec<(String, u32)> = counts.into_iter().collect();
        words.sort();
        let total: u32 = words.iter().map(|(_, count)| count).sum();
        let shares = words.iter().map(|&(_, count)| count as f32 / total as f32).collect();
        Self { own: Dictionary::new(words.iter().map(|(word, _)| word.as_str()), shares), english }
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

    /// The word most probably meant: the noisy channel of Kernighan, Church & Gale (1990), how common a word is times
    /// how easily a finger slips from it to what was typed.
    fn correct_word(&self, word: &str) -> Option<String> {
        let letters = word.chars().count();
        let least = if self.english { MIN_LETTERS } else { MIN_LETTERS_UNLISTED };
        if !(least..=MAX_LETTERS).contains(&letters) || !is_word(word) || self.knows(word) {
            return None;
        }
        let mut best: Option<(f32, String)> = None;
        let mut consider = |likelihood: f32, meant: String| {
            if best.as_ref().is_none_or(|(before, _)| likelihood > *before) {
                best = Some((likelihood, meant));
            }
        };
        let slips = if letters >= MIN_LETTERS_TWO_SLIPS { 2 } else { 1 };
        self.own.each_near(word, slips, |meant| {
            consider(self.share(meant).ln() - slip_cost(word, meant), meant.to_owned())
        });
        if self.english {
            common().each_near(word, 1, |meant| {
                consider(self.share(meant).ln() - slip_cost(word, meant), meant.to_owned())
            });
        }
        for (at, _) in word.char_indices().skip(1) {
            let (a, b) = word.split_at(at);
            if self.stands_alone(a) && self.stands_alone(b) {
                consider(self.share(a).ln() + self.share(b).ln() - SPACE_COST, format!("{a} {b}"));
            }
        }
        let least_likely = if letters == 3 { LEAST_LIKELY_THREE_LETTERS } else { LEAST_LIKELY };
        best.filter(|&(likelihood, _)| likelihood > least_likely).map(|(_, meant)| meant)
    }

    fn knows(&self, word: &str) -> bool {
        self.own.share(word).is_some() || (self.english && common().share(word).is_some())
    }

    /// Whether a part of what was typed can be a word by itself; of single letters only "a" and "i" can.
    fn stands_alone(&self, part: &str) -> bool {
        self.knows(part) && (part.len() > 1 || (self.english && matches!(part, "a" | "i")))
    }

    /// The word's share of all that is written.
    fn share(&self, word: &str) -> f32 {
        let own = self.own.share(word).unwrap_or(0.0);
        let english = if self.english { common().share(word).unwrap_or(0.0) } else { 0.0 };
        OWN_SHARE * own + (1.0 - OWN_SHARE) * english
    }
}

/// A space left out, as a negative log-probability like those of [`slip_cost`].
const SPACE_COST: f32 = 3.0;

/// How unlikely it is to type `typed` when `meant` is meant: negative log-probabilities, roughly those of the kinds of
/// slips that Kernighan et al. counted, a neighbouring key being the commonest wrong one.
fn slip_cost(typed: &str, meant: &str) -> f32 {
    const SWAPPED: f32 = 3.0;
    const NEIGHBOUR_KEY: f32 = 3.5;
    const DOUBLED: f32 = 2.5;
    const LEFT_OUT: f32 = 3.5;
    const ADDED: f32 = 5.5;
    const OTHER_KEY: f32 = 6.5;
    const TWO_SLIPS: f32 = 9.0;
    /// The first letter is the one that people get right.
    const AT_THE_START: f32 = 1.0;

    let (t, m): (Vec<char>, Vec<char>) = (typed.chars().collect(), meant.chars().collect());
    let same = t.iter().zip(&m).take_while(|(a, b)| a == b).count();
    let same_end = t[same..].iter().rev().zip(m[same..].iter().rev()).take_while(|(a, b)| a == b).count();
    let cost = match (&t[same..t.len() - same_end], &m[same..m.len() - same_end]) {
        ([added], []) if same > 0 && t[same - 1] == *added => DOUBLED,
        ([_], []) => ADDED,
        ([], [_]) => LEFT_OUT,
        ([key], [right]) if are_neighbours(*key, *right) => NEIGHBOUR_KEY,
        ([_], [_]) => OTHER_KEY,
        ([a, b], [c, d]) if a == d && b == c => SWAPPED,
        _ => TWO_SLIPS,
    };
    if same == 0 { cost + AT_THE_START } else { cost }
}

/// On a QWERTY keyboard, whose rows also place most letters of its QWERTZ and AZERTY relatives.
fn are_neighbours(a: char, b: char) -> bool {
    let place = |key: char| {
        ["qwertyuiop", "asdfghjkl", "zxcvbnm"].iter().enumerate().find_map(|(row, keys)| {
            keys.chars().position(|other| other == key).map(|column| (row as i32, column as i32))
        })
    };
    match (place(a), place(b)) {
        (Some((row, column)), Some((other_row, other_column))) => {
            (row - other_row).abs() <= 1 && (column - other_column).abs() <= 1
        }
        _ => false,
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
        let words: Vec<&str> = words.chain(["a", "i"]).collect();
        // "a" and "i" stand elsewhere in the list; both are among the ten commonest words.
        let ranks = (1..=words.len() - 2).chain([5, 10]);
        let shares = ranks.map(|rank| ZIPF / rank as f32).collect();
        Dictionary::new(words.into_iter(), shares)
    })
}

/// Words with their shares of all that is written, filed under their forms with a letter left out.
///
/// Sorted lists rather than hash tables: of some 20,000 English words that is 2 MB in place of 15.
#[derive(Debug, Clone)]
struct Dictionary {
    /// All words one after the other, and where each ends.
    letters: String,
    ends: Vec<u32>,
    shares: Vec<f32>,
    whole: Vec<Filed>,
    shortened: Vec<Filed>,
}

/// A word's number under the hash of a form of it; what is found is checked, so a collision only costs time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Filed {
    hash: u32,
    number: u32,
}

impl Dictionary {
    fn new<'a>(words: impl Iterator<Item = &'a str>, shares: Vec<f32>) -> Self {
        let mut dictionary =
            Self { letters: String::new(), ends: Vec::new(), shares, whole: Vec::new(), shortened: Vec::new() };
        for (number, word) in (0..).zip(words) {
            dictionary.letters.push_str(word);
            dictionary.ends.push(dictionary.letters.len() as u32);
            dictionary.whole.push(Filed { hash: hash(word), number });
            each_shortened(word, |form| dictionary.shortened.push(Filed { hash: hash(form), number }));
        }
        for filed in [&mut dictionary.whole, &mut dictionary.shortened] {
            filed.sort_unstable();
            filed.dedup();
            filed.shrink_to_fit();
        }
        dictionary
    }

    fn word(&self, number: u32) -> &str {
        let number = number as usize;
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.letters[start as usize..self.ends[number] as usize]
    }

    fn number(&self, word: &str) -> Option<u32> {
        filed_under(&self.whole, hash(word)).find(|&number| self.word(number) == word)
    }

    fn share(&self, word: &str) -> Option<f32> {
        self.number(word).map(|number| self.shares[number as usize])
    }

    /// Every word within `slips` (1 or 2) of `word`, some more than once. Of words two slips away those that lack two
    /// letters of `word`, or have two more, are not found: they are seldom meant.
    fn each_near(&self, word: &str, slips: usize, mut found: impl FnMut(&str)) {
        let mut look_up = |form: &str| {
            for number in self.number(form).into_iter().chain(filed_under(&self.shortened, hash(form))) {
                let candidate = self.word(number);
                if distance(word, candidate) <= slips {
                    found(candidate);
                }
            }
        };
        look_up(word);
        each_shortened(word, look_up);
    }
}

fn filed_under(filed: &[Filed], hash: u32) -> impl Iterator<Item = u32> {
    let first = filed.partition_point(|entry| entry.hash < hash);
    filed[first..].iter().take_while(move |entry| entry.hash == hash).map(|entry| entry.number)
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

fn hash(form: &str) -> u32 {
    use std::hash::Hasher;
    let mut hasher = rustc_hash::FxHasher::default();
    hasher.write(form.as_bytes());
    (hasher.finish() >> 32) as u32
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
        assert_eq!(corrected(&["opening hours"], true, "latet please"), "later please");
    }

    #[test]
    fn words_run_together_are_parted() {
        assert_eq!(corrected(&["track my order"], true, "Trackmy ordr!"), "track my order!");
        assert_eq!(corrected(&["track my order"], true, "isit yours"), "is it yours");
    }

    #[test]
    fn a_neighbouring_key_is_likelier_than_a_letter_too_many() {
        assert_eq!(corrected(&["say a phrase", "the first phase"], true, "phtase"), "phrase");
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
