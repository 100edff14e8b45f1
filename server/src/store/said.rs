//! What was said on a site lately, conversation by conversation: for whoever wants to learn from it.

use sqlx::{ColumnIndex, Decode, FromRow, Row, Type};

use super::row::StoredEvent;
use super::{Store, StoreError};
use crate::clock::Millis;
use crate::id::ConversationId;
use crate::model::Event;

/// An event, and where it was said.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// The conversation.
    pub conversation: ConversationId,
    /// The visitor's language, as their browser says.
    pub locale: String,
    /// What was said.
    pub event: Event,
}

/// The site's next `limit` events after `after` that were said at `since` or later: each conversation's stand together, in order.
///
/// # Errors
///
/// [`StoreError`].
pub async fn page(
    store: &Store,
    site: &str,
    since: Millis,
    after: Option<(ConversationId, i64)>,
    limit: usize,
) -> Result<Vec<Said>, StoreError> {
    let (conversation, seq) = after.map_or_else(Default::default, |(id, seq)| (id.to_string(), seq));
    let rows: Vec<StoredSaid> = read!(store, pool => sqlx::query_as(
        "select e.conversation_id, c.locale, e.seq, e.at, e.author, e.staff_name, e.client_id, e.body
         from conversations as c
         join events as e on e.conversation_id = c.id
         where c.site = $1 and c.updated_at >= $2 and e.at >= $2 and (e.conversation_id, e.seq) > ($3, $4)
         order by e.conversation_id, e.seq
         limit $5",
    )
    .bind(site)
    .bind(since)
    .bind(&conversation)
    .bind(seq)
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .fetch_all(pool)
    .await)?;
    rows.into_iter().map(Said::try_from).collect()
}

struct StoredSaid {
    conversation_id: String,
    locale: String,
    event: StoredEvent,
}

impl<'r, R: Row> FromRow<'r, R> for StoredSaid
where
    StoredEvent: FromRow<'r, R>,
    for<'name> &'name str: ColumnIndex<R>,
    String: Decode<'r, R::Database> + Type<R::Database>,
{
    fn from_row(row: &'r R) -> Result<Self, sqlx::Error> {
        Ok(Self {
            conversation_id: row.try_get("conversation_id")?,
            locale: row.try_get("locale")?,
            event: FromRow::from_row(row)?,
        })
    }
}

impl TryFrom<StoredSaid> for Said {
    type Error = StoreError;

    fn try_from(row: StoredSaid) -> Result<Self, StoreError> {
        let unreadable = |_| StoreError::corrupt("events", "conversation_id", &row.conversation_id);
        Ok(Self {
            conversation: row.conversation_id.parse().map_err(unreadable)?,
            locale: row.locale,
            event: Event::try_from(row.event)?,
        })
    }
}
