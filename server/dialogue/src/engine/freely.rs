//! A message with no question of ours open.

use crate::policy::decide::Decision;
use crate::policy::taking::Taking;
use crate::types::lead::Slot;
use crate::types::phase::Reason;
use crate::types::ranking::Ranking;
use crate::types::shown::HUMAN;
use crate::words::cues::Heard;

/// From so many words on that are no details, a message holds more than details.
const MORE_WORDS: usize = 2;

impl Taking<'_> {
    pub(crate) fn take_freely(&mut self, text: &str, heard: &Heard, ranking: &Ranking) {
        self.hear_language(heard, ranking);
        let decision = self.decide(heard, ranking);
        let wanted: &[Slot] = match &decision {
            Decision::Answer(intent) => &intent.ask,
            _ => &[],
        };
        let found = self.find(text, heard, wanted);
        self.learn(found, heard);
        if heard.asks_for_human() && !matches!(&decision, Decision::Answer(intent) if intent.is_reserved()) {
            self.tell_each(&decision);
            return self.hand_over(Reason::Asked, self.intents.get(HUMAN));
        }
        if !self.replaced.is_empty() && heard.is_correction() {
            return self.acknowledge();
        }
        if self.learnt.is_empty() && (heard.is_small() || heard.asks_who_is_there() || heard.asks_whether_received()) {
            if let Decision::AskWhich(intents) = &decision {
                return self.ask_which(intents);
            }
            if self.answer_small_talk(heard) {
                return;
            }
        }
        match decision {
            Decision::Answer(intent) => {
                self.is_wish = !self.learnt.is_empty() && self.words_beyond(heard) >= MORE_WORDS;
                self.answer(intent);
            }
            Decision::Each(questions) => self.answer_each(&questions),
            Decision::AskWhich(intents) => self.ask_which(&intents),
            Decision::Denied => {
                self.state.unsure = 0;
                let text = self.phrase("denied", &[]);
                self.say(text);
            }
            Decision::Unsure if !self.learnt.is_empty() => self.take_details(heard, ranking),
            Decision::Unsure => match self.follow_up(heard, ranking) {
                // "Tell us which item, and a person can say": told, a person gets it.
                Some(intent) if self.is_awaited && self.state.topic.as_ref() == Some(&intent.name) => {
                    self.hand_over(Reason::Inquiry, None);
                }
                None if self.is_awaited && !heard.is_insult() => self.hand_over(Reason::Inquiry, None),
                Some(intent) => {
                    self.is_wish = true;
                    self.answer(intent);
                }
                None if self.answer_small_talk(heard) => {}
                None => self.admit_unsure(ranking),
            },
        }
    }

    /// Details, and whatever stands beside them: "any news about the thing? I'm Ana" tells something and asks something, and the question
    /// must not be lost. Where it fits no intent, staff get it as soon as they can answer it.
    fn take_details(&mut self, heard: &Heard, ranking: &Ranking) {
        let has_more = self.words_beyond(heard) >= MORE_WORDS || heard.is_long_question();
        if !has_more {
            return self.acknowledge();
        }
        if !self.state.details.has_contact() {
            return self.admit_unsure(ranking);
        }
        let text = self.acknowledgement();
        self.say(text);
        self.hand_over(Reason::Inquiry, None);
    }
}
