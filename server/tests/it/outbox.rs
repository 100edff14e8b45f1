//! The outbox's worker against real mail servers: what is sent, tried again and given up, and that nothing holds up the rest.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::json;
use sidedoor::channel::Channels;
use sidedoor::channel::email::{Email, Patience};
use sidedoor::clock::Clock;
use sidedoor::config::{Config, Smtp};
use sidedoor::id::{ConversationId, LeadId, TaskId};
use sidedoor::model::{Conversation, Lane, Lead, NewTask, Payload, Reason, Terms};
use sidedoor::outbox::{GIVE_UP_MS, Worker};
use sidedoor::staff::Staff;
use sidedoor::store::{self, Store, Turn};
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::mail;
use crate::smtp::{MailServer, impatient, smtp};
use crate::store_sample as sample;

const NOW: i64 = 1_795_425_000_123;
const HOUR_MS: i64 = 60 * 60 * 1000;

/// A database, a worker, and how its tries end.
struct Office {
    folder: tempfile::TempDir,
    store: Store,
    clock: Clock,
    wake: Arc<Notify>,
    stop: CancellationToken,
    ended: mpsc::UnboundedReceiver<&'static str>,
    worker: JoinHandle<()>,
}

impl Office {
    async fn open(smtp: &Smtp, patience: Patience) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::manual(NOW);
        let store =
            Store::open(&format!("sqlite://{}/sidedoor.db", folder.path().display()), clock.clone()).await.unwrap();
        let (sender, ended) = mpsc::unbounded_channel();
        let (wake, stop) = (Arc::new(Notify::new()), CancellationToken::new());
        let email = Email::with_patience(smtp, "https://chat.acme.example", patience).unwrap();
        let config = Arc::new(Config { sites: vec![mail::site()], ..Config::default() });
        let staff = Staff::open(store.clone(), Arc::clone(&config), clock.clone()).await.unwrap();
        let worker = Worker {
            store: store.clone(),
            channels: Channels { email },
            labels: Box::new(|_, intent| (intent == "wholesale.quote").then(|| "Wholesale".to_owned())),
            config,
            staff: Arc::new(staff),
            clock: clock.clone(),
            wake: Arc::clone(&wake),
            tally: Box::new(move |how| {
                let _ = sender.send(how);
            }),
            random: Mutex::new(StdRng::seed_from_u64(1)),
        };
        let worker = tokio::spawn(worker.run(stop.clone()));
        Self { folder, store, clock, wake, stop, ended, worker }
    }

    /// A conversation of its own whose lead is mailed to `recipient`.
    async fn queue(&self, recipient: &str) -> NewTask {
        self.queue_on(recipient, Terms::default()).await
    }

    async fn queue_on(&self, recipient: &str, terms: Terms) -> NewTask {
        let conversation = Conversation { id: ConversationId::new(), version: 0, ..mail::conversation() };
        let intents = vec!["wholesale.quote".to_owned()];
        let lead = Lead { id: LeadId::new(), conversation: Some(conversation.id), intents, ..mail::lead() };
        let id = TaskId::new();
        let task = NewTask {
            id,
            dedup_key: format!("{}:{recipient}:high_value", conversation.id),
            payload: Payload::Escalation {
                site: "acme".to_owned(),
                conversation: Some(conversation.id),
                lead: Some(lead.id),
                recipient: recipient.to_owned(),
                reason: Reason::HighValue,
                seq: 4,
            },
            message_id: format!("<c.{}.4.{}@acme.example>", conversation.id.uuid().simple(), id.uuid().simple()),
            not_before: NOW,
            terms,
        };
        let turn = Turn {
            conversation,
            events: mail::events(),
            lead: Some(lead),
            tasks: vec![task.clone()],
            tally: Default::default(),
        };
        self.store.commit(turn).await.unwrap();
        self.wake.notify_one();
        task
    }

    /// The lead of a plain form, mailed to `sales@acme.example` together with the others.
    async fn queue_form(&self, message: &str, not_before: i64) {
        let lead = Lead { id: LeadId::new(), conversation: None, message: Some(message.to_owned()), ..mail::lead() };
        let id = TaskId::new();
        let task = NewTask {
            id,
            dedup_key: format!("{}:form", lead.id),
            payload: Payload::Escalation {
                site: "acme".to_owned(),
                conversation: None,
                lead: Some(lead.id),
                recipient: "sales@acme.example".to_owned(),
                reason: Reason::Form,
                seq: 0,
            },
            message_id: format!("<c.{}.0@acme.example>", id.uuid().simple()),
            not_before,
            terms: Terms { batch_key: Some("forms:acme:sales".to_owned()), ..Terms::default() },
        };
        store::leads::save(&self.store, &sample::form(&lead), &[task]).await.unwrap();
        self.wake.notify_one();
    }

    /// How the next try that ends ended.
    async fn next(&mut self) -> &'static str {
        let ended = tokio::time::timeout(Duration::from_secs(60), self.ended.recv()).await;
        ended.expect("a try ends").expect("the worker runs")
    }

    /// Lets so much time pass that whatever waits is due.
    fn later(&self, ms: i64) {
        self.clock.advance(ms);
        self.wake.notify_one();
    }

    async fn pending(&self) -> i64 {
        store::outbox::pending_count(&self.store).await.unwrap()
    }

    async fn close(self) {
        self.stop.cancel();
        tokio::time::timeout(Duration::from_secs(60), self.worker).await.expect("the worker stops").unwrap();
        self.store.close().await;
        drop(self.folder);
    }
}

