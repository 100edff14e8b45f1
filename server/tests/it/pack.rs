//! The starter pack, as a shop has it that has edited nothing: it says no more than what then happens.

use std::path::Path;

use toml::{Table, Value};

/// Words with which a reply speaks of somebody on the other side, in the languages that the pack's replies are in.
const PEOPLE: [&str; 10] = [
    "a person",
    "somebody",
    "someone",
    "our team",
    "the team",
    "una persona",
    "alguien",
    "el equipo",
    "al equipo",
    "nuestro equipo",
];
/// What is asked for and only a person can act on, so that telling it passes the conversation on; and ways to be reached.
const PASSING: [&str; 7] = ["email", "phone", "place", "item", "size", "quantity", "note"];
/// A reply that asks to be told something: what is told next goes to staff.
const ASKS_TO_TELL: [&str; 4] = ["tell us", "dinos", "cuéntanos", "díganos"];
/// What nobody can keep who does not know the shop.
const PROMISES: [&str; 8] = [
    "right away",
    "enseguida",
    "immediately",
    "within minutes",
    "whole team",
    "todo el equipo",
    "put it right",
    "lo soluciona",
];

struct Intent {
    name: String,
    passes_on: bool,
    /// By language: the replies, and the label of the button that asks for a person.
    spoken: Vec<(String, Vec<String>, Option<String>)>,
}

fn texts(value: Option<&Value>) -> Vec<String> {
    let values = value.and_then(Value::as_array).into_iter().flatten();
    values.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn human_button(table: &Table) -> Option<String> {
    let choices = table.get("choices").and_then(Value::as_array).into_iter().flatten();
    let mut humans = choices.filter(|choice| choice.get("intent").and_then(Value::as_str) == Some("human"));
    humans.next().and_then(|choice| choice.get("label")?.as_str()).map(str::to_owned)
}

fn intents() -> Vec<Intent> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../intents");
    let mut intents = Vec::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let file: Table = toml::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        for intent in file.get("intent").and_then(Value::as_array).into_iter().flatten() {
            let table = intent.as_table().unwrap();
            let own = [("en".to_owned(), table)];
            let others = table.iter().filter_map(|(tag, value)| Some((tag.clone(), value.as_table()?)));
            intents.push(Intent {
                name: table["name"].as_str().unwrap().to_owned(),
                passes_on: table.get("escalate").and_then(Value::as_bool) == Some(true)
                    || texts(table.get("ask")).iter().any(|slot| PASSING.contains(&slot.as_str())),
                spoken: own
                    .into_iter()
                    .chain(others)
                    .map(|(tag, table)| (tag, texts(table.get("reply")), human_button(table)))
                    .collect(),
            });
        }
    }
    assert!(intents.len() > 25, "the pack was not found");
    intents
}

/// Whether what the reply says of a person comes true: by the intent, by what is told next, or by the button it names.
fn comes_true(intent: &Intent, reply: &str, human_button: Option<&str>) -> bool {
    let names_button = human_button
        .is_some_and(|label| [format!("“{label}”"), format!("«{label}»")].iter().any(|quoted| reply.contains(quoted)));
    let reply = reply.to_lowercase();
    intent.passes_on || names_button || ASKS_TO_TELL.iter().any(|words| reply.contains(words))
}

#[test]
fn a_person_is_spoken_of_only_where_one_is_passed_on_to() {
    for intent in intents() {
        for (language, replies, human_button) in &intent.spoken {
            for reply in replies {
                let speaks_of_one = PEOPLE.iter().any(|words| reply.to_lowercase().contains(words));

                assert!(
                    !speaks_of_one || comes_true(&intent, reply, human_button.as_deref()),
                    "{} ({language}) speaks of a person and passes nothing on: {reply}",
                    intent.name
                );
            }
        }
    }
}

#[test]
fn nothing_is_promised_that_nobody_keeps() {
    for intent in intents() {
        for (language, replies, _) in &intent.spoken {
            for reply in replies {
                let promised = PROMISES.iter().find(|words| reply.to_lowercase().contains(**words));

                assert_eq!(promised, None, "{} ({language}) says: {reply}", intent.name);
            }
        }
    }
}

#[test]
fn every_button_that_a_reply_names_is_offered_below_it() {
    for intent in intents() {
        for (language, replies, human_button) in &intent.spoken {
            for quoted in replies.iter().filter(|reply| reply.contains(['“', '«'])) {
                let offered = human_button.as_deref().is_some_and(|label| quoted.contains(label));

                assert!(offered, "{} ({language}) names a button that is not there: {quoted}", intent.name);
            }
        }
    }
}
