//! Finding the words: the language, the variant, the values.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::taking::Taking;
use crate::entity::Reader;
use crate::types::context::Context;
use crate::types::hours;
use crate::types::intent::Intents;
use crate::types::item::{Fact, Item};
use crate::types::lead::Slot;
use crate::types::locale;
use crate::types::ranking::Ranking;
use crate::types::state::State;
use crate::types::template::{FACT, Template};
use crate::words::cues::Heard;
use crate::words::phrases;
use crate::words::talk;

/// Fewer words may be a name or a loan, whatever the matcher makes of them.
const MIN_WORDS: usize = 3;

/// So many left are few.
const FEW_LEFT: i64 = 5;

/// Remembers that the language of the replies was spoken of.
const ONLY_IN: &str = "say.only_in.";

impl<'a> Taking<'a> {
    /// The language tag to answer in: that of the visitor, made as exact as their client named it, once they have been understood in it.
    pub(crate) fn tag(&self) -> &str {
        tag(&self.state, self.context)
    }

    /// A sentence that always reads the same: labels, and what is agreed to.
    pub(crate) fn fixed(&self, key: &str) -> String {
        let texts = sentence(self.intents, key, self.tag(), &self.context.profile.locale);
        texts.first().map(|text| text.render(|name| self.value(name))).unwrap_or_default()
    }

    /// The same, with values of its own.
    pub(crate) fn fixed_with(&self, key: &str, values: &[(&str, &str)]) -> String {
        let texts = sentence(self.intents, key, self.tag(), &self.context.profile.locale);
        let value = |name: &str| values.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        texts.first().map(|text| text.render(value)).unwrap_or_default()
    }

    pub(crate) fn phrase(&mut self, key: &str, values: &[(&str, &str)]) -> String {
        let texts = sentence(self.intents, key, tag(&self.state, self.context), &self.context.profile.locale);
        self.vary(&format!("say.{key}"), texts, values)
    }

    /// Said once to whoever writes in a language that the site's replies are not in: that they are in another.
    pub(crate) fn other_language(&mut self, written_in: &str) -> Option<String> {
        let understood = locale::language(self.state.locale.as_deref()?).to_owned();
        if understood == locale::language(written_in) || self.state.said.contains_key(ONLY_IN) {
            return None;
        }
        let name = talk::name_of(locale::language(written_in), &understood)?;
        self.state.said.insert(ONLY_IN.to_owned(), 0);
        Some(self.phrase("only_in", &[("language", name)]))
    }

    /// The language changes on evidence: enough words of it. A name, a place or a yes is none.
    pub(crate) fn hear_language(&mut self, heard: &Heard, ranking: &Ranking) {
        let current = locale::language(self.tag()).to_owned();
        let by_matcher = ranking.locale.as_deref().filter(|_| ranking.in_scope);
        let tag = match heard.language() {
            // The matcher's tag may be more exact: `pt-BR`.
            Some(language) => Some(by_matcher.filter(|tag| locale::language(tag) == language).unwrap_or(language)),
            None => by_matcher.filter(|tag| heard.word_count() >= MIN_WORDS && heard.may_be_in(locale::language(tag))),
        };
        if let Some(tag) = tag.filter(|tag| locale::language(tag) != current) {
            self.state.locale = Some(tag.to_owned());
        } else if self.state.locale.is_none() && heard.language().is_some() {
            self.state.locale = Some(current);
        }
    }

    /// Takes the variants in turn, so that none is said twice in a row; passes over those that need a value that is not known.
    pub(crate) fn vary(&mut self, key: &str, texts: &[Template], values: &[(&str, &str)]) -> String {
        let count = texts.len();
        if count == 0 {
            return String::new();
        }
        let value = |name: &str| {
            let own = values.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
            own.or_else(|| self.value(name))
        };
        let first = match self.state.said.get(key) {
            Some(last) => (*last as usize + 1) % count,
            None => (self.context.seed % count as u64) as usize,
        };
        let usable = |at: &usize| texts[*at].placeholders().all(|name| value(name).is_some());
        // A reply without the hours stands in for one with them where none are set; where they are, it would withhold them.
        let tells_hours = |at: &usize| texts[*at].placeholders().any(|name| matches!(name, "hours" | "opening"));
        let in_turn = || (0..count).map(|ahead| (first + ahead) % count).filter(usable);
        let at = in_turn().find(tells_hours).or_else(|| in_turn().next()).unwrap_or(first);
        let text = texts[at].render(value);
        if count > 1 {
            self.state.said.insert(key.to_owned(), at as u32);
        }
        text
    }

    pub(crate) fn value(&self, name: &str) -> Option<String> {
        let profile = self.context.profile;
        match name {
            "site" => Some(profile.name.clone()),
            "hours" => {
                let language = phrases::language(self.tag(), &profile.locale);
                profile.hours.as_ref().map(|hours| hours.describe(&language.words.days_short))
            }
            "opening" => self.opening(),
            "contact" => self.state.details.get(Slot::Email).or_else(|| self.state.details.get(Slot::Phone)),
            name if name == "item" || name.starts_with(FACT) => self.item_value(name),
            slot => self.spoken(Slot::parse(slot)?),
        }
    }

