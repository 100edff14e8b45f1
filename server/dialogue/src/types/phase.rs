//! Who answers, and why staff are told.

use serde::{Deserialize, Serialize};

/// Who answers the next message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// The bot, as in every new conversation.
    #[default]
    Bot,
    /// Passed on to staff, who have not answered yet.
    Waiting,
    /// A person; the bot is silent.
    Staff,
    /// Nobody; a new message opens it again.
    Closed,
}

impl Phase {
    /// As the wire and the store write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Phase::Bot => "bot",
            Phase::Waiting => "waiting",
            Phase::Staff => "staff",
            Phase::Closed => "closed",
        }
    }
}

/// Why staff are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The visitor asked for a person.
    Asked,
    /// Two messages in a row were not understood.
    Unsure,
    /// The visitor complains.
    Complaint,
    /// The intent says `escalate = true`.
    Intent,
    /// The visitor can be reached, and wrote something that fits no intent.
    Inquiry,
    /// The lead's score reached the site's `high_value`; the bot goes on answering.
    HighValue,
    /// A plain HTML form was sent; said by whoever takes forms, not by the dialogue.
    Form,
    /// The visitor wrote again while staff had not answered; said by whoever writes to staff, not by the dialogue.
    Waiting,
}

impl Reason {
    /// As the store and the mails write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Reason::Asked => "asked",
            Reason::Unsure => "unsure",
            Reason::Complaint => "complaint",
            Reason::Intent => "intent",
            Reason::Inquiry => "inquiry",
            Reason::HighValue => "high_value",
            Reason::Form => "form",
            Reason::Waiting => "waiting",
        }
    }
}

/// A hand-over, or a lead worth a mail at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Escalation {
    /// Why staff are told.
    pub reason: Reason,
    /// The intent that caused it, where one did.
    pub intent: Option<String>,
    /// Whether the site is open now; `None` where it names no hours.
    pub open: Option<bool>,
}
