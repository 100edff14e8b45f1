//! What a subscription hears. Rendered where it is sent, once for each audience, however many listen.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use crate::clock::Millis;
use crate::id::ConversationId;
use crate::model::{Author, Committed, Event};

/// Something that happened in a conversation, or on its site.
#[derive(Clone, Debug)]
pub enum Update {
    /// An event was committed.
    Said(Arc<Said>),
    /// Somebody is typing.
    Typing(Arc<Typing>),
    /// An outage of another platform began (since when) or ended.
    Notice(Option<Millis>),
    /// Something was left out: read the store after the last `seq` that was passed on.
    Lagged,
}

/// For whom an event is rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// The visitor's clients.
    Visitor,
    /// The brand's people.
    Staff,
}

/// A committed event, on its way to everybody who listens.
#[derive(Debug)]
pub struct Said {
    /// Where it was said.
    pub conversation: ConversationId,
    committed: Arc<Committed>,
    index: usize,
    frames: [OnceLock<Bytes>; 2],
}

/// That somebody is typing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typing {
    /// Where.
    pub conversation: ConversationId,
    /// Who.
    pub from: Author,
    /// The staff member's name.
    pub name: Option<String>,
    /// The subscription on which they type, which is not told; 0 where there is none.
    pub subscription: u64,
}

impl Update {
    /// The events of a commit, in order.
    pub(super) fn of(conversation: ConversationId, committed: &Arc<Committed>) -> Vec<Self> {
        let said = |index| Said { conversation, committed: Arc::clone(committed), index, frames: Default::default() };
        (0..committed.events.len()).map(|index| Self::Said(Arc::new(said(index)))).collect()
    }
}

impl Said {
    /// The event.
    #[must_use]
    pub fn event(&self) -> &Event {
        &self.committed.events[self.index]
    }

    /// The event's frame for this audience, made by `render` for the first who asks.
    pub fn frame(&self, audience: Audience, render: impl FnOnce(&Event) -> String) -> Bytes {
        self.frames[audience as usize].get_or_init(|| Bytes::from(render(self.event()))).clone()
    }
}