    /// A value of the item that is spoken of: `{item}`, `{item.price}`.
    pub(crate) fn item_value(&self, name: &str) -> Option<String> {
        let item = self.spoken_of.or(self.focus.last().copied())?;
        let site = &self.context.profile.locale;
        match name.strip_prefix(FACT) {
            None => self.of_kind.is_empty().then(|| item.called(self.tag(), site).to_owned()),
            Some("link") => item.link(self.tag(), site).filter(|_| self.of_kind.is_empty()).map(str::to_owned),
            Some(key) => self.item_fact(item, key).map(|fact| self.spell(key, &fact)),
        }
    }

    /// A fact of an item; of a kind, where it is the same for each.
    pub(crate) fn item_fact(&self, item: &Item, key: &str) -> Option<Fact> {
        let site = &self.context.profile.locale;
        let fact = item.fact(key, self.tag(), site)?;
        let is_shared = self.of_kind.iter().all(|other| other.fact(key, self.tag(), site) == Some(fact));
        is_shared.then(|| fact.clone())
    }

    fn spell(&self, key: &str, fact: &Fact) -> String {
        let is_stock = key == "stock";
        match fact {
            Fact::Text(text) => text.clone(),
            Fact::Count(count) if is_stock && *count > FEW_LEFT => self.fixed("stock_yes"),
            Fact::Count(count) if is_stock && *count > 0 => {
                self.fixed_with("stock_few", &[("count", &count.to_string())])
            }
            Fact::Count(_) if is_stock => self.fixed("stock_no"),
            Fact::Count(count) => count.to_string(),
            Fact::Flag(is_so) if is_stock => self.fixed(if *is_so { "stock_yes" } else { "stock_no" }),
            Fact::Flag(is_so) => self.fixed(if *is_so { "fact_yes" } else { "fact_no" }),
        }
    }

    /// A slot's value as the visitor would say it.
    pub(crate) fn spoken(&self, slot: Slot) -> Option<String> {
        let value = self.state.details.get(slot)?;
        Some(if slot == Slot::Date { self.reader().write_date(&value) } else { value })
    }

    pub(crate) fn reader(&self) -> Reader<'a> {
        let profile = self.context.profile;
        Reader {
            language: phrases::language(self.tag(), &profile.locale),
            locale: self.context.locale,
            region: profile.region.as_deref(),
            today: self.today(),
        }
    }

    /// "on Monday at 9:00"; `None` while the site is open or names no hours.
    pub(crate) fn opening(&self) -> Option<String> {
        let profile = self.context.profile;
        let opening = profile.hours.as_ref()?.next_opening(self.context.now_ms)?;
        let language = phrases::language(self.tag(), &profile.locale);
        let key = match opening.days_ahead {
            0 => "opening_today",
            1 => "opening_tomorrow",
            _ => "opening_day",
        };
        let text = sentence(self.intents, key, self.tag(), &profile.locale).first()?;
        Some(text.render(|name| match name {
            "time" => Some(hours::clock(opening.minutes)),
            "day" => language.words.days.get(opening.weekday).cloned(),
            _ => None,
        }))
    }

    fn today(&self) -> Date {
        let zone = self.context.profile.hours.as_ref().map_or(TimeZone::UTC, |hours| hours.zone().clone());
        Timestamp::from_millisecond(self.context.now_ms).unwrap_or_default().to_zoned_datetime(zone).date()
    }
}

fn tag<'t>(state: &'t State, context: &Context<'t>) -> &'t str {
    let named = if locale::is_plausible(context.locale) { context.locale } else { &context.profile.locale };
    match state.locale.as_deref() {
        Some(understood) if locale::language(understood) != locale::language(named) => understood,
        _ => named,
    }
}

/// The variants of a sentence for a visitor: the site's own words in any locale of the chain go before the program's in the same.
pub fn sentence<'a>(intents: &'a Intents, key: &str, visitor: &str, site: &str) -> &'a [Template] {
    let own = intents.said.get(key);
    for tag in locale::chain(visitor, site) {
        if let Some(texts) = own.and_then(|own| own.iter().find(|(known, _)| locale::same(known, tag))) {
            return texts.1;
        }
        if let Some(texts) = phrases::sentence(key, tag) {
            return texts;
        }
    }
    own.and_then(|own| own.values().next()).map_or(&[], Vec::as_slice)
}

/// Two sentences beside each other; either may be empty.
pub fn joined(before: String, text: String) -> String {
    match (before.is_empty(), text.is_empty()) {
        (true, _) => text,
        (_, true) => before,
        _ => format!("{before} {text}"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn a_site_keeps_its_own_words_only_as_long_as_the_visitors_language_has_none() {
        let own = Template::parse("Roger.", &[]).unwrap();
        let said = BTreeMap::from([("ok".to_owned(), BTreeMap::from([("en".to_owned(), vec![own])]))]);
        let intents = Intents { said, ..Intents::default() };
        let said = |visitor: &str| sentence(&intents, "ok", visitor, "en")[0].render(|_| None);

        assert_eq!(said("en-GB"), "Roger.");
        assert_eq!(said("es"), "De acuerdo.");
        assert_eq!(said("ja"), "Roger.");
    }
}
