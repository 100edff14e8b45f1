//! What goes wrong with databases: locks, full disks, restarts. Nothing acknowledged is lost, and every turn is answered.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use sidedoor::clock::Clock;
use sidedoor::id::{ClientId, ConversationId};
use sidedoor::store::{CommitError, Store, conversations};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};

use crate::database::TestDatabase;
use crate::postgres::Cluster;
use crate::store_sample as sample;

/// Another program's connection, which holds the write lock.
async fn lock(database: &TestDatabase) -> SqliteConnection {
    let options: SqliteConnectOptions = database.url.parse().unwrap();
    let mut connection = options.connect().await.unwrap();
    sqlx::query("begin immediate").execute(&mut connection).await.unwrap();
    connection
}

#[tokio::test]
async fn a_lock_of_three_seconds_is_waited_for() {
    let database = TestDatabase::sqlite();
    let store = database.open().await;
    let mut conversation = sample::stored(&store, "before").await;
    let lock = lock(&database).await;
    let begun = Instant::now();

    let (committed, ()) =
        tokio::join!(store.commit(sample::said(&mut conversation, ClientId::new(), "meanwhile")), async {
            // The fault itself lasts; nothing is waited for here.
            tokio::time::sleep(Duration::from_secs(3)).await;
            lock.close().await.unwrap();
        });

    assert_eq!(committed.unwrap().version, 2);
    assert!(begun.elapsed() >= Duration::from_secs(3));
}

#[tokio::test]
async fn a_database_that_is_up_to_date_is_opened_while_another_program_writes() {
    let database = TestDatabase::sqlite();
    let store = database.open().await;
    let conversation = sample::stored(&store, "before").await;
    let lock = lock(&database).await;

    let opened = Store::open(&database.url, Clock::system()).await.unwrap();

    assert!(conversations::load(&opened, conversation.id).await.unwrap().is_some());
    lock.close().await.unwrap();
}

#[tokio::test]
async fn a_lock_that_stays_makes_turns_unavailable_and_reads_go_on() {
    let database = TestDatabase::sqlite();
    let store = database.open().await;
    let conversation = sample::stored(&store, "before").await;
    let lock = lock(&database).await;
    let mut next = conversation.clone();
    let turn = sample::said(&mut next, ClientId::new(), "meanwhile");

    let committing = tokio::spawn({
        let (store, turn) = (store.clone(), turn.clone());
        async move { store.commit(turn).await }
    });
    let row = conversations::load(&store, conversation.id).await.unwrap();
    store.ping().await.unwrap();
    assert!(!committing.is_finished(), "reads do not wait for the lock");
    let refused = committing.await.unwrap();
    lock.close().await.unwrap();
    let resent = store.commit(turn).await;

    assert!(matches!(refused, Err(CommitError::Unavailable(_))), "{refused:?}");
    assert_eq!(row, Some(conversation));
    assert_eq!(resent.unwrap().version, 2);
}

/// Runs the test below in a namespace of its own, on a disk of 8 MB.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_makes_turns_unavailable_until_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let script = r#"mount -t tmpfs -o size=8m none "$1" && SMALL_DISK="$1" exec "$2" --ignored --exact --nocapture \
        store_faults::on_a_small_disk"#;

    let said = Command::new("unshare")
        .args(["--map-root-user", "--mount", "sh", "-c", script, "sh"])
        .arg(folder.path())
        .arg(std::env::current_exe().unwrap())
        .output()
        .expect("unshare is there (Debian package util-linux)");

    let text = String::from_utf8_lossy(&said.stdout) + String::from_utf8_lossy(&said.stderr);
    assert!(said.status.success() && text.contains("1 passed"), "{text}");
}

