//! Language tags: which ones to try, in which order.

/// The tags to try for a visitor, most fitting first: `es-MX` with a site in `de` gives `es-MX`, `es`, `de`, `en`.
pub fn chain<'a>(visitor: &'a str, site: &'a str) -> impl Iterator<Item = &'a str> {
    [visitor, language(visitor), site, language(site), "en"].into_iter().filter(|tag| !tag.is_empty())
}

/// The language of a tag: `es` of `es-MX`.
pub fn language(tag: &str) -> &str {
    tag.split(['-', '_']).next().unwrap_or(tag)
}

/// The region of a tag: `MX` of `es-MX`, `TW` of `zh-Hant-TW`.
pub fn region(tag: &str) -> Option<String> {
    tag.split(['-', '_'])
        .skip(1)
        .find(|part| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_alphabetic()))
        .map(str::to_ascii_uppercase)
}

/// Whether two tags name the same thing, however they are written.
pub fn same(a: &str, b: &str) -> bool {
    a.len() == b.len()
        && a.bytes()
            .zip(b.bytes())
            .all(|(a, b)| a.eq_ignore_ascii_case(&b) || matches!((a, b), (b'-', b'_') | (b'_', b'-')))
}

/// Whether a client's tag is worth looking at, in whatever case and with whatever separator; anything else is not kept.
pub fn is_plausible(tag: &str) -> bool {
    (2..=35).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

/// Whether it has the form of a BCP 47 tag: a language of two or three letters, then parts of one to eight letters or digits.
pub fn is_tag(tag: &str) -> bool {
    let mut parts = tag.split('-');
    parts.next().is_some_and(|first| (2..=3).contains(&first.len()) && first.bytes().all(|b| b.is_ascii_lowercase()))
        && parts.all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_visitor_falls_back_to_the_language_then_the_site_then_english() {
        assert_eq!(chain("es-MX", "de-AT").collect::<Vec<_>>(), ["es-MX", "es", "de-AT", "de", "en"]);
    }

    #[test]
    fn a_region_is_found_behind_a_script() {
        assert_eq!(region("zh-Hant-TW").as_deref(), Some("TW"));
        assert_eq!(region("es"), None);
    }

    #[test]
    fn a_table_name_is_told_from_a_locale() {
        assert!(is_tag("es") && is_tag("pt-BR"));
        assert!(!is_tag("reply") && !is_tag("ES") && !is_tag(""));
    }
}
