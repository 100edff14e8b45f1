//! How the matcher understood a message.

use serde::{Deserialize, Serialize};

/// An intent and how well a message fits it; scores are the matcher's, compared with the ranking's threshold only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// The intent's name.
    pub intent: String,
    /// Higher is better.
    pub score: f32,
}

/// How a message was understood.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Ranking {
    /// Best first.
    pub candidates: Vec<Candidate>,
    /// The score from which a message counts as understood.
    pub threshold: f32,
    /// Whether the best candidate is to be believed at all.
    pub in_scope: bool,
    /// The language that the message's words tell, one of the site's; `None` where they are too few to tell.
    pub locale: Option<String>,
    /// The questions of a message that holds more than one, in order; empty where it holds one. The ranking around them is that of the
    /// whole message.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
}

/// One of several questions in a message.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// As it was typed.
    pub text: String,
    /// How it was understood by itself; has no parts of its own.
    pub ranking: Ranking,
    /// Whether the visitor says that this is not what they want.
    #[serde(default)]
    pub denied: bool,
}
