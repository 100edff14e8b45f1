//! Who is listening on this node: to one conversation, or to all of a site. What was committed goes to every subscription.
//!
//! The store is the truth and the hub only a hurry: a subscription that falls behind is told so and reads the store by `seq`.

mod queue;
mod registry;
mod subscription;
mod update;

use std::sync::Arc;

pub use subscription::Subscription;
pub use update::{Audience, Said, Typing, Update};

use crate::clock::Millis;
use crate::id::ConversationId;
use crate::model::Committed;
use registry::{Registry, Topic};

/// The subscriptions of this node. Cheap to clone.
#[derive(Clone, Default)]
pub struct Hub(Arc<Registry>);

impl Hub {
    /// A hub that nobody listens to yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// From now on hears everything in the conversation, and what is told to all visitors of its site.
    #[must_use]
    pub fn subscribe(&self, conversation: ConversationId, site: Arc<str>) -> Subscription {
        Subscription::new(&self.0, Topic::Conversation(conversation, site))
    }

    /// From now on hears everything in the conversation, as one of staff.
    #[must_use]
    pub fn subscribe_staff(&self, conversation: ConversationId, site: Arc<str>) -> Subscription {
        Subscription::new(&self.0, Topic::Desk(conversation, site))
    }

    /// Whether a client of the visitor's is connected to this node.
    #[must_use]
    pub fn is_online(&self, conversation: ConversationId) -> bool {
        self.0.is_online(conversation)
    }

    /// From now on hears everything in every conversation of the site: the staff's inbox.
    #[must_use]
    pub fn subscribe_site(&self, site: Arc<str>) -> Subscription {
        Subscription::new(&self.0, Topic::Site(site))
    }

    /// Tells whoever listens what was committed.
    pub fn publish(&self, committed: &Arc<Committed>) {
        let Some(conversation) = committed.conversation else { return };
        self.0.tell(conversation, &committed.site, || Update::of(conversation, committed));
    }

    /// Tells whoever listens that somebody is typing, but for the subscription on which they do.
    pub fn typing(&self, site: &str, typing: Typing) {
        let conversation = typing.conversation;
        self.0.tell(conversation, site, || vec![Update::Typing(Arc::new(typing))]);
    }

    /// Tells every visitor of a site that another platform is down (since when), or works again.
    pub fn notice(&self, site: &str, outage_since: Option<Millis>) {
        self.0.tell_visitors(site, &Update::Notice(outage_since));
    }

    /// Whether anybody on this node listens to a conversation, or to its site.
    #[must_use]
    pub fn hears(&self, conversation: ConversationId, site: &str) -> bool {
        self.0.hears(conversation, site)
    }

    /// How many conversations are listened to.
    #[must_use]
    pub fn conversations(&self) -> usize {
        self.0.conversations()
    }
}

#[cfg(test)]
mod tests;
