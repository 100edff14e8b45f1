//! The clock that leases and waits count by.

use crate::clock::Millis;
use crate::store::{Db, Store, StoreError};

/// The time by which leases and waits count. Several nodes share PostgreSQL, and their clocks differ: there it is the
/// database's, unless a test moves the clock by hand.
pub(super) async fn now(store: &Store) -> Result<Millis, StoreError> {
    match &store.db {
        Db::Postgres { read, .. } if store.clock.is_system() => {
            Ok(sqlx::query_scalar("select cast(extract(epoch from clock_timestamp()) * 1000 as bigint)")
                .fetch_one(read)
                .await?)
        }
        _ => Ok(store.clock.now()),
    }
}
