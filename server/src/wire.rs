//! The visitor's protocol as types: what a client may send, what the server says, what it refuses and why.
//!
//! `docs/protocol.md` is the page for authors of clients. Nothing behind this module sees unparsed text.

mod face;
mod frame;
mod refusal;
mod reply;

pub use face::{Channel, Face, Notice, Press, Suggestion, Theme, is_rtl};
pub use frame::{Form, Frame, Hello, Post, Say, clean};
pub use refusal::{Code, Refusal};
pub use reply::{Ack, History, IdentityStatus, Welcome, ack, bye, event, notice, pong, typing};

/// The largest frame, and the largest body of an HTTP request, that a visitor may send.
pub const MAX_FRAME_BYTES: usize = 16 * 1024;

/// The longest message and the longest comment, in Unicode scalar values.
pub const MAX_TEXT_CHARS: usize = 4_000;

/// The most events in one `welcome` or `history`.
pub const MAX_EVENTS: usize = 200;
