//! A visitor's frame, parsed at the door: whatever leaves [`Frame::parse`] is whole, clean and within its limits.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Number, Value};

use sidedoor_dialogue::{Introduction, Person};

use super::limits::{MAX_EVENTS, MAX_FRAME_BYTES, MAX_TEXT_CHARS};
use super::nested;
use super::refusal::{Code, Refusal};
use super::text::{clean, cut, has_visible, is_language_tag, one_line, within};
use crate::id::ClientId;
use crate::model::Page;

/// Longer tokens are not ours; they are treated like any other invalid one, without work on them.
const MAX_TOKEN_CHARS: usize = 256;
/// What browsers and proxies commonly keep of an address; the rest is cut off.
const MAX_URL_CHARS: usize = 2_048;
/// A page's title beyond this is cut off.
const MAX_TITLE_CHARS: usize = 300;
/// No form that we render has more fields.
const MAX_FIELDS: usize = 32;
/// The longest name of a field.
const MAX_FIELD_NAME_CHARS: usize = 64;
/// The longest answer in one field.
const MAX_FIELD_CHARS: usize = 1_000;
/// The longest value of an option; intents' names are far shorter.
const MAX_OPTION_CHARS: usize = 200;

/// What a page may say of its visitor, each.
const MAX_PERSON_CHARS: usize = 256;
/// Further facts of a page: a whole data layer must not travel along.
const MAX_ATTRIBUTES: usize = 50;
/// Signed tokens are longer than other values.
const MAX_IDENTITY_TOKEN_CHARS: usize = 4_000;

/// What a visitor's client may send.
#[derive(Clone, Debug, PartialEq)]
pub enum Frame {
    /// The first frame of a connection.
    Hello(Box<Hello>),
    /// Something that is stored and acknowledged.
    Post(Post),
    /// Asks for older events.
    History {
        /// Only events before this `seq`.
        before: i64,
        /// At most this many, 1 to [`MAX_EVENTS`].
        limit: usize,
    },
    /// The visitor is typing.
    Typing,
    /// The visitor has seen everything up to this `seq`.
    Read {
        /// The newest `seq` on the visitor's screen.
        seq: i64,
    },
    /// The visitor went to another page of the site.
    Page(Page),
    /// Asks whether the server is still there.
    Ping {
        /// Comes back in the `pong`.
        n: Number,
    },
}

/// Who the visitor is and what the client has seen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hello {
    /// The token of an earlier `welcome`.
    pub visitor: Option<String>,
    /// The newest `seq` that the client has; 0 for none.
    pub after: i64,
    /// A well-formed language tag.
    pub locale: Option<String>,
    /// The page that the visitor is on.
    pub page: Page,
    /// Who the page says is here, and what it says of them: hints.
    pub introduction: Introduction,
    /// The brand's server's word for it, not yet verified.
    pub identity_token: Option<String>,
}

/// A frame with an `id`: stored once, acknowledged each time it is sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Post {
    /// What the client calls it.
    pub id: ClientId,
    /// What it says.
    pub say: Say,
}

/// What a visitor says.
#[derive(Clone, Debug, PartialEq)]
pub enum Say {
    /// Words: 1 to [`MAX_TEXT_CHARS`] characters, one of them visible.
    Message(String),
    /// A button was pressed.
    Choose {
        /// The event that offered it.
        seq: i64,
        /// The option's `value`.
        option: String,
    },
    /// A form was sent.
    Form(Form),
    /// The conversation was rated.
    Rate {
        /// 1 to 5.
        score: u8,
        /// In the visitor's words.
        comment: Option<String>,
    },
}

/// A form as it was filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct Form {
    /// The event that asked.
    pub seq: i64,
    /// What was filled in, by the fields' names.
    pub fields: BTreeMap<String, String>,
    /// Whether the consent was ticked.
    pub consent: bool,
}

