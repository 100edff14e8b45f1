//! What Meta posts: up to a thousand updates in four nested lists. Each is read by itself, so that a malformed one loses no other.

use serde_json::Value;

use crate::channel::line::{LineContent, LineMedia, LineMessage, LineNews, LinePerson, LineState, LineStatus};
use crate::clock::Millis;

/// What was told of one of our numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct NumberNews {
    /// Meta's id of our number; empty where the update concerns the account.
    pub number: String,
    /// What was told.
    pub news: LineNews,
}

/// Reads a verified body; `None` where it is no JSON object of WhatsApp's.
#[must_use]
pub fn parse(body: &[u8]) -> Option<Vec<NumberNews>> {
    let root: Value = serde_json::from_slice(body).ok()?;
    if text(&root, "object") != "whatsapp_business_account" {
        return None;
    }
    let changes = list(&root, "entry").flat_map(|entry| list(entry, "changes"));
    Some(changes.flat_map(|change| read_change(text(change, "field"), &change["value"])).collect())
}

fn read_change(field: &str, value: &Value) -> Vec<NumberNews> {
    let number = text(&value["metadata"], "phone_number_id").to_owned();
    let told = |news| NumberNews { number: number.clone(), news };
    let mut news: Vec<NumberNews> = Vec::new();
    match field {
        "messages" => {
            news.extend(list(value, "messages").map(|message| told(read_message(value, message))));
            news.extend(list(value, "statuses").map(|status| told(read_status(status))));
            if news.is_empty() {
                news.extend(list(value, "errors").map(|error| told(LineNews::Fault(words_of(error)))));
            }
        }
        "smb_message_echoes" => {
            news.extend(list(value, "message_echoes").map(|echo| told(read_echo(echo))));
        }
        "user_id_update" => {
            news.extend(list(value, "user_id_update").map(|update| told(moved(&update["user_id"]))));
        }
        "user_preferences" => {
            news.extend(list(value, "user_preferences").map(|preference| told(read_preference(preference))));
        }
        "account_update" | "phone_number_quality_update" | "message_template_status_update" => {
            news.push(told(LineNews::Fault(format!("{field}: {}", text(value, "event")))));
        }
        // What was said before the line was connected is no conversation.
        other => news.push(told(LineNews::Ignored(format!("field {other:?}")))),
    }
    news
}

fn read_message(value: &Value, message: &Value) -> LineNews {
    let id = text(message, "id");
    if id.is_empty() {
        return LineNews::Ignored("a message without an id".to_owned());
    }
    let kind = text(message, "type");
    if kind == "system" {
        let system = &message["system"];
        return match text(system, "type") {
            "user_changed_user_id" => moved_to(text(message, "from_user_id"), text(system, "user_id")),
            "user_changed_number" => moved_to(&number(text(message, "from")), &number(text(system, "wa_id"))),
            other => LineNews::Ignored(format!("a system message of type {other:?}")),
        };
    }
    if matches!(kind, "reaction" | "edit" | "revoke") || !text(message, "group_id").is_empty() {
        return LineNews::Ignored(format!("a message of type {kind:?}"));
    }
    let person = person(value, message);
    if person.address.is_empty() {
        return LineNews::Ignored("a message from nobody".to_owned());
    }
    LineNews::Message(LineMessage {
        id: id.to_owned(),
        person,
        at: seconds(message),
        content: content(kind, message),
        answers: some(text(&message["context"], "id")),
        referral: some(text(&message["referral"], "source_url")),
    })
}

/// By their id in this business's portfolio where there is one, else by number. Nothing is taken to be there.
fn person(value: &Value, message: &Value) -> LinePerson {
    let from = number(text(message, "from"));
    let user_id = text(message, "from_user_id");
    let is_theirs = |contact: &&Value| {
        let (contact_id, contact_number) = (text(contact, "user_id"), number(text(contact, "wa_id")));
        (!user_id.is_empty() && contact_id == user_id) || (!from.is_empty() && contact_number == from)
    };
    let contact = list(value, "contacts").find(is_theirs);
    let name = contact.and_then(|contact| some(text(&contact["profile"], "name")));
    if user_id.is_empty() {
        LinePerson { address: from, also: None, name }
    } else {
        LinePerson { address: user_id.to_owned(), also: some(&from), name }
    }
}

