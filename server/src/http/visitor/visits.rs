//! What requests, each of which stands alone, have in common with the ones before.

use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use governor::DefaultKeyedRateLimiter;
use governor::clock::{Clock as _, DefaultClock};
use lru::LruCache;

use super::dispatch::{self, Client};
use crate::config::Limits;
use crate::desk::Visitor;
use crate::id::ConversationId;

/// Visitors whose pages are remembered between their requests; one who is forgotten loses no message.
const VISITS: NonZeroUsize = NonZeroUsize::new(10_000).expect("not zero");

pub(super) struct Visits {
    /// Where the visitor came in and which page they are on, as they told at hello.
    told: Mutex<LruCache<ConversationId, Client>>,
    pace: DefaultKeyedRateLimiter<ConversationId>,
}

impl Visits {
    pub fn new(limits: &Limits) -> Self {
        Self { told: Mutex::new(LruCache::new(VISITS)), pace: DefaultKeyedRateLimiter::keyed(dispatch::quota(limits)) }
    }

    pub fn remember(&self, client: Client) {
        let id = client.visitor.conversation();
        let pushed_out = self.told.lock().unwrap_or_else(PoisonError::into_inner).push(id, client);
        if pushed_out.is_some_and(|(gone, _)| gone != id) {
            // Old visitors leave; so do the counts of their frames.
            self.pace.retain_recent();
        }
    }

    /// The visitor's client with what it told before.
    pub fn recall(&self, visitor: Visitor) -> Client {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let known = told.get(&visitor.conversation()).filter(|told| told.visitor.site() == visitor.site());
        known.cloned().unwrap_or_else(|| Client::new(visitor))
    }

    /// Counts a frame; how long the conversation's clients must wait, where there were too many.
    pub fn count(&self, conversation: ConversationId) -> Option<Duration> {
        let not_until = self.pace.check_key(&conversation).err()?;
        Some(not_until.wait_time_from(DefaultClock::default().now()))
    }
}
