//! Why staff are told of a conversation or a lead.

use serde::{Deserialize, Serialize};

/// Why staff are written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The visitor asked for a person.
    Asked,
    /// The bot was unsure twice.
    Unsure,
    /// The visitor complains.
    Complaint,
    /// The intent says `escalate = true`.
    Intent,
    /// The lead's score reached the site's `high_value`.
    HighValue,
    /// A plain HTML form was sent.
    Form,
    /// The visitor wrote again while staff had not answered.
    Waiting,
}
