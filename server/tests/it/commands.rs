//! The command line, as an operator or a script uses it.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::TestServer;
use crate::store_sample as sample;

/// Runs `sidedoor` in a folder, with nothing of the test's own environment that could configure it.
fn sidedoor(folder: &Path, arguments: &[&str]) -> Output {
    command(folder, arguments).output().unwrap()
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sidedoor"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("SIDEDOOR_")) {
        command.env_remove(name);
    }
    command.args(arguments).current_dir(folder);
    command
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A folder as `sidedoor init` leaves it.
fn initialised() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let output = sidedoor(folder.path(), &["init", "shop"]);
    assert!(output.status.success(), "{}", err(&output));
    folder
}

#[test]
fn what_init_writes_passes_check_and_is_not_overwritten() {
    let folder = initialised();
    let shop = folder.path().join("shop");

    let check = sidedoor(&shop, &["check"]);
    let again = sidedoor(folder.path(), &["init", "shop"]);

    assert!(check.status.success(), "{}{}", out(&check), err(&check));
    assert!(out(&check).contains("0 failed"), "{}", out(&check));
    assert!(!out(&check).contains("warning"), "{}", out(&check));
    assert!(out(&check).contains("replies are the starter pack's still"), "{}", out(&check));
    assert_eq!(again.status.code(), Some(1));
    assert!(err(&again).contains("exists already"), "{}", err(&again));
}

#[test]
fn check_names_each_fault_by_file_line_and_key() {
    let folder = initialised();
    let shop = folder.path().join("shop");
    std::fs::write(shop.join("intents/broken.toml"), "[[intent]]\nname = \"a\"\nexamples = []\nrepl = [\"b\"]\n")
        .unwrap();

    let check = sidedoor(&shop, &["check"]);

    assert_eq!(check.status.code(), Some(1));
    assert!(out(&check).contains("intents/broken.toml:3: \"examples\""), "{}", out(&check));
    assert!(
        out(&check).contains("intents/broken.toml:4:") && out(&check).contains("did you mean \"reply\""),
        "{}",
        out(&check)
    );
}

#[test]
fn examples_that_take_long_are_announced_and_too_many_refused_by_file() {
    let folder = initialised();
    let shop = folder.path().join("shop");
    let intent = |name: &str, count: usize| {
        let examples: Vec<String> = (0..count).map(|n| format!("\"{name} in colour number {n}\"")).collect();
        format!("[[intent]]\nname = \"{name}\"\nexamples = [{}]\nreply = [\"Yes.\"]\n", examples.join(", "))
    };

    std::fs::write(shop.join("intents/many.toml"), intent("candle", 3_000)).unwrap();
    let many = sidedoor(&shop, &["check"]);
    let files: Vec<String> = (0..11).map(|n| intent(&format!("candle.{n}"), 2_000)).collect();
    std::fs::write(shop.join("intents/many.toml"), files.concat()).unwrap();
    let too_many = sidedoor(&shop, &["check"]);

    assert!(err(&many).contains("training the matcher on "), "{}", err(&many));
    assert_eq!(too_many.status.code(), Some(1));
    assert!(err(&too_many).contains("are too many"), "{}", err(&too_many));
    assert!(err(&too_many).contains("the largest file is intents/many.toml"), "{}", err(&too_many));
}

#[test]
fn check_fails_where_one_of_the_intents_own_tests_does() {
    let folder = initialised();
    let shop = folder.path().join("shop");
    let test = "[[test]]\nsay = \"do you have gift cards\"\nintent = \"careers\"\n";
    std::fs::write(shop.join("intents/wrong.toml"), test).unwrap();

    let check = sidedoor(&shop, &["check"]);

    assert_eq!(check.status.code(), Some(1));
    assert!(out(&check).contains("intents/wrong.toml:"), "{}", out(&check));
    assert!(out(&check).contains("must be understood as careers"), "{}", out(&check));
}

#[test]
fn ask_tells_what_would_be_understood_and_answered() {
    let folder = initialised();
    let shop = folder.path().join("shop");

    let answer = sidedoor(&shop, &["ask", "--json", "do you have gift cards? I'm Ana, ana@acme.example"]);
    let words = sidedoor(&shop, &["ask", "what is the capital of France"]);

    let answer: Value = serde_json::from_slice(&answer.stdout).unwrap();
    assert_eq!(answer["intent"], "gift.card");
    assert_eq!(answer["in_scope"], true);
    assert!(answer["entities"].as_array().unwrap().contains(&json!({"slot": "email", "value": "ana@acme.example"})));
    assert!(!answer["answer"][0]["text"].as_str().unwrap().is_empty());
    assert!(out(&words).starts_with("not understood"), "{}", out(&words));
}

