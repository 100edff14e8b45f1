//! A conversation's row: who answers, how far it has come, and where the visitor is.

use serde::{Deserialize, Serialize};

use crate::clock::Millis;
use crate::id::ConversationId;

/// Who answers in a conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// The bot answers.
    #[default]
    Bot,
    /// Passed on to staff, who have not answered yet; the bot still takes contact details.
    Waiting,
    /// A person has answered; the bot is silent.
    Staff,
    /// Over, until the visitor writes again.
    Closed,
}

/// The page a visitor is on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// Its address.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub url: String,
    /// Its title.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// Where the visitor came from.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub referrer: String,
}

/// A conversation's row, without its events.
#[derive(Clone, Debug, PartialEq)]
pub struct Conversation {
    /// Its id; also what the visitor's token opens.
    pub id: ConversationId,
    /// The site's id.
    pub site: String,
    /// The visitor's locale, a BCP 47 tag.
    pub locale: String,
    /// Who answers.
    pub phase: Phase,
    /// Grows by one with each committed turn; a turn that was computed from an older one is refused.
    pub version: i64,
    /// The `seq` of the newest event; 0 when there is none.
    pub last_seq: i64,
    /// The dialogue's state, JSON.
    pub dialogue: String,
    /// The page on which the conversation began, with the referrer that brought the visitor there.
    pub first_page: Page,
    /// The page the visitor is on now.
    pub page: Page,
    /// When it began.
    pub created_at: Millis,
    /// When the newest event was committed.
    pub updated_at: Millis,
}
