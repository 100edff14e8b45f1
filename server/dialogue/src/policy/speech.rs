//! Finding the words: the language, the variant, the values.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::taking::Taking;
use crate::entity::Reader;
use crate::types::context::Context;
use crate::types::hours;
use crate::types::intent::{Intent, Intents, Wording};
use crate::types::lead::Slot;
use crate::types::locale;
use crate::types::ranking::Ranking;
use crate::types::state::State;
use crate::types::template::Template;
use crate::words::cues::Heard;
use crate::words::phrases;
use crate::words::talk;

/// Fewer words may be a name or a loan, whatever the matcher makes of them.
const MIN_WORDS: usize = 3;

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

    pub(crate) fn phrase(&mut self, key: &str, values: &[(&str, &str)]) -> String {
        let texts = sentence(self.intents, key, tag(&self.state, self.context), &self.context.profile.locale);
        self.vary(&format!("say.{key}"), texts, values)
    }

    /// An intent's reply, empty where it has none.
    pub(crate) fn reply(&mut self, intent: &'a Intent) -> String {
        let pick = |wording: &'a Wording| (!wording.reply.is_empty()).then_some(&wording.reply);
        let Some((written_in, texts)) =
            intent.find_with_tag(tag(&self.state, self.context), &self.context.profile.locale, pick)
        else {
            return String::new();
        };
        let reply = self.vary(&intent.name, texts, &[]);
        self.state.awaits_answer = intent.ask.is_empty() && talk::asks_to_tell(&reply).is_some();
        match self.other_language(written_in) {
            Some(note) => format!("{note} {reply}"),
            None => reply,
        }
    }

    /// Said once to whoever writes in a language that the site's replies are not in: that they are in another.
    fn other_language(&mut self, written_in: &str) -> Option<String> {
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
    fn vary(&mut self, key: &str, texts: &[Template], values: &[(&str, &str)]) -> String {
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

    fn value(&self, name: &str) -> Option<String> {
        let profile = self.context.profile;
        match name {
            "site" => Some(profile.name.clone()),
            "hours" => {
                let language = phrases::language(self.tag(), &profile.locale);
                profile.hours.as_ref().map(|hours| hours.describe(&language.words.days_short))
            }
            "opening" => self.opening(),
            "contact" => self.state.details.get(Slot::Email).or_else(|| self.state.details.get(Slot::Phone)),
            slot => self.spoken(Slot::parse(slot)?),
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