fn id_of(mail: &serde_json::Value) -> &str {
    let headers = mail["headers"].as_array().unwrap();
    headers.iter().find(|header| header[0] == "Message-ID").unwrap()[1].as_str().unwrap()
}

#[tokio::test]
async fn a_queued_mail_is_sent_once_with_the_transcript_and_the_lead() {
    let mut server = MailServer::start(json!({})).await;
    let mut office = Office::open(&server.smtp(), Patience::default()).await;

    let task = office.queue("sales@acme.example").await;

    assert_eq!(office.next().await, "sent");
    let mail = server.mail().await;
    assert_eq!(id_of(&mail), task.message_id);
    let text = mail["text"].as_str().unwrap();
    assert!(
        text.contains("About 500 units for Peru") && text.contains("Tienda Andina") && text.contains("10:09"),
        "{text}"
    );
    assert!(text.contains("About: Wholesale") && !text.contains("wholesale.quote"), "{text}");
    assert_eq!(office.pending().await, 0);
    office.close().await;
    assert!(
        !server.end().await.iter().skip_while(|event| **event != mail).skip(1).any(|event| event["event"] == "mail")
    );
}

#[tokio::test]
async fn the_same_address_in_another_conversation_is_pointed_out() {
    let mut server = MailServer::start(json!({})).await;
    let mut office = Office::open(&server.smtp(), Patience::default()).await;
    office.queue("sales@acme.example").await;
    office.next().await;
    assert!(!server.mail().await["text"].as_str().unwrap().contains("The same address also wrote"));

    office.queue("sales@acme.example").await;

    office.next().await;
    assert!(server.mail().await["text"].as_str().unwrap().contains("The same address also wrote"));
    office.close().await;
}

#[tokio::test]
async fn a_mail_that_was_not_taken_is_sent_later_under_the_same_message_id() {
    let script = json!([
        {"at": "banner", "reply": "421 4.3.2 too busy", "times": 1},
        {"at": "rcpt", "reply": "451 4.7.1 greylisted", "times": 1},
        {"at": "dot", "stall": true, "times": 1},
    ]);
    let mut server = MailServer::start(json!({"script": script})).await;
    let mut office = Office::open(&server.smtp(), impatient()).await;

    let task = office.queue("sales@acme.example").await;

    for expected in ["retry", "retry", "retry", "sent"] {
        assert_eq!(office.next().await, expected);
        office.later(HOUR_MS);
    }
    let (uncertain, taken) = (server.mail().await, server.mail().await);
    assert_eq!((&uncertain["taken"], &taken["taken"]), (&json!(false), &json!(true)));
    assert_eq!((id_of(&uncertain), id_of(&taken)), (task.message_id.as_str(), task.message_id.as_str()));
    assert_eq!(uncertain["text"], taken["text"]);
    office.close().await;
}

#[tokio::test]
async fn a_try_waits_for_its_time() {
    let server =
        MailServer::start(json!({"script": [{"at": "banner", "reply": "421 4.3.2 too busy", "times": 1}]})).await;
    let mut office = Office::open(&server.smtp(), Patience::default()).await;
    office.queue("sales@acme.example").await;
    assert_eq!(office.next().await, "retry");

    let look = store::outbox::claim(&office.store, &[(Lane::Urgent, 1)], 60_000).await.unwrap();

    assert_eq!(look.batches.len(), 0);
    assert!(look.next_in.is_some_and(|wait| (1_000..=10_000).contains(&wait)), "{:?}", look.next_in);
    office.close().await;
}

#[tokio::test]
async fn a_refused_recipient_is_given_up_visibly_and_the_others_are_served() {
    let script = json!([{"at": "rcpt", "for": "gone@", "reply": "550 5.1.1 <gone@acme.example>: no such user"}]);
    let mut server = MailServer::start(json!({"script": script})).await;
    let mut office = Office::open(&server.smtp(), Patience::default()).await;

    office.queue("gone@acme.example").await;
    assert_eq!(office.next().await, "failed");
    office.queue("sales@acme.example").await;
    assert_eq!(office.next().await, "sent");

    assert_eq!(server.mail().await["to"], json!(["sales@acme.example"]));
    let failed = store::outbox::failed(&office.store, 10).await.unwrap();
    assert_eq!(failed.len(), 1);
    assert!(failed[0].error.contains("550") && !failed[0].error.contains("gone@"), "{}", failed[0].error);
    assert_eq!(office.pending().await, 0);
    office.close().await;
}

