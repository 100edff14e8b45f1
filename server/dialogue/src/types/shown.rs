//! What a visitor can press and fill in.

use serde::{Deserialize, Serialize};

/// Values of buttons that stand for no intent; no intent may have such a name.
pub const SOMETHING_ELSE: &str = "something_else";
pub const EMAIL_SUGGESTED: &str = "email_suggested";
pub const EMAIL_KEPT: &str = "email_kept";
pub const BACK_TO_BOT: &str = "back_to_bot";

/// The reserved intent that asks for a person; its button works on sites that do not define it too.
pub const HUMAN: &str = "human";

/// A button under the bot's words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChoiceOption {
    /// What it shows.
    pub label: String,
    /// What comes back as [`Input::Choose`].
    pub value: String,
}

/// A form as the widget shows it; it may be answered in the chat as well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    /// `contact`, or the name of the intent that asks.
    pub name: String,
    /// What is still unknown, the one that the text asks for first.
    pub fields: Vec<Field>,
    /// The wording that the visitor agrees to by ticking the box.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consent: Option<String>,
}

/// One line of a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// The slot's name.
    pub name: String,
    /// `email`, `phone`, `name`, `company`, `money`, `text` or `date`: how it is best typed.
    pub kind: String,
    /// In the visitor's language.
    pub label: String,
    /// Whether the form cannot be sent without this very field. Where it asks for an address and for a number, one of the two is
    /// enough, and so neither is required.
    pub required: bool,
}
