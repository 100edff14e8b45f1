//! A message after the hand-over: details are taken, what is surely known is answered, all else is for staff.

use crate::entity::Misread;
use crate::policy::decide::Decision;
use crate::policy::taking::Taking;
use crate::types::intent::Intent;
use crate::types::lead::Slot;
use crate::types::phase::Reason;
use crate::types::ranking::Ranking;
use crate::words::cues::Heard;

/// Longer texts are part of what staff are to read, not answers to the bot.
const ANSWER_WORDS: usize = 4;

/// From so many words on that are no details, a message holds more than details.
const MORE_WORDS: usize = 2;

impl<'a> Taking<'a> {
    pub(crate) fn take_while_waiting(&mut self, text: &str, heard: &Heard, ranking: &Ranking) {
        let form = self.state.form.clone();
        let wanted: &[Slot] = form.as_ref().map_or(&[], |form| &form.slots);
        let found = self.find(text, heard, wanted);
        let broken_email = found.broken_email;
        let had_contact = self.state.details.has_contact();
        self.learn(found, heard);
        let has_more = self.words_beyond(heard) >= MORE_WORDS;
        self.is_wish = has_more || (self.learnt.is_empty() && (broken_email || heard.is_number()));
        if !self.learnt.is_empty() {
            if let Some(intent) = self.understood(heard, ranking).filter(|it| has_more && !it.hands_over()) {
                let text = self.acknowledgement();
                self.say(text);
                return self.help_while_waiting(intent);
            }
            return match &form {
                Some(form) => {
                    let answered = self.state.details.has(form.asked) || self.state.details.has_contact();
                    let is_said_back = !self.replaced.is_empty() || !answered;
                    let before = if is_said_back { self.acknowledgement() } else { String::new() };
                    self.proceed(before);
                }
                None if self.state.details.has_contact() && !had_contact && self.doubted.is_none() => {
                    let thanks = self.phrase("thanks", &[]);
                    self.say(thanks);
                }
                None => self.acknowledge(),
            };
        }
        if let Some(form) = form {
            let asks_else = self.denial.is_some() && self.understood(heard, ranking).is_some();
            if !asks_else && (heard.declines() || heard.is_cancel()) {
                return self.refuse(form, heard);
            }
            if broken_email {
                return self.miss(form, Misread::Invalid);
            }
            if form.asked.is_contact() && heard.is_number() {
                return self.miss_as(form, "invalid_phone");
            }
            self.is_wish = false;
            let is_short = text.split_whitespace().count() <= ANSWER_WORDS && !heard.is_question();
            if is_short && !form.asked.is_contact() && self.read_answer(form.asked, text, heard).is_ok() {
                return self.proceed(String::new());
            }
        }
        self.hear_language(heard, ranking);
        self.talk_while_waiting(heard, ranking);
    }

    fn talk_while_waiting(&mut self, heard: &Heard, ranking: &Ranking) {
        if heard.asks_for_human() {
            return self.hand_over(Reason::Asked, None);
        }
        if self.answer_small_talk(heard) {
            return;
        }
        match self.decide(heard, ranking) {
            Decision::Answer(intent) if !intent.hands_over() => self.help_while_waiting(intent),
            Decision::Answer(intent) if intent.is_human() => self.hand_over(Reason::Asked, Some(intent)),
            // Staff have the conversation already; what they are to act on now is said once all the same.
            Decision::Answer(intent) if !self.was_said(intent) => {
                self.help_while_waiting(intent);
                self.is_wish = true;
            }
            Decision::Each(questions) if questions.iter().any(|it| it.intent.is_some_and(|it| !it.hands_over())) => {
                for intent in questions.iter().filter_map(|question| question.intent).filter(|it| !it.hands_over()) {
                    self.help_while_waiting(intent);
                }
            }
            Decision::Denied => {
                let text = self.phrase("ok", &[]);
                self.say(text);
            }
            Decision::Unsure if self.tells_facts_asked() => {}
            _ => match self.follow_up(heard, ranking) {
                Some(intent) => self.help_while_waiting(intent),
                None => {
                    let topics = self.topics(ranking).into_iter().filter(|it| !self.hands_over(&it.value)).collect();
                    self.note_while_waiting(topics);
                }
            },
        }
    }

    /// Answers what it surely knows, and says once that the rest is not forgotten.
    pub(crate) fn help_while_waiting(&mut self, intent: &'a Intent) {
        self.is_wish = false;
        if self.lacks_fact(intent) {
            return self.note_while_waiting(Vec::new());
        }
        self.count_intent(intent);
        let reply = self.reply(intent);
        if reply.is_empty() {
            return self.note_while_waiting(Vec::new());
        }
        self.say(reply);
        if !self.state.noted_while_waiting && !intent.is_small_talk() {
            self.state.noted_while_waiting = true;
            let text = self.phrase("team_has_rest", &[]);
            self.say(text);
        }
    }

    /// Tells what is asked of an item, while the team has the rest.
    fn tells_facts_asked(&mut self) -> bool {
        let told = self.facts_asked();
        let is_told = !told.is_empty();
        self.is_wish &= !is_told;
        self.say(told);
        is_told
    }

    fn hands_over(&self, name: &str) -> bool {
        self.intents.get(name).is_some_and(Intent::hands_over)
    }
}
