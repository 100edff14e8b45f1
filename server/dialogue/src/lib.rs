//! The dialogue: a conversation's state and an input in, the new state and what to do out. No clock, no I/O, no randomness.
//!
//! [`parse`] reads a site's intents, [`step`] takes one turn. Start reading at a transcript in `tests/transcripts/`, then `engine.rs`.
//! The modules stand on floors, each of which knows only those before it; `tests/floors.rs` holds them to it.

mod types;

mod words;

mod entity;

mod policy;

mod engine;

mod parse;

pub use engine::step;
pub use entity::read_phone;
pub use parse::parse;
pub use types::context::{Context, Page, Profile};
pub use types::email::{EmailAddress, InvalidEmail};
pub use types::hours::{Hours, InvalidHours};
pub use types::intent::{Choice, Fault, Intent, Intents, SourceFile, TestCase, Wording};
pub use types::introduction::{Introduction, Person};
pub use types::item::{Fact, Item, Sheet};
pub use types::lead::{Consent, Details, Lead, ScoreReason, Slot};
pub use types::locale;
pub use types::money::Money;
pub use types::phase::{Escalation, Phase, Reason};
pub use types::ranking::{Candidate, Part, Ranking};
pub use types::shown::{ChoiceOption, Field, Form};
pub use types::state::{STATE_VERSION, State};
pub use types::template::{PLACEHOLDERS, Template};
pub use types::turn::{Action, Input, Rejected, Turn};
pub use types::value::{OCCASIONS, OccasionRule, Step, ValueRules};

/// A message with a neutral word in place of each item that it names, so that a question is ranked alike whatever it is about; empty
/// where it says nothing else, `None` where it names none.
pub fn without_items(intents: &Intents, text: &str) -> Option<String> {
    entity::item::without(&intents.item_names, text)
}

/// Compiles the patterns and reads the numbering plans that the first message would otherwise wait for: some tens of milliseconds, to be
/// spent on a thread of their own when a server starts. Calling it is optional, and again is free.
pub fn prepare() {
    words::cues::prepare();
    words::talk::prepare();
    words::facts::prepare();
    entity::prepare();
}
