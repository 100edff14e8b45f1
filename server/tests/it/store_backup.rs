//! A backup taken under load holds all that was acknowledged before; a restored one sends no mail twice.

use std::slice::from_ref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sidedoor::clock::Clock;
use sidedoor::id::{ClientId, ConversationId};
use sidedoor::store::backup::{self, BackupError, Restored, Unsent};
use sidedoor::store::{Store, conversations, leads, outbox, settings};

use crate::database::TestDatabase;
use crate::store_sample::{self as sample, MORNING};

crate::on_both_databases!(
    a_backup_taken_while_turns_go_on_holds_all_that_was_acknowledged_before,
    mail_that_was_sent_is_not_sent_again_after_a_restore,
    mail_that_was_waiting_is_sent_only_when_asked_for,
    a_backup_restores_to_the_other_database_too,
    a_database_in_use_is_not_overwritten,
    all_columns_come_back,
);

/// Talks until told to stop; gives the ids that were acknowledged.
async fn talk(store: Store, stop: Arc<AtomicBool>) -> Vec<(ConversationId, ClientId)> {
    let mut acknowledged = Vec::new();
    let mut conversation = sample::conversation();
    while !stop.load(Ordering::Relaxed) {
        let client_id = ClientId::new();
        let turn = sample::said(&mut conversation, client_id, "still here");
        conversation.version = store.commit(turn).await.unwrap().version;
        acknowledged.push((conversation.id, client_id));
    }
    acknowledged
}

async fn a_backup_taken_while_turns_go_on_holds_all_that_was_acknowledged_before(database: TestDatabase) {
    let store = database.open().await;
    let mut before = Vec::new();
    for _ in 0..300 {
        let mut conversation = sample::conversation();
        let client_id = ClientId::new();
        store.commit(sample::said(&mut conversation, client_id, "before the backup")).await.unwrap();
        before.push((conversation.id, client_id));
    }
    let secret = settings::secret(&store, "token").await.unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let talks: Vec<_> = (0..8).map(|_| tokio::spawn(talk(store.clone(), Arc::clone(&stop)))).collect();
    let file = database.folder.path().join("backup.db");

    backup::save(&store, &file).await.unwrap();
    stop.store(true, Ordering::Relaxed);
    for talk in talks {
        assert!(!talk.await.unwrap().is_empty());
    }
    let target = database.another().await;
    let restored = backup::restore(&file, &target.url, Unsent::Hold, &Clock::system()).await.unwrap();

    assert!(restored.conversations >= 300);
    let store = target.open().await;
    for (conversation, client_id) in before {
        assert!(conversations::ack_of(&store, conversation, client_id).await.unwrap().is_some());
    }
    assert_eq!(settings::secret(&store, "token").await.unwrap(), secret);
    assert_eq!(integrity(&file).await, "ok");
    assert_no_half_turns(&file).await;
    let left: Vec<_> = std::fs::read_dir(database.folder.path()).unwrap().flatten().collect();
    assert!(!left.iter().any(|entry| entry.file_name().to_string_lossy().contains(".part")), "{left:?}");
}

async fn integrity(file: &std::path::Path) -> String {
    let pool = sqlx::SqlitePool::connect(&format!("sqlite://{}", file.display())).await.unwrap();
    let said = sqlx::query_scalar("pragma integrity_check").fetch_one(&pool).await.unwrap();
    pool.close().await;
    said
}

/// Each conversation has exactly the events that its row counts.
async fn assert_no_half_turns(file: &std::path::Path) {
    let pool = sqlx::SqlitePool::connect(&format!("sqlite://{}", file.display())).await.unwrap();
    let half: i64 = sqlx::query_scalar(
        "select count(*)
         from conversations as c
         where last_seq <> (select count(*) from events as e where e.conversation_id = c.id)",
    )
    .fetch_one(&pool)
    .await
    .unwrap();
    pool.close().await;
    assert_eq!(half, 0);
}

