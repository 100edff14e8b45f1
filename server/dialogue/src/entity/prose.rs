//! A text as words with what stands between them.

use std::ops::Range;

use crate::words::cues::fold;

/// Stands in a text for something that has been read already: an address, a number.
pub const GAP: char = '\u{FFFC}';

/// A word.
#[derive(Debug, Clone)]
pub struct Token<'t> {
    /// Without the punctuation around it; empty for a gap.
    pub raw: &'t str,
    pub folded: String,
    /// Where `raw` begins in the text.
    pub start: usize,
    pub is_gap: bool,
    /// A full stop, a comma, a line's end, a gap, an emoji follows: what comes next is something else.
    pub ends_clause: bool,
    pub comma: bool,
    pub colon: bool,
    /// The line ends behind it.
    pub ends_line: bool,
}

impl Token<'_> {
    /// It begins with a capital.
    pub fn is_capital(&self) -> bool {
        self.raw.chars().next().is_some_and(char::is_uppercase)
    }

    /// It is written in capitals altogether, and is no initial.
    pub fn is_shouted(&self) -> bool {
        self.raw.chars().filter(|c| c.is_alphabetic()).count() > 1 && !self.raw.chars().any(char::is_lowercase)
    }

    /// Letters, with the few signs that names have.
    pub fn is_word_of_name(&self) -> bool {
        self.raw.chars().any(char::is_alphabetic)
            && self.raw.chars().all(|c| {
                c.is_alphabetic() || matches!(c, '\'' | '-' | '.') || unicode_normalization::char::is_combining_mark(c)
            })
    }
}

/// A text with one gap for each place that was written over with spaces.
pub fn with_gaps(whole: &str, blanked: &str) -> String {
    let mut prose = String::with_capacity(whole.len());
    for (at, c) in whole.char_indices() {
        let was_read = blanked.as_bytes()[at] == b' ' && c != ' ';
        match (was_read, c.is_whitespace()) {
            (false, _) => prose.push(c),
            (true, false) if !prose.ends_with(GAP) => prose.push(GAP),
            (true, _) => {}
        }
    }
    prose
}

/// Takes a text apart in one pass.
pub fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens: Vec<Token<'_>> = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices() {
        if c.is_whitespace() || c == GAP || is_break(c) {
            if let Some(start) = start.take() {
                push(&mut tokens, text, start..at);
            }
            if c == GAP {
                tokens.push(Token {
                    raw: "",
                    folded: String::new(),
                    start: at,
                    is_gap: true,
                    ends_clause: true,
                    comma: false,
                    colon: false,
                    ends_line: false,
                });
            } else if let Some(last) = tokens.last_mut()
                && !c.is_whitespace()
            {
                last.ends_clause = true;
            } else if let Some(last) = tokens.last_mut()
                && c == '\n'
            {
                last.ends_clause = true;
                last.ends_line = true;
            }
        } else if start.is_none() {
            start = Some(at);
        }
    }
    if let Some(start) = start {
        push(&mut tokens, text, start..text.len());
    }
    tokens
}

/// Stands between words even without a space.
fn is_break(c: char) -> bool {
    matches!(c, '/' | '(' | ')' | '[' | ']' | '{' | '}' | '—' | '–' | '|' | '<' | '>' | '…' | '•')
}

fn push<'t>(tokens: &mut Vec<Token<'t>>, text: &'t str, span: Range<usize>) {
    let word = &text[span.clone()];
    let is_kept = |c: char| c.is_alphanumeric() || unicode_normalization::char::is_combining_mark(c);
    let behind = word.trim_start_matches(|c: char| !is_kept(c));
    let raw = behind.trim_end_matches(|c: char| !is_kept(c));
    let trailing = &behind[raw.len()..];
    // ":)" and emoji are no words; they end what stands before them.
    if !raw.contains(char::is_alphanumeric) || is_emoticon(word) {
        if let Some(last) = tokens.last_mut() {
            last.ends_clause = true;
            last.comma |= word.starts_with(',');
            last.colon |= word == ":";
        }
        return;
    }
    let folded = fold(raw);
    // The dot of "J." and "Dr." ends nothing.
    let is_short = trailing.starts_with('.') && (raw.chars().count() <= 2 || is_abbreviation(&folded));
    let raw = if is_short { &behind[..=raw.len()] } else { raw };
    tokens.push(Token {
        raw,
        folded,
        start: span.end - behind.len(),
        is_gap: false,
        ends_clause: !trailing.is_empty() && !is_short && trailing.chars().any(|c| c != '\'' && c != '"'),
        comma: trailing.contains(','),
        colon: trailing.starts_with(':'),
        ends_line: false,
    });
}

fn is_abbreviation(folded: &str) -> bool {
    matches!(folded, "mrs" | "sra" | "srta" | "dra" | "prof" | "sig" | "dott" | "avv" | "ing" | "lic" | "mme" | "mlle")
}

/// `:D`, `xD`, `<3`, `^_^` and their like.
fn is_emoticon(word: &str) -> bool {
    matches!(
        word,
        "xD" | "XD" | "xd" | "<3" | ":D" | ";D" | ":P" | ":p" | ";P" | ";p" | ":3" | "=D" | ":o" | ":O" | "8)"
    )
}
