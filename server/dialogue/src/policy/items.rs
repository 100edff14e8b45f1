//! What is known of the site's items, told: each sentence that needs a fact is said only where the fact is known.

use super::taking::Taking;
use crate::entity::item;
use crate::entity::words;
use crate::types::intent::{Intent, Wording};
use crate::types::item::Item;
use crate::types::locale;
use crate::types::template::{FACT, Template};
use crate::words::{facts, talk};

/// More items at once are a list to read on a page.
const MAX_ITEMS: usize = 3;
/// Items remembered per conversation; more only come from somebody trying them out.
const MAX_REMEMBERED: usize = 20;
/// In so few words half a name is enough, where items are spoken of.
const FEW_WORDS: usize = 5;
/// Facts told of an item that was named and nothing else.
const MAX_FACTS: usize = 6;

/// How a question about an item is answered.
enum Telling<'a> {
    /// By a reply of the intent.
    Reply(&'a Template, usize),
    /// By the facts that were asked for.
    Facts(Vec<String>),
}

impl<'a> Taking<'a> {
    /// Hears which items a message names or points back at, and what it asks of them.
    pub(crate) fn hear_items(&mut self, text: &str) {
        let names = &self.intents.item_names;
        let words = words(text);
        let asked = facts::asked(&words, &names.own_facts);
        let in_talk = self.state.item.is_some() && words.len() <= FEW_WORDS;
        let mentions = item::find(names, text);
        let mut named: Vec<usize> =
            mentions.iter().filter(|it| it.is_sure || in_talk).flat_map(|it| it.items.clone()).collect();
        named.dedup();
        named.truncate(MAX_ITEMS);
        let in_name = item::words_within(text, &mentions);
        let is_told = |at: usize| asked.iter().any(|(_, span)| span.contains(&at)) || in_name.contains(&at);
        self.says_more = words.iter().enumerate().any(|(at, word)| {
            !is_told(at)
                && !talk::is_common(word)
                && !facts::joins(word)
                && !facts::is_one(word)
                && !facts::is_filler(word)
                && !item::is_kind(names, word)
        });
        let points = words.iter().any(|word| facts::points(word) && !facts::is_article(word));
        self.asked = asked.into_iter().map(|(key, _)| key).collect();
        self.asked.dedup();
        self.names_item = !named.is_empty();
        if self.names_item {
            self.focus = named.into_iter().filter_map(|at| self.intents.items.get(at)).collect();
            self.remember_items();
        } else if let Some(kind) = words.iter().position(|word| item::is_kind(names, word)) {
            let is_any = kind.checked_sub(1).is_none_or(|before| !facts::is_definite(&words[before]));
            if self.state.item.is_none() || is_any { self.take_kind(&words[kind]) } else { self.recall_item() }
        } else if points || !self.says_more {
            self.recall_item();
        }
    }

    /// Takes up the item that was spoken of last.
    pub(crate) fn recall_item(&mut self) {
        let last = self.state.item.as_deref();
        self.focus = self.intents.items.iter().filter(|item| Some(item.name.as_str()) == last).collect();
    }

    /// Takes up all items of a kind at once.
    fn take_kind(&mut self, word: &str) {
        let is_such = |item: &&Item| {
            item.sheets.values().flat_map(|sheet| &sheet.kind).any(|kind| item::is_same_kind(kind, word))
        };
        self.of_kind = self.intents.items.iter().filter(is_such).collect();
        self.focus = self.of_kind.first().copied().into_iter().collect();
    }

    fn remember_items(&mut self) {
        for item in &self.focus {
            self.state.item = Some(item.name.clone());
            if !self.state.items.contains(&item.name) && self.state.items.len() < MAX_REMEMBERED {
                self.state.items.push(item.name.clone());
            }
        }
    }

    /// An intent's reply, empty where it has none.
    pub(crate) fn reply(&mut self, intent: &'a Intent) -> String {
        let pick = |wording: &'a Wording| (!wording.reply.is_empty()).then_some(&wording.reply);
        let Some((written_in, texts)) = intent.find_with_tag(self.tag(), &self.context.profile.locale, pick) else {
            return String::new();
        };
        let told = self.reply_of_items(intent);
        let reply = told.unwrap_or_else(|| self.vary(&intent.name, texts, &[]));
        if !self.told_fact && intent.tells_items() {
            self.state.facts.clear();
        }
        self.state.awaits_answer = intent.ask.is_empty() && !self.told_fact && talk::asks_to_tell(&reply).is_some();
        match self.other_language(written_in) {
            Some(note) => format!("{note} {reply}"),
            None => reply,
        }
    }

    /// An intent's reply with the facts of each item that is spoken of; `None` where it has none to tell.
    fn reply_of_items(&mut self, intent: &'a Intent) -> Option<String> {
        let texts = self.texts(intent)?;
        let tellings: Vec<(&'a Item, Telling<'a>)> =
            self.focus.iter().filter_map(|item| Some((*item, self.telling(item, texts)?))).collect();
        if tellings.is_empty() {
            return None;
        }
        let mut told = Vec::new();
        for (item, telling) in tellings {
            match telling {
                Telling::Reply(text, at) => {
                    self.spoken_of = Some(item);
                    told.push(text.render(|name| self.value(name)));
                    self.state.said.insert(intent.name.clone(), u32::try_from(at).unwrap_or(0));
                    self.state.facts = text.facts().map(str::to_owned).collect();
                }
                Telling::Facts(keys) => told.push(self.told(item, &keys)),
            }
        }
        self.told_fact = true;
        Some(told.join(" "))
    }

