//! What one commit has made true: the store tells it, in order; whoever reacts to something said reacts to this.

use super::event::Event;
use crate::id::{ConversationId, TaskId};

/// A turn, or a form's lead, that is on disk.
#[derive(Clone, Debug, PartialEq)]
pub struct Committed {
    /// The conversation; none for a plain HTML form.
    pub conversation: Option<ConversationId>,
    /// The site's id.
    pub site: String,
    /// The conversation's version from now on; 0 without one.
    pub version: i64,
    /// What was said, in order.
    pub events: Vec<Event>,
    /// The tasks that were queued; one whose `dedup_key` was known is not.
    pub queued: Vec<TaskId>,
    /// What it comes to for the counters.
    pub tally: Tally,
}

/// What a turn comes to for the counters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How a message was understood: `answered`, `unsure`, `handed_over` or `silent`; none for what is no message.
    pub understood: Option<&'static str>,
    /// Whether a lead was saved for the first time: a chat's, or a form that was not sent before and is not kept aside.
    pub new_lead: bool,
}
