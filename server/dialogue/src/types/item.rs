//! The things that a site sells: their names, links and facts, by language.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::locale;

/// What an item is called and what is known of it in one language.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sheet {
    /// Its name; the base language has one.
    pub name: Option<String>,
    /// What else it is called.
    pub aliases: Vec<String>,
    /// What it is, in a word or two: `candle`.
    pub kind: Vec<String>,
    /// Its page.
    pub link: Option<String>,
    /// `price` to `€28`: whatever is worth knowing, in the words of a reply.
    pub facts: BTreeMap<String, Fact>,
}

/// What a fact says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// In words.
    Text(String),
    /// How many.
    Count(i64),
    /// Whether.
    Flag(bool),
}

/// Something that the site sells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its name in the language of its file; no two have the same.
    pub name: String,
    /// By locale.
    pub sheets: BTreeMap<String, Sheet>,
    /// The locale that `[[item]]` itself is written in.
    pub base: String,
}

impl Item {
    /// What it is called in the first locale of the chain that names it.
    #[must_use]
    pub fn called(&self, visitor: &str, site: &str) -> &str {
        self.find(visitor, site, |sheet| sheet.name.as_deref()).unwrap_or(&self.name)
    }

    /// A fact in the first locale of the chain that knows it.
    #[must_use]
    pub fn fact(&self, key: &str, visitor: &str, site: &str) -> Option<&Fact> {
        self.find(visitor, site, |sheet| sheet.facts.get(key))
    }

    /// Its page.
    #[must_use]
    pub fn link(&self, visitor: &str, site: &str) -> Option<&str> {
        self.find(visitor, site, |sheet| sheet.link.as_deref())
    }

    /// The keys of all facts, sorted, each once.
    #[must_use]
    pub fn keys(&self) -> Vec<&str> {
        let mut keys: Vec<&str> =
            self.sheets.values().flat_map(|sheet| sheet.facts.keys()).map(String::as_str).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    fn find<'a, T>(&'a self, visitor: &str, site: &str, pick: impl Fn(&'a Sheet) -> Option<T>) -> Option<T> {
        locale::chain(visitor, site)
            .chain([self.base.as_str()])
            .filter_map(|tag| self.sheets.iter().find(|(known, _)| locale::same(known, tag)))
            .find_map(|(_, sheet)| pick(sheet))
            .or_else(|| self.sheets.values().find_map(pick))
    }
}

/// The names of all items, taken apart so that a text is looked through once.
#[derive(Debug, Clone, Default)]
pub struct ItemNames {
    /// The words of a whole name, sorted and joined by spaces, to the items that are called so.
    pub(crate) whole: HashMap<String, Vec<usize>>,
    /// A word of a name to the items that have it; words that very many items have are left out.
    pub(crate) holding: HashMap<String, Vec<usize>>,
    /// A word of a name with one letter left out, to the words.
    pub(crate) slips: HashMap<String, Vec<String>>,
    /// How many words each item's shortest name has.
    pub(crate) lengths: Vec<usize>,
    /// What the items are: `candle`, `vela`.
    pub(crate) kinds: HashSet<String>,
    /// Words that visitors use for other things too, by the examples of the intents.
    pub(crate) common: HashSet<String>,
    /// The most words that a name has.
    pub(crate) longest: usize,
    /// Phrases that ask for a fact that only these items have, such as `thread count`, folded.
    pub(crate) own_facts: Vec<(String, String)>,
}
