//! Which database it is, with its pools.

use sqlx::{PgPool, SqlitePool};

/// Reads and writes have pools of their own.
#[derive(Clone)]
pub(super) enum Db {
    Sqlite { read: SqlitePool, write: SqlitePool },
    Postgres { read: PgPool, write: PgPool },
}
