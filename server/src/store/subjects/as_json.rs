//! What is handed over about a person, as JSON.

use serde_json::{Value, json};

use crate::clock::{Millis, rfc3339};
use crate::model::{Conversation, Event, Lead};

pub(super) fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

pub(super) fn conversation_json(conversation: &Conversation, events: &[Event]) -> Value {
    let said = events.iter().map(|event| {
        json!({
            "seq": event.seq,
            "at": rfc3339(event.at),
            "from": event.from,
            "name": event.name,
            "body": event.body,
        })
    });
    json!({
        "id": conversation.id,
        "site": conversation.site,
        "locale": conversation.locale,
        "state": conversation.phase,
        "dialogue": parsed(&conversation.dialogue),
        "first_page": conversation.first_page,
        "page": conversation.page,
        "created_at": rfc3339(conversation.created_at),
        "updated_at": rfc3339(conversation.updated_at),
        "events": said.collect::<Vec<_>>(),
    })
}

pub(super) fn lead_json(lead: &Lead) -> Value {
    let at = |at: Millis| rfc3339(at);
    json!({
        "id": lead.id,
        "site": lead.site,
        "conversation": lead.conversation,
        "email": lead.email,
        "phone": lead.phone,
        "name": lead.name,
        "company": lead.company,
        "budget": lead.budget,
        "fields": lead.fields,
        "message": lead.message,
        "intents": lead.intents,
        "score": lead.score,
        "reasons": lead.reasons,
        "consent": lead.consent.as_ref().map(|consent| json!({ "at": at(consent.at), "wording": consent.wording })),
        "page": lead.page,
        "utm": lead.utm,
        "created_at": at(lead.created_at),
        "updated_at": at(lead.updated_at),
    })
}
