//! Email addresses in what a visitor writes.

use std::sync::LazyLock;

use regex::Regex;

use crate::types::email::EmailAddress;

static AROUND_AT: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"[^\s<>"(),;|\[\]]+@[^\s<>"(),;|@]+"#).expect("a constant pattern"));

static SPELLED_OUT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)([\w.+-]+)\s*(?:\(at\)|\[at\]|\sat\s|\sarroba\s)\s*([\w-]+(?:\s*(?:\(dot\)|\[dot\]|\sdot\s|\spunto\s|\.)\s*[\w-]+)+)")
        .expect("a constant pattern")
});

/// What a text holds around an `@`.
#[derive(Debug, Default)]
pub struct FoundEmail {
    /// The last valid address: in "not ana@a.example but ana@b.example" it is the one that is meant.
    pub email: Option<EmailAddress>,
    /// Something that was meant as an address and is none.
    pub broken: bool,
}

/// Compiles the patterns.
pub fn prepare() {
    for pattern in [&AROUND_AT, &SPELLED_OUT, &SPELLED_DOT] {
        LazyLock::force(pattern);
    }
}

/// Finds addresses, and writes spaces over them so that their digits are not read again.
pub fn find(text: &mut String) -> FoundEmail {
    let mut found = FoundEmail::default();
    if text.contains('@') {
        let spans: Vec<_> = AROUND_AT.find_iter(text).map(|hit| hit.range()).collect();
        for span in spans {
            let hit = text[span.clone()].trim_matches(['.', ',', '!', '?', ':', '\'', '*', '_', '`']);
            match EmailAddress::parse(hit) {
                Ok(email) => found.email = Some(email),
                Err(_) => found.broken = true,
            }
            super::span::blank(text, span);
        }
        return found;
    }
    let spelled =
        SPELLED_OUT.captures(text).and_then(|hit| Some((hit.get(0)?.range(), hit[1].to_owned(), hit[2].to_owned())));
    if let Some((span, local, domain)) = spelled {
        let dotted = SPELLED_DOT.replace_all(&domain, ".");
        // "meet me at acme.example" has a dot of its own; only a spelled-out one, or brackets, mean an address.
        let is_meant =
            dotted != domain || text[span.clone()].contains(['(', '[']) || text[span.clone()].contains(" arroba ");
        if is_meant && let Ok(email) = EmailAddress::parse(&format!("{local}@{dotted}")) {
            found.email = Some(email);
            super::span::blank(text, span);
        }
    }
    found
}

static SPELLED_DOT: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i)\s*(?:\(dot\)|\[dot\]|\sdot\s|\spunto\s)\s*").expect("a constant pattern"));

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<String> {
        find(&mut text.to_owned()).email.map(String::from)
    }

    #[test]
    fn an_address_is_found_in_a_sentence() {
        assert_eq!(found("I'm Ana, ana@acme.example, about $5k").as_deref(), Some("ana@acme.example"));
        assert_eq!(found("write to <ana@acme.example>.").as_deref(), Some("ana@acme.example"));
        assert_eq!(found("not ana@a.example but ana@b.example").as_deref(), Some("ana@b.example"));
        assert_eq!(found("ana (at) acme dot example").as_deref(), Some("ana@acme.example"));
        assert_eq!(found("follow @acme or meet me at acme.example"), None);
    }

    #[test]
    fn a_broken_address_is_noticed() {
        assert!(find(&mut "ana@acme".to_owned()).broken);
        assert!(!find(&mut "my handle is @ana".to_owned()).broken);
    }
}
