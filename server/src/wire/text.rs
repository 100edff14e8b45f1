//! What is kept of a text that a client sends, and what counts as one.

use std::borrow::Cow;

use super::refusal::{Code, Refusal};

/// RFC 5646 §4.4.1: the longest language tag that must be supported.
const MAX_LOCALE_CHARS: usize = 35;

/// Without NUL and the other C0 controls, which PostgreSQL, mail and terminals choke on; lines end in LF.
#[must_use]
pub fn clean(text: &str) -> Cow<'_, str> {
    let keeps = |char: char| char >= ' ' || char == '\n' || char == '\t';
    if text.chars().all(keeps) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.chars().filter(|&char| keeps(char)).collect())
    }
}

pub(super) fn one_line(text: String) -> String {
    if text.chars().any(char::is_control) { text.chars().filter(|char| !char.is_control()).collect() } else { text }
}

pub(super) fn cut(mut text: String, chars: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(chars) {
        text.truncate(end);
    }
    text
}

pub(super) fn within(text: &str, chars: usize, message: &'static str) -> Result<(), Refusal> {
    // Bytes bound characters from above: most texts need no counting.
    if text.len() > chars && text.chars().count() > chars {
        return Err(Refusal::new(Code::TooLong, message));
    }
    Ok(())
}

/// Neither white space nor a character that only joins, separates, marks the order of others or fills a place with nothing.
pub(super) fn has_visible(text: &str) -> bool {
    text.chars().any(|char| {
        !char.is_whitespace()
            && !char.is_control()
            && !matches!(char,
                '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
    })
}

pub(super) fn is_language_tag(tag: &str) -> bool {
    tag.len() <= MAX_LOCALE_CHARS
        && tag
            .split('-')
            .all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        && tag.split('-').next().is_some_and(|language| language.bytes().all(|byte| byte.is_ascii_alphabetic()))
}
