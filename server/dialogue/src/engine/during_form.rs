//! A message while the bot waits for an answer.

use crate::entity::Misread;
use crate::policy::taking::Taking;
use crate::types::lead::Slot;
use crate::types::phase::Reason;
use crate::types::ranking::Ranking;
use crate::types::shown::HUMAN;
use crate::words::cues::Heard;

impl Taking<'_> {
    /// A message while the bot waits for an answer.
    pub(crate) fn take_during_form(&mut self, text: &str, heard: &Heard, ranking: &Ranking) {
        let Some(form) = self.state.form.clone() else { return };
        let understood = self.understood(ranking);
        let mut found = self.find(text, heard, &form.slots);
        let is_doubtful = self.doubts_date(&mut found);
        let (broken_email, past_date) = (found.broken_email, found.past_date);
        self.learn(found, heard);
        if heard.asks_for_human() && !understood.is_some_and(|intent| intent.is_reserved()) {
            return self.hand_over(Reason::Asked, self.intents.get(HUMAN));
        }
        let answered = self.state.details.has(form.asked);
        if self.learnt.is_empty() && (heard.declines() || heard.is_cancel()) {
            return self.refuse(form, heard);
        }
        match understood {
            // What asks back is a question of its own, whatever it tells besides.
            Some(intent) if heard.is_question() => return self.interrupt(intent),
            Some(intent) if self.learnt.is_empty() && !answered && is_sure(ranking, form.asked) => {
                return self.interrupt(intent);
            }
            // "ana@acme.example, and you do ship to Spain I hope" is more than an answer.
            Some(intent) if heard.is_long() && intent.name != form.name && is_sure(ranking, Slot::Name) => {
                return self.interrupt(intent);
            }
            _ => {}
        }
        if !self.learnt.is_empty() {
            // A correction, or an answer to something else, is said back; an answer speaks for itself.
            // So is a day, which is easily misread.
            let is_day = self.learnt.iter().any(|(slot, _)| *slot == Slot::Date);
            let is_said_back = !self.replaced.is_empty() || !answered || is_day;
            let before = if is_said_back { self.acknowledgement() } else { String::new() };
            return self.proceed(before);
        }
        let problem = if past_date {
            Some(Misread::Past)
        } else if is_doubtful {
            Some(Misread::Doubtful)
        } else if broken_email || heard.is_question() {
            Some(Misread::Invalid)
        } else {
            self.read_answer(form.asked, text, heard).err()
        };
        match (problem, understood) {
            (None, _) => self.proceed(String::new()),
            (Some(_), Some(intent)) if !broken_email && !past_date && !is_doubtful => self.interrupt(intent),
            (Some(problem), _) => self.miss(form, problem),
        }
    }
}

/// Whether a message is surely about something else than the answer that was asked for. What names a person or a company ranks by
/// chance, and has to rank halfway between the threshold and certainty.
fn is_sure(ranking: &Ranking, asked: Slot) -> bool {
    let best = ranking.candidates.first().map_or(0.0, |best| best.score);
    let margin = match asked {
        Slot::Name | Slot::Company => 0.5 * (1.0 - ranking.threshold).max(0.0),
        _ => 0.0,
    };
    best >= ranking.threshold + margin
}
