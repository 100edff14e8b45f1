//! What is said in a conversation, as it is stored and as it stands on the wire.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sidedoor_dialogue::{ChoiceOption, Form, Phase};

use crate::clock::Millis;
use crate::id::ClientId;

/// Who said an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Author {
    /// The person on the brand's page.
    Visitor,
    /// The intents' answers.
    Bot,
    /// A person of the brand.
    Staff,
    /// Sidedoor itself: changes of state.
    System,
}

/// What an event says. On the wire its fields stand beside `seq`, `at` and `from`; stored as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Body {
    /// Something said, typed or pressed.
    Text {
        /// What readers see, whichever way it was said.
        text: String,
        /// The `seq` of the `choices` or `form` event that this answers.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        answers: Option<i64>,
        /// The option's `value`, when a button was pressed.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        option: Option<String>,
        /// The fields, when a form was sent.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        fields: Option<BTreeMap<String, String>>,
    },
    /// Words with buttons.
    Choices {
        /// The words above the buttons.
        text: String,
        /// The buttons, in the order in which they stand.
        options: Vec<ChoiceOption>,
    },
    /// Words with a form.
    Form {
        /// The words above the form.
        text: String,
        /// What it asks for.
        form: Form,
    },
    /// Somebody else answers from here on.
    State {
        /// Who answers now.
        state: Phase,
        /// What the visitor reads.
        text: String,
    },
    /// The visitor's rating of the conversation.
    Rating {
        /// 1 to 5.
        score: u8,
        /// In the visitor's words.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        comment: Option<String>,
    },
}

impl Body {
    /// Plain words.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text { text: text.into(), answers: None, option: None, fields: None }
    }
}

/// Something said in a conversation. `seq` counts 1, 2, 3 … without a gap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its place in the conversation.
    pub seq: i64,
    /// When it was committed.
    pub at: Millis,
    /// Who said it.
    pub from: Author,
    /// The staff member's name, on staff's events.
    pub name: Option<String>,
    /// The client's id of it, on the visitor's events.
    pub client_id: Option<ClientId>,
    /// The language of the talk, on the bot's events, once the visitor was understood in one: a BCP 47 tag.
    pub locale: Option<String>,
    /// What was said.
    pub body: Body,
}
