//! A consistent copy of the database while the server runs, and back. The copy is one SQLite file whichever database it
//! was taken from, so that it can be restored to either: this is also how to move from one to the other.

mod tables;

pub use tables::TABLES;

use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use futures_util::TryStreamExt;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection as _, QueryBuilder, Row as _};
use tokio::sync::mpsc;

use super::{Db, OpenError, Store, open};
use crate::clock::{Clock, Millis};
use crate::id::TaskId;

/// Rows that are read and written at a time.
const PAGE_ROWS: usize = 200;

/// What becomes of mail that was waiting when the backup was taken. It may have been sent since: the backup cannot
/// know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsent {
    /// It is shown to staff as failed, and not sent: nobody gets a mail twice.
    Hold,
    /// It is sent: nobody misses a mail, and some may come twice (with the same Message-ID).
    Send,
}

/// What a restore brought back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restored {
    /// Conversations.
    pub conversations: i64,
    /// Leads.
    pub leads: i64,
    /// Mails that are held, by [`Unsent::Hold`].
    pub held: i64,
}

/// A backup or a restore did not happen. The database is as it was before.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is something at the backup's path.
    #[error("{0}: there is a file already; choose another name")]
    Exists(PathBuf),
    /// The file system said no.
    #[error("{path}: {source}; look at its folder, its rights and the space left")]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The file is something else.
    #[error("{0}: this is no backup of Sidedoor's; name a file that `sidedoor backup` has written")]
    NotABackup(PathBuf),
    /// A database cannot be opened: the backup is of a newer version, or the target is not there.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The target has conversations, leads or tasks.
    #[error("the database to restore to is not empty; restore to a new one, then point database_url at it")]
    NotEmpty,
    /// The databases said no.
    #[error("the copy failed ({0}); nothing was changed")]
    Copy(String),
}

impl From<sqlx::Error> for BackupError {
    fn from(error: sqlx::Error) -> Self {
        Self::Copy(error.to_string())
    }
}

/// Writes a copy to `file`, which must not exist: all that was committed when this began, and nothing half. It appears
/// only when it is complete and on disk, readable by its owner only.
///
/// # Errors
///
/// See [`BackupError`].
pub async fn save(store: &Store, file: &Path) -> Result<(), BackupError> {
    if file.exists() {
        return Err(BackupError::Exists(file.to_owned()));
    }
    let part = Scratch::beside(file)?;
    match &store.db {
        Db::Sqlite { write, .. } => {
            // A connection of its own: the copy takes long, and neither readers nor the writer shall wait.
            let mut source = write.connect_options().as_ref().clone().read_only(true).connect().await?;
            sqlx::query("vacuum into $1").bind(part.path_text()?).execute(&mut source).await?;
            source.close().await?;
        }
        Db::Postgres { read, .. } => {
            let Db::Sqlite { read: ours, write } = open::open(&part.url()?).await? else {
                return Err(BackupError::Copy("the copy is not SQLite".to_owned()));
            };
            let mut source = read.acquire().await?;
            let mut snapshot = source.begin_with("begin isolation level repeatable read read only").await?;
            sqlx::query("set local statement_timeout = 0").execute(&mut *snapshot).await?;
            let mut target = write.acquire().await?;
            let mut filling = target.begin_with("begin immediate").await?;
            for table in TABLES {
                let columns = columns_of(&mut filling, table).await?;
                let (sender, receiver) = mpsc::channel(2);
                tokio::try_join!(
                    postgres::read_table(&mut snapshot, table, &columns, sender),
                    sqlite::write_table(&mut filling, table, &columns, receiver),
                )?;
            }
            filling.commit().await?;
            snapshot.rollback().await?;
            drop(target);
            ours.close().await;
            // One file that is whole by itself: no WAL beside it.
            sqlx::query("pragma journal_mode = delete").execute(&write).await?;
            write.close().await;
        }
    }
    part.keep_as(file)
}

