//! Forms and their questions: one at a time in the chat, or all at once in the widget.

use std::collections::BTreeMap;

use crate::cues::Heard;
use crate::engine::Taking;
use crate::entity::{Found, Misread, Reader};
use crate::intent::Intent;
use crate::lead::{Consent, Details, Slot};
use crate::state::OpenForm;
use crate::turn::{Action, Field, Form, Phase, Ranking, Reason, Rejected};

/// Who would rather not say twice in a row does not want to be asked a third time.
const MAX_REFUSALS: u8 = 2;

/// The form that asks where to reach the visitor; either of its fields is enough.
pub const CONTACT: &str = "contact";
pub const CONTACT_SLOTS: [Slot; 2] = [Slot::Email, Slot::Phone];

/// After as many useless answers in a row the question is dropped.
const MAX_MISSES: u8 = 2;

impl<'a> Taking<'a> {
    /// Opens a form with what is still unknown; opens none where nothing is.
    pub(crate) fn open_form(&mut self, name: &str, slots: &[Slot]) {
        let form =
            OpenForm { name: name.to_owned(), slots: slots.to_vec(), asked: Slot::Email, misses: 0, refusals: 0 };
        self.state.form = self.missing(&form).first().map(|&asked| OpenForm { asked, ..form });
    }

    /// What a form still has to ask for.
    fn missing(&self, form: &OpenForm) -> Vec<Slot> {
        if form.name == CONTACT && self.state.details.has_contact() {
            return Vec::new();
        }
        let open = |slot: &&Slot| !self.state.details.has(**slot) && !self.state.refused.contains(slot);
        form.slots.iter().filter(open).copied().collect()
    }

    /// Goes on after what was said: first the slip in an address, then the open form's next question; `before` stands in front of either.
    pub(crate) fn proceed(&mut self, before: String) {
        if let Some(suggestion) = self.doubted.take() {
            return self.ask_about_slip(before, suggestion);
        }
        let Some(form) = self.state.form.take() else { return self.say(before) };
        let missing = self.missing(&form);
        match missing.first() {
            Some(&asked) => {
                let misses = if asked == form.asked { form.misses } else { 0 };
                let refusals = if self.learnt.is_empty() { form.refusals } else { 0 };
                self.state.form = Some(OpenForm { asked, misses, refusals, ..form });
                self.ask(before, &missing);
            }
            None => self.finish_form(before, &form),
        }
    }

    fn ask(&mut self, before: String, missing: &[Slot]) {
        let Some(form) = &self.state.form else { return };
        let (name, asked) = (form.name.clone(), form.asked);
        let key = match (name.as_str(), self.opening()) {
            (CONTACT, _) if self.state.refused.contains(&Slot::Email) || self.state.refused.contains(&Slot::Phone) => {
                question(asked)
            }
            (CONTACT, Some(_)) => "ask_contact_closed",
            (CONTACT, None) => "ask_contact",
            _ => question(asked),
        };
        let text = joined(before, self.phrase(key, &[]));
        let contacts = missing.iter().filter(|slot| slot.is_contact()).count();
        let fields = missing
            .iter()
            .map(|&slot| Field {
                name: slot.as_str().into(),
                kind: slot.kind().into(),
                label: self.fixed(label(slot)),
                required: slot.is_contact() && contacts == 1 && !self.state.details.has_contact(),
            })
            .collect();
        let consent = self.state.consent.is_none().then(|| self.fixed("consent"));
        self.state.consent_shown.clone_from(&consent);
        self.actions.push(Action::Ask { text, form: Form { name, fields, consent } });
    }

    fn finish_form(&mut self, before: String, form: &OpenForm) {
        let thanks = self.thanks(&form.slots);
        let text = joined(before, thanks);
        let choices = self.intents.get(&form.name).map(|intent| self.choices(intent)).unwrap_or_default();
        if choices.is_empty() || self.state.phase != Phase::Bot || text.is_empty() {
            self.say(text);
        } else {
            self.offer(text, choices);
        }
    }

    /// Thanks for what was told, with where the visitor will be written to; empty where nothing was.
    pub(crate) fn thanks(&mut self, slots: &[Slot]) -> String {
        let told = slots.iter().any(|slot| self.state.details.has(*slot));
        match (told, self.state.details.has_contact()) {
            (false, _) => String::new(),
            (true, true) => self.phrase("thanks", &[]),
            (true, false) => self.phrase("thanks_plain", &[]),
        }
    }

