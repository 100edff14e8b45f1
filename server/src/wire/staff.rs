//! The staff's protocol, `sidedoor.staff.v1`: what a member's page may send, parsed at the door, and what it gets.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Number, Value, json};

use super::limits::{MAX_FRAME_BYTES, MAX_TEXT_CHARS};
use super::reply;
use super::text::clean;
use crate::clock::rfc3339;
use crate::id::{ClientId, ConversationId};
use crate::model::{Author, DeskRecord, Event};

/// What a member's page may send.
#[derive(Clone, Debug, PartialEq)]
pub enum StaffFrame {
    /// The first frame of a connection.
    Hello {
        /// The session's token.
        csrf: String,
    },
    /// Wants to hear a conversation.
    Watch {
        /// Which.
        conversation: ConversationId,
        /// The newest event that the page has.
        after: i64,
        /// The newest desk record that the page has.
        desk_after: i64,
    },
    /// Has heard enough of it.
    Unwatch {
        /// Which.
        conversation: ConversationId,
    },
    /// Asks for the inbox's rows.
    List {
        /// Which: `open`, `mine`, `waiting`, `unread`, `closed`, `all`.
        filter: String,
        /// Only of this site.
        site: Option<String>,
        /// What an earlier answer gave to go on with.
        after: Option<String>,
    },
    /// Something that is stored and acknowledged.
    Post(StaffPost),
    /// They are typing an answer.
    Typing {
        /// Where.
        conversation: ConversationId,
    },
    /// They have seen everything up to this event.
    Read {
        /// Where.
        conversation: ConversationId,
        /// The newest one on their screen.
        seq: i64,
    },
    /// Asks whether the server is still there.
    Ping {
        /// Comes back in the `pong`.
        n: Number,
    },
}

/// A frame with an `id`: done once, acknowledged each time it is sent.
#[derive(Clone, Debug, PartialEq)]
pub struct StaffPost {
    /// What the page calls it.
    pub id: ClientId,
    /// Where.
    pub conversation: ConversationId,
    /// What.
    pub act: Act,
}

/// What a member does.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// Answers the visitor.
    Reply {
        /// The answer.
        text: String,
        /// The newest event that its author had seen.
        seen: i64,
    },
    /// Notes something for staff alone.
    Note {
        /// The note.
        text: String,
    },
    /// Answers from here on.
    Take,
    /// Lets the bot answer again.
    HandBack,
    /// Ends the conversation.
    Close,
    /// Passes it on.
    Assign {
        /// To whom: an address; nobody when absent.
        to: Option<String>,
    },
}

/// Why a frame was refused, with what it was about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaffRefusal {
    /// For programs.
    pub code: &'static str,
    /// For people who read a client's log.
    pub message: &'static str,
    /// The refused frame's id.
    pub id: Option<ClientId>,
    /// When to try again.
    pub retry_after_ms: Option<u64>,
}

impl StaffRefusal {
    /// A refusal with a reason.
    #[must_use]
    pub fn new(code: &'static str, message: &'static str) -> Self {
        Self { code, message, id: None, retry_after_ms: None }
    }

    /// Unknown and forbidden look alike: ids are not worth guessing.
    #[must_use]
    pub fn unknown_conversation() -> Self {
        Self::new("unknown_conversation", "there is no such conversation for you")
    }

    /// Not stored; worth sending again.
    #[must_use]
    pub fn unavailable() -> Self {
        Self { retry_after_ms: Some(2_000), ..Self::new("unavailable", "not stored; send it again in a moment") }
    }

    /// The same refusal, naming the frame it is about.
    #[must_use]
    pub fn of(self, id: impl Into<Option<ClientId>>) -> Self {
        Self { id: id.into().or(self.id), ..self }
    }

    /// The frame as JSON.
    #[must_use]
    pub fn json(&self) -> String {
        let mut frame = json!({"type": "error", "code": self.code, "message": self.message});
        if let Some(id) = self.id {
            frame["id"] = json!(id);
        }
        if let Some(ms) = self.retry_after_ms {
            frame["retry_after_ms"] = json!(ms);
        }
        frame.to_string()
    }
}

impl StaffFrame {
    /// Parses one frame, or one body of an HTTP request.
    ///
    /// # Errors
    ///
    /// [`StaffRefusal`], naming the frame's `id` where there is one.
    pub fn parse(text: &str) -> Result<Self, StaffRefusal> {
        if text.len() > MAX_FRAME_BYTES {
            return Err(StaffRefusal::new("too_large", "a frame has at most 16,384 bytes"));
        }
        let Ok(Value::Object(mut object)) = serde_json::from_str(text) else {
            return Err(bad_frame());
        };
        let id = object.get("id").and_then(Value::as_str).and_then(|id| id.parse::<ClientId>().ok());
        let Some(Value::String(kind)) = object.remove("type") else { return Err(bad_frame().of(id)) };
        Self::of_type(&kind, object, id).map_err(|refusal| refusal.of(id))
    }

    /// The frame's id, where it has one.
    #[must_use]
    pub fn id(&self) -> Option<ClientId> {
        if let Self::Post(post) = self { Some(post.id) } else { None }
    }

