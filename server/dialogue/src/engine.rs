//! One turn of a conversation: what was said is read, answered, and weighed.

use std::collections::BTreeSet;

use crate::answer::Decision;
use crate::cues::{self, Heard};
use crate::entity::EmailAddress;
use crate::handover;
use crate::intent::Intents;
use crate::lead::Slot;
use crate::locale;
use crate::state::{STATE_VERSION, State};
use crate::turn::{Action, ChoiceOption, Context, Escalation, Input, Page, Phase, Ranking, Reason, Rejected, Turn};

/// Values of buttons that stand for no intent; no intent may have such a name.
pub const SOMETHING_ELSE: &str = "something_else";
pub const EMAIL_SUGGESTED: &str = "email_suggested";
pub const EMAIL_KEPT: &str = "email_kept";

/// The reserved intent that asks for a person; its button works on sites that do not define it too.
pub const HUMAN: &str = "human";

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

/// A turn being taken.
pub struct Taking<'a> {
    pub(crate) intents: &'a Intents,
    pub(crate) context: &'a Context<'a>,
    pub(crate) state: State,
    pub(crate) actions: Vec<Action>,
    pub(crate) escalations: Vec<Escalation>,
    pub(crate) answered: Option<String>,
    pub(crate) learnt: Vec<(Slot, String)>,
    /// Slots whose earlier value was replaced in this turn.
    pub(crate) replaced: BTreeSet<Slot>,
    /// The address given in this turn has a slip in it that the visitor is to be asked about.
    pub(crate) doubted: Option<EmailAddress>,
    /// Whether the visitor has sent a whole form in this turn, which makes it a lead with or without a contact.
    pub(crate) form_sent: bool,
}

impl<'a> Taking<'a> {
    fn new(intents: &'a Intents, context: &'a Context<'a>, state: State) -> Self {
        Self {
            intents,
            context,
            state,
            actions: Vec::new(),
            escalations: Vec::new(),
            answered: None,
            learnt: Vec::new(),
            replaced: BTreeSet::new(),
            doubted: None,
            form_sent: false,
        }
    }

    fn take_message(&mut self, text: &str, ranking: &Ranking) {
        let heard = Heard::new(text);
        self.reopen();
        self.remember_page();
        self.state.urgent |= heard.is_urgent();
        if ranking.in_scope
            && let Some(tag) = &ranking.locale
        {
            self.state.locale = Some(tag.clone());
        }
        if self.state.phase == Phase::Staff {
            let found = self.reader().find(text, &heard, &[]);
            return self.learn(found, &heard);
        }
        let offered = std::mem::take(&mut self.state.offered);
        if heard.is_restart() {
            return self.start_over();
        }
        if let Some(option) = chosen(&offered, &heard) {
            return self.choose(option);
        }
        match self.state.phase {
            Phase::Waiting => self.take_while_waiting(text, &heard),
            _ if self.state.form.is_some() => self.take_during_form(text, &heard, ranking),
            _ => self.take_freely(text, &heard, ranking),
        }
    }

