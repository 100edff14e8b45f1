//! Codes and links that were mailed to members who want to sign in. Only hashes are kept, and each is good once.

use crate::clock::Millis;
use crate::model::NewTask;
use crate::store::task_row::TaskRow;
use crate::store::write::Write;
use crate::store::{CommitError, Store, StoreError, writer};

/// Wrong codes before the right one is worth nothing either.
pub const MAX_TRIES: i64 = 5;

/// Remembers what is mailed to the member, in place of what was mailed before.
///
/// # Errors
///
/// [`StoreError`].
pub async fn begin(
    store: &Store,
    member: u32,
    code_hash: &str,
    token_hash: &str,
    expires_at: Millis,
) -> Result<(), StoreError> {
    transact!(&store.db, connection => {
        sqlx::query(
            "insert into sign_ins (member, code_hash, token_hash, tries, expires_at)
             values ($1, $2, $3, 0, $4)
             on conflict (member) do update set
                code_hash = excluded.code_hash, token_hash = excluded.token_hash, tries = 0,
                expires_at = excluded.expires_at",
        )
        .bind(i64::from(member))
        .bind(code_hash)
        .bind(token_hash)
        .bind(expires_at)
        .execute(connection)
        .await?;
    });
    Ok(())
}

/// Puts a task of staff's into the outbox.
///
/// # Errors
///
/// See [`CommitError`]; nothing was stored then.
pub async fn queue(store: &Store, task: &NewTask) -> Result<(), CommitError> {
    let site = task.payload.summary().site.to_owned();
    writer::submit(&store.writer, Write::of_tasks(site, vec![TaskRow::from(task)])).await.map(drop)
}

/// Takes the code that was mailed to the member: right at most once, and at most [`MAX_TRIES`] times wrong.
///
/// # Errors
///
/// [`StoreError`].
pub async fn take_code(store: &Store, member: u32, code_hash: &str, now: Millis) -> Result<bool, StoreError> {
    Ok(transact!(&store.db, connection => {
        let right = sqlx::query(
            "delete from sign_ins
             where member = $1 and code_hash = $2 and tries < $3 and expires_at > $4",
        )
        .bind(i64::from(member))
        .bind(code_hash)
        .bind(MAX_TRIES)
        .bind(now)
        .execute(&mut *connection)
        .await?
        .rows_affected();
        sqlx::query("update sign_ins set tries = tries + 1 where member = $1")
            .bind(i64::from(member))
            .execute(connection)
            .await?;
        right == 1
    }))
}

/// Takes the link's token: whose it is, at most once.
///
/// # Errors
///
/// [`StoreError`].
pub async fn take_token(store: &Store, token_hash: &str, now: Millis) -> Result<Option<u32>, StoreError> {
    let member: Option<i64> = transact!(&store.db, connection => {
        sqlx::query_scalar("delete from sign_ins where token_hash = $1 and expires_at > $2 returning member")
            .bind(token_hash)
            .bind(now)
            .fetch_optional(connection)
            .await?
    });
    Ok(member.and_then(|member| u32::try_from(member).ok()))
}