impl Frame {
    /// Parses one frame, or one body of an HTTP request.
    ///
    /// # Errors
    ///
    /// The [`Refusal`] to be sent back: `too_large`, `bad_frame` (no JSON object, nested deeper than 128, a lone surrogate, a
    /// field of the wrong type), `unknown_type`, `too_long`, `empty`, `invalid_field`. It names the frame's `id` where there is one.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        if text.len() > MAX_FRAME_BYTES {
            return Err(Refusal::new(Code::TooLarge, "a frame has at most 16,384 bytes"));
        }
        // Whole, not lazily: a broken or deep part is refused wherever it hides, in an unknown field too.
        let value = nested::json(text).ok_or_else(|| Refusal::bad_frame("this is no JSON object"))?;
        let Value::Object(mut object) = value else {
            return Err(Refusal::bad_frame("a frame is a JSON object"));
        };
        let id = object.get("id").and_then(Value::as_str).and_then(|id| id.parse::<ClientId>().ok());
        let Some(Value::String(kind)) = object.remove("type") else {
            return Err(Refusal::bad_frame("a frame has a \"type\"").of(id));
        };
        Self::of_type(&kind, object).map_err(|refusal| refusal.of(id))
    }

    /// What the client calls it; none for frames that are not stored.
    #[must_use]
    pub fn id(&self) -> Option<ClientId> {
        if let Self::Post(Post { id, .. }) = self { Some(*id) } else { None }
    }

    fn of_type(kind: &str, object: Map<String, Value>) -> Result<Self, Refusal> {
        match kind {
            "hello" => fields::<RawHello>(object).map(|raw| Self::Hello(Box::new(raw.parse()))),
            "message" => fields::<RawMessage>(object)?.parse(),
            "choose" => fields::<RawChoose>(object)?.parse(),
            "form" => fields::<RawForm>(object)?.parse(),
            "rate" => fields::<RawRate>(object)?.parse(),
            "history" => fields::<RawHistory>(object).map(RawHistory::parse),
            "typing" => Ok(Self::Typing),
            "read" => fields::<RawRead>(object).map(|raw| Self::Read { seq: raw.seq }),
            "page" => fields::<RawPage>(object).map(|raw| Self::Page(raw.parse())),
            "ping" => fields::<RawPing>(object).map(|raw| Self::Ping { n: raw.n }),
            _ => Err(Refusal::new(Code::UnknownType, "this server knows no frame of that type")),
        }
    }
}

fn fields<T: DeserializeOwned>(object: Map<String, Value>) -> Result<T, Refusal> {
    serde_json::from_value(Value::Object(object)).map_err(|error| Refusal::bad_frame(error.to_string()))
}

#[derive(Deserialize)]
struct RawHello {
    #[serde(default)]
    visitor: Option<String>,
    #[serde(default)]
    after: Option<i64>,
    #[serde(default)]
    locale: Option<String>,
    #[serde(default)]
    page: Option<RawPage>,
    // Hints: what has another form than expected is left out, and costs nobody their chat.
    #[serde(default)]
    identity: Value,
    #[serde(default)]
    attributes: Value,
}

#[derive(Deserialize)]
struct RawMessage {
    id: ClientId,
    text: String,
}

#[derive(Deserialize)]
struct RawChoose {
    id: ClientId,
    seq: i64,
    option: String,
}

#[derive(Deserialize)]
struct RawForm {
    id: ClientId,
    seq: i64,
    fields: BTreeMap<String, String>,
    #[serde(default)]
    consent: Option<bool>,
}

#[derive(Deserialize)]
struct RawRate {
    id: ClientId,
    score: i64,
    #[serde(default)]
    comment: Option<String>,
}

#[derive(Deserialize)]
struct RawHistory {
    before: i64,
    #[serde(default)]
    limit: Option<u64>,
}

#[derive(Deserialize)]
struct RawRead {
    seq: i64,
}

#[derive(Deserialize)]
struct RawPing {
    n: Number,
}

#[derive(Deserialize)]
struct RawPage {
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    referrer: Option<String>,
}

impl RawHello {
    fn parse(self) -> Hello {
        Hello {
            visitor: self.visitor.filter(|token| token.len() <= MAX_TOKEN_CHARS),
            after: self.after.unwrap_or(0).max(0),
            locale: self.locale.filter(|tag| is_language_tag(tag)),
            page: self.page.map(RawPage::parse).unwrap_or_default(),
            introduction: introduction(&self.identity, &self.attributes),
            identity_token: said(&self.identity["token"], MAX_IDENTITY_TOKEN_CHARS + 1)
                .filter(|token| token.len() <= MAX_IDENTITY_TOKEN_CHARS),
        }
    }
}

