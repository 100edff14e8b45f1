//! Conversations and their events, as they are read back, and as they are forgotten.

use sqlx::{FromRow, Row};

use super::row::{StoredConversation, StoredEvent};
use super::{Store, StoreError};
use crate::clock::Millis;
use crate::id::{ClientId, ConversationId};
use crate::model::{Conversation, Event};

/// Conversations deleted in one transaction, so that turns wait for a moment only.
const EXPIRE_BATCH: i64 = 100;

/// The conversation's row.
///
/// # Errors
///
/// [`StoreError`].
pub async fn load(store: &Store, id: ConversationId) -> Result<Option<Conversation>, StoreError> {
    let row: Option<StoredConversation> = read!(store, pool => sqlx::query_as(
        "select id, site, locale, phase, version, last_seq, dialogue, first_page, page, created_at, updated_at
         from conversations
         where id = $1",
    )
    .bind(id.to_string())
    .fetch_optional(pool)
    .await)?;
    row.map(Conversation::try_from).transpose()
}

/// The conversation's row with the newest `limit` events after `seq`, oldest first, and whether there are older ones
/// after `seq`: in one query, so that row and events are of one moment and a reconnect costs one round trip.
///
/// # Errors
///
/// [`StoreError`].
pub async fn resume(
    store: &Store,
    id: ConversationId,
    seq: i64,
    limit: usize,
) -> Result<Option<(Conversation, Vec<Event>, bool)>, StoreError> {
    let one_more = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let rows: Vec<Resumed> = read!(store, pool => sqlx::query_as(
        "select c.id, c.site, c.locale, c.phase, c.version, c.last_seq, c.dialogue, c.first_page, c.page, c.created_at,
            c.updated_at, e.seq, e.at, e.author, e.staff_name, e.client_id, e.body
         from conversations as c
         left join (
            select conversation_id, seq, at, author, staff_name, client_id, body
            from events
            where conversation_id = $1 and seq > $2
            order by seq desc
            limit $3) as e on e.conversation_id = c.id
         where c.id = $1
         order by e.seq",
    )
    .bind(id.to_string())
    .bind(seq)
    .bind(one_more)
    .fetch_all(pool)
    .await)?;
    let more = rows.len() > limit;
    let mut conversation = None;
    let mut events = Vec::with_capacity(rows.len());
    for row in rows {
        if conversation.is_none() {
            conversation = Some(Conversation::try_from(row.conversation)?);
        }
        // A conversation without such events has one row, with nothing on the right.
        let JoinedEvent { seq, at, author, staff_name, client_id, body } = row.event;
        if let (Some(seq), Some(at), Some(author), Some(body)) = (seq, at, author, body) {
            events.push(Event::try_from(StoredEvent { seq, at, author, staff_name, client_id, body })?);
        }
    }
    if more {
        events.remove(0);
    }
    Ok(conversation.map(|conversation| (conversation, events, more)))
}

/// A conversation, with one of its events where there is one.
struct Resumed {
    conversation: StoredConversation,
    event: JoinedEvent,
}

impl<'r, R: Row> FromRow<'r, R> for Resumed
where
    StoredConversation: FromRow<'r, R>,
    JoinedEvent: FromRow<'r, R>,
{
    fn from_row(row: &'r R) -> Result<Self, sqlx::Error> {
        Ok(Self { conversation: FromRow::from_row(row)?, event: FromRow::from_row(row)? })
    }
}

columns! {
    /// An event's columns; all are null where the conversation has none.
    struct JoinedEvent {
        seq: Option<i64>,
        at: Option<i64>,
        author: Option<String>,
        staff_name: Option<String>,
        client_id: Option<String>,
        body: Option<String>,
    }
}

/// The newest `limit` events after `seq`, oldest first; and whether there are older ones after `seq`.
///
/// # Errors
///
/// [`StoreError`].
pub async fn events_after(
    store: &Store,
    id: ConversationId,
    seq: i64,
    limit: usize,
) -> Result<(Vec<Event>, bool), StoreError> {
    events_between(store, id, seq, i64::MAX, limit).await
}

