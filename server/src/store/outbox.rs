//! The outbox: what must leave the building. A worker holds a task by lease, so that no transaction is open while it
//! delivers, and a task whose worker died is taken over when the lease has run out.

mod clock;
mod list;
mod settle;

use sqlx::AssertSqlSafe;

pub use list::{Failed, Listed, State, failed, find, list, pending_count, release, release_all};
pub use settle::{finish, postpone, reject, renew, retry};

use self::clock::now;
use super::due::CLOCK_TOLERANCE_MS;
use super::task_row::{StoredTask, lane_word};
use super::{Store, StoreError};
use crate::clock::Millis;
use crate::model::{Lane, Task};

/// Tasks that are delivered as one at most.
const MAX_BATCH: i64 = 500;

/// What a worker has got.
#[derive(Debug, Default, PartialEq)]
pub struct Claimed {
    /// What is to be delivered, each as one; most hold a single task. In each the oldest comes first.
    pub batches: Vec<Vec<Task>>,
    /// Lanes in which more may be due already.
    pub more_in: Vec<Lane>,
    /// In how many milliseconds the next task is due, or another worker's claim runs out.
    pub next_in: Option<Millis>,
}

/// The columns of a claimed task.
const TASK: &str = "id, payload, message_id, attempts, attempts_before, created_at, released_at, order_key, batch_key,
    expires_at";

/// Waits that began at a moment which the clock has not reached yet.
const END_LOST_WAITS: &str = "
    update outbox
    set due_at = $1, waits_since = $1
    where status = 'pending' and lease_until = 0 and waits_since > $2";

const END_LAPSED_LEASES: &str = "
    update outbox
    set lease_until = 0
    where status = 'pending' and lease_until > 0 and lease_until <= $1";

/// A claim that lasts longer than any is made for, since the clock was set back: its holder has one whole lease to renew it.
const CUT_LONG_LEASES: &str = "
    update outbox
    set lease_until = $1
    where status = 'pending' and lease_until > 0 and lease_until > $2";

/// The oldest that are due in a lane, and whose turn it is in their order. The outer conditions are for PostgreSQL: a second
/// worker that waited for the row looks at it again, but not at the inner query.
const CLAIM: &str = "
    update outbox
    set attempts = attempts + 1, lease_until = $1
    where status = 'pending' and lease_until = 0 and id in (
        select id
        from outbox as task
        where status = 'pending' and lease_until = 0 and lane = $2 and due_at <= $3
            and (order_key is null or not exists (
                select 1
                from outbox as other
                where other.status = 'pending' and other.order_key = task.order_key
                    and (other.id < task.id or other.lease_until > 0)))
        order by due_at, id
        limit $4)
    returning ";

/// What waits to be told together with a task that is due.
const CLAIM_BATCH: &str = "
    update outbox
    set attempts = attempts + 1, lease_until = $1
    where status = 'pending' and lease_until = 0 and id in (
        select id
        from outbox
        where status = 'pending' and lease_until = 0 and batch_key = $2
        order by id
        limit $3)
    returning ";

const NEXT_DUE: &str = "
    select min(due_at)
    from outbox
    where status = 'pending' and lease_until = 0 and lane = $1 and due_at > $2";

const NEXT_LAPSE: &str = "
    select min(lease_until)
    from outbox
    where status = 'pending' and lease_until > 0";