    /// A message with no question of ours open.
    fn take_freely(&mut self, text: &str, heard: &Heard, ranking: &Ranking) {
        let decision = self.decide(ranking);
        let wanted: &[Slot] = match &decision {
            Decision::Answer(intent) => &intent.ask,
            _ => &[],
        };
        let found = self.find(text, heard, wanted);
        self.learn(found, heard);
        if heard.asks_for_human()
            && !matches!(&decision, Decision::Answer(intent) if handover::is_reserved(&intent.name))
        {
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

    /// What was told, said back, so that a misreading is seen at once; then the slip in the address, or the open form's next question.
    pub(crate) fn acknowledge(&mut self) {
        self.state.unsure = 0;
        let text = self.acknowledgement();
        self.proceed(text);
    }

    /// `Got it: …`, empty where nothing was learnt.
    pub(crate) fn acknowledgement(&mut self) -> String {
        if self.learnt.is_empty() {
            return String::new();
        }
        let told = |(slot, value): &(Slot, String)| self.spoken(*slot).unwrap_or_else(|| value.clone());
        let noted = self.learnt.iter().map(told).collect::<Vec<_>>().join(", ");
        let key = if self.replaced.is_empty() { "noted" } else { "corrected" };
        self.phrase(key, &[("noted", &noted)])
    }

    fn take_choice(&mut self, option: &str) -> Result<(), Rejected> {
        let is_own = [SOMETHING_ELSE, EMAIL_SUGGESTED, EMAIL_KEPT, HUMAN].contains(&option);
        if !is_own && self.intents.get(option).is_none() {
            return Err(Rejected::UnknownOption(option.into()));
        }
        self.reopen();
        self.remember_page();
        if self.state.phase == Phase::Staff {
            return Ok(());
        }
        self.state.offered.clear();
        self.choose(option);
        Ok(())
    }

    fn choose(&mut self, option: &str) {
        match (option, self.state.suggestion.take_if(|_| [EMAIL_SUGGESTED, EMAIL_KEPT].contains(&option))) {
            (EMAIL_SUGGESTED, Some(suggestion)) => return self.take_suggestion(suggestion),
            (EMAIL_KEPT, Some(_)) => return self.keep_email(),
            // Pressed twice, or after another address was given: there is nothing left to decide.
            (EMAIL_SUGGESTED | EMAIL_KEPT, None) => return,
            _ => {}
        }
        if self.state.phase == Phase::Waiting {
            return self.note_while_waiting();
        }
        match self.intents.get(option) {
            Some(intent) if self.state.form.is_some() => self.interrupt(intent),
            Some(intent) => self.answer(intent),
            None if option == HUMAN => self.hand_over(Reason::Asked, None),
            None => {
                // The next message that is not understood goes to a person: asking a third time helps nobody.
                self.state.unsure = 1;
                let text = self.phrase("rephrase", &[]);
                self.say(text);
            }
        }
    }

    /// Forgets the course of the conversation, not who the visitor is: what they told stays, and so does the lead.
    fn start_over(&mut self) {
        self.state.form = None;
        self.state.refused.clear();
        self.state.suggestion = None;
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

    /// A new message in a closed conversation begins again with the bot.
    pub(crate) fn reopen(&mut self) {
        if self.state.phase == Phase::Closed {
            self.enter(Phase::Bot, None);
            self.state.escalated.clear();
        }
    }

    pub(crate) fn enter(&mut self, phase: Phase, text: Option<String>) {
        if self.state.phase == phase {
            return;
        }
        self.state.phase = phase;
        self.state.unsure = 0;
        self.state.noted_while_waiting = false;
        self.state.offered.clear();
        if phase != Phase::Waiting {
            self.state.form = None;
        }
        self.actions.push(Action::Enter { phase, text });
    }

    pub(crate) fn remember_page(&mut self) {
        let page = self.context.page;
        if self.state.first_page.is_none() && *page != Page::default() {
            self.state.first_page = Some(page.clone());
        }
        self.remember_valuable_page();
    }

    fn finish(mut self) -> Turn {
        self.weigh();
        self.actions.extend(self.escalations.into_iter().map(Action::Escalate));
        Turn { state: self.state, actions: self.actions, intent: self.answered, learnt: self.learnt }
    }
}

/// The option that a typed text stands for: its label, or its number.
fn chosen<'o>(offered: &'o [ChoiceOption], heard: &Heard) -> Option<&'o str> {
    let by_label = offered.iter().find(|option| cues::fold_whole(&option.label) == heard.whole());
    let by_number = || {
        let number: usize = heard.whole().trim_end_matches(')').parse().ok()?;
        offered.get(number.checked_sub(1)?)
    };
    // "Did you mean ana@gmail.com?" and a single button are answered by yes and no as well.
    let by_yes_or_no = || match offered {
        [only] => Some(only).filter(|_| heard.is_yes()),
        [first, second] if first.value == EMAIL_SUGGESTED => {
            Some(first).filter(|_| heard.is_yes()).or(Some(second).filter(|_| heard.is_no()))
        }
        _ => None,
    };
    by_label.or_else(by_number).or_else(by_yes_or_no).map(|option| option.value.as_str())
}
