//! The dialogue: a conversation's state and an input in, the new state and what to do out. No clock, no I/O, no randomness.
//!
//! [`parse`] reads a site's intents, [`step`] takes one turn. Start reading at a transcript in `tests/transcripts/`, then `engine.rs`.

mod answer;
mod cues;
mod engine;
mod entity;
mod form;
mod handover;
mod hours;
mod intent;
mod lead;
mod learn;
pub mod locale;
mod parse;
mod phrases;
mod score;
mod speech;
mod state;
mod template;
mod turn;

pub use engine::step;
pub use entity::{EmailAddress, InvalidEmail, Money};
pub use hours::{Hours, InvalidHours};
pub use intent::{Choice, Fault, Intent, Intents, SourceFile, TestCase, Wording};
pub use lead::{Consent, Details, Lead, ScoreReason, Slot};
pub use parse::parse;
pub use state::{STATE_VERSION, State};
pub use template::{PLACEHOLDERS, Template};
pub use turn::{
    Action, Candidate, ChoiceOption, Context, Escalation, Field, Form, Input, Page, Phase, Profile, Ranking, Reason,
    Rejected, Turn,
};

/// Compiles the patterns and reads the numbering plans that the first message would otherwise wait for: some tens of milliseconds, to be
/// spent on a thread of their own when a server starts. Calling it is optional, and again is free.
pub fn prepare() {
    cues::prepare();
    entity::prepare();
}
