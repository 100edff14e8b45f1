//! What a conversation remembers between turns.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::context::Page;
use super::email::EmailAddress;
use super::introduction::Introduction;
use super::lead::{Consent, Details, Slot};
use super::phase::{Phase, Reason};
use super::shown::ChoiceOption;
use super::value::Interest;

/// The layout of [`State`]; raised when an older reader would misread a newer state.
pub const STATE_VERSION: u32 = 1;

/// What a conversation remembers: stored as JSON, `Default` for a new one. Unknown fields are ignored and missing ones take their default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// [`STATE_VERSION`] of the writer.
    pub version: u32,
    /// Who answers the next message.
    #[serde(skip_serializing_if = "is_default")]
    pub phase: Phase,
    /// The language that the visitor was last understood in.
    #[serde(skip_serializing_if = "is_default")]
    pub locale: Option<String>,
    /// What the visitor has told.
    #[serde(skip_serializing_if = "is_default")]
    pub details: Details,
    /// How the brand's page has introduced them.
    #[serde(skip_serializing_if = "is_default")]
    pub introduction: Introduction,
    /// The lead's score by now, 0–100.
    #[serde(skip_serializing_if = "is_default")]
    pub score: u8,
    /// The box was ticked.
    #[serde(skip_serializing_if = "is_default")]
    pub consent: Option<Consent>,
    /// The words beside the box of the form that was shown last.
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) consent_shown: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) form: Option<OpenForm>,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) refused: BTreeSet<Slot>,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) offered: Vec<ChoiceOption>,
    /// The day that the visitor was asked about; named again, it is taken.
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) doubtful_date: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) suggestion: Option<EmailAddress>,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) said: BTreeMap<String, u32>,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) unsure: u8,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) intents: Vec<String>,
    /// The intent that was spoken of last: what a follow-up is about.
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) topic: Option<String>,
    /// Whether the last reply asked the visitor to tell something that no form takes.
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) awaits_answer: bool,
    /// The thing that was spoken of last.
    #[serde(skip_serializing_if = "is_default")]
    pub item: Option<String>,
    /// The items that were asked about, in order, each once.
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) items: Vec<String>,
    /// The facts that were asked for last: what "and the other one?" asks again.
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) facts: Vec<String>,
    /// What the visitor wanted and nobody has answered for good, in their own words.
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) wishes: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) escalated: BTreeSet<Reason>,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) noted_while_waiting: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) interest: Interest,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) urgent: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) valuable_page: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) first_page: Option<Page>,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) saved: Option<u64>,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) rating: Option<u8>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl State {
    /// Takes note of how the page introduces its visitor. What is `known` by it is not asked again; what the visitor has told
    /// themselves stays.
    pub fn introduce(&mut self, introduction: &Introduction, known: &Details) {
        self.introduction.clone_from(introduction);
        for slot in Slot::ALL.into_iter().filter(|slot| known.has(*slot)) {
            if !self.details.has(slot) {
                self.details.take(slot, known);
            }
        }
    }

    /// Whether the conversation's lead was ever saved.
    pub fn has_lead(&self) -> bool {
        self.saved.is_some()
    }
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
    #[serde(default)]
    pub misses: u8,
    /// How often in a row the visitor would rather not say.
    #[serde(default)]
    pub refusals: u8,
}

impl Default for State {
    fn default() -> Self {
        Self {
            version: STATE_VERSION,
            phase: Phase::Bot,
            locale: None,
            details: Details::default(),
            introduction: Introduction::default(),
            score: 0,
            consent: None,
            consent_shown: None,
            form: None,
            refused: BTreeSet::new(),
            offered: Vec::new(),
            doubtful_date: None,
            suggestion: None,
            said: BTreeMap::new(),
            unsure: 0,
            intents: Vec::new(),
            topic: None,
            awaits_answer: false,
            item: None,
            items: Vec::new(),
            facts: Vec::new(),
            wishes: Vec::new(),
            escalated: BTreeSet::new(),
            noted_while_waiting: false,
            interest: Interest::default(),
            urgent: false,
            valuable_page: None,
            first_page: None,
            saved: None,
            rating: None,
        }
    }
}