/// Claims what is due: in each lane up to so many tasks, oldest first, for `lease_ms` milliseconds: until then no other
/// worker gets them. Each claim counts as a try. Says in the same breath when there will be more, so that nothing that was
/// claimed depends on a second question.
///
/// # Errors
///
/// [`StoreError`]; nothing was claimed.
pub async fn claim(store: &Store, wanted: &[(Lane, usize)], lease_ms: Millis) -> Result<Claimed, StoreError> {
    let now = now(store).await?;
    let until = now.saturating_add(lease_ms);
    let (rows, more_in, next) = transact!(&store.db, connection => {
        sqlx::query(END_LAPSED_LEASES).bind(now).execute(&mut *connection).await?;
        sqlx::query(CUT_LONG_LEASES).bind(until).bind(until + CLOCK_TOLERANCE_MS).execute(&mut *connection).await?;
        // After the leases: what a dead worker has held may wait by the old clock, too.
        sqlx::query(END_LOST_WAITS).bind(now).bind(now + CLOCK_TOLERANCE_MS).execute(&mut *connection).await?;
        let (mut rows, mut more_in, mut next) = (Vec::<StoredTask>::new(), Vec::new(), None);
        for &(lane, limit) in wanted {
            let heads: Vec<StoredTask> = sqlx::query_as(AssertSqlSafe(format!("{CLAIM}{TASK}")))
                .bind(until)
                .bind(lane_word(lane))
                .bind(now)
                .bind(i64::try_from(limit).unwrap_or(i64::MAX))
                .fetch_all(&mut *connection)
                .await?;
            if heads.len() == limit {
                more_in.push(lane);
            }
            rows.extend(heads);
            let due: Option<Millis> =
                sqlx::query_scalar(NEXT_DUE).bind(lane_word(lane)).bind(now).fetch_one(&mut *connection).await?;
            next = earlier(next, due);
        }
        let mut keys: Vec<String> = rows.iter().filter_map(|row| row.batch_key.clone()).collect();
        keys.sort();
        keys.dedup();
        for key in keys {
            let mates: Vec<StoredTask> = sqlx::query_as(AssertSqlSafe(format!("{CLAIM_BATCH}{TASK}")))
                .bind(until)
                .bind(key)
                .bind(MAX_BATCH)
                .fetch_all(&mut *connection)
                .await?;
            rows.extend(mates);
        }
        let lapse: Option<Millis> = sqlx::query_scalar(NEXT_LAPSE).fetch_one(&mut *connection).await?;
        (rows, more_in, earlier(next, lapse))
    });
    let tasks = readable(store, rows).await;
    Ok(Claimed { batches: batches(tasks), more_in, next_in: next.map(|next| (next - now).max(0)) })
}

/// One row that cannot be read must not hold up the others.
async fn readable(store: &Store, rows: Vec<StoredTask>) -> Vec<Task> {
    let mut tasks = Vec::with_capacity(rows.len());
    for row in rows {
        let claim = (row.id.clone(), row.attempts);
        match Task::try_from(row) {
            Ok(task) => tasks.push(task),
            Err(error) => {
                tracing::error!(task.id = %claim.0, %error, "a task in the outbox cannot be read and is given up");
                // If this cannot be stored, the claim runs out and the row is met again; the others are delivered now.
                if let Err(failure) = settle::give_up(store, &[claim], &error.to_string()).await {
                    tracing::error!(error = %failure, "that it is given up could not be stored");
                }
            }
        }
    }
    tasks
}

/// Oldest first; `returning` keeps no order. Those of one batch together.
fn batches(mut tasks: Vec<Task>) -> Vec<Vec<Task>> {
    tasks.sort_by_key(|task| (task.created_at, task.id));
    let mut batches: Vec<Vec<Task>> = Vec::with_capacity(tasks.len());
    for task in tasks {
        let same =
            |batch: &&mut Vec<Task>| task.terms.batch_key.is_some() && batch[0].terms.batch_key == task.terms.batch_key;
        match batches.iter_mut().find(same) {
            Some(batch) => batch.push(task),
            None => batches.push(vec![task]),
        }
    }
    batches
}

fn earlier(a: Option<Millis>, b: Option<Millis>) -> Option<Millis> {
    [a, b].into_iter().flatten().min()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::store::Db;

    #[tokio::test]
    async fn every_look_at_the_outbox_is_served_by_an_index() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = format!("sqlite://{}/sidedoor.db", folder.path().display());
        let store = Store::open(&url, Clock::manual(0)).await.expect("the database opens");
        let claim = format!("{CLAIM}{TASK}");
        let claim_batch = format!("{CLAIM_BATCH}{TASK}");

        for sql in [END_LOST_WAITS, END_LAPSED_LEASES, CUT_LONG_LEASES, &claim, &claim_batch, NEXT_DUE, NEXT_LAPSE] {
            let Db::Sqlite { write, .. } = &store.db else { unreachable!("it is SQLite") };
            let plan: Vec<(i64, i64, i64, String)> = sqlx::query_as(AssertSqlSafe(format!("explain query plan {sql}")))
                .fetch_all(write)
                .await
                .expect("the statement is right");
            let steps: Vec<&str> = plan.iter().map(|(_, _, _, step)| step.as_str()).collect();
            assert!(!steps.iter().any(|step| step.starts_with("SCAN") && step.contains("outbox")), "{sql}: {steps:?}");
            assert!(!steps.iter().any(|step| step.contains("TEMP B-TREE")), "{sql}: {steps:?}");
        }
        store.close().await;
    }
}
