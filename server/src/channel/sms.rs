//! How long an SMS is (3GPP TS 23.038): 160 letters of a small alphabet, or 70 of all others, and less in each of several.

/// How the letters of a message travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmsEncoding {
    /// Seven bits a letter, from GSM's own alphabet.
    Gsm7,
    /// Sixteen bits a letter, the whole message.
    Ucs2,
}

/// What a message costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SmsLength {
    /// How it travels.
    pub encoding: SmsEncoding,
    /// How many messages are paid for.
    pub segments: usize,
}

/// One unit each.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/// Two units each, which are not parted.
const EXTENDED: &str = "\u{c}^{}\\[~]|€";

/// Encoding and segments of a text.
#[must_use]
pub fn length(text: &str) -> SmsLength {
    let units_of = |c: char| match c {
        _ if BASIC.contains(c) => Some(1),
        _ if EXTENDED.contains(c) => Some(2),
        _ => None,
    };
    match text.chars().map(units_of).collect::<Option<Vec<usize>>>() {
        Some(units) => SmsLength { encoding: SmsEncoding::Gsm7, segments: segments(&units, 160, 153) },
        None => {
            let units: Vec<usize> = text.chars().map(char::len_utf16).collect();
            SmsLength { encoding: SmsEncoding::Ucs2, segments: segments(&units, 70, 67) }
        }
    }
}

fn segments(units: &[usize], alone: usize, each: usize) -> usize {
    if units.iter().sum::<usize>() <= alone {
        return 1;
    }
    let (mut segments, mut room) = (1, each);
    for unit in units {
        if *unit > room {
            segments += 1;
            room = each;
        }
        room -= unit;
    }
    segments
}

/// The text with typographic characters in the plain form that GSM's alphabet has; with `plain`, also without accents that it lacks.
#[must_use]
pub fn economical(text: &str, plain: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '“' | '”' | '„' | '«' | '»' => out.push('"'),
            '‘' | '’' | '‚' | '′' | '`' => out.push('\''),
            '–' | '—' | '‐' | '‑' | '−' => out.push('-'),
            '…' => out.push_str("..."),
            '\u{a0}' | '\u{202f}' | '\u{2009}' | '\t' => out.push(' '),
            '\u{200b}' | '\u{feff}' => {}
            '•' => out.push('-'),
            _ if plain && !BASIC.contains(c) => out.push(without_accent(c)),
            _ => out.push(c),
        }
    }
    out
}

fn without_accent(c: char) -> char {
    use unicode_normalization::UnicodeNormalization;
    let mut parts = std::iter::once(c).nfd();
    let base = parts.next().unwrap_or(c);
    if BASIC.contains(base) && parts.all(unicode_normalization::char::is_combining_mark) { base } else { c }
}

/// The text in at most `max_segments`: cut at the end of a sentence, else of a word, with `tail` (a link to the rest) behind it.
#[must_use]
pub fn fitted(text: &str, max_segments: usize, tail: &str) -> String {
    if length(text).segments <= max_segments {
        return text.to_owned();
    }
    let fits = |end: usize| {
        length(&format!("{}… {tail}", text[..end].trim_end()).replace('…', "...")).segments <= max_segments
    };
    let mut ends: Vec<usize> = text.char_indices().map(|(at, _)| at).filter(|at| *at > 0).collect();
    // The longest beginning that fits; a longer one never takes fewer segments, so halving finds it.
    let (mut low, mut high) = (0, ends.len());
    while low < high {
        let middle = (low + high).div_ceil(2);
        if fits(ends[middle - 1]) { low = middle } else { high = middle - 1 }
    }
    ends.truncate(low);
    let longest = ends.last().copied().unwrap_or(0);
    let head = &text[..longest];
    let sentence = head.rfind(['.', '!', '?', '\n']).map(|at| at + 1).filter(|at| *at * 2 >= longest);
    let word = head.rfind(char::is_whitespace).filter(|at| *at * 2 >= longest);
    match (sentence, word) {
        (Some(end), _) => format!("{} {tail}", text[..end].trim_end()),
        (None, end) => format!("{}... {tail}", text[..end.unwrap_or(longest)].trim_end()),
    }
}

#[cfg(test)]
mod tests {
    use super::SmsEncoding::{Gsm7, Ucs2};
    use super::*;

    #[test]
    fn segments_are_counted_as_carriers_count_them() {
        let n = |text: &str, count: usize| text.repeat(count);
        for (text, encoding, segments) in [
            (n("a", 160), Gsm7, 1),
            (n("a", 161), Gsm7, 2),
            (n("a", 306), Gsm7, 2),
            (n("a", 307), Gsm7, 3),
            (n("€", 80), Gsm7, 1),
            (n("€", 81), Gsm7, 2),
            (n("a", 152) + "€" + &n("a", 152), Gsm7, 3),
            (n("a", 153) + "€" + &n("a", 151), Gsm7, 2),
            (n("я", 70), Ucs2, 1),
            (n("я", 71), Ucs2, 2),
            (n("я", 134), Ucs2, 2),
            (n("я", 135), Ucs2, 3),
            (n("👋", 35), Ucs2, 1),
            (n("👋", 36), Ucs2, 2),
            (n("я", 66) + "👋" + &n("я", 66), Ucs2, 3),
            (n("a", 100) + "’", Ucs2, 2),
            ("é à ñ ü ¿ ¡ ß Ç".to_owned(), Gsm7, 1),
            ("ç".to_owned(), Ucs2, 1),
            ("más".to_owned(), Ucs2, 1),
            ("aquí".to_owned(), Ucs2, 1),
            ("envío".to_owned(), Ucs2, 1),
            ("tú".to_owned(), Ucs2, 1),
            (n("a", 159) + "á", Ucs2, 3),
            ("Año nuevo €5 {x}".to_owned(), Gsm7, 1),
            ("ąćęłńóśźż".to_owned(), Ucs2, 1),
            ("Ğışö".to_owned(), Ucs2, 1),
            ("👨‍👩‍👧‍👦".to_owned(), Ucs2, 1),
            (n("a", 59) + "á", Ucs2, 1),
        ] {
            assert_eq!(length(&text), SmsLength { encoding, segments }, "{text}");
        }
    }

    #[test]
    fn typographic_characters_are_made_plain() {
        assert_eq!(economical("“Sí” – it’s ‘fine’…", false), "\"Sí\" - it's 'fine'...");
        assert_eq!(economical("Envío más aquí, año ñ ü é", true), "Envio mas aqui, año ñ ü é");
        assert_eq!(economical("я 👋", true), "я 👋");
    }

    proptest::proptest! {
        #[test]
        fn a_long_answer_fits_and_keeps_its_link(text in "[a-záß€ .👋]{0,900}") {
            let fitted = fitted(&text, 3, "https://chat.acme.example/r/abc");

            proptest::prop_assert!(length(&fitted).segments <= 3);
            proptest::prop_assert!(fitted == text || fitted.ends_with("https://chat.acme.example/r/abc"));
        }
    }
}