    /// A message while the bot waits for an answer.
    pub(crate) fn take_during_form(&mut self, text: &str, heard: &Heard, ranking: &Ranking) {
        let Some(form) = self.state.form.clone() else { return };
        let understood = self.understood(ranking);
        let found = self.find(text, heard, &form.slots);
        let (broken_email, past_date) = (found.broken_email, found.past_date);
        self.learn(found, heard);
        if heard.asks_for_human() && !understood.is_some_and(|intent| crate::handover::is_reserved(&intent.name)) {
            return self.hand_over(Reason::Asked, self.intents.get(crate::engine::HUMAN));
        }
        let answered = self.state.details.has(form.asked);
        if self.learnt.is_empty() && (heard.declines() || heard.is_cancel()) {
            return self.refuse(form, heard);
        }
        match understood {
            // What asks back is a question of its own, whatever it tells besides.
            Some(intent) if heard.is_question() => return self.interrupt(intent),
            Some(intent) if self.learnt.is_empty() && !answered && is_sure(ranking, form.asked) => {
                return self.interrupt(intent);
            }
            // "ana@acme.example, and you do ship to Spain I hope" is more than an answer.
            Some(intent) if heard.is_long() && intent.name != form.name && is_sure(ranking, Slot::Name) => {
                return self.interrupt(intent);
            }
            _ => {}
        }
        if !self.learnt.is_empty() {
            // A correction, or an answer to something else, is said back; an answer speaks for itself.
            // So is a day, which is easily misread.
            let is_day = self.learnt.iter().any(|(slot, _)| *slot == Slot::Date);
            let is_said_back = !self.replaced.is_empty() || !answered || is_day;
            let before = if is_said_back { self.acknowledgement() } else { String::new() };
            return self.proceed(before);
        }
        let problem = if past_date {
            Some(Misread::Past)
        } else if broken_email || heard.is_question() {
            Some(Misread::Invalid)
        } else {
            self.read_answer(form.asked, text, heard).err()
        };
        match (problem, understood) {
            (None, _) => self.proceed(String::new()),
            (Some(_), Some(intent)) if !broken_email && !past_date => self.interrupt(intent),
            (Some(problem), _) => self.miss(form, problem),
        }
    }

    /// A message after the hand-over: contact details are taken, all else is for staff.
    pub(crate) fn take_while_waiting(&mut self, text: &str, heard: &Heard) {
        let form = self.state.form.clone();
        let wanted: &[Slot] = form.as_ref().map_or(&[], |form| &form.slots);
        let found = self.find(text, heard, wanted);
        let broken_email = found.broken_email;
        let had_contact = self.state.details.has_contact();
        self.learn(found, heard);
        let Some(form) = form else {
            return match (self.learnt.is_empty(), self.state.details.has_contact() && !had_contact) {
                (true, _) if heard.asks_for_human() => self.hand_over(Reason::Asked, None),
                (true, _) if heard.is_yes() || heard.is_no() => {}
                (true, _) => self.note_while_waiting(),
                (false, true) if self.doubted.is_none() => {
                    let thanks = self.phrase("thanks", &[]);
                    self.say(thanks);
                }
                _ => self.acknowledge(),
            };
        };
        if self.learnt.is_empty() && (heard.declines() || heard.is_cancel()) {
            return self.refuse(form, heard);
        }
        if !self.learnt.is_empty() {
            let answered = self.state.details.has(form.asked) || self.state.details.has_contact();
            let before = if !self.replaced.is_empty() || !answered { self.acknowledgement() } else { String::new() };
            return self.proceed(before);
        }
        if broken_email {
            return self.miss(form, Misread::Invalid);
        }
        // Only a short text is an answer here; anything longer is part of what staff are to read.
        let is_short = text.split_whitespace().count() <= 4 && !heard.is_question();
        if is_short && !form.asked.is_contact() && self.read_answer(form.asked, text, heard).is_ok() {
            return self.proceed(String::new());
        }
        self.note_while_waiting();
    }

    fn read_answer(&mut self, asked: Slot, text: &str, heard: &Heard) -> Result<(), Misread> {
        let details = self.reader().read(asked, text)?;
        self.learn(Found { details, ..Found::default() }, heard);
        Ok(())
    }

    /// Answers a question that comes while a form is open, then asks again.
    pub(crate) fn interrupt(&mut self, intent: &'a Intent) {
        if intent.escalate || crate::handover::is_reserved(&intent.name) {
            return self.answer(intent);
        }
        self.count_intent(intent);
        let reply = self.reply(intent);
        self.say(reply);
        if let Some(form) = &mut self.state.form {
            let new: Vec<Slot> = intent.ask.iter().filter(|slot| !form.slots.contains(slot)).copied().collect();
            form.slots.extend(new);
        }
        self.proceed(String::new());
    }

    /// "I'd rather not": never asked again in this conversation. Twice in a row, or "stop asking", ends the whole form.
    fn refuse(&mut self, form: OpenForm, heard: &Heard) {
        let refusals = form.refusals + 1;
        if form.name == CONTACT || heard.is_cancel() || refusals >= MAX_REFUSALS {
            self.state.refused.extend(self.missing(&form));
        } else {
            self.state.refused.insert(form.asked);
        }
        self.state.form = Some(OpenForm { refusals, ..form });
        let text = self.phrase("refused", &[]);
        self.proceed(text);
    }

    fn miss(&mut self, form: OpenForm, problem: Misread) {
        let misses = form.misses + 1;
        let asked = form.asked;
        self.state.form = Some(OpenForm { misses, ..form });
        if misses >= MAX_MISSES {
            self.state.refused.insert(asked);
            let text = self.phrase("skipped", &[]);
            return self.proceed(text);
        }
        let text = self.phrase(problem_key(asked, problem), &[]);
        self.proceed(text);
    }

