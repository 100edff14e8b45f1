//! Capabilities that travel in links and in mail addresses: a payload of fixed length and a tag that only we can make.
//!
//! Each kind has its own purpose, so that a token of one kind is never valid as another, though one key signs them all.

mod bounce;
mod reply;
mod seal;
mod sign_in;
mod staff_link;
mod unsubscribe;

pub use bounce::BounceToken;
pub use reply::{ReplyToken, VISITOR};
pub use seal::Key;
pub use sign_in::SignIn;
pub use staff_link::{LINK_LIFE_SECONDS, StaffLink};
pub use unsubscribe::{CONFIRMATION, UnsubscribeToken};
