//! The visitor's protocol as types: what a client may send, what the server says, what it refuses and why.
//!
//! `docs/protocol.md` is the page for authors of clients. Nothing behind this module sees unparsed text.

mod face;
mod frame;
mod limits;
mod nested;
mod refusal;
mod reply;
mod staff;
mod text;

pub use face::{Channel, Face, Notice, Press, Suggestion, Theme, is_rtl};
pub use frame::{Form, Frame, Hello, Post, Say};
pub use limits::{MAX_EVENTS, MAX_FRAME_BYTES, MAX_TEXT_CHARS};
pub use refusal::{Code, Refusal};
pub use reply::{Ack, History, IdentityStatus, Welcome, ack, bye, event, notice, pong, typing};
pub use staff::{Act, StaffFrame, StaffPost, StaffRefusal, desk, staff_event, staff_events, staff_typing, words};
pub use text::clean;