#[test]
fn a_reader_that_has_read_enough_is_no_fault() {
    let folder = initialised();
    let shop = folder.path().join("shop");

    for arguments in [&["ask", "do you have gift cards"][..], &["ask", "--json", "hello"], &["check"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = command(&shop, arguments).stdout(writer).output().unwrap();

        assert!(output.status.success(), "{arguments:?}: {}", err(&output));
        assert!(!err(&output).contains("panicked"), "{arguments:?}: {}", err(&output));
    }
}

#[test]
fn an_unknown_key_or_site_is_refused_with_a_remedy() {
    let folder = initialised();
    let shop = folder.path().join("shop");
    let unknown_site = sidedoor(&shop, &["ask", "--site", "shp", "hello"]);
    let config = std::fs::read_to_string(shop.join("sidedoor.toml")).unwrap();
    std::fs::write(shop.join("sidedoor.toml"), config.replace("listen =", "lisen =")).unwrap();

    let unknown_key = sidedoor(&shop, &["serve"]);
    let wrong_use = sidedoor(&shop, &["leads", "exprt"]);

    assert_eq!(unknown_site.status.code(), Some(1));
    assert!(err(&unknown_site).contains("there is shop"), "{}", err(&unknown_site));
    assert_eq!(unknown_key.status.code(), Some(1));
    assert!(err(&unknown_key).contains("did you mean \"listen\""), "{}", err(&unknown_key));
    assert_eq!(wrong_use.status.code(), Some(2));
}

#[test]
fn rank_speaks_its_line_protocol() {
    use std::io::Write as _;
    let folder = tempfile::tempdir().unwrap();
    let examples = folder.path().join("train.jsonl");
    std::fs::write(
        &examples,
        "{\"text\":\"where is my order\",\"intent\":\"track\"}\n{\"text\":\"hello there\",\"intent\":\"greet\"}\n",
    )
    .unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_sidedoor"))
        .args(["rank", examples.to_str().unwrap()])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();

    child.stdin.take().unwrap().write_all(b"{\"text\":\"my order?\"}\n{\"text\":\"\"}\n").unwrap();
    let output = child.wait_with_output().unwrap();

    let lines: Vec<Value> = out(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0], json!({"ready": true}));
    assert_eq!(lines[1]["intent"], "track");
    assert_eq!(lines.len(), 3);
    assert!(lines[2]["accept"].is_boolean() && lines[2]["confidence"].is_number());
}

// The server works on while the commands are waited for.
#[tokio::test(flavor = "multi_thread")]
async fn leads_are_exported_and_a_backup_brings_them_back() {
    let server = TestServer::start().await;
    let mut visitor = server.visitor().await;
    visitor.says("I'm Ana, =ana@acme.example, about $5k").await;
    visitor.says("it's ana@acme.example, I want a person").await;
    let folder = initialised();
    let shop = folder.path().join("shop");
    let config = std::fs::read_to_string(shop.join("sidedoor.toml")).unwrap();
    let on = |url: &str| config.replace("sqlite://data/sidedoor.db", url);
    std::fs::write(shop.join("sidedoor.toml"), on(&server.database_url())).unwrap();

    let csv = sidedoor(&shop, &["leads", "export"]);
    let json = sidedoor(&shop, &["leads", "export", "--format", "json", "--since", "2020-01-01"]);
    let backup = sidedoor(&shop, &["backup", "copy.backup"]);
    server.stop().await;
    std::fs::write(shop.join("sidedoor.toml"), on("sqlite://again/sidedoor.db")).unwrap();
    let restore = sidedoor(&shop, &["restore", "copy.backup"]);
    let restored = sidedoor(&shop, &["leads", "export"]);

    assert!(out(&csv).starts_with("\u{feff}id,site,created_at,"), "{}{}", out(&csv), err(&csv));
    assert!(out(&csv).contains(",ana@acme.example,"), "{}", out(&csv));
    let leads: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(leads[0]["email"], "ana@acme.example");
    assert!(backup.status.success() && restore.status.success(), "{}{}", err(&backup), err(&restore));
    assert_eq!(out(&restored), out(&csv));
}

