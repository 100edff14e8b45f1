//! Names of people and of their businesses.

use std::sync::LazyLock;

use regex::Regex;

use crate::words::cues::{self, fold};
use crate::words::phrases::{self, Words};

/// Longer ones are sentences.
const MAX_NAME_CHARS: usize = 60;
const MAX_NAME_WORDS: usize = 5;
const MAX_COMPANY_CHARS: usize = 80;

/// Words that follow "I'm" or stand alone, and are nobody's name.
const NOT_NAMES: &[&str] = &[
    "a",
    "an",
    "the",
    "not",
    "in",
    "on",
    "at",
    "from",
    "looking",
    "interested",
    "just",
    "here",
    "good",
    "fine",
    "ok",
    "okay",
    "sorry",
    "so",
    "very",
    "trying",
    "having",
    "going",
    "sure",
    "afraid",
    "happy",
    "new",
    "back",
    "waiting",
    "wondering",
    "asking",
    "writing",
    "calling",
    "and",
    "but",
    "with",
    "my",
    "your",
    "we",
    "i",
    "it",
    "that",
    "this",
    "un",
    "una",
    "el",
    "la",
    "de",
    "no",
    "si",
    "muy",
    "y",
    "mi",
    "nuevo",
    "nueva",
    "cliente",
    "ein",
    "eine",
    "nicht",
    "der",
    "die",
    "das",
    "und",
    "aus",
    "le",
    "les",
    "pas",
    "une",
    "et",
    "uma",
    "o",
    "e",
    "il",
    "lo",
    "non",
    "hi",
    "hello",
    "hey",
    "hola",
    "yes",
    "nope",
    "thanks",
    "please",
    "help",
    "what",
    "how",
    "why",
    "when",
    "who",
    "test",
    "spanish",
    "english",
    "german",
    "french",
    "italian",
    "email",
    "ceo",
    "cto",
    "vip",
    "vegan",
];

/// Words at which a name ends.
const AFTER_NAMES: &[&str] = &[
    "and", "but", "from", "at", "with", "my", "i", "i'm", "of", "here", "email", "phone", "y", "de", "mi", "con",
    "pero", "desde", "und", "von", "aus", "meine", "et", "mais", "mon", "da", "do", "e", "ma", "com", "mas", "minha",
    "the", "is", "es", "tel", "for", "because", "since", "que",
];

fn words(pick: fn(&Words) -> &Vec<String>) -> String {
    let words: Vec<String> =
        phrases::languages().iter().flat_map(|language| pick(&language.words).iter().cloned()).collect();
    cues::alternation(&words)
}

static NAME_SURE: LazyLock<Regex> =
    LazyLock::new(|| pattern(&format!(r"(?i)(?:^|[\s,;.:!?¡¿(–—-])(?:{})[\s:]+", words(|words| &words.name_sure))));
static NAME_MAYBE: LazyLock<Regex> =
    LazyLock::new(|| pattern(&format!(r"(?i)(?:^|[\s,;.:!?¡¿(–—-])(?:{})\s+", words(|words| &words.name_maybe))));
static COMPANY_SURE: LazyLock<Regex> =
    LazyLock::new(|| pattern(&format!(r"(?i)(?:^|[\s,;.:!?¡¿(–—-])(?:{})[\s:]+", words(|words| &words.company_sure))));
static COMPANY_MAYBE: LazyLock<Regex> =
    LazyLock::new(|| pattern(&format!(r"(?i)(?:^|[\s,(])(?:{})\s+", words(|words| &words.company_maybe))));
static LEGAL_FORM: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\s(?:Ltd|LTD|Limited|LLC|Inc|INC|Corp|GmbH|AG|UG|KG|S\.?L\.?U?|S\.?A\.?S?|SARL|B\.?V|Lda|S\.?r\.?l|SRL|Pty)\.?(?:$|[\s,;!?)])",
    )
});

static INTRODUCED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)^\s*(?:(?:no|sorry|actually),?\s+)?(?:it's|its|it is|es|c'est|é|è)\s+"));

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("built from word lists that the tests read")
}

/// Compiles the patterns.
pub fn prepare() {
    for pattern in [&NAME_SURE, &NAME_MAYBE, &COMPANY_SURE, &COMPANY_MAYBE, &LEGAL_FORM, &INTRODUCED] {
        LazyLock::force(pattern);
    }
}

/// A name in a text, and whether it was introduced as nothing but a name is.
#[derive(Debug, PartialEq, Eq)]
pub struct FoundName {
    pub name: String,
    pub sure: bool,
}

