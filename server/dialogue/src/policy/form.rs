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
        self.opened = true;
    }

    /// What a form still has to ask for.
    fn missing(&self, form: &OpenForm) -> Vec<Slot> {
        if form.name == CONTACT && self.state.details.has_contact() {
            return Vec::new();
        }
        // Whoever can be reached is not asked for a second way, unless the form names both.
        let asks_for_both = CONTACT_SLOTS.iter().all(|slot| form.slots.contains(slot));
        let is_reached = self.state.details.has_contact() && !asks_for_both;
        let open = |slot: &&Slot| {
            let is_needless = slot.is_contact() && is_reached;
            !self.state.details.has(**slot) && !self.state.refused.contains(slot) && !is_needless
        };
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

    /// The open question once more, in words alone: the form that was shown with it still stands.
    pub(crate) fn ask_again(&mut self) {
        let Some(asked) = self.state.form.as_ref().map(|form| form.asked) else { return };
        let text = self.phrase(question(asked), &[]);
        self.say(text);
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
        let mut text = joined(before, self.phrase(key, &[]));
        let contacts = missing.iter().filter(|slot| slot.is_contact()).count();
        let is_required = |slot: Slot| slot.is_contact() && contacts == 1 && !self.state.details.has_contact();
        let fields: Vec<Field> = missing
            .iter()
            .map(|&slot| Field {
                name: slot.as_str().into(),
                kind: slot.kind().into(),
                label: self.fixed(label(slot)),
                required: is_required(slot),
            })
            .collect();
        if self.opened && name != CONTACT {
            // Whoever sees a form must not have to find out by themselves what else it asks.
            let others = |required: bool| {
                let labels = fields.iter().skip(1).filter(|field| field.required == required);
                labels.map(|field| field.label.as_str()).collect::<Vec<_>>().join(", ")
            };
            for (key, fields) in [("also_required", others(true)), ("also_optional", others(false))] {
                if !fields.is_empty() {
                    text = joined(text, self.phrase(key, &[("fields", &fields)]));
                }
            }
        }
        let consent = self.state.consent.is_none().then(|| self.fixed("consent"));
        self.state.consent_shown.clone_from(&consent);
        self.actions.push(Action::Ask { text, form: Form { name, fields, consent } });
    }

    fn finish_form(&mut self, before: String, form: &OpenForm) {
        let told = |slot: &Slot| slot.is_free() && self.state.details.has(*slot);
        if self.state.phase == Phase::Bot && form.slots.iter().any(told) {
            // Nobody but a person can do anything with a place or a size.
            self.passes_on = true;
            return self.say(before);
        }
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
        let form_is_contact = form.name == CONTACT;
        if form.name == CONTACT || heard.is_cancel() || refusals >= MAX_REFUSALS {
            self.state.refused.extend(self.missing(&form));
        } else {
            self.state.refused.insert(form.asked);
        }
        self.state.form = Some(OpenForm { refusals, ..form });
        let is_contact = form_is_contact && self.state.phase == Phase::Waiting && !self.state.details.has_contact();
        let text = self.phrase(if is_contact { "refused_contact" } else { "refused" }, &[]);
        self.proceed(text);
    }

    /// An answer of no use: said so once, and dropped the second time.
    pub(crate) fn miss(&mut self, form: OpenForm, problem: Misread) {
        let key = problem_key(form.asked, problem);
        self.miss_as(form, key);
    }

    /// The same, with the sentence that says what is wrong.
    pub(crate) fn miss_as(&mut self, form: OpenForm, key: &str) {
        let misses = form.misses + 1;
        let asked = form.asked;
        self.state.form = Some(OpenForm { misses, ..form });
        if misses >= MAX_MISSES {
            self.state.refused.insert(asked);
            let text = self.phrase("skipped", &[]);
            return self.proceed(text);
        }
        let text = self.phrase(key, &[]);
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
        Slot::Place => "ask_place",
        Slot::Item => "ask_item",
        Slot::Size => "ask_size",
        Slot::Quantity => "ask_quantity",
        Slot::Note => "ask_note",
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
        Slot::Place => "label_place",
        Slot::Item => "label_item",
        Slot::Size => "label_size",
        Slot::Quantity => "label_quantity",
        Slot::Note => "label_note",
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
        (Slot::Place | Slot::Item | Slot::Size | Slot::Quantity | Slot::Note, _) => "invalid_text",
    }
}
