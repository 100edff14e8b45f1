//! What the server says to a visitor's client, as the JSON that `docs/protocol.md` shows.

use serde::Serialize;
use serde::ser::SerializeStruct;
use serde_json::Number;

use super::face::{Face, Notice};
use crate::clock::{Millis, rfc3339};
use crate::id::{ClientId, ConversationId};
use crate::model::{Author, Body, Event, Phase};

/// That a frame is on disk, with everything that it caused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ack {
    /// The client's id of the frame.
    pub id: ClientId,
    /// The place of its event in the conversation.
    pub seq: i64,
    /// When it was committed.
    pub at: Millis,
}

/// The answer to `hello`.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "type", rename = "welcome")]
pub struct Welcome {
    /// The token that opens this conversation, here and later.
    pub visitor: String,
    /// The conversation's id, for people who talk about it; it opens nothing.
    pub conversation: ConversationId,
    /// The newest event's `seq`; 0 when nothing was said yet.
    pub seq: i64,
    /// Who answers.
    pub state: Phase,
    /// The site as this visitor meets it.
    pub site: Face,
    /// What the client has missed, oldest first.
    #[serde(serialize_with = "events")]
    pub events: Vec<Event>,
    /// Whether older events exist that the client has missed.
    #[serde(skip_serializing_if = "is_false")]
    pub more: bool,
    /// What became of the identity's token, where one was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<IdentityStatus>,
}

/// What became of an identity's token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum IdentityStatus {
    /// The brand's server vouches for the visitor.
    Verified,
    /// It did once; the page gets a new token.
    Expired,
    /// It is none of ours, or the site has no secret to verify it by.
    Refused,
}

/// The answer to `history`.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "type", rename = "history")]
pub struct History {
    /// Oldest first.
    #[serde(serialize_with = "events")]
    pub events: Vec<Event>,
    /// Whether still older ones exist.
    pub more: bool,
}

impl Welcome {
    /// The frame as JSON.
    #[must_use]
    pub fn json(&self) -> String {
        json(self)
    }
}

impl History {
    /// The frame as JSON.
    #[must_use]
    pub fn json(&self) -> String {
        json(self)
    }
}

/// An `ack` frame.
#[must_use]
pub fn ack(ack: &Ack) -> String {
    #[derive(Serialize)]
    #[serde(tag = "type", rename = "ack")]
    struct Frame {
        id: ClientId,
        seq: i64,
        at: String,
    }
    json(&Frame { id: ack.id, seq: ack.seq, at: rfc3339(ack.at) })
}

/// An `event` frame.
#[must_use]
pub fn event(event: &Event) -> String {
    json(&Said(event))
}

/// A `pong` frame.
#[must_use]
pub fn pong(n: &Number) -> String {
    #[derive(Serialize)]
    #[serde(tag = "type", rename = "pong")]
    struct Frame<'a> {
        n: &'a Number,
    }
    json(&Frame { n })
}

/// A `typing` frame.
#[must_use]
pub fn typing(from: Author, name: Option<&str>) -> String {
    #[derive(Serialize)]
    #[serde(tag = "type", rename = "typing")]
    struct Frame<'a> {
        from: Author,
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<&'a str>,
    }
    json(&Frame { from, name })
}

/// A `notice` frame; none when the outage is over.
#[must_use]
pub fn notice(notice: Option<&Notice>) -> String {
    #[derive(Serialize)]
    #[serde(tag = "type", rename = "notice")]
    struct Frame<'a> {
        notice: Option<&'a Notice>,
    }
    json(&Frame { notice })
}

/// A `bye` frame: the server goes away, and the client comes back after `retry_after_ms`.
#[must_use]
pub fn bye(reason: &str, retry_after_ms: u64) -> String {
    #[derive(Serialize)]
    #[serde(tag = "type", rename = "bye")]
    struct Frame<'a> {
        reason: &'a str,
        retry_after_ms: u64,
    }
    json(&Frame { reason, retry_after_ms })
}

pub(super) fn json(frame: &impl Serialize) -> String {
    serde_json::to_string(frame).expect("frames have string keys and no failing serializer")
}

/// An event as it stands on the wire, alone and in lists.
struct Said<'a>(&'a Event);

