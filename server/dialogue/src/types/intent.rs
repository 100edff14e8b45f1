//! The intents of a site: what visitors ask, how they put it, and what is answered.

use std::collections::BTreeMap;
use std::fmt;

use super::item::{Item, ItemNames};
use super::lead::Slot;
use super::locale;
use super::template::Template;

/// A file of intents, read by the caller.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// As faults name it, relative to where the reader started it: `intents/pricing.toml`.
    pub path: String,
    /// Its contents, TOML.
    pub text: String,
}

/// Something wrong in a file of intents, and how to put it right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The file's path as it was given.
    pub file: String,
    /// Counted from 1.
    pub line: usize,
    /// The key it is about; empty where the TOML itself is broken.
    pub key: String,
    /// What is wrong and what to do, without the key.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.file, self.line)?;
        if !self.key.is_empty() {
            write!(f, "\"{}\" ", self.key)?;
        }
        f.write_str(&self.message)
    }
}

/// A message and the intent it must be understood as; `sidedoor check` and each reload run them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestCase {
    /// What a visitor writes.
    pub say: String,
    /// An intent's name, or `none` for out of scope.
    pub intent: String,
    /// The visitor's locale; where the file names none, that of its texts.
    pub locale: String,
    /// Where it stands.
    pub file: String,
    /// Counted from 1.
    pub line: usize,
}

/// A button under a reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What it shows.
    pub label: String,
    /// The intent that it stands for.
    pub intent: String,
}

/// What an intent says in one language.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Wording {
    /// What the button that offers this intent shows.
    pub label: Option<String>,
    /// How visitors put it.
    pub examples: Vec<String>,
    /// What is answered, in turn.
    pub reply: Vec<Template>,
    /// Buttons under the reply.
    pub choices: Vec<Choice>,
}

/// Something visitors ask.
#[derive(Debug, Clone, PartialEq)]
pub struct Intent {
    /// Dotted lower-case words: `order.track`.
    pub name: String,
    /// What asking it adds to a lead's score, −100 to 100.
    pub value: i32,
    /// What is asked for after the reply.
    pub ask: Vec<Slot>,
    /// Whether it is passed on to staff at once.
    pub escalate: bool,
    /// How careful the matcher is to be before this intent counts as understood: 0 always answers, 1 never without asking back;
    /// `None` leaves it at the site's own caution.
    pub caution: Option<f32>,
    /// Examples and replies, by locale.
    pub wordings: BTreeMap<String, Wording>,
    /// The locale of the wording that `[[intent]]` itself holds, the last to fall back to.
    pub base: String,
}

impl Intent {
    /// `human`, `human.callback`: the visitor asks for a person.
    pub(crate) fn is_human(&self) -> bool {
        self.name == "human" || self.name.starts_with("human.")
    }

    /// `complaint`, `complaint.damaged`: the visitor complains.
    pub(crate) fn is_complaint(&self) -> bool {
        self.name == "complaint" || self.name.starts_with("complaint.")
    }

    /// Whether it hands over whether or not it says `escalate = true`.
    pub(crate) fn is_reserved(&self) -> bool {
        self.is_human() || self.is_complaint()
    }

    /// Whether it is passed on to staff, by its own word or by its name.
    pub(crate) fn hands_over(&self) -> bool {
        self.escalate || self.is_reserved()
    }

    /// `greeting`, `thanks`, `goodbye`, `compliment`: said beside a question, it needs no answer of its own.
    pub(crate) fn is_small_talk(&self) -> bool {
        let first = self.name.split('.').next().unwrap_or_default();
        self.is_greeting() || matches!(first, "thanks" | "goodbye" | "compliment")
    }

    /// `greeting`, `greeting.evening`
    pub(crate) fn is_greeting(&self) -> bool {
        self.name.split('.').next() == Some("greeting")
    }

    /// The first locale of the chain that has what is looked for; the base where none has.
    pub(crate) fn find<'a, T>(
        &'a self,
        visitor: &str,
        site: &str,
        pick: impl Fn(&'a Wording) -> Option<T>,
    ) -> Option<T> {
        self.find_with_tag(visitor, site, pick).map(|(_, found)| found)
    }

