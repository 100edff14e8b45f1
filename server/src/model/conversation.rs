//! A conversation's row: who answers, how far it has come, and where the visitor is.

use sidedoor_dialogue::{Page, Phase};

use crate::clock::Millis;
use crate::id::ConversationId;

/// A conversation's row, without its events.
#[derive(Clone, Debug, PartialEq)]
pub struct Conversation {
    /// Its id; also what the visitor's token opens.
    pub id: ConversationId,
    /// The site's id.
    pub site: String,
    /// The visitor's locale, a BCP 47 tag.
    pub locale: String,
    /// Who answers the next message.
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
