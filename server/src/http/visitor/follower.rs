//! A client's ear: every event of its conversation, once and in order, whatever carries it.

use bytes::Bytes;

use super::dispatch::Client;
use crate::chat::desk::Desk;
use crate::chat::hub::{Line, News};
use crate::chat::visitor::Visitor;
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
    line: Line,
    seen: i64,
    behind: bool,
}

impl Follower {
    /// Follows the visitor's conversation from the event after `seen` on.
    #[must_use]
    pub fn new(desk: &Desk, visitor: Visitor, seen: i64) -> Self {
        let line = desk.listen(&visitor);
        Self { client: Client::on_line(visitor, &line), line, seen, behind: true }
    }

    /// Follows on a line that was opened before `seen` was read.
    #[must_use]
    pub fn up_to_date(visitor: Visitor, line: Line, seen: i64) -> Self {
        Self { client: Client::on_line(visitor, &line), line, seen, behind: false }
    }

    /// What is heard next. Loses nothing when it is dropped half-way.
    pub async fn news(&self) -> News {
        if self.behind { News::Lagged } else { self.line.next().await }
    }

    /// What was heard already.
    #[must_use]
    pub fn try_news(&self) -> Option<News> {
        if self.behind { Some(News::Lagged) } else { self.line.try_next() }
    }

    /// The frames that a piece of news comes to.
    ///
    /// # Errors
    ///
    /// When events that were left out cannot be read.
    pub async fn hear(&mut self, desk: &Desk, news: News) -> Result<Vec<Heard>, StoreError> {
        match news {
            News::Event { seq, .. } if seq <= self.seen => Ok(Vec::new()),
            News::Event { seq, frame } if seq == self.seen + 1 => {
                self.seen = seq;
                Ok(vec![Heard { seq: Some(seq), frame }])
            }
            News::Event { .. } | News::Lagged => Box::pin(self.catch_up(desk)).await,
            News::Typing { frame, .. } => Ok(vec![Heard { seq: None, frame }]),
            News::Notice(since) => {
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
