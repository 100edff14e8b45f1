//! Where a message may be cut: at the ends of sentences, before a second question, and where what was denied ends.

use super::words::{LanguageWords, Word, words_of};

/// More pieces than this are a letter; what follows stays with the last one.
const MOST_PIECES: usize = 8;

/// A stretch of a message.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Piece<'a> {
    /// Without the words that join it to the one before.
    pub text: &'a str,
    /// What parts it from the one before.
    pub joint: Joint,
    /// Whether it says that its content is not meant.
    pub denied: bool,
    /// Whether it is put as a question.
    pub asks: bool,
}

/// What parts two pieces.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Joint {
    /// A full stop, or "and" before a question: each side stands by itself.
    Firm,
    /// A comma, or a bare "and": the sides may be one thing, "salt and pepper".
    Loose,
    /// "… but", "… just": what comes next stands in place of what was denied.
    Contrast,
}

/// The pieces of a message, at least one.
pub fn pieces<'a>(typed: &'a str, language: &LanguageWords) -> Vec<Piece<'a>> {
    let mut pieces: Vec<Piece<'a>> = Vec::new();
    for sentence in typed.split_inclusive(is_end) {
        cut_sentence(sentence, language, &mut pieces);
    }
    if pieces.is_empty() {
        pieces.push(Piece { text: typed.trim(), joint: Joint::Firm, denied: false, asks: false });
    }
    pieces
}

fn is_end(c: char) -> bool {
    matches!(c, '.' | '!' | '?' | ';' | '\n' | '…' | '。' | '！' | '？' | '؟')
}

fn cut_sentence<'a>(sentence: &'a str, language: &LanguageWords, pieces: &mut Vec<Piece<'a>>) {
    let words = words_of(sentence);
    let ends_as_question = sentence.trim_end().ends_with(['?', '？', '؟']);
    // "Also, when do you close?": the joint word goes.
    let mut begins = Some(language.again(&words)).filter(|&joint| joint < words.len()).unwrap_or(0);
    let mut start = if begins > 0 { words[begins].place.start } else { 0 };
    let (mut joint, mut denied, mut asks) = (Joint::Firm, false, false);
    let mut at = begins;
    let mut push = |from: usize, to: usize, joint, denied, asks| {
        let text =
            sentence[from..to].trim_matches(|c: char| c.is_whitespace() || matches!(c, ',' | '-' | '–' | '—' | ':'));
        if text.chars().any(char::is_alphanumeric) && pieces.len() < MOST_PIECES {
            pieces.push(Piece { text, joint, denied, asks });
        }
    };
    while at < words.len() {
        let rest = &words[at..];
        let denial = language.denial(rest, at == begins);
        if denial > 0 {
            denied = true;
            at += denial;
            continue;
        }
        if at > begins
            && let Some((cut, skipped)) = cut_before(sentence, &words, at, denied, language)
        {
            push(start, words[at].place.start, joint, denied, asks);
            begins = at + skipped;
            start = words.get(begins).map_or(sentence.len(), |word| word.place.start);
            (joint, denied, asks) = (cut, false, language.asks(&words[begins.min(words.len())..]));
            at = begins.max(at + 1);
            // A denial may begin right here.
            if begins < at && language.denial(&words[begins..], true) > 0 {
                at = begins;
            }
            continue;
        }
        if at == begins {
            asks = language.asks(rest);
        }
        at += 1;
    }
    push(start, sentence.len(), joint, denied, asks || ends_as_question);
}

/// What parts the word `at` from those before, and how many words only do that.
fn cut_before(
    sentence: &str,
    words: &[Word],
    at: usize,
    denied: bool,
    language: &LanguageWords,
) -> Option<(Joint, usize)> {
    let rest = &words[at..];
    let comma = sentence[words[at - 1].place.end..words[at].place.start].contains([',', '—', '–', '(']);
    let joint = language.joint(rest);
    let after = &rest[joint..];
    if after.is_empty() {
        return None;
    }
    if denied && (language.contrast(rest) > 0 || comma) {
        // "and", "but" and "just" go; "i want" is part of what is wanted.
        let is_bare = language.contrast(rest) == 1 && language.is_small(&rest[0]);
        let skipped = if joint > 0 { joint } else { usize::from(is_bare) };
        return Some((Joint::Contrast, skipped.min(rest.len() - 1)));
    }
    if joint > 0 {
        let firm = language.again(rest) > 0 || language.asks(after);
        return Some((if firm { Joint::Firm } else { Joint::Loose }, joint));
    }
    comma.then(|| (if language.asks(rest) { Joint::Firm } else { Joint::Loose }, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(tag: &str, typed: &str) -> Vec<(String, Joint, bool)> {
        let language = LanguageWords::of(tag).unwrap();
        pieces(typed, language).into_iter().map(|piece| (piece.text.to_owned(), piece.joint, piece.denied)).collect()
    }

    #[test]
    fn a_question_word_after_and_begins_a_question_of_its_own() {
        let whole = |text: &str, joint| (text.to_owned(), joint, false);

        assert_eq!(
            cut("en", "do u ship to mexico and how much is the lavender candle"),
            [whole("do u ship to mexico", Joint::Firm), whole("how much is the lavender candle", Joint::Firm)]
        );
        assert_eq!(
            cut("es", "¿hacéis envíos a Canarias y cuánto cuesta?"),
            [whole("¿hacéis envíos a Canarias", Joint::Firm), whole("cuánto cuesta?", Joint::Firm)]
        );
        assert_eq!(cut("en", "salt and pepper"), [whole("salt", Joint::Firm), whole("pepper", Joint::Loose)]);
    }

    #[test]
    fn what_is_wanted_is_parted_from_what_is_denied() {
        assert_eq!(
            cut("en", "i don't want to cancel my order, just change the colour"),
            [
                ("i don't want to cancel my order".to_owned(), Joint::Firm, true),
                ("change the colour".to_owned(), Joint::Contrast, false)
            ]
        );
        assert_eq!(
            cut("en", "i dont want a refund i want a new one"),
            [
                ("i dont want a refund".to_owned(), Joint::Firm, true),
                ("i want a new one".to_owned(), Joint::Contrast, false)
            ]
        );
        assert_eq!(
            cut("es", "no quiero cancelar el pedido, solo cambiar la dirección"),
            [
                ("no quiero cancelar el pedido".to_owned(), Joint::Firm, true),
                ("cambiar la dirección".to_owned(), Joint::Contrast, false)
            ]
        );
    }

    #[test]
    fn a_piece_without_a_word_is_none() {
        assert_eq!(cut("en", "?!").len(), 1);
        assert_eq!(
            cut("en", "thanks! also what time do you close"),
            [("thanks!".to_owned(), Joint::Firm, false), ("what time do you close".to_owned(), Joint::Firm, false)]
        );
    }
}
