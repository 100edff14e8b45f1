//! A task of the outbox: what must leave the building, from the moment that it is queued.

use serde::{Deserialize, Serialize};
use sidedoor_dialogue::Reason;
use uuid::Uuid;

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
        /// Why staff are written to; the subject follows it.
        reason: Reason,
        /// The newest event that the mail tells of.
        seq: i64,
    },
    /// A mail with which a member of staff signs in.
    SignIn {
        /// The site in whose name it is written.
        site: String,
        /// The member's address.
        recipient: String,
        /// The member's number.
        member: u32,
        /// What code and link are made from; none for the first link of a new member.
        nonce: Option<Uuid>,
    },
}

impl Payload {
    /// Among which tasks it waits for a free slot.
    #[must_use]
    pub fn lane(&self) -> Lane {
        match self {
            Self::Escalation { .. } | Self::SignIn { .. } => Lane::Urgent,
        }
    }

    /// Its kind, the site that it is about and where it goes, for whoever lists what waits.
    #[must_use]
    pub fn summary(&self) -> Summary<'_> {
        match self {
            Self::Escalation { site, recipient, .. } => Summary { kind: "escalation", site, recipient },
            Self::SignIn { site, recipient, .. } => Summary { kind: "sign_in", site, recipient },
        }
    }
}

/// What a task is, in short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary<'a> {
    /// As the payload is stored: `escalation`.
    pub kind: &'static str,
    /// The site's id.
    pub site: &'a str,
    /// An address; masked before it goes into a log.
    pub recipient: &'a str,
}

/// Tasks of one lane wait for each other's slots, never for those of another: a newsletter does not delay an escalation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lane {
    /// Somebody waits for it: escalations, confirmations, staff's answers.
    Urgent,
    /// Messages to a line: WhatsApp, SMS.
    Line,
    /// What goes to many: newsletters.
    Bulk,
}

impl Lane {
    /// Every lane, the most urgent first.
    pub const ALL: [Self; 3] = [Self::Urgent, Self::Line, Self::Bulk];
}

/// A task to be put into the outbox, in the transaction of its cause.
#[derive(Clone, Debug, PartialEq)]
pub struct NewTask {
    /// Made by whoever queues it; sorts by the time of that.
    pub id: TaskId,
    /// At most one task has this key, for ever: one mail per (conversation, recipient, reason).
    pub dedup_key: String,
    /// What to deliver.
    pub payload: Payload,
    /// The Message-ID with its angle brackets, the same on each try.
    pub message_id: String,
    /// When it may first be tried.
    pub not_before: Millis,
    /// What else holds for its delivery; the default for most.
    pub terms: Terms,
}

/// What holds for a task's delivery besides its time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// Tasks of one key are delivered one at a time, in the order of their ids; one that waits for another try holds up the
    /// later ones until it is delivered or given up. `PERSON:LINE` keeps what is said in order.
    pub order_key: Option<String>,
    /// Tasks of one key that wait at the same time are delivered as one, when the first of them is due.
    pub batch_key: Option<String>,
    /// Given up instead of delivered from then on, such as a link that has run out.
    pub expires_at: Option<Millis>,
}

/// A task that the worker has claimed.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// The one that it was queued with.
    pub id: TaskId,
    /// What to deliver.
    pub payload: Payload,
    /// The Message-ID with its angle brackets.
    pub message_id: String,
    /// How often it has been tried before, since it was queued or released.
    pub attempts: i64,
    /// When it was queued.
    pub created_at: Millis,
    /// Since when it is tried: when it was queued, or released after it was given up.
    pub tried_since: Millis,
    /// What else holds for its delivery.
    pub terms: Terms,
    /// Which claim this is, counted from 1: a later one takes the task over.
    pub claim: i64,
}
