//! What waits in the outbox and what was given up, for the operator; and how the latter is tried again.

use super::super::{Store, StoreError};
use super::clock::now;
use crate::clock::Millis;
use crate::id::TaskId;
use crate::model::Payload;

columns! {
    /// A task that was given up; one that cannot be read, too.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Failed {
        /// The task's.
        pub id: String,
        /// How often it was tried.
        pub attempts: i64,
        /// What the last try said.
        pub error: String,
        /// When it was given up.
        pub at: Millis,
    }
}

/// Where a task stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It waits for its time, or for a free slot.
    Waiting,
    /// A worker holds it.
    Delivering,
    /// It was given up.
    Failed,
    /// It was delivered.
    Done,
}

/// A task as the operator sees it; one whose payload cannot be read, too.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// The task's.
    pub id: String,
    /// Where it stands.
    pub state: State,
    /// `escalation` and its like; none where the payload cannot be read.
    pub kind: Option<String>,
    /// The site's id.
    pub site: Option<String>,
    /// Where it goes.
    pub recipient: Option<String>,
    /// How often it was tried.
    pub attempts: i64,
    /// When it was queued.
    pub queued_at: Millis,
    /// When it is tried next, or when it was given up or delivered.
    pub at: Millis,
    /// Given up from then on.
    pub expires_at: Option<Millis>,
    /// What the last try said.
    pub error: Option<String>,
}

columns! {
    /// A task's columns, as the operator sees them; whatever stands in them.
    struct StoredListed {
        id: String,
        status: String,
        payload: String,
        attempts: i64,
        created_at: i64,
        due_at: i64,
        lease_until: i64,
        finished_at: Option<i64>,
        expires_at: Option<i64>,
        last_error: Option<String>,
    }
}

impl From<StoredListed> for Listed {
    fn from(row: StoredListed) -> Self {
        let payload: Option<Payload> = serde_json::from_str(&row.payload).ok();
        let summary = payload.as_ref().map(Payload::summary);
        let state = match row.status.as_str() {
            "pending" if row.lease_until > 0 => State::Delivering,
            "pending" => State::Waiting,
            "done" => State::Done,
            _ => State::Failed,
        };
        Self {
            state,
            kind: summary.map(|summary| summary.kind.to_owned()),
            site: summary.map(|summary| summary.site.to_owned()),
            recipient: summary.map(|summary| summary.recipient.to_owned()),
            attempts: row.attempts,
            queued_at: row.created_at,
            at: row.finished_at.unwrap_or(row.due_at),
            expires_at: row.expires_at,
            error: row.last_error,
            id: row.id,
        }
    }
}

macro_rules! listed {
    ($rest:literal) => {
        concat!(
            "select id, status, payload, attempts, created_at, due_at, lease_until, finished_at, expires_at, last_error
             from outbox ",
            $rest
        )
    };
}

/// What is not delivered: first what was given up, newest first, then what waits, soonest first; `limit` of each at most.
///
/// # Errors
///
/// [`StoreError`].
pub async fn list(store: &Store, only_failed: bool, limit: usize) -> Result<Vec<Listed>, StoreError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut rows: Vec<StoredListed> = read!(store, pool => sqlx::query_as(listed!(
            "where status = 'failed'
             order by finished_at desc, id desc
             limit $1"
        ))
        .bind(limit)
        .fetch_all(pool)
        .await)?;
    if !only_failed {
        let waiting: Vec<StoredListed> = read!(store, pool => sqlx::query_as(listed!(
                "where status = 'pending'
                 order by due_at, id
                 limit $1"
            ))
            .bind(limit)
            .fetch_all(pool)
            .await)?;
        rows.extend(waiting);
    }
    Ok(rows.into_iter().map(Listed::from).collect())
}

/// The task with this id.
///
/// # Errors
///
/// [`StoreError`].
pub async fn find(store: &Store, id: TaskId) -> Result<Option<Listed>, StoreError> {
    let row: Option<StoredListed> = read!(store, pool => sqlx::query_as(listed!("where id = $1"))
        .bind(id.to_string())
        .fetch_optional(pool)
        .await)?;
    Ok(row.map(Listed::from))
}

/// A task that was given up is to be tried again, now; its age and its waits count anew. Does nothing, and gives `false`,
/// when it was not given up, or has expired.
///
/// # Errors
///
/// [`StoreError`].
pub async fn release(store: &Store, id: TaskId) -> Result<bool, StoreError> {
    Ok(put_back(store, Some(id)).await? == 1)
}

/// As [`release`], for all that were given up and have not expired; says how many.
///
/// # Errors
///
/// [`StoreError`].
pub async fn release_all(store: &Store) -> Result<u64, StoreError> {
    put_back(store, None).await
}

async fn put_back(store: &Store, id: Option<TaskId>) -> Result<u64, StoreError> {
    let now = now(store).await?;
    Ok(transact!(&store.db, connection => {
        sqlx::query(
            "update outbox
             set status = 'pending', due_at = $2, waits_since = $2, released_at = $2, attempts_before = attempts,
                lease_until = 0, finished_at = null
             where status = 'failed' and (expires_at is null or expires_at > $2)
                and id = coalesce(cast($1 as text), id)",
        )
        .bind(id.map(|id| id.to_string()))
        .bind(now)
        .execute(connection)
        .await?
        .rows_affected()
    }))
}

/// The tasks that were given up, newest first, `limit` at most.
///
/// # Errors
///
/// [`StoreError`].
pub async fn failed(store: &Store, limit: usize) -> Result<Vec<Failed>, StoreError> {
    Ok(read!(store, pool => sqlx::query_as(
        "select id, attempts, coalesce(last_error, '') as error, coalesce(finished_at, 0) as at
         from outbox
         where status = 'failed'
         order by finished_at desc, id desc
         limit $1",
    )
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .fetch_all(pool)
    .await)?)
}

/// How many tasks still have to be delivered, those that are being delivered included.
///
/// # Errors
///
/// [`StoreError`].
pub async fn pending_count(store: &Store) -> Result<i64, StoreError> {
    Ok(read!(store, pool => sqlx::query_scalar("select count(*) from outbox where status = 'pending'")
        .fetch_one(pool)
        .await)?)
}
