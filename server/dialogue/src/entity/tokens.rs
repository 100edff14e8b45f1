//! A text in tokens: words folded for comparison, numbers as written, signs; each with its place in the text. One pass.

use std::ops::Range;

use crate::words::cues::fold;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Letters; hyphens and apostrophes between letters part words without a trace.
    Word,
    /// Digits with the separators among them: `1.234,50`, `1'000`.
    Number,
    /// Any other character.
    Sign,
}

/// A word, a number or a sign.
#[derive(Debug, Clone)]
pub struct Token {
    /// Which of them.
    pub kind: Kind,
    /// Lower case and without accents; digits and signs in their plain form.
    pub text: String,
    /// Where it stands.
    pub span: Range<usize>,
    /// Whether nothing stands between it and the token before.
    pub glued: bool,
}

impl Token {
    /// Whether it is this sign.
    pub fn is(&self, sign: &str) -> bool {
        self.kind == Kind::Sign && self.text == sign
    }

    /// The value of a number of digits alone, such as a day of a month.
    pub fn integer(&self) -> Option<u32> {
        (self.kind == Kind::Number && self.text.len() <= 9).then(|| self.text.parse().ok())?
    }
}

/// Takes a text apart.
pub fn tokens(text: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut chars = text.char_indices().map(|(at, c)| (at, c, plain(c))).peekable();
    let mut end_of_last = usize::MAX;
    while let Some((start, raw, c)) = chars.next() {
        let mut end = start + raw.len_utf8();
        if c.is_whitespace() {
            continue;
        }
        let (kind, folded) = if c.is_ascii_digit() {
            let mut digits = String::from(c);
            while let Some(&(at, raw, c)) = chars.peek() {
                let after = text[at + raw.len_utf8()..].chars().next().map(plain);
                let joins = matches!(c, '.' | ',' | '\'') || matches!(raw, '\u{a0}' | '\u{202f}' | '\u{2009}');
                if c.is_ascii_digit() {
                    digits.push(c);
                } else if joins && after.is_some_and(|c| c.is_ascii_digit()) {
                    digits.push(if c.is_whitespace() { '\'' } else { c });
                } else {
                    break;
                }
                end = at + raw.len_utf8();
                chars.next();
            }
            (Kind::Number, digits)
        } else if c.is_alphabetic() {
            while let Some(&(at, raw, c)) = chars.peek() {
                if !c.is_alphabetic() && !is_mark(c) {
                    break;
                }
                end = at + raw.len_utf8();
                chars.next();
            }
            (Kind::Word, fold(&text[start..end]))
        } else if is_mark(c) {
            continue;
        } else {
            let between_letters = matches!(c, '-' | '\'')
                && end_of_last == start
                && tokens.last().is_some_and(|token| token.kind == Kind::Word)
                && text[end..].chars().next().is_some_and(char::is_alphabetic);
            if between_letters {
                end_of_last = usize::MAX;
                continue;
            }
            (Kind::Sign, c.to_string())
        };
        tokens.push(Token { kind, text: folded, span: start..end, glued: end_of_last == start });
        end_of_last = end;
    }
    tokens
}

/// Accents that are characters of their own, and the selectors behind emoji.
fn is_mark(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}

/// Wide forms, dashes, minus signs and apostrophes in the form that a keyboard has.
fn plain(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        '’' | '‘' | '´' | '`' | 'ʼ' | '′' => '\'',
        '‐' | '‑' | '‒' | '–' | '—' | '−' => '-',
        '\u{ffe5}' => '¥',
        '\u{ffe1}' => '£',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        tokens(text).iter().map(|token| token.text.clone()).collect::<Vec<_>>().join("|")
    }

    #[test]
    fn words_numbers_and_signs_are_told_apart() {
        assert_eq!(read("Aujourd’hui après-demain"), "aujourd|hui|apres|demain");
        assert_eq!(read("1’000.-  $.99 5k"), "1'000|.|-|$|.|99|5|k");
        assert_eq!(read("5\u{202f}000 €, 10.30"), "5'000|€|,|10.30");
        assert_eq!(read("5.12. 12/05/26"), "5.12|.|12|/|05|/|26");
        assert_eq!(read("\u{ff15}\u{ff10}\u{ff04}"), "50|$");
    }

    #[test]
    fn what_is_glued_is_known() {
        let glued: Vec<bool> = tokens("5k € 2morrow").iter().map(|token| token.glued).collect();

        assert_eq!(glued, [false, true, false, false, true]);
    }
}