    /// The widget's form: all fields are valid, or none is taken.
    pub(crate) fn take_form(
        &mut self,
        name: &str,
        fields: &BTreeMap<String, String>,
        consent: bool,
    ) -> Result<(), Rejected> {
        let slots: Vec<Slot> = match (name, &self.state.form, self.intents.get(name)) {
            (CONTACT, ..) => CONTACT_SLOTS.to_vec(),
            (_, Some(form), _) if form.name == name => form.slots.clone(),
            (_, _, Some(intent)) if !intent.ask.is_empty() => intent.ask.clone(),
            _ => return Err(Rejected::UnknownForm(name.into())),
        };
        let given = |slot: Slot| fields.get(slot.as_str()).map(|text| text.trim()).filter(|text| !text.is_empty());
        let reader: Reader<'a> = self.reader();
        let mut faults = BTreeMap::new();
        let mut details = Details::default();
        // A contact form may carry a name and more besides; whatever has a slot is taken.
        for slot in Slot::ALL {
            let Some(text) = given(slot) else { continue };
            match reader.read_field(slot, text) {
                Ok(read) => details.merge(read),
                Err(problem) => {
                    faults.insert(slot.as_str().to_owned(), self.phrase(problem_key(slot, problem), &[]));
                }
            }
        }
        let contacts: Vec<Slot> = slots.iter().copied().filter(|slot| slot.is_contact()).collect();
        let has_contact = self.state.details.has_contact() || contacts.iter().any(|slot| given(*slot).is_some());
        if let Some(first) = contacts.first().filter(|_| !has_contact) {
            let key = if contacts.len() == 1 { "required" } else { "contact_required" };
            faults.insert(first.as_str().to_owned(), self.phrase(key, &[]));
        } else if let Some(first) = slots.first().filter(|_| Slot::ALL.into_iter().all(|slot| given(slot).is_none())) {
            faults.insert(first.as_str().to_owned(), self.phrase("required", &[]));
        }
        if !faults.is_empty() {
            return Err(Rejected::InvalidFields(faults));
        }

        self.reopen();
        self.remember_page();
        self.state.offered.clear();
        self.form_sent = true;
        if consent {
            // The very words that were shown, even if the language has changed since.
            let wording = self.state.consent_shown.take().unwrap_or_else(|| self.fixed("consent"));
            self.state.consent = Some(Consent { at_ms: self.context.now_ms, wording });
        }
        self.learn(Found { details, ..Found::default() }, &Heard::new(""));
        if self.state.phase == Phase::Staff {
            return Ok(());
        }
        // Who saw a field and left it empty has answered too.
        let left = slots.iter().filter(|slot| !self.state.details.has(**slot)).copied();
        self.state.refused.extend(left.collect::<Vec<_>>());
        self.state.form = Some(OpenForm { name: name.to_owned(), asked: slots[0], slots, misses: 0, refusals: 0 });
        self.replaced.clear();
        self.proceed(String::new());
        Ok(())
    }
}

/// Whether a message is surely about something else than the answer that was asked for. What names a person or a company ranks by
/// chance, and has to rank halfway between the threshold and certainty.
fn is_sure(ranking: &Ranking, asked: Slot) -> bool {
    let best = ranking.candidates.first().map_or(0.0, |best| best.score);
    let margin = match asked {
        Slot::Name | Slot::Company => 0.5 * (1.0 - ranking.threshold).max(0.0),
        _ => 0.0,
    };
    best >= ranking.threshold + margin
}

pub(crate) fn joined(before: String, text: String) -> String {
    match (before.is_empty(), text.is_empty()) {
        (true, _) => text,
        (_, true) => before,
        _ => format!("{before} {text}"),
    }
}

fn question(slot: Slot) -> &'static str {
    match slot {
        Slot::Email => "ask_email",
        Slot::Phone => "ask_phone",
        Slot::Name => "ask_name",
        Slot::Company => "ask_company",
        Slot::Budget => "ask_budget",
        Slot::Order => "ask_order",
        Slot::Date => "ask_date",
    }
}

fn label(slot: Slot) -> &'static str {
    match slot {
        Slot::Email => "label_email",
        Slot::Phone => "label_phone",
        Slot::Name => "label_name",
        Slot::Company => "label_company",
        Slot::Budget => "label_budget",
        Slot::Order => "label_order",
        Slot::Date => "label_date",
    }
}

fn problem_key(slot: Slot, problem: Misread) -> &'static str {
    match (slot, problem) {
        (_, Misread::Past) => "past_date",
        (Slot::Email, _) => "invalid_email",
        (Slot::Phone, _) => "invalid_phone",
        (Slot::Name, _) => "invalid_name",
        (Slot::Company, _) => "invalid_company",
        (Slot::Budget, _) => "invalid_budget",
        (Slot::Order, _) => "invalid_order",
        (Slot::Date, _) => "invalid_date",
    }
}
