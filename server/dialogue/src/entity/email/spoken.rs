//! Addresses as people say them: "ana at example dot com".

use std::ops::Range;

use super::super::people::people;
use super::plain::parsed;
use crate::types::email::EmailAddress;
use crate::words::cues::fold;

/// A word of a spoken address.
struct Word<'t> {
    text: &'t str,
    folded: String,
    span: Range<usize>,
}

/// "ana at example dot com", "ana arroba ejemplo punto es", "ana(at)example.com".
pub fn find(text: &str, wanted: bool) -> Option<(Range<usize>, EmailAddress)> {
    let words = spoken_words(text);
    let lexicon = people();
    (0..words.len()).rev().find_map(|at| {
        let sign = &words[at].folded;
        let is_sure = lexicon.at.contains(sign);
        if at == 0 || !(is_sure || lexicon.at_maybe.contains(sign)) {
            return None;
        }
        let (local, first) = spoken_local(&words[..at])?;
        let (domain, last, is_spelled) = spoken_domain(&words[at + 1..])?;
        // "meet me at acme.example" has a dot of its own; only a spelled-out one, or a sign, means an address.
        let is_meant = is_sure || (is_spelled && (wanted || !lexicon.not_local.contains(&fold(&local))));
        let is_word = lexicon.not_local.contains(&fold(&local)) || local.contains('\'');
        let email = parsed(&format!("{local}@{domain}")).filter(|_| is_meant && !is_word)?;
        Some((words[first].span.start..words[at + 1 + last].span.end, email))
    })
}

/// Words, with bracketed signs such as `(at)` as words of their own.
fn spoken_words(text: &str) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    let mut push = |span: Range<usize>| {
        let trimmed = text[span.clone()]
            .trim_matches(|c| matches!(c, ',' | ';' | ':' | '!' | '?' | '"' | '“' | '”'))
            .trim_end_matches('.');
        if !trimmed.is_empty() {
            words.push(Word { text: trimmed, folded: fold(trimmed), span });
        }
    };
    let mut start = None;
    let mut opened = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        let ends = c.is_whitespace();
        if ends || (matches!(c, '(' | '[' | '{') && opened.is_none()) {
            if let Some(start) = start.take() {
                push(start..at);
            }
            opened = None;
            if !ends {
                (start, opened) = (Some(at), Some(()));
            }
        } else if matches!(c, ')' | ']' | '}') && opened.take().is_some() {
            if let Some(start) = start.take() {
                push(start..at + c.len_utf8());
            }
        } else if start.is_none() {
            start = Some(at);
        }
    }
    words
}

/// "ana dot lopez" before the sign, and the index of its first word.
fn spoken_local(words: &[Word<'_>]) -> Option<(String, usize)> {
    let mut first = words.len().checked_sub(1)?;
    let mut local = words[first].text.to_lowercase();
    while first >= 2
        && let Some(sign) = spoken_sign(&words[first - 1].folded)
        && words[first - 2].text.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '+'))
    {
        first -= 2;
        local = format!("{}{sign}{local}", words[first].text.to_lowercase());
    }
    Some((local, first))
}

/// "example dot com" behind the sign, the index of its last word, and whether a dot was spelled out.
fn spoken_domain(words: &[Word<'_>]) -> Option<(String, usize, bool)> {
    let mut domain = words.first()?.text.to_lowercase();
    let (mut last, mut is_spelled) = (0, false);
    while let Some(next) = words.get(last + 1) {
        let glued =
            people().dot.iter().find_map(|dot| next.folded.strip_prefix(dot.as_str())).filter(|rest| rest.len() >= 2);
        let (label, used) = match (spoken_sign(&next.folded), words.get(last + 2), glued) {
            (Some(sign), Some(label), _) if sign != '_' => (format!("{sign}{}", label.text.to_lowercase()), 2),
            // "gmail dotcom", "gmail .com"
            (_, _, Some(rest)) => (format!(".{rest}"), 1),
            _ if next.text.starts_with('.') => (next.text.to_lowercase(), 1),
            _ => break,
        };
        is_spelled = true;
        domain.push_str(&label);
        last += used;
    }
    Some((domain, last, is_spelled))
}

fn spoken_sign(folded: &str) -> Option<char> {
    let lexicon = people();
    match folded {
        word if lexicon.dot.contains(word) => Some('.'),
        word if lexicon.dash.contains(word) => Some('-'),
        word if lexicon.underscore.contains(word) => Some('_'),
        _ => None,
    }
}
