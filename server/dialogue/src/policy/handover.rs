//! When a person has to take over, and what is promised then.

use super::form::{CONTACT, CONTACT_SLOTS};
use super::taking::Taking;
use crate::types::intent::Intent;
use crate::types::lead::Slot;
use crate::types::phase::{Escalation, Phase, Reason};
use crate::types::shown::{BACK_TO_BOT, ChoiceOption};

/// Intents remembered per conversation; more only come from somebody trying them out.
const MAX_INTENTS: usize = 50;

impl<'a> Taking<'a> {
    /// Passes the conversation on to staff; asks where the visitor can be reached unless that is known or was refused.
    pub(crate) fn hand_over(&mut self, reason: Reason, intent: Option<&'a Intent>) {
        if let Some(intent) = intent {
            self.count_intent(intent);
        }
        self.is_wish = true;
        self.escalate(reason, intent.map(|intent| intent.name.clone()));
        if self.state.phase == Phase::Waiting {
            let text = self.phrase("already_waiting", &[]);
            return self.say(text);
        }
        if let Some(intent) = intent {
            let reply = self.reply(intent);
            self.say(reply);
        }
        let key = if self.opening().is_some() { "handover_closed" } else { "handover" };
        let text = self.phrase(key, &[]);
        self.enter(Phase::Waiting, Some(text));
        self.open_contact_form(intent);
        if self.state.form.is_some() || self.doubted.is_some() {
            self.proceed(String::new());
        } else if self.state.details.has_contact() {
            let text = self.phrase("reach_at", &[]);
            self.say(text);
        }
    }

    /// The intent's own form where it asks for a contact, else the plain one. A question that was open before gives way.
    fn open_contact_form(&mut self, intent: Option<&'a Intent>) {
        let own = intent.filter(|intent| !intent.ask.is_empty());
        let reaches = |slots: &[Slot]| slots.iter().any(|slot| slot.is_contact());
        match own {
            Some(intent) if reaches(&intent.ask) || self.state.details.has_contact() => {
                self.open_form(&intent.name, &intent.ask);
            }
            // What the intent asks for comes first: an order's number helps whoever takes over.
            Some(intent) => self.open_form(&intent.name, &[intent.ask.as_slice(), &[Slot::Email]].concat()),
            None => self.open_form(CONTACT, &CONTACT_SLOTS),
        }
    }

    /// What the bot cannot answer is added to what staff read; the sentence that says so is never repeated. A way back to the bot is offered.
    pub(crate) fn note_while_waiting(&mut self, topics: Vec<ChoiceOption>) {
        self.is_wish = true;
        let key = if self.state.noted_while_waiting { "waiting_more" } else { "waiting_noted" };
        self.state.noted_while_waiting = true;
        let text = self.phrase(key, &[]);
        let back = ChoiceOption { label: self.fixed("back_to_bot"), value: BACK_TO_BOT.into() };
        self.offer(text, topics.into_iter().chain([back]).collect());
    }

    /// Gives the conversation back to the bot at the visitor's wish; staff keep what they were told.
    pub(crate) fn go_back_to_bot(&mut self) {
        self.enter(Phase::Bot, None);
        let text = self.phrase("back", &[]);
        self.say(text);
    }

    /// Whether an intent was answered in this conversation.
    pub(crate) fn was_said(&self, intent: &Intent) -> bool {
        self.state.intents.contains(&intent.name)
    }

    /// Tells staff, once per reason.
    pub(crate) fn escalate(&mut self, reason: Reason, intent: Option<String>) {
        if self.state.escalated.insert(reason) {
            let open = self.context.profile.hours.as_ref().map(|hours| hours.is_open(self.context.now_ms));
            self.escalations.push(Escalation { reason, intent, open });
        }
    }

    pub(crate) fn count_intent(&mut self, intent: &Intent) {
        self.state.unsure = 0;
        if !intent.is_small_talk() {
            self.state.topic = Some(intent.name.clone());
        }
        self.answered = Some(intent.name.clone());
        if !self.state.intents.contains(&intent.name) && self.state.intents.len() < MAX_INTENTS {
            self.state.intents.push(intent.name.clone());
        }
    }
}
