//! Conversations in progress, kept in memory between turns, and the order of turns within one.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use lru::LruCache;
use sidedoor_dialogue::State;
use tokio::sync::{Mutex as TurnLock, OwnedMutexGuard};

use crate::id::ConversationId;
use crate::model::Conversation;

/// Some kilobytes each (a long dialogue state is most of it); a conversation that was pushed out is read from the store again.
const CAPACITY: NonZeroUsize = NonZeroUsize::new(4_096).expect("not zero");

/// What the last turn left, so that the next one need not read it.
///
/// A memory, not a truth: another node may have taken a turn since. The commit compares the version, and a lost race
/// means forgetting this and reading the store.
pub(super) struct Cached {
    pub conversation: Conversation,
    pub state: State,
}

/// The conversations in progress on this node.
pub(super) struct ConversationCache(Mutex<LruCache<ConversationId, Arc<TurnLock<Option<Cached>>>>>);

impl ConversationCache {
    pub(super) fn new() -> Self {
        Self(Mutex::new(LruCache::new(CAPACITY)))
    }

    /// Waits until no other turn of this conversation is under way here, and gives what is known of it.
    ///
    /// An entry that is pushed out while it is locked may exist twice for a moment; then the commit orders the turns.
    pub(super) async fn lock(&self, conversation: ConversationId) -> OwnedMutexGuard<Option<Cached>> {
        let entry = {
            let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(entries.get_or_insert(conversation, Arc::default))
        };
        entry.lock_owned().await
    }
}
