//! The audit log: who did what, never what was said.

use crate::clock::Millis;
use crate::id::ConversationId;
use crate::id::TaskId;
use crate::store::{Store, StoreError};

/// Something that a member did, or that was done about one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When.
    pub at: Millis,
    /// Who; none for the command line.
    pub member: Option<u32>,
    /// In one word, such as `enter`.
    pub action: String,
    /// On which site.
    pub site: Option<String>,
    /// In which conversation.
    pub conversation: Option<ConversationId>,
    /// What else is worth knowing, such as from which network.
    pub detail: Option<String>,
}

/// Writes an entry.
///
/// # Errors
///
/// [`StoreError`].
pub async fn write(store: &Store, entry: &Entry) -> Result<(), StoreError> {
    transact!(&store.db, connection => {
        sqlx::query(
            "insert into staff_log (id, at, member, action, site, conversation_id, detail)
             values ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(TaskId::new().to_string())
        .bind(entry.at)
        .bind(entry.member.map(i64::from))
        .bind(&entry.action)
        .bind(&entry.site)
        .bind(entry.conversation.map(|id| id.to_string()))
        .bind(&entry.detail)
        .execute(connection)
        .await?;
    });
    Ok(())
}

/// When, by which member, what, on which site, and its detail.
type Columns = (i64, Option<i64>, String, Option<String>, Option<String>);

/// What was written about a conversation, newest first.
///
/// # Errors
///
/// [`StoreError`].
pub async fn of_conversation(store: &Store, id: ConversationId, limit: usize) -> Result<Vec<Entry>, StoreError> {
    let rows: Vec<Columns> = read!(store, pool => sqlx::query_as(
        "select at, member, action, site, detail from staff_log where conversation_id = $1 order by id desc limit $2",
    )
    .bind(id.to_string())
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .fetch_all(pool)
    .await)?;
    let entry = |(at, member, action, site, detail): Columns| Entry {
        at,
        member: member.and_then(|member| u32::try_from(member).ok()),
        action,
        site,
        conversation: Some(id),
        detail,
    };
    Ok(rows.into_iter().map(entry).collect())
}
