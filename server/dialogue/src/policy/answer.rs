//! Whether a message is understood, and what is answered then.

use super::speech::joined;
use super::taking::Taking;
use crate::types::intent::Intent;
use crate::types::lead::Slot;
use crate::types::phase::Reason;
use crate::types::ranking::Ranking;
use crate::types::shown::{ChoiceOption, HUMAN, SOMETHING_ELSE};

/// An intent this near to the best one, as a share of its score, might as well be what was meant.
const CLOSE: f32 = 0.9;

/// A topic is worth offering from this share of the threshold on.
const LIKELY: f32 = 0.4;

/// More buttons are a menu to study.
const MAX_TOPICS: usize = 3;

/// How a message is taken.
pub(crate) enum Decision<'a> {
    Answer(&'a Intent),
    AskWhich(Vec<&'a Intent>),
    Unsure,
}

impl<'a> Taking<'a> {
    pub(crate) fn decide(&self, ranking: &Ranking) -> Decision<'a> {
        let known = |name: &str| self.intents.get(name);
        let ranked: Vec<(&Intent, f32)> = ranking
            .candidates
            .iter()
            .filter_map(|candidate| Some((known(&candidate.intent)?, candidate.score)))
            .collect();
        let Some(&(best, score)) = ranked.first().filter(|_| ranking.in_scope) else { return Decision::Unsure };
        if score < ranking.threshold || score.is_nan() {
            return Decision::Unsure;
        }
        // Who wants a person, or complains, is not to be asked whether they mean it.
        if best.is_reserved() {
            return Decision::Answer(best);
        }
        let close: Vec<&Intent> = ranked
            .iter()
            .filter(|(_, other)| *other >= ranking.threshold && *other >= score * CLOSE)
            .take(MAX_TOPICS)
            .map(|(intent, _)| *intent)
            .collect();
        if close.len() > 1 { Decision::AskWhich(close) } else { Decision::Answer(best) }
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
        if intent.is_complaint() {
            return self.hand_over(Reason::Complaint, Some(intent));
        }
        if intent.is_human() {
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
            joined(reply, self.thanks(&intent.ask))
        };
        if options.is_empty() { self.say(reply) } else { self.offer(reply, options) }
    }

    pub(crate) fn ask_which(&mut self, intents: &[&Intent]) {
        let text = joined(self.acknowledgement(), self.phrase("did_you_mean", &[]));
        let mut options: Vec<ChoiceOption> = intents.iter().map(|intent| self.option(intent)).collect();
        options.push(ChoiceOption { label: self.fixed("something_else"), value: SOMETHING_ELSE.into() });
        self.offer(text, options);
    }

    /// Once: asks again and offers what it may have been. Twice: a person takes over.
    pub(crate) fn admit_unsure(&mut self, ranking: &Ranking) {
        self.state.unsure = self.state.unsure.saturating_add(1);
        if self.state.unsure >= 2 {
            return self.hand_over(Reason::Unsure, None);
        }
        let likely = ranking
            .candidates
            .iter()
            .filter(|candidate| candidate.score >= ranking.threshold * LIKELY && candidate.score > 0.0)
            .filter_map(|candidate| self.intents.get(&candidate.intent))
            .filter(|intent| !intent.is_reserved())
            .take(MAX_TOPICS);
        let mut options: Vec<ChoiceOption> = likely.map(|intent| self.option(intent)).collect();
        let key = if options.is_empty() { "unsure_plain" } else { "unsure" };
        options.push(ChoiceOption { label: self.fixed("talk_to_person"), value: HUMAN.into() });
        let text = joined(self.acknowledgement(), self.phrase(key, &[]));
        self.offer(text, options);
    }

    fn option(&self, intent: &Intent) -> ChoiceOption {
        ChoiceOption { label: intent.label(self.tag(), &self.context.profile.locale), value: intent.name.clone() }
    }

    /// Answers a question that comes while a form is open, then asks again.
    pub(crate) fn interrupt(&mut self, intent: &'a Intent) {
        if intent.escalate || intent.is_reserved() {
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
}
