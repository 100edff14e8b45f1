//! Notes and desk records: beside the conversation, never in it.

use crate::clock::Millis;
use crate::id::{ClientId, ConversationId};
use crate::model::{DeskKind, DeskRecord};
use crate::store::{Store, StoreError};

/// How often another node may take the next place first.
const MAX_RACES: usize = 16;

columns! {
    struct Stored {
        n: i64,
        after_seq: i64,
        kind: String,
        member: i64,
        name: String,
        body: String,
        at: i64,
    }
}

impl Stored {
    fn record(self, conversation: ConversationId) -> Result<DeskRecord, StoreError> {
        let Self { n, after_seq, kind, member, name, body, at } = self;
        let kind = DeskKind::parse(&kind).ok_or_else(|| StoreError::corrupt("desk_log", "kind", kind))?;
        let member = u32::try_from(member).map_err(|error| StoreError::corrupt("desk_log", "member", error))?;
        Ok(DeskRecord { conversation, n, after_seq, kind, member, name, text: body, at })
    }
}

/// What is to be written.
#[derive(Clone, Debug)]
pub struct NewRecord<'a> {
    /// Where.
    pub conversation: ConversationId,
    /// What.
    pub kind: DeskKind,
    /// Who.
    pub member: u32,
    /// Their name.
    pub name: &'a str,
    /// The note, or whose it is now.
    pub text: &'a str,
    /// The same key is the same record.
    pub key: ClientId,
    /// When.
    pub at: Millis,
}

/// Writes a record after the conversation's newest event; what was written under the same key before is left as it is. Gives
/// the record, and whether it is new; none where there is no such conversation.
///
/// # Errors
///
/// [`StoreError`].
pub async fn write(store: &Store, new: &NewRecord<'_>) -> Result<Option<(DeskRecord, bool)>, StoreError> {
    let id = new.conversation.to_string();
    let key = new.key.to_string();
    for _ in 0..MAX_RACES {
        let written: Option<(Option<Stored>, bool)> = transact!(&store.db, connection => {
            let found: Option<Stored> = sqlx::query_as(
                "select n, after_seq, kind, member, name, body, at
                 from desk_log
                 where conversation_id = $1 and key = $2",
            )
            .bind(&id)
            .bind(&key)
            .fetch_optional(&mut *connection)
            .await?;
            let last_seq: Option<i64> = sqlx::query_scalar("select last_seq from conversations where id = $1")
                .bind(&id)
                .fetch_optional(&mut *connection)
                .await?;
            match (found, last_seq) {
                (_, None) => None,
                (Some(found), _) => Some((Some(found), false)),
                (None, Some(_)) => {
                    let row: Option<Stored> = sqlx::query_as(
                        "insert into desk_log (conversation_id, n, after_seq, kind, member, name, body, key, at)
                         select $1, coalesce((select max(n) from desk_log where conversation_id = $1), 0) + 1, last_seq,
                            $2, $3, $4, $5, $6, $7
                         from conversations
                         where id = $1
                         on conflict do nothing
                         returning n, after_seq, kind, member, name, body, at",
                    )
                    .bind(&id)
                    .bind(new.kind.as_str())
                    .bind(i64::from(new.member))
                    .bind(new.name.replace('\0', ""))
                    .bind(new.text.replace('\0', ""))
                    .bind(&key)
                    .bind(new.at)
                    .fetch_optional(&mut *connection)
                    .await?;
                    Some((row, true))
                }
            }
        });
        match written {
            None => return Ok(None),
            Some((Some(row), is_new)) => return Ok(Some((row.record(new.conversation)?, is_new))),
            Some((None, _)) => {}
        }
    }
    Err(StoreError::Unavailable("a conversation's notes are written faster than they can be numbered".to_owned()))
}

/// The records after place `n`, in order; `limit` at most, the newest.
///
/// # Errors
///
/// [`StoreError`].
pub async fn after(store: &Store, id: ConversationId, n: i64, limit: usize) -> Result<Vec<DeskRecord>, StoreError> {
    let rows: Vec<Stored> = read!(store, pool => sqlx::query_as(
        "select n, after_seq, kind, member, name, body, at
         from desk_log
         where conversation_id = $1 and n > $2
         order by n desc
         limit $3",
    )
    .bind(id.to_string())
    .bind(n)
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .fetch_all(pool)
    .await)?;
    rows.into_iter().rev().map(|row| row.record(id)).collect()
}

/// Makes a conversation a member's; nobody's where there is none.
///
/// # Errors
///
/// [`StoreError`].
pub async fn assign(store: &Store, id: ConversationId, to: Option<u32>, now: Millis) -> Result<(), StoreError> {
    transact!(&store.db, connection => {
        match to {
            Some(member) => sqlx::query(
                "insert into assignments (conversation_id, member, at)
                 select id, $2, $3 from conversations where id = $1
                 on conflict (conversation_id) do update set member = excluded.member, at = excluded.at",
            )
            .bind(id.to_string())
            .bind(i64::from(member))
            .bind(now)
            .execute(connection)
            .await?
            .rows_affected(),
            None => sqlx::query("delete from assignments where conversation_id = $1")
                .bind(id.to_string())
                .execute(connection)
                .await?
                .rows_affected(),
        }
    });
    Ok(())
}

/// Whose conversation it is.
///
/// # Errors
///
/// [`StoreError`].
pub async fn assignee(store: &Store, id: ConversationId) -> Result<Option<u32>, StoreError> {
    let member: Option<i64> = read!(store, pool => sqlx::query_scalar(
        "select member from assignments where conversation_id = $1",
    )
    .bind(id.to_string())
    .fetch_optional(pool)
    .await)?;
    Ok(member.and_then(|member| u32::try_from(member).ok()))
}

/// Remembers how far a member has read; never back.
///
/// # Errors
///
/// [`StoreError`].
pub async fn mark_read(store: &Store, id: ConversationId, member: u32, seq: i64) -> Result<(), StoreError> {
    transact!(&store.db, connection => {
        sqlx::query(
            "insert into staff_reads (conversation_id, member, seq)
             select id, $2, case when last_seq < $3 then last_seq else $3 end from conversations where id = $1
             on conflict (conversation_id, member) do update set seq = excluded.seq
             where staff_reads.seq < excluded.seq",
        )
        .bind(id.to_string())
        .bind(i64::from(member))
        .bind(seq)
        .execute(connection)
        .await?;
    });
    Ok(())
}
