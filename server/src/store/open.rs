//! Opens a database: connects, checks its version, sets what durability needs, and migrates.

use std::str::FromStr;
use std::time::Duration;

use sqlx::migrate::MigrateError;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection, PgPool, SqlitePool};

use super::migrations::MIGRATIONS;
use super::{Db, OpenError};

/// The first SQLite without the WAL-reset bug, which can lose commits.
const OLDEST_SQLITE: (u32, u32, u32) = (3, 51, 3);
const OLDEST_SQLITE_TEXT: &str = "3.51.3";

/// Another process (a backup program, an operator's shell) may hold the lock for this long before writes fail.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a caller waits for a free connection. Longer than `BUSY_TIMEOUT`: the writer may hold its one connection
/// for that long.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);

/// Readers never wait for the writer in WAL mode, so a few are enough to keep two to eight cores busy.
const SQLITE_READERS: u32 = 4;

/// Connections for reading, and for writing besides the one of the writer task.
const POSTGRES_READERS: u32 = 8;
const POSTGRES_WRITERS: u32 = 4;

/// Pages (of 4 KiB) in the WAL before a commit copies them to the main file. The default of 1,000 would do so, with two
/// more fsyncs, every few commits under load.
const CHECKPOINT_PAGES: &str = "4000";

/// The WAL file is cut to this size when it has grown beyond it.
const WAL_BYTES: &str = "67108864";

/// Page cache of the writer, in KiB (negative by SQLite's convention).
const WRITER_CACHE_KIB: &str = "-16384";

/// PostgreSQL ends a statement of ours that takes longer, so that a stuck disk or lock never stops the writer for ever.
const STATEMENT_TIMEOUT_MS: &str = "10000";

pub(super) async fn open(database_url: &str) -> Result<Db, OpenError> {
    match database_url.split_once(':').map(|(scheme, _)| scheme) {
        Some("sqlite") => open_sqlite(database_url).await,
        Some("postgres" | "postgresql") => open_postgres(database_url).await,
        _ => Err(OpenError::Url { url: without_password(database_url), why: "unknown scheme".to_owned() }),
    }
}

async fn open_sqlite(url: &str) -> Result<Db, OpenError> {
    let unreachable = |error: sqlx::Error| OpenError::Unreachable { url: url.to_owned(), why: error.to_string() };
    let bad_url = |why: &str| OpenError::Url { url: url.to_owned(), why: why.to_owned() };
    let options = SqliteConnectOptions::from_str(url).map_err(|error| bad_url(&error.to_string()))?;
    let file = options.get_filename().to_owned();
    if url.contains(":memory:") || url.contains("mode=memory") || file.as_os_str().is_empty() {
        return Err(bad_url("a database in memory would lose acknowledged messages"));
    }
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)
            .map_err(|source| OpenError::Folder { folder: folder.display().to_string(), source })?;
    }

    make_private(&file).map_err(|error| OpenError::Unreachable { url: url.to_owned(), why: error.to_string() })?;

    let options = options.busy_timeout(BUSY_TIMEOUT).foreign_keys(true);
    let writer = options
        .clone()
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // An acknowledged turn survives a power cut: each commit fsyncs the WAL.
        .synchronous(SqliteSynchronous::Full)
        // What is erased leaves no trace on its page.
        .pragma("secure_delete", "on")
        .pragma("wal_autocheckpoint", CHECKPOINT_PAGES)
        .pragma("journal_size_limit", WAL_BYTES)
        .pragma("cache_size", WRITER_CACHE_KIB);
    let write = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
        // SQLite itself rolls back on some errors (a full disk), and sqlx then takes the transaction for open.
        .after_release(|connection, _| {
            Box::pin(async move {
                if connection.is_in_transaction() {
                    // A rollback may be on its way; the ping comes after it.
                    connection.ping().await?;
                }
                Ok(!connection.is_in_transaction())
            })
        })
        .connect_with(writer)
        .await
        .map_err(unreachable)?;
    refuse_old_sqlite(&write).await?;
    migrate_sqlite(&write).await?;

    let read = SqlitePoolOptions::new()
        .max_connections(SQLITE_READERS)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire(false)
        .max_lifetime(None)
        .connect_with(options.read_only(true))
        .await
        .map_err(unreachable)?;
    Ok(Db::Sqlite { read, write })
}

/// The file holds what visitors wrote: when it is new, only its owner may read it (SQLite gives its WAL the same rights).
fn make_private(file: &std::path::Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file).map(drop)
}

