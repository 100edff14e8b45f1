//! Names of businesses.

use std::sync::LazyLock;

use regex::Regex;

use super::people::people;
use super::prose::{Token, tokens};
use crate::words::cues::{fold, fold_whole};

const MAX_CHARS: usize = 80;
/// More words are a sentence.
const MAX_WORDS: usize = 8;

static LEGAL_FORM: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"\s(?:Ltd|LTD|Limited|LLC|Inc|INC|Corp|GmbH|AG|UG|KG|S\.?L\.?U?|S\.?A\.?S?|SARL|B\.?V|Lda|S\.?r\.?l|SRL|Pty)\.?(?:$|[\s,;!?)])",
    )
    .expect("a constant pattern")
});

/// Compiles the pattern.
pub fn prepare() {
    LazyLock::force(&LEGAL_FORM);
}

/// Finds "my company is Acme", "Acme Goods Ltd"; "from Acme" only where the address's domain says so too, or where it is wanted of a
/// visitor who tells of themselves in the same message.
pub fn find(text: &str, domain: Option<&str>, wanted: bool, tells_more: bool) -> Option<String> {
    let plain = text.replace(['’', '‘', '´', '`'], "'");
    let tokens = tokens(&plain);
    if let Some(hit) = (0..tokens.len()).find_map(|at| people().company_sure.at(&tokens, at)) {
        return introduced(&tokens[hit.end..]);
    }
    if let Some(hit) = LEGAL_FORM.find(&plain)
        && let Some(name) = trailing_capitals(&plain[..hit.start()])
    {
        return parse(&format!("{name} {}", hit.as_str().trim_matches([' ', ',', ';', '!', '?', ')'])));
    }
    let behind =
        (0..tokens.len()).filter_map(|at| people().company_maybe.at(&tokens, at).map(|hit| &tokens[hit.end..]));
    let name = behind.filter_map(leading_capitals).next_back()?;
    let compact: String = fold(&name).chars().filter(char::is_ascii_alphanumeric).collect();
    let in_domain = domain.is_some_and(|domain| compact.len() >= 3 && domain.replace('-', "").starts_with(&compact));
    ((wanted && tells_more) || in_domain).then(|| parse(&name)).flatten()
}

/// What follows "my company is", to the end of the clause.
fn introduced(tokens: &[Token<'_>]) -> Option<String> {
    let mut name = Vec::new();
    for token in tokens.iter().take(6) {
        let ends = matches!(token.folded.as_str(), "and" | "y" | "und" | "et" | "e" | "my" | "with");
        if token.is_gap || ends {
            break;
        }
        name.push(token.raw);
        if token.ends_clause {
            break;
        }
    }
    parse(&name.join(" "))
}

/// An answer to "what is your company called": kept whole, without what introduces it.
pub fn parse(text: &str) -> Option<String> {
    let text = text.replace(['’', '‘', '´', '`'], "'");
    let words = tokens(&text);
    let start = people()
        .company_sure
        .at(&words, 0)
        .or_else(|| {
            people().name_maybe.at(&words, 0).filter(|_| words.first().is_some_and(|first| !first.is_capital()))
        })
        .and_then(|hit| words.get(hit.end))
        .map_or(0, |token| token.start);
    let name = text[start..].trim().trim_matches(['"', ',', '!', '“', '”', '„', '«', '»']).trim();
    let whole = fold_whole(name);
    let begins_a_sentence = whole.split(' ').next().is_some_and(|first| {
        matches!(
            first,
            "i" | "i'm" | "im" | "we" | "yo" | "ich" | "wir" | "je" | "nous" | "io" | "eu" | "why" | "what" | "no"
        )
    }) && !words.iter().all(Token::is_capital);
    let said = |token: &Token<'_>| people().is_chatter(&token.folded) || people().is_small(&token.folded);
    // "lol", "wait a sec"; "Gift Box" has two words that are said as well, and capitals.
    let is_said =
        words.iter().all(said) && !words.iter().any(|word| word.is_capital() && !people().is_small(&word.folded));
    let none = people().company_none.contains(&whole) || begins_a_sentence || is_said;
    if none { None } else { parse_field(name) }
}

/// What stands beside the label "Company": kept as it was typed, if it can be a name at all.
pub fn parse_field(text: &str) -> Option<String> {
    let name = text.trim();
    let valid = name.chars().count() <= MAX_CHARS
        && name.chars().any(char::is_alphanumeric)
        && !name.chars().any(char::is_control)
        && !name.contains(['?', '<', '>', '@'])
        && name.split_whitespace().count() <= MAX_WORDS;
    valid.then(|| name.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// A word as companies are written: a capital first, then letters, digits and a few signs.
fn is_capital_word(word: &str) -> bool {
    word.chars().next().is_some_and(char::is_uppercase)
        && word.chars().all(|c| c.is_alphanumeric() || matches!(c, '&' | '\'' | '.' | '-'))
}

/// Up to four capital words at the beginning: `Blue Goods` of `Blue Goods, and we need …`.
fn leading_capitals(tokens: &[Token<'_>]) -> Option<String> {
    let mut name = Vec::new();
    for token in tokens.iter().take(4).take_while(|token| is_capital_word(token.raw)) {
        name.push(token.raw);
        if token.ends_clause {
            break;
        }
    }
    (!name.is_empty()).then(|| name.join(" "))
}

/// Up to four capital words at the end: `Blue Goods` of `we are Blue Goods`.
fn trailing_capitals(text: &str) -> Option<String> {
    let mut name: Vec<&str> = text.split_whitespace().rev().take(4).take_while(|word| is_capital_word(word)).collect();
    name.reverse();
    (!name.is_empty()).then(|| name.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_company_is_found_by_its_form_its_cue_or_its_address() {
        assert_eq!(find("we are Blue Goods Ltd and need bags", None, false, false).as_deref(), Some("Blue Goods Ltd"));
        assert_eq!(find("my company is acme goods, thanks", None, false, false).as_deref(), Some("acme goods"));
        assert_eq!(find("Ana from Acme", Some("acme.example"), false, true).as_deref(), Some("Acme"));
        assert_eq!(find("Ana from Madrid", Some("acme.example"), false, true), None);
    }

    #[test]
    fn an_answer_is_kept_whole() {
        for name in [
            "Art of Tea",
            "Light at Home",
            "Gifts from Wales",
            "Casa de Flores",
            "Gift Box",
            "The Gift Card Co",
            "3M",
            "House of Candles",
            "Mercado de San Miguel",
            "La Tienda",
            "Café & Co.",
            "acme goods",
            "We Are Social",
        ] {
            assert_eq!(find(name, None, true, false), None, "{name}");
            assert_eq!(parse(name).as_deref(), Some(name), "{name}");
        }
        assert_eq!(parse("it's Acme").as_deref(), Some("Acme"));
        assert_eq!(parse("mi tienda se llama Flores Pérez").as_deref(), Some("Flores Pérez"));
    }

    #[test]
    fn who_has_none_names_none() {
        for text in ["I don't have one", "private person", "privat", "particular", "just me", "lol", "wait a sec", "no"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
