//! From a frame to its answer: the same for every transport, so that none of them drifts.

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use governor::Quota;

use crate::config::Limits;
use crate::desk::Desk;
use crate::desk::Visitor;
use crate::hub::Subscription;
use crate::wire::{self, Frame, Refusal};

/// That somebody types is passed on at most this often; a client shows it for a little longer.
const TYPING_EVERY: Duration = Duration::from_secs(2);

/// A client that has said hello, and what it has told since.
#[derive(Clone, Debug)]
pub struct Client {
    pub(super) visitor: Visitor,
    /// The line on which it hears; 0 where what it sends and what it hears travel apart.
    subscription: u64,
    typed: Option<Instant>,
}

impl Client {
    /// A client whose frames come apart from what it hears.
    #[must_use]
    pub fn new(visitor: Visitor) -> Self {
        Self { visitor, subscription: 0, typed: None }
    }

    /// A client that sends and hears on one connection.
    #[must_use]
    pub fn on(visitor: Visitor, subscription: &Subscription) -> Self {
        Self { subscription: subscription.id(), ..Self::new(visitor) }
    }
}

/// How many frames a client may send.
#[must_use]
pub fn quota(limits: &Limits) -> Quota {
    let at_least_one = |n: u32| NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN);
    Quota::per_second(at_least_one(limits.frames_per_second)).allow_burst(at_least_one(limits.frame_burst))
}

/// The frame, unless its client must `wait` first; a refusal names the frame's id either way.
///
/// # Errors
///
/// Why it is not taken.
pub fn admit(parsed: Result<Frame, Refusal>, wait: Option<Duration>) -> Result<Frame, Refusal> {
    let Some(wait) = wait else { return parsed };
    let id = match &parsed {
        Ok(frame) => frame.id(),
        Err(refusal) => refusal.id,
    };
    let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).max(1);
    Err(Refusal::rate_limited(wait_ms).of(id))
}

/// Takes any frame but the hello. What is answered by nothing only changes what is known of the client.
///
/// # Errors
///
/// Why it is not taken.
pub async fn dispatch(desk: &Desk, client: &mut Client, frame: Frame) -> Result<Option<String>, Refusal> {
    match frame {
        Frame::Post(post) => desk.submit(&client.visitor, &post).await.map(|ack| Some(wire::ack(&ack))),
        Frame::History { before, limit } => {
            desk.history(&client.visitor, before, limit).await.map(|history| Some(history.json()))
        }
        Frame::Ping { n } => Ok(Some(wire::pong(&n))),
        Frame::Page(page) => {
            client.visitor.go_to(page);
            Ok(None)
        }
        Frame::Typing => {
            if client.typed.is_none_or(|at| at.elapsed() >= TYPING_EVERY) {
                client.typed = Some(Instant::now());
                desk.types(&client.visitor, client.subscription);
            }
            Ok(None)
        }
        // Nothing waits for it: staff see what was sent, and what was read is nobody's business.
        Frame::Read { .. } => Ok(None),
        Frame::Hello(_) => Err(Refusal::bad_frame("say hello by POST /v1/hello, or as a WebSocket's first frame")),
    }
}
