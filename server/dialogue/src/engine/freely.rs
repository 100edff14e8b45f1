//! A message with no question of ours open.

use crate::policy::decide::Decision;
use crate::policy::speech::joined;
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
        if self.answers_of_item(&decision) {
            return;
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

    /// Answers what is asked of an item where no intent is sure of it; `false` where nothing is known.
    fn answers_of_item(&mut self, decision: &Decision<'_>) -> bool {
        let is_open = match decision {
            Decision::Unsure => true,
            Decision::AskWhich(intents) => intents.iter().any(|intent| intent.tells_items()),
            _ => false,
        };
        if !is_open || self.focus.is_empty() {
            return false;
        }
        let told = self.facts_asked();
        if !told.is_empty() {
            let before = self.acknowledgement();
            self.say(joined(before, told));
            return true;
        }
        if self.tell_of_named() {
            return true;
        }
        // A fact that nobody has entered is asked of an item by name: other words would not help.
        let is_asked = self.names_item && !self.asked.is_empty() && !self.says_more;
        if is_asked {
            self.admit_unknown(None);
        }
        is_asked
    }

    /// An item that is named and nothing else: what was asked of the last one, else what there is to know.
    fn tell_of_named(&mut self) -> bool {
        if !self.names_item || self.says_more || !self.asked.is_empty() {
            return false;
        }
        self.asked.clone_from(&self.state.facts);
        if let Some(topic) =
            self.state.topic.as_deref().and_then(|name| self.intents.get(name)).filter(|it| it.tells_items())
        {
            self.answer(topic);
            return true;
        }
        let mut told = self.facts_asked();
        if told.is_empty() {
            told = self.about_items();
        }
        self.state.unsure = 0;
        let is_told = !told.is_empty();
        self.say(told);
        is_told
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
