//! The outbox: what must leave the building. A worker holds a task by lease, so that no transaction is open while it
//! delivers, and a task whose worker died is taken over when the lease has run out.

use super::row::{StoredTask, note};
use super::{Store, StoreError};
use crate::clock::Millis;
use crate::id::TaskId;
use crate::model::Task;

/// A task that was given up; one that cannot be read, too.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
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

/// Claims up to `limit` tasks that are due, oldest first, for `lease_ms` milliseconds: until then no other worker gets
/// them. Each claim counts as a try.
///
/// # Errors
///
/// [`StoreError`].
pub async fn claim(store: &Store, limit: usize, lease_ms: i64) -> Result<Vec<Task>, StoreError> {
    let now = store.clock.now();
    // The outer conditions are for PostgreSQL: a second worker that waited for the row looks at it again, but not
    // at the inner query.
    let mut rows: Vec<StoredTask> = transact!(&store.db, connection => {
        sqlx::query_as(
            "update outbox
             set attempts = attempts + 1, lease_until = $1
             where status = 'pending' and due_at <= $2 and lease_until <= $2 and id in (
                select id
                from outbox
                where status = 'pending' and due_at <= $2 and lease_until <= $2
                order by due_at, id
                limit $3)
             returning id, payload, message_id, attempts, created_at",
        )
        .bind(now.saturating_add(lease_ms))
        .bind(now)
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(connection)
        .await?
    });
    rows.sort_by(|a, b| a.order().cmp(&b.order()));
    let mut tasks = Vec::with_capacity(rows.len());
    for row in rows {
        let (id, claims) = (row.id().to_owned(), row.attempts());
        match row.tried(claims - 1) {
            Ok(task) => tasks.push(task),
            // One row that cannot be read must not hold up the others.
            Err(error) => {
                tracing::error!(task.id = %id, %error, "a task in the outbox cannot be read and is given up");
                give_up(store, &id, claims, &error.to_string()).await?;
            }
        }
    }
    Ok(tasks)
}

/// Holds on to a claimed task for another `lease_ms` milliseconds from now. Gives `false` when the claim is lost: then
/// another worker delivers it.
///
/// # Errors
///
/// [`StoreError`].
pub async fn renew(store: &Store, task: &Task, lease_ms: i64) -> Result<bool, StoreError> {
    let until = store.clock.now().saturating_add(lease_ms);
    Ok(transact!(&store.db, connection => {
        sqlx::query(
            "update outbox
             set lease_until = $3
             where id = $1 and attempts = $2 and status = 'pending'",
        )
        .bind(task.id.to_string())
        .bind(task.attempts + 1)
        .bind(until)
        .execute(connection)
        .await?
        .rows_affected()
            == 1
    }))
}

/// The task is delivered. Harmless when it is finished already; also right for a worker that has lost its lease, since
/// the mail has left.
///
/// # Errors
///
/// [`StoreError`]; the task is then tried again when its lease has run out, with the same Message-ID.
pub async fn finish(store: &Store, task: &Task) -> Result<(), StoreError> {
    let now = store.clock.now();
    transact!(&store.db, connection => {
        sqlx::query(
            "update outbox
             set status = 'done', lease_until = 0, last_error = null, finished_at = $2
             where id = $1 and status <> 'done'",
        )
        .bind(task.id.to_string())
        .bind(now)
        .execute(connection)
        .await?;
    });
    Ok(())
}

/// The task is to be tried again at `at`, because of `error`. Does nothing, and gives `false`, when another worker has
/// claimed the task since, or it has been finished or given up.
///
/// # Errors
///
/// [`StoreError`].
pub async fn retry(store: &Store, task: &Task, at: Millis, error: &str) -> Result<bool, StoreError> {
    // `attempts` grows with each claim, so it tells this worker's claim from a later one.
    Ok(transact!(&store.db, connection => {
        sqlx::query(
            "update outbox
             set due_at = $3, lease_until = 0, last_error = $4
             where id = $1 and attempts = $2 and status = 'pending'",
        )
        .bind(task.id.to_string())
        .bind(task.attempts + 1)
        .bind(at)
        .bind(note(error).into_owned())
        .execute(connection)
        .await?
        .rows_affected()
            == 1
    }))
}

/// The task is given up because of `error`, and shown to staff ([`failed`]). Does nothing, and gives `false`, when
/// another worker has claimed the task since, or it has been finished or given up.
///
/// # Errors
///
/// [`StoreError`].
pub async fn reject(store: &Store, task: &Task, error: &str) -> Result<bool, StoreError> {
    give_up(store, &task.id.to_string(), task.attempts + 1, error).await
}

async fn give_up(store: &Store, id: &str, claims: i64, error: &str) -> Result<bool, StoreError> {
    let now = store.clock.now();
    Ok(transact!(&store.db, connection => {
        sqlx::query(
            "update outbox
             set status = 'failed', lease_until = 0, last_error = $3, finished_at = $4
             where id = $1 and attempts = $2 and status = 'pending'",
        )
        .bind(id)
        .bind(claims)
        .bind(note(error).into_owned())
        .bind(now)
        .execute(connection)
        .await?
        .rows_affected()
            == 1
    }))
}

/// A task that was given up is to be tried again, now. Does nothing, and gives `false`, when it was not given up.
///
/// # Errors
///
/// [`StoreError`].
pub async fn release(store: &Store, id: TaskId) -> Result<bool, StoreError> {
    let now = store.clock.now();
    Ok(transact!(&store.db, connection => {
        sqlx::query(
            "update outbox
             set status = 'pending', due_at = $2, finished_at = null
             where id = $1 and status = 'failed'",
        )
        .bind(id.to_string())
        .bind(now)
        .execute(connection)
        .await?
        .rows_affected()
            == 1
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

/// When the next pending task can be claimed; in the past when one can be already.
///
/// # Errors
///
/// [`StoreError`].
pub async fn next_due(store: &Store) -> Result<Option<Millis>, StoreError> {
    Ok(read!(store, pool => sqlx::query_scalar(
        "select min(case when lease_until > due_at then lease_until else due_at end)
         from outbox
         where status = 'pending'",
    )
    .fetch_one(pool)
    .await)?)
}