/// A store with one mail sent, one being sent and one waiting; its backup; then the two are sent as well.
async fn backed_up_with_mail(database: &TestDatabase) -> std::path::PathBuf {
    let clock = Clock::manual(MORNING);
    let store = database.open_at(&clock).await;
    let tasks: Vec<_> = (0..3).map(|number| sample::task(None, None, &format!("mail {number}"))).collect();
    leads::save(&store, &sample::form(&sample::lead(None, "ana@acme.example")), &tasks).await.unwrap();
    let claimed = sample::claim(&store, 2, 60_000).await;
    outbox::finish(&store, from_ref(&claimed[0])).await.unwrap();
    let file = database.folder.path().join("backup.db");

    backup::save(&store, &file).await.unwrap();

    outbox::finish(&store, from_ref(&claimed[1])).await.unwrap();
    let last = sample::claim(&store, 1, 60_000).await;
    outbox::finish(&store, from_ref(&last[0])).await.unwrap();
    file
}

async fn mail_that_was_sent_is_not_sent_again_after_a_restore(database: TestDatabase) {
    let file = backed_up_with_mail(&database).await;
    let target = database.another().await;
    let much_later = Clock::manual(MORNING + 1_000_000_000);

    let restored = backup::restore(&file, &target.url, Unsent::Hold, &much_later).await.unwrap();

    assert_eq!(restored, Restored { conversations: 0, leads: 1, held: 2 });
    let store = target.open_at(&much_later).await;
    assert_eq!(sample::claim(&store, 10, 60_000).await, []);
    let failed = outbox::failed(&store, 10).await.unwrap();
    assert_eq!(failed.len(), 2);
    assert!(failed[0].error.contains("restored from a backup"), "{}", failed[0].error);
    // The same cause does not queue it anew either.
    let again = sample::task(None, None, "mail 0");
    let form = sample::form(&sample::lead(None, "ana@acme.example"));
    let queued = leads::save(&store, &form, &[again]).await.unwrap().queued.clone();
    assert_eq!(queued, []);
}

async fn mail_that_was_waiting_is_sent_only_when_asked_for(database: TestDatabase) {
    let file = backed_up_with_mail(&database).await;
    let target = database.another().await;
    let much_later = Clock::manual(MORNING + 1_000_000_000);

    let restored = backup::restore(&file, &target.url, Unsent::Send, &much_later).await.unwrap();

    assert_eq!(restored.held, 0);
    let store = target.open_at(&much_later).await;
    assert_eq!(sample::claim(&store, 10, 60_000).await.len(), 2);
}

async fn a_backup_restores_to_the_other_database_too(database: TestDatabase) {
    let target = if database.is_sqlite() { TestDatabase::postgres().await } else { Some(TestDatabase::sqlite()) };
    let Some(target) = target else { return };
    let store = database.open().await;
    let conversation = sample::stored(&store, "¿Envían a Perú? 🧿").await;
    let events = conversations::events_after(&store, conversation.id, 0, 9).await.unwrap();
    let file = database.folder.path().join("backup.db");

    backup::save(&store, &file).await.unwrap();
    backup::restore(&file, &target.url, Unsent::Hold, &Clock::system()).await.unwrap();

    let moved = target.open().await;
    assert_eq!(conversations::load(&moved, conversation.id).await.unwrap(), Some(conversation.clone()));
    assert_eq!(conversations::events_after(&moved, conversation.id, 0, 9).await.unwrap(), events);
}

async fn a_database_in_use_is_not_overwritten(database: TestDatabase) {
    let store = database.open().await;
    let conversation = sample::stored(&store, "mine").await;
    let file = database.folder.path().join("backup.db");
    backup::save(&store, &file).await.unwrap();
    let bytes = std::fs::read(&file).unwrap();

    let over_a_file = backup::save(&store, &file).await;
    let over_a_database = backup::restore(&file, &database.url, Unsent::Hold, &Clock::system()).await;
    let missing = database.folder.path().join("missing.db");
    let from_nothing = backup::restore(&missing, &database.url, Unsent::Hold, &Clock::system()).await;

    assert!(matches!(over_a_file, Err(BackupError::Exists(_))), "{over_a_file:?}");
    assert!(matches!(over_a_database, Err(BackupError::NotEmpty)), "{over_a_database:?}");
    assert!(matches!(from_nothing, Err(BackupError::File { .. })), "{from_nothing:?}");
    assert_eq!(std::fs::read(&file).unwrap(), bytes, "a backup is not changed by restoring it");
    assert!(conversations::load(&store, conversation.id).await.unwrap().is_some());
}

