//! What needs no intent: a yes, a smile, "u there?", anger. None of it counts as not understood.

use super::taking::Taking;
use crate::types::phase::Phase;
use crate::types::shown::{ChoiceOption, HUMAN};
use crate::words::cues::Heard;

impl Taking<'_> {
    /// Answers small talk; `false` where it is none. What is asked about us is answered with the truth of where the message is.
    pub(crate) fn answer_small_talk(&mut self, heard: &Heard) -> bool {
        let waits = self.state.phase == Phase::Waiting;
        if heard.asks_whether_received() && (waits || !self.state.wishes.is_empty()) {
            if waits || !self.state.escalated.is_empty() {
                self.speak("received");
            } else {
                self.offer_person("received_here");
            }
        } else if heard.asks_who_is_there() || heard.is_question_mark() {
            self.speak(if waits { "here_waiting" } else { "here" });
        } else if heard.is_insult() && (heard.is_mark() || heard.is_short()) {
            if waits { self.speak("upset_waiting") } else { self.offer_person("upset") }
        } else if heard.is_mark() || heard.is_plain_answer() {
            self.speak("ok");
        } else if heard.is_small() {
            self.speak("rephrase");
        } else {
            return false;
        }
        self.state.unsure = 0;
        true
    }

    fn speak(&mut self, key: &str) {
        let text = self.phrase(key, &[]);
        self.say(text);
    }

    fn offer_person(&mut self, key: &str) {
        let text = self.phrase(key, &[]);
        let person = ChoiceOption { label: self.fixed("talk_to_person"), value: HUMAN.into() };
        self.offer(text, vec![person]);
    }
}
