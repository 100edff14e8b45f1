//! The nouns that every layer shares: conversations, events, leads and tasks, as they are stored and spoken.

pub mod conversation;
pub mod escalation;
pub mod event;
pub mod lead;
pub mod task;

pub use conversation::{Conversation, Page, Phase};
pub use escalation::Reason;
pub use event::{Author, Body, ChoiceOption, Event, Form, FormField};
pub use lead::{Consent, Lead, ScoreReason};
pub use task::{NewTask, Payload, Task};
