//! What a conversation remembers between turns.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::entity::EmailAddress;
use crate::lead::{Consent, Details, Lead, Slot};
use crate::turn::{ChoiceOption, Page, Phase, Reason};

/// The layout of [`State`]; raised when an older reader would misread a newer state.
pub const STATE_VERSION: u32 = 1;

/// What a conversation remembers: stored as JSON, `Default` for a new one. Unknown fields are ignored and missing ones take their default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// [`STATE_VERSION`] of the writer.
    pub version: u32,
    /// Who answers.
    pub phase: Phase,
    /// The language that the visitor was last understood in.
    pub locale: Option<String>,
    /// What the visitor has told.
    pub details: Details,
    /// The lead's score by now, 0–100.
    pub score: u8,
    /// The box was ticked.
    pub consent: Option<Consent>,
    pub(crate) form: Option<OpenForm>,
    pub(crate) refused: BTreeSet<Slot>,
    pub(crate) offered: Vec<ChoiceOption>,
    pub(crate) suggestion: Option<EmailAddress>,
    pub(crate) said: BTreeMap<String, u32>,
    pub(crate) unsure: u8,
    pub(crate) intents: Vec<String>,
    pub(crate) escalated: BTreeSet<Reason>,
    pub(crate) noted_while_waiting: bool,
    pub(crate) urgent: bool,
    pub(crate) valuable_page: Option<String>,
    pub(crate) first_page: Option<Page>,
    pub(crate) saved: Option<Lead>,
    pub(crate) rating: Option<u8>,
}

/// A form that is being answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct OpenForm {
    /// `contact`, or an intent's name.
    pub name: String,
    /// What it asks for, in order; for `contact`, either of email and phone is enough.
    pub slots: Vec<Slot>,
    /// What was asked last.
    pub asked: Slot,
    /// How often in a row the answer was of no use.
    pub misses: u8,
}

impl Default for State {
    fn default() -> Self {
        Self {
            version: STATE_VERSION,
            phase: Phase::Bot,
            locale: None,
            details: Details::default(),
            score: 0,
            consent: None,
            form: None,
            refused: BTreeSet::new(),
            offered: Vec::new(),
            suggestion: None,
            said: BTreeMap::new(),
            unsure: 0,
            intents: Vec::new(),
            escalated: BTreeSet::new(),
            noted_while_waiting: false,
            urgent: false,
            valuable_page: None,
            first_page: None,
            saved: None,
            rating: None,
        }
    }
}
