//! What a member's page is told, as JSON.

use serde_json::{Value, json};

use super::dispatch::out_of_reach;
use super::view;
use crate::clock::rfc3339;
use crate::http::Shared;
use crate::id::{ClientId, ConversationId};
use crate::model::{Conversation, DeskRecord, Event, Lead, Right};
use crate::staff::{News, StaffSession};
use crate::store::{self, staff::desk_log, staff::inbox};
use crate::wire::{MAX_EVENTS, StaffRefusal, desk, staff_events};

/// Desk records in one frame; older ones are seldom asked for.
pub(super) const MAX_DESK: usize = 200;
/// Earlier conversations that are pointed out.
pub(super) const MAX_EARLIER: i64 = 5;

/// The answer to `hello`.
pub(super) fn welcome(shared: &Shared, session: &StaffSession) -> Value {
    let sites: Vec<Value> = session
        .member
        .sites(Right::Look)
        .filter_map(|id| shared.site(id))
        .map(|site| json!({"id": site.id, "name": site.name}))
        .collect();
    let conversations: Vec<ConversationId> = session.conversations().collect();
    json!({"type": "welcome", "staff": view::staff(&session.member), "sites": sites, "conversations": conversations})
}

/// A conversation as it is when somebody begins to watch it, and how far its desk records go.
pub(super) async fn conversation(
    shared: &Shared,
    conversation: &Conversation,
    after: i64,
    desk_after: i64,
) -> Result<(Value, i64, i64), StaffRefusal> {
    let (id, store) = (conversation.id, &shared.store);
    let found = store::conversations::resume(store, id, after, MAX_EVENTS).await;
    let Some((conversation, events, more)) = found.map_err(|error| out_of_reach(&error))? else {
        return Err(StaffRefusal::unknown_conversation());
    };
    let lead = store::leads::of_conversation(store, id).await.map_err(|error| out_of_reach(&error))?;
    let records = desk_log::after(store, id, desk_after, MAX_DESK).await.map_err(|error| out_of_reach(&error))?;
    let owner = desk_log::assignee(store, id).await.map_err(|error| out_of_reach(&error))?;
    let owner = match owner {
        Some(number) => shared.staff.member(number).await.map_err(|error| out_of_reach(&error))?,
        None => None,
    };
    let earlier = match lead.as_ref().and_then(|lead| lead.email_normal.as_deref()) {
        Some(email) => inbox::with_email(store, &conversation.site, email, id, MAX_EARLIER)
            .await
            .map_err(|error| out_of_reach(&error))?,
        None => Vec::new(),
    };
    let desk_seen = records.last().map_or(desk_after, |record| record.n);
    let frame = json!({
        "type": "conversation",
        "conversation": id,
        "site": conversation.site,
        "state": conversation.phase,
        "seq": conversation.last_seq,
        "visitor": {
            "online": shared.staff_hub.is_online(id),
            "locale": conversation.locale,
            "page": conversation.page,
            "first_page": conversation.first_page,
            "line": "web",
        },
        "lead": lead.as_ref().map(lead_json),
        "events": staff_events(&events),
        "more": more,
        "desk": records.iter().map(desk_entry).collect::<Vec<_>>(),
        "assignee": owner.map(|member| member.name),
        "earlier": earlier.iter().map(|(id, at)| json!({"conversation": id, "at": rfc3339(*at)})).collect::<Vec<_>>(),
    });
    Ok((frame, conversation.last_seq, desk_seen))
}

/// Somebody else was faster: nothing was stored, and this is what they said.
pub(super) fn conflict(id: ClientId, conversation: ConversationId, events: &[Event]) -> Value {
    json!({"type": "conflict", "id": id, "conversation": conversation, "events": staff_events(events)})
}

/// What staff hear of each other.
pub(super) fn news(news: &News) -> Value {
    match news {
        News::Desk(record) => desk(record),
        News::Presence { conversation, name, here, .. } => {
            json!({"type": "presence", "conversation": conversation, "staff": name, "here": here})
        }
    }
}

fn desk_entry(record: &DeskRecord) -> Value {
    let mut entry = desk(record);
    if let Some(entry) = entry.as_object_mut() {
        entry.remove("type");
        entry.remove("conversation");
    }
    entry
}

fn lead_json(lead: &Lead) -> Value {
    json!({
        "email": lead.email,
        "phone": lead.phone,
        "name": lead.name,
        "company": lead.company,
        "budget": lead.budget,
        "fields": lead.fields,
        "intents": lead.intents,
        "score": lead.score,
        "reasons": lead.reasons,
        "consent": lead.consent.is_some(),
    })
}