impl RawMessage {
    fn parse(self) -> Result<Frame, Refusal> {
        let text = clean(&self.text).into_owned();
        if !has_visible(&text) {
            return Err(Refusal::new(Code::Empty, "a message needs a visible character"));
        }
        within(&text, MAX_TEXT_CHARS, "a message has at most 4,000 characters")?;
        Ok(Frame::Post(Post { id: self.id, say: Say::Message(text) }))
    }
}

impl RawChoose {
    fn parse(self) -> Result<Frame, Refusal> {
        within(&self.option, MAX_OPTION_CHARS, "an option's value has at most 200 characters")?;
        Ok(Frame::Post(Post {
            id: self.id,
            say: Say::Choose { seq: self.seq, option: clean(&self.option).into_owned() },
        }))
    }
}

impl RawForm {
    fn parse(self) -> Result<Frame, Refusal> {
        if self.fields.len() > MAX_FIELDS {
            return Err(Refusal::bad_frame("a form has at most 32 fields"));
        }
        let mut fields = BTreeMap::new();
        for (name, value) in self.fields {
            within(&name, MAX_FIELD_NAME_CHARS, "a field's name has at most 64 characters")?;
            within(&value, MAX_FIELD_CHARS, "a field has at most 1,000 characters")?;
            fields.insert(clean(&name).into_owned(), clean(&value).into_owned());
        }
        let form = Form { seq: self.seq, fields, consent: self.consent.unwrap_or(false) };
        Ok(Frame::Post(Post { id: self.id, say: Say::Form(form) }))
    }
}

impl RawRate {
    fn parse(self) -> Result<Frame, Refusal> {
        let Some(score) = u8::try_from(self.score).ok().filter(|score| (1..=5).contains(score)) else {
            let reason = "a score is a whole number from 1 to 5".to_owned();
            return Err(Refusal::invalid_fields(BTreeMap::from([("score".to_owned(), reason)])));
        };
        let comment = self.comment.map(|comment| clean(&comment).into_owned()).filter(|comment| has_visible(comment));
        if let Some(comment) = &comment {
            within(comment, MAX_TEXT_CHARS, "a comment has at most 4,000 characters")?;
        }
        Ok(Frame::Post(Post { id: self.id, say: Say::Rate { score, comment } }))
    }
}

impl RawHistory {
    fn parse(self) -> Frame {
        let limit = self.limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(MAX_EVENTS);
        Frame::History { before: self.before, limit: limit.clamp(1, MAX_EVENTS) }
    }
}

impl RawPage {
    fn parse(self) -> Page {
        Page {
            url: address(self.url),
            title: cut(one_line(self.title.unwrap_or_default()), MAX_TITLE_CHARS),
            referrer: address(self.referrer),
        }
    }
}

/// What the page says of its visitor.
fn introduction(identity: &Value, attributes: &Value) -> Introduction {
    let person = |key: &str| said(&identity[key], MAX_PERSON_CHARS);
    let hinted = Person { id: person("id"), email: person("email"), name: person("name"), phone: person("phone") };
    let attributes = attributes.as_object().into_iter().flatten().filter_map(|(name, value)| {
        let name = cut(one_line(name.clone()), MAX_FIELD_NAME_CHARS);
        Some((name, said(value, MAX_FIELD_CHARS)?))
    });
    Introduction { vouched: None, hinted, attributes: attributes.take(MAX_ATTRIBUTES).collect() }
}

/// A text, a number or a truth value in words, cut; nothing where there is none.
fn said(value: &Value, chars: usize) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(_) | Value::Bool(_) => value.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    };
    Some(cut(one_line(text).trim().to_owned(), chars)).filter(|text| !text.is_empty())
}

/// An http(s) address, or nothing: staff click on it, and `javascript:` must not get that far.
fn address(url: Option<String>) -> String {
    let url = cut(one_line(url.unwrap_or_default()), MAX_URL_CHARS);
    let scheme = url.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    if matches!(scheme.as_deref(), Some("http" | "https")) { url } else { String::new() }
}

#[cfg(test)]
mod tests;
