//! Reads a message the way the word features and the spelling correction see it: folded characters, cut into words.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A message is read up to here; a longer one is a paste, and its start says what is wanted.
pub const MAX_CHARS: usize = 2_000;

/// Folds what typing does not reliably keep: letter case, compatibility forms (full width, ligatures), and accents on
/// Latin, Greek and Cyrillic letters. Marks of other scripts (Devanagari vowel signs, say) carry meaning and stay.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        let end = text.len().min(MAX_CHARS);
        return text[..end].to_ascii_lowercase();
    }
    text.chars()
        .take(MAX_CHARS)
        .flat_map(char::to_lowercase)
        .nfkd()
        .filter(|&c| !matches!(c, '\u{300}'..='\u{36f}'))
        .nfc()
        .collect()
}

/// The words of a folded message, in order: runs of letters, digits and marks; each Chinese or Japanese character and
/// each pictograph by itself.
///
/// ```
/// let words: Vec<&str> = sidedoor_matcher::text::words("where's my order #123?").collect();
/// assert_eq!(words, ["where", "s", "my", "order", "123"]);
/// ```
pub fn words(folded: &str) -> impl Iterator<Item = &str> {
    Words { rest: folded }
}

struct Words<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Words<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let start = self.rest.find(|c| kind(c) != Kind::Gap)?;
        let rest = &self.rest[start..];
        let first = rest.chars().next()?;
        let end = match kind(first) {
            Kind::Alone => first.len_utf8(),
            _ => rest.find(|c| kind(c) != Kind::Part).unwrap_or(rest.len()),
        };
        self.rest = &rest[end..];
        Some(&rest[..end])
    }
}

#[derive(PartialEq)]
enum Kind {
    Part,
    Alone,
    Gap,
}

fn kind(c: char) -> Kind {
    if c.is_ascii() {
        return if c.is_ascii_alphanumeric() || c == '_' { Kind::Part } else { Kind::Gap };
    }
    match c {
        // Kana, ideographs, and the pictograph blocks: scripts that put no space between words.
        '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}' => {
            Kind::Alone
        }
        '\u{2600}'..='\u{27bf}' | '\u{1f300}'..='\u{1faff}' => Kind::Alone,
        _ if c.is_alphanumeric() || is_combining_mark(c) => Kind::Part,
        _ => Kind::Gap,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<String> {
        words(&fold(text)).map(str::to_owned).collect()
    }

    #[test]
    fn case_accents_and_width_do_not_matter() {
        assert_eq!(cut("Ｗo ist MEINE Größe, señor?"), ["wo", "ist", "meine", "große", "senor"]);
    }

    #[test]
    fn marks_that_carry_meaning_stay() {
        assert_eq!(cut("मेरा ऑर्डर कहाँ है"), ["मेरा", "ऑर्डर", "कहाँ", "है"]);
    }

    #[test]
    fn ideographs_and_pictographs_stand_alone() {
        assert_eq!(cut("退款👍ok"), ["退", "款", "👍", "ok"]);
    }

    #[test]
    fn only_the_start_of_a_paste_is_read() {
        assert_eq!(fold(&"é".repeat(10_000)).chars().count(), MAX_CHARS);
        assert_eq!(fold(&"e".repeat(10_000)).len(), MAX_CHARS);
    }
}