    /// The same, with the tag that it is written in.
    pub(crate) fn find_with_tag<'a, T>(
        &'a self,
        visitor: &str,
        site: &str,
        pick: impl Fn(&'a Wording) -> Option<T>,
    ) -> Option<(&'a str, T)> {
        let tagged = |(tag, wording): (&'a String, &'a Wording)| Some((tag.as_str(), pick(wording)?));
        locale::chain(visitor, site)
            .chain([self.base.as_str()])
            .filter_map(|tag| self.wordings.iter().find(|(known, _)| locale::same(known, tag)))
            .find_map(tagged)
            .or_else(|| self.wordings.iter().find_map(tagged))
    }

    /// What the button that offers this intent shows: its label, else its first example, else its name.
    pub fn label(&self, visitor: &str, site: &str) -> String {
        self.find(visitor, site, |wording| {
            wording.label.clone().or_else(|| wording.examples.first().map(|text| capitalised(text)))
        })
        .unwrap_or_else(|| capitalised(&self.name.replace(['.', '_', '-'], " ")))
    }

    /// The buttons under its reply, in the first locale of the chain that has some.
    pub fn choices_in(&self, visitor: &str, site: &str) -> Vec<Choice> {
        let pick = |wording: &'_ Wording| (!wording.choices.is_empty()).then(|| wording.choices.clone());
        self.find(visitor, site, pick).unwrap_or_default()
    }

    /// Whether a reply of it tells a fact of an item.
    pub(crate) fn tells_items(&self) -> bool {
        self.wordings.values().flat_map(|wording| &wording.reply).any(Template::tells_item)
    }

    /// Whether it has a label in any language.
    pub fn has_label(&self) -> bool {
        self.wordings.values().any(|wording| wording.label.is_some())
    }
}

/// All intents of a site, valid.
#[derive(Debug, Clone, Default)]
pub struct Intents {
    pub(crate) intents: Vec<Intent>,
    pub(crate) by_name: BTreeMap<String, usize>,
    /// The interface sentences that the site words itself: `say.unsure` is under `unsure`, by locale.
    pub(crate) said: BTreeMap<String, BTreeMap<String, Vec<Template>>>,
    /// What the site sells, in the order of the files.
    pub(crate) items: Vec<Item>,
    pub(crate) item_names: ItemNames,
    pub(crate) tests: Vec<TestCase>,
    pub(crate) warnings: Vec<Fault>,
}

impl Intents {
    /// Their names, in the order of the files.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.intents.iter().map(|intent| intent.name.as_str())
    }

    /// All of them, in the order of the files.
    pub fn iter(&self) -> impl Iterator<Item = &Intent> {
        self.intents.iter()
    }

    /// The intent of that name.
    pub fn get(&self, name: &str) -> Option<&Intent> {
        self.by_name.get(name).map(|&at| &self.intents[at])
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.intents.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.intents.is_empty()
    }

    /// The locales that have examples, each once, sorted.
    pub fn locales(&self) -> Vec<&str> {
        let mut locales: Vec<&str> = self
            .intents
            .iter()
            .flat_map(|intent| &intent.wordings)
            .filter(|(_, wording)| !wording.examples.is_empty())
            .map(|(tag, _)| tag.as_str())
            .collect();
        locales.sort_unstable();
        locales.dedup();
        locales
    }

    /// What the matcher learns from: (text, intent) of one locale, exactly that one.
    pub fn examples<'a>(&'a self, tag: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.intents.iter().flat_map(move |intent| {
            intent
                .wordings
                .get(tag)
                .into_iter()
                .flat_map(|wording| &wording.examples)
                .map(|text| (text.as_str(), intent.name.as_str()))
        })
    }

    /// What the site sells, in the order of the files.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// The intents' own tests.
    pub fn tests(&self) -> &[TestCase] {
        &self.tests
    }

    /// What is worth a second look but keeps nothing from working.
    pub fn warnings(&self) -> &[Fault] {
        &self.warnings
    }
}

pub(crate) fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => String::new(),
    }
}