    fn of_type(kind: &str, object: Map<String, Value>, id: Option<ClientId>) -> Result<Self, StaffRefusal> {
        let post = |raw: RawPost, act| {
            let id = id.ok_or_else(bad_frame)?;
            Ok(Self::Post(StaffPost { id, conversation: raw.conversation(), act }))
        };
        match kind {
            "hello" => Ok(Self::Hello { csrf: fields::<RawHello>(object)?.csrf }),
            "watch" => {
                let raw: RawWatch = fields(object)?;
                let conversation = conversation(&raw.conversation);
                Ok(Self::Watch { conversation, after: raw.after.max(0), desk_after: raw.desk_after.max(0) })
            }
            "unwatch" => Ok(Self::Unwatch { conversation: fields::<RawPost>(object)?.conversation() }),
            "list" => {
                let raw: RawList = fields(object)?;
                Ok(Self::List {
                    filter: raw.filter.unwrap_or_else(|| "open".to_owned()),
                    site: raw.site,
                    after: raw.after,
                })
            }
            "reply" => {
                let raw: RawPost = fields(object)?;
                let act = Act::Reply { text: words(raw.text.as_deref())?, seen: raw.seen.ok_or_else(bad_frame)? };
                post(raw, act)
            }
            "note" => {
                let raw: RawPost = fields(object)?;
                let act = Act::Note { text: words(raw.text.as_deref())? };
                post(raw, act)
            }
            "take" => post(fields(object)?, Act::Take),
            "hand_back" => post(fields(object)?, Act::HandBack),
            "close" => post(fields(object)?, Act::Close),
            "assign" => {
                let raw: RawPost = fields(object)?;
                let to = raw.to.clone();
                post(raw, Act::Assign { to })
            }
            "typing" => Ok(Self::Typing { conversation: fields::<RawPost>(object)?.conversation() }),
            "read" => {
                let raw: RawPost = fields(object)?;
                Ok(Self::Read { conversation: raw.conversation(), seq: raw.seq.unwrap_or(0) })
            }
            "ping" => Ok(Self::Ping { n: fields::<RawPing>(object)?.n }),
            _ => Err(StaffRefusal::new("unknown_type", "this server knows no frame of that type")),
        }
    }
}

fn bad_frame() -> StaffRefusal {
    StaffRefusal::new("bad_frame", "this is no frame of sidedoor.staff.v1")
}

fn fields<T: DeserializeOwned>(object: Map<String, Value>) -> Result<T, StaffRefusal> {
    serde_json::from_value(Value::Object(object)).map_err(|_| bad_frame())
}

/// What is no id is no conversation of anybody's.
fn conversation(text: &str) -> ConversationId {
    text.parse().unwrap_or_else(|_| uuid::Uuid::nil().into())
}

/// One to four thousand characters, one of them visible.
///
/// # Errors
///
/// `empty` or `too_long`.
pub fn words(text: Option<&str>) -> Result<String, StaffRefusal> {
    let text = text.ok_or_else(bad_frame)?;
    let text = clean(text);
    let text = text.trim();
    if text.is_empty() {
        return Err(StaffRefusal::new("empty", "there is nothing to read in it"));
    }
    if text.chars().count() > MAX_TEXT_CHARS {
        return Err(StaffRefusal::new("too_long", "a text has at most 4,000 characters"));
    }
    Ok(text.to_owned())
}

#[derive(Deserialize)]
struct RawHello {
    csrf: String,
}

#[derive(Deserialize)]
struct RawWatch {
    conversation: String,
    #[serde(default)]
    after: i64,
    #[serde(default)]
    desk_after: i64,
}

#[derive(Deserialize)]
struct RawList {
    #[serde(default)]
    filter: Option<String>,
    #[serde(default)]
    site: Option<String>,
    #[serde(default)]
    after: Option<String>,
}

#[derive(Deserialize)]
struct RawPost {
    conversation: String,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    seen: Option<i64>,
    #[serde(default)]
    seq: Option<i64>,
    #[serde(default)]
    to: Option<String>,
}

#[derive(Deserialize)]
struct RawPing {
    n: Number,
}

impl RawPost {
    fn conversation(&self) -> ConversationId {
        conversation(&self.conversation)
    }
}

/// An event as a visitor gets it, with its conversation.
#[must_use]
pub fn staff_event(conversation: ConversationId, event: &Event) -> String {
    let visitors = reply::event(event);
    let rest = visitors.strip_prefix(r#"{"type":"event","#).unwrap_or(&visitors);
    format!(r#"{{"type":"event","conversation":"{conversation}",{rest}"#)
}

/// Events as they stand in a list.
#[must_use]
pub fn staff_events(events: &[Event]) -> Value {
    Value::Array(events.iter().filter_map(|event| serde_json::from_str(&reply::event(event)).ok()).collect())
}

/// A desk record's frame; in lists it stands without its type.
#[must_use]
pub fn desk(record: &DeskRecord) -> Value {
    json!({
        "type": "desk",
        "conversation": record.conversation,
        "n": record.n,
        "after_seq": record.after_seq,
        "kind": record.kind.as_str(),
        "staff": record.name,
        "text": record.text,
        "at": rfc3339(record.at),
    })
}

/// That somebody is typing in a conversation.
#[must_use]
pub fn staff_typing(conversation: ConversationId, from: Author, name: Option<&str>) -> String {
    let mut frame = json!({"type": "typing", "conversation": conversation, "from": from});
    if let Some(name) = name {
        frame["name"] = json!(name);
    }
    frame.to_string()
}