    /// Whether an intent is about a fact of the item that is spoken of, and nobody but a person can tell it.
    pub(crate) fn lacks_fact(&self, intent: &'a Intent) -> bool {
        if self.focus.is_empty() || !self.of_kind.is_empty() || !intent.tells_items() {
            return false;
        }
        let Some(texts) = self.texts(intent) else { return false };
        let is_told = self.focus.iter().any(|item| self.telling(item, texts).is_some());
        // "Which one do you mean?" would be an affront; "all prices are on our page" is an answer.
        let is_answered = texts.iter().any(|text| {
            let plain = text.render(|_| None);
            !text.tells_item() && !plain.contains('?') && talk::asks_to_tell(&plain).is_none()
        });
        !is_told && !is_answered
    }

    /// The facts that were asked for, where no intent is sure but an item and its fact are named; empty where they are not known.
    pub(crate) fn facts_asked(&mut self) -> String {
        let known: Vec<(&'a Item, Vec<String>)> =
            self.focus.iter().map(|item| (*item, self.known(item))).filter(|(_, keys)| !keys.is_empty()).collect();
        let told: Vec<String> = known.into_iter().map(|(item, keys)| self.told(item, &keys)).collect();
        if !told.is_empty() {
            self.state.unsure = 0;
            self.told_fact = true;
        }
        told.join(" ")
    }

    fn texts(&self, intent: &'a Intent) -> Option<&'a [Template]> {
        let pick = |wording: &'a Wording| (!wording.reply.is_empty()).then_some(wording.reply.as_slice());
        intent.find(self.tag(), &self.context.profile.locale, pick)
    }

    /// How an item's part of the answer is put: by a reply that tells what was asked, else by the facts themselves.
    fn telling(&self, item: &Item, texts: &'a [Template]) -> Option<Telling<'a>> {
        let mut told: Vec<&str> = texts.iter().flat_map(Template::facts).collect();
        told.sort_unstable();
        told.dedup();
        // An intent about one fact alone is about that one, whatever else the message mentions: "can I return it if I dislike the scent".
        let asked: Vec<&String> =
            self.asked.iter().filter(|key| told.len() != 1 || told.contains(&key.as_str())).collect();
        let known: Vec<String> =
            asked.iter().filter(|key| self.item_fact(item, key).is_some()).map(|key| (*key).clone()).collect();
        if told.is_empty() || known.is_empty() && !asked.is_empty() {
            return None;
        }
        let has = |name: &str| match name.strip_prefix(FACT) {
            Some("link") => item.link(self.tag(), &self.context.profile.locale).is_some() && self.of_kind.is_empty(),
            Some(key) => self.item_fact(item, key).is_some(),
            None => name == "item" && self.of_kind.is_empty() || name != "item" && self.value(name).is_some(),
        };
        let fits = |text: &Template| {
            text.tells_item()
                && text.placeholders().all(has)
                && known.iter().all(|key| text.facts().any(|told| told == key))
        };
        // The most to the point; of equals the first.
        let best = texts.iter().enumerate().filter(|(_, text)| fits(text));
        let best = best.max_by_key(|(at, text)| (text.facts().count(), std::cmp::Reverse(*at)));
        match best {
            Some((at, text)) => Some(Telling::Reply(text, at)),
            None => (!known.is_empty()).then_some(Telling::Facts(known)),
        }
    }

    /// The facts of an item that were asked for and are known.
    fn known(&self, item: &Item) -> Vec<String> {
        self.asked.iter().filter(|key| self.item_fact(item, key).is_some()).cloned().collect()
    }

    /// "Burn time of Fig Leaf: 45 hours."
    fn told(&mut self, item: &'a Item, keys: &[String]) -> String {
        self.spoken_of = Some(item);
        self.state.facts = keys.to_vec();
        let mut told = Vec::new();
        for key in keys {
            let Some(value) = self.item_value(&format!("{FACT}{key}")) else { continue };
            let label = facts::label(key, locale::language(self.tag()));
            told.push(if self.of_kind.is_empty() {
                self.phrase("item_fact", &[("fact", &label), ("value", &value)])
            } else {
                format!("{label}: {value}.")
            });
        }
        told.join(" ")
    }

    /// What there is to know of the items that are spoken of.
    pub(crate) fn about_items(&mut self) -> String {
        let about: Vec<String> = self.focus.clone().into_iter().map(|item| self.about(item)).collect();
        about.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ")
    }

    /// All there is to know of an item that fits into a message.
    fn about(&mut self, item: &'a Item) -> String {
        self.spoken_of = Some(item);
        let language = locale::language(self.tag()).to_owned();
        let fact = |key: &str| {
            let value = self.item_value(&format!("{FACT}{key}"))?;
            Some(format!("{}: {value}", facts::label(key, &language)))
        };
        let keys = item.keys();
        let first = ["price", "stock"].into_iter().filter(|key| keys.contains(key));
        let rest = keys.iter().copied().filter(|key| !matches!(*key, "price" | "stock"));
        let lines: Vec<String> = first.chain(rest).filter_map(fact).take(MAX_FACTS).collect();
        if lines.is_empty() {
            return self.item_value("item.link").unwrap_or_default();
        }
        self.phrase("item_about", &[("facts", &lines.join("; "))])
    }
}
