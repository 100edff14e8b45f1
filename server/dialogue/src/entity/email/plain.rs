//! The signs that addresses are written with, and an address with all of them made plain.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::types::email::EmailAddress;

pub fn is_at(c: char) -> bool {
    matches!(c, '@' | '＠' | '﹫')
}

pub fn is_dot(c: char) -> bool {
    matches!(c, '.' | '．' | '。' | '｡')
}

/// Never seen, often pasted along.
pub fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

pub fn is_letter(c: char) -> bool {
    c.is_alphanumeric() || is_combining_mark(c) || is_invisible(c)
}

/// Of the signs that RFC 5322 permits, those that addresses have: quotes, `=`, `/` and `*` stand around them more often than in them.
pub fn is_local(c: char) -> bool {
    is_letter(c) || is_dot(c) || matches!(c, '_' | '-' | '+' | '&' | '\'' | '’' | '%' | '~' | '\u{2010}' | '\u{2011}')
}

/// Letters of one script: Chinese before an address is a sentence.
pub fn script(c: char) -> Option<bool> {
    (c.is_alphabetic() && !is_combining_mark(c))
        .then(|| (c as u32) < 0x250 || ('\u{1e00}'..'\u{1f00}').contains(&c) || ('\u{ff00}'..'\u{ff5f}').contains(&c))
}

/// An address with full-width signs, curly apostrophes and what is invisible made plain.
pub fn parsed(text: &str) -> Option<EmailAddress> {
    let plain: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && !is_invisible(*c))
        .map(|c| match c {
            '’' => '\'',
            '\u{2010}' | '\u{2011}' => '-',
            c if is_dot(c) => '.',
            c => c,
        })
        .collect();
    // Full-width letters are compatibility forms; others keep the spelling that was typed.
    let plain = if plain.chars().any(|c| ('\u{ff00}'..'\u{ffef}').contains(&c) || c == '﹫') {
        plain.nfkc().collect()
    } else {
        plain
    };
    EmailAddress::parse(&plain).ok()
}