#[tokio::test]
async fn a_stalled_mail_frees_its_slot_and_holds_up_nobody() {
    let script = json!([{"at": "rcpt", "for": "slow@", "stall": true, "times": 1}]);
    let mut server = MailServer::start(json!({"script": script})).await;
    let patience = Patience { command: Duration::from_secs(20), ..Patience::default() };
    let mut office = Office::open(&server.smtp(), patience).await;
    office.queue("slow@acme.example").await;
    server.until("stalled").await;

    office.queue("sales@acme.example").await;

    assert_eq!(office.next().await, "sent");
    assert_eq!(server.mail().await["to"], json!(["sales@acme.example"]));
    assert_eq!(office.pending().await, 1);
    office.close().await;
}

#[tokio::test]
async fn a_mail_is_given_up_after_five_days() {
    let port = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let mut office = Office::open(&smtp(&format!("smtp://127.0.0.1:{port}")), Patience::default()).await;
    office.queue("sales@acme.example").await;
    assert_eq!(office.next().await, "retry");

    office.later(GIVE_UP_MS);

    assert_eq!(office.next().await, "failed");
    let failed = store::outbox::failed(&office.store, 10).await.unwrap();
    assert!(failed[0].error.starts_with("given up after 5 days"), "{}", failed[0].error);
    office.close().await;
}

