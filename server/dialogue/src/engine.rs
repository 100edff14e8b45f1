//! One turn of a conversation: what was said is read, answered, and weighed.

mod choice;
mod during_form;
mod freely;
mod submitted;
mod waiting;

use choice::chosen;

use crate::policy::taking::Taking;
use crate::types::context::Context;
use crate::types::intent::Intents;
use crate::types::locale;
use crate::types::phase::{Phase, Reason};
use crate::types::ranking::Ranking;
use crate::types::state::{STATE_VERSION, State};
use crate::types::turn::{Action, Input, Rejected, Turn};
use crate::words::cues::Heard;
use crate::words::talk;

/// Takes one turn: pure, the same for the same arguments.
///
/// # Errors
/// [`Rejected`] where the input cannot be taken; nothing is to be stored then.
pub fn step(intents: &Intents, context: &Context, mut state: State, input: Input) -> Result<Turn, Rejected> {
    state.version = STATE_VERSION;
    let mut turn = Taking::new(intents, context, state);
    match input {
        Input::Message { text, ranking } => turn.take_message(text, ranking),
        Input::Choose { option } => turn.take_choice(option)?,
        Input::Form { form, fields, consent } => turn.take_form(form, fields, consent)?,
        Input::Rate { score } => turn.state.rating = Some(score.clamp(1, 5)),
        Input::StaffReplied => turn.enter(Phase::Staff, None),
        Input::StaffReleased => turn.enter(Phase::Bot, None),
        Input::StaffClosed => {
            let text = turn.phrase("closed", &[]);
            turn.enter(Phase::Closed, Some(text));
        }
    }
    Ok(turn.finish())
}

impl Taking<'_> {
    fn take_message(&mut self, text: &str, ranking: &Ranking) {
        let heard = self.hear(text);
        self.hear_items(text);
        self.reopen();
        self.remember_page();
        self.remember_valuable_page();
        self.remember_interest(text, &heard);
        if self.state.phase == Phase::Staff {
            let found = self.reader().find(text, &heard, &[]);
            return self.learn(found, &heard);
        }
        self.is_awaited = std::mem::take(&mut self.state.awaits_answer);
        let offered = std::mem::take(&mut self.state.offered);
        if heard.is_restart() {
            return self.start_over();
        }
        if let Some(option) = chosen(&offered, &heard) {
            return self.choose(option);
        }
        match self.state.phase {
            Phase::Waiting => self.take_while_waiting(text, &heard, ranking),
            _ if self.state.form.is_some() => self.take_during_form(text, &heard, ranking),
            _ => self.take_freely(text, &heard, ranking),
        }
        if self.is_wish || self.passes_on {
            self.keep_wish(text);
        }
    }

    /// Hears a message; what is denied in it is set apart, so that nothing of it is acted on.
    fn hear(&mut self, text: &str) -> Heard {
        let heard = Heard::new(text);
        self.denial = talk::denial(heard.folded());
        match &self.denial {
            Some(denial) => heard.affirming(denial.affirmed.clone()),
            None => heard,
        }
    }

    /// Forgets the course of the conversation, not who the visitor is: what they told stays, and so does the lead.
    fn start_over(&mut self) {
        self.state.form = None;
        self.state.refused.clear();
        self.state.suggestion = None;
        self.state.topic = None;
        self.state.item = None;
        self.state.facts.clear();
        self.state.unsure = 0;
        if self.state.phase == Phase::Waiting {
            self.enter(Phase::Bot, None);
        }
        // The greeting is the site's own, in the site's language only.
        let profile = self.context.profile;
        let speaks_it = locale::language(self.tag()) == locale::language(&profile.locale);
        let text = match &profile.greeting {
            Some(greeting) if speaks_it => greeting.clone(),
            _ => self.phrase("restarted", &[]),
        };
        self.say(text);
    }

    fn finish(mut self) -> Turn {
        if self.passes_on {
            self.hand_over(Reason::Inquiry, None);
        }
        self.weigh();
        self.actions.extend(self.escalations.into_iter().map(Action::Escalate));
        Turn { state: self.state, actions: self.actions, intent: self.answered, learnt: self.learnt }
    }
}
