//! The database: SQLite or PostgreSQL, one SQL text for both. The only place that says `sqlx`.
//!
//! Reads go to a pool of readers. Turns go to one writer task, which commits whatever has gathered since its last
//! commit (`writer.rs`). Everything else that writes shares the writer's connection, between two of its commits.

/// Runs an expression on the readers' pool of whichever database it is.
macro_rules! read {
    ($store:expr, $pool:ident => $body:expr) => {
        match &$store.db {
            $crate::store::Db::Sqlite { read: $pool, .. } => $body,
            $crate::store::Db::Postgres { read: $pool, .. } => $body,
        }
    };
}

/// Runs a block in a write transaction of whichever database it is. `?` inside rolls back.
macro_rules! transact {
    ($db:expr, $connection:ident => $body:block) => {
        match $db {
            // Immediate: a transaction that starts by reading and then writes fails as busy without waiting.
            $crate::store::Db::Sqlite { write, .. } => {
                let mut transaction = write.begin_with("begin immediate").await?;
                let $connection = &mut *transaction;
                let value = $body;
                transaction.commit().await?;
                value
            }
            $crate::store::Db::Postgres { write, .. } => {
                let mut transaction = write.begin().await?;
                let $connection = &mut *transaction;
                let value = $body;
                transaction.commit().await?;
                value
            }
        }
    };
}

/// Compiles functions once for each database: `sqlite::f` and `postgres::f`, which know `Driver`, `Connection`, `BEGIN`.
macro_rules! for_both {
    ($($item:item)*) => {
        pub(in crate::store) mod sqlite {
            #[allow(unused_imports, reason = "each use of the macro needs some of them")]
            use super::*;
            #[allow(dead_code, reason = "each use of the macro needs some of them")]
            type Driver = sqlx::Sqlite;
            #[allow(dead_code, reason = "each use of the macro needs some of them")]
            type Connection = sqlx::SqliteConnection;
            #[allow(dead_code, reason = "each use of the macro needs some of them")]
            const BEGIN: &str = "begin immediate";
            #[allow(dead_code, reason = "each use of the macro needs some of them")]
            const FOR_UPDATE: &str = "";
            $($item)*
        }
        pub(in crate::store) mod postgres {
            #[allow(unused_imports, reason = "each use of the macro needs some of them")]
            use super::*;
            #[allow(dead_code, reason = "each use of the macro needs some of them")]
            type Driver = sqlx::Postgres;
            #[allow(dead_code, reason = "each use of the macro needs some of them")]
            type Connection = sqlx::PgConnection;
            #[allow(dead_code, reason = "each use of the macro needs some of them")]
            const BEGIN: &str = "begin";
            #[allow(dead_code, reason = "each use of the macro needs some of them")]
            const FOR_UPDATE: &str = " for update";
            $($item)*
        }
    };
}

/// A struct whose fields are read from a row's columns of the same names, on both databases: sqlx's own derive, without what it
/// brings along, which is SQLite and all of sqlx compiled a second time for the build alone.
macro_rules! columns {
    (
        $(#[$about:meta])*
        $visibility:vis struct $Row:ident {
            $($(#[$meaning:meta])* $seen:vis $column:ident: $kind:ty,)*
        }
    ) => {
        $(#[$about])*
        $visibility struct $Row {
            $($(#[$meaning])* $seen $column: $kind,)*
        }

        impl<'r, R: sqlx::Row> sqlx::FromRow<'r, R> for $Row
        where
            for<'name> &'name str: sqlx::ColumnIndex<R>,
            $($kind: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,)*
        {
            fn from_row(row: &'r R) -> Result<Self, sqlx::Error> {
                Ok(Self { $($column: row.try_get(stringify!($column))?,)* })
            }
        }
    };
}

mod db;
mod due;
mod error;
mod migrations;
mod open;
mod pieces;
mod probe;
mod row;
mod statement;
mod task_row;
mod write;
mod writer;

pub mod backup;
pub mod conversations;
pub mod identities;
pub mod leads;
pub mod outbox;
pub mod said;
pub mod settings;
pub mod staff;
pub mod subjects;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::mpsc;

use db::Db;
pub use due::LONGEST_WAIT_MS;
pub use error::{CommitError, OpenError, StoreError};
pub use write::Turn;
pub use writer::Listener;

use crate::clock::Clock;
use crate::model::Committed;

/// The database. Cheap to clone; all clones share one writer.
#[derive(Clone)]
pub struct Store {
    db: Db,
    writer: mpsc::Sender<writer::Job>,
    ended: Arc<tokio::sync::Semaphore>,
    clock: Clock,
    probe: Arc<probe::Probe>,
    savepoints: Arc<AtomicU64>,
}

impl Store {
    /// Opens `sqlite://FILE` (made with its folder when it is not there) or `postgres://…`, brings its schema up to
    /// date and starts the writer. Must be called within a tokio runtime.
    ///
    /// # Errors
    ///
    /// See [`OpenError`]; each names what to do.
    pub async fn open(database_url: &str, clock: Clock) -> Result<Self, OpenError> {
        Self::open_telling(database_url, clock, Box::new(|_| {})).await
    }

    /// As [`Store::open`]; `listener` is told of every commit of this store, in order, before its turn is answered.
    ///
    /// # Errors
    ///
    /// See [`OpenError`]; each names what to do.
    pub async fn open_telling(database_url: &str, clock: Clock, listener: Listener) -> Result<Self, OpenError> {
        let db = open::open(database_url).await?;
        let ended = Arc::new(tokio::sync::Semaphore::new(0));
        let savepoints = Arc::new(AtomicU64::new(0));
        let writer = writer::start(db.clone(), clock.clone(), listener, Arc::clone(&savepoints), Arc::clone(&ended));
        Ok(Self { db, writer, ended, clock, probe: Arc::default(), savepoints })
    }

    /// Stores a turn: all of it or nothing, durably (on disk, with `fsync`) before this returns.
    ///
    /// # Errors
    ///
    /// See [`CommitError`]: whichever it is, nothing of the turn was stored.
    pub async fn commit(&self, turn: Turn) -> Result<Arc<Committed>, CommitError> {
        writer::submit(&self.writer, turn.into()).await
    }

    /// How many turns were tried in a savepoint of their own, because the database refused something in their group. Turns
    /// that only come too late or twice are not among them.
    #[must_use]
    pub fn savepoints(&self) -> u64 {
        self.savepoints.load(Ordering::Relaxed)
    }

    /// Answers when the database does, for `/readyz`.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        read!(self, pool => sqlx::query("select 1").execute(pool).await.map(drop))?;
        Ok(())
    }

    /// Commits what is still queued, then closes all connections. Turns submitted from now on are `Unavailable`.
    pub async fn close(self) {
        let Self { db, writer, ended, .. } = self;
        // Other clones may hold the sender for as long as they like, so the writer is told.
        if writer.send(writer::Job::Stop).await.is_ok() {
            // The permit is never given: the semaphore is closed when the writer has ended.
            drop(ended.acquire().await);
        }
        match db {
            Db::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
            Db::Postgres { read, write } => {
                read.close().await;
                write.close().await;
            }
        }
    }
}
