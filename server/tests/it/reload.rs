//! Intents that change while visitors chat: taken when they are sound, refused with a reason when not.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sidedoor::config::Config;
use sidedoor::metrics::Metrics;
use sidedoor::understand::{self, LoadError, TrainingProcess, Understand};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::harness::shop;

const GIFTS: &str = "[[intent]]\nname = \"gift.card\"\nexamples = [\"do you sell gift cards\", \"gift voucher?\", \"can I buy a gift card\"]\n\
                     reply = [\"Yes, from 10 to 200.\"]\n";

fn understanding() -> (Arc<Understand>, PathBuf, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let config: Config = shop(folder.path());
    let intents = config.intents.clone().unwrap();
    (Arc::new(Understand::load(Arc::new(config), None).unwrap()), intents, folder)
}

/// A training process that notes in the folder that it was run, and the configuration that goes with it.
fn helped(folder: &Path) -> (Arc<Config>, TrainingProcess, PathBuf) {
    let config = shop(folder);
    let file = folder.join("sidedoor.toml");
    std::fs::write(&file, toml::to_string(&config).unwrap()).unwrap();
    let ran = folder.join("ran");
    let script = "echo once >> \"$0\" && exec \"$1\" train --config \"$2\"";
    let program = Path::new(env!("CARGO_BIN_EXE_sidedoor"));
    let arguments = [Path::new("-c"), Path::new(script), &ran, program, &file].map(Into::into).to_vec();
    (Arc::new(config), TrainingProcess::new("/bin/sh".into(), arguments), ran)
}

/// The names of what is kept, by their kind.
fn kept(folder: &Path, kind: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder.join("matchers")).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|it| it == kind)).collect()
}

#[test]
fn what_is_not_kept_is_trained_by_a_process_of_its_own_and_only_that() {
    let folder = tempfile::tempdir().unwrap();
    let (config, process, ran) = helped(folder.path());
    let times = || std::fs::read_to_string(&ran).unwrap_or_default().lines().count();

    let understand = Understand::load(Arc::clone(&config), Some(process.clone())).unwrap();
    assert_eq!(times(), 1);
    assert!(!kept(folder.path(), "matcher").is_empty());
    assert!(!kept(folder.path(), "passed").is_empty());
    assert_eq!(
        understand.site_intents("acme").unwrap().rank("where is my order", "en").candidates[0].intent,
        "order.track"
    );

    drop(Understand::load(Arc::clone(&config), Some(process)).unwrap());
    assert_eq!(times(), 1, "all is kept");

    std::fs::write(config.intents.as_ref().unwrap().join("gifts.toml"), GIFTS).unwrap();
    understand.reload().unwrap();
    assert_eq!(times(), 2);
    assert!(knows_gifts(&understand));
}

#[test]
fn a_start_with_broken_files_takes_those_that_were_last_in_service() {
    let folder = tempfile::tempdir().unwrap();
    let config = Arc::new(shop(folder.path()));
    let gifts = config.intents.as_ref().unwrap().join("gifts.toml");
    let load = || Understand::load(Arc::clone(&config), None);
    let broken = GIFTS.replace("examples", "exmples");
    std::fs::write(&gifts, &broken).unwrap();
    assert!(matches!(load().map(|_| ()), Err(LoadError::Faults(_))), "nothing was ever in service");
    std::fs::write(&gifts, GIFTS).unwrap();
    load().unwrap();

    std::fs::write(&gifts, &broken).unwrap();
    let understand = load().unwrap();

    assert!(knows_gifts(&understand));
    assert!(understand.status().intents.contains("gifts.toml:3"), "{}", understand.status().intents);
    assert!(!understand.is_stale(), "what is known to be broken is not read over and over");

    std::fs::write(&gifts, GIFTS.replace("200", "300")).unwrap();
    assert!(understand.is_stale());
    understand.reload().unwrap();
    assert_eq!(understand.status().intents, "ok");
}

#[test]
fn another_folders_files_are_never_taken() {
    let (understand, _, folder) = understanding();
    drop(understand);
    let mut config = shop(folder.path());
    let other = folder.path().join("other");
    std::fs::create_dir(&other).unwrap();
    std::fs::write(other.join("gifts.toml"), "[[intent").unwrap();
    config.intents = Some(other);

    assert!(matches!(Understand::load(Arc::new(config), None).map(|_| ()), Err(LoadError::Faults(_))));
}

#[test]
fn a_training_process_that_cannot_run_costs_nothing_but_its_help() {
    for program in ["/nowhere/sidedoor", "/bin/false"] {
        let folder = tempfile::tempdir().unwrap();
        let (config, ..) = helped(folder.path());

        let understand = Understand::load(config, Some(TrainingProcess::new(program.into(), Vec::new()))).unwrap();

        assert!(understand.status().loaded, "{program}");
        assert!(!kept(folder.path(), "matcher").is_empty(), "{program}");
    }
}

#[test]
fn where_training_is_killed_the_intents_before_stay_in_service() {
    let folder = tempfile::tempdir().unwrap();
    let (config, ..) = helped(folder.path());
    let killed = TrainingProcess::new("/bin/sh".into(), ["-c", "kill -9 $$"].map(Into::into).to_vec());
    let first = Understand::load(Arc::clone(&config), Some(killed.clone())).map(|_| ());
    assert!(matches!(first, Err(LoadError::Untrainable(why)) if why.contains("memory")), "nothing was ever trained");
    drop(Understand::load(Arc::clone(&config), None).unwrap());
    let understand = Understand::load(Arc::clone(&config), Some(killed.clone())).unwrap();

    std::fs::write(config.intents.as_ref().unwrap().join("gifts.toml"), GIFTS).unwrap();
    let refused = understand.reload();
    let started = Understand::load(config, Some(killed)).unwrap();

    assert!(matches!(refused, Err(LoadError::Untrainable(_))), "{refused:?}");
    for understand in [&understand, &started] {
        assert!(!knows_gifts(understand) && understand.status().loaded);
        assert!(understand.status().intents.contains("memory"), "{}", understand.status().intents);
    }
}

#[test]
fn tests_that_passed_are_tried_again_once_something_has_changed() {
    let (understand, intents, folder) = understanding();
    assert_eq!(kept(folder.path(), "passed").len(), 1);

    std::fs::write(intents.join("gifts.toml"), GIFTS).unwrap();
    understand.reload().unwrap();

    assert_eq!(kept(folder.path(), "passed").len(), 2);
}

fn knows_gifts(understand: &Understand) -> bool {
    understand.site_intents("acme").unwrap().intents.get("gift.card").is_some()
}

#[test]
fn sound_changes_are_taken() {
    let (understand, intents, _folder) = understanding();
    assert!(!knows_gifts(&understand));

    std::fs::write(intents.join("gifts.toml"), GIFTS).unwrap();
    understand.reload().unwrap();

    assert!(knows_gifts(&understand));
    let ranking = understand.site_intents("acme").unwrap().rank("do u sell gift cards", "en");
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
