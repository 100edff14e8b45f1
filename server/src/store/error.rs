//! What can go wrong with the database, in the words of its callers.

use crate::clock::Millis;

/// A read or a simple write failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Locked, full, unreachable, shutting down: trying again later may help, and nothing was stored.
    #[error("the database cannot be used right now ({0}); look at its disk, its locks and its connection")]
    Unavailable(String),
    /// A stored value is not what this program writes.
    #[error("{table}: a stored {column} cannot be read ({why}); restore a backup or mend the row")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// What is wrong with it.
        why: String,
    },
}

impl StoreError {
    pub(super) fn corrupt(table: &'static str, column: &'static str, why: impl std::fmt::Display) -> Self {
        Self::Corrupt { table, column, why: why.to_string() }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        Self::Unavailable(error.to_string())
    }
}

/// A turn was not stored; nothing of it is in the database.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// The conversation has moved on (or is gone, or already exists): load it and take the step again.
    #[error("the conversation has changed; load it and take the step again")]
    Conflict,
    /// The client's id is already stored in this conversation: answer with that event's acknowledgement.
    #[error("the message is already stored as {seq}")]
    Duplicate {
        /// The stored event's `seq`.
        seq: i64,
        /// When it was committed.
        at: Millis,
    },
    /// Locked, full, unreachable, shutting down. After a connection broke within the commit, the turn may have been
    /// stored all the same; sending it again with the same client id then gives [`CommitError::Duplicate`] or
    /// [`CommitError::Conflict`], never a second effect.
    #[error("the database cannot be used right now ({0}); look at its disk, its locks and its connection")]
    Unavailable(String),
    /// The database refuses this very turn, and always will: a fault in the program.
    #[error("the database refuses this turn ({0})")]
    Refused(String),
}

/// A database cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Neither `sqlite://FILE` nor `postgres://…`.
    #[error("database_url {url:?} is not understood ({why}); use sqlite://FILE or postgres://…")]
    Url {
        /// As given, without its password.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// The database's folder cannot be made.
    #[error("{folder}: the database's folder cannot be made ({source}); make it and let this program write there")]
    Folder {
        /// The folder.
        folder: String,
        /// Why not.
        source: std::io::Error,
    },
    /// No connection, or the database refuses to work.
    #[error("the database {url} cannot be opened ({why}); check that it runs and that this program may use it")]
    Unreachable {
        /// As given, without its password.
        url: String,
        /// Why not.
        why: String,
    },
    /// This SQLite can lose commits (the WAL-reset bug).
    #[error("SQLite {found} can lose commits in WAL mode; build with {needed} or newer")]
    OldSqlite {
        /// The version found.
        found: String,
        /// The oldest that will do.
        needed: &'static str,
    },
    /// The database was written by a newer program.
    #[error(
        "the database's schema is version {found}, this program knows {known}; run the newer program, or restore a backup that fits this one"
    )]
    NewerSchema {
        /// The database's newest migration.
        found: i64,
        /// This program's newest migration.
        known: i64,
    },
    /// A migration failed; the database is as it was before.
    #[error("the database cannot be brought up to date ({0}); it is as it was before, keep a copy and report this")]
    Migration(String),
}

/// Whether the database refuses what was asked, rather than being unable to do anything: then one turn is at fault.
pub(super) fn is_refusal(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(error) => {
            let code = error.code().unwrap_or_default();
            !matches!(error.kind(), sqlx::error::ErrorKind::Other)
                // PostgreSQL: data exceptions, one row hit twice. SQLite: too big, type mismatch.
                || code.len() == 5 && (code.starts_with("22") || code.starts_with("21"))
                || matches!(code.as_ref(), "18" | "20")
        }
        sqlx::Error::Encode(_) => true,
        _ => false,
    }
}

/// Whether another transaction was in the way, so that the same thing may go well right away (PostgreSQL only:
/// serialization failure, deadlock).
pub(super) fn is_collision(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(error) if matches!(error.code().as_deref(), Some("40001" | "40P01")))
}
