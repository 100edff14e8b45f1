//! A database of any earlier version is brought up to date; one from the future is refused.

use std::path::Path;

use futures_util::future::join_all;
use sidedoor::clock::Clock;
use sidedoor::id::ConversationId;
use sidedoor::store::{OpenError, Store, conversations, leads};
use sqlx::migrate::Migrator;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, PgPool, SqlitePool};

use crate::database::TestDatabase;
use crate::store_sample as sample;

crate::on_both_databases!(
    a_database_at_the_first_migration_is_brought_up_to_date_with_its_rows,
    a_newer_schema_is_refused_with_both_versions_named,
    programs_that_start_at_once_do_not_meet_half_way,
);

/// A raw connection pool, as some other program would have.
enum Raw {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

impl Raw {
    async fn open(database: &TestDatabase) -> Self {
        if database.is_sqlite() {
            let options: SqliteConnectOptions = database.url.parse().unwrap();
            Self::Sqlite(SqlitePool::connect_with(options.create_if_missing(true)).await.unwrap())
        } else {
            Self::Postgres(PgPool::connect(&database.url).await.unwrap())
        }
    }

    async fn execute(&self, sql: String) {
        match self {
            Self::Sqlite(pool) => drop(sqlx::raw_sql(AssertSqlSafe(sql)).execute(pool).await.unwrap()),
            Self::Postgres(pool) => drop(sqlx::raw_sql(AssertSqlSafe(sql)).execute(pool).await.unwrap()),
        }
    }

    async fn migrate_to(&self, version: i64) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations");
        let migrator = Migrator::new(folder.as_path()).await.unwrap();
        match self {
            Self::Sqlite(pool) => migrator.run_to(version, pool).await.unwrap(),
            Self::Postgres(pool) => migrator.run_to(version, pool).await.unwrap(),
        }
    }

    async fn close(self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

async fn a_database_at_the_first_migration_is_brought_up_to_date_with_its_rows(database: TestDatabase) {
    let raw = Raw::open(&database).await;
    raw.migrate_to(1).await;
    let id = ConversationId::new();
    raw.execute(format!(
        "insert into conversations (id, site, locale, phase, version, last_seq, dialogue, first_page, page, created_at,
            updated_at)
         values ('{id}', 'acme', 'en', 'waiting', 3, 1, '{{}}', '{{}}', '{{\"url\":\"https://acme.example/\"}}', 1, 2);
         insert into events (conversation_id, seq, at, author, body)
         values ('{id}', 1, 2, 'bot', '{{\"kind\":\"text\",\"text\":\"hello\"}}')"
    ))
    .await;
    raw.close().await;

    let store = database.open().await;

    let row = conversations::load(&store, id).await.unwrap().unwrap();
    assert_eq!((row.version, row.page.url.as_str()), (3, "https://acme.example/"));
    assert_eq!(conversations::events_after(&store, id, 0, 9).await.unwrap().0.len(), 1);
    let lead = sample::lead(Some(id), "ana@acme.example");
    leads::save(&store, &sample::form(&lead), &[]).await.unwrap();
    assert_eq!(leads::of_conversation(&store, id).await.unwrap(), Some(lead));
}

async fn a_newer_schema_is_refused_with_both_versions_named(database: TestDatabase) {
    database.open().await.close().await;
    let raw = Raw::open(&database).await;
    let checksum = if database.is_sqlite() { "x'00'" } else { "'\\x00'" };
    raw.execute(format!(
        "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
         values (900, 'from the future', true, {checksum}, 1)"
    ))
    .await;
    raw.close().await;

    let refused = Store::open(&database.url, Clock::system()).await.map(drop).unwrap_err();

    let OpenError::NewerSchema { found, known } = refused else { panic!("{refused:?}") };
    assert_eq!(found, 900);
    assert!(known < 900);
    let text = OpenError::NewerSchema { found, known }.to_string();
    assert!(text.contains("900") && text.contains(&known.to_string()), "{text}");
}

async fn programs_that_start_at_once_do_not_meet_half_way(database: TestDatabase) {
    let stores = join_all((0..6).map(|_| Store::open(&database.url, Clock::system()))).await;

    for store in stores {
        sample::stored(&store.unwrap(), "hi").await;
    }
}

#[tokio::test]
async fn a_database_that_cannot_be_opened_says_why_and_keeps_its_password() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("notes.txt");
    std::fs::write(&file, "not a database, but long enough to be taken for a broken one".repeat(20)).unwrap();
    let open = async |url: &str| Store::open(url, Clock::system()).await.map(drop).unwrap_err();

    let no_scheme = open("mysql://ana:secret@db/x").await;
    let in_memory = open("sqlite::memory:").await;
    let no_server = open("postgres://ana:secret@localhost/x?host=/nowhere").await;
    let no_database = open(&format!("sqlite://{}", file.display())).await;
    let no_folder = open(&format!("sqlite://{}/sub/sidedoor.db", file.display())).await;

    assert!(matches!(no_scheme, OpenError::Url { .. }), "{no_scheme}");
    assert!(matches!(in_memory, OpenError::Url { .. }), "{in_memory}");
    assert!(matches!(no_server, OpenError::Unreachable { .. }), "{no_server}");
    assert!(matches!(no_database, OpenError::Unreachable { .. } | OpenError::Migration(_)), "{no_database}");
    assert!(matches!(no_folder, OpenError::Folder { .. }), "{no_folder}");
    for error in [no_scheme, no_server] {
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_new_database_is_its_owners_alone() {
    use std::os::unix::fs::MetadataExt;
    let database = TestDatabase::sqlite();

    let store = database.open().await;
    sample::stored(&store, "private").await;

    for name in ["sidedoor.db", "sidedoor.db-wal"] {
        let mode = std::fs::metadata(database.folder.path().join(name)).unwrap().mode();
        assert_eq!(mode & 0o077, 0, "{name} has mode {mode:o}");
    }
}
