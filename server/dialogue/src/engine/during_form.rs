//! A message while the bot waits for an answer: it is an answer first, then whatever else it may be.

use crate::entity::Misread;
use crate::policy::decide::Decision;
use crate::policy::form::problem_key;
use crate::policy::speech::joined;
use crate::policy::taking::Taking;
use crate::types::intent::Intent;
use crate::types::lead::Slot;
use crate::types::phase::Reason;
use crate::types::ranking::Ranking;
use crate::types::shown::HUMAN;
use crate::types::state::OpenForm;
use crate::words::cues::Heard;

/// From so many words on that are no details, an answer holds an inquiry of its own.
const MORE_WORDS: usize = 4;

impl<'a> Taking<'a> {
    pub(crate) fn take_during_form(&mut self, text: &str, heard: &Heard, ranking: &Ranking) {
        let Some(form) = self.state.form.clone() else { return };
        let decision = self.decide(heard, ranking);
        let understood = self.understood(heard, ranking);
        if self.names_item && !self.says_more && self.answers_with_item(&form) {
            return;
        }
        if self.takes_whole_answer(&form, text, heard, ranking, understood) {
            return self.proceed(String::new());
        }
        let mut found = self.find(text, heard, &form.slots);
        let is_doubtful = self.doubts_date(&mut found);
        let (broken_email, past_date) = (found.broken_email, found.past_date);
        self.learn(found, heard);
        self.settle_contact(&form);
        if heard.asks_for_human() && !understood.is_some_and(Intent::is_reserved) {
            self.tell_each(&decision);
            return self.hand_over(Reason::Asked, self.intents.get(HUMAN));
        }
        let answered = self.state.details.has(form.asked);
        // "I don't want to return it, how long does shipping take" declines something else.
        let asks_else = self.denial.is_some() && understood.is_some();
        if self.learnt.is_empty() && !asks_else && (heard.declines() || heard.is_cancel()) {
            return self.refuse(form, heard);
        }
        if let (Decision::Each(questions), true) = (&decision, heard.is_sentence()) {
            self.hear_language(heard, ranking);
            self.answer_each(questions);
            if self.state.form.as_ref() == Some(&form) {
                self.ask_again();
            }
            return;
        }
        match understood {
            // What asks back is a question of its own, whatever it tells besides.
            Some(intent) if heard.is_question() => return self.take_question(intent, heard, ranking),
            Some(intent) if self.learnt.is_empty() && !answered && is_sure(ranking, form.asked) => {
                return self.take_question(intent, heard, ranking);
            }
            // "ana@acme.example, and you do ship to Spain I hope" is more than an answer.
            Some(intent) if heard.is_long() && intent.name != form.name && is_sure(ranking, Slot::Name) => {
                return self.take_question(intent, heard, ranking);
            }
            _ => {}
        }
        if self.takes_item(&form, heard) {
            return;
        }
        if !self.learnt.is_empty() {
            return self.take_told(answered, heard);
        }
        if form.asked.is_contact() && !broken_email && heard.is_number() {
            // What was typed stays: a person may read it.
            self.is_wish = true;
            return self.miss_as(form, problem_key(Slot::Phone, Misread::Invalid));
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
            (Some(_), Some(intent)) if !broken_email && !past_date && !is_doubtful => {
                self.take_question(intent, heard, ranking)
            }
            (Some(problem), _) => {
                self.is_wish = heard.is_sentence();
                self.miss(form, problem);
            }
        }
    }

    /// Takes a message as nothing but the answer, whatever it resembles: `Gift Box` is a company where a company was asked for.
    fn takes_whole_answer(
        &mut self,
        form: &OpenForm,
        text: &str,
        heard: &Heard,
        ranking: &Ranking,
        understood: Option<&'a Intent>,
    ) -> bool {
        let is_other = heard.is_sentence() || heard.is_correction() || heard.declines() || heard.is_cancel();
        if is_other || heard.asks_for_human() || text.contains('@') {
            return false;
        }
        match form.asked {
            Slot::Name => {
                let is_topic = understood.is_some() && is_sure(ranking, Slot::Name);
                self.takes_name_and_company(form, text, heard)
                    || (!is_topic && self.read_answer(Slot::Name, text, heard).is_ok())
            }
            Slot::Company => {
                let is_name = text.contains(char::is_alphabetic) && !text.contains(['$', '€', '£', '+', '\n']);
                is_name && !heard.is_number() && self.read_answer(Slot::Company, text, heard).is_ok()
            }
            asked if asked.is_free() => self.read_answer(asked, text, heard).is_ok(),
            _ => false,
        }
    }

    /// "Maria Lopez, Lumen Boutique" answers two questions at once.
    fn takes_name_and_company(&mut self, form: &OpenForm, text: &str, heard: &Heard) -> bool {
        let halves = text.split_once([',', '\n']).filter(|(name, company)| {
            form.slots.contains(&Slot::Company) && name.trim().contains(' ') && !company.contains(',')
        });
        match halves {
            Some((name, company)) => {
                self.read_answer(Slot::Name, name, heard).is_ok()
                    && (company.trim().is_empty() || self.read_answer(Slot::Company, company, heard).is_ok())
            }
            None => false,
        }
    }

    /// The item that was asked for, of which the answer is known: nobody need be asked for more.
    fn answers_with_item(&mut self, form: &OpenForm) -> bool {
        let asked = self.intents.get(&form.name).filter(|intent| intent.tells_items());
        let Some(intent) = asked.filter(|intent| !self.lacks_fact(intent)) else { return false };
        self.state.form = None;
        self.answer(intent);
        true
    }

    /// A question about an item's fact in between: told, and then the open one is asked again.
    fn takes_item(&mut self, form: &OpenForm, heard: &Heard) -> bool {
        if !heard.is_question() && !self.names_item || self.state.details.has(form.asked) {
            return false;
        }
        let told = self.facts_asked();
        let is_told = !told.is_empty();
        if is_told {
            self.say(told);
            self.ask_again();
        }
        is_told
    }

    /// A side question: answered, and then the open one is asked again.
    fn take_question(&mut self, intent: &'a Intent, heard: &Heard, ranking: &Ranking) {
        self.hear_language(heard, ranking);
        self.interrupt(intent);
    }

    /// A correction, or an answer to something else, is said back; an answer speaks for itself. So is a day, which is easily misread.
    fn take_told(&mut self, answered: bool, heard: &Heard) {
        let is_day = self.learnt.iter().any(|(slot, _)| *slot == Slot::Date);
        let is_said_back = !self.replaced.is_empty() || !answered || is_day;
        let mut before = if is_said_back { self.acknowledgement() } else { String::new() };
        if self.words_beyond(heard) >= MORE_WORDS {
            self.is_wish = true;
            if self.state.details.has_contact() {
                // The form goes on; staff have the words already.
                self.escalate(Reason::Inquiry, None);
                before = joined(before, self.phrase("passed_along", &[]));
            }
        }
        self.proceed(before);
    }

    /// Whoever leaves a number where an address was asked for, or the other way round, is not asked again.
    fn settle_contact(&mut self, form: &OpenForm) {
        let told = self.learnt.iter().any(|(slot, _)| slot.is_contact());
        if form.asked.is_contact() && told && !self.state.details.has(form.asked) {
            self.state.refused.insert(form.asked);
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
