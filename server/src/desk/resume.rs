//! How a visitor comes in, and catches up with what was said.

use std::sync::Arc;

use sidedoor_dialogue::Introduction;

use super::identity::{self, Unverified, Verified};
use super::suggestions;
use super::token::Token;
use super::{Desk, UNAVAILABLE_RETRY_MS, Visitor};
use crate::clock::Millis;
use crate::config::Site;
use crate::hub::Subscription;
use crate::id::ConversationId;
use crate::model::{Conversation, Event, Phase};
use crate::store::{self, StoreError};
use crate::wire::{self, Face, Hello, History, IdentityStatus, MAX_EVENTS, Refusal, Suggestion, Welcome};

/// The most bytes of events in one frame: two hundred long messages would keep a slow phone busy for a minute.
const MAX_PAGE_BYTES: usize = 256 * 1024;
const DAY_MS: Millis = 24 * 60 * 60 * 1000;

impl Desk {
    /// Lets a visitor in: into their conversation if the token opens one of this site, else into a new one.
    ///
    /// A new conversation has no row until its visitor says something.
    ///
    /// # Errors
    ///
    /// `unavailable` when the database is.
    pub async fn hello(&self, site: &Site, hello: &Hello) -> Result<(Visitor, Subscription, Welcome), Refusal> {
        let (introduction, person, identity) = self.introduced(site, hello);
        let opened = hello.visitor.as_deref().and_then(|text| Some((text.to_owned(), self.opened_by(text)?)));
        let mut known = opened.filter(|(_, (_, of))| of.id == site.id).map(|(text, (visitor, _))| (text, visitor));
        let mut after = hello.after;
        if let Some(person) = &person {
            let current = known.as_ref().map(|(_, visitor)| visitor.conversation);
            let theirs = self.conversation_of(site, person, current).await?;
            if current != Some(theirs) {
                // What the client has seen was of another conversation.
                (known, after) = (Some((self.seal(site, theirs), Visitor::new(theirs, site.id.as_str().into()))), 0);
            }
        }
        let telling =
            |visitor: Visitor| visitor.telling(hello.locale.as_deref(), &hello.page).introduced(&introduction);
        if let Some((token, visitor)) = known {
            let visitor = telling(visitor);
            // Listen first, read then: what is said in between comes twice rather than never.
            let subscription = self.listen(&visitor);
            let stored = store::conversations::resume(&self.store, visitor.conversation, after, MAX_EVENTS).await;
            let stored = stored.map_err(out_of_reach)?;
            // A client that has seen something of a conversation that is gone must forget it: by a new token.
            let stays = match &stored {
                Some(_) => true,
                None if after > 0 => false,
                None => {
                    let erased = store::conversations::is_erased(&self.store, visitor.conversation).await;
                    !erased.map_err(out_of_reach)?
                }
            };
            if stays {
                let welcome = self.welcome(site, &visitor, token, stored);
                return Ok((visitor, subscription, Welcome { identity, ..welcome }));
            }
            if person.is_some() {
                store::identities::forget(&self.store, visitor.conversation).await.map_err(out_of_reach)?;
            }
        }
        let id = match &person {
            Some(person) => self.conversation_of(site, person, None).await?,
            None => ConversationId::new(),
        };
        let visitor = telling(Visitor::new(id, site.id.as_str().into()).new_here());
        let subscription = self.listen(&visitor);
        let welcome = self.welcome(site, &visitor, self.seal(site, id), None);
        Ok((visitor, subscription, Welcome { identity, ..welcome }))
    }

    /// How the page introduces its visitor, and for whom the brand's server vouches.
    fn introduced(&self, site: &Site, hello: &Hello) -> (Introduction, Option<Verified>, Option<IdentityStatus>) {
        let mut introduction = hello.introduction.clone();
        let Some(token) = &hello.identity_token else { return (introduction, None, None) };
        match identity::verify(token, &site.id, &site.identity_secrets, self.clock.now()) {
            Ok(verified) => {
                introduction.vouched = Some(verified.person.clone());
                (introduction, Some(verified), Some(IdentityStatus::Verified))
            }
            Err(Unverified::Expired) => (introduction, None, Some(IdentityStatus::Expired)),
            Err(Unverified::Refused) => (introduction, None, Some(IdentityStatus::Refused)),
        }
    }

