//! Finds the items that a text names: whole, misspelt, or by half a name where the words around it say that one is meant. One pass.

use std::ops::Range;

use crate::entity::tokens::{Kind, Token, tokens};
use crate::types::item::ItemNames;
use crate::words::{facts, talk};

/// More items than this under one name are a range of goods, and no answer fits them all.
const MAX_MEANT: usize = 3;
/// Shorter words are too like others for a slip to be told.
pub const MIN_SLIP_CHARS: usize = 4;
/// A single word with a slip in it must be as long as this.
const MIN_LONE_SLIP_CHARS: usize = 5;
/// In so few words a name is what the message is about.
const FEW_WORDS: usize = 4;
/// Longer texts are stories.
const MAX_BYTES: usize = 1_000;

/// A place where items are named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// The items that are meant; several where they share the name.
    pub items: Vec<usize>,
    /// The name in the text, with its article and what the item is: `the Fig Leaf candle`.
    pub span: Range<usize>,
    /// Whether it is named beyond doubt; else it takes a conversation about items to be meant.
    pub is_sure: bool,
    /// Whether the name is made of words that visitors use for other things too.
    pub is_common: bool,
}

/// The items that a text names, in order.
pub fn find(names: &ItemNames, text: &str) -> Vec<Mention> {
    if names.whole.is_empty() {
        return Vec::new();
    }
    let text = &text[..text.floor_char_boundary(MAX_BYTES)];
    let all = tokens(text);
    let words: Vec<Word> = words(&all);
    let plain: Vec<String> = words.iter().map(|word| word.token.text.clone()).collect();
    let asks = !facts::asked(&plain, &names.own_facts).is_empty();
    let finder = Finder { names, words: &words, asks };
    finder.mentions()
}

/// The places, among the words of the text, of those that stand in names.
pub fn words_within(text: &str, mentions: &[Mention]) -> Vec<usize> {
    let text = &text[..text.floor_char_boundary(MAX_BYTES)];
    let all = tokens(text);
    let places = words(&all).into_iter().map(|word| word.token.span.start).enumerate();
    places.filter(|(_, place)| mentions.iter().any(|it| it.span.contains(place))).map(|(at, _)| at).collect()
}

/// Whether a word says what an item is: `candles`.
pub fn is_kind(names: &ItemNames, word: &str) -> bool {
    singular(word).any(|word| names.kinds.contains(word))
}

/// Whether a kind is what a word of a text says.
pub fn is_same_kind(kind: &str, word: &str) -> bool {
    tokens(kind).pop().is_some_and(|kind| singular(word).any(|word| word == kind.text))
}

/// A word as it is, and without the endings that many have when they are several.
fn singular(word: &str) -> impl Iterator<Item = &str> {
    let without = ["s", "es", "n", "en"].into_iter().filter_map(|end| word.strip_suffix(end));
    std::iter::once(word).chain(without)
}

/// A word or a number, and whether only a sign that names may hold stands before it.
struct Word<'t> {
    token: &'t Token,
    joined: bool,
}

fn words(tokens: &[Token]) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    let mut joined = false;
    for token in tokens {
        if token.kind == Kind::Sign {
            joined &= matches!(token.text.as_str(), "&" | "+" | "-" | "'" | "\"" | "/");
        } else {
            words.push(Word { token, joined });
            joined = true;
        }
    }
    words
}

/// A word of the text that is one of a name.
struct Part {
    /// As the name has it.
    word: String,
    exact: bool,
    /// Its place among the words.
    at: usize,
}

struct Finder<'f> {
    names: &'f ItemNames,
    words: &'f [Word<'f>],
    /// Whether the text asks for a fact.
    asks: bool,
}

