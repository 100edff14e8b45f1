//! Intents that change while visitors chat: taken when they are sound, refused with a reason when not.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use sidedoor::config::Config;
use sidedoor::metrics::Metrics;
use sidedoor::understand::{self, LoadError, Understand};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::harness::shop;

const GIFTS: &str = "[[intent]]\nname = \"gift.card\"\nexamples = [\"do you sell gift cards\", \"gift voucher?\", \"can I buy a gift card\"]\n\
                     reply = [\"Yes, from 10 to 200.\"]\n";

fn understanding() -> (Arc<Understand>, PathBuf, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let config: Config = shop(folder.path());
    let intents = config.intents.clone().unwrap();
    (Arc::new(Understand::load(Arc::new(config)).unwrap()), intents, folder)
}

fn knows_gifts(understand: &Understand) -> bool {
    understand.mind("acme").unwrap().intents.get("gift.card").is_some()
}

#[test]
fn sound_changes_are_taken() {
    let (understand, intents, _folder) = understanding();
    assert!(!knows_gifts(&understand));

    std::fs::write(intents.join("gifts.toml"), GIFTS).unwrap();
    understand.reload().unwrap();

    assert!(knows_gifts(&understand));
    let ranking = understand.mind("acme").unwrap().rank("do u sell gift cards", "en");
    assert_eq!(ranking.candidates[0].intent, "gift.card");
}

#[test]
fn a_broken_file_is_refused_and_the_old_intents_stay_in_service() {
    let (understand, intents, _folder) = understanding();
    std::fs::write(intents.join("gifts.toml"), GIFTS).unwrap();
    understand.reload().unwrap();

    std::fs::write(intents.join("gifts.toml"), GIFTS.replace("examples", "exmples")).unwrap();
    let refused = understand.reload();

    assert!(matches!(refused, Err(LoadError::Faults(_))));
    assert!(knows_gifts(&understand));
    assert!(understand.status().loaded);
    assert!(understand.status().intents.contains("gifts.toml:3"), "{}", understand.status().intents);
}

#[test]
fn a_change_that_fails_its_own_tests_is_refused() {
    let (understand, intents, _folder) = understanding();
    let test = "[[test]]\nsay = \"do you sell gift cards\"\nintent = \"none\"\n";

    std::fs::write(intents.join("gifts.toml"), format!("{GIFTS}{test}")).unwrap();
    let refused = understand.reload();

    let Err(LoadError::Tests(failed)) = refused else { panic!("the reload should be refused: {refused:?}") };
    assert_eq!(failed[0].got, "gift.card");
    assert!(!knows_gifts(&understand));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saved_file_is_live_without_a_restart() {
    let (understand, intents, _folder) = understanding();
    let stop = CancellationToken::new();
    let watching = {
        let (understand, intents, stop) = (Arc::clone(&understand), intents.clone(), stop.clone());
        tokio::spawn(async move { understand::watch(understand, &intents, Metrics::new(), stop).await })
    };

    std::fs::write(intents.join("gifts.toml"), GIFTS).unwrap();
    let live = async {
        while !knows_gifts(&understand) {
            tokio::task::yield_now().await;
        }
    };

    tokio::time::timeout(Duration::from_secs(30), live).await.expect("the change should be live");
    stop.cancel();
    watching.await.unwrap();
}
