//! Phone numbers, to E.164: found among other numbers, and read as the site's region dials them.

mod candidate;
mod plan;

use std::ops::Range;

use super::people::people;
use super::span::blank;
use crate::words::cues::fold;

use candidate::Candidate;

/// A message with more numbers than this is a list of something else; its last ones are looked at.
const MAX_CANDIDATES: usize = 12;
/// How far before a number the word that says what it is may stand.
const LABEL_WORDS: usize = 6;
const LABEL_BYTES: usize = 96;

/// Reads the numbering plans of the world.
pub fn prepare() {
    plan::prepare();
}

/// An answer to "what is your phone number?", or a form's field.
pub fn parse(text: &str, region: Option<&str>) -> Option<String> {
    let found = search(text, region, Asked::Phone);
    found.into_iter().next_back().map(|(phone, _)| phone)
}

/// Finds the last number in a text that is a phone's, and writes spaces over all that are.
pub fn find(text: &mut String, region: Option<&str>, asked: Asked) -> Option<String> {
    let mut last = None;
    for (phone, span) in search(text, region, asked) {
        last = Some(phone);
        blank(text, span);
    }
    last
}

/// What the visitor was asked for, as far as numbers go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// A phone number.
    Phone,
    /// The number of an order: bare digits are that one, unless they are a mobile's.
    Order,
    Nothing,
}

fn search(text: &str, region: Option<&str>, asked: Asked) -> Vec<(String, Range<usize>)> {
    let candidates = candidate::candidates(text);
    let skipped = candidates.len().saturating_sub(MAX_CANDIDATES);
    let numbers = candidates.iter().skip(skipped).flat_map(|candidate| read(text, candidate, region, asked));
    numbers.collect()
}

fn read(text: &str, candidate: &Candidate, region: Option<&str>, asked: Asked) -> Vec<(String, Range<usize>)> {
    let label = label(text, candidate);
    if candidate.is_international {
        let read = plan::international(&candidate.digits);
        return read.map(|phone| (phone, candidate.span.clone())).into_iter().collect();
    }
    if label == Some(Label::Other) {
        return Vec::new();
    }
    let is_said = label == Some(Label::Phone) || asked == Asked::Phone;
    let how = plan::How {
        region,
        // Who was asked for a number, or says that it is one, may leave out the trunk zero or the plus.
        is_said,
        mobile_only: asked == Asked::Order && !is_said && candidate.is_bare,
    };
    if let Some(phone) = plan::national(&candidate.digits, &how) {
        return vec![(phone, candidate.span.clone())];
    }
    // "202 555 0143 / 202 555 0144"
    let parts = candidate.parts(text);
    parts.into_iter().filter_map(|(digits, span)| Some((plan::national(&digits, &how)?, span))).collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Label {
    Phone,
    Other,
}

/// What the words around a number say that it is: the nearest before it, or "… is my order number" behind it.
fn label(text: &str, candidate: &Candidate) -> Option<Label> {
    let before = &text[..candidate.span.start];
    // "order #2025550143", but "ph# 202-555-0143".
    let is_counted = before.trim_end().ends_with(['#', '№']);
    let from = before.floor_char_boundary(before.len().saturating_sub(LABEL_BYTES));
    let clause = before[from..].rsplit(['\n', '!', '?', ';']).next().unwrap_or_default();
    let named = |word: &str| {
        let folded = fold(word.trim_matches(|c: char| !c.is_alphanumeric()));
        if people().is_other_label(&folded) {
            Some(Label::Other)
        } else if people().is_phone_label(&folded) {
            Some(Label::Phone)
        } else {
            None
        }
    };
    let words = clause.split(|c: char| c.is_whitespace() || matches!(c, ':' | '=' | '/' | '-' | '\'' | '’'));
    let near = words.rev().filter(|word| !word.is_empty()).take(LABEL_WORDS).find_map(named);
    let near = near.or(is_counted.then_some(Label::Other));
    near.or_else(|| {
        let behind = &text[candidate.span.end..];
        let behind = &behind[..behind.floor_char_boundary(LABEL_BYTES)];
        let clause = behind.split(['\n', '!', '?', ';', ',']).next().unwrap_or_default();
        let mut words = clause.split_whitespace();
        let is_named = words.next().is_some_and(|word| people().number_is.contains(&fold(word)));
        if is_named { words.take(4).find_map(named) } else { None }
    })
}

#[cfg(test)]
mod tests;
