//! What staff hear of each other. A way of its own: what is told here cannot come to a visitor's ears.

use std::sync::Arc;

use tokio::sync::broadcast;

use crate::id::ConversationId;
use crate::model::DeskRecord;

/// What waits for one slow page at most; the store holds the rest.
const MAX_WAITING: usize = 256;

/// Something that staff are told of each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// Something was noted or done.
    Desk(DeskRecord),
    /// Somebody looks at a conversation, or no longer does.
    Presence {
        /// Where.
        conversation: ConversationId,
        /// Who.
        member: u32,
        /// Their name.
        name: String,
        /// Whether they are there.
        here: bool,
    },
}

impl News {
    /// Where it happened.
    #[must_use]
    pub fn conversation(&self) -> ConversationId {
        match self {
            Self::Desk(record) => record.conversation,
            Self::Presence { conversation, .. } => *conversation,
        }
    }
}

/// Connects the pages of this node.
pub(super) struct Switchboard(broadcast::Sender<Arc<News>>);

impl Switchboard {
    pub fn new() -> Self {
        Self(broadcast::Sender::new(MAX_WAITING))
    }

    pub fn listen(&self) -> broadcast::Receiver<Arc<News>> {
        self.0.subscribe()
    }

    pub fn tell(&self, news: News) {
        // Nobody listening is no fault.
        let _ = self.0.send(Arc::new(news));
    }
}
