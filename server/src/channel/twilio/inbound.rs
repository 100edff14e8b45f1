//! What Twilio posts: a message, or what became of one of ours. The rest of its fields, which grow without notice, is left alone.

use crate::channel::line::{LineContent, LineMedia, LineMessage, LineNews, LinePerson, LineState, LineStatus};

/// More than ten are not sent with one message.
const MAX_MEDIA: usize = 10;

/// Reads the fields of a verified request.
#[must_use]
pub fn parse(fields: &[(String, String)]) -> LineNews {
    let field = |name: &str| fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let Some(id) = field("MessageSid").or_else(|| field("SmsSid")).filter(|id| !id.is_empty()) else {
        return LineNews::Ignored("it names no message".to_owned());
    };
    let status = field("MessageStatus").or_else(|| field("SmsStatus")).unwrap_or_default();
    if status != "received"
        && let Some(state) = state(status)
    {
        return LineNews::Status(LineStatus {
            message: id.to_owned(),
            task: field("task").map(str::to_owned),
            state,
            at: None,
            code: field("ErrorCode").and_then(|code| code.parse().ok()),
            reason: field("ErrorMessage").map(str::to_owned),
        });
    }
    let Some(from) = field("From").filter(|from| !from.is_empty()) else {
        return LineNews::Ignored("it names no sender".to_owned());
    };
    let count = field("NumMedia").and_then(|count| count.parse().ok()).unwrap_or(0_usize).min(MAX_MEDIA);
    let media = (0..count).filter_map(|at| {
        let reference = field(&format!("MediaUrl{at}"))?.to_owned();
        let mime = field(&format!("MediaContentType{at}")).unwrap_or_default().to_owned();
        Some(LineMedia { reference, mime, sha256: None, name: None })
    });
    LineNews::Message(LineMessage {
        id: id.to_owned(),
        person: LinePerson {
            address: from.strip_prefix("whatsapp:").unwrap_or(from).to_owned(),
            also: None,
            name: field("ProfileName").filter(|name| !name.is_empty()).map(str::to_owned),
        },
        at: None,
        content: LineContent {
            text: field("Body").unwrap_or_default().to_owned(),
            option: field("ButtonPayload").filter(|value| !value.is_empty()).map(str::to_owned),
            media: media.collect(),
            unsupported: false,
        },
        answers: field("OriginalRepliedMessageSid").map(str::to_owned),
        referral: None,
    })
}

/// What Twilio itself says of a keyword: `STOP`, `START` or `HELP`.
#[must_use]
pub fn opt_out_type(fields: &[(String, String)]) -> Option<&str> {
    fields.iter().find(|(name, _)| name == "OptOutType").map(|(_, value)| value.as_str())
}

/// A status in Twilio's words; `None` for one that is not known, which then changes nothing.
#[must_use]
pub fn state(status: &str) -> Option<LineState> {
    Some(match status {
        "accepted" | "scheduled" | "queued" | "sending" => LineState::Queued,
        "sent" => LineState::Sent,
        "delivered" | "partially_delivered" => LineState::Delivered,
        "read" => LineState::Read,
        "undelivered" | "failed" | "canceled" => LineState::Failed,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> LineNews {
        parse(&url::form_urlencoded::parse(body.as_bytes()).into_owned().collect::<Vec<_>>())
    }

    #[test]
    fn a_message_is_read_as_it_was_typed() {
        let news = read(
            "MessageSid=SM1&SmsStatus=received&From=%2B14155550123&To=%2B15005550006&Body=Hola+%F0%9F%91%8B+&NumMedia=1&MediaUrl0=https%3A%2F%2Fapi.twilio.com%2Fx&MediaContentType0=image%2Fjpeg&New=1",
        );

        let LineNews::Message(message) = news else { panic!("{news:?}") };
        assert_eq!((message.id.as_str(), message.person.address.as_str()), ("SM1", "+14155550123"));
        assert_eq!(message.content.text, "Hola 👋 ");
        assert_eq!(message.content.media[0].mime, "image/jpeg");
    }

    #[test]
    fn a_status_names_our_task() {
        let news = read("MessageSid=SM2&MessageStatus=undelivered&ErrorCode=30007&To=%2B14155550123&task=018f");

        let LineNews::Status(status) = news else { panic!("{news:?}") };
        assert_eq!((status.state, status.code, status.task.as_deref()), (LineState::Failed, Some(30007), Some("018f")));
    }

    #[test]
    fn what_says_nothing_changes_nothing() {
        assert!(matches!(read(""), LineNews::Ignored(_)));
        assert!(matches!(read("MessageSid=SM1&SmsStatus=received&Body=x"), LineNews::Ignored(_)));
        assert_eq!(state("unheard_of"), None);
    }
}
