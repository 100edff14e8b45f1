//! TF-IDF over words and characters: the half of a text's description that needs no language model.
//!
//! A text becomes one sparse vector of length 1 made of two parts of length √½: words 1–2, and characters 2–5 within
//! words (each word framed by spaces). Counts are sublinear, `1 + ln tf`; the inverse document frequency is smoothed,
//! `1 + ln((1 + n) / (1 + df))` (Salton & Buckley 1988, and scikit-learn's `TfidfVectorizer`, which this follows).

use std::hash::Hasher;

use rustc_hash::{FxHashMap, FxHasher};
use serde::{Deserialize, Serialize};

use crate::text;

const CHARACTER_GRAMS: std::ops::RangeInclusive<usize> = 2..=5;

/// A text's weights by feature number, ascending.
pub type Sparse = Vec<(u32, f32)>;

/// The features that occur in the examples, each with its inverse document frequency.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Vocabulary {
    /// Features are known by a 64-bit hash; among some 100,000 n-grams a collision has a chance of 1 in 10⁹.
    numbers: FxHashMap<u64, u32>,
    idf: Vec<f32>,
    kinds: Vec<Kind>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Kind {
    Word,
    Character,
}

impl Vocabulary {
    /// Learns the features of `folded` texts, in order of appearance, so that equal examples give equal numbers.
    pub fn learn<'a>(folded: impl Iterator<Item = &'a str>) -> Self {
        let mut vocabulary = Self { numbers: FxHashMap::default(), idf: Vec::new(), kinds: Vec::new() };
        let mut last_seen: Vec<u32> = Vec::new();
        let mut frequency: Vec<u32> = Vec::new();
        let mut texts = 0;
        for text in folded {
            texts += 1;
            each_feature(text, |hash, kind| {
                let next = frequency.len() as u32;
                let number = *vocabulary.numbers.entry(hash).or_insert(next) as usize;
                if number == frequency.len() {
                    frequency.push(0);
                    last_seen.push(0);
                    vocabulary.kinds.push(kind);
                }
                if last_seen[number] != texts {
                    last_seen[number] = texts;
                    frequency[number] += 1;
                }
            });
        }
        vocabulary.idf = frequency.iter().map(|&df| 1.0 + ((1 + texts) as f32 / (1 + df) as f32).ln()).collect();
        vocabulary
    }

    /// How many features there are.
    pub fn len(&self) -> usize {
        self.idf.len()
    }

    /// How many words of a folded text occur in the examples.
    pub fn known_words(&self, folded: &str) -> usize {
        text::words(folded).filter(|word| self.numbers.contains_key(&hash(b'w', &[word]))).count()
    }

    /// The vector of a folded text, of length 1, or √½ or 0 where its words or all its characters are unknown.
    pub fn vector(&self, folded: &str) -> Sparse {
        let mut found: Vec<u32> = Vec::with_capacity(folded.len() * 5);
        each_feature(folded, |hash, _| found.extend(self.numbers.get(&hash)));
        found.sort_unstable();
        let mut vector: Sparse = Vec::with_capacity(found.len());
        let (mut words, mut characters) = (0.0f32, 0.0f32);
        for run in found.chunk_by(|a, b| a == b) {
            let number = run[0];
            let weight = (1.0 + (run.len() as f32).ln()) * self.idf[number as usize];
            match self.kinds[number as usize] {
                Kind::Word => words += weight * weight,
                Kind::Character => characters += weight * weight,
            }
            vector.push((number, weight));
        }
        let scale = |squares: f32| if squares > 0.0 { (0.5 / squares).sqrt() } else { 0.0 };
        let (words, characters) = (scale(words), scale(characters));
        for (number, weight) in &mut vector {
            *weight *= match self.kinds[*number as usize] {
                Kind::Word => words,
                Kind::Character => characters,
            };
        }
        vector
    }
}

