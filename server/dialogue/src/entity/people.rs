//! How each language names people, firms, addresses and numbers: one data file a language, and given names of the world.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use serde::Deserialize;

use super::prose::Token;
use crate::words::cues::fold;
use crate::words::phrases;

const FILES: [(&str, &str); 6] = [
    ("en", include_str!("people/en.toml")),
    ("es", include_str!("people/es.toml")),
    ("pt", include_str!("people/pt.toml")),
    ("fr", include_str!("people/fr.toml")),
    ("de", include_str!("people/de.toml")),
    ("it", include_str!("people/it.toml")),
];

/// The given names that are told from other words with a capital.
const GIVEN: &str = include_str!("people/given.txt");

/// Stand within names and begin none.
const PARTICLES: &[&str] = &[
    "de", "del", "la", "las", "los", "el", "da", "das", "do", "dos", "di", "della", "dello", "van", "von", "der",
    "den", "ten", "ter", "zu", "zur", "y", "e", "i", "bin", "ibn", "al", "abu", "bint", "du", "des", "le", "vom",
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: NameLists,
    not_name: NotNameLists,
    company: CompanyLists,
    email: EmailLists,
    number: NumberLists,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NameLists {
    sure: Vec<String>,
    maybe: Vec<String>,
    after: Vec<String>,
    here: Vec<String>,
    sign_off_bare: Vec<String>,
    courtesy: Vec<String>,
    sign_off: Vec<String>,
    greeting: Vec<String>,
    titles: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NotNameLists {
    chatter: Vec<String>,
    small: Vec<String>,
    traits: Vec<String>,
    trait_endings: Vec<String>,
    negations: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CompanyLists {
    sure: Vec<String>,
    maybe: Vec<String>,
    none: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EmailLists {
    at: Vec<String>,
    at_maybe: Vec<String>,
    dot: Vec<String>,
    dash: Vec<String>,
    underscore: Vec<String>,
    not_local: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NumberLists {
    phone: Vec<String>,
    other: Vec<String>,
    is: Vec<String>,
}

/// The words of all languages at once, folded: people switch in mid-sentence.
pub struct People {
    pub name_sure: Phrases,
    pub name_maybe: Phrases,
    pub name_after: Phrases,
    pub here: Phrases,
    pub sign_off_bare: Phrases,
    pub courtesy: Phrases,
    pub sign_off: Phrases,
    pub greeting: Phrases,
    pub company_sure: Phrases,
    pub company_maybe: Phrases,
    pub company_none: HashSet<String>,
    pub titles: HashSet<String>,
    pub negations: HashSet<String>,
    chatter: HashSet<String>,
    small: HashSet<String>,
    traits: HashSet<String>,
    trait_endings: Vec<String>,
    given: HashSet<&'static str>,
    pub at: HashSet<String>,
    pub at_maybe: HashSet<String>,
    pub dot: HashSet<String>,
    pub dash: HashSet<String>,
    pub underscore: HashSet<String>,
    pub not_local: HashSet<String>,
    pub number_is: HashSet<String>,
    phone: Stems,
    other: Stems,
}

static PEOPLE: LazyLock<People> = LazyLock::new(People::read);

/// The words of all languages.
pub fn people() -> &'static People {
    &PEOPLE
}

impl People {
    fn read() -> Self {
        let files: Vec<File> = FILES
            .iter()
            .map(|(_, text)| {
                toml::from_str(text).expect("a file of people's words is part of the program and read by its tests")
            })
            .collect();
        let list = |pick: fn(&File) -> &Vec<String>| {
            files.iter().flat_map(&pick).map(|word| fold(word)).collect::<Vec<String>>()
        };
        let set = |pick| list(pick).into_iter().collect::<HashSet<String>>();
        let phrases = |pick| Phrases::new(&list(pick));
        // Nobody is called Monday; some are called June.
        let days = phrases::languages().iter().flat_map(|language| &language.words.days).map(|day| fold(day));
        Self {
            name_sure: phrases(|file| &file.name.sure),
            name_maybe: phrases(|file| &file.name.maybe),
            name_after: phrases(|file| &file.name.after),
            here: phrases(|file| &file.name.here),
            sign_off_bare: phrases(|file| &file.name.sign_off_bare),
            courtesy: phrases(|file| &file.name.courtesy),
            sign_off: phrases(|file| &file.name.sign_off),
            greeting: phrases(|file| &file.name.greeting),
            company_sure: phrases(|file| &file.company.sure),
            company_maybe: phrases(|file| &file.company.maybe),
            company_none: set(|file| &file.company.none),
            titles: set(|file| &file.name.titles),
            negations: set(|file| &file.not_name.negations),
            chatter: set(|file| &file.not_name.chatter).into_iter().chain(days).collect(),
            small: set(|file| &file.not_name.small),
            traits: set(|file| &file.not_name.traits),
            trait_endings: list(|file| &file.not_name.trait_endings),
            given: GIVEN.split_whitespace().collect(),
            at: set(|file| &file.email.at),
            at_maybe: set(|file| &file.email.at_maybe),
            dot: set(|file| &file.email.dot),
            dash: set(|file| &file.email.dash),
            underscore: set(|file| &file.email.underscore),
            not_local: set(|file| &file.email.not_local),
            number_is: set(|file| &file.number.is),
            phone: Stems::new(list(|file| &file.number.phone)),
            other: Stems::new(list(|file| &file.number.other)),
        }
    }

    /// A given name that is known; of `Jean-Luc`, the first part.
    pub fn is_given(&self, folded: &str) -> bool {
        let first = folded.split('-').next().unwrap_or(folded);
        self.given.contains(first)
    }

    /// A word that is said rather than carried as a name: "ok", "lol", "candle".
    pub fn is_chatter(&self, folded: &str) -> bool {
        self.chatter.contains(folded)
    }

    /// A word that sentences are held together by.
    pub fn is_small(&self, folded: &str) -> bool {
        self.small.contains(folded)
    }

    /// What people are, feel or do.
    pub fn is_trait(&self, folded: &str) -> bool {
        self.traits.contains(folded)
    }

    /// A word built like those: it says something of somebody more often than it names them.
    pub fn ends_like_trait(&self, folded: &str) -> bool {
        folded.len() >= 5 && self.trait_endings.iter().any(|end| folded.ends_with(end.as_str()))
    }

    /// A word that says that the number beside it is a telephone's.
    pub fn is_phone_label(&self, folded: &str) -> bool {
        self.phone.contain(folded)
    }

    /// A word that says that the number beside it is an order's, a price, anything but a telephone's.
    pub fn is_other_label(&self, folded: &str) -> bool {
        self.other.contain(folded)
    }
}

/// Whether it stands within names: "de", "van".
pub fn is_particle(folded: &str) -> bool {
    PARTICLES.contains(&folded)
}

/// Words that stand for those which begin with them: "bestell" for "bestellnummer". Short ones stand for themselves and their plural.
struct Stems(Vec<String>);

impl Stems {
    const SHORTEST: usize = 6;

    fn new(words: Vec<String>) -> Self {
        Self(words)
    }

    fn contain(&self, word: &str) -> bool {
        self.0.iter().any(|stem| {
            word.strip_prefix(stem.as_str()).is_some_and(|rest| {
                rest.is_empty() || rest == "s" || rest == "nummer" || rest == "nr" || stem.len() >= Self::SHORTEST
            })
        })
    }
}

/// Phrases of one word or several, found where they begin.
pub struct Phrases(HashMap<String, Vec<Phrase>>);

struct Phrase {
    rest: Vec<String>,
    /// Written with a colon: a label.
    colon: bool,
}

/// A phrase found.
pub struct Hit {
    /// The first token behind it.
    pub end: usize,
    pub is_label: bool,
}

impl Phrases {
    fn new(phrases: &[String]) -> Self {
        let mut by_first: HashMap<String, Vec<Phrase>> = HashMap::new();
        for phrase in phrases {
            let colon = phrase.ends_with(':');
            let mut words =
                phrase.trim_end_matches(':').split_whitespace().map(|word| word.trim_matches(',').to_owned());
            let Some(first) = words.next() else { continue };
            by_first.entry(first).or_default().push(Phrase { rest: words.collect(), colon });
        }
        // The longest first, so that none hides another.
        by_first.values_mut().for_each(|phrases| phrases.sort_by_key(|phrase| std::cmp::Reverse(phrase.rest.len())));
        Self(by_first)
    }

    /// The longest phrase that begins with this token.
    pub fn at(&self, tokens: &[Token<'_>], at: usize) -> Option<Hit> {
        let phrases = self.0.get(&tokens.get(at)?.folded)?;
        phrases.iter().find_map(|phrase| {
            let end = at + 1 + phrase.rest.len();
            let words = tokens.get(at + 1..end)?;
            let fits = words.iter().zip(&phrase.rest).all(|(token, word)| token.folded == *word);
            let last = &tokens[end - 1];
            let whole = tokens[at..end - 1].iter().all(|token| !token.ends_clause || token.comma);
            (fits && whole && (!phrase.colon || last.colon)).then_some(Hit { end, is_label: phrase.colon })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_files_can_be_read_and_their_lists_have_words() {
        for (tag, text) in FILES {
            let file: File = toml::from_str(text).unwrap();

            assert!(file.name.sure.len() > 3 && file.not_name.traits.len() > 50, "{tag}");
        }
        assert!(people().is_given("jean-luc") && people().is_given("ana"));
    }

    #[test]
    fn a_label_may_be_part_of_a_longer_word() {
        assert!(people().is_other_label("bestellnummer") && people().is_other_label("orders"));
        assert!(!people().is_other_label("possible") && !people().is_other_label("refer"));
    }
}
