//! What became of claimed tasks: delivered, to be tried again, given up. Each takes all tasks that were delivered as one.

use sqlx::QueryBuilder;

use super::super::task_row::note;
use super::super::{Db, Store, StoreError};
use super::clock::now;
use crate::clock::Millis;
use crate::model::Task;

/// A task's id, and which of its claims is meant: a later claim is another worker's.
pub(super) type Claim = (String, i64);

/// What is changed of claimed tasks.
enum Change {
    Renew { until: Millis },
    Retry { now: Millis, wait_ms: Millis, error: String },
    Postpone { now: Millis, wait_ms: Millis },
    GiveUp { now: Millis, error: String },
}

/// Holds on to claimed tasks for another `lease_ms` milliseconds from now. Gives `false` when the claim is lost: then
/// another worker delivers them.
///
/// # Errors
///
/// [`StoreError`].
pub async fn renew(store: &Store, tasks: &[Task], lease_ms: Millis) -> Result<bool, StoreError> {
    let until = now(store).await?.saturating_add(lease_ms);
    apply(store, &claims(tasks), &Change::Renew { until }).await
}

/// The tasks are delivered. Harmless when they are finished already; also right for a worker that has lost its lease, since
/// the mail has left.
///
/// # Errors
///
/// [`StoreError`]; the tasks are then tried again when their lease has run out, with the same Message-ID.
pub async fn finish(store: &Store, tasks: &[Task]) -> Result<(), StoreError> {
    let at = store.clock.now();
    transact!(&store.db, connection => {
        for task in tasks {
            sqlx::query(
                "update outbox
                 set status = 'done', lease_until = 0, last_error = null, finished_at = $2
                 where id = $1 and status <> 'done'",
            )
            .bind(task.id.to_string())
            .bind(at)
            .execute(&mut *connection)
            .await?;
        }
    });
    Ok(())
}

/// The tasks are to be tried again in `wait_ms` milliseconds, because of `error`. Does nothing, and gives `false`, when
/// another worker has claimed them since, or they have been finished or given up.
///
/// # Errors
///
/// [`StoreError`].
pub async fn retry(store: &Store, tasks: &[Task], wait_ms: Millis, error: &str) -> Result<bool, StoreError> {
    let error = note(error).into_owned();
    apply(store, &claims(tasks), &Change::Retry { now: now(store).await?, wait_ms, error }).await
}

/// As [`retry`], but nothing was tried: the tasks have their turn in `wait_ms` milliseconds.
///
/// # Errors
///
/// [`StoreError`].
pub async fn postpone(store: &Store, tasks: &[Task], wait_ms: Millis) -> Result<bool, StoreError> {
    apply(store, &claims(tasks), &Change::Postpone { now: now(store).await?, wait_ms }).await
}

/// The tasks are given up because of `error`, and shown to staff ([`failed`](super::failed)). Does nothing, and gives
/// `false`, when another worker has claimed them since, or they have been finished or given up.
///
/// # Errors
///
/// [`StoreError`].
pub async fn reject(store: &Store, tasks: &[Task], error: &str) -> Result<bool, StoreError> {
    give_up(store, &claims(tasks), error).await
}

/// As [`reject`], for rows that cannot be read.
pub(super) async fn give_up(store: &Store, claims: &[Claim], error: &str) -> Result<bool, StoreError> {
    apply(store, claims, &Change::GiveUp { now: store.clock.now(), error: note(error).into_owned() }).await
}

fn claims(tasks: &[Task]) -> Vec<Claim> {
    tasks.iter().map(|task| (task.id.to_string(), task.claim)).collect()
}

async fn apply(store: &Store, claims: &[Claim], change: &Change) -> Result<bool, StoreError> {
    let changed = match &store.db {
        Db::Sqlite { write, .. } => sqlite::change(write, claims, change).await?,
        Db::Postgres { write, .. } => postgres::change(write, claims, change).await?,
    };
    Ok(changed > 0)
}

for_both! {
    pub(super) async fn change(
        pool: &sqlx::Pool<Driver>,
        claims: &[Claim],
        change: &Change,
    ) -> Result<u64, sqlx::Error> {
        if claims.is_empty() {
            return Ok(0);
        }
        let mut query = QueryBuilder::<Driver>::new("update outbox set lease_until = ");
        match change {
            Change::Renew { until } => {
                query.push_bind(*until);
            }
            Change::Retry { now, wait_ms, error } => {
                query.push("0, due_at = ").push_bind(now.saturating_add(*wait_ms));
                query.push(", waits_since = ").push_bind(*now);
                query.push(", last_error = ").push_bind(error.clone());
            }
            Change::Postpone { now, wait_ms } => {
                query.push("0, due_at = ").push_bind(now.saturating_add(*wait_ms));
                query.push(", waits_since = ").push_bind(*now);
                query.push(", attempts_before = attempts_before + 1");
            }
            Change::GiveUp { now, error } => {
                query.push("0, status = 'failed', finished_at = ").push_bind(*now);
                query.push(", last_error = ").push_bind(error.clone());
            }
        }
        query.push(" where status = 'pending' and (id, attempts) in (");
        query.push_values(claims, |mut row, (id, claim)| {
            row.push_bind(id.clone()).push_bind(*claim);
        });
        query.push(")");
        Ok(query.build().execute(pool).await?.rows_affected())
    }
}