async fn open_postgres(url: &str) -> Result<Db, OpenError> {
    let safe = without_password(url);
    let unreachable = |error: sqlx::Error| OpenError::Unreachable { url: safe.clone(), why: error.to_string() };
    let options = PgConnectOptions::from_str(url)
        .map_err(|error| OpenError::Url { url: safe.clone(), why: error.to_string() })?
        .application_name("sidedoor");
    let pool = |connections| {
        PgPoolOptions::new().max_connections(connections).acquire_timeout(ACQUIRE_TIMEOUT).after_connect(
            |connection, _| {
                Box::pin(async move {
                    // A server tuned for speed may acknowledge before its disk does; we do not.
                    sqlx::query(
                        "select set_config('synchronous_commit', 'on', false)
                         where current_setting('synchronous_commit') = 'off'",
                    )
                    .execute(&mut *connection)
                    .await?;
                    sqlx::query("select set_config('statement_timeout', $1, false)")
                        .bind(STATEMENT_TIMEOUT_MS)
                        .execute(connection)
                        .await?;
                    Ok(())
                })
            },
        )
    };
    let write = pool(POSTGRES_WRITERS).connect_with(options.clone()).await.map_err(unreachable)?;
    migrate_postgres(&write).await?;
    let read = pool(POSTGRES_READERS).connect_with(options).await.map_err(unreachable)?;
    Ok(Db::Postgres { read, write })
}

async fn refuse_old_sqlite(pool: &SqlitePool) -> Result<(), OpenError> {
    let found: String = sqlx::query_scalar("select sqlite_version()")
        .fetch_one(pool)
        .await
        .map_err(|error| OpenError::Migration(error.to_string()))?;
    if is_old_sqlite(&found) {
        return Err(OpenError::OldSqlite { found, needed: OLDEST_SQLITE_TEXT });
    }
    Ok(())
}

fn is_old_sqlite(version: &str) -> bool {
    let mut parts = version.split('.').map(|part| part.parse().unwrap_or(0));
    let mut next = || parts.next().unwrap_or(0);
    (next(), next(), next()) < OLDEST_SQLITE
}

/// All that is missing in one immediate transaction: two programs that start at once do not meet half-way, and a
/// migration that fails leaves the database as it was.
async fn migrate_sqlite(pool: &SqlitePool) -> Result<(), OpenError> {
    let failed = |error: sqlx::Error| OpenError::Migration(error.to_string());
    let mut connection = pool.acquire().await.map_err(failed)?;
    if is_migrated(&mut connection).await.map_err(failed)? {
        return Ok(());
    }
    let mut transaction = connection.begin_with("begin immediate").await.map_err(failed)?;
    match MIGRATIONS.run_direct(None, &mut *transaction, false).await {
        Ok(()) => transaction.commit().await.map_err(failed),
        Err(error) => {
            let newest = "select max(version) from _sqlx_migrations";
            let found = sqlx::query_scalar(newest).fetch_one(&mut *transaction).await.map_err(failed)?;
            Err(not_migrated(error, found))
        }
    }
}

/// Whether every migration was made, and no other. Most programs that open a database find it so, and need not wait for one
/// that writes.
async fn is_migrated(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    let table = "select count(*) from sqlite_master where name = '_sqlx_migrations'";
    let tables: i64 = sqlx::query_scalar(table).fetch_one(&mut *connection).await?;
    if tables == 0 {
        return Ok(false);
    }
    let made: Vec<(i64, Vec<u8>)> =
        sqlx::query_as("select version, checksum from _sqlx_migrations where success order by version")
            .fetch_all(connection)
            .await?;
    let known = MIGRATIONS.iter().map(|migration| (migration.version, migration.checksum.to_vec()));
    Ok(made.into_iter().eq(known))
}

async fn migrate_postgres(pool: &PgPool) -> Result<(), OpenError> {
    let failed = |error: sqlx::Error| OpenError::Migration(error.to_string());
    // Takes an advisory lock for as long as it works.
    match MIGRATIONS.run(pool).await {
        Ok(()) => Ok(()),
        Err(error) => {
            let newest = "select max(version) from _sqlx_migrations";
            let found = sqlx::query_scalar(newest).fetch_one(pool).await.map_err(failed)?;
            Err(not_migrated(error, found))
        }
    }
}

fn not_migrated(error: MigrateError, found: Option<i64>) -> OpenError {
    match (error, found) {
        (MigrateError::VersionMissing(_), Some(found)) if found > newest_known() => {
            OpenError::NewerSchema { found, known: newest_known() }
        }
        (error, _) => OpenError::Migration(error.to_string()),
    }
}

/// The newest migration that this program knows.
pub(super) fn newest_known() -> i64 {
    MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0)
}

/// The URL as it may be logged.
fn without_password(url: &str) -> String {
    match url::Url::parse(url) {
        Ok(mut url) => {
            if url.password().is_some() && url.set_password(Some("***")).is_err() {
                return format!("{}://…", url.scheme());
            }
            url.to_string()
        }
        Err(_) => "(unreadable)".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sqlite_with_the_wal_reset_bug_is_old() {
        assert!(is_old_sqlite("3.51.2"));
        assert!(is_old_sqlite("3.9.9"));
        assert!(!is_old_sqlite("3.51.3"));
        assert!(!is_old_sqlite("3.60.0"));
        assert!(!is_old_sqlite("4.0"));
    }

    #[test]
    fn a_password_is_not_repeated() {
        let url = without_password("postgres://ana:secret@db.example/sidedoor");

        assert_eq!(url, "postgres://ana:***@db.example/sidedoor");
    }
}
