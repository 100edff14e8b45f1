//! Whether a message is understood, and what is answered then.

use crate::engine::{HUMAN, SOMETHING_ELSE, Taking};
use crate::form;
use crate::handover;
use crate::intent::{Intent, Wording};
use crate::turn::{ChoiceOption, Ranking, Reason};

/// An intent this near to the best one, as a share of its score, might as well be what was meant.
const CLOSE: f32 = 0.9;

/// A topic is worth offering from this share of the threshold on.
const LIKELY: f32 = 0.4;

/// More buttons are a menu to study.
const MAX_TOPICS: usize = 3;

/// Intents remembered per conversation; more only come from somebody trying them out.
const MAX_INTENTS: usize = 50;

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
        if handover::is_reserved(&best.name) {
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
            form::joined(reply, self.thanks(&intent.ask))
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
        let pick = |wording: &'_ Wording| (!wording.choices.is_empty()).then(|| wording.choices.clone());
        let choices = intent.find(self.tag(), &self.context.profile.locale, pick).unwrap_or_default();
        choices.into_iter().map(|choice| ChoiceOption { label: choice.label, value: choice.intent }).collect()
    }

    pub(crate) fn ask_which(&mut self, intents: &[&Intent]) {
        let text = form::joined(self.acknowledgement(), self.phrase("did_you_mean", &[]));
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
            .filter(|intent| !handover::is_reserved(&intent.name))
            .take(MAX_TOPICS);
        let mut options: Vec<ChoiceOption> = likely.map(|intent| self.option(intent)).collect();
        let key = if options.is_empty() { "unsure_plain" } else { "unsure" };
        options.push(ChoiceOption { label: self.fixed("talk_to_person"), value: HUMAN.into() });
        let text = form::joined(self.acknowledgement(), self.phrase(key, &[]));
        self.offer(text, options);
    }

    fn option(&self, intent: &Intent) -> ChoiceOption {
        ChoiceOption { label: intent.label(self.tag(), &self.context.profile.locale), value: intent.name.clone() }
    }
}
