//! Email addresses in what a visitor writes: typed, spaced out, or spoken.

mod plain;
mod spoken;

use std::ops::Range;

use super::people::people;
use super::span::blank;
use crate::types::email::EmailAddress;
use crate::words::cues::fold;

use plain::{is_at, is_dot, is_letter, is_local, parsed, script};

/// What a text holds around an `@`.
#[derive(Debug, Default)]
pub struct FoundEmail {
    /// The last valid address that is not denied: in "not ana@a.example but ana@b.example" it is the one that is meant.
    pub email: Option<EmailAddress>,
    /// Something that was meant as an address and is none.
    pub broken: bool,
}

/// An address in the text, or what was meant as one.
struct Hit {
    span: Range<usize>,
    email: Option<EmailAddress>,
}

/// Finds addresses, and writes spaces over them so that their digits are not read again. Where an address is `wanted`, a name beside
/// a spaced `@` belongs to it.
pub fn find(text: &mut String, wanted: bool) -> FoundEmail {
    let mut hits: Vec<Hit> = Vec::new();
    let mut from = 0;
    for (at, sign) in text.char_indices().filter(|(_, c)| is_at(*c)) {
        if at >= from
            && let Some(hit) = around(text, from, at..at + sign.len_utf8(), wanted)
        {
            from = hit.span.end;
            hits.push(hit);
        }
    }
    if hits.is_empty() {
        let spoken = spoken::find(text, wanted);
        hits.extend(spoken.map(|(span, email)| Hit { span, email: Some(email) }));
    }
    let mut found = FoundEmail::default();
    let mut denied = None;
    for Hit { span, email } in hits {
        match email {
            Some(email) if is_denied(&text[..span.start]) => denied = Some(email),
            Some(email) => found.email = Some(email),
            None => found.broken = true,
        }
        blank(text, span);
    }
    found.email = found.email.or(denied);
    found
}

/// The address around an `@`; `None` where it is a handle, a part of a link, or a sign of its own.
fn around(text: &str, from: usize, sign: Range<usize>, wanted: bool) -> Option<Hit> {
    let before = &text[from..sign.start];
    let word = before.len() - before.trim_end_matches(|c: char| !c.is_whitespace()).len();
    // https://user@example.com, https://example.com/@ana
    if before[before.len() - word..].contains("://") {
        return None;
    }
    let mut start = from + local_start(before);
    let mut end = sign.end + domain_length(&text[sign.end..]);
    let glued = (start < sign.start, end > sign.end);
    if glued != (true, true) {
        // "ana@ example.com", "ana @ example.com": only where it is unmistakable.
        let left = if glued.0 { start } else { from + local_start(before.trim_end()) };
        let gap = text[sign.end..].len() - text[sign.end..].trim_start_matches(' ').len();
        let right = if glued.1 { end } else { sign.end + gap + domain_length(&text[sign.end + gap..]) };
        let local = text[left..sign.start].trim_end();
        let is_whole = text[..left].trim().is_empty() || text[..left].trim_end().ends_with(':');
        let ends = !text[right..].trim_start().starts_with(char::is_alphanumeric);
        let meant =
            if glued.0 { gap <= 2 } else { is_whole && ends || wanted && !people().not_local.contains(&fold(local)) };
        if meant
            && !local.is_empty()
            && let Some(email) = parsed(&text[left..right])
        {
            return Some(Hit { span: left..right, email: Some(email) });
        }
        // "ana@", "ana@[127.0.0.1]" are broken; "@ana", "3 @ 5" are something else.
        let is_broken = glued.0 && (!glued.1 && gap == 0) && text[start..sign.start].chars().any(char::is_alphanumeric);
        return is_broken.then_some(Hit { span: start..sign.end, email: None });
    }
    let outer = text[..start].chars().next_back();
    let next = text[end..].chars().next();
    let cut = outer.is_some_and(is_at)
        || next.is_some_and(is_at)
        || (next == Some('_') && text[end + 1..].starts_with(char::is_alphanumeric));
    start += text[start..sign.start].len()
        - text[start..sign.start].trim_start_matches(['-', '\'', '’', '+', '&', '~', '%']).len();
    end -= text[sign.end..end].len() - text[sign.end..end].trim_end_matches(['.', '-', '．', '。']).len();
    // "_ana@acme.example_" is emphasis.
    if next == Some('_') {
        start += text[start..sign.start].len() - text[start..sign.start].trim_start_matches('_').len();
    }
    let email = parsed(&text[start..end]).filter(|_| !cut);
    Some(Hit { span: start..end, email })
}

/// Where the part before the `@` begins in what stands before it.
fn local_start(before: &str) -> usize {
    let mut start = before.len();
    let mut kind = None;
    for (at, c) in before.char_indices().rev() {
        let other_script = matches!((kind, script(c)), (Some(kind), Some(own)) if kind != own);
        // "mail...ana@acme.example"; two dots are a slip within an address.
        if !is_local(c) || other_script || (is_dot(c) && before[..at].ends_with("..")) {
            break;
        }
        kind = kind.or(script(c));
        start = at;
    }
    start
}

/// How long the part behind the `@` is.
fn domain_length(behind: &str) -> usize {
    let mut kind = None;
    let mut length = 0;
    for (at, c) in behind.char_indices() {
        let is_part = is_letter(c) || is_dot(c) || matches!(c, '-' | '\u{2010}' | '\u{2011}');
        if is_dot(c) {
            kind = None;
            // "ana@acme.example.My number is": a new sentence.
            let so_far = &behind[..at];
            let next = behind[at + c.len_utf8()..].chars().next();
            if so_far.contains('.') && !so_far.contains(char::is_uppercase) && next.is_some_and(char::is_uppercase) {
                break;
            }
        }
        let other_script = matches!((kind, script(c)), (Some(kind), Some(own)) if kind != own);
        if !is_part || other_script {
            break;
        }
        kind = kind.or(script(c));
        length = at + c.len_utf8();
    }
    length
}

/// "not ana@acme.example"
fn is_denied(before: &str) -> bool {
    let word = before.trim_end().rsplit(|c: char| !c.is_alphanumeric() && c != '\'').next().unwrap_or_default();
    people().negations.contains(&fold(word))
}

#[cfg(test)]
mod tests;
