//! Phone numbers, to E.164.

use std::ops::Range;
use std::sync::LazyLock;

use phonenumber::{Mode, country};
use regex::Regex;

/// Seven to fifteen digits (E.164) with what people put between them.
static CANDIDATE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\+?\(?[0-9][0-9\s().\u{2010}-\u{2015}-]{5,24}[0-9]").expect("a constant pattern"));

/// Longer texts than any number with spaces are not even looked at.
const MAX_CHARS: usize = 40;

/// Reads a number as the site's region dials it, or with `+` or `00` before the country code.
pub fn parse(text: &str, region: Option<&str>) -> Option<String> {
    let text = text.trim();
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if !(7..=17).contains(&digits) || text.chars().count() > MAX_CHARS {
        return None;
    }
    let international = text.strip_prefix("00").map(|rest| format!("+{rest}"));
    let text = international.as_deref().unwrap_or(text);
    let region: Option<country::Id> = region.and_then(|region| region.to_ascii_uppercase().parse().ok());
    if region.is_none() && !text.starts_with('+') {
        return None;
    }
    let number = phonenumber::parse(region, text).ok()?;
    phonenumber::is_valid(&number).then(|| number.format().mode(Mode::E164).to_string())
}

/// Reads the numbering plans of the world.
pub fn prepare() {
    LazyLock::force(&CANDIDATE);
    parse("+34600111222", None);
}

/// Finds the last number in a text that is valid.
pub fn find(text: &str, region: Option<&str>) -> Option<(String, Range<usize>)> {
    CANDIDATE.find_iter(text).filter_map(|hit| Some((parse(hit.as_str(), region)?, hit.range()))).last()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_national_number_is_read_in_the_sites_region() {
        assert_eq!(parse("600 111 222", Some("ES")).as_deref(), Some("+34600111222"));
        assert_eq!(parse("(212) 555-2368", Some("US")).as_deref(), Some("+12125552368"));
    }

    #[test]
    fn a_prefix_goes_before_the_region() {
        assert_eq!(parse("+44 20 7946 0018", Some("ES")).as_deref(), Some("+442079460018"));
        assert_eq!(parse("0044 20 7946 0018", Some("ES")).as_deref(), Some("+442079460018"));
    }

    #[test]
    fn digits_that_no_phone_has_are_refused() {
        assert_eq!(parse("12345678901", Some("ES")), None);
        assert_eq!(parse("600111222", None), None);
        assert_eq!(parse(&"6".repeat(4000), Some("ES")), None);
    }

    #[test]
    fn a_number_is_found_in_a_sentence() {
        let found = find("call me on 600 111 222 after five", Some("ES")).unwrap();

        assert_eq!(found.0, "+34600111222");
    }
}
