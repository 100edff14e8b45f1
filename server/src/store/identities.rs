//! Whose conversation is whose, for visitors whom the brand's own server vouches for.

use super::{Store, StoreError};
use crate::clock::Millis;
use crate::id::ConversationId;

/// The person's conversation on a site; where there is none yet, `offered` becomes it, or, if that is another person's, a new one.
///
/// # Errors
///
/// [`StoreError`].
pub async fn conversation_of(
    store: &Store,
    site: &str,
    subject: &str,
    offered: ConversationId,
    now: Millis,
) -> Result<ConversationId, StoreError> {
    if let Some(theirs) = find(store, site, subject).await? {
        return Ok(theirs);
    }
    for id in [offered, ConversationId::new()] {
        transact!(&store.db, connection => {
            sqlx::query(
                "insert into identities (site, subject, conversation_id, created_at)
                 values ($1, $2, $3, $4)
                 on conflict do nothing",
            )
            .bind(site)
            .bind(subject)
            .bind(id.to_string())
            .bind(now)
            .execute(connection)
            .await?;
        });
        // Another node may have been first.
        if let Some(theirs) = find(store, site, subject).await? {
            return Ok(theirs);
        }
    }
    Err(StoreError::corrupt("identities", "conversation_id", "no conversation could be given"))
}

/// Forgets whose conversation it was.
///
/// # Errors
///
/// [`StoreError`].
pub async fn forget(store: &Store, conversation: ConversationId) -> Result<(), StoreError> {
    transact!(&store.db, connection => {
        sqlx::query("delete from identities where conversation_id = $1")
            .bind(conversation.to_string())
            .execute(connection)
            .await?;
    });
    Ok(())
}

/// Forgets those of before `before` whose conversation is gone, or never began; gives how many there were.
///
/// # Errors
///
/// [`StoreError`].
pub async fn expire(store: &Store, site: &str, before: Millis) -> Result<u64, StoreError> {
    let forgotten = transact!(&store.db, connection => {
        sqlx::query(
            "delete from identities
             where site = $1 and created_at < $2
                and not exists (select 1 from conversations where id = identities.conversation_id)",
        )
        .bind(site)
        .bind(before)
        .execute(connection)
        .await?
        .rows_affected()
    });
    Ok(forgotten)
}

async fn find(store: &Store, site: &str, subject: &str) -> Result<Option<ConversationId>, StoreError> {
    let stored: Option<String> = read!(store, pool => sqlx::query_scalar(
        "select conversation_id from identities where site = $1 and subject = $2",
    )
    .bind(site)
    .bind(subject)
    .fetch_optional(pool)
    .await)?;
    stored.map(|id| id.parse().map_err(|error| StoreError::corrupt("identities", "conversation_id", error))).transpose()
}
