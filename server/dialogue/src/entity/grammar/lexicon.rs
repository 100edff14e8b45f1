//! Phrases of a language, found by their first word.

use std::collections::HashMap;

use crate::entity::tokens::{Token, tokens};

/// Phrases, each with what it means; found by their first word.
#[derive(Debug)]
pub struct Lexicon<T>(HashMap<String, Vec<(Vec<String>, T)>>);

impl<T: Copy> Lexicon<T> {
    /// Collects phrases; what a keyboard without umlauts makes of one is understood too.
    pub fn new<'a>(phrases: impl IntoIterator<Item = (&'a str, T)>) -> Self {
        let mut by_first: HashMap<String, Vec<(Vec<String>, T)>> = HashMap::new();
        for (phrase, meaning) in phrases {
            let spelled = without_umlauts(phrase);
            for form in [phrase, &spelled] {
                let words: Vec<String> = tokens(form).into_iter().map(|token| token.text).collect();
                if let Some((first, rest)) = words.split_first() {
                    by_first.entry(first.clone()).or_default().push((rest.to_vec(), meaning));
                }
            }
        }
        for phrases in by_first.values_mut() {
            phrases.sort_by_key(|(rest, _)| std::cmp::Reverse(rest.len()));
        }
        Self(by_first)
    }

    /// The longest phrase that begins at a token: what it means, and how many tokens it has.
    pub fn at(&self, tokens: &[Token], at: usize) -> Option<(T, usize)> {
        let phrases = self.0.get(&tokens.get(at)?.text)?;
        phrases.iter().find_map(|(rest, meaning)| {
            let following = tokens.get(at + 1..at + 1 + rest.len())?;
            following.iter().zip(rest).all(|(token, word)| token.text == *word).then_some((*meaning, rest.len() + 1))
        })
    }

    /// The longest phrase that ends before a token.
    pub fn before(&self, tokens: &[Token], end: usize) -> Option<(T, usize)> {
        (1..=MAX_PHRASE.min(end))
            .rev()
            .find_map(|length| self.at(tokens, end - length).filter(|(_, found)| *found == length))
    }

    /// What a single word means.
    pub fn word(&self, word: &str) -> Option<T> {
        self.0.get(word)?.iter().find(|(rest, _)| rest.is_empty()).map(|(_, meaning)| *meaning)
    }
}

/// No phrase of a grammar has more words.
const MAX_PHRASE: usize = 5;

/// Words without a further meaning.
pub type Words = Lexicon<()>;

/// What a keyboard without umlauts makes of a word.
pub fn without_umlauts(word: &str) -> String {
    let pairs = ['ä', 'ö', 'ü', 'ß'].iter().zip(["ae", "oe", "ue", "ss"]);
    pairs.fold(word.to_lowercase(), |text, (umlaut, letters)| text.replace(*umlaut, letters))
}
