//! Conversations in progress, kept in memory between turns, and the order of turns within one.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use lru::LruCache;
use sidedoor_dialogue::State;
use tokio::sync::{Mutex as TurnLock, OwnedMutexGuard};

use crate::id::ConversationId;
use crate::model::Conversation;

/// A few kilobytes each; a conversation that was pushed out is read from the store again.
const CAPACITY: NonZeroUsize = NonZeroUsize::new(4_096).expect("not zero");

/// What the last turn left, so that the next one need not read it.
///
/// A memory, not a truth: another node may have taken a turn since. The commit compares the version, and a lost race
/// means forgetting this and reading the store.
pub(super) struct Remembered {
    pub conversation: Conversation,
    pub state: State,
}

/// The conversations in progress on this node.
pub(super) struct Seats(Mutex<LruCache<ConversationId, Arc<TurnLock<Option<Remembered>>>>>);

impl Seats {
    pub(super) fn new() -> Self {
        Self(Mutex::new(LruCache::new(CAPACITY)))
    }

    /// Waits until no other turn of this conversation is under way here, and gives what is remembered of it.
    ///
    /// A seat that is pushed out while it is taken may exist twice for a moment; then the commit orders the turns.
    pub(super) async fn take(&self, conversation: ConversationId) -> OwnedMutexGuard<Option<Remembered>> {
        let seat = {
            let mut seats = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(seats.get_or_insert(conversation, Arc::default))
        };
        seat.lock_owned().await
    }
}
