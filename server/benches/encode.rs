//! What the transformer costs, one message after another and with 32 visitors at once: `cargo bench --features bert --bench encode`.

use std::path::Path;
use std::time::{Duration, Instant};

use sidedoor::encode::{EncoderThread, Limits};

const MESSAGES: usize = 960;
const VISITORS: usize = 32;
const QUESTIONS: [&str; 12] = [
    "where is my order",
    "do you ship to the Netherlands and how long does it take",
    "i need 300 mugs with our logo, what would that cost",
    "hi",
    "can i send it back if it does not fit",
    "are you open on sunday",
    "the second parcel has not come although tracking says it was delivered on tuesday",
    "do you have vegan options",
    "i want to talk to a person",
    "what is the price of the large one in blue",
    "is there a discount for schools",
    "thanks, that is all",
];

#[tokio::main]
async fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/all-MiniLM-L6-v2");
    // Nobody is shed: the time of all is what is measured.
    let limits = Limits { deadline: Duration::from_secs(60), ..Limits::default() };
    let began = Instant::now();
    let loaded = tokio::task::spawn_blocking(move || sidedoor::bert::start(&folder, limits)).await.expect("no panic");
    let front = match loaded {
        Ok(front) => front,
        Err(error) => return eprintln!("{error}"),
    };
    println!("loaded and checked in {} ms", began.elapsed().as_millis());

    visit(&front, 1, QUESTIONS.len()).await; // warm
    let alone = visit(&front, 1, MESSAGES / 4).await;
    let together = visit(&front, VISITORS, MESSAGES).await;
    println!("{:.1} times the throughput with {VISITORS} visitors at once", together / alone);
}

/// Messages a second when so many visitors each wait for their answer before they write again.
async fn visit(front: &EncoderThread, visitors: usize, messages: usize) -> f64 {
    let before = front.counters();
    let began = Instant::now();
    let tasks: Vec<_> = (0..visitors)
        .map(|visitor| {
            let front = front.clone();
            tokio::spawn(async move {
                let mut waits = Vec::new();
                for message in 0..messages / visitors {
                    let asked = Instant::now();
                    let text = QUESTIONS[(visitor + message) % QUESTIONS.len()];
                    front.embed(text).await.expect("the deadline is a minute");
                    waits.push(asked.elapsed());
                }
                waits
            })
        })
        .collect();
    let mut waits = Vec::new();
    for task in tasks {
        waits.extend(task.await.expect("no panic"));
    }
    let rate = waits.len() as f64 / began.elapsed().as_secs_f64();
    let batches = front.counters().batches - before.batches;
    waits.sort();
    println!(
        "{visitors:>2} at once: {rate:>6.1} messages/s, {:.1} a batch; wait p50 {:.1} ms, p99 {:.1} ms",
        waits.len() as f64 / batches as f64,
        waits[waits.len() / 2].as_secs_f64() * 1e3,
        waits[waits.len() * 99 / 100].as_secs_f64() * 1e3,
    );
    rate
}