#[test]
fn doctor_tries_everything_and_fails_where_something_is_wrong() {
    let folder = initialised();
    let shop = folder.path().join("shop");
    let config = std::fs::read_to_string(shop.join("sidedoor.toml")).unwrap();
    let config = config.replace("127.0.0.1:8080\"  ", "127.0.0.1:0\"  ");
    std::fs::write(shop.join("sidedoor.toml"), &config).unwrap();

    let sound = sidedoor(&shop, &["doctor"]);
    std::fs::write(shop.join("sidedoor.toml"), config.replace("file://data/mail", "smtp://127.0.0.1:1")).unwrap();
    let no_mail = sidedoor(&shop, &["doctor"]);

    assert!(sound.status.success(), "{}{}", out(&sound), err(&sound));
    for key in ["smtp.from", "name", "origins", "staff", "channel"] {
        let left = out(&sound)
            .lines()
            .filter(|line| line.starts_with("warning "))
            .any(|line| line.contains(&format!("\"{key}\" still says")));
        assert!(left, "{key}: {}", out(&sound));
    }
    for part in ["database", "mail", "encoder", "site shop", "listen"] {
        assert!(out(&sound).contains(&format!("ok       {part}")), "{part}: {}", out(&sound));
    }
    assert_eq!(no_mail.status.code(), Some(1));
    assert!(out(&no_mail).contains("FAILED   mail"), "{}", out(&no_mail));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_report_begins_with_what_visitors_asked_and_the_bot_missed() {
    use sidedoor::model::{Author, Body, ChoiceOption, Event, Phase};
    let folder = initialised();
    let shop = folder.path().join("shop");
    let url = format!("sqlite://{}/data/sidedoor.db", shop.display());
    let clock = sidedoor::clock::Clock::system();
    let store = sidedoor::store::Store::open(&url, clock.clone()).await.unwrap();
    let guess = || Body::Choices {
        text: "Sorry?".to_owned(),
        options: vec![ChoiceOption { label: "Prices".to_owned(), value: "product.price".to_owned() }],
    };
    let passed_on = || Body::State { state: Phase::Waiting, text: "Passed on.".to_owned() };
    for (asked, answer) in [
        ("is the quarry water radioactive", guess()),
        ("is the quarry water radioactive ana@acme.example", guess()),
        ("who won the cricket world cup in 1999", passed_on()),
        // Understood: its buttons are no guess.
        ("do you have gift cards", guess()),
        // In their own words for a person, and a form's answer: nothing was missed.
        ("i need to speak to a human being now", passed_on()),
        ("qwertz asdf", Body::text("Thank you.")),
    ] {
        let mut conversation = sample::conversation();
        (conversation.site, conversation.locale) = ("shop".to_owned(), "en".to_owned());
        let mut turn = sample::said(&mut conversation, sidedoor::id::ClientId::new(), asked);
        turn.conversation.updated_at = clock.now();
        turn.events = turn.events.into_iter().map(|event| Event { at: clock.now(), ..event }).collect();
        turn.events[1] = Event { from: Author::Bot, body: answer, ..turn.events[1].clone() };
        store.commit(turn).await.unwrap();
    }

    let report = sidedoor(&shop, &["intents", "report", "--days", "7"]);
    let page = std::fs::read_to_string(shop.join("intents-report.html")).unwrap();

    let said = out(&report);
    assert!(report.status.success(), "{said}{}", err(&report));
    let first = said.find("2x  is the quarry water radioactive").unwrap_or_else(|| panic!("{said}"));
    let second = said.find("1x  who won the cricket world cup").unwrap_or_else(|| panic!("{said}"));
    assert!(first < second, "{said}");
    assert!(said.contains("\"is the quarry water radioactive\",\n"), "{said}");
    for understood in ["gift cards", "human being", "qwertz", "ana@acme.example"] {
        assert!(!said.contains(understood), "{understood}: {said}");
    }
    let todo = page.find("What to do first").unwrap();
    assert!(page[todo..].contains("is the quarry water radioactive") && todo < page.find("Confusion").unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_given_up_is_listed_and_tried_again() {
    let folder = initialised();
    let shop = folder.path().join("shop");
    let url = format!("sqlite://{}/data/sidedoor.db", shop.display());
    let clock = sidedoor::clock::Clock::system();
    let store = sidedoor::store::Store::open(&url, clock.clone()).await.unwrap();
    let tasks = [sample::task(None, None, "a"), sample::task(None, None, "b")];
    sidedoor::store::leads::save(&store, &sample::form(&sample::lead(None, "ana@acme.example")), &tasks).await.unwrap();
    let claimed = sample::claim(&store, 1, 60_000).await;
    sidedoor::store::outbox::reject(&store, &claimed, "550 5.1.1 no such user").await.unwrap();
    let (given_up, waiting) = (claimed[0].id.to_string(), tasks[1].id.to_string());

    let all = sidedoor(&shop, &["outbox"]);
    let failed = sidedoor(&shop, &["outbox", "--failed", "--json"]);
    let retried = sidedoor(&shop, &["outbox", "retry", &given_up]);
    let not_given_up = sidedoor(&shop, &["outbox", "retry", &waiting]);
    let no_id = sidedoor(&shop, &["outbox", "retry", "42"]);
    let nothing = sidedoor(&shop, &["outbox", "--failed"]);
    let wrong_use = sidedoor(&shop, &["outbox", "retry"]);
    let help = sidedoor(&shop, &["outbox", "retry", "--help"]);

    assert!(out(&all).starts_with("ID "), "{}{}", out(&all), err(&all));
    assert!(out(&all).contains(&waiting) && out(&all).contains("550 5.1.1 no such user"), "{}", out(&all));
    let failed: Value = serde_json::from_slice(&failed.stdout).unwrap();
    assert_eq!(failed.as_array().unwrap().len(), 1);
    assert_eq!((&failed[0]["id"], &failed[0]["to"]), (&json!(given_up), &json!("sales@acme.example")));
    assert!(retried.status.success(), "{}", err(&retried));
    assert_eq!(not_given_up.status.code(), Some(1));
    assert!(err(&not_given_up).contains("was not given up"), "{}", err(&not_given_up));
    assert!(err(&no_id).contains("outbox --failed"), "{}", err(&no_id));
    assert_eq!(out(&nothing), "nothing\n");
    assert_eq!(wrong_use.status.code(), Some(2));
    assert!(out(&help).contains("Example:"), "{}", out(&help));
    assert_eq!(sample::claim(&store, 9, 60_000).await.len(), 2);
    store.close().await;
}

#[test]
fn items_are_imported_refreshed_and_never_written_over_a_persons_words() {
    let folder = initialised();
    let shop = folder.path().join("shop");
    let export = |price: &str| {
        let text =
            format!("Handle,Title,Type,Variant Inventory Qty,Variant Price\nfig,Fig Leaf,Candle,3,{price}\n,Lost,,,\n");
        std::fs::write(shop.join("export.csv"), text).unwrap();
    };
    let import =
        |more: &[&str]| sidedoor(&shop, &[&["items", "import", "export.csv", "--currency", "EUR"], more].concat());
    let file = shop.join("intents/items.toml");
    std::fs::write(
        shop.join("intents/own.toml"),
        "[[item]]\nname = \"Fig Leaf\"\naliases = [\"fig\"]\nprice = \"€30 with gift wrap\"\n",
    )
    .unwrap();

    export("28.00");
    let dry = import(&["--dry-run"]);
    let written_dry = file.exists();
    let first = import(&[]);
    export("29.00");
    let second = import(&[]);
    let ask = sidedoor(&shop, &["ask", "how much is the fig leaf candle"]);
    let edited = std::fs::read_to_string(&file).unwrap().replace("€29", "€5");
    std::fs::write(&file, &edited).unwrap();
    let refused = import(&[]);
    let kept = std::fs::read_to_string(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    let no_currency = sidedoor(&shop, &["items", "import", "export.csv"]);
    let foreign = sidedoor(&shop, &["items", "import", "https://elsewhere.example/fig"]);

    assert!(dry.status.success() && out(&dry).contains("price = \"€28\"") && !written_dry, "{}", err(&dry));
    assert!(out(&first).contains("1 items: 1 new, 0 changed, 0 gone"), "{}{}", out(&first), err(&first));
    assert!(err(&first).contains("export.csv: line 3: has no handle"), "{}", err(&first));
    assert!(out(&second).contains("0 new, 1 changed, 0 gone"), "{}{}", out(&second), err(&second));
    assert!(out(&ask).contains("€30 with gift wrap"), "{}{}", out(&ask), err(&ask));
    assert!(err(&refused).contains("was changed by hand"), "{}", err(&refused));
    assert_eq!(kept, edited);
    assert!(err(&no_currency).contains("--currency EUR"), "{}", err(&no_currency));
    assert!(err(&foreign).contains("none of the site's pages"), "{}", err(&foreign));
}
