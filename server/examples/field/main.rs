//! What people really type, judged: `cargo run --example field -- [KIND …] [--data DIR]` prints the shares of each kind and each wrong row.
//!
//! Kinds are those of `entities.jsonl` (phone, email, date, money, name-form, name-free), `messages`, those of
//! `conversations.jsonl` (phone-intl, company, language, swallowed-question) and `talks`; without any, all are judged.

#[path = "../../dialogue/examples/readers/data.rs"]
mod data;
#[path = "../../dialogue/examples/readers/entities.rs"]
mod entities;
mod messages;
mod shop;
mod talks;
mod told;

use std::process::ExitCode;

const ENTITIES: [&str; 6] = ["phone", "email", "date", "money", "name-form", "name-free"];
const TOLD: [&str; 4] = ["phone-intl", "company", "language", "swallowed-question"];

fn main() -> ExitCode {
    match judge() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("field: {error}");
            ExitCode::FAILURE
        }
    }
}

fn judge() -> Result<(), String> {
    let arguments = data::Arguments::new(std::env::args().skip(1));
    let kinds = &arguments.kinds;
    let known = [&ENTITIES[..], &TOLD[..], &["messages", "talks"]].concat();
    if let Some(unknown) = kinds.iter().find(|kind| !known.contains(&kind.as_str())) {
        return Err(format!("no such kind: {unknown}; known are {}", known.join(", ")));
    }
    let wants = |some: &[&str]| kinds.is_empty() || kinds.iter().any(|kind| some.contains(&kind.as_str()));
    let folder = arguments.folder()?;
    if wants(&ENTITIES) {
        print!("{}", entities::judge_all(&folder, kinds)?);
    }
    if !wants(&["messages", "talks"]) && !wants(&TOLD) {
        return Ok(());
    }
    // The starter pack is trained for these only; what was trained is kept for the next run.
    let shop = shop::Shop::open()?;
    if wants(&["messages"]) {
        print!("{}", messages::judge_all(&folder, &shop)?);
    }
    if wants(&TOLD) {
        print!("{}", told::judge_all(&folder, kinds, &shop)?);
    }
    if wants(&["talks"]) {
        print!("{}", talks::judge_all(&folder, &shop)?);
    }
    Ok(())
}
