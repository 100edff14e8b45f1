//! One connection's side of the protocol, whatever carries it: hello first, limits, and no event lost, doubled or reordered.

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use bytes::Bytes;
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

use super::desk::Desk;
use super::hub::{Line, News};
use super::visitor::Visitor;
use crate::config::{Limits, Site};
use crate::store::StoreError;
use crate::wire::{self, Code, Frame, Hello, MAX_EVENTS, Post, Refusal};

/// That somebody types is passed on at most this often; a client shows it for a little longer.
const TYPING_EVERY: Duration = Duration::from_secs(2);
/// Frames in a row that are no frames: then it is no client of ours.
const MAX_BAD_FRAMES: u8 = 5;
/// Refusals for haste, less the frames taken meanwhile, before the connection is closed: a person never gets there.
const MAX_HASTY_FRAMES: u16 = 50;

/// Why the server closes a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Close {
    /// 1001: the server stops, or cannot read the conversation any more; come back.
    GoingAway,
    /// 1002: not WebSocket.
    Protocol,
    /// 1003: binary.
    NotText,
    /// 1007: not UTF-8.
    NotUtf8,
    /// 1009: more than 16 KiB.
    TooLarge,
    /// 4400: one bad frame after the other.
    BadFrames,
    /// 4408: no hello, or no answer to pings.
    Silent,
    /// 4429: far too many frames.
    Flooding,
}

impl Close {
    /// The close code.
    #[must_use]
    pub fn code(self) -> u16 {
        match self {
            Self::GoingAway => 1001,
            Self::Protocol => 1002,
            Self::NotText => 1003,
            Self::NotUtf8 => 1007,
            Self::TooLarge => 1009,
            Self::BadFrames => 4400,
            Self::Silent => 4408,
            Self::Flooding => 4429,
        }
    }

    /// The reason, for people who read a client's log.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::GoingAway => "going away",
            Self::Protocol => "not a WebSocket frame",
            Self::NotText => "one JSON object per text frame",
            Self::NotUtf8 => "not UTF-8",
            Self::TooLarge => "a frame has at most 16,384 bytes",
            Self::BadFrames => "repeated bad frames",
            Self::Silent => "no hello, or no answer to pings",
            Self::Flooding => "flooding",
        }
    }
}

/// What is said to the client next.
#[derive(Debug, Default, PartialEq)]
pub struct Answer {
    /// A frame, if there is something to say.
    pub frame: Option<String>,
    /// Then the connection ends.
    pub close: Option<Close>,
}

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
    visitor: Visitor,
    line: Line,
    seen: i64,
    behind: bool,
}

/// One connection.
pub struct Session {
    follower: Option<Follower>,
    pace: DefaultDirectRateLimiter,
    hasty: u16,
    bad: u8,
    typed: Option<Instant>,
}