impl Serialize for Said<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Event { seq, at, from, name, client_id, locale, body } = self.0;
        let mut frame = serializer.serialize_struct("event", 13)?;
        frame.serialize_field("type", "event")?;
        frame.serialize_field("seq", seq)?;
        frame.serialize_field("at", &rfc3339(*at))?;
        frame.serialize_field("from", from)?;
        // Whatever key others gave what they said is none of the client's ids.
        if let Some(id) = client_id.filter(|_| *from == Author::Visitor) {
            frame.serialize_field("id", &id)?;
        }
        if let Some(name) = name {
            frame.serialize_field("name", name)?;
        }
        if let Some(locale) = locale {
            frame.serialize_field("locale", locale)?;
        }
        match body {
            Body::Text { text, answers, option, fields } => {
                frame.serialize_field("kind", "text")?;
                frame.serialize_field("text", text)?;
                if let Some(answers) = answers {
                    frame.serialize_field("answers", answers)?;
                }
                if let Some(option) = option {
                    frame.serialize_field("option", option)?;
                }
                if let Some(fields) = fields {
                    frame.serialize_field("fields", fields)?;
                }
            }
            Body::Choices { text, options } => {
                frame.serialize_field("kind", "choices")?;
                frame.serialize_field("text", text)?;
                frame.serialize_field("options", options)?;
            }
            Body::Form { text, form } => {
                frame.serialize_field("kind", "form")?;
                frame.serialize_field("text", text)?;
                frame.serialize_field("form", form)?;
            }
            Body::State { state, text } => {
                frame.serialize_field("kind", "state")?;
                frame.serialize_field("state", state)?;
                frame.serialize_field("text", text)?;
            }
            Body::Rating { score, comment } => {
                frame.serialize_field("kind", "rating")?;
                frame.serialize_field("score", score)?;
                if let Some(comment) = comment {
                    frame.serialize_field("comment", comment)?;
                }
            }
        }
        frame.end()
    }
}

fn events<S: serde::Serializer>(events: &[Event], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(events.iter().map(Said))
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands skip_serializing_if a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::model::{ChoiceOption, Field, Form};

    const AT: Millis = 1_795_425_000_123;

    fn shown(from: Author, body: Body) -> Value {
        let event = Event { seq: 14, at: AT, from, name: None, client_id: None, locale: None, body };
        serde_json::from_str(&super::event(&event)).unwrap()
    }

    #[test]
    fn events_read_as_the_protocol_page_shows_them() {
        let at = "2026-11-23T09:10:00.123Z";
        assert_eq!(
            shown(Author::Bot, Body::text("Orders ship within two days.")),
            json!({"type":"event","seq":14,"at":at,"from":"bot","kind":"text","text":"Orders ship within two days."})
        );
        let options = vec![ChoiceOption { label: "Track my order".to_owned(), value: "order.track".to_owned() }];
        assert_eq!(
            shown(Author::Bot, Body::Choices { text: "Anything else?".to_owned(), options }),
            json!({"type":"event","seq":14,"at":at,"from":"bot","kind":"choices","text":"Anything else?","options":[{"label":"Track my order","value":"order.track"}]})
        );
        let field =
            Field { name: "email".to_owned(), kind: "email".to_owned(), label: "Email".to_owned(), required: true };
        let form = Form { name: "contact".to_owned(), fields: vec![field], consent: Some("I agree.".to_owned()) };
        assert_eq!(
            shown(Author::Bot, Body::Form { text: "Where can we write to you?".to_owned(), form }),
            json!({"type":"event","seq":14,"at":at,"from":"bot","kind":"form","text":"Where can we write to you?",
                "form":{"name":"contact","fields":[{"name":"email","kind":"email","label":"Email","required":true}],"consent":"I agree."}})
        );
        assert_eq!(
            shown(Author::System, Body::State { state: Phase::Waiting, text: "Passed on.".to_owned() }),
            json!({"type":"event","seq":14,"at":at,"from":"system","kind":"state","state":"waiting","text":"Passed on."})
        );
    }

    #[test]
    fn the_visitors_own_events_carry_the_clients_id_and_staffs_a_name() {
        let id = ClientId::new();
        let event = |from, name: Option<&str>| Event {
            seq: 1,
            at: AT,
            from,
            name: name.map(str::to_owned),
            client_id: Some(id),
            locale: None,
            body: Body::text("Hi"),
        };

        let own: Value = serde_json::from_str(&super::event(&event(Author::Visitor, None))).unwrap();
        let staffs: Value = serde_json::from_str(&super::event(&event(Author::Staff, Some("Ana")))).unwrap();

        assert_eq!((&own["id"], &own["name"]), (&json!(id), &Value::Null));
        assert_eq!((&staffs["id"], &staffs["name"]), (&Value::Null, &json!("Ana")));
    }

    #[test]
    fn the_other_frames_read_as_the_protocol_page_shows_them() {
        let id: ClientId = "0192d5a0-1111-7222-8333-444455556666".parse().unwrap();
        assert_eq!(
            super::ack(&Ack { id, seq: 13, at: AT }),
            r#"{"type":"ack","id":"0192d5a0-1111-7222-8333-444455556666","seq":13,"at":"2026-11-23T09:10:00.123Z"}"#
        );
        assert_eq!(pong(&Number::from(7)), r#"{"type":"pong","n":7}"#);
        assert_eq!(typing(Author::Staff, Some("Ana")), r#"{"type":"typing","from":"staff","name":"Ana"}"#);
        assert_eq!(bye("restarting", 800), r#"{"type":"bye","reason":"restarting","retry_after_ms":800}"#);
        assert_eq!(notice(None), r#"{"type":"notice","notice":null}"#);
        let refusal = super::super::Refusal::rate_limited(1_500).of(id);
        assert_eq!(
            refusal.json(),
            r#"{"type":"error","code":"rate_limited","message":"too many messages; wait a moment","id":"0192d5a0-1111-7222-8333-444455556666","retry_after_ms":1500}"#
        );
    }
}
