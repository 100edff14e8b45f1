//! Takes the names of items apart, once, so that a text need not be compared with each.

use std::collections::{BTreeSet, HashSet};

use super::find::{MIN_SLIP_CHARS, find, shortened};
use crate::entity::tokens::{Kind, tokens};
use crate::types::item::{Fact, Item, ItemNames};
use crate::words::facts;

/// A word that more items have tells none of them apart.
const MAX_HOLDING: usize = 50;
/// Longer names are compared by their first words.
const MAX_WORDS: usize = 8;

/// The names of these items. `examples` are what visitors write otherwise: a name made of their words alone needs more than itself.
pub fn index<'e>(items: &[Item], examples: impl Iterator<Item = &'e str>) -> ItemNames {
    let mut names = ItemNames::default();
    let sheets =
        || items.iter().enumerate().flat_map(|(at, item)| item.sheets.values().map(move |sheet| (at, item, sheet)));
    for (_, _, sheet) in sheets() {
        names.kinds.extend(sheet.kind.iter().filter_map(|kind| words(kind).pop()));
    }
    names.lengths = vec![usize::MAX; items.len()];
    for (at, item, sheet) in sheets() {
        let own = sheet.name.iter().chain(&sheet.aliases).chain([&item.name]);
        for name in own {
            names.add(at, name);
        }
        for (key, fact) in &sheet.facts {
            let phrase = words(&key.replace(['_', '-'], " ")).join(" ");
            if !phrase.is_empty() && !matches!(fact, Fact::Flag(false)) {
                names.own_facts.push((phrase, key.clone()));
            }
        }
    }
    names.own_facts.sort();
    names.own_facts.dedup();
    for word in names.holding.keys().filter(|word| word.chars().count() >= MIN_SLIP_CHARS) {
        for slip in shortened(word) {
            names.slips.entry(slip).or_default().push(word.clone());
        }
    }
    for items in names.holding.values_mut().filter(|items| items.len() > MAX_HOLDING) {
        items.clear();
    }
    if !items.is_empty() {
        names.common = common(&names, examples);
    }
    names
}

impl ItemNames {
    fn add(&mut self, item: usize, name: &str) {
        let all = words(name);
        let mut own: Vec<String> = all.iter().filter(|word| !self.kinds.contains(*word)).cloned().collect();
        if own.is_empty() {
            own = all;
        }
        own.truncate(MAX_WORDS);
        if own.is_empty() {
            return;
        }
        self.longest = self.longest.max(own.len());
        self.lengths[item] = self.lengths[item].min(own.len());
        let mut keys = BTreeSet::new();
        if own.len() > 1 {
            // "figleaf"
            keys.insert(own.concat());
            self.hold(own.concat(), item);
        }
        for word in &own {
            self.hold(word.clone(), item);
        }
        own.sort_unstable();
        keys.insert(own.join(" "));
        for key in keys {
            let items = self.whole.entry(key).or_default();
            if !items.contains(&item) {
                items.push(item);
            }
        }
    }

    fn hold(&mut self, word: String, item: usize) {
        let items = self.holding.entry(word).or_default();
        if !items.contains(&item) {
            items.push(item);
        }
    }
}

/// The words of the examples, but for those that name items there.
fn common<'e>(names: &ItemNames, examples: impl Iterator<Item = &'e str>) -> HashSet<String> {
    let mut common = HashSet::new();
    for example in examples {
        let named = find(names, example);
        let is_named = |at: usize| named.iter().any(|mention| mention.is_sure && mention.span.contains(&at));
        let free = tokens(example).into_iter().filter(|token| token.kind != Kind::Sign && !is_named(token.span.start));
        common.extend(free.map(|token| token.text));
    }
    common
}

/// The words of a name, without what joins them.
fn words(name: &str) -> Vec<String> {
    let words = tokens(name).into_iter().filter(|token| token.kind != Kind::Sign).map(|token| token.text);
    let all: Vec<String> = words.collect();
    let own: Vec<String> = all.iter().filter(|word| !facts::joins(word)).cloned().collect();
    if own.is_empty() { all } else { own }
}
