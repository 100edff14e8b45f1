//! Canned answers, by site.

use crate::clock::Millis;
use crate::store::{Store, StoreError};

/// The most that a site may have.
const MAX_LISTED: i64 = 500;

columns! {
    /// An answer that is written once and sent often.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Canned {
        /// What finds it.
        pub shortcut: String,
        /// What is sent, with `{name}` and its like still in it.
        pub body: String,
    }
}

/// The site's, by shortcut.
///
/// # Errors
///
/// [`StoreError`].
pub async fn list(store: &Store, site: &str) -> Result<Vec<Canned>, StoreError> {
    Ok(read!(store, pool => sqlx::query_as(
        "select shortcut, body from canned where site = $1 order by shortcut limit $2",
    )
    .bind(site)
    .bind(MAX_LISTED)
    .fetch_all(pool)
    .await)?)
}

/// Writes one, in place of the one with the same shortcut.
///
/// # Errors
///
/// [`StoreError`].
pub async fn save(store: &Store, site: &str, canned: &Canned, now: Millis) -> Result<(), StoreError> {
    transact!(&store.db, connection => {
        sqlx::query(
            "insert into canned (site, shortcut, body, updated_at)
             values ($1, $2, $3, $4)
             on conflict (site, shortcut) do update set body = excluded.body, updated_at = excluded.updated_at",
        )
        .bind(site)
        .bind(canned.shortcut.replace('\0', ""))
        .bind(canned.body.replace('\0', ""))
        .bind(now)
        .execute(connection)
        .await?;
    });
    Ok(())
}

/// Deletes one; says whether there was one.
///
/// # Errors
///
/// [`StoreError`].
pub async fn delete(store: &Store, site: &str, shortcut: &str) -> Result<bool, StoreError> {
    Ok(transact!(&store.db, connection => {
        sqlx::query("delete from canned where site = $1 and shortcut = $2")
            .bind(site)
            .bind(shortcut)
            .execute(connection)
            .await?
            .rows_affected()
            == 1
    }))
}
