//! From what a member does to its answer: the same for socket, stream and plain form.

use serde_json::{Value, json};

use super::frames;
use crate::clock::rfc3339;
use crate::desk::{Input, NotTaken, Speaker};
use crate::http::Shared;
use crate::id::ConversationId;
use crate::model::{Conversation, DeskKind, Right};
use crate::staff::{NotRecorded, Record, StaffSession};
use crate::store::{self, StoreError};
use crate::wire::{Act, StaffPost, StaffRefusal};

/// The conversation, where this may be done with it.
pub(super) async fn reach(
    shared: &Shared,
    session: &StaffSession,
    right: Right,
    id: ConversationId,
) -> Result<Conversation, StaffRefusal> {
    let found = store::conversations::load(&shared.store, id).await.map_err(|error| out_of_reach(&error))?;
    found
        .filter(|conversation| session.may(right, &conversation.site, id))
        .ok_or_else(StaffRefusal::unknown_conversation)
}

/// Does what a member asks for; gives its `ack`, or the `conflict` that kept it from being stored.
pub(super) async fn post(shared: &Shared, session: &StaffSession, post: &StaffPost) -> Result<Value, StaffRefusal> {
    act(shared, session, post).await.map_err(|refusal| refusal.of(post.id))
}

async fn act(shared: &Shared, session: &StaffSession, post: &StaffPost) -> Result<Value, StaffRefusal> {
    let StaffPost { id: key, conversation: id, act } = post;
    let conversation = reach(shared, session, Right::Answer, *id).await?;
    let number = session.member.number.to_string();
    let speaker = Speaker::Staff { conversation: *id, member: &number, name: &session.member.name };
    let (input, kind) = match act {
        Act::Reply { text, seen } => {
            return match shared.desk.take(speaker, *key, Input::Reply { text, seen: *seen }).await {
                Ok(taken) => Ok(json!({"type": "ack", "id": key, "seq": taken.seq, "at": rfc3339(taken.at)})),
                Err(NotTaken::Conflict(events)) => Ok(frames::conflict(*key, *id, &events)),
                Err(why) => Err(refusal(*id, why)),
            };
        }
        Act::Note { text } => return note(shared, session, *id, *key, text).await,
        Act::Assign { to } => return assign(shared, session, &conversation, *key, to.as_deref()).await,
        Act::Take => (Input::TakeOver, DeskKind::Take),
        Act::HandBack => (Input::Release, DeskKind::HandBack),
        Act::Close => (Input::Close, DeskKind::Close),
    };
    shared.desk.take(speaker, *key, input).await.map_err(|why| refusal(*id, why))?;
    let owner = (kind == DeskKind::Take).then_some(session.member.number);
    shared.staff.assign(*id, owner).await.map_err(|error| out_of_reach(&error))?;
    record(shared, session, Record { conversation: *id, kind, text: "", key: *key }).await?;
    Ok(json!({"type": "ack", "id": key}))
}

async fn note(
    shared: &Shared,
    session: &StaffSession,
    id: ConversationId,
    key: crate::id::ClientId,
    text: &str,
) -> Result<Value, StaffRefusal> {
    record(shared, session, Record { conversation: id, kind: DeskKind::Note, text, key }).await?;
    Ok(json!({"type": "ack", "id": key}))
}

async fn assign(
    shared: &Shared,
    session: &StaffSession,
    conversation: &Conversation,
    key: crate::id::ClientId,
    to: Option<&str>,
) -> Result<Value, StaffRefusal> {
    let to = match to {
        None => None,
        Some(address) => {
            let member = shared.staff.member_at(address).await.map_err(|error| out_of_reach(&error))?;
            // Whoever may not answer would only let it lie.
            let may = member.filter(|member| member.may(Right::Answer, &conversation.site));
            Some(may.ok_or_else(|| StaffRefusal::new("invalid_field", "\"to\" is nobody who may answer here"))?)
        }
    };
    let number = to.as_ref().map(|member| member.number);
    shared.staff.assign(conversation.id, number).await.map_err(|error| out_of_reach(&error))?;
    let name = to.as_ref().map_or("", |member| member.name.as_str());
    record(shared, session, Record { conversation: conversation.id, kind: DeskKind::Assign, text: name, key }).await?;
    Ok(json!({"type": "ack", "id": key}))
}

async fn record(shared: &Shared, session: &StaffSession, record: Record<'_>) -> Result<(), StaffRefusal> {
    match shared.staff.record(&session.member, record).await {
        Ok(_) => Ok(()),
        Err(NotRecorded::Unknown) => Err(StaffRefusal::unknown_conversation()),
        Err(NotRecorded::Store(error)) => Err(out_of_reach(&error)),
    }
}

fn refusal(id: ConversationId, why: NotTaken) -> StaffRefusal {
    match why {
        NotTaken::Erased | NotTaken::Unknown => StaffRefusal::unknown_conversation(),
        NotTaken::Refused(_) => StaffRefusal::new("invalid_field", "this cannot be done here"),
        NotTaken::Conflict(_) => StaffRefusal::unavailable(),
        NotTaken::Unavailable(why) => {
            tracing::error!(conversation.id = %id, error = why, "a reply of staff was not stored");
            StaffRefusal::unavailable()
        }
    }
}

pub(super) fn out_of_reach(error: &StoreError) -> StaffRefusal {
    tracing::error!(error = %error, "the database did not answer a member of staff");
    StaffRefusal::unavailable()
}
