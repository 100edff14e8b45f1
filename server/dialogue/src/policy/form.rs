//! Forms and their questions: one at a time in the chat, or all at once in the widget.

use super::speech::joined;
use super::taking::Taking;
use crate::entity::Misread;
use crate::types::intent::Intent;
use crate::types::lead::Slot;
use crate::types::phase::Phase;
use crate::types::shown::{ChoiceOption, Field, Form};
use crate::types::state::OpenForm;
use crate::types::turn::Action;
use crate::words::cues::Heard;

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

    /// "I'd rather not": never asked again in this conversation. Twice in a row, or "stop asking", ends the whole form.
    pub(crate) fn refuse(&mut self, form: OpenForm, heard: &Heard) {
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

    pub(crate) fn miss(&mut self, form: OpenForm, problem: Misread) {
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

    /// What was told, said back, so that a misreading is seen at once; then the slip in the address, or the open form's next question.
    pub(crate) fn acknowledge(&mut self) {
        self.state.unsure = 0;
        let text = self.acknowledgement();
        self.proceed(text);
    }

    pub(crate) fn choices(&self, intent: &Intent) -> Vec<ChoiceOption> {
        let choices = intent.choices_in(self.tag(), &self.context.profile.locale);
        choices.into_iter().map(|choice| ChoiceOption { label: choice.label, value: choice.intent }).collect()
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

pub fn problem_key(slot: Slot, problem: Misread) -> &'static str {
    match (slot, problem) {
        (_, Misread::Past) => "past_date",
        (_, Misread::Doubtful) => "doubtful_date",
        (Slot::Email, _) => "invalid_email",
        (Slot::Phone, _) => "invalid_phone",
        (Slot::Name, _) => "invalid_name",
        (Slot::Company, _) => "invalid_company",
        (Slot::Budget, _) => "invalid_budget",
        (Slot::Order, _) => "invalid_order",
        (Slot::Date, _) => "invalid_date",
    }
}
