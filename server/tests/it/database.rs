//! A fresh database for each test, SQLite or PostgreSQL, and the macro that runs a test on both.

use sidedoor::clock::Clock;
use sidedoor::store::Store;
use sqlx::{AssertSqlSafe, PgPool, SqlitePool};

use crate::postgres;

/// An empty database of the test's own.
pub struct TestDatabase {
    /// What `database_url` would say.
    pub url: String,
    /// Where a SQLite database lives; a place for files in any case. Removed with its contents at the end.
    pub folder: tempfile::TempDir,
}

impl TestDatabase {
    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let url = format!("sqlite://{}", folder.path().join("sidedoor.db").display());
        Self { url, folder }
    }

    /// None when `TEST_SKIP_POSTGRES=1` says so.
    pub async fn postgres() -> Option<Self> {
        let url = postgres::fresh_database().await?;
        Some(Self { url, folder: tempfile::tempdir().expect("a temporary folder can be made") })
    }

    pub fn is_sqlite(&self) -> bool {
        self.url.starts_with("sqlite:")
    }

    /// Another empty database of the same kind.
    pub async fn another(&self) -> Self {
        if self.is_sqlite() {
            Self::sqlite()
        } else {
            Self::postgres().await.expect("the first one was made, so PostgreSQL is not skipped")
        }
    }

    /// Runs a statement as another program would.
    pub async fn execute(&self, sql: &str) {
        let sql = AssertSqlSafe(sql.to_owned());
        if self.is_sqlite() {
            let pool = SqlitePool::connect(&self.url).await.expect("the database opens");
            sqlx::raw_sql(sql).execute(&pool).await.expect("the statement is right");
            pool.close().await;
        } else {
            let pool = PgPool::connect(&self.url).await.expect("the database opens");
            sqlx::raw_sql(sql).execute(&pool).await.expect("the statement is right");
            pool.close().await;
        }
    }

    pub async fn open(&self) -> Store {
        self.open_at(&Clock::system()).await
    }

    pub async fn open_at(&self, clock: &Clock) -> Store {
        Store::open(&self.url, clock.clone()).await.expect("the database opens")
    }
}

/// Makes a test for each database out of each named `async fn name(database: TestDatabase)`.
#[macro_export]
macro_rules! on_both_databases {
    ($($name:ident),* $(,)?) => {
        mod on_sqlite {
            $(
                #[tokio::test]
                async fn $name() {
                    super::$name($crate::database::TestDatabase::sqlite()).await;
                }
            )*
        }
        mod on_postgres {
            $(
                #[tokio::test]
                async fn $name() {
                    if let Some(database) = $crate::database::TestDatabase::postgres().await {
                        super::$name(database).await;
                    }
                }
            )*
        }
    };
}