/// Finds "my name is ana" (sure), "I'm Ana López" (not quite); after "I'm" only what is written like a name.
pub fn find(text: &str) -> Option<FoundName> {
    let plain = straight(text);
    // "company name: Acme" labels something else.
    let is_own =
        |start: usize, cue: &str| !cue.contains(':') || !plain[..start].trim_end().ends_with(char::is_alphanumeric);
    let after = |cue: &Regex| {
        let hits = cue.find_iter(&plain).filter(|hit| is_own(hit.start(), hit.as_str()));
        hits.map(|hit| plain[hit.end()..].to_owned()).collect::<Vec<_>>()
    };
    after(&NAME_SURE)
        .iter()
        .find_map(|rest| leading_name(rest, false))
        .map(|name| FoundName { name, sure: true })
        .or_else(|| {
            let name = after(&NAME_MAYBE).iter().find_map(|rest| leading_name(rest, true))?;
            Some(FoundName { name, sure: false })
        })
}

/// An answer to "what is your name": the whole of it, without what introduces it.
pub fn parse(text: &str) -> Option<String> {
    if let Some(found) = find(text) {
        return Some(found.name);
    }
    let plain = straight(text);
    let plain = INTRODUCED.replace(&plain, "");
    let name = plain.trim().trim_end_matches(['.', '!', ',']).trim();
    let words: Vec<&str> = name.split_whitespace().collect();
    let valid = !name.is_empty()
        && name.chars().count() <= MAX_NAME_CHARS
        && words.len() <= MAX_NAME_WORDS
        && words.iter().all(|word| is_word_of_name(word))
        && !words.first().is_some_and(|word| NOT_NAMES.contains(&fold(word).as_str()));
    valid.then(|| cased(&words.join(" ")))
}

/// A form's name: anything with a letter that is no markup and fits a line.
pub fn parse_field(text: &str) -> Option<String> {
    let name = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let valid = name.chars().any(char::is_alphabetic)
        && name.chars().count() <= MAX_COMPANY_CHARS
        && !name.chars().any(|c| c.is_control() || matches!(c, '<' | '>' | '@'));
    valid.then_some(name)
}

/// Finds "my company is Acme", "Acme Goods Ltd"; "from Acme" only where it is wanted or the address's domain says so too.
pub fn find_company(text: &str, domain: Option<&str>, wanted: bool) -> Option<String> {
    let plain = straight(text);
    if let Some(hit) = COMPANY_SURE.find(&plain) {
        let rest = &plain[hit.end()..];
        let end = rest.find(['.', ',', ';', '!', '?', '\n']).unwrap_or(rest.len());
        let words = rest[..end]
            .split_whitespace()
            .take_while(|word| !matches!(fold(word).as_str(), "and" | "y" | "und" | "et" | "e" | "my" | "with"));
        return parse_company(&words.take(6).collect::<Vec<_>>().join(" "));
    }
    if let Some(hit) = LEGAL_FORM.find(&plain)
        && let Some(name) = trailing_capitals(&plain[..hit.start()])
    {
        return parse_company(&format!("{name} {}", hit.as_str().trim_matches([' ', ',', ';', '!', '?', ')'])));
    }
    let name = COMPANY_MAYBE.find_iter(&plain).filter_map(|hit| leading_capitals(&plain[hit.end()..])).last()?;
    let name = name.trim_end_matches(['.', '-']);
    let compact: String = fold(name).chars().filter(char::is_ascii_alphanumeric).collect();
    let in_domain = domain.is_some_and(|domain| compact.len() >= 3 && domain.replace('-', "").starts_with(&compact));
    (wanted || in_domain).then(|| parse_company(name)).flatten()
}

