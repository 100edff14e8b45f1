//! The nouns that every layer shares: conversations, events, leads and tasks, as they are stored and spoken.
//!
//! What the dialogue has a type for is that type: there is one `Phase`, one `Form`, one `Page`.

pub mod address;
pub mod committed;
pub mod conversation;
pub mod event;
pub mod lead;
pub mod staff;
pub mod task;

pub use address::{Address, AddressError, Mailbox};
pub use committed::{Committed, Tally};
pub use conversation::Conversation;
pub use event::{Author, Body, Event};
pub use lead::{FormLead, Lead};
pub use sidedoor_dialogue::{ChoiceOption, Consent, Field, Form, Page, Phase, Reason, ScoreReason};
pub use staff::{DeskKind, DeskRecord, Door, Member, Right, Role};
pub use task::{Lane, NewTask, Payload, Summary, Task, Terms};
