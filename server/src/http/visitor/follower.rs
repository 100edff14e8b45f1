//! A client's ear: every event of its conversation, once and in order, whatever carries it.

use bytes::Bytes;

use super::dispatch::Client;
use crate::desk::Desk;
use crate::desk::Visitor;
use crate::hub::{Audience, Subscription, Update};
use crate::store::StoreError;
use crate::wire::{self, MAX_EVENTS};

/// Something heard, on its way to the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// The place of an event; none for what passes, such as typing.
    pub seq: Option<i64>,
    /// The frame.
    pub frame: Bytes,
}

/// A client's side of a conversation: every event after the last one it has seen, once and in order.
pub struct Follower {
    pub(super) client: Client,
    subscription: Subscription,
    seen: i64,
    behind: bool,
}

impl Follower {
    /// Follows the visitor's conversation from the event after `seen` on.
    #[must_use]
    pub fn new(desk: &Desk, visitor: Visitor, seen: i64) -> Self {
        let subscription = desk.listen(&visitor);
        Self { client: Client::on(visitor, &subscription), subscription, seen, behind: true }
    }

    /// Follows on a line that was opened before `seen` was read.
    #[must_use]
    pub fn up_to_date(visitor: Visitor, subscription: Subscription, seen: i64) -> Self {
        Self { client: Client::on(visitor, &subscription), subscription, seen, behind: false }
    }

    /// What is heard next. Loses nothing when it is dropped half-way.
    pub async fn next_update(&self) -> Update {
        if self.behind { Update::Lagged } else { self.subscription.next().await }
    }

    /// What was heard already.
    #[must_use]
    pub fn try_update(&self) -> Option<Update> {
        if self.behind { Some(Update::Lagged) } else { self.subscription.try_next() }
    }

    /// The frames that an update comes to.
    ///
    /// # Errors
    ///
    /// When events that were left out cannot be read.
    pub async fn hear(&mut self, desk: &Desk, update: Update) -> Result<Vec<Heard>, StoreError> {
        match update {
            Update::Said(said) if said.event().seq <= self.seen => Ok(Vec::new()),
            Update::Said(said) if said.event().seq == self.seen + 1 => {
                self.seen += 1;
                Ok(vec![Heard { seq: Some(self.seen), frame: said.frame(Audience::Visitor, wire::event) }])
            }
            Update::Said(_) | Update::Lagged => Box::pin(self.catch_up(desk)).await,
            Update::Typing(typing) => {
                let frame = Bytes::from(wire::typing(typing.from, typing.name.as_deref()));
                Ok(vec![Heard { seq: None, frame }])
            }
            Update::Notice(since) => {
                let notice = desk.notice(&self.client.visitor, since);
                Ok(vec![Heard { seq: None, frame: Bytes::from(wire::notice(notice.as_ref())) }])
            }
        }
    }

    async fn catch_up(&mut self, desk: &Desk) -> Result<Vec<Heard>, StoreError> {
        let missed = desk.events_from(&self.client.visitor, self.seen).await?;
        // A full page may not be the last one.
        self.behind = missed.len() >= MAX_EVENTS;
        self.seen = missed.last().map_or(self.seen, |event| event.seq);
        Ok(missed.iter().map(|event| Heard { seq: Some(event.seq), frame: Bytes::from(wire::event(event)) }).collect())
    }
}
