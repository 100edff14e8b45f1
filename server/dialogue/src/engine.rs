//! One turn of a conversation: what was said is read, answered, and weighed.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::entity::{EmailAddress, Found, Reader};
use crate::handover;
use crate::intent::{Intent, Intents};
use crate::lead::Slot;
use crate::locale;
use crate::phrases::{self, Heard};
use crate::state::{STATE_VERSION, State};
use crate::turn::{Action, ChoiceOption, Context, Escalation, Input, Page, Phase, Ranking, Reason, Rejected, Turn};

/// An intent this near to the best one, as a share of its score, might as well be what was meant.
const CLOSE: f32 = 0.9;

/// A topic is worth offering from this share of the threshold on.
const LIKELY: f32 = 0.4;

/// More buttons are a menu to study.
const MAX_TOPICS: usize = 3;

/// Intents remembered per conversation; more only come from somebody trying them out.
const MAX_INTENTS: usize = 50;

/// Values of buttons that stand for no intent; no intent may have such a name.
pub const SOMETHING_ELSE: &str = "something_else";
pub const EMAIL_SUGGESTED: &str = "email_suggested";
pub const EMAIL_KEPT: &str = "email_kept";

/// The reserved intent that asks for a person; its button works on sites that do not define it too.
pub const HUMAN: &str = "human";

/// Takes one turn: pure, the same for the same arguments.
///
/// # Errors
/// [`Rejected`] where the input cannot be taken; nothing is to be stored then.
pub fn step(intents: &Intents, context: &Context, mut state: State, input: Input) -> Result<Turn, Rejected> {
    state.version = STATE_VERSION;
    let mut turn = Taking::new(intents, context, state);
    match input {
        Input::Message { text, ranking } => turn.take_message(text, ranking),
        Input::Choose { option } => turn.take_choice(option)?,
        Input::Form { form, fields, consent } => turn.take_form(form, fields, consent)?,
        Input::Rate { score } => turn.state.rating = Some(score.clamp(1, 5)),
        Input::StaffReplied => turn.enter(Phase::Staff, None),
        Input::StaffReleased => turn.enter(Phase::Bot, None),
        Input::StaffClosed => {
            let text = turn.phrase("closed", &[]);
            turn.enter(Phase::Closed, Some(text));
        }
    }
    Ok(turn.finish())
}

/// A turn being taken.
pub struct Taking<'a> {
    pub(crate) intents: &'a Intents,
    pub(crate) context: &'a Context<'a>,
    pub(crate) state: State,
    pub(crate) actions: Vec<Action>,
    pub(crate) escalations: Vec<Escalation>,
    pub(crate) answered: Option<String>,
    pub(crate) learnt: Vec<(Slot, String)>,
    /// Slots whose earlier value was replaced in this turn.
    pub(crate) replaced: BTreeSet<Slot>,
    /// The address given in this turn has a slip in it that the visitor is to be asked about.
    pub(crate) doubted: Option<EmailAddress>,
    /// Whether the visitor has sent a whole form in this turn, which makes it a lead with or without a contact.
    pub(crate) form_sent: bool,
}

