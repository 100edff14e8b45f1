//! Between a task and its columns.

use std::borrow::Cow;

use super::StoreError;
use super::row::{Text, from_json, json, optional, parse, plain};
use crate::clock::Millis;
use crate::id::{ConversationId, LeadId, TaskId};
use crate::model::{Lane, NewTask, Payload, Task, Terms};

/// A new task's columns, on their way in.
pub(super) struct TaskRow {
    pub task: TaskId,
    pub id: Text,
    pub dedup_key: Text,
    pub conversation_id: Option<Text>,
    pub lead_id: Option<Text>,
    pub payload: Text,
    pub message_id: Text,
    pub due_at: Millis,
    pub lane: &'static str,
    pub order_key: Option<Text>,
    pub batch_key: Option<Text>,
    pub expires_at: Option<Millis>,
}

impl From<&NewTask> for TaskRow {
    fn from(task: &NewTask) -> Self {
        let (conversation, lead) = about(&task.payload);
        Self {
            task: task.id,
            id: task.id.to_string().into(),
            dedup_key: plain(&task.dedup_key),
            conversation_id: conversation.map(|id| id.to_string().into()),
            lead_id: lead.map(|id| id.to_string().into()),
            payload: json(&task.payload),
            message_id: plain(&task.message_id),
            due_at: task.not_before,
            lane: lane_word(task.payload.lane()),
            order_key: optional(task.terms.order_key.as_ref()),
            batch_key: optional(task.terms.batch_key.as_ref()),
            expires_at: task.terms.expires_at,
        }
    }
}

/// Whom a task speaks of; what is erased with the conversation and the lead.
fn about(payload: &Payload) -> (Option<ConversationId>, Option<LeadId>) {
    match payload {
        Payload::Escalation { conversation, lead, .. } => (*conversation, *lead),
        Payload::SignIn { .. } => (None, None),
    }
}

columns! {
    /// A task's columns, on their way out. Each claim counts as an attempt.
    pub(super) struct StoredTask {
        pub id: String,
        payload: String,
        message_id: String,
        pub attempts: i64,
        attempts_before: i64,
        created_at: i64,
        released_at: Option<i64>,
        order_key: Option<String>,
        pub batch_key: Option<String>,
        expires_at: Option<i64>,
    }
}

impl TryFrom<StoredTask> for Task {
    type Error = StoreError;

    fn try_from(row: StoredTask) -> Result<Self, StoreError> {
        const TABLE: &str = "outbox";
        Ok(Self {
            id: parse(TABLE, "id", &row.id)?,
            payload: from_json(TABLE, "payload", &row.payload)?,
            message_id: row.message_id,
            attempts: row.attempts - 1 - row.attempts_before,
            created_at: row.created_at,
            tried_since: row.released_at.unwrap_or(row.created_at),
            terms: Terms { order_key: row.order_key, batch_key: row.batch_key, expires_at: row.expires_at },
            claim: row.attempts,
        })
    }
}

/// A note on a task, short enough to be read and free of NUL.
pub(super) fn note(text: &str) -> Cow<'_, str> {
    const MAX_CHARS: usize = 1_000;
    let text = match text.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => &text[..end],
        None => text,
    };
    if text.contains('\0') { text.replace('\0', "").into() } else { text.into() }
}

pub(super) fn lane_word(lane: Lane) -> &'static str {
    match lane {
        Lane::Urgent => "urgent",
        Lane::Line => "line",
        Lane::Bulk => "bulk",
    }
}