impl Session {
    /// A connection on which nothing was said yet.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        let at_least_one = |n: u32| NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN);
        let quota =
            Quota::per_second(at_least_one(limits.frames_per_second)).allow_burst(at_least_one(limits.frame_burst));
        Self { follower: None, pace: RateLimiter::direct(quota), hasty: 0, bad: 0, typed: None }
    }

    /// Whether there was a hello.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.follower.is_some()
    }

    /// Takes one text frame.
    pub async fn take(&mut self, desk: &Desk, site: &Site, text: &str) -> Answer {
        let parsed = Frame::parse(text);
        let id = match &parsed {
            Ok(Frame::Post(Post { id, .. })) => Some(*id),
            Ok(_) => None,
            Err(refusal) => refusal.id,
        };
        if let Err(answer) = self.count(desk) {
            return match answer {
                Hasty::Wait(wait) => {
                    let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).max(1);
                    Answer::refusing(Refusal::rate_limited(wait_ms).of(id))
                }
                Hasty::Flooding => Answer { frame: None, close: Some(Close::Flooding) },
            };
        }
        match parsed {
            Ok(frame) => {
                self.bad = 0;
                // Boxed, as are all that are rare or large: an idle visitor must not pay for the largest turn.
                match Box::pin(self.take_frame(desk, site, frame)).await {
                    Ok(frame) => Answer { frame, close: None },
                    Err(refusal) => {
                        desk.count_refusal(&refusal);
                        Answer::refusing(refusal)
                    }
                }
            }
            Err(refusal) => {
                desk.count_refusal(&refusal);
                let mut close = None;
                if refusal.code == Code::BadFrame {
                    self.bad += 1;
                    close = (self.bad >= MAX_BAD_FRAMES).then_some(Close::BadFrames);
                }
                Answer { close, ..Answer::refusing(refusal) }
            }
        }
    }

    /// Counts a frame without content: WebSocket pings are not free either.
    pub fn take_control(&mut self, desk: &Desk) -> Option<Close> {
        matches!(self.count(desk), Err(Hasty::Flooding)).then_some(Close::Flooding)
    }

    fn count(&mut self, desk: &Desk) -> Result<(), Hasty> {
        desk.count_frame();
        match self.pace.check() {
            Ok(()) => {
                self.hasty = self.hasty.saturating_sub(1);
                Ok(())
            }
            Err(not_until) => {
                desk.count_refusal(&Refusal::rate_limited(0));
                self.hasty += 1;
                if self.hasty >= MAX_HASTY_FRAMES {
                    return Err(Hasty::Flooding);
                }
                Err(Hasty::Wait(not_until.wait_time_from(DefaultClock::default().now())))
            }
        }
    }

    async fn take_frame(&mut self, desk: &Desk, site: &Site, frame: Frame) -> Result<Option<String>, Refusal> {
        let frame = match frame {
            Frame::Hello(hello) => return self.hello(desk, site, &hello).await.map(Some),
            Frame::Ping { n } => return Ok(Some(wire::pong(&n))),
            frame => frame,
        };
        let Some(follower) = &mut self.follower else {
            let id = if let Frame::Post(post) = &frame { Some(post.id) } else { None };
            return Err(Refusal::new(Code::NotReady, "say hello first").of(id));
        };
        match frame {
            Frame::Post(post) => desk.take(&follower.visitor, &post).await.map(|ack| Some(wire::ack(&ack))),
            Frame::History { before, limit } => {
                desk.history(&follower.visitor, before, limit).await.map(|history| Some(history.json()))
            }
            Frame::Page(page) => {
                follower.visitor.go_to(page);
                Ok(None)
            }
            Frame::Typing => {
                if self.typed.is_none_or(|at| at.elapsed() >= TYPING_EVERY) {
                    self.typed = Some(Instant::now());
                    desk.types(&follower.visitor, &follower.line);
                }
                Ok(None)
            }
            // Nothing waits for it: staff see what was sent, and what was read is nobody's business.
            Frame::Read { .. } | Frame::Hello(_) | Frame::Ping { .. } => Ok(None),
        }
    }

    async fn hello(&mut self, desk: &Desk, site: &Site, hello: &Hello) -> Result<String, Refusal> {
        // The old line first: whoever says hello again starts anew.
        self.follower = None;
        let (visitor, line, welcome) = desk.hello(site, hello).await?;
        self.follower = Some(Follower { visitor, line, seen: welcome.seq, behind: false });
        Ok(welcome.json())
    }

    /// What is heard next; before the hello, nothing ever. Loses nothing when it is dropped half-way.
    pub async fn news(&self) -> News {
        match &self.follower {
            Some(follower) => follower.news().await,
            None => std::future::pending().await,
        }
    }

    /// What was heard already.
    #[must_use]
    pub fn try_news(&self) -> Option<News> {
        self.follower.as_ref()?.try_news()
    }

    /// The frames that a piece of news comes to.
    ///
    /// # Errors
    ///
    /// When events that were left out cannot be read.
    pub async fn hear(&mut self, desk: &Desk, news: News) -> Result<Vec<Heard>, StoreError> {
        match &mut self.follower {
            Some(follower) => follower.hear(desk, news).await,
            None => Ok(Vec::new()),
        }
    }
}

impl Follower {
    /// Follows the visitor's conversation from the event after `seen` on.
    #[must_use]
    pub fn new(desk: &Desk, visitor: Visitor, seen: i64) -> Self {
        let line = desk.listen(&visitor);
        Self { visitor, line, seen, behind: true }
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
                let notice = desk.notice(&self.visitor, since);
                Ok(vec![Heard { seq: None, frame: Bytes::from(wire::notice(notice.as_ref())) }])
            }
        }
    }

    async fn catch_up(&mut self, desk: &Desk) -> Result<Vec<Heard>, StoreError> {
        let missed = desk.events_from(&self.visitor, self.seen).await?;
        // A full page may not be the last one.
        self.behind = missed.len() >= MAX_EVENTS;
        self.seen = missed.last().map_or(self.seen, |event| event.seq);
        Ok(missed.iter().map(|event| Heard { seq: Some(event.seq), frame: Bytes::from(wire::event(event)) }).collect())
    }
}

impl Answer {
    fn refusing(refusal: Refusal) -> Self {
        Self { frame: Some(refusal.json()), close: None }
    }
}

enum Hasty {
    Wait(Duration),
    Flooding,
}
