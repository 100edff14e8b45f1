//! What is told apart from what is said: typing, and outages of other platforms.

use std::sync::PoisonError;

use super::{Desk, Visitor};
use crate::clock::Millis;
use crate::config::Site;
use crate::hub::Typing;
use crate::id::ConversationId;
use crate::model::Author;
use crate::wire::Notice;

impl Desk {
    /// Tells who else listens to the conversation that the visitor is typing. `subscription` is the one on which they do, 0
    /// where it is not known.
    pub fn types(&self, visitor: &Visitor, subscription: u64) {
        let typing = Typing { conversation: visitor.conversation, from: Author::Visitor, name: None, subscription };
        self.hub.typing(&visitor.site, typing);
    }

    /// Tells the visitor that a person is typing.
    pub fn staff_types(&self, site: &str, conversation: ConversationId, name: &str) {
        let typing = Typing { conversation, from: Author::Staff, name: Some(name.to_owned()), subscription: 0 };
        self.hub.typing(site, typing);
    }

    /// Another platform is down (since when), or works again: every visitor of the site is told.
    pub fn announce(&self, site: &str, outage_since: Option<Millis>) {
        let mut outages = self.outages.write().unwrap_or_else(PoisonError::into_inner);
        match outage_since {
            Some(since) => outages.insert(site.to_owned(), since),
            None => outages.remove(site),
        };
        drop(outages);
        self.hub.notice(site, outage_since);
    }

    /// The words of a notice for this visitor.
    #[must_use]
    pub fn notice(&self, visitor: &Visitor, outage_since: Option<Millis>) -> Option<Notice> {
        let site = self.config.site(&visitor.site)?;
        outage_since.map(|since| Notice::of(site, &self.locale_for(site, visitor), since))
    }

    pub(super) fn outage_since(&self, site: &str) -> Option<Millis> {
        self.outages.read().unwrap_or_else(PoisonError::into_inner).get(site).copied()
    }

    /// The visitor's language where the site's intents speak it, else the site's own.
    pub(super) fn locale_for(&self, site: &Site, visitor: &Visitor) -> String {
        let (Some(asked), Some(intents)) = (visitor.locale.as_deref(), self.understand.site_intents(&site.id)) else {
            return site.locale.clone();
        };
        let language = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
        let spoken = intents.intents.locales();
        let exact = spoken.iter().find(|tag| tag.eq_ignore_ascii_case(asked));
        let close = || spoken.iter().find(|tag| language(tag) == language(asked));
        exact.or_else(close).map_or_else(|| site.locale.clone(), |tag| (*tag).to_owned())
    }
}
