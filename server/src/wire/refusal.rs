//! The `error` frame: why a visitor's frame was refused, in a code for programs and a sentence for people.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;

use crate::id::ClientId;

/// Why a frame was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// No JSON object, or one whose fields have the wrong form.
    BadFrame,
    /// A `type` that this server does not know.
    UnknownType,
    /// More bytes than a frame may have.
    TooLarge,
    /// A text with more characters than it may have.
    TooLong,
    /// A message without a visible character.
    Empty,
    /// A form's field, or a rating's score, that cannot be right; `fields` says which and why.
    InvalidField,
    /// The event that is being answered offered nothing of the kind.
    UnknownEvent,
    /// Too many frames; `retry_after_ms` says when to try again.
    RateLimited,
    /// Not stored: send again later.
    Unavailable,
    /// No `hello` yet; over HTTP, no token that opens a conversation.
    NotReady,
}

impl Code {
    /// As on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BadFrame => "bad_frame",
            Self::UnknownType => "unknown_type",
            Self::TooLarge => "too_large",
            Self::TooLong => "too_long",
            Self::Empty => "empty",
            Self::InvalidField => "invalid_field",
            Self::UnknownEvent => "unknown_event",
            Self::RateLimited => "rate_limited",
            Self::Unavailable => "unavailable",
            Self::NotReady => "not_ready",
        }
    }
}

impl Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// An `error` frame.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename = "error")]
pub struct Refusal {
    /// The reason, for programs.
    pub code: Code,
    /// The reason, for people who read a client's log. Shows nothing of the server's inside.
    pub message: Cow<'static, str>,
    /// The id of the refused frame, where it had one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<ClientId>,
    /// With `invalid_field`: the fields' names and what is wrong with each.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, String>,
    /// When it makes sense to try again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

impl Refusal {
    /// A refusal with a reason and no further detail.
    pub fn new(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code, message: message.into(), id: None, fields: BTreeMap::new(), retry_after_ms: None }
    }

    /// The frame is not of the form that `docs/protocol.md` shows.
    pub fn bad_frame(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::BadFrame, message)
    }

    /// Not stored; worth sending again after `retry_after_ms`.
    #[must_use]
    pub fn unavailable(retry_after_ms: u64) -> Self {
        Self {
            retry_after_ms: Some(retry_after_ms),
            ..Self::new(Code::Unavailable, "not stored; send it again in a moment")
        }
    }

    /// Too many frames; the next is taken after `retry_after_ms`.
    #[must_use]
    pub fn rate_limited(retry_after_ms: u64) -> Self {
        Self {
            retry_after_ms: Some(retry_after_ms),
            ..Self::new(Code::RateLimited, "too many messages; wait a moment")
        }
    }

    /// Fields that cannot be right, by name, each with its reason.
    #[must_use]
    pub fn invalid_fields(fields: BTreeMap<String, String>) -> Self {
        Self { fields, ..Self::new(Code::InvalidField, "a field cannot be right; see fields") }
    }

    /// The same refusal, naming the frame it is about.
    #[must_use]
    pub fn of(self, id: impl Into<Option<ClientId>>) -> Self {
        Self { id: id.into().or(self.id), ..self }
    }

    /// The frame as JSON.
    #[must_use]
    pub fn json(&self) -> String {
        super::reply::json(self)
    }
}
