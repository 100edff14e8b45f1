//! How many turns a second the writer commits, with `fsync`, from 200 submitters at once: the store's share of a turn.
//!
//! `cargo bench --bench store -- [DATABASE_URL] [SECONDS]`; by default SQLite in a temporary folder, 5 seconds.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use sidedoor::clock::Clock;
use sidedoor::id::{ClientId, ConversationId};
use sidedoor::model::{Author, Body, Conversation, Event, Page, Phase};
use sidedoor::store::{Store, Turn};

const SUBMITTERS: usize = 200;

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = match arguments.first() {
        Some(url) => url.clone(),
        None => format!("sqlite://{}", folder.path().join("bench.db").display()),
    };
    let seconds = arguments.get(1).map_or(5, |text| text.parse().expect("SECONDS is a number"));
    let store = Store::open(&url, Clock::system()).await.expect("the database opens");

    let deadline = Instant::now() + Duration::from_secs(seconds);
    let turns = Arc::new(AtomicU64::new(0));
    let begun = Instant::now();
    let submitters: Vec<_> =
        (0..SUBMITTERS).map(|_| tokio::spawn(submit(store.clone(), deadline, Arc::clone(&turns)))).collect();
    let mut waits = Vec::new();
    for submitter in submitters {
        waits.extend(submitter.await.expect("a submitter ends well"));
    }
    let elapsed = begun.elapsed().as_secs_f64();

    waits.sort();
    let at = |share: f64| waits[((waits.len() - 1) as f64 * share) as usize].as_secs_f64() * 1_000.0;
    let turns = turns.load(Ordering::Relaxed);
    println!("{:.0} turns/s ({turns} turns in {elapsed:.1} s, {SUBMITTERS} submitters)", turns as f64 / elapsed);
    println!("wait for the commit: p50 {:.1} ms, p99 {:.1} ms, longest {:.1} ms", at(0.5), at(0.99), at(1.0));
    store.close().await;
}

/// One visitor after another, each with ten turns of a question and an answer.
async fn submit(store: Store, deadline: Instant, turns: Arc<AtomicU64>) -> Vec<Duration> {
    let mut waits = Vec::new();
    while Instant::now() < deadline {
        let mut conversation = Conversation {
            id: ConversationId::new(),
            site: "demo".to_owned(),
            locale: "en".to_owned(),
            phase: Phase::Bot,
            version: 0,
            last_seq: 0,
            dialogue: r#"{"unsure":0,"form":null,"slots":{}}"#.to_owned(),
            first_page: Page { url: "https://shop.example/".to_owned(), ..Page::default() },
            page: Page { url: "https://shop.example/pricing".to_owned(), ..Page::default() },
            created_at: 1_795_425_000_000,
            updated_at: 1_795_425_000_000,
        };
        for _ in 0..10 {
            let event = |seq, from, client_id, text: &str| Event {
                seq,
                at: 1_795_425_000_000,
                from,
                name: None,
                client_id,
                locale: None,
                body: Body::text(text),
            };
            let seq = conversation.last_seq;
            let events = vec![
                event(seq + 1, Author::Visitor, Some(ClientId::new()), "how long does shipping to Peru take"),
                event(seq + 2, Author::Bot, None, "Orders ship within two days and arrive within a week."),
            ];
            conversation.last_seq += 2;
            let turn = Turn {
                conversation: conversation.clone(),
                events,
                lead: None,
                tasks: Vec::new(),
                tally: Default::default(),
            };
            let asked = Instant::now();
            conversation.version = store.commit(turn).await.expect("the turn is stored").version;
            waits.push(asked.elapsed());
            turns.fetch_add(1, Ordering::Relaxed);
            if Instant::now() >= deadline {
                break;
            }
        }
    }
    waits
}