fn content(kind: &str, message: &Value) -> LineContent {
    let of = &message[kind];
    match kind {
        "text" => LineContent { text: text(of, "body").to_owned(), ..LineContent::default() },
        "interactive" => {
            let reply = &of[text(of, "type")];
            LineContent {
                text: text(reply, "title").to_owned(),
                option: some(text(reply, "id")),
                ..LineContent::default()
            }
        }
        "button" => LineContent {
            text: text(of, "text").to_owned(),
            option: some(text(of, "payload")),
            ..LineContent::default()
        },
        "image" | "video" | "audio" | "document" | "sticker" => LineContent {
            text: text(of, "caption").to_owned(),
            media: vec![LineMedia {
                reference: text(of, "id").to_owned(),
                mime: text(of, "mime_type").to_owned(),
                sha256: some(text(of, "sha256")),
                name: some(text(of, "filename")),
            }],
            ..LineContent::default()
        },
        "location" => LineContent { text: place(of), ..LineContent::default() },
        "contacts" => {
            let numbers =
                list(message, "contacts").flat_map(|contact| list(contact, "phones")).map(|phone| text(phone, "phone"));
            LineContent { text: numbers.collect::<Vec<_>>().join(", "), ..LineContent::default() }
        }
        "order" => LineContent { text: text(of, "text").to_owned(), unsupported: true, ..LineContent::default() },
        _ => LineContent { unsupported: true, ..LineContent::default() },
    }
}

fn place(of: &Value) -> String {
    let named: Vec<&str> =
        ["name", "address"].iter().map(|key| text(of, key)).filter(|text| !text.is_empty()).collect();
    let (latitude, longitude) = (of["latitude"].as_f64(), of["longitude"].as_f64());
    let at = latitude.zip(longitude).map(|(latitude, longitude)| format!("{latitude}, {longitude}"));
    named.into_iter().map(str::to_owned).chain(at).collect::<Vec<_>>().join(", ")
}

fn read_echo(echo: &Value) -> LineNews {
    let id = text(echo, "id");
    let to = if text(echo, "to_user_id").is_empty() {
        number(text(echo, "to"))
    } else {
        text(echo, "to_user_id").to_owned()
    };
    if id.is_empty() || to.is_empty() {
        return LineNews::Ignored("an echo without an id or a recipient".to_owned());
    }
    LineNews::Echo(LineMessage {
        id: id.to_owned(),
        person: LinePerson {
            also: some(&number(text(echo, "to"))).filter(|also| *also != to),
            address: to,
            name: None,
        },
        at: seconds(echo),
        content: content(text(echo, "type"), echo),
        answers: None,
        referral: None,
    })
}

fn read_status(status: &Value) -> LineNews {
    let state = match text(status, "status") {
        "sent" => LineState::Sent,
        "delivered" => LineState::Delivered,
        "read" | "played" => LineState::Read,
        "failed" => LineState::Failed,
        other => return LineNews::Ignored(format!("a status {other:?}")),
    };
    let error = list(status, "errors").next();
    LineNews::Status(LineStatus {
        message: text(status, "id").to_owned(),
        task: some(text(status, "biz_opaque_callback_data")),
        state,
        at: seconds(status),
        code: error.and_then(|error| error["code"].as_i64()),
        reason: error.map(words_of),
    })
}

fn read_preference(preference: &Value) -> LineNews {
    let user_id = text(preference, "user_id");
    let address = if user_id.is_empty() { number(text(preference, "wa_id")) } else { user_id.to_owned() };
    match text(preference, "value") {
        value @ ("stop" | "resume") => {
            let id = format!("{address}:{value}:{}", seconds(preference).unwrap_or_default());
            LineNews::Consent { address, takes: value == "resume", id }
        }
        other => LineNews::Ignored(format!("a preference {other:?}")),
    }
}

fn moved(ids: &Value) -> LineNews {
    moved_to(text(ids, "previous"), text(ids, "current"))
}

fn moved_to(from: &str, to: &str) -> LineNews {
    if from.is_empty() || to.is_empty() {
        return LineNews::Ignored("a change of address without both".to_owned());
    }
    LineNews::Moved { from: from.to_owned(), to: to.to_owned() }
}

fn words_of(error: &Value) -> String {
    let details = text(&error["error_data"], "details");
    let words = [text(error, "title"), text(error, "message"), details].into_iter().filter(|words| !words.is_empty());
    let words: Vec<&str> = words.collect();
    crate::channel::clean::for_log(&format!("{} {}", error["code"], words.join(": ")))
}

/// Meta writes numbers without their `+`.
fn number(digits: &str) -> String {
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        format!("+{digits}")
    } else {
        digits.to_owned()
    }
}

/// Unix seconds, as a string.
fn seconds(of: &Value) -> Option<Millis> {
    let at = &of["timestamp"];
    let seconds: Millis = at.as_str().and_then(|text| text.parse().ok()).or_else(|| at.as_i64())?;
    seconds.checked_mul(1_000)
}

