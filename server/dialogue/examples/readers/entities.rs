//! Judges `entities.jsonl`: each input as the answer to its question, or, for `name-free`, as a message with nothing asked.

use std::path::Path;

use serde::Deserialize;
use sidedoor_dialogue::{Action, Context, Input, Intents, Page, Profile, Slot, SourceFile, State, Turn, parse, step};

use crate::data::{self, NOW_MS, Tally, Verdict};

#[derive(Deserialize)]
struct Row {
    kind: String,
    locale: String,
    input: String,
    expected: Option<String>,
}

/// Judges the rows of these kinds, of all where none is named.
pub fn judge_all(folder: &Path, kinds: &[String]) -> Result<Tally, String> {
    let intents = asking_intents()?;
    let mut tally = Tally::default();
    for row in data::rows::<Row>(folder, "entities.jsonl")? {
        if !kinds.is_empty() && !kinds.contains(&row.kind) {
            continue;
        }
        let got = read(&intents, &row)?;
        let expected = row.expected.as_deref().filter(|expected| *expected != "NONE");
        let verdict = match (expected, &got) {
            (None, None) => Verdict::Right,
            (Some(expected), got) if fits(expected, got.as_deref()) => Verdict::Right,
            (_, None) => Verdict::Missed,
            // Asked again, nothing taken.
            (_, Some(got)) if got == "ASK" => Verdict::Missed,
            _ => Verdict::Wrong,
        };
        tally.add(&row.kind, verdict, || {
            let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "none".into());
            format!("{} {:?}: {}, not {}", row.locale, row.input, or_none(&got), or_none(&row.expected))
        });
    }
    Ok(tally)
}

/// One intent for each slot, named after it, that asks for it.
fn asking_intents() -> Result<Intents, String> {
    let text: String = Slot::ALL
        .iter()
        .map(|slot| {
            format!("[[intent]]\nname = \"{slot}\"\nexamples = [\"{slot}\"]\nreply = [\"Sure.\"]\nask = [\"{slot}\"]\n")
        })
        .collect();
    parse(&[SourceFile { path: "asking.toml".into(), text }]).map_err(|faults| format!("{faults:?}"))
}

fn slot_of(kind: &str) -> Option<Slot> {
    match kind {
        "money" => Some(Slot::Budget),
        "name-form" | "name-free" => Some(Slot::Name),
        kind => Slot::parse(kind),
    }
}

/// The value taken, `ASK` where the visitor is asked whether it was meant.
fn read(intents: &Intents, row: &Row) -> Result<Option<String>, String> {
    let slot = slot_of(&row.kind).ok_or_else(|| format!("entities.jsonl: no such kind: {}", row.kind))?;
    let mut profile = Profile::new("Acme", &row.locale);
    profile.region = data::region_of(&row.locale);
    let page = Page::default();
    let context = Context { profile: &profile, now_ms: NOW_MS, page: &page, locale: &row.locale, seed: 0 };
    let take = |state: State, text: &str, intent: Option<&str>| {
        let ranking = data::ranking(intent);
        step(intents, &context, state, Input::Message { text, ranking: &ranking }).map_err(|error| error.to_string())
    };
    let mut state = State::default();
    if row.kind != "name-free" {
        state = take(state, "hello there", Some(slot.as_str()))?.state;
    }
    let turn = take(state, &row.input, None)?;
    Ok(value(&turn, slot))
}

fn value(turn: &Turn, slot: Slot) -> Option<String> {
    let doubts = |action: &Action| matches!(action, Action::Offer { options, .. } if options.len() > 1);
    if matches!(slot, Slot::Email | Slot::Date) && turn.actions.iter().any(doubts) {
        return Some("ASK".into());
    }
    match slot {
        Slot::Email => turn.state.details.email.as_ref().map(|email| email.normalised().to_owned()),
        slot => turn.state.details.get(slot),
    }
}

fn fits(expected: &str, got: Option<&str>) -> bool {
    if expected == "ANY" {
        return true;
    }
    let Some(got) = got else { return false };
    if let Some(ranges) = expected.strip_prefix("ANYOF") {
        return ranges.split(',').map(str::trim).any(|range| match range.split_once("..") {
            Some((first, last)) => (first..=last).contains(&got),
            None => range == got,
        });
    }
    if let Some(values) = expected.strip_prefix("ANY:") {
        return values.split(',').any(|value| value.trim() == got);
    }
    let values = expected.strip_prefix("ANY ").unwrap_or(expected);
    values.split('|').any(|value| value.trim() == got)
}