/// The newest `limit` events before `seq`, oldest first; and whether there are older ones.
///
/// # Errors
///
/// [`StoreError`].
pub async fn events_before(
    store: &Store,
    id: ConversationId,
    seq: i64,
    limit: usize,
) -> Result<(Vec<Event>, bool), StoreError> {
    events_between(store, id, 0, seq, limit).await
}

async fn events_between(
    store: &Store,
    id: ConversationId,
    after: i64,
    before: i64,
    limit: usize,
) -> Result<(Vec<Event>, bool), StoreError> {
    let one_more = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let rows: Vec<StoredEvent> = read!(store, pool => sqlx::query_as(
        "select seq, at, author, staff_name, client_id, body
         from events
         where conversation_id = $1 and seq > $2 and seq < $3
         order by seq desc
         limit $4",
    )
    .bind(id.to_string())
    .bind(after)
    .bind(before)
    .bind(one_more)
    .fetch_all(pool)
    .await)?;
    let more = rows.len() > limit;
    let events: Result<Vec<Event>, StoreError> = rows.into_iter().take(limit).rev().map(Event::try_from).collect();
    Ok((events?, more))
}

/// The `seq` and the time of the event that a client called `client_id`: what its `ack` says.
///
/// # Errors
///
/// [`StoreError`].
pub async fn ack_of(
    store: &Store,
    id: ConversationId,
    client_id: ClientId,
) -> Result<Option<(i64, Millis)>, StoreError> {
    Ok(read!(store, pool => sqlx::query_as(
        "select seq, at
         from events
         where conversation_id = $1 and client_id = $2",
    )
    .bind(id.to_string())
    .bind(client_id.to_string())
    .fetch_optional(pool)
    .await)?)
}

/// Whether the conversation was erased on request: then its visitor gets a new one.
///
/// # Errors
///
/// [`StoreError`].
pub async fn is_erased(store: &Store, id: ConversationId) -> Result<bool, StoreError> {
    let found: Option<(i64,)> = read!(store, pool => sqlx::query_as(
        "select erased_at from erased_conversations where conversation_id = $1",
    )
    .bind(id.to_string())
    .fetch_optional(pool)
    .await)?;
    Ok(found.is_some())
}

/// Deletes the site's conversations in which nothing was said since `before`, with their events, leads and tasks, and
/// the leads of plain forms that are as old. In small batches: turns go on meanwhile. Gives the number of conversations
/// and forms deleted.
///
/// # Errors
///
/// [`StoreError`]; what was deleted until then stays deleted.
pub async fn expire(store: &Store, site: &str, before: Millis) -> Result<u64, StoreError> {
    let mut deleted = 0;
    loop {
        let conversations = expire_batch(store, site, before).await?;
        let leads = expire_forms(store, site, before).await?;
        if conversations + leads == 0 {
            return Ok(deleted);
        }
        deleted += conversations + leads;
        tokio::task::yield_now().await;
    }
}

async fn expire_batch(store: &Store, site: &str, before: Millis) -> Result<u64, StoreError> {
    // Events, leads and tasks go by `on delete cascade`. A conversation is never younger than its creation, which
    // is what the index knows.
    Ok(transact!(&store.db, connection => {
        sqlx::query(
            "delete from conversations
             where updated_at < $2 and id in (
                select id
                from conversations
                where site = $1 and created_at < $2 and updated_at < $2
                order by created_at
                limit $3)",
        )
        .bind(site)
        .bind(before)
        .bind(EXPIRE_BATCH)
        .execute(connection)
        .await?
        .rows_affected()
    }))
}

async fn expire_forms(store: &Store, site: &str, before: Millis) -> Result<u64, StoreError> {
    Ok(transact!(&store.db, connection => {
        let ids: Vec<String> = sqlx::query_scalar(
            "select id
             from leads
             where site = $1 and created_at < $2 and updated_at < $2 and conversation_id is null
             order by created_at
             limit $3",
        )
        .bind(site)
        .bind(before)
        .bind(EXPIRE_BATCH)
        .fetch_all(&mut *connection)
        .await?;
        for id in &ids {
            sqlx::query("delete from outbox where lead_id = $1").bind(id).execute(&mut *connection).await?;
            sqlx::query("delete from leads where id = $1").bind(id).execute(&mut *connection).await?;
        }
        ids.len() as u64
    }))
}
