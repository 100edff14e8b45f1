//! Staff: who they are here and now, by which door they come in, and what they are told of each other.

mod doors;
mod links;
mod members;
mod mode;
mod records;
mod secret;
mod session;
mod sign_in;
mod switchboard;
mod tries;

use std::sync::Arc;

pub use doors::{Claim, Entered, Refused};
pub use members::display_name;
pub use records::{NotRecorded, Record};
pub use session::StaffSession;
pub use sign_in::SIGN_IN_MS;
pub use switchboard::News;

use tokio::sync::broadcast;

use crate::clock::Clock;
use crate::config::Config;
use crate::store::Store;
use crate::token::Key;
use switchboard::Switchboard;
use tries::Tries;

/// The name of the key in the settings that signs staff's links and codes.
const KEY: &str = "staff_links";

/// Everything about staff that a request, a command or a mail may ask.
pub struct Staff {
    store: Store,
    config: Arc<Config>,
    clock: Clock,
    key: Key,
    tries: Tries,
    switchboard: Switchboard,
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
