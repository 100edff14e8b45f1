//! A task of the outbox: what must leave the building, from the moment that it is queued.

use serde::{Deserialize, Serialize};
use sidedoor_dialogue::Reason;

use crate::clock::Millis;
use crate::id::{ConversationId, LeadId, TaskId};

/// What a task carries to its channel. Stored as JSON; the worker renders it when it delivers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Payload {
    /// A mail to one member of staff about a conversation or a lead.
    Escalation {
        /// The site's id.
        site: String,
        /// The conversation, where there is one.
        conversation: Option<ConversationId>,
        /// The lead, where there is one.
        lead: Option<LeadId>,
        /// The staff member's address.
        recipient: String,
        /// Why.
        reason: Reason,
        /// The newest event that the mail tells of.
        seq: i64,
    },
}

/// A task to be put into the outbox, in the transaction of its cause.
#[derive(Clone, Debug, PartialEq)]
pub struct NewTask {
    /// Its id.
    pub id: TaskId,
    /// At most one task has this key, for ever: one mail per (conversation, recipient, reason).
    pub dedup_key: String,
    /// What to deliver.
    pub payload: Payload,
    /// The Message-ID with its angle brackets, the same on each try.
    pub message_id: String,
    /// When it may first be tried.
    pub not_before: Millis,
}

/// A task that the worker has claimed.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// What to deliver.
    pub payload: Payload,
    /// The Message-ID with its angle brackets.
    pub message_id: String,
    /// How often it has been tried before.
    pub attempts: i64,
    /// When it was queued.
    pub created_at: Millis,
}
