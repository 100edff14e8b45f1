//! What is answered: an intent, several in a row, or that it is not sure.

use super::decide::{Decision, MAX_TOPICS, Question};
use super::speech::joined;
use super::taking::Taking;
use crate::types::intent::Intent;
use crate::types::locale;
use crate::types::phase::Reason;
use crate::types::ranking::Ranking;
use crate::types::shown::{ChoiceOption, HUMAN, SOMETHING_ELSE};

impl<'a> Taking<'a> {
    /// Answers an intent: its reply, then its form or its buttons, never both.
    pub(crate) fn answer(&mut self, intent: &'a Intent) {
        if self.lacks_fact(intent) {
            return self.admit_unknown(Some(intent));
        }
        let is_greeted = intent.is_greeting() && (self.context.profile.greeting.is_some() || self.was_said(intent));
        self.count_intent(intent);
        self.is_wish |= intent.value > 0 || !intent.ask.is_empty() || intent.hands_over();
        if let Some(reason) = reason(intent) {
            return self.hand_over(reason, Some(intent));
        }
        // The widget has greeted already, or the bot has.
        let reply = if is_greeted { self.phrase("greeted", &[]) } else { self.reply(intent) };
        self.is_wish |= self.state.awaits_answer;
        // What is known need not be asked for.
        if !self.told_fact {
            self.open_form(&intent.name, &intent.ask);
        }
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

    /// Answers several questions, in order; whatever passes the conversation on comes last, since it says what happens next.
    pub(crate) fn answer_each(&mut self, questions: &[Question<'a>]) {
        let before = self.acknowledgement();
        self.say(before);
        let understood: Vec<&'a Intent> = questions.iter().filter_map(|question| question.intent).collect();
        let (passed_on, answered): (Vec<&Intent>, Vec<&Intent>) = understood.iter().partition(|it| it.hands_over());
        answered.iter().for_each(|intent| self.tell(intent));
        let unsure: Vec<&str> = questions
            .iter()
            .filter(|question| question.intent.is_none())
            .map(|question| question.text.as_str())
            .collect();
        self.is_wish |= !unsure.is_empty();
        let doubt = unsure.first().map(|part| self.phrase("unsure_part", &[("part", part)])).unwrap_or_default();
        let asking = answered.iter().find(|intent| !intent.ask.is_empty());
        if let Some(&intent) = passed_on.first() {
            self.say(doubt);
            self.is_wish = true;
            self.hand_over(reason(intent).unwrap_or(Reason::Intent), Some(intent));
        } else if let Some(intent) = asking {
            self.open_form(&intent.name, &intent.ask);
            self.proceed(doubt);
        } else if !doubt.is_empty() {
            let person = ChoiceOption { label: self.fixed("talk_to_person"), value: HUMAN.into() };
            self.offer(doubt, vec![person]);
        }
        self.answered = understood.first().map(|intent| intent.name.clone());
    }

    /// The replies to those of several questions that the bot can answer itself, before a person takes over.
    pub(crate) fn tell_each(&mut self, decision: &Decision<'a>) {
        let Decision::Each(questions) = decision else { return };
        let answered = questions.iter().filter_map(|question| question.intent).filter(|intent| !intent.hands_over());
        answered.for_each(|intent| self.tell(intent));
    }

    /// An intent's reply alone.
    pub(crate) fn tell(&mut self, intent: &'a Intent) {
        if self.lacks_fact(intent) {
            return self.admit_unknown(Some(intent));
        }
        self.count_intent(intent);
        self.is_wish |= intent.value > 0 || !intent.ask.is_empty();
        let reply = self.reply(intent);
        self.say(reply);
    }

    /// Says that a person will tell, and has one told.
    pub(crate) fn admit_unknown(&mut self, intent: Option<&'a Intent>) {
        if let Some(intent) = intent {
            self.count_intent(intent);
        }
        self.state.unsure = 0;
        self.spoken_of = self.focus.last().copied();
        let text = self.phrase("item_unknown", &[]);
        self.say(text);
        self.is_wish = true;
        self.passes_on = true;
    }

    pub(crate) fn ask_which(&mut self, intents: &[&Intent]) {
        self.is_wish = true;
        let text = joined(self.acknowledgement(), self.phrase("did_you_mean", &[]));
        let mut options: Vec<ChoiceOption> = intents.iter().map(|intent| self.option(intent)).collect();
        options.push(ChoiceOption { label: self.fixed("something_else"), value: SOMETHING_ELSE.into() });
        self.offer(text, options);
    }

    /// Once: asks again and offers what it may have been. Twice: a person takes over.
    pub(crate) fn admit_unsure(&mut self, ranking: &Ranking) {
        self.is_wish = true;
        self.state.topic = None;
        self.state.unsure = self.state.unsure.saturating_add(1);
        if self.state.unsure >= 2 || self.is_beyond_words() {
            return self.hand_over(Reason::Unsure, None);
        }
        let mut options = self.topics(ranking);
        let key = if options.is_empty() { "unsure_plain" } else { "unsure" };
        options.push(ChoiceOption { label: self.fixed("talk_to_person"), value: HUMAN.into() });
        let text = joined(self.acknowledgement(), self.phrase(key, &[]));
        self.offer(text, options);
    }

    /// Whether the visitor surely writes in a language that no intent has examples in: other words of it would not help.
    fn is_beyond_words(&self) -> bool {
        let Some(understood) = self.state.locale.as_deref() else { return false };
        let is_known = |tag: &&str| locale::language(tag) == locale::language(understood);
        let locales = self.intents.locales();
        !locales.is_empty() && !locales.iter().any(is_known)
    }

    /// What a message may have meant, as buttons.
    pub(crate) fn topics(&self, ranking: &Ranking) -> Vec<ChoiceOption> {
        self.likely(ranking).take(MAX_TOPICS).map(|intent| self.option(intent)).collect()
    }

    fn option(&self, intent: &Intent) -> ChoiceOption {
        ChoiceOption { label: intent.label(self.tag(), &self.context.profile.locale), value: intent.name.clone() }
    }

    /// Answers a question that comes while a form is open, then asks again. What asks for details of its own closes the earlier form.
    pub(crate) fn interrupt(&mut self, intent: &'a Intent) {
        if intent.hands_over() {
            return self.answer(intent);
        }
        self.tell(intent);
        let is_same = self.state.form.as_ref().is_some_and(|form| form.name == intent.name);
        if !intent.ask.is_empty() && !is_same {
            self.open_form(&intent.name, &intent.ask);
            return self.proceed(String::new());
        }
        if self.learnt.is_empty() { self.ask_again() } else { self.proceed(String::new()) }
    }
}

/// Why an intent is passed on, if it is.
fn reason(intent: &Intent) -> Option<Reason> {
    if intent.is_complaint() {
        Some(Reason::Complaint)
    } else if intent.is_human() {
        Some(Reason::Asked)
    } else {
        intent.escalate.then_some(Reason::Intent)
    }
}
