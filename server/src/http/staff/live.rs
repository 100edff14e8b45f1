//! A member's page while it is open: what it watches, what it is told, and whether its session still holds.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::select_all;
use serde_json::{Value, json};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use super::dispatch::{out_of_reach, post, reach};
use super::{frames, rows};
use crate::http::Shared;
use crate::hub::{Audience, Subscription, Update};
use crate::id::ConversationId;
use crate::model::{Event, Right};
use crate::staff::{News, StaffSession};
use crate::store::{self, staff::desk_log};
use crate::wire::{MAX_EVENTS, StaffFrame, StaffRefusal, desk, staff_event, staff_typing};

/// Conversations that one page may watch at once.
const MAX_WATCHED: usize = 20;
/// That somebody types is passed on at most this often.
const TYPING_EVERY: Duration = Duration::from_secs(2);

/// One open page.
pub(super) struct Live {
    pub shared: Shared,
    pub session: StaffSession,
    cookie: String,
    ears: Vec<Ear>,
    news: broadcast::Receiver<Arc<News>>,
    ready: bool,
    here: BTreeSet<ConversationId>,
    typed: Option<Instant>,
}

/// Something that is listened to.
struct Ear {
    to: Topic,
    subscription: Subscription,
}

enum Topic {
    Conversation {
        id: ConversationId,
        site: String,
        seen: i64,
        desk_seen: i64,
    },
    /// The inbox hears that something happened, and asks for its rows again.
    Site,
}

/// Something heard, not yet in words.
pub(super) enum Heard {
    Said(usize, Update),
    News(Arc<News>),
    Missed,
}

impl Live {
    pub fn new(shared: Shared, session: StaffSession, cookie: String) -> Self {
        let news = shared.staff.listen();
        let here = BTreeSet::new();
        Self { shared, session, cookie, ears: Vec::new(), news, ready: false, here, typed: None }
    }

    /// A page that proved by a header what others say in their hello.
    pub fn welcomed(mut self) -> Self {
        self.ready = true;
        self
    }

    pub fn is_ready(&self) -> bool {
        self.ready
    }

    /// Takes a frame; gives what is answered.
    pub async fn take(&mut self, frame: StaffFrame) -> Result<Vec<Value>, StaffRefusal> {
        let id = frame.id();
        if !self.ready && !matches!(frame, StaffFrame::Hello { .. } | StaffFrame::Ping { .. }) {
            return Err(StaffRefusal::new("not_ready", "say hello first").of(id));
        }
        let shared = self.shared.clone();
        Ok(match frame {
            StaffFrame::Hello { csrf } => {
                if !self.session.knows(&csrf) {
                    return Err(StaffRefusal::new("refused", "this is not the session's token"));
                }
                self.ready = true;
                vec![frames::welcome(&shared, &self.session)]
            }
            StaffFrame::Watch { conversation, after, desk_after } => {
                vec![self.watch(conversation, after, desk_after).await?]
            }
            StaffFrame::Unwatch { conversation } => {
                self.unwatch(conversation);
                Vec::new()
            }
            StaffFrame::List { filter, site, after } => {
                let list = rows::list(&shared, &self.session, &filter, site.as_deref(), after.as_deref()).await?;
                self.listen_to_sites();
                vec![list]
            }
            StaffFrame::Post(frame) => {
                let answer = post(&shared, &self.session, &frame).await?;
                self.is_here(frame.conversation);
                vec![answer]
            }
            StaffFrame::Typing { conversation } => {
                let found = reach(&shared, &self.session, Right::Answer, conversation).await?;
                if self.typed.is_none_or(|at| at.elapsed() >= TYPING_EVERY) {
                    self.typed = Some(Instant::now());
                    shared.desk.staff_types(&found.site, conversation, &self.session.member.name);
                }
                self.is_here(conversation);
                Vec::new()
            }
            StaffFrame::Read { conversation, seq } => {
                reach(&shared, &self.session, Right::Look, conversation).await?;
                let number = self.session.member.number;
                desk_log::mark_read(&shared.store, conversation, number, seq).await.map_err(|e| out_of_reach(&e))?;
                self.is_here(conversation);
                Vec::new()
            }
            StaffFrame::Ping { n } => vec![json!({"type": "pong", "n": n})],
        })
    }

