//! Whose queue hears what: the queues by conversation and by site.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak};

use super::queue::Queue;
use super::update::Update;
use crate::id::ConversationId;

/// What waits for one slow visitor at most; the store holds the rest.
const MAX_WAITING: usize = 64;
/// The same for whoever listens to a whole site.
const MAX_WAITING_OF_SITE: usize = 1_024;
/// Enough that two cores seldom wait for each other.
const SHARDS: usize = 32;

/// What is listened to.
#[derive(Clone)]
pub(super) enum Topic {
    /// A conversation, and its site's notices.
    Conversation(ConversationId, Arc<str>),
    /// The same, by one of staff: whether the visitor is there, does not depend on them.
    Desk(ConversationId, Arc<str>),
    /// All conversations of a site.
    Site(Arc<str>),
}

pub(super) struct Registry {
    conversations: [Mutex<HashMap<ConversationId, Vec<Listener>>>; SHARDS],
    sites: RwLock<HashMap<Arc<str>, Vec<Weak<Queue>>>>,
    next_id: AtomicU64,
}

struct Listener {
    site: Arc<str>,
    queue: Weak<Queue>,
    is_visitor: bool,
}

impl Default for Registry {
    fn default() -> Self {
        Self {
            conversations: std::array::from_fn(|_| Mutex::default()),
            sites: RwLock::default(),
            next_id: AtomicU64::new(1),
        }
    }
}

impl Registry {
    pub fn open(&self, topic: &Topic) -> Arc<Queue> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        match topic {
            Topic::Conversation(conversation, site) | Topic::Desk(conversation, site) => {
                let queue = Arc::new(Queue::new(id, MAX_WAITING));
                let is_visitor = matches!(topic, Topic::Conversation(..));
                let listener = Listener { site: Arc::clone(site), queue: Arc::downgrade(&queue), is_visitor };
                self.shard(*conversation).entry(*conversation).or_default().push(listener);
                queue
            }
            Topic::Site(site) => {
                let queue = Arc::new(Queue::new(id, MAX_WAITING_OF_SITE));
                let mut sites = self.sites.write().unwrap_or_else(PoisonError::into_inner);
                sites.entry(Arc::clone(site)).or_default().push(Arc::downgrade(&queue));
                queue
            }
        }
    }

    pub fn close(&self, topic: &Topic, queue: &Arc<Queue>) {
        match topic {
            Topic::Conversation(conversation, _) | Topic::Desk(conversation, _) => {
                let mut shard = self.shard(*conversation);
                if let Some(listeners) = shard.get_mut(conversation) {
                    listeners.retain(|listener| listener.queue.as_ptr() != Arc::as_ptr(queue));
                    if listeners.is_empty() {
                        shard.remove(conversation);
                    }
                }
            }
            Topic::Site(site) => {
                let mut sites = self.sites.write().unwrap_or_else(PoisonError::into_inner);
                if let Some(queues) = sites.get_mut(site) {
                    queues.retain(|other| other.as_ptr() != Arc::as_ptr(queue));
                    if queues.is_empty() {
                        sites.remove(site);
                    }
                }
            }
        }
    }

    /// Tells whoever listens to the conversation or to its site; the updates are made only if anybody does.
    pub fn tell(&self, conversation: ConversationId, site: &str, updates: impl FnOnce() -> Vec<Update>) {
        let shard = self.shard(conversation);
        let listeners = shard.get(&conversation).into_iter().flatten().filter_map(|it| it.queue.upgrade());
        let sites = self.sites.read().unwrap_or_else(PoisonError::into_inner);
        let inboxes = sites.get(site).into_iter().flatten().filter_map(Weak::upgrade);
        let mut queues = listeners.chain(inboxes).peekable();
        if queues.peek().is_some() {
            let updates = updates();
            queues.for_each(|queue| queue.push(&updates));
        }
    }

    /// Tells every visitor of a site.
    pub fn tell_visitors(&self, site: &str, update: &Update) {
        for shard in &self.conversations {
            // The shard is let go before anyone is told: telling wakes tasks that may want it.
            let queues: Vec<_> = lock(shard)
                .values()
                .flatten()
                .filter(|listener| listener.is_visitor && &*listener.site == site)
                .filter_map(|listener| listener.queue.upgrade())
                .collect();
            queues.iter().for_each(|queue| queue.push(std::slice::from_ref(update)));
        }
    }

    pub fn hears(&self, conversation: ConversationId, site: &str) -> bool {
        self.shard(conversation).contains_key(&conversation)
            || self.sites.read().unwrap_or_else(PoisonError::into_inner).contains_key(site)
    }

    pub fn is_online(&self, conversation: ConversationId) -> bool {
        let shard = self.shard(conversation);
        shard.get(&conversation).into_iter().flatten().any(|listener| listener.is_visitor)
    }

    pub fn conversations(&self) -> usize {
        self.conversations.iter().map(|shard| lock(shard).len()).sum()
    }

    fn shard(&self, conversation: ConversationId) -> MutexGuard<'_, HashMap<ConversationId, Vec<Listener>>> {
        // A UUIDv7's last bytes are random; its first ones are the time.
        let [.., byte] = *conversation.uuid().as_bytes();
        lock(&self.conversations[usize::from(byte) % SHARDS])
    }
}

/// A panic while the lock was held leaves the map whole: every change to it is a single call.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
