//! Finding the words: the language, the variant, the values; and reading the visitor's.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::cues::Heard;
use crate::engine::Taking;
use crate::entity::{Found, Reader};
use crate::intent::{Intent, Wording};
use crate::lead::Slot;
use crate::locale;
use crate::phrases;
use crate::state::State;
use crate::template::Template;
use crate::turn::{Action, ChoiceOption, Context};

impl<'a> Taking<'a> {
    pub(crate) fn say(&mut self, text: String) {
        if !text.is_empty() {
            self.actions.push(Action::Say { text });
        }
    }

    pub(crate) fn offer(&mut self, text: String, options: Vec<ChoiceOption>) {
        self.state.offered.clone_from(&options);
        self.actions.push(Action::Offer { text, options });
    }

    /// The language tag to answer in: that of the visitor, made as exact as their client named it, once they have been understood in it.
    pub(crate) fn tag(&self) -> &str {
        tag(&self.state, self.context)
    }

    /// A sentence that always reads the same: labels, and what is agreed to.
    pub(crate) fn fixed(&self, key: &str) -> String {
        let texts = phrases::sentence(self.intents, key, self.tag(), &self.context.profile.locale);
        texts.first().map(|text| text.render(|name| self.value(name))).unwrap_or_default()
    }

    pub(crate) fn phrase(&mut self, key: &str, values: &[(&str, &str)]) -> String {
        let texts = phrases::sentence(self.intents, key, tag(&self.state, self.context), &self.context.profile.locale);
        self.vary(&format!("say.{key}"), texts, values)
    }

    /// An intent's reply, empty where it has none.
    pub(crate) fn reply(&mut self, intent: &'a Intent) -> String {
        let pick = |wording: &'a Wording| (!wording.reply.is_empty()).then_some(&wording.reply);
        match intent.find(tag(&self.state, self.context), &self.context.profile.locale, pick) {
            Some(texts) => self.vary(&intent.name, texts, &[]),
            None => String::new(),
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

    /// Finds what a message tells; what it corrects counts as wanted: "actually 10k" is a budget to nobody but who has named one.
    pub(crate) fn find(&self, text: &str, heard: &Heard, wanted: &[Slot]) -> Found {
        if !heard.is_correction() {
            return self.reader().find(text, heard, wanted);
        }
        let known = Slot::ALL.into_iter().filter(|slot| self.state.details.has(*slot));
        let wanted: Vec<Slot> = wanted.iter().copied().chain(known).collect();
        self.reader().find(text, heard, &wanted)
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