fn text<'v>(of: &'v Value, key: &str) -> &'v str {
    of[key].as_str().unwrap_or_default()
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn list<'v>(of: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> + use<'v> {
    of[key].as_array().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fixture(name: &str) -> Vec<NumberNews> {
        let path = format!("{}/tests/it/fixtures/whatsapp/{name}", env!("CARGO_MANIFEST_DIR"));
        parse(&std::fs::read(path).unwrap()).unwrap()
    }

    fn of(field: &str, value: Value) -> Vec<LineNews> {
        let body = json!({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [{"field": field, "value": value}]}]});
        parse(body.to_string().as_bytes()).unwrap().into_iter().map(|told| told.news).collect()
    }

    #[test]
    fn a_text_is_read_with_both_ids_of_its_sender() {
        let told = fixture("text.json");

        let LineNews::Message(message) = &told[0].news else { panic!("{told:?}") };
        assert_eq!(told[0].number, "200000000000002");
        assert_eq!(message.person.address, "US.10000000000000000001");
        assert_eq!(message.person.also.as_deref(), Some("+15550002222"));
        assert_eq!(message.person.name.as_deref(), Some("Zoë"));
        assert_eq!(message.content.text, "Hola 👋, ¿abren hoy?");
        assert_eq!(message.at, Some(1_768_471_200_000));
    }

    #[test]
    fn nothing_needs_the_senders_number() {
        let told = fixture("without-number.json");

        let LineNews::Message(message) = &told[0].news else { panic!("{told:?}") };
        assert_eq!(message.person.address, "US.10000000000000000001");
        assert_eq!(message.person.also, None);
        assert_eq!(message.content.text, "STOP");
    }

    #[test]
    fn statuses_come_in_any_order() {
        let states: Vec<_> = fixture("statuses.json")
            .into_iter()
            .map(|told| match told.news {
                LineNews::Status(status) => (status.state, status.task),
                other => panic!("{other:?}"),
            })
            .collect();

        assert_eq!(
            states,
            [(LineState::Delivered, Some("task-018f".into())), (LineState::Sent, Some("task-018f".into()))]
        );
    }

    #[test]
    fn a_malformed_part_spoils_no_other() {
        let good = json!({"from": "15550002222", "id": "wamid.1", "timestamp": "1768471200", "type": "text", "text": {"body": "Hi"}});
        let news =
            of("messages", json!({"metadata": {}, "messages": [17, {"id": 3}, good, {"id": "x", "type": "text"}]}));

        let texts: Vec<_> = news.iter().filter(|news| matches!(news, LineNews::Message(_))).collect();
        assert_eq!(texts.len(), 1, "{news:?}");
        assert_eq!(news.len(), 4);
    }

    #[test]
    fn a_pressed_button_gives_its_value() {
        let pressed = json!({"from": "1555", "id": "w", "type": "interactive", "interactive": {"type": "button_reply", "button_reply": {"id": "order.track", "title": "Track my order"}}});
        let news = of("messages", json!({"messages": [pressed]}));

        let LineNews::Message(message) = &news[0] else { panic!("{news:?}") };
        assert_eq!(
            (message.content.text.as_str(), message.content.option.as_deref()),
            ("Track my order", Some("order.track"))
        );
    }

    #[test]
    fn the_owners_own_phone_is_an_echo() {
        let echo = json!({"from": "15550001111", "to": "15550002222", "id": "w9", "timestamp": "1768471200", "type": "text", "text": {"body": "We are here"}});
        let news = of("smb_message_echoes", json!({"message_echoes": [echo]}));

        let LineNews::Echo(message) = &news[0] else { panic!("{news:?}") };
        assert_eq!((message.person.address.as_str(), message.content.text.as_str()), ("+15550002222", "We are here"));
    }

    #[test]
    fn a_person_who_changes_address_is_followed() {
        let system = json!({"from_user_id": "US.1", "id": "w", "type": "system", "system": {"type": "user_changed_user_id", "user_id": "US.2"}});
        let moved = LineNews::Moved { from: "US.1".into(), to: "US.2".into() };

        assert_eq!(of("messages", json!({"messages": [system]})), std::slice::from_ref(&moved));
        assert_eq!(
            of("user_id_update", json!({"user_id_update": [{"user_id": {"previous": "US.1", "current": "US.2"}}]})),
            [moved]
        );
    }

    #[test]
    fn history_is_no_conversation_and_unknown_kinds_are_said_so() {
        assert!(matches!(of("history", json!({}))[0], LineNews::Ignored(_)));
        let news = of(
            "messages",
            json!({"messages": [{"from": "1", "id": "w", "type": "unsupported", "errors": [{"code": 131051}]}]}),
        );
        let LineNews::Message(message) = &news[0] else { panic!("{news:?}") };
        assert!(message.content.unsupported);
    }

    proptest::proptest! {
        #[test]
        fn no_body_makes_the_reader_panic(body in "\\PC{0,200}") {
            proptest::prop_assert!(parse(body.as_bytes()).is_none_or(|told| told.len() <= 200));
        }
    }
}
