//! Times training and ranking on one core: `cargo run --release -p sidedoor-matcher --example speed [INTENTS] [EXAMPLES]`.
//!
//! The examples are drawn from the sentences that ship with the crate; a third of the messages asked is misspelt.

use std::sync::Arc;
use std::time::Instant;

use sidedoor_matcher::{Example, Options, StaticEncoder, train};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut numbers = std::env::args().skip(1).map(|argument| argument.parse::<usize>());
    let intents = numbers.next().transpose()?.unwrap_or(50);
    let per_intent = numbers.next().transpose()?.unwrap_or(15);
    let sentences: Vec<&str> = include_str!("../data/elsewhere.txt").lines().collect();
    let examples: Vec<Example> = (0..intents * per_intent)
        .map(|number| Example {
            text: format!("{} {}", sentences[number % sentences.len()], sentences[(number * 7 + 3) % sentences.len()]),
            intent: format!("intent.{}", number % intents),
        })
        .collect();

    let start = Instant::now();
    let encoder = Arc::new(StaticEncoder::built_in()?);
    println!("encoder ready in {:.1} ms", start.elapsed().as_secs_f64() * 1e3);
    let start = Instant::now();
    let matcher = train(&examples, Some(encoder), &Options::default(), &mut |_| ())?;
    println!("{intents} intents x {per_intent} examples trained in {:.1} ms", start.elapsed().as_secs_f64() * 1e3);

    let messages: Vec<String> = (0..3_000)
        .map(|number| {
            let mut message = sentences[number % sentences.len()].to_owned();
            if number % 3 == 0 {
                message.remove(message.len() / 2);
            }
            message
        })
        .collect();
    time("ranked", &messages, |message| {
        matcher.rank(message);
    });
    time("spelling corrected", &messages, |message| {
        matcher.corrected(message);
    });
    Ok(())
}

fn time(what: &str, messages: &[String], mut act: impl FnMut(&str)) {
    messages.iter().take(100).for_each(|message| act(message));
    let mut micros: Vec<f64> = messages
        .iter()
        .map(|message| {
            let start = Instant::now();
            act(message);
            start.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    micros.sort_by(f64::total_cmp);
    let at = |share: f64| micros[((micros.len() - 1) as f64 * share) as usize];
    println!("{what}: p50 {:.0} µs, p99 {:.0} µs a message", at(0.5), at(0.99));
}
