//! Order numbers.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::words::cues;
use crate::words::phrases;

/// Shorter ones are quantities; longer ones are something else.
const MIN_CHARS: usize = 3;
const MAX_CHARS: usize = 30;

static HASH: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"#\s?([A-Za-z0-9][A-Za-z0-9_/-]{2,29})").expect("a constant pattern"));

static CUED: LazyLock<Regex> = LazyLock::new(|| {
    let cues: Vec<String> =
        phrases::languages().iter().flat_map(|language| language.words.order.iter().cloned()).collect();
    Regex::new(&format!(
        r"(?i)(?-u:\b)(?:{})(?P<sure>\s*(?:is|es|é|est|ist|è|:|=|\bn[º°o]\.?|\bnr\.?|\bnumber|\bid)\s*)*\s*(?P<number>[A-Za-z0-9][A-Za-z0-9_/-]{{2,29}})(?-u:\b)",
        cues::alternation(&cues)
    ))
    .expect("built from word lists that the tests read")
});

/// `12/05/2026`, which is no number of an order.
static DAY: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^\d{1,4}[/-]\d{1,2}(?:[/-]\d{1,4})?$").expect("a constant pattern"));

static TOKEN: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[A-Za-z0-9][A-Za-z0-9_/-]*").expect("a constant pattern"));

/// Compiles the patterns.
pub fn prepare() {
    for pattern in [&HASH, &CUED, &DAY, &TOKEN] {
        LazyLock::force(pattern);
    }
}

/// Finds `#1234` and `order 1234`, but not the count in `order 500 pieces`; any token with digits where one is wanted.
pub fn find(text: &str, wanted: bool) -> Option<(String, Range<usize>)> {
    let hash = HASH.captures_iter(text).filter_map(|hit| hit.get(1)).find(|hit| is_order(hit.as_str()));
    if let Some(hit) = hash {
        return Some((hit.as_str().to_owned(), hit.range()));
    }
    let cued = CUED.captures_iter(text).find_map(|hit| {
        let number = hit.name("number").filter(|number| is_order(number.as_str()))?;
        let followed_by_word = text[number.end()..].trim_start_matches(' ').starts_with(char::is_alphabetic);
        (hit.name("sure").is_some() || wanted || (number.len() >= 4 && !followed_by_word)).then_some(number)
    });
    if let Some(hit) = cued {
        return Some((hit.as_str().to_owned(), hit.range()));
    }
    // Only one that is alone or unlike a count, a price or a phone number.
    let mut tokens = TOKEN.find_iter(text).filter(|hit| is_order(hit.as_str()) && hit.len() >= 4);
    let only = tokens.next().filter(|_| wanted && tokens.next().is_none())?;
    let before = text[..only.start()].trim_end().chars().next_back();
    (!before.is_some_and(|c| matches!(c, '$' | '€' | '£' | '+'))).then(|| (only.as_str().to_owned(), only.range()))
}

/// An answer to "what is your order number".
pub fn parse(text: &str) -> Option<String> {
    let text = text.trim().trim_start_matches('#').trim();
    if is_order(text) && !text.contains(char::is_whitespace) {
        return Some(text.to_owned());
    }
    find(text, true).map(|found| found.0)
}

fn is_order(text: &str) -> bool {
    (MIN_CHARS..=MAX_CHARS).contains(&text.len())
        && text.bytes().any(|byte| byte.is_ascii_digit())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'/'))
        && !DAY.is_match(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<String> {
        find(text, false).map(|found| found.0)
    }

    #[test]
    fn an_order_number_is_found_by_what_stands_before_it() {
        assert_eq!(found("where is #10234?").as_deref(), Some("10234"));
        assert_eq!(found("my order number is AB-1001, please").as_deref(), Some("AB-1001"));
        assert_eq!(found("where's order 10234").as_deref(), Some("10234"));
    }

    #[test]
    fn a_count_is_no_order_number() {
        assert_eq!(found("I want to order 5000 pieces"), None);
        assert_eq!(found("order 50"), None);
        assert_eq!(found("order confirmation"), None);
        assert_eq!(parse("on 12/05/2026"), None);
    }

    #[test]
    fn an_answer_may_be_the_bare_number() {
        assert_eq!(parse(" #10234 ").as_deref(), Some("10234"));
        assert_eq!(parse("it is 10234 I think").as_deref(), Some("10234"));
        assert_eq!(parse("I don't have it"), None);
    }
}