/// Restores a backup to an empty (or new) database, which must not be in use; a backup of an older version is brought
/// up to date on the way. Visitors' tokens stay valid.
///
/// # Errors
///
/// See [`BackupError`].
pub async fn restore(file: &Path, database_url: &str, unsent: Unsent, clock: &Clock) -> Result<Restored, BackupError> {
    let broken = |source| BackupError::File { path: file.to_owned(), source };
    // The backup itself is not touched: what brings it up to date works on a copy.
    let scratch = Scratch::beside(&std::env::temp_dir().join("sidedoor-restore.db"))?;
    File::open(file).and_then(|mut from| std::io::copy(&mut from, &mut &scratch.file)).map_err(broken)?;
    if !is_backup(&scratch.path).await {
        return Err(BackupError::NotABackup(file.to_owned()));
    }
    let Db::Sqlite { read, write } = open::open(&scratch.url()?).await? else {
        return Err(BackupError::Copy("the backup is not SQLite".to_owned()));
    };
    let mut source = write.acquire().await?;
    let held = if unsent == Unsent::Hold { hold_unsent(&mut source, clock.now()).await? } else { 0 };

    let target = open::open(database_url).await?;
    let filled = fill(&mut source, &target).await;
    match target {
        Db::Sqlite { read, write } => {
            read.close().await;
            write.close().await;
        }
        Db::Postgres { read, write } => {
            read.close().await;
            write.close().await;
        }
    }
    filled?;
    let count =
        async |source: &mut SqliteConnection, sql: &'static str| sqlx::query_scalar(sql).fetch_one(source).await;
    let restored = Restored {
        conversations: count(&mut source, "select count(*) from conversations").await?,
        leads: count(&mut source, "select count(*) from leads").await?,
        held,
    };
    drop(source);
    read.close().await;
    write.close().await;
    Ok(restored)
}

/// Whether our migrations made this file. Opening an empty one would make it a database without a row.
async fn is_backup(file: &Path) -> bool {
    let look = async {
        let mut connection = SqliteConnectOptions::new().filename(file).read_only(true).connect().await?;
        let found: i64 = sqlx::query_scalar("select count(*) from sqlite_schema where name = '_sqlx_migrations'")
            .fetch_one(&mut connection)
            .await?;
        connection.close().await?;
        Ok::<_, sqlx::Error>(found)
    };
    look.await.is_ok_and(|found| found == 1)
}

async fn hold_unsent(source: &mut SqliteConnection, now: Millis) -> Result<i64, sqlx::Error> {
    let held = sqlx::query(
        "update outbox
         set status = 'failed', lease_until = 0, finished_at = $1,
            last_error = 'restored from a backup: it may have been sent since the backup was taken'
         where status = 'pending'",
    )
    .bind(now)
    .execute(source)
    .await?;
    Ok(i64::try_from(held.rows_affected()).unwrap_or(i64::MAX))
}

async fn fill(source: &mut SqliteConnection, target: &Db) -> Result<(), BackupError> {
    transact!(target, connection => {
        let used: i64 = sqlx::query_scalar(
            "select (select count(*) from conversations) + (select count(*) from leads) + (select count(*) from outbox)",
        )
        .fetch_one(&mut *connection)
        .await?;
        if used > 0 {
            return Err(BackupError::NotEmpty);
        }
        // A server that was started once has made secrets, which must not stand in the way of the real ones.
        sqlx::query("delete from settings").execute(&mut *connection).await?;
        for table in TABLES {
            let columns = columns_of(source, table).await?;
            let (sender, receiver) = mpsc::channel(2);
            tokio::try_join!(
                sqlite::read_table(source, table, &columns, sender),
                WriteTable::write_table(&mut *connection, table, &columns, receiver),
            )?;
        }
    });
    Ok(())
}

/// A column, as SQLite names it.
struct Column {
    name: String,
    is_text: bool,
}

/// A column's value; all columns of ours are text or 64-bit integers.
enum Value {
    Text(Option<String>),
    Number(Option<i64>),
}

type Page = Vec<Vec<Value>>;

async fn columns_of(connection: &mut SqliteConnection, table: &str) -> Result<Vec<Column>, sqlx::Error> {
    let rows: Vec<(String, String)> = sqlx::query_as("select name, type from pragma_table_info($1) order by cid")
        .bind(table)
        .fetch_all(connection)
        .await?;
    Ok(rows.into_iter().map(|(name, kind)| Column { name, is_text: kind.eq_ignore_ascii_case("text") }).collect())
}

fn names(columns: &[Column]) -> String {
    columns.iter().map(|column| format!("\"{}\"", column.name)).collect::<Vec<_>>().join(", ")
}

