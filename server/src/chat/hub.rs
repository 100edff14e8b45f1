//! Who is listening to which conversation, on this node: events, typing and notices go to every open line.
//!
//! The store is the truth and the hub only a hurry: a line that falls behind is told so and reads the store by `seq`.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use bytes::Bytes;
use tokio::sync::Notify;

use crate::clock::Millis;
use crate::id::ConversationId;

/// What waits for one slow client at most; the store holds the rest.
const MAX_WAITING: usize = 64;
/// Enough that two cores seldom wait for each other.
const SHARDS: usize = 32;

/// Something that happened in a conversation, or on its site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// An event was committed.
    Event {
        /// Its place in the conversation.
        seq: i64,
        /// Its frame; rendered once for all lines.
        frame: Bytes,
    },
    /// Somebody is typing.
    Typing {
        /// The frame.
        frame: Bytes,
        /// The line on which they type; it is not told.
        line: u64,
    },
    /// An outage of another platform began (since when) or ended.
    Notice(Option<Millis>),
    /// Something was left out: read the store after the last `seq` that was passed on.
    Lagged,
}

/// The open lines of this node. Cheap to clone.
#[derive(Clone, Default)]
pub struct Hub(Arc<Lines>);

struct Lines {
    shards: [Mutex<HashMap<ConversationId, Vec<Weak<Inner>>>>; SHARDS],
    next_id: AtomicU64,
}

/// One open line to a visitor's client. Hangs up when dropped.
pub struct Line {
    inner: Arc<Inner>,
    hub: Hub,
}

struct Inner {
    id: u64,
    conversation: ConversationId,
    site: Arc<str>,
    waiting: Mutex<VecDeque<News>>,
    ring: Notify,
}

impl Default for Lines {
    fn default() -> Self {
        Self { shards: std::array::from_fn(|_| Mutex::default()), next_id: AtomicU64::new(1) }
    }
}

impl Hub {
    /// A hub without lines.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Opens a line: from now on it hears of everything in the conversation.
    #[must_use]
    pub fn open(&self, conversation: ConversationId, site: Arc<str>) -> Line {
        let inner = Arc::new(Inner {
            id: self.0.next_id.fetch_add(1, Ordering::Relaxed),
            conversation,
            site,
            waiting: Mutex::default(),
            ring: Notify::new(),
        });
        self.shard(conversation).entry(conversation).or_default().push(Arc::downgrade(&inner));
        Line { inner, hub: self.clone() }
    }

    /// Tells every line of a conversation.
    pub fn publish(&self, conversation: ConversationId, news: &[News]) {
        for line in self.shard(conversation).get(&conversation).into_iter().flatten().filter_map(Weak::upgrade) {
            line.tell(news);
        }
    }

    /// Whether anybody on this node listens to a conversation.
    #[must_use]
    pub fn hears(&self, conversation: ConversationId) -> bool {
        self.shard(conversation).contains_key(&conversation)
    }

    /// Tells every line of a site.
    pub fn publish_to_site(&self, site: &str, news: &News) {
        for shard in &self.0.shards {
            // The shard is let go before anyone is told: telling wakes tasks that may want it.
            let lines: Vec<_> = lock(shard).values().flatten().filter_map(Weak::upgrade).collect();
            for line in lines.iter().filter(|line| &*line.site == site) {
                line.tell(std::slice::from_ref(news));
            }
        }
    }

    /// How many conversations are listened to.
    #[must_use]
    pub fn conversations(&self) -> usize {
        self.0.shards.iter().map(|shard| lock(shard).len()).sum()
    }

    fn shard(&self, conversation: ConversationId) -> MutexGuard<'_, HashMap<ConversationId, Vec<Weak<Inner>>>> {
        // A UUIDv7's last bytes are random; its first ones are the time.
        let [.., byte] = *conversation.uuid().as_bytes();
        lock(&self.0.shards[usize::from(byte) % SHARDS])
    }
}