/// How a message is taken.
enum Decision<'a> {
    Answer(&'a Intent),
    AskWhich(Vec<&'a Intent>),
    Unsure,
}

impl<'a> Taking<'a> {
    fn new(intents: &'a Intents, context: &'a Context<'a>, state: State) -> Self {
        Self {
            intents,
            context,
            state,
            actions: Vec::new(),
            escalations: Vec::new(),
            answered: None,
            learnt: Vec::new(),
            replaced: BTreeSet::new(),
            doubted: None,
            form_sent: false,
        }
    }

    fn take_message(&mut self, text: &str, ranking: &Ranking) {
        let heard = Heard::new(text);
        self.reopen();
        self.remember_page();
        self.state.urgent |= heard.is_urgent();
        if ranking.in_scope
            && let Some(tag) = &ranking.locale
        {
            self.state.locale = Some(tag.clone());
        }
        if self.state.phase == Phase::Staff {
            let found = self.reader().find(text, &heard, &[]);
            return self.learn(found, &heard);
        }
        let offered = std::mem::take(&mut self.state.offered);
        if heard.is_restart() {
            return self.start_over();
        }
        if let Some(option) = chosen(&offered, &heard) {
            return self.choose(option);
        }
        match self.state.phase {
            Phase::Waiting => self.take_while_waiting(text, &heard),
            _ if self.state.form.is_some() => self.take_during_form(text, &heard, ranking),
            _ => self.take_freely(text, &heard, ranking),
        }
    }

    /// A message with no question of ours open.
    fn take_freely(&mut self, text: &str, heard: &Heard, ranking: &Ranking) {
        let decision = self.decide(ranking);
        let wanted: &[Slot] = match &decision {
            Decision::Answer(intent) => &intent.ask,
            _ => &[],
        };
        let found = self.find(text, heard, wanted);
        self.learn(found, heard);
        if heard.asks_for_human()
            && !matches!(&decision, Decision::Answer(intent) if handover::is_reserved(&intent.name))
        {
            return self.hand_over(Reason::Asked, self.intents.get(HUMAN));
        }
        if !self.replaced.is_empty() && heard.is_correction() {
            return self.acknowledge();
        }
        match decision {
            Decision::Answer(intent) => self.answer(intent),
            _ if !self.learnt.is_empty() => self.acknowledge(),
            Decision::AskWhich(intents) => self.ask_which(&intents),
            Decision::Unsure if heard.is_no() || heard.is_yes() || heard.is_refusal() => {
                let text = self.phrase("ok", &[]);
                self.say(text);
            }
            Decision::Unsure => self.admit_unsure(ranking),
        }
    }

    /// What was told, said back, so that a misreading is seen at once; then the slip in the address, or the open form's next question.
    pub(crate) fn acknowledge(&mut self) {
        let text = self.acknowledgement();
        self.proceed(text);
    }

    /// `Got it: …`, empty where nothing was learnt.
    pub(crate) fn acknowledgement(&mut self) -> String {
        if self.learnt.is_empty() {
            return String::new();
        }
        let told = |(slot, value): &(Slot, String)| self.spoken(*slot).unwrap_or_else(|| value.clone());
        let noted = self.learnt.iter().map(told).collect::<Vec<_>>().join(", ");
        let key = if self.replaced.is_empty() { "noted" } else { "corrected" };
        self.phrase(key, &[("noted", &noted)])
    }

    fn decide(&self, ranking: &Ranking) -> Decision<'a> {
        let known = |name: &str| self.intents.get(name);
        let ranked: Vec<(&Intent, f32)> = ranking
            .candidates
            .iter()
            .filter_map(|candidate| Some((known(&candidate.intent)?, candidate.score)))
            .collect();
        let Some(&(best, score)) = ranked.first().filter(|_| ranking.in_scope) else { return Decision::Unsure };
        let needed = ranking.threshold + best.caution * (1.0 - ranking.threshold).max(0.0);
        if score < ranking.threshold || score.is_nan() {
            return Decision::Unsure;
        }
        let close: Vec<&Intent> = ranked
            .iter()
            .filter(|(_, other)| *other >= ranking.threshold && *other >= score * CLOSE)
            .take(MAX_TOPICS)
            .map(|(intent, _)| *intent)
            .collect();
        if close.len() > 1 || score < needed { Decision::AskWhich(close) } else { Decision::Answer(best) }
    }

    /// The intent that a message is understood as, for an interruption: two close ones count as the better.
    pub(crate) fn understood(&self, ranking: &Ranking) -> Option<&'a Intent> {
        match self.decide(ranking) {
            Decision::Answer(intent) => Some(intent),
            Decision::AskWhich(intents) => intents.first().copied(),
            Decision::Unsure => None,
        }
    }

    /// Answers an intent: its reply, then its form or its buttons, never both.
    pub(crate) fn answer(&mut self, intent: &'a Intent) {
        self.count_intent(intent);
        if handover::is_complaint(&intent.name) {
            return self.hand_over(Reason::Complaint, Some(intent));
        }
        if handover::is_human(&intent.name) {
            return self.hand_over(Reason::Asked, Some(intent));
        }
        if intent.escalate {
            return self.hand_over(Reason::Intent, Some(intent));
        }
        let reply = self.reply(intent);
        self.open_form(&intent.name, &intent.ask);
        if self.state.form.is_some() || self.doubted.is_some() {
            self.say(reply);
            return self.proceed(String::new());
        }
        let options = self.choices(intent);
        let reply = if intent.ask.is_empty() || self.learnt.is_empty() {
            reply
        } else {
            // All was told in the question itself: that deserves an answer too.
            crate::form::joined(reply, self.thanks(&intent.ask))
        };
        if options.is_empty() { self.say(reply) } else { self.offer(reply, options) }
    }

    pub(crate) fn count_intent(&mut self, intent: &Intent) {
        self.state.unsure = 0;
        self.answered = Some(intent.name.clone());
        if !self.state.intents.contains(&intent.name) && self.state.intents.len() < MAX_INTENTS {
            self.state.intents.push(intent.name.clone());
        }
    }

    pub(crate) fn choices(&self, intent: &Intent) -> Vec<ChoiceOption> {
        let pick = |wording: &'_ crate::intent::Wording| (!wording.choices.is_empty()).then(|| wording.choices.clone());
        let choices = intent.find(self.tag(), &self.context.profile.locale, pick).unwrap_or_default();
        choices.into_iter().map(|choice| ChoiceOption { label: choice.label, value: choice.intent }).collect()
    }

    fn ask_which(&mut self, intents: &[&Intent]) {
        let text = self.phrase("did_you_mean", &[]);
        let mut options: Vec<ChoiceOption> = intents.iter().map(|intent| self.option(intent)).collect();
        options.push(ChoiceOption { label: self.phrase("something_else", &[]), value: SOMETHING_ELSE.into() });
        self.offer(text, options);
    }

    /// Once: asks again and offers what it may have been. Twice: a person takes over.
    fn admit_unsure(&mut self, ranking: &Ranking) {
        self.state.unsure = self.state.unsure.saturating_add(1);
        if self.state.unsure >= 2 {
            return self.hand_over(Reason::Unsure, None);
        }
        let likely = ranking
            .candidates
            .iter()
            .filter(|candidate| candidate.score >= ranking.threshold * LIKELY && candidate.score > 0.0)
            .filter_map(|candidate| self.intents.get(&candidate.intent))
            .filter(|intent| !handover::is_reserved(&intent.name))
            .take(MAX_TOPICS);
        let mut options: Vec<ChoiceOption> = likely.map(|intent| self.option(intent)).collect();
        let key = if options.is_empty() { "unsure_plain" } else { "unsure" };
        options.push(ChoiceOption { label: self.phrase("talk_to_person", &[]), value: HUMAN.into() });
        let text = self.phrase(key, &[]);
        self.offer(text, options);
    }

    fn option(&self, intent: &Intent) -> ChoiceOption {
        ChoiceOption { label: intent.label(self.tag(), &self.context.profile.locale), value: intent.name.clone() }
    }

    fn take_choice(&mut self, option: &str) -> Result<(), Rejected> {
        let is_own = [SOMETHING_ELSE, EMAIL_SUGGESTED, EMAIL_KEPT, HUMAN].contains(&option);
        if !is_own && self.intents.get(option).is_none() {
            return Err(Rejected::UnknownOption(option.into()));
        }
        self.reopen();
        self.remember_page();
        if self.state.phase == Phase::Staff {
            return Ok(());
        }
        self.state.offered.clear();
        self.choose(option);
        Ok(())
    }

    fn choose(&mut self, option: &str) {
        match (option, self.state.suggestion.take_if(|_| [EMAIL_SUGGESTED, EMAIL_KEPT].contains(&option))) {
            (EMAIL_SUGGESTED, Some(suggestion)) => return self.take_suggestion(suggestion),
            (EMAIL_KEPT, Some(_)) => return self.keep_email(),
            // Pressed twice, or after another address was given: there is nothing left to decide.
            (EMAIL_SUGGESTED | EMAIL_KEPT, None) => return,
            _ => {}
        }
        if self.state.phase == Phase::Waiting {
            return self.note_while_waiting();
        }
        match self.intents.get(option) {
            Some(intent) if self.state.form.is_some() => self.interrupt(intent),
            Some(intent) => self.answer(intent),
            None if option == HUMAN => self.hand_over(Reason::Asked, None),
            None => {
                // The next message that is not understood goes to a person: asking a third time helps nobody.
                self.state.unsure = 1;
                let text = self.phrase("rephrase", &[]);
                self.say(text);
            }
        }
    }

    /// Forgets the course of the conversation, not who the visitor is: what they told stays, and so does the lead.
    fn start_over(&mut self) {
        self.state.form = None;
        self.state.refused.clear();
        self.state.suggestion = None;
        self.state.unsure = 0;
        if self.state.phase == Phase::Waiting {
            self.enter(Phase::Bot, None);
        }
        let text = self.phrase("restarted", &[]);
        self.say(text);
    }

    /// A new message in a closed conversation begins again with the bot.
    pub(crate) fn reopen(&mut self) {
        if self.state.phase == Phase::Closed {
            self.enter(Phase::Bot, None);
            self.state.escalated.clear();
        }
    }

    pub(crate) fn enter(&mut self, phase: Phase, text: Option<String>) {
        if self.state.phase == phase {
            return;
        }
        self.state.phase = phase;
        self.state.unsure = 0;
        self.state.noted_while_waiting = false;
        self.state.offered.clear();
        if phase != Phase::Waiting {
            self.state.form = None;
        }
        self.actions.push(Action::Enter { phase, text });
    }

    pub(crate) fn remember_page(&mut self) {
        let page = self.context.page;
        if self.state.first_page.is_none() && *page != Page::default() {
            self.state.first_page = Some(page.clone());
        }
        self.remember_valuable_page();
    }

    // Speaking.

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

    pub(crate) fn phrase(&mut self, key: &str, values: &[(&str, &str)]) -> String {
        let texts = phrases::sentence(self.intents, key, tag(&self.state, self.context), &self.context.profile.locale);
        self.vary(&format!("say.{key}"), texts, values)
    }

    /// An intent's reply, empty where it has none.
    pub(crate) fn reply(&mut self, intent: &'a Intent) -> String {
        let pick = |wording: &'a crate::intent::Wording| (!wording.reply.is_empty()).then_some(&wording.reply);
        match intent.find(tag(&self.state, self.context), &self.context.profile.locale, pick) {
            Some(texts) => self.vary(&intent.name, texts, &[]),
            None => String::new(),
        }
    }

    /// Takes the variants in turn, so that none is said twice in a row; passes over those that need a value that is not known.
    fn vary(&mut self, key: &str, texts: &[crate::template::Template], values: &[(&str, &str)]) -> String {
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
        let at = (0..count)
            .map(|ahead| (first + ahead) % count)
            .find(|&at| texts[at].placeholders().all(|name| value(name).is_some()))
            .unwrap_or(first);
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
    fn spoken(&self, slot: Slot) -> Option<String> {
        let value = self.state.details.get(slot)?;
        Some(if slot == Slot::Date { self.reader().write_date(&value) } else { value })
    }

    // Reading.

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

    fn finish(mut self) -> Turn {
        self.weigh();
        self.actions.extend(self.escalations.into_iter().map(Action::Escalate));
        Turn { state: self.state, actions: self.actions, intent: self.answered, learnt: self.learnt }
    }
}

fn tag<'t>(state: &'t State, context: &Context<'t>) -> &'t str {
    match state.locale.as_deref() {
        Some(understood) if locale::language(understood) == locale::language(context.locale) => context.locale,
        Some(understood) => understood,
        None => context.locale,
    }
}

/// The option that a typed text stands for: its label, or its number.
fn chosen<'o>(offered: &'o [ChoiceOption], heard: &Heard) -> Option<&'o str> {
    let by_label = offered.iter().find(|option| phrases::fold_whole(&option.label) == heard.whole());
    let by_number = || {
        let number: usize = heard.whole().trim_end_matches(')').parse().ok()?;
        offered.get(number.checked_sub(1)?)
    };
    // "Did you mean ana@gmail.com?" and a single button are answered by yes and no as well.
    let by_yes_or_no = || match offered {
        [only] => Some(only).filter(|_| heard.is_yes()),
        [first, second] if first.value == EMAIL_SUGGESTED => {
            Some(first).filter(|_| heard.is_yes()).or(Some(second).filter(|_| heard.is_no()))
        }
        _ => None,
    };
    by_label.or_else(by_number).or_else(by_yes_or_no).map(|option| option.value.as_str())
}