fn each_feature(folded: &str, mut found: impl FnMut(u64, Kind)) {
    let mut previous: Option<&str> = None;
    let mut framed = String::new();
    let mut starts: Vec<usize> = Vec::new();
    for word in text::words(folded) {
        found(hash(b'w', &[word]), Kind::Word);
        if let Some(previous) = previous.replace(word) {
            found(hash(b'w', &[previous, word]), Kind::Word);
        }
        framed.clear();
        framed.push(' ');
        framed.push_str(word);
        framed.push(' ');
        starts.clear();
        starts.extend(framed.char_indices().map(|(start, _)| start));
        starts.push(framed.len());
        for length in CHARACTER_GRAMS {
            for window in starts.windows(length + 1) {
                found(hash(b'c', &[&framed[window[0]..window[length]]]), Kind::Character);
            }
        }
    }
}

fn hash(kind: u8, parts: &[&str]) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write_u8(kind);
    for part in parts {
        hasher.write(part.as_bytes());
        hasher.write_u8(0xff);
    }
    hasher.finish()
}

/// Which texts hold a feature, and how strongly: turns "similarity to every example" into a walk over the few
/// features of the message.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Index {
    /// Of feature `f`: `entries[starts[f]..starts[f + 1]]`.
    starts: Vec<u32>,
    entries: Vec<(u32, f32)>,
}

impl Index {
    /// Turns rows of features into rows of texts.
    pub fn new(vectors: &[Sparse], features: usize) -> Self {
        let mut starts = vec![0u32; features + 1];
        for &(feature, _) in vectors.iter().flatten() {
            starts[feature as usize + 1] += 1;
        }
        for feature in 0..features {
            starts[feature + 1] += starts[feature];
        }
        let mut next = starts.clone();
        let mut entries = vec![(0, 0.0); starts[features] as usize];
        for (row, vector) in vectors.iter().enumerate() {
            for &(feature, weight) in vector {
                let place = &mut next[feature as usize];
                entries[*place as usize] = (row as u32, weight);
                *place += 1;
            }
        }
        Self { starts, entries }
    }

    /// The texts that hold a feature, with its weight in each.
    pub fn texts_with(&self, feature: usize) -> &[(u32, f32)] {
        &self.entries[self.starts[feature] as usize..self.starts[feature + 1] as usize]
    }

    /// Adds `scale` times the similarity of `vector` with every indexed text to `similarities`.
    pub fn add_similarities(&self, vector: &Sparse, scale: f32, similarities: &mut [f32]) {
        self.add_similarities_from(0, vector, scale, similarities);
    }

    /// The same from the text `first` on, whose similarity is `similarities[0]`.
    pub fn add_similarities_from(&self, first: usize, vector: &Sparse, scale: f32, similarities: &mut [f32]) {
        for &(feature, weight) in vector {
            let weight = weight * scale;
            let texts = self.texts_with(feature as usize);
            let skipped = texts.partition_point(|&(row, _)| (row as usize) < first);
            for &(row, other) in &texts[skipped..] {
                similarities[row as usize - first] += weight * other;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn similarity(texts: &[&str], query: &str) -> Vec<f32> {
        let vocabulary = Vocabulary::learn(texts.iter().copied());
        let vectors: Vec<Sparse> = texts.iter().map(|text| vocabulary.vector(text)).collect();
        let mut similarities = vec![0.0; texts.len()];
        Index::new(&vectors, vocabulary.len()).add_similarities(&vocabulary.vector(query), 1.0, &mut similarities);
        similarities
    }

    #[test]
    fn a_text_is_most_similar_to_itself() {
        let found = similarity(&["where is my order", "what does it cost"], "where is my order");

        assert!((found[0] - 1.0).abs() < 1e-5, "{found:?}");
        assert!(found[1] < 0.2, "{found:?}");
    }

    #[test]
    fn a_text_of_unknown_characters_is_similar_to_nothing() {
        assert_eq!(similarity(&["where is my order"], "退款"), [0.0]);
        assert_eq!(similarity(&["where is my order"], ""), [0.0]);
    }
}