/// So that `transact!`, which compiles its block for both databases, finds the right function for its connection.
trait WriteTable {
    async fn write_table(
        &mut self,
        table: &str,
        columns: &[Column],
        pages: mpsc::Receiver<Page>,
    ) -> Result<(), sqlx::Error>;
}

for_both! {
    /// Sends a table's rows, page by page.
    pub(super) async fn read_table(
        connection: &mut Connection,
        table: &str,
        columns: &[Column],
        pages: mpsc::Sender<Page>,
    ) -> Result<(), sqlx::Error> {
        // The names are those of our own migrations.
        let sql = format!("select {} from {table}", names(columns));
        let mut rows = sqlx::query(AssertSqlSafe(sql)).fetch(connection);
        let mut page = Page::new();
        while let Some(row) = rows.try_next().await? {
            let mut values = Vec::with_capacity(columns.len());
            for (index, column) in columns.iter().enumerate() {
                values.push(if column.is_text {
                    Value::Text(row.try_get(index)?)
                } else {
                    Value::Number(row.try_get(index)?)
                });
            }
            page.push(values);
            if page.len() == PAGE_ROWS {
                // The receiver is gone only when it has failed, which ends both.
                drop(pages.send(std::mem::take(&mut page)).await);
            }
        }
        drop(pages.send(page).await);
        Ok(())
    }

    /// Inserts the rows that arrive.
    pub(super) async fn write_table(
        connection: &mut Connection,
        table: &str,
        columns: &[Column],
        mut pages: mpsc::Receiver<Page>,
    ) -> Result<(), sqlx::Error> {
        while let Some(page) = pages.recv().await {
            if page.is_empty() {
                continue;
            }
            let mut query = QueryBuilder::<Driver>::new(format!("insert into {table} ({}) ", names(columns)));
            query.push_values(page, |mut bound, values| {
                for value in values {
                    match value {
                        Value::Text(text) => bound.push_bind(text),
                        Value::Number(number) => bound.push_bind(number),
                    };
                }
            });
            query.build().execute(&mut *connection).await?;
        }
        Ok(())
    }

    impl WriteTable for Connection {
        async fn write_table(
            &mut self,
            table: &str,
            columns: &[Column],
            pages: mpsc::Receiver<Page>,
        ) -> Result<(), sqlx::Error> {
            write_table(self, table, columns, pages).await
        }
    }
}

/// A file that only its owner can read and that goes away, unless it is kept.
struct Scratch {
    path: PathBuf,
    file: File,
}

impl Scratch {
    /// An empty file in the folder of `file`.
    fn beside(file: &Path) -> Result<Self, BackupError> {
        let mut name = file.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.part", TaskId::new()));
        let path = file.with_file_name(name);
        let made = private(&path).map_err(|source| BackupError::File { path: path.clone(), source })?;
        Ok(Self { path, file: made })
    }

    fn path_text(&self) -> Result<&str, BackupError> {
        self.path.to_str().ok_or_else(|| BackupError::File {
            path: self.path.clone(),
            source: std::io::Error::new(ErrorKind::InvalidInput, "the path is not UTF-8"),
        })
    }

    fn url(&self) -> Result<String, BackupError> {
        let escaped = percent_encoding::utf8_percent_encode(self.path_text()?, percent_encoding::NON_ALPHANUMERIC);
        Ok(format!("sqlite://{escaped}"))
    }

    /// Gives the file its name once all of it is on disk.
    fn keep_as(self, file: &Path) -> Result<(), BackupError> {
        let failed = |source| BackupError::File { path: file.to_owned(), source };
        self.file.sync_all().map_err(failed)?;
        // Unlike a rename, a link fails when somebody else has made the file meanwhile; but not every disk has links.
        match std::fs::hard_link(&self.path, file) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => return Err(BackupError::Exists(file.to_owned())),
            Err(_) => std::fs::rename(&self.path, file).map_err(failed)?,
            Ok(()) => {}
        }
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        for suffix in ["", "-wal", "-shm", "-journal"] {
            let mut path = self.path.clone().into_os_string();
            path.push(suffix);
            // Most of them were never made.
            drop(std::fs::remove_file(path));
        }
    }
}

/// Makes a file that only its owner can read: it will hold what visitors wrote.
fn private(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
