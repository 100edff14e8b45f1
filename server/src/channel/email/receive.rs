//! Mail that comes in: read, its new words cut out, and what it is told apart: a person's answer, an automaton, a report on our mail.

mod automatic;
mod bounce;
mod html;
mod labels;
mod read;
mod strip;

pub use bounce::{BounceClass, Report, classify};
pub use html::text_of;
pub use read::{Delivery, InboundMail, MAX_MAIL_BYTES, read};
pub use strip::{Cut, strip};
