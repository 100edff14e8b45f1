//! A message with no question of ours open.

use crate::policy::answer::Decision;
use crate::policy::taking::Taking;
use crate::types::lead::Slot;
use crate::types::phase::Reason;
use crate::types::ranking::Ranking;
use crate::types::shown::HUMAN;
use crate::words::cues::Heard;

impl Taking<'_> {
    /// A message with no question of ours open.
    pub(crate) fn take_freely(&mut self, text: &str, heard: &Heard, ranking: &Ranking) {
        let decision = self.decide(ranking);
        let wanted: &[Slot] = match &decision {
            Decision::Answer(intent) => &intent.ask,
            _ => &[],
        };
        let found = self.find(text, heard, wanted);
        self.learn(found, heard);
        if heard.asks_for_human() && !matches!(&decision, Decision::Answer(intent) if intent.is_reserved()) {
            return self.hand_over(Reason::Asked, self.intents.get(HUMAN));
        }
        if !self.replaced.is_empty() && heard.is_correction() {
            return self.acknowledge();
        }
        match decision {
            Decision::Answer(intent) => self.answer(intent),
            Decision::AskWhich(intents) => self.ask_which(&intents),
            // "Any news about the thing? I'm Ana" tells something and asks something: the question must not be lost.
            Decision::Unsure if !self.learnt.is_empty() && !heard.is_long_question() => self.acknowledge(),
            Decision::Unsure if heard.is_no() || heard.is_yes() || heard.is_refusal() => {
                self.state.unsure = 0;
                let text = self.phrase("ok", &[]);
                self.say(text);
            }
            Decision::Unsure => self.admit_unsure(ranking),
        }
    }
}