async fn all_columns_come_back(database: TestDatabase) {
    let store = database.open().await;
    let mut conversation = sample::conversation();
    let mut turn = sample::said(&mut conversation, ClientId::new(), "everything");
    turn.events[1].name = Some("Ana".to_owned());
    let lead = sample::lead(Some(conversation.id), "ana@acme.example");
    turn.lead = Some(lead.clone());
    let task = sample::task(Some(conversation.id), Some(lead.id), "one");
    turn.tasks = vec![task.clone()];
    conversation.version = store.commit(turn.clone()).await.unwrap().version;
    let file = database.folder.path().join("backup.db");

    backup::save(&store, &file).await.unwrap();
    let target = database.another().await;
    backup::restore(&file, &target.url, Unsent::Send, &Clock::system()).await.unwrap();

    let store = target.open().await;
    assert_eq!(conversations::load(&store, conversation.id).await.unwrap(), Some(conversation.clone()));
    assert_eq!(conversations::events_after(&store, conversation.id, 0, 9).await.unwrap(), (turn.events, false));
    assert_eq!(leads::of_conversation(&store, conversation.id).await.unwrap(), Some(lead));
    let claimed = sample::claim(&store, 9, 1).await;
    assert_eq!((claimed[0].id, &claimed[0].payload), (task.id, &task.payload));
}

#[tokio::test]
async fn a_backup_of_an_older_version_is_brought_up_to_date() {
    let old = TestDatabase::sqlite();
    let file = old.folder.path().join("sidedoor.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&file).create_if_missing(true);
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations");
    sqlx::migrate::Migrator::new(folder.as_path()).await.unwrap().run_to(2, &pool).await.unwrap();
    pool.close().await;
    let target = TestDatabase::sqlite();

    let restored = backup::restore(&file, &target.url, Unsent::Hold, &Clock::system()).await.unwrap();

    assert_eq!(restored, Restored { conversations: 0, leads: 0, held: 0 });
    sample::stored(&target.open().await, "hi").await;
}

#[tokio::test]
async fn a_file_that_is_no_backup_is_refused() {
    let target = TestDatabase::sqlite();
    let empty = target.folder.path().join("empty.db");
    let notes = target.folder.path().join("notes.txt");
    let other = target.folder.path().join("other.db");
    std::fs::write(&empty, "").unwrap();
    std::fs::write(&notes, "remember the milk ".repeat(500)).unwrap();
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&other).create_if_missing(true);
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    sqlx::query("create table notes (text)").execute(&pool).await.unwrap();
    pool.close().await;

    for file in [empty, notes, other] {
        let refused = backup::restore(&file, &target.url, Unsent::Hold, &Clock::system()).await;

        assert!(matches!(refused, Err(BackupError::NotABackup(_))), "{}: {refused:?}", file.display());
    }
}

#[tokio::test]
async fn every_table_is_part_of_a_backup() {
    let database = TestDatabase::sqlite();
    let store = database.open().await;
    sample::stored(&store, "hi").await;
    let file = database.folder.path().join("sidedoor.db");
    let pool = sqlx::SqlitePool::connect(&format!("sqlite://{}", file.display())).await.unwrap();

    let mut tables: Vec<String> = sqlx::query_scalar(
        "select name from sqlite_schema where type = 'table' and name not like 'sqlite%' and name not like '_sqlx%'",
    )
    .fetch_all(&pool)
    .await
    .unwrap();

    tables.sort();
    // Theirs is the order in which rows may be put back.
    let mut known = backup::TABLES.to_vec();
    known.sort_unstable();
    assert_eq!(tables, known, "name a new table in TABLES of store/backup.rs");
}
