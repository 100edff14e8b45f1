//! The desk: where a turn is taken, whoever speaks. Load, understand, step, commit, answer: in this order.
//!
//! What follows from a commit is not the desk's business: the store tells the [bus](crate::bus), and the bus everybody who waits.

mod body;
mod cache;
mod followups;
mod forms;
mod identity;
mod input;
mod leads;
mod notices;
mod resume;
mod step;
pub mod suggestions;
mod token;
mod turn;
mod visitor;

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

pub use body::aloud;
pub use input::{Input, NotTaken, Speaker, Taken};
pub use token::{Token, TokenKey};
pub use visitor::Visitor;

use crate::clock::{Clock, Millis};
use crate::config::{Config, Site};
use crate::hub::Hub;
use crate::metrics::Metrics;
use crate::store::Store;
use crate::understand::{SiteIntents, Understand};
use crate::wire::Refusal;
use cache::ConversationCache;

/// What a client is told to wait when the database is out of reach.
const UNAVAILABLE_RETRY_MS: u64 = 2_000;

/// Where turns are taken.
pub struct Desk {
    store: Store,
    hub: Hub,
    understand: Arc<Understand>,
    config: Arc<Config>,
    clock: Clock,
    key: TokenKey,
    metrics: Metrics,
    cache: ConversationCache,
    outages: RwLock<HashMap<String, Millis>>,
}

impl Desk {
    /// A desk for the configured sites.
    #[must_use]
    pub fn new(
        store: Store,
        hub: Hub,
        understand: Arc<Understand>,
        config: Arc<Config>,
        clock: Clock,
        token_key: [u8; 32],
        metrics: Metrics,
    ) -> Self {
        let key = TokenKey::new(&token_key);
        let (cache, outages) = (ConversationCache::new(), RwLock::default());
        Self { store, hub, understand, config, clock, key, metrics, cache, outages }
    }

    /// What understands messages here.
    #[must_use]
    pub fn understand(&self) -> &Understand {
        &self.understand
    }

    /// Counts a frame of a visitor's.
    pub fn count_frame(&self) {
        self.metrics.frames.inc();
    }

    /// Counts a refusal that was sent to a visitor.
    pub fn count_refusal(&self, refusal: &Refusal) {
        self.metrics.error(refusal.code.as_str());
    }

    fn site(&self, id: &str) -> Result<(&Site, Arc<SiteIntents>), NotTaken> {
        let site = self.config.site(id).ok_or(NotTaken::Unknown)?;
        let intents = self
            .understand
            .site_intents(id)
            .ok_or_else(|| NotTaken::Unavailable(format!("site \"{id}\" has no intents yet")))?;
        Ok((site, intents))
    }
}
