//! What goes into a turn and what comes out of it.

use std::collections::BTreeMap;

use super::lead::{Lead, Slot};
use super::phase::{Escalation, Phase};
use super::ranking::Ranking;
use super::shown::{ChoiceOption, Form};
use super::state::State;

/// What a turn is taken on: something that a visitor or staff did.
#[derive(Debug, Clone, PartialEq)]
pub enum Input<'a> {
    /// The visitor wrote something.
    Message {
        /// As it was typed.
        text: &'a str,
        /// How the matcher understood it.
        ranking: &'a Ranking,
    },
    /// The visitor pressed a button; `option` is its value.
    Choose {
        /// The value of the option, as it was offered.
        option: &'a str,
    },
    /// The visitor sent a form.
    Form {
        /// The form's name, as it was asked.
        form: &'a str,
        /// Field name to text; names that the dialogue does not know are ignored.
        fields: &'a BTreeMap<String, String>,
        /// Whether the box under the form was ticked.
        consent: bool,
    },
    /// The visitor rated the conversation: 1–5.
    Rate {
        /// 1–5.
        score: u8,
    },
    /// A person has answered: from now on the bot is silent.
    StaffReplied,
    /// Staff gave the conversation back to the bot.
    StaffReleased,
    /// Staff closed the conversation.
    StaffClosed,
}

/// What is to be done after a turn, in order.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "a turn has a handful of actions; boxing the lead would burden each reader"
)]
pub enum Action {
    /// The bot says this (event `text`).
    Say {
        /// Plain text.
        text: String,
    },
    /// The bot says this and shows buttons (event `choices`).
    Offer {
        /// Plain text.
        text: String,
        /// The buttons, in the order in which they stand.
        options: Vec<ChoiceOption>,
    },
    /// The bot asks for something (event `form`).
    Ask {
        /// One question, about the form's first field.
        text: String,
        /// All that is still unknown.
        form: Form,
    },
    /// The conversation changes hands (event `state`, from `system`).
    Enter {
        /// From now on.
        phase: Phase,
        /// For the visitor; `None` says nothing.
        text: Option<String>,
    },
    /// The conversation's one lead, whole, replaces what was saved before.
    SaveLead(Lead),
    /// Staff are to hear of this conversation; at most once per reason.
    Escalate(Escalation),
}

/// What a turn comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct Turn {
    /// To be stored in place of the one given.
    pub state: State,
    /// In order; empty where the bot stays silent.
    pub actions: Vec<Action>,
    /// The intent that was answered, where one was.
    pub intent: Option<String>,
    /// What this input newly told of the visitor, as staff read it.
    pub learnt: Vec<(Slot, String)>,
}

/// An input that cannot be taken; the state stays as it was and nothing is stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    /// Field name to reason, in the visitor's language (`invalid_field` on the wire).
    #[error("the form has invalid fields: {}", .0.keys().cloned().collect::<Vec<_>>().join(", "))]
    InvalidFields(BTreeMap<String, String>),
    /// The option was never offered (`unknown_event` on the wire).
    #[error("no such option: {0:?}")]
    UnknownOption(String),
    /// The form was never asked (`unknown_event` on the wire).
    #[error("no such form: {0:?}")]
    UnknownForm(String),
}
