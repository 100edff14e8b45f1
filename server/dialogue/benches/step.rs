//! What one turn of the dialogue costs: `cargo bench -p sidedoor-dialogue`.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::Instant;

use sidedoor_dialogue::{Candidate, Context, Hours, Input, Page, Profile, Ranking, SourceFile, State, parse, step};

const ROUNDS: u32 = 20_000;
/// Of the long texts, which take milliseconds.
const LONG_ROUNDS: u32 = 200;

fn main() {
    let start = Instant::now();
    sidedoor_dialogue::prepare();
    println!("{:>8.1} ms  prepare", start.elapsed().as_secs_f64() * 1e3);
    let text = include_str!("../tests/transcripts/shop.toml").to_owned();
    let intents = parse(&[SourceFile { path: "shop.toml".into(), text }]).expect("the transcripts' intents are valid");
    let mut profile = Profile::new("Acme", "en");
    let hours =
        [("tz", "Europe/Madrid"), ("mon-fri", "09:00-18:00")].map(|(key, value)| (key.to_string(), value.to_string()));
    profile.hours = Hours::parse(&BTreeMap::from(hours)).ok();
    profile.region = Some("ES".into());
    let page = Page { url: "https://shop.example/wholesale?utm_source=x".into(), ..Page::default() };
    let context = Context { profile: &profile, now_ms: 1_795_000_000_000, page: &page, locale: "en-GB", seed: 3 };
    let ranking = |scores: &[(&str, f32)]| Ranking {
        candidates: scores
            .iter()
            .map(|(intent, score)| Candidate { intent: (*intent).into(), score: *score })
            .collect(),
        threshold: 0.5,
        in_scope: scores.first().is_some_and(|best| best.1 >= 0.5),
        locale: Some("en".into()),
        parts: Vec::new(),
    };
    let take = |state: &State, text: &str, ranking: &Ranking| {
        step(&intents, &context, state.clone(), Input::Message { text, ranking }).expect("messages are never rejected")
    };
    let wholesale = ranking(&[("wholesale.quote", 0.9), ("shipping.cost", 0.2)]);
    let none = ranking(&[("returns", 0.3), ("shipping.time", 0.25)]);
    let answer = ranking(&[("shipping.cost", 0.8), ("returns", 0.2)]);
    let asked = take(&State::default(), "do you sell wholesale", &wholesale).state;
    let waiting = take(&State::default(), "I want a person", &none).state;

    let worst = |piece: &str| piece.chars().cycle().take(4_000).collect::<String>();
    let (signs, digits, cues) = (worst("a@b."), worst("600 111 222 "), worst("my name is "));
    let cases: [(&str, &State, &str, &Ranking); 9] = [
        ("a question answered", &State::default(), "how much is the shipping to Portugal please", &answer),
        ("not understood", &State::default(), "what about the thing with the box I had", &none),
        ("a form opened", &State::default(), "do you sell wholesale", &wholesale),
        ("a form answered at once", &asked, "I'm Ana, ana@acme.example, 600 111 222, about $5k", &none),
        (
            "a long message",
            &State::default(),
            &"I ordered a bag two weeks ago and it is still not here. ".repeat(15),
            &answer,
        ),
        ("4,000 characters of signs", &State::default(), &signs, &none),
        ("4,000 characters of digits", &State::default(), &digits, &none),
        ("4,000 characters of introductions", &State::default(), &cues, &none),
        ("waiting for staff", &waiting, "it is about the bag that I ordered", &none),
    ];
    for (name, state, text, ranking) in cases {
        for _ in 0..100 {
            black_box(take(state, text, ranking));
        }
        let rounds = if text.len() > 2_000 { LONG_ROUNDS } else { ROUNDS };
        let start = Instant::now();
        for _ in 0..rounds {
            black_box(take(black_box(state), black_box(text), ranking));
        }
        println!("{:>8.1} µs  {name}", start.elapsed().as_secs_f64() * 1e6 / f64::from(rounds));
    }
}
