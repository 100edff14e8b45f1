//! What may be said at the desk, by whom, and what becomes of it.

use crate::clock::Millis;
use crate::id::{ClientId, ConversationId};
use crate::model::{Author, Event};
use crate::store::StoreError;
use crate::wire::{self, Code, Refusal, Say};

use super::visitor::Visitor;

/// Who speaks. Each has a key for what they say: the same key is the same thing said, stored once and answered alike.
#[derive(Clone, Copy, Debug)]
pub enum Speaker<'a> {
    /// The visitor; their key is their client's id of the message.
    Visitor(&'a Visitor),
    /// A person of the brand.
    Staff {
        /// Where.
        conversation: ConversationId,
        /// Which member; keys of two members never meet.
        member: &'a str,
        /// What the visitor reads.
        name: &'a str,
    },
    /// Sidedoor itself, which closes and releases conversations.
    System {
        /// Where.
        conversation: ConversationId,
    },
}

/// What is said or done.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// Words.
    Message(&'a str),
    /// A button was pressed.
    Choose {
        /// The event that offered it.
        seq: i64,
        /// The option's value.
        option: &'a str,
    },
    /// A form was sent.
    Form(&'a wire::Form),
    /// The conversation was rated.
    Rate {
        /// 1 to 5.
        score: u8,
        /// In the visitor's words.
        comment: Option<&'a str>,
    },
    /// Words of staff's, by somebody who had seen everything up to `seen`. Where one of staff has said something since, nothing is
    /// stored.
    Reply {
        /// The words.
        text: &'a str,
        /// The newest event that their author had seen.
        seen: i64,
    },
    /// A person answers from here on; the bot is silent.
    TakeOver,
    /// The conversation is over, until its visitor writes again.
    Close,
    /// The bot answers again.
    Release,
}

/// Where what was said stands; on disk, with everything that it caused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The place of its event in the conversation.
    pub seq: i64,
    /// When it was committed.
    pub at: Millis,
}

/// Why nothing was stored.
#[derive(Debug, thiserror::Error)]
pub enum NotTaken {
    /// It cannot be said, or not there.
    #[error("refused: {}", .0.message)]
    Refused(Refusal),
    /// Somebody else of staff was faster: this is what they said.
    #[error("another answer came first")]
    Conflict(Vec<Event>),
    /// The conversation was erased on request; its visitor may begin another.
    #[error("this conversation was erased")]
    Erased,
    /// No such conversation, or its site is no longer configured.
    #[error("there is no such conversation")]
    Unknown,
    /// Try again.
    #[error("not stored: {0}")]
    Unavailable(String),
}

impl Speaker<'_> {
    pub(super) fn conversation(&self) -> ConversationId {
        match self {
            Self::Visitor(visitor) => visitor.conversation,
            Self::Staff { conversation, .. } | Self::System { conversation } => *conversation,
        }
    }

    pub(super) fn author(&self) -> Author {
        match self {
            Self::Visitor(_) => Author::Visitor,
            Self::Staff { .. } => Author::Staff,
            Self::System { .. } => Author::System,
        }
    }

    pub(super) fn name(&self) -> Option<String> {
        if let Self::Staff { name, .. } = self { Some((*name).to_owned()) } else { None }
    }

    /// Under which key it is stored. A visitor chooses theirs freely, and must not be able to take one of staff's.
    pub(super) fn stored_key(&self, key: ClientId) -> ClientId {
        match self {
            Self::Visitor(_) => key,
            Self::Staff { member, .. } => ClientId::of(&["staff", member, &key.to_string()]),
            Self::System { .. } => ClientId::of(&["system", &key.to_string()]),
        }
    }
}

impl<'a> From<&'a Say> for Input<'a> {
    fn from(say: &'a Say) -> Self {
        match say {
            Say::Message(text) => Self::Message(text),
            Say::Choose { seq, option } => Self::Choose { seq: *seq, option },
            Say::Form(filled) => Self::Form(filled),
            Say::Rate { score, comment } => Self::Rate { score: *score, comment: comment.as_deref() },
        }
    }
}

impl NotTaken {
    pub(super) fn unknown_event(message: &'static str) -> Self {
        Self::Refused(Refusal::new(Code::UnknownEvent, message))
    }
}

impl From<StoreError> for NotTaken {
    fn from(error: StoreError) -> Self {
        Self::Unavailable(error.to_string())
    }
}