#[tokio::test]
#[ignore = "needs a small disk; run by the test above"]
async fn on_a_small_disk() {
    let folder = std::env::var("SMALL_DISK").expect("the folder of a small disk");
    let folder = Path::new(&folder);
    let store = Store::open(&format!("sqlite://{}/sidedoor.db", folder.display()), Clock::system()).await.unwrap();
    let conversation = sample::stored(&store, "before").await;
    let mut next = conversation.clone();
    let turn = sample::said(&mut next, ClientId::new(), &"meanwhile ".repeat(20_000));
    let balloon = folder.join("balloon");
    fill(&balloon);

    let refused = store.commit(turn.clone()).await;
    let again = store.commit(turn.clone()).await;
    let row = conversations::load(&store, conversation.id).await.unwrap();
    store.ping().await.unwrap();
    std::fs::remove_file(balloon).unwrap();
    let resent = store.commit(turn).await;

    assert!(matches!(refused, Err(CommitError::Unavailable(_))), "{refused:?}");
    assert!(matches!(again, Err(CommitError::Unavailable(_))), "{again:?}");
    assert_eq!(row, Some(conversation.clone()));
    assert_eq!(resent.unwrap().version, 2);
    assert_eq!(conversations::events_after(&store, conversation.id, 0, 9).await.unwrap().0.len(), 4);
}

fn fill(balloon: &Path) {
    let mut file = std::fs::File::create(balloon).unwrap();
    let block = vec![0; 4096];
    while std::io::Write::write_all(&mut file, &block).is_ok() {}
}

#[tokio::test]
async fn postgres_restarted_under_load_loses_nothing_that_was_acknowledged() {
    if std::env::var("TEST_SKIP_POSTGRES").is_ok_and(|value| value == "1") {
        eprintln!("skipped: TEST_SKIP_POSTGRES=1");
        return;
    }
    let cluster = Cluster::private();
    let store = Store::open(&cluster.database().await, Clock::system()).await.unwrap();
    let talks: Vec<_> = (0..20).map(|_| tokio::spawn(talk_until_back(store.clone()))).collect();

    let restart = tokio::task::spawn_blocking(move || {
        cluster.restart();
        (cluster, Instant::now())
    });
    let mut acknowledged = Vec::new();
    let mut interrupted = 0;
    let mut back = Vec::new();
    for talk in talks {
        let (own, refusals, at) = talk.await.unwrap();
        acknowledged.extend(own);
        interrupted += refusals;
        back.push(at);
    }
    let (cluster, up) = restart.await.unwrap();

    assert!(interrupted > 0, "the restart came too late to be noticed");
    for at in back {
        assert!(at.saturating_duration_since(up) < Duration::from_secs(5), "turns came back too late");
    }
    for (conversation, client_id) in acknowledged {
        let ack = conversations::ack_of(&store, conversation, client_id).await.unwrap();
        assert!(ack.is_some(), "{conversation} has lost a message");
    }
    store.close().await;
    drop(cluster);
}

/// Talks as a client does (what was not acknowledged is sent again), through at least one refusal until fifty more turns
/// went well. Gives what was acknowledged, the number of refusals, and when the first turn after them went well.
async fn talk_until_back(store: Store) -> (Vec<(ConversationId, ClientId)>, usize, Instant) {
    let mut conversation = sample::conversation();
    let mut acknowledged = Vec::new();
    let mut refusals = 0;
    let mut back = None;
    let mut since = 0;
    while since < 50 {
        let client_id = ClientId::new();
        loop {
            let turn = sample::said(&mut conversation.clone(), client_id, "still here");
            match store.commit(turn).await {
                Ok(committed) => {
                    conversation.version = committed.version;
                    conversation.last_seq += 2;
                    break;
                }
                // Stored by the commit that the restart cut off.
                Err(CommitError::Duplicate { .. }) => {
                    conversation = conversations::load(&store, conversation.id).await.unwrap().unwrap();
                    break;
                }
                Err(CommitError::Unavailable(_)) => {
                    refusals += 1;
                    back = None;
                    tokio::task::yield_now().await;
                }
                Err(other) => panic!("{other}"),
            }
        }
        acknowledged.push((conversation.id, client_id));
        if refusals > 0 {
            back.get_or_insert_with(Instant::now);
            since += 1;
        }
    }
    (acknowledged, refusals, back.unwrap_or_else(Instant::now))
}