#[tokio::test]
async fn poison_ends_as_failed_and_the_others_pass() {
    let mut server = MailServer::start(json!({})).await;
    let mut office = Office::open(&server.smtp(), Patience::default()).await;

    // An address that no mail can be made for.
    office.queue("\"<img src=x>\"@localhost").await;
    assert_eq!(office.next().await, "failed");
    office.queue("sales@acme.example").await;

    assert_eq!(office.next().await, "sent");
    assert_eq!(server.mail().await["to"], json!(["sales@acme.example"]));
    assert_eq!(store::outbox::failed(&office.store, 10).await.unwrap().len(), 1);
    office.close().await;
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_given_up_alone() {
    let mut server = MailServer::start(json!({})).await;
    let mut office = Office::open(&server.smtp(), Patience::default()).await;
    let broken = office.queue("sales@acme.example").await;
    assert_eq!(office.next().await, "sent");
    server.mail().await;
    let url = format!("sqlite://{}/sidedoor.db", office.folder.path().display());
    let pool = sqlx::SqlitePool::connect(&url).await.unwrap();
    sqlx::query("update outbox set payload = '{', status = 'pending', due_at = 0 where id = $1")
        .bind(broken.id.to_string())
        .execute(&pool)
        .await
        .unwrap();

    office.queue("orders@acme.example").await;

    assert_eq!(office.next().await, "sent");
    assert_eq!(server.mail().await["to"], json!(["orders@acme.example"]));
    let status: String = sqlx::query_scalar("select status from outbox where id = $1")
        .bind(broken.id.to_string())
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(status, "failed");
    pool.close().await;
    office.close().await;
}

#[tokio::test]
async fn stopping_hands_back_what_is_not_delivered_in_time() {
    let mut server = MailServer::start(json!({"script": [{"at": "data", "stall": true}]})).await;
    let office = Office::open(&server.smtp(), Patience::default()).await;
    office.queue("sales@acme.example").await;
    server.until("stalled").await;

    office.stop.cancel();
    let Office { worker, store, folder, .. } = office;
    tokio::time::timeout(Duration::from_secs(30), worker).await.expect("the worker stops").unwrap();

    // Not held by a lease any more: another worker could take it at once.
    assert_eq!(sample::claim(&store, 1, 60_000).await.len(), 1);
    store.close().await;
    drop(folder);
}

#[tokio::test]
async fn a_claim_can_be_renewed_until_somebody_else_has_it() {
    let office = Office::open(&smtp("file://unused"), Patience::default()).await;
    office.stop.cancel();
    let Office { worker, store, clock, .. } = &office;
    while !worker.is_finished() {
        tokio::task::yield_now().await;
    }
    office.queue("sales@acme.example").await;
    let mine = sample::claim(store, 1, 1_000).await;

    clock.advance(900);
    assert!(store::outbox::renew(store, &mine, 1_000).await.unwrap());
    clock.advance(900);
    assert_eq!(sample::claim(store, 1, 1_000).await, []);
    clock.advance(200);
    let theirs = sample::claim(store, 1, 1_000).await;

    assert_eq!(theirs.len(), 1);
    assert!(!store::outbox::renew(store, &mine, 1_000).await.unwrap());
    assert!(store::outbox::renew(store, &theirs, 1_000).await.unwrap());
    office.close().await;
}

#[tokio::test]
async fn a_clock_that_is_set_back_does_not_stall_a_retry() {
    let script = json!([{"at": "banner", "reply": "421 4.3.2 too busy", "times": 1}]);
    let mut server = MailServer::start(json!({"script": script})).await;
    let mut office = Office::open(&server.smtp(), Patience::default()).await;
    office.queue("sales@acme.example").await;
    assert_eq!(office.next().await, "retry");

    office.later(-HOUR_MS);

    assert_eq!(office.next().await, "sent");
    server.mail().await;
    office.close().await;
}

#[tokio::test]
async fn mail_that_was_given_up_is_sent_when_it_is_released_and_has_five_days_again() {
    let script = json!([{"at": "banner", "reply": "421 4.3.2 too busy", "times": 3}]);
    let mut server = MailServer::start(json!({"script": script})).await;
    let mut office = Office::open(&server.smtp(), Patience::default()).await;
    let task = office.queue("sales@acme.example").await;
    assert_eq!(office.next().await, "retry");
    office.later(GIVE_UP_MS);
    assert_eq!(office.next().await, "failed");

    assert!(store::outbox::release(&office.store, task.id).await.unwrap());
    office.later(0);

    assert_eq!(office.next().await, "retry");
    office.later(HOUR_MS);
    assert_eq!(office.next().await, "sent");
    assert_eq!(id_of(&server.mail().await), task.message_id);
    office.close().await;
}

#[tokio::test]
async fn what_expired_is_given_up_and_not_sent() {
    let mut server = MailServer::start(json!({})).await;
    let mut office = Office::open(&server.smtp(), Patience::default()).await;
    let terms = Terms { expires_at: Some(NOW), ..Terms::default() };

    office.queue_on("late@acme.example", terms).await;
    assert_eq!(office.next().await, "failed");
    office.queue("sales@acme.example").await;

    assert_eq!(office.next().await, "sent");
    assert_eq!(server.mail().await["to"], json!(["sales@acme.example"]));
    let failed = store::outbox::failed(&office.store, 10).await.unwrap();
    assert!(failed[0].error.contains("expired"), "{}", failed[0].error);
    office.close().await;
}

#[tokio::test]
async fn forms_that_wait_for_the_same_person_come_in_one_mail() {
    let mut server = MailServer::start(json!({})).await;
    let mut office = Office::open(&server.smtp(), Patience::default()).await;
    for number in 0..40 {
        office.queue_form(&format!("<b>form number {number}</b>"), NOW + 600_000).await;
    }

    office.later(600_000);

    assert_eq!(office.next().await, "sent");
    let mail = server.mail().await;
    let (text, html) = (mail["text"].as_str().unwrap(), mail["html"].as_str().unwrap());
    assert!(text.starts_with("40 MESSAGES FROM YOUR FORMS"), "{text}");
    assert_eq!(text.matches("form number").count(), 30, "{text}");
    assert!(text.contains("And 10 more") && !html.contains("<b>"), "{text}");
    assert_eq!(office.pending().await, 0);
    office.close().await;
}

#[tokio::test]
async fn a_form_of_high_value_takes_those_along_that_wait() {
    let mut server = MailServer::start(json!({})).await;
    let mut office = Office::open(&server.smtp(), Patience::default()).await;
    office.queue_form("no hurry", NOW + 600_000).await;

    office.queue_form("500 units for Peru", NOW).await;

    assert_eq!(office.next().await, "sent");
    let text = server.mail().await["text"].as_str().unwrap().to_owned();
    assert!(text.contains("no hurry") && text.contains("500 units for Peru"), "{text}");
    office.close().await;
}

#[tokio::test]
async fn a_flood_of_forms_is_no_flood_of_mail() {
    let mut server = MailServer::start(json!({})).await;
    let mut office = Office::open(&server.smtp(), Patience::default()).await;
    let mut ended = Vec::new();

    for number in 0..7 {
        office.queue_form(&format!("urgent {number}"), NOW).await;
        ended.push(office.next().await);
    }
    office.later(600_000);
    ended.push(office.next().await);

    assert_eq!(ended, ["sent", "sent", "sent", "sent", "sent", "postponed", "postponed", "sent"]);
    let mut last = server.mail().await;
    for _ in 0..5 {
        last = server.mail().await;
    }
    assert!(last["text"].as_str().unwrap().contains("urgent 5") && last["text"].as_str().unwrap().contains("urgent 6"));
    office.close().await;
}
