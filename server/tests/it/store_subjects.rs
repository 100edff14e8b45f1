//! What the law asks for: a person's data handed over, and erased without a trace.

use sidedoor::id::ClientId;
use sidedoor::model::{Author, Body, Event};
use sidedoor::store::{Store, conversations, leads, outbox, subjects};

use crate::database::TestDatabase;
use crate::store_sample as sample;

/// A word that stands nowhere else.
const MARKER: &str = "zqxmarker";

crate::on_both_databases!(
    everything_about_an_address_is_handed_over,
    an_erased_person_is_found_nowhere,
    others_are_left_alone,
    an_address_that_nobody_has_erases_nothing,
    among_very_many_of_one_mail_provider_only_the_person_is_found,
);

/// A chat, a form and mail of a person whose every word holds the marker.
async fn person(store: &Store) -> String {
    let email = format!("{MARKER}@acme.example");
    let mut conversation = sample::conversation();
    conversation.dialogue = format!(r#"{{"slots":{{"email":"{email}"}}}}"#);
    conversation.page = sample::page(&format!("https://shop.example/?from={MARKER}"));
    let mut lead = sample::lead(Some(conversation.id), &email.to_uppercase());
    lead.name = Some(format!("Ana {MARKER}"));
    for round in 0..20 {
        let text = format!("round {round}: I am {MARKER}, write to {email} ({})", MARKER.repeat(100));
        let mut turn = sample::said(&mut conversation, ClientId::new(), &text);
        turn.lead = Some(lead.clone());
        turn.tasks = vec![sample::task(Some(conversation.id), Some(lead.id), &format!("{MARKER}/{round}"))];
        conversation.version = store.commit(turn).await.unwrap().version;
    }
    let mut form = sample::lead(None, &email);
    form.message = Some(format!("{MARKER} again"));
    leads::save(store, &sample::form(&form), &[sample::task(None, Some(form.id), &format!("{MARKER}/form"))])
        .await
        .unwrap();
    email
}

async fn everything_about_an_address_is_handed_over(database: TestDatabase) {
    let store = database.open().await;
    sample::stored(&store, "somebody else").await;
    let email = person(&store).await;

    let told = subjects::export(&store, &format!(" {} ", email.to_uppercase())).await.unwrap();

    assert_eq!(told["email"], email);
    assert_eq!(told["conversations"].as_array().unwrap().len(), 1);
    assert_eq!(told["conversations"][0]["events"].as_array().unwrap().len(), 40);
    assert!(told["conversations"][0]["events"][0]["body"]["text"].as_str().unwrap().contains(MARKER));
    assert_eq!(told["leads"].as_array().unwrap().len(), 2);
    assert_eq!(told["leads"][0]["consent"]["wording"], "I agree to be contacted.");
    assert_eq!(told["mail"].as_array().unwrap().len(), 21);
    assert!(!told.to_string().contains("somebody else"));
}

async fn an_erased_person_is_found_nowhere(database: TestDatabase) {
    let store = database.open().await;
    // Neighbours on the same pages of the file.
    let mut neighbour = sample::stored(&store, "a neighbour").await;
    let email = person(&store).await;
    for _ in 0..10 {
        let turn = sample::said(&mut neighbour, ClientId::new(), "still a neighbour");
        neighbour.version = store.commit(turn).await.unwrap().version;
    }

    let erased = subjects::erase(&store, &email).await.unwrap();

    assert_eq!((erased.conversations, erased.leads), (1, 1));
    let told = subjects::export(&store, &email).await.unwrap();
    assert!(told["conversations"].as_array().unwrap().is_empty() && told["mail"].as_array().unwrap().is_empty());
    assert_eq!(outbox::pending_count(&store).await.unwrap(), 0);
    assert_eq!(conversations::events_after(&store, neighbour.id, 0, 99).await.unwrap().0.len(), 22);
    if database.is_sqlite() {
        for entry in std::fs::read_dir(database.folder.path()).unwrap() {
            let path = entry.unwrap().path();
            let bytes = std::fs::read(&path).unwrap();
            let text = String::from_utf8_lossy(&bytes).to_lowercase();
            assert!(!text.contains(MARKER), "{} still has it", path.display());
        }
    } else {
        let pool = sqlx::PgPool::connect(&database.url).await.unwrap();
        for table in ["conversations", "events", "leads", "outbox", "settings"] {
            let sql = format!("select count(*) from {table} as row where lower(row::text) like '%{MARKER}%'");
            let found: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(&pool).await.unwrap();
            assert_eq!(found, 0, "{table}");
        }
    }
}

async fn others_are_left_alone(database: TestDatabase) {
    let store = database.open().await;
    person(&store).await;
    let mut alike = sample::conversation();
    let mut turn = sample::said(&mut alike, ClientId::new(), &format!("I'm jo{MARKER}@acme.example"));
    turn.lead = Some(sample::lead(Some(alike.id), &format!("jo{MARKER}@acme.example")));
    let kept = turn.events.clone();
    store.commit(turn).await.unwrap();
    let mut colleague = sample::conversation();
    let text = format!("\"ask {MARKER}@ACME.example, or\n{MARKER}@acme.example.\"");
    let mut turn = sample::said(&mut colleague, ClientId::new(), &text);
    turn.events.push(Event { body: Body::text("Thanks!"), ..sample::event(3, Author::Bot, "") });
    turn.conversation.last_seq = 3;
    turn.lead = Some(sample::lead(Some(colleague.id), "bea@acme.example"));
    store.commit(turn).await.unwrap();

    let erased = subjects::erase(&store, &format!("{MARKER}@acme.example")).await.unwrap();

    assert_eq!(erased.mentions, 1);
    assert_eq!(conversations::events_after(&store, alike.id, 0, 9).await.unwrap().0, kept);
    assert!(leads::of_conversation(&store, alike.id).await.unwrap().is_some());
    let (events, _) = conversations::events_after(&store, colleague.id, 0, 9).await.unwrap();
    assert_eq!(events.len(), 3);
    assert_eq!(events[0].body, Body::text("\"ask [erased], or\n[erased].\""));
    assert!(leads::of_conversation(&store, colleague.id).await.unwrap().is_some());
}

async fn an_address_that_nobody_has_erases_nothing(database: TestDatabase) {
    let store = database.open().await;
    let conversation = sample::stored(&store, "100% of a_b@c.example\\").await;

    let erased = ["", "%", "_", "@", "a%b@c.example", "nobody@c.example", "c.example"];

    for email in erased {
        assert_eq!(subjects::erase(&store, email).await.unwrap(), subjects::Erased::default(), "{email:?}");
    }
    assert_eq!(conversations::events_after(&store, conversation.id, 0, 9).await.unwrap().0.len(), 2);
}

async fn among_very_many_of_one_mail_provider_only_the_person_is_found(database: TestDatabase) {
    const MANY: usize = 20_000;
    let store = database.open().await;
    let mut neighbour = sample::stored(&store, "a neighbour").await;
    let turn = sample::said(&mut neighbour, ClientId::new(), &format!("ask {MARKER}@gmail.com"));
    store.commit(turn).await.unwrap();
    let mut person = sample::conversation();
    let mut turn = sample::said(&mut person, ClientId::new(), "hi");
    turn.lead = Some(sample::lead(Some(person.id), &format!("{MARKER}@gmail.com")));
    store.commit(turn).await.unwrap();
    let others = format!(
        "insert into events (conversation_id, seq, at, author, body)
         with recursive n (i) as (select 1 union all select i + 1 from n where i < {MANY})
         select '{}', 1000 + i, 0, 'visitor', '{{\"kind\":\"text\",\"text\":\"write to u' || i || '@gmail.com\"}}' from n",
        neighbour.id
    );
    database.execute(&others).await;

    let told = subjects::export(&store, &format!("{MARKER}@gmail.com")).await.unwrap();
    let erased = subjects::erase(&store, &format!("{MARKER}@gmail.com")).await.unwrap();

    assert_eq!(told["mentions"].as_array().unwrap().len(), 1, "{}", told["mentions"]);
    assert!(!told.to_string().contains("u1@gmail.com"));
    assert_eq!((erased.conversations, erased.mentions), (1, 1));
    assert!(leads::of_conversation(&store, person.id).await.unwrap().is_none());
    let (events, more) = conversations::events_after(&store, neighbour.id, 0, 2 * MANY).await.unwrap();
    assert!(!more && events.len() == MANY + 4, "{} are left", events.len());
}
