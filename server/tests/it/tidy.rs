//! Keeps the house in order: who may know whom, which library is named where, and how long a file gets.

use std::path::Path;

use crate::sources::{Sources, code_of, use_paths};

/// A module, and the ones of ours that it may know beside those that are for all. The command line is the program's roof and
/// knows the library as anybody does.
const MAY_KNOW: [(&str, &[&str]); 22] = [
    ("app", &["bus", "channel", "desk", "http", "hub", "outbox", "staff", "store", "understand"]),
    ("bert", &["encode"]),
    ("bus", &["hub"]),
    ("catalogue", &[]),
    ("channel", &[]),
    ("clock", &[]),
    ("command", &[]),
    ("config", &[]),
    ("desk", &["hub", "store", "understand", "wire"]),
    ("encode", &[]),
    ("fetch", &[]),
    ("http", &["desk", "hub", "staff", "store", "wire"]),
    ("hub", &[]),
    ("id", &[]),
    ("metrics", &[]),
    ("model", &[]),
    ("outbox", &["channel", "staff", "store"]),
    ("staff", &["store", "token"]),
    ("store", &[]),
    ("token", &[]),
    ("understand", &["bert", "encode"]),
    ("wire", &[]),
];
const FOR_ALL: [&str; 5] = ["clock", "config", "id", "metrics", "model"];

/// A library, and the modules that may name it.
const NAMED_IN: [(&str, &[&str]); 4] =
    [("sqlx", &["store"]), ("lettre", &["channel::email"]), ("rust_bert", &["bert"]), ("axum", &["http", "app"])];

/// Folders whose own file still holds what its rooms use, so that they know each other in a circle; a name goes when that is
/// mended.
const STILL_IN_CIRCLES: [&str; 5] = ["channel", "command", "config", "http", "understand"];

/// Beyond this a file has a second noun.
const MAX_LINES: usize = 400;
const MAX_MEDIAN_LINES: usize = 150;

fn server() -> Sources {
    Sources::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"))
}

fn top(module: &str) -> &str {
    module.split("::").next().unwrap_or_default()
}

#[test]
fn modules_know_only_what_lies_below_them() {
    let sources = server();
    let mut wrong = Vec::new();
    for (module, known) in sources.known() {
        let (_, allowed) = MAY_KNOW
            .iter()
            .find(|(name, _)| *name == top(module))
            .unwrap_or_else(|| panic!("{module} stands on no floor; name it in MAY_KNOW"));
        let may = |other: &str| top(module) == other || FOR_ALL.contains(&other) || allowed.contains(&other);
        wrong.extend(
            known.iter().filter(|other| !may(top(other))).map(|other| format!("{module} may not know {other}")),
        );
    }

    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_files_know_each_other_in_a_circle() {
    let sources = server();
    let mut circles = sources.circles();
    circles.retain(|module, _| !STILL_IN_CIRCLES.contains(&top(module)));

    assert!(circles.is_empty(), "in a circle, or above one: {circles:#?}");
}

#[test]
fn a_library_is_named_only_where_it_is_wrapped() {
    let mut wrong = Vec::new();
    for (module, text) in server().files() {
        let code = code_of(text);
        for (library, places) in NAMED_IN {
            let allowed = places.iter().any(|place| module == *place || module.starts_with(&format!("{place}::")));
            if !allowed && code.contains(&format!("{library}::")) {
                wrong.push(format!("{module}: {library} belongs into {}", places.join(" or ")));
            }
        }
    }

    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_file_says_first_what_it_is_for_and_is_short() {
    let sources = server();
    let mut lengths: Vec<usize> = sources.files().map(|(_, text)| text.lines().count()).collect();
    lengths.sort_unstable();

    for (module, text) in sources.files() {
        assert!(text.starts_with("//! "), "{module} must begin with a `//!` sentence");
        let lines = text.lines().count();
        assert!(lines <= MAX_LINES, "{module} has {lines} lines, at most {MAX_LINES}; split it at its second noun");
    }
    assert!(lengths[lengths.len() / 2] <= MAX_MEDIAN_LINES);
}

#[test]
fn groups_and_what_is_passed_on_are_seen() {
    assert_eq!(
        use_paths("pub use crate::{a::{self, b}, c};\nlet x = 1; use super::d as e;"),
        ["crate::a", "crate::a::b", "crate::c", "super::d"]
    );
    let sources = server();
    let known = sources.known();
    assert!(known["desk::step"].contains("model::event"), "through the model's `pub use`");
    assert!(known["store::writer"].contains("store::statement"), "neighbours");
}