    /// The person's one conversation, on whichever device: theirs, else the one that they are in where it is nobody's, else a new one.
    async fn conversation_of(
        &self,
        site: &Site,
        person: &Verified,
        current: Option<ConversationId>,
    ) -> Result<ConversationId, Refusal> {
        let offered = current.unwrap_or_default();
        store::identities::conversation_of(&self.store, &site.id, &person.subject, offered, self.clock.now())
            .await
            .map_err(out_of_reach)
    }

    fn seal(&self, site: &Site, conversation: ConversationId) -> String {
        self.key.seal(&Token { conversation, site: site.id.clone(), issued_at: self.clock.now() })
    }

    /// The visitor whose token this is; `None` when it is forged, has expired, or its site is no longer configured.
    #[must_use]
    pub fn visitor(&self, token: &str) -> Option<Visitor> {
        self.opened_by(token).map(|(visitor, _)| visitor)
    }

    fn opened_by(&self, token: &str) -> Option<(Visitor, &Site)> {
        let token = self.key.open(token)?;
        let site = self.config.site(&token.site)?;
        let age = self.clock.now().saturating_sub(token.issued_at);
        let fresh = age <= Millis::from(site.retention_days) * DAY_MS;
        fresh.then(|| (Visitor::new(token.conversation, site.id.as_str().into()), site))
    }

    fn welcome(
        &self,
        site: &Site,
        visitor: &Visitor,
        token: String,
        stored: Option<(Conversation, Vec<Event>, bool)>,
    ) -> Welcome {
        let (seq, state, events, more) = match stored {
            Some((conversation, events, more)) => {
                let (events, more) = page_of(events, more);
                (conversation.last_seq, conversation.phase, events, more)
            }
            None => (0, Phase::Bot, Vec::new(), false),
        };
        let locale = self.locale_for(site, visitor);
        let site = Face::of(site, &locale, self.suggested(site, &locale), self.outage_since(&site.id));
        Welcome { visitor: token, conversation: visitor.conversation, seq, state, site, events, more, identity: None }
    }

    /// What a visitor may begin with; nothing until there are intents.
    pub(super) fn suggested(&self, site: &Site, locale: &str) -> Vec<Suggestion> {
        self.understand
            .site_intents(&site.id)
            .map(|intents| suggestions::of(site, &intents.intents, locale))
            .unwrap_or_default()
    }

    /// The older events that a client asks for.
    ///
    /// # Errors
    ///
    /// `unavailable` when the database is.
    pub async fn history(&self, visitor: &Visitor, before: i64, limit: usize) -> Result<History, Refusal> {
        let found = store::conversations::events_before(&self.store, visitor.conversation, before, limit).await;
        let (events, more) = found.map_err(out_of_reach)?;
        let (events, more) = page_of(events, more);
        Ok(History { events, more })
    }

    /// The next events after `after`, oldest first, at most [`MAX_EVENTS`]; none when that was the newest.
    ///
    /// # Errors
    ///
    /// When the database is out of reach.
    pub async fn events_from(&self, visitor: &Visitor, after: i64) -> Result<Vec<Event>, StoreError> {
        // `seq` has no gaps, so the newest ones below this are the next ones.
        let below = after.saturating_add(1 + i64::try_from(MAX_EVENTS).unwrap_or(i64::MAX - 1));
        let (mut events, _) =
            store::conversations::events_before(&self.store, visitor.conversation, below, MAX_EVENTS).await?;
        events.retain(|event| event.seq > after);
        Ok(events)
    }

    /// Listens to what is said in the visitor's conversation from now on.
    #[must_use]
    pub fn listen(&self, visitor: &Visitor) -> Subscription {
        self.hub.subscribe(visitor.conversation, Arc::clone(&visitor.site))
    }
}

/// The newest of these events that fit into one frame, and whether older ones remain. At least one always fits.
fn page_of(mut events: Vec<Event>, more: bool) -> (Vec<Event>, bool) {
    let mut bytes = 0;
    let newest = events.iter().rev().take_while(|event| {
        bytes += wire::event(event).len();
        bytes <= MAX_PAGE_BYTES
    });
    let left_out = events.len() - newest.count();
    events.drain(..left_out);
    (events, more || left_out > 0)
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn out_of_reach(error: StoreError) -> Refusal {
    tracing::error!(error = %error, "a conversation could not be read");
    Refusal::unavailable(UNAVAILABLE_RETRY_MS)
}
