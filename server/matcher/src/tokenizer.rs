//! WordPiece as BERT's uncased models use it: text to vocabulary numbers, equal to the reference implementation.
//!
//! The steps are those of Hugging Face's `tokenizers` for `bert-base-uncased`: clean, space out ideographs, strip
//! accents, lower the case, split at white space and punctuation, then cut each word into the longest known pieces
//! from the left (Wu et al. 2016, arXiv 1609.08144).

use std::hash::BuildHasher;

use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;
use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

/// The reference gives up on a longer word.
const MAX_WORD_CHARS: usize = 100;

/// The vocabulary, and the way to cut text into it.
#[derive(Debug)]
pub struct Tokenizer<'v> {
    vocabulary: &'v str,
    /// Where each piece's line begins in the vocabulary, and where the last one ends.
    lines: Vec<u32>,
    /// The numbers of all pieces, found by [`Piece`].
    numbers: HashTable<u32>,
    longest_piece_bytes: usize,
    unknown: u32,
}

/// A piece without its `##`, and whether it goes on with a word.
#[derive(PartialEq, Eq, Hash)]
struct Piece<'a> {
    goes_on: bool,
    text: &'a str,
}

impl<'v> Tokenizer<'v> {
    /// Reads a `vocab.txt`: one piece a line, its number is the line's.
    pub fn new(vocabulary: &'v str) -> Self {
        let mut lines = vec![0];
        lines.extend(vocabulary.match_indices('\n').map(|(at, _)| at as u32 + 1));
        if !vocabulary.ends_with('\n') {
            lines.push(vocabulary.len() as u32 + 1);
        }
        let count = lines.len() - 1;
        let mut tokenizer =
            Self { vocabulary, lines, numbers: HashTable::with_capacity(count), longest_piece_bytes: 0, unknown: 0 };
        for number in 0..count as u32 {
            let piece = tokenizer.piece(number);
            tokenizer.longest_piece_bytes = tokenizer.longest_piece_bytes.max(piece.text.len());
            tokenizer.numbers.insert_unique(hash(&piece), number, |_| unreachable!("there is room for all"));
        }
        tokenizer.unknown = tokenizer.number(&Piece { goes_on: false, text: "[UNK]" }).unwrap_or(0);
        tokenizer
    }

    fn piece(&self, number: u32) -> Piece<'v> {
        let number = number as usize;
        let line = &self.vocabulary[self.lines[number] as usize..self.lines[number + 1] as usize - 1];
        match line.strip_prefix("##") {
            Some(text) if !text.is_empty() => Piece { goes_on: true, text },
            _ => Piece { goes_on: false, text: line },
        }
    }

    fn number(&self, piece: &Piece) -> Option<u32> {
        self.numbers.find(hash(piece), |&number| self.piece(number) == *piece).copied()
    }

    /// The numbers of a text's pieces, without `[CLS]` and `[SEP]`.
    pub fn tokenize(&self, text: &str) -> Vec<u32> {
        let clean: String = if text.is_ascii() {
            text.chars().filter_map(clean).map(|c| c.to_ascii_lowercase()).collect()
        } else {
            text.chars()
                .filter_map(clean)
                .flat_map(|c| if is_ideograph(c) { [Some(' '), Some(c), Some(' ')] } else { [None, Some(c), None] })
                .flatten()
                .nfd()
                .filter(|c| c.general_category() != GeneralCategory::NonspacingMark)
                .flat_map(char::to_lowercase)
                .collect()
        };
        let mut numbers = Vec::with_capacity(clean.len() / 3 + 1);
        for word in clean.split_whitespace() {
            for part in split_punctuation(word) {
                self.cut(part, &mut numbers);
            }
        }
        numbers
    }

    fn cut(&self, word: &str, numbers: &mut Vec<u32>) {
        let first = numbers.len();
        if word.len() > MAX_WORD_CHARS && word.chars().count() > MAX_WORD_CHARS {
            numbers.push(self.unknown);
            return;
        }
        let mut rest = word;
        while !rest.is_empty() {
            let goes_on = rest.len() < word.len();
            let mut end = rest.len().min(self.longest_piece_bytes);
            let found = loop {
                if end == 0 {
                    break None;
                }
                if rest.is_char_boundary(end)
                    && let Some(number) = self.number(&Piece { goes_on, text: &rest[..end] })
                {
                    break Some(number);
                }
                end -= 1;
            };
            let Some(number) = found else {
                numbers.truncate(first);
                numbers.push(self.unknown);
                return;
            };
            numbers.push(number);
            rest = &rest[end..];
        }
    }
}

fn hash(piece: &Piece) -> u64 {
    FxBuildHasher.hash_one(piece)
}

fn clean(c: char) -> Option<char> {
    match c {
        '\t' | '\n' | '\r' => Some(' '),
        '\0' | '\u{fffd}' => None,
        _ if c.is_whitespace() => Some(' '),
        ' '..='~' => Some(c),
        _ => match c.general_category() {
            GeneralCategory::Control | GeneralCategory::Format | GeneralCategory::PrivateUse => None,
            _ => Some(c),
        },
    }
}

fn is_ideograph(c: char) -> bool {
    matches!(c,
        '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}' | '\u{20000}'..='\u{2a6df}' | '\u{2a700}'..='\u{2b73f}'
        | '\u{2b740}'..='\u{2b81f}' | '\u{2b920}'..='\u{2ceaf}' | '\u{f900}'..='\u{faff}' | '\u{2f800}'..='\u{2fa1f}')
}

fn split_punctuation(word: &str) -> impl Iterator<Item = &str> {
    word.split_inclusive(is_punctuation).flat_map(|part| {
        let last = part.char_indices().next_back().filter(|&(_, c)| is_punctuation(c)).map_or(part.len(), |(at, _)| at);
        let (word, mark) = part.split_at(last);
        [word, mark].into_iter().filter(|part| !part.is_empty())
    })
}

fn is_punctuation(c: char) -> bool {
    c.is_ascii_punctuation() || (!c.is_ascii() && c.general_category_group() == GeneralCategoryGroup::Punctuation)
}