impl Finder<'_> {
    fn mentions(&self) -> Vec<Mention> {
        let mut found = Vec::new();
        let mut stretch: Vec<Part> = Vec::new();
        for at in 0..self.words.len() {
            if !self.words[at].joined {
                self.read(&std::mem::take(&mut stretch), &mut found);
            }
            let text = self.words[at].token.text.as_str();
            match self.known(text) {
                Some((word, exact)) => stretch.push(Part { word, exact, at }),
                None if facts::joins(text) || facts::is_article(text) || self.is_kind(text) => {}
                None => self.read(&std::mem::take(&mut stretch), &mut found),
            }
        }
        self.read(&stretch, &mut found);
        found
    }

    /// A word of a name that this one is, or is meant to be.
    fn known(&self, typed: &str) -> Option<(String, bool)> {
        if self.names.holding.contains_key(typed) {
            return Some((typed.to_owned(), true));
        }
        let is_word = self.names.common.contains(typed) || talk::is_common(typed) || facts::joins(typed);
        if typed.chars().count() < MIN_SLIP_CHARS || is_word || self.is_kind(typed) {
            return None;
        }
        let near = |word: &&String| strsim::osa_distance(word, typed) <= 1;
        let shorter = shortened(typed);
        let longer = self.names.slips.get(typed).into_iter().flatten();
        let changed = shorter.iter().filter_map(|slip| self.names.slips.get(slip)).flatten();
        let meant = longer.chain(changed).find(near).cloned();
        let meant = meant.or_else(|| shorter.into_iter().find(|word| self.names.holding.contains_key(word)));
        meant.map(|word| (word, false))
    }

    fn is_kind(&self, word: &str) -> bool {
        is_kind(self.names, word)
    }

    /// Reads words of names that stand together: whole names first, the longest before others; halves of names from what is left.
    fn read(&self, parts: &[Part], found: &mut Vec<Mention>) {
        let mut left = 0;
        let mut at = 0;
        while at < parts.len() {
            let longest = self.names.longest.min(parts.len() - at);
            let whole = (1..=longest).rev().find_map(|len| Some((len, self.whole(&parts[at..at + len])?)));
            match whole {
                Some((len, mention)) => {
                    found.extend(self.half(&parts[left..at]));
                    found.push(mention);
                    at += len;
                    left = at;
                }
                None => at += 1,
            }
        }
        found.extend(self.half(&parts[left..]));
    }

    fn whole(&self, parts: &[Part]) -> Option<Mention> {
        let mut key: Vec<&str> = parts.iter().map(|part| part.word.as_str()).collect();
        key.sort_unstable();
        let items = self.names.whole.get(&key.join(" ")).filter(|items| items.len() <= MAX_MEANT)?;
        let is_common = key.iter().all(|word| self.names.common.contains(*word));
        if let [only] = parts {
            if !only.exact && only.word.chars().count() < MIN_LONE_SLIP_CHARS {
                return None;
            }
            let is_word = is_common || only.word.chars().count() < MIN_SLIP_CHARS;
            let is_sure = self.is_supported(parts) || !is_word && (self.asks || self.words.len() <= FEW_WORDS);
            return Some(self.mention(items.clone(), parts, is_sure, is_common));
        }
        Some(self.mention(items.clone(), parts, true, is_common))
    }

    /// "the fig one", "cedar candle": the items that most of these words belong to.
    fn half(&self, parts: &[Part]) -> Option<Mention> {
        let mut counts: Vec<(usize, usize)> = Vec::new();
        for item in parts.iter().filter_map(|part| self.names.holding.get(&part.word)).flatten() {
            match counts.iter_mut().find(|(known, _)| known == item) {
                Some((_, count)) => *count += 1,
                None => counts.push((*item, 1)),
            }
        }
        let most = counts.iter().map(|(_, count)| *count).max()?;
        let items: Vec<usize> = counts.iter().filter(|(_, count)| *count == most).map(|(item, _)| *item).collect();
        if items.len() > MAX_MEANT || items.iter().all(|item| 2 * most < self.names.lengths[*item]) {
            return None;
        }
        let is_common = parts.iter().all(|part| self.names.common.contains(&part.word));
        let is_plain = |part: &Part| part.exact || part.word.chars().count() >= MIN_LONE_SLIP_CHARS;
        match parts {
            [only] if !is_plain(only) => None,
            _ if most >= 2 => Some(self.mention(items, parts, true, is_common)),
            _ => Some(self.mention(items, parts, self.is_supported(parts), is_common)),
        }
    }

    /// Whether the words around say that an item is meant: what it is, "the … one", "la de …".
    fn is_supported(&self, parts: &[Part]) -> bool {
        let (Some(first), Some(last)) = (parts.first(), parts.last()) else { return false };
        let after = self.words.get(last.at + 1).filter(|word| word.joined).map(|word| word.token.text.as_str());
        if after.is_some_and(|word| self.is_kind(word) || facts::is_one(word)) {
            return true;
        }
        let before: Vec<&str> =
            (first.at.saturating_sub(3)..first.at).rev().map(|at| self.words[at].token.text.as_str()).collect();
        match before.as_slice() {
            [kind, ..] if self.is_kind(kind) => true,
            [joint, kind, ..] if facts::joins(joint) && self.is_kind(kind) => true,
            [joint, kind, second, ..] if facts::joins(joint) && facts::joins(kind) && self.is_kind(second) => true,
            [joint, article, ..] => facts::stands_in(article, joint),
            _ => false,
        }
    }

    fn mention(&self, items: Vec<usize>, parts: &[Part], is_sure: bool, is_common: bool) -> Mention {
        let (first, last) = (parts.first().map_or(0, |part| part.at), parts.last().map_or(0, |part| part.at));
        let text = |at: usize| self.words[at].token.text.as_str();
        let goes_with = |at: usize| facts::is_article(text(at)) || self.is_kind(text(at));
        let mut start = first;
        while start > 0 && self.words[start].joined {
            let before = start - 1;
            if goes_with(before) {
                start = before;
            } else if before > 0 && facts::joins(text(before)) && self.words[before].joined && goes_with(before - 1) {
                start = before - 1;
            } else {
                break;
            }
        }
        let mut end = last;
        while let Some(next) = self.words.get(end + 1).filter(|next| next.joined) {
            if !self.is_kind(&next.token.text) && !facts::is_one(&next.token.text) {
                break;
            }
            end += 1;
        }
        Mention { items, span: self.words[start].token.span.start..self.words[end].token.span.end, is_sure, is_common }
    }
}

/// The word without each of its letters in turn.
pub fn shortened(word: &str) -> Vec<String> {
    word.char_indices().map(|(at, c)| format!("{}{}", &word[..at], &word[at + c.len_utf8()..])).collect()
}