impl Line {
    /// What tells this line from the others of its conversation.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.inner.id
    }

    /// The next news; waits until there is some. Loses nothing when it is dropped half-way.
    pub async fn next(&self) -> News {
        loop {
            if let Some(news) = self.try_next() {
                return news;
            }
            // Notify keeps one permit: news that come between the look and the wait are not slept through.
            self.inner.ring.notified().await;
        }
    }

    /// The next news, if there is some already.
    #[must_use]
    pub fn try_next(&self) -> Option<News> {
        let mut waiting = lock(&self.inner.waiting);
        let news = waiting.pop_front();
        if waiting.is_empty() && waiting.capacity() > 8 {
            // An idle visitor pays for no queue.
            waiting.shrink_to_fit();
        }
        news
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let mut shard = self.hub.shard(self.inner.conversation);
        if let Some(lines) = shard.get_mut(&self.inner.conversation) {
            lines.retain(|line| line.as_ptr() != Arc::as_ptr(&self.inner));
            if lines.is_empty() {
                shard.remove(&self.inner.conversation);
            }
        }
    }
}

impl Inner {
    fn tell(&self, news: &[News]) {
        let mut waiting = lock(&self.waiting);
        for news in news {
            if matches!(news, News::Typing { line, .. } if *line == self.id) {
                continue;
            }
            if waiting.len() < MAX_WAITING {
                waiting.push_back(news.clone());
            } else {
                // Everything that waits is in the store, typing apart, which is stale by then.
                waiting.retain(|news| matches!(news, News::Notice(_)));
                waiting.push_back(News::Lagged);
                if matches!(news, News::Notice(_)) {
                    waiting.push_back(news.clone());
                }
            }
        }
        drop(waiting);
        self.ring.notify_one();
    }
}

/// A panic while the lock was held leaves the queue whole: every change to it is a single call.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(seq: i64) -> News {
        News::Event { seq, frame: Bytes::from_static(b"{}") }
    }

    #[tokio::test]
    async fn every_line_of_a_conversation_hears_and_no_other() {
        let hub = Hub::new();
        let (ours, other) = (ConversationId::new(), ConversationId::new());
        let lines = [hub.open(ours, "acme".into()), hub.open(ours, "acme".into()), hub.open(other, "acme".into())];

        hub.publish(ours, &[event(1), event(2)]);

        for line in &lines[..2] {
            assert_eq!(line.next().await, event(1));
            assert_eq!(line.next().await, event(2));
        }
        assert_eq!(lines[2].try_next(), None);
    }

    #[tokio::test]
    async fn a_line_that_falls_behind_is_told_to_read_the_store() {
        let hub = Hub::new();
        let conversation = ConversationId::new();
        let line = hub.open(conversation, "acme".into());

        for seq in 1..=70 {
            hub.publish(conversation, &[event(seq)]);
        }

        assert_eq!(line.next().await, News::Lagged);
        assert_eq!(line.next().await, event(66), "what came after the lag still comes");
    }

    #[test]
    fn whoever_types_is_not_told_of_it() {
        let hub = Hub::new();
        let conversation = ConversationId::new();
        let (typing, reading) = (hub.open(conversation, "acme".into()), hub.open(conversation, "acme".into()));

        hub.publish(conversation, &[News::Typing { frame: Bytes::new(), line: typing.id() }]);

        assert_eq!(typing.try_next(), None);
        assert!(reading.try_next().is_some());
    }

    #[test]
    fn a_notice_reaches_its_site_only() {
        let hub = Hub::new();
        let (ours, other) =
            (hub.open(ConversationId::new(), "acme".into()), hub.open(ConversationId::new(), "other".into()));

        hub.publish_to_site("acme", &News::Notice(Some(1)));

        assert_eq!(ours.try_next(), Some(News::Notice(Some(1))));
        assert_eq!(other.try_next(), None);
    }

    #[test]
    fn a_closed_line_leaves_nothing_behind() {
        let hub = Hub::new();
        let conversation = ConversationId::new();

        drop(hub.open(conversation, "acme".into()));

        assert_eq!(hub.conversations(), 0);
        assert!(!hub.hears(conversation));
    }
}
