//! A turn being taken: the state as it becomes, and what is to be done.

use std::collections::BTreeSet;

use crate::types::context::{Context, Page};
use crate::types::email::EmailAddress;
use crate::types::intent::Intents;
use crate::types::item::Item;
use crate::types::lead::Slot;
use crate::types::phase::{Escalation, Phase};
use crate::types::shown::ChoiceOption;
use crate::types::state::State;
use crate::types::turn::Action;
use crate::words::talk::Denial;

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
    /// What is denied in the message, where something is: nothing of it is acted on.
    pub(crate) denial: Option<Denial>,
    /// Whether the last reply asked to be told something, so that what is not understood is the answer.
    pub(crate) is_awaited: bool,
    /// Whether the message holds something that staff are to read.
    pub(crate) is_wish: bool,
    /// Whether the form was opened in this turn, so that all it asks for is named.
    pub(crate) opened: bool,
    /// Whether what was told can only be answered by a person, so that the turn ends by passing it on.
    pub(crate) passes_on: bool,
    /// The items that the message is about: those it names, else the one it points back at.
    pub(crate) focus: Vec<&'a Item>,
    /// All items of the kind that it names, where it names no single one: what is true of each can be told.
    pub(crate) of_kind: Vec<&'a Item>,
    /// Whether the message itself names them.
    pub(crate) names_item: bool,
    /// The facts that it asks for.
    pub(crate) asked: Vec<String>,
    /// Whether it says anything beside names, facts and small words.
    pub(crate) says_more: bool,
    /// The item whose facts stand in the sentence that is being made.
    pub(crate) spoken_of: Option<&'a Item>,
    /// Whether a fact of an item was told, so that nobody need be asked which one.
    pub(crate) told_fact: bool,
    /// Whether the visitor has sent a whole form in this turn, which makes it a lead with or without a contact.
    pub(crate) form_sent: bool,
}

impl<'a> Taking<'a> {
    pub(crate) fn new(intents: &'a Intents, context: &'a Context<'a>, state: State) -> Self {
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
            denial: None,
            is_awaited: false,
            is_wish: false,
            opened: false,
            passes_on: false,
            focus: Vec::new(),
            of_kind: Vec::new(),
            names_item: false,
            asked: Vec::new(),
            says_more: true,
            spoken_of: None,
            told_fact: false,
            form_sent: false,
        }
    }

    pub(crate) fn say(&mut self, text: String) {
        if !text.is_empty() {
            self.actions.push(Action::Say { text });
        }
    }

    pub(crate) fn offer(&mut self, text: String, options: Vec<ChoiceOption>) {
        self.state.offered.clone_from(&options);
        self.actions.push(Action::Offer { text, options });
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

    /// A new message in a closed conversation begins again with the bot.
    pub(crate) fn reopen(&mut self) {
        if self.state.phase == Phase::Closed {
            self.enter(Phase::Bot, None);
            self.state.escalated.clear();
        }
    }

    pub(crate) fn remember_page(&mut self) {
        let page = self.context.page;
        if self.state.first_page.is_none() && *page != Page::default() {
            self.state.first_page = Some(page.clone());
        }
    }
}