    async fn watch(&mut self, id: ConversationId, after: i64, desk_after: i64) -> Result<Value, StaffRefusal> {
        let shared = self.shared.clone();
        let found = reach(&shared, &self.session, Right::Look, id).await?;
        self.unwatch(id);
        if self.ears.len() >= MAX_WATCHED {
            return Err(StaffRefusal::new("rate_limited", "this page watches as many conversations as it may"));
        }
        // Heard from now on, then read: nothing falls between the two.
        let subscription = shared.staff_hub.subscribe_staff(id, found.site.as_str().into());
        let (frame, seen, desk_seen) = frames::conversation(&shared, &found, after, desk_after).await?;
        let to = Topic::Conversation { id, site: found.site, seen, desk_seen };
        self.ears.push(Ear { to, subscription });
        Ok(frame)
    }

    fn unwatch(&mut self, wanted: ConversationId) {
        self.ears.retain(|ear| !matches!(&ear.to, Topic::Conversation { id, .. } if *id == wanted));
        if self.here.remove(&wanted) {
            self.tell_presence(wanted, false);
        }
    }

    fn listen_to_sites(&mut self) {
        if self.ears.iter().any(|ear| matches!(ear.to, Topic::Site)) || !self.session.is_account() {
            return;
        }
        for site in self.session.member.sites(Right::Look) {
            let subscription = self.shared.staff_hub.subscribe_site(site.into());
            self.ears.push(Ear { to: Topic::Site, subscription });
        }
    }

    /// They have done something: only from now on others are told that they are there. A scanner that opens a link does nothing.
    fn is_here(&mut self, conversation: ConversationId) {
        let watched =
            self.ears.iter().any(|ear| matches!(&ear.to, Topic::Conversation { id, .. } if *id == conversation));
        if watched && self.here.insert(conversation) {
            self.tell_presence(conversation, true);
        }
    }

    fn tell_presence(&self, conversation: ConversationId, here: bool) {
        let (member, name) = (self.session.member.number, self.session.member.name.clone());
        self.shared.staff.tell(News::Presence { conversation, member, name, here });
    }

    /// What is heard next. Loses nothing when it is dropped half-way.
    pub async fn heard(&mut self) -> Heard {
        let Self { ears, news, .. } = self;
        let any = async {
            if ears.is_empty() {
                return std::future::pending().await;
            }
            let next =
                ears.iter().enumerate().map(|(at, ear)| Box::pin(async move { (at, ear.subscription.next().await) }));
            select_all(next).await.0
        };
        tokio::select! {
            (at, update) = any => Heard::Said(at, update),
            news = news.recv() => match news {
                Ok(news) => Heard::News(news),
                Err(RecvError::Lagged(_)) => Heard::Missed,
                Err(RecvError::Closed) => std::future::pending().await,
            },
        }
    }

    /// What was heard already.
    pub fn try_heard(&mut self) -> Option<Heard> {
        let said = self.ears.iter().enumerate().find_map(|(at, ear)| Some((at, ear.subscription.try_next()?)));
        match said {
            Some((at, update)) => Some(Heard::Said(at, update)),
            None => self.news.try_recv().ok().map(Heard::News),
        }
    }

    /// The frames that it comes to.
    pub async fn tell(&mut self, heard: Heard) -> Result<Vec<String>, StaffRefusal> {
        match heard {
            Heard::Said(at, update) => self.tell_update(at, update).await,
            Heard::News(news) => Ok(self.tell_news(&news)),
            Heard::Missed => self.desk_since().await,
        }
    }