/// An answer to "what is your company called".
pub fn parse_company(text: &str) -> Option<String> {
    let text = straight(text);
    let text = COMPANY_SURE.find(&text).map_or(text.as_str(), |hit| &text[hit.end()..]);
    let name = text.trim().trim_matches(['"', ',', '!', '“', '”']).trim();
    let valid = !name.is_empty()
        && name.chars().count() <= MAX_COMPANY_CHARS
        && name.chars().any(char::is_alphanumeric)
        && !name.chars().any(char::is_control)
        && !name.contains(['\n', '?', '<', '>', '@'])
        && name.split_whitespace().count() <= 8;
    valid.then(|| name.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// A word as companies are written: a capital first, then letters, digits and a few signs.
fn is_capital_word(word: &str) -> bool {
    word.chars().next().is_some_and(char::is_uppercase)
        && word.chars().all(|c| c.is_alphanumeric() || matches!(c, '&' | '\'' | '.' | '-'))
}

/// Up to four capital words at the beginning: `Blue Goods` of `Blue Goods, and we need …`.
fn leading_capitals(text: &str) -> Option<String> {
    let mut name = Vec::new();
    for word in text.split_whitespace().take(4) {
        let bare = word.trim_end_matches([',', ';', '!', '?', ')', ':']);
        if !is_capital_word(bare) {
            break;
        }
        name.push(bare);
        if bare.len() < word.len() {
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

/// The words at the beginning of a text that make a name.
fn leading_name(rest: &str, must_be_capital: bool) -> Option<String> {
    let end = rest.find(['.', ',', ';', '!', '?', '\n', '(', ':', '/', '—', '–']).unwrap_or(rest.len());
    let mut name: Vec<&str> = Vec::new();
    for word in rest[..end].split_whitespace() {
        let folded = fold(word);
        let is_capital = word.chars().next().is_some_and(char::is_uppercase);
        let ends = AFTER_NAMES.contains(&folded.as_str()) || !is_word_of_name(word);
        if ends || name.len() == 4 || (must_be_capital && !is_capital) {
            break;
        }
        if name.is_empty() && NOT_NAMES.contains(&folded.as_str()) {
            return None;
        }
        // "my name is Ana looking for …": what follows a written-out name in lower case is no part of it.
        if name.first().is_some_and(|first| first.chars().next().is_some_and(char::is_uppercase)) && !is_capital {
            break;
        }
        name.push(word);
    }
    let name = name.join(" ");
    (!name.is_empty() && name.chars().count() <= MAX_NAME_CHARS).then(|| cased(&name))
}

fn is_word_of_name(word: &str) -> bool {
    let letters = word.chars().filter(|c| c.is_alphabetic()).count();
    letters > 0
        && word.chars().all(|c| {
            c.is_alphabetic() || matches!(c, '\'' | '-' | '.') || unicode_normalization::char::is_combining_mark(c)
        })
}

/// Names typed in small letters get capitals, all others stay as they were typed.
fn cased(name: &str) -> String {
    if name.chars().any(char::is_uppercase) {
        return name.to_owned();
    }
    name.split(' ').map(crate::types::intent::capitalised).collect::<Vec<_>>().join(" ")
}

fn straight(text: &str) -> String {
    text.replace(['’', '‘', '´', '`'], "'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_where_it_is_introduced() {
        for (text, name) in [
            ("I'm Ana, about $5k", "Ana"),
            ("I’m Ana López and I need bags", "Ana López"),
            ("my name is ana", "Ana"),
            ("soy Ana y quiero un bolso", "Ana"),
            ("me llamo ana lópez", "Ana López"),
            ("sou a Ana", "Ana"),
            ("je m'appelle Zoé Martin, bonjour", "Zoé Martin"),
            ("ich heiße Jürgen", "Jürgen"),
            ("mi chiamo Paolo", "Paolo"),
            ("hello, my name is Jean-Luc O'Brien.", "Jean-Luc O'Brien"),
        ] {
            assert_eq!(find(text).map(|found| found.name).as_deref(), Some(name), "{text}");
        }
    }

    #[test]
    fn what_one_is_or_does_is_no_name() {
        for text in [
            "soy de Madrid",
            "ich bin auf der Suche",
            "je suis intéressé",
            "sono interessato",
            "I'm looking for a bag",
            "I'm In Madrid",
            "I am interested",
            "i'm ok",
            "my name is not important",
        ] {
            assert_eq!(find(text), None, "{text}");
        }
    }

    #[test]
    fn an_answer_is_a_name_unless_it_is_a_sentence() {
        assert_eq!(parse("ana maría lópez").as_deref(), Some("Ana María López"));
        assert_eq!(parse("It's me, can you tell me the price of the bag first"), None);
        assert_eq!(parse("12345"), None);
        assert_eq!(parse("hi"), None);
    }

    #[test]
    fn a_forms_name_may_be_any_line_without_markup() {
        assert_eq!(parse_field(" Ana  & Co. 3rd ").as_deref(), Some("Ana & Co. 3rd"));
        assert_eq!(parse_field("<b>Ana</b>"), None);
        assert_eq!(parse_field("Ana\u{0}"), None);
        assert_eq!(parse_field("123"), None);
    }

    #[test]
    fn a_company_is_found_by_its_form_its_cue_or_its_address() {
        assert_eq!(find_company("we are Blue Goods Ltd and need bags", None, false).as_deref(), Some("Blue Goods Ltd"));
        assert_eq!(find_company("my company is acme goods, thanks", None, false).as_deref(), Some("acme goods"));
        assert_eq!(find_company("Ana from Acme", Some("acme.example"), false).as_deref(), Some("Acme"));
        assert_eq!(find_company("Ana from Madrid", Some("acme.example"), false), None);
    }
}
