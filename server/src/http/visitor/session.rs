//! A WebSocket's side of the protocol: hello first, and when a client is let go.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

use super::dispatch;
use super::follower::{Follower, Heard};
use crate::config::{Limits, Site};
use crate::desk::Desk;
use crate::hub::Update;
use crate::store::StoreError;
use crate::wire::{self, Code, Frame, Hello, Refusal};

/// Frames in a row that are no frames: then it is no client of ours.
const MAX_BAD_FRAMES: u8 = 5;
/// Refusals for haste before the connection is closed; one is forgiven each second, however many frames are taken meanwhile. A
/// person never gets there, and whoever keeps on sending too fast does, slow floods included.
const MAX_HASTY_FRAMES: NonZeroU32 = NonZeroU32::new(50).expect("not zero");

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

/// One connection.
pub struct Session {
    follower: Option<Follower>,
    pace: DefaultDirectRateLimiter,
    patience: DefaultDirectRateLimiter,
    bad: u8,
}

impl Session {
    /// A connection on which nothing was said yet.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        let patience = Quota::per_second(NonZeroU32::MIN).allow_burst(MAX_HASTY_FRAMES);
        Self {
            follower: None,
            pace: RateLimiter::direct(dispatch::quota(limits)),
            patience: RateLimiter::direct(patience),
            bad: 0,
        }
    }

    /// Whether there was a hello.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.follower.is_some()
    }

    /// Takes one text frame.
    pub async fn take(&mut self, desk: &Desk, site: &Site, text: &str) -> Answer {
        let wait = self.count(desk);
        if wait.is_some() && self.is_flooding() {
            return Answer { frame: None, close: Some(Close::Flooding) };
        }
        let taken = match dispatch::admit(Frame::parse(text), wait) {
            // Boxed, as are all that are rare or large: an idle visitor must not pay for the largest turn.
            Ok(frame) => {
                self.bad = 0;
                Box::pin(self.take_frame(desk, site, frame)).await
            }
            Err(refusal) => Err(refusal),
        };
        match taken {
            Ok(frame) => Answer { frame, close: None },
            Err(refusal) => {
                desk.count_refusal(&refusal);
                if refusal.code == Code::BadFrame {
                    self.bad += 1;
                }
                let close = (self.bad >= MAX_BAD_FRAMES).then_some(Close::BadFrames);
                Answer { frame: Some(refusal.json()), close }
            }
        }
    }

    /// Counts a frame without content: WebSocket pings are not free either.
    pub fn take_control(&mut self, desk: &Desk) -> Option<Close> {
        (self.count(desk).is_some() && self.is_flooding()).then_some(Close::Flooding)
    }

    /// How long the client must wait, where it sends too fast.
    fn count(&mut self, desk: &Desk) -> Option<Duration> {
        desk.count_frame();
        let not_until = self.pace.check().err()?;
        Some(not_until.wait_time_from(DefaultClock::default().now()))
    }

    /// Counts a refusal for haste.
    fn is_flooding(&mut self) -> bool {
        self.patience.check().is_err()
    }

    async fn take_frame(&mut self, desk: &Desk, site: &Site, frame: Frame) -> Result<Option<String>, Refusal> {
        match (frame, &mut self.follower) {
            (Frame::Hello(hello), _) => self.hello(desk, site, &hello).await.map(Some),
            (frame, Some(follower)) => dispatch::dispatch(desk, &mut follower.client, frame).await,
            (Frame::Ping { n }, None) => Ok(Some(wire::pong(&n))),
            (frame, None) => Err(Refusal::new(Code::NotReady, "say hello first").of(frame.id())),
        }
    }

    async fn hello(&mut self, desk: &Desk, site: &Site, hello: &Hello) -> Result<String, Refusal> {
        // The old line first: whoever says hello again starts anew.
        self.follower = None;
        let (visitor, subscription, welcome) = desk.hello(site, hello).await?;
        self.follower = Some(Follower::up_to_date(visitor, subscription, welcome.seq));
        Ok(welcome.json())
    }

    /// What is heard next; before the hello, nothing ever. Loses nothing when it is dropped half-way.
    pub async fn next_update(&self) -> Update {
        match &self.follower {
            Some(follower) => follower.next_update().await,
            None => std::future::pending().await,
        }
    }

    /// What was heard already.
    #[must_use]
    pub fn try_update(&self) -> Option<Update> {
        self.follower.as_ref()?.try_update()
    }

    /// The frames that an update comes to.
    ///
    /// # Errors
    ///
    /// When events that were left out cannot be read.
    pub async fn hear(&mut self, desk: &Desk, update: Update) -> Result<Vec<Heard>, StoreError> {
        match &mut self.follower {
            Some(follower) => follower.hear(desk, update).await,
            None => Ok(Vec::new()),
        }
    }
}
