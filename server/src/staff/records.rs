//! What staff note and do at the desk: written, then told to their pages, and to nobody else.

use super::office::Staff;
use super::switchboard::News;
use crate::id::{ClientId, ConversationId};
use crate::model::{DeskKind, DeskRecord, Member};
use crate::store::StoreError;
use crate::store::staff::desk_log::{self, NewRecord};

/// What is to be written down.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// Where.
    pub conversation: ConversationId,
    /// What.
    pub kind: DeskKind,
    /// The note.
    pub text: &'a str,
    /// The client's id of it.
    pub key: ClientId,
}

/// Why something was not written down.
#[derive(Debug, thiserror::Error)]
pub enum NotRecorded {
    /// There is no such conversation.
    #[error("there is no such conversation")]
    Unknown,
    /// Try again.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Staff {
    /// Writes down what a member did, once for each key, and tells the others.
    ///
    /// # Errors
    ///
    /// [`NotRecorded`].
    pub async fn record(&self, member: &Member, record: Record<'_>) -> Result<DeskRecord, NotRecorded> {
        let Record { conversation, kind, text, key } = record;
        let new = NewRecord {
            conversation,
            kind,
            member: member.number,
            name: &member.name,
            text,
            key: ClientId::of(&["desk", &member.number.to_string(), &key.to_string()]),
            at: self.clock.now(),
        };
        let (written, is_new) = desk_log::write(&self.store, &new).await?.ok_or(NotRecorded::Unknown)?;
        if is_new {
            self.tell(News::Desk(written.clone()));
        }
        Ok(written)
    }

    /// Makes a conversation a member's, or nobody's.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub async fn assign(&self, conversation: ConversationId, to: Option<u32>) -> Result<(), StoreError> {
        desk_log::assign(&self.store, conversation, to, self.clock.now()).await
    }
}
