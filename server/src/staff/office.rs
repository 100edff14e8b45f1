//! What all that concerns staff works with: the store, the key of their links, who tries too often, whom to tell.

use std::sync::Arc;

use tokio::sync::broadcast;

use super::switchboard::{News, Switchboard};
use super::tries::Tries;
use crate::clock::Clock;
use crate::config::Config;
use crate::store::Store;
use crate::token::Key;

/// The name of the key in the settings that signs staff's links and codes.
const KEY: &str = "staff_links";

/// Everything about staff that a request, a command or a mail may ask.
pub struct Staff {
    pub(super) store: Store,
    pub(super) config: Arc<Config>,
    pub(super) clock: Clock,
    pub(super) key: Key,
    pub(super) tries: Tries,
    pub(super) switchboard: Switchboard,
}

impl Staff {
    /// The staff of the configured sites. The key is made the first time, and the same on every node.
    ///
    /// # Errors
    ///
    /// [`crate::store::StoreError`] where the key cannot be had.
    pub async fn open(store: Store, config: Arc<Config>, clock: Clock) -> Result<Self, crate::store::StoreError> {
        let key = Key::new(&crate::store::settings::secret(&store, KEY).await?);
        Ok(Self { store, config, clock, key, tries: Tries::default(), switchboard: Switchboard::new() })
    }

    /// Hears what staff do at the desk from now on, on this node.
    #[must_use]
    pub fn listen(&self) -> broadcast::Receiver<Arc<News>> {
        self.switchboard.listen()
    }

    /// Tells whoever of staff listens on this node.
    pub fn tell(&self, news: News) {
        self.switchboard.tell(news);
    }
}