    async fn tell_update(&mut self, at: usize, update: Update) -> Result<Vec<String>, StaffRefusal> {
        let Some(Ear { to, .. }) = self.ears.get_mut(at) else { return Ok(Vec::new()) };
        match (to, update) {
            (Topic::Conversation { id, seen, .. }, Update::Said(said)) => {
                let seq = said.event().seq;
                if seq <= *seen {
                    return Ok(Vec::new());
                }
                if seq > *seen + 1 {
                    return self.catch_up(at).await;
                }
                *seen = seq;
                let frame = said.frame(Audience::Staff, |event| staff_event(*id, event));
                Ok(vec![String::from_utf8_lossy(&frame).into_owned()])
            }
            (Topic::Conversation { id, .. }, Update::Typing(typing)) => {
                let is_own = typing.name.as_deref() == Some(self.session.member.name.as_str());
                Ok(if is_own { Vec::new() } else { vec![staff_typing(*id, typing.from, typing.name.as_deref())] })
            }
            (Topic::Conversation { .. }, Update::Lagged) => self.catch_up(at).await,
            (Topic::Site, Update::Said(said)) => Ok(vec![rows::hint(said.conversation, said.event())]),
            (Topic::Site, Update::Lagged) => Ok(vec![json!({"type": "row", "conversation": null}).to_string()]),
            _ => Ok(Vec::new()),
        }
    }

    async fn catch_up(&mut self, at: usize) -> Result<Vec<String>, StaffRefusal> {
        let Some(Ear { to: Topic::Conversation { id, seen, .. }, .. }) = self.ears.get_mut(at) else {
            return Ok(Vec::new());
        };
        let mut told = Vec::new();
        loop {
            let events = events_from(&self.shared, *id, *seen).await?;
            let is_last = events.len() < MAX_EVENTS;
            for event in &events {
                *seen = event.seq;
                told.push(staff_event(*id, event));
            }
            if is_last {
                return Ok(told);
            }
        }
    }

    fn tell_news(&mut self, news: &News) -> Vec<String> {
        let conversation = news.conversation();
        let mut told = Vec::new();
        for ear in &mut self.ears {
            let Topic::Conversation { id, desk_seen, .. } = &mut ear.to else { continue };
            if *id != conversation {
                continue;
            }
            match news {
                News::Desk(record) if record.n != *desk_seen + 1 => {}
                News::Desk(record) => {
                    *desk_seen = record.n;
                    told.push(frames::news(news).to_string());
                }
                News::Presence { member, .. } if *member == self.session.member.number => {}
                News::Presence { .. } => told.push(frames::news(news).to_string()),
            }
        }
        told
    }

    /// What was done at the desk on another node, or was missed here.
    async fn desk_since(&mut self) -> Result<Vec<String>, StaffRefusal> {
        let mut told = Vec::new();
        for ear in &mut self.ears {
            let Topic::Conversation { id, desk_seen, .. } = &mut ear.to else { continue };
            let records = desk_log::after(&self.shared.store, *id, *desk_seen, frames::MAX_DESK).await;
            for record in records.map_err(|error| out_of_reach(&error))? {
                *desk_seen = record.n;
                told.push(desk(&record).to_string());
            }
        }
        Ok(told)
    }

    /// Looks whether the session still holds, and every right that it is used by; none where it does not. What other nodes have
    /// written comes with it.
    pub async fn check(&mut self) -> Option<Vec<String>> {
        match self.shared.staff.session(&self.cookie).await {
            Ok(Some(session)) => self.session = session,
            Ok(None) => return None,
            // A database that is away revokes nobody.
            Err(_) => return Some(Vec::new()),
        }
        let session = &self.session;
        self.ears.retain(|ear| match &ear.to {
            Topic::Conversation { id, site, .. } => session.may(Right::Look, site, *id),
            Topic::Site => session.is_account(),
        });
        Some(self.desk_since().await.unwrap_or_default())
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        for conversation in std::mem::take(&mut self.here) {
            self.tell_presence(conversation, false);
        }
    }
}

/// The next events after `seen`, oldest first.
async fn events_from(shared: &Shared, id: ConversationId, seen: i64) -> Result<Vec<Event>, StaffRefusal> {
    // `seq` has no gaps, so the newest ones below this are the next ones.
    let below = seen.saturating_add(1 + i64::try_from(MAX_EVENTS).unwrap_or(i64::MAX - 1));
    let found = store::conversations::events_before(&shared.store, id, below, MAX_EVENTS).await;
    let (mut events, _) = found.map_err(|error| out_of_reach(&error))?;
    events.retain(|event| event.seq > seen);
    Ok(events)
}
