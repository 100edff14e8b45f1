//! A message after the hand-over.

use crate::entity::Misread;
use crate::policy::taking::Taking;
use crate::types::lead::Slot;
use crate::types::phase::Reason;
use crate::words::cues::Heard;

impl Taking<'_> {
    /// A message after the hand-over: contact details are taken, all else is for staff.
    pub(crate) fn take_while_waiting(&mut self, text: &str, heard: &Heard) {
        let form = self.state.form.clone();
        let wanted: &[Slot] = form.as_ref().map_or(&[], |form| &form.slots);
        let found = self.find(text, heard, wanted);
        let broken_email = found.broken_email;
        let had_contact = self.state.details.has_contact();
        self.learn(found, heard);
        let Some(form) = form else {
            return match (self.learnt.is_empty(), self.state.details.has_contact() && !had_contact) {
                (true, _) if heard.asks_for_human() => self.hand_over(Reason::Asked, None),
                (true, _) if heard.is_yes() || heard.is_no() => {}
                (true, _) => self.note_while_waiting(),
                (false, true) if self.doubted.is_none() => {
                    let thanks = self.phrase("thanks", &[]);
                    self.say(thanks);
                }
                _ => self.acknowledge(),
            };
        };
        if self.learnt.is_empty() && (heard.declines() || heard.is_cancel()) {
            return self.refuse(form, heard);
        }
        if !self.learnt.is_empty() {
            let answered = self.state.details.has(form.asked) || self.state.details.has_contact();
            let before = if !self.replaced.is_empty() || !answered { self.acknowledgement() } else { String::new() };
            return self.proceed(before);
        }
        if broken_email {
            return self.miss(form, Misread::Invalid);
        }
        // Only a short text is an answer here; anything longer is part of what staff are to read.
        let is_short = text.split_whitespace().count() <= 4 && !heard.is_question();
        if is_short && !form.asked.is_contact() && self.read_answer(form.asked, text, heard).is_ok() {
            return self.proceed(String::new());
        }
        self.note_while_waiting();
    }
}
