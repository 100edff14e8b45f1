//! Plays `talks.jsonl` and counts the turns that lead nowhere: not understood, noted without an answer, or silent.

use std::path::Path;

use serde::Deserialize;

use crate::data::{self, Tally, Verdict};
use crate::shop::{self, Shop};

#[derive(Deserialize)]
struct Talk {
    id: String,
    locale: String,
    say: Vec<String>,
}

/// The interface's sentences that take nobody further.
const NOWHERE: [&str; 4] = ["unsure", "unsure_plain", "waiting_noted", "already_waiting"];

pub fn judge_all(folder: &Path, shop: &Shop) -> Result<Tally, String> {
    let nowhere = sentences()?;
    let mut tally = Tally::default();
    for talk in data::rows::<Talk>(folder, "talks.jsonl")? {
        let mut visit = shop.visited(&talk.locale, data::region_of(&talk.locale));
        println!("talk {} ({})", talk.id, talk.locale);
        for said in &talk.say {
            let turn = visit.says(said)?;
            let answer = shop::spoken(&turn);
            let stuck = answer.trim().is_empty() || nowhere.iter().any(|sentence| answer.contains(sentence.as_str()));
            println!("  > {said}\n  < {answer}");
            let verdict = if stuck { Verdict::Missed } else { Verdict::Right };
            tally.add("talks", verdict, || format!("{} {said:?}: {answer:?}", talk.id));
        }
    }
    Ok(tally)
}

/// Those sentences in all languages, from the files that the dialogue reads.
fn sentences() -> Result<Vec<String>, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("dialogue/src/words/phrases");
    let mut sentences = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?.flatten() {
        let Ok(text) = std::fs::read_to_string(entry.path()) else { continue };
        let Ok(file) = toml::from_str::<toml::Table>(&text) else { continue };
        let Some(say) = file.get("say").and_then(toml::Value::as_table) else { continue };
        for value in NOWHERE.iter().filter_map(|key| say.get(*key)) {
            let texts = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
            sentences.extend(texts.iter().filter_map(toml::Value::as_str).map(str::to_owned));
        }
    }
    Ok(sentences)
}
