//! Keeps the layers apart: who may import whom, and which library is named where.

use std::fs;
use std::path::{Path, PathBuf};

/// A module, and the ones of ours that it may import beside those that are for all.
const MAY_IMPORT: [(&str, &[&str]); 11] = [
    ("app", &["http", "chat", "outbox", "store", "channel", "understand"]),
    ("bert", &["encode"]),
    ("channel", &[]),
    ("chat", &["understand", "store", "wire"]),
    ("config", &[]),
    ("http", &["chat", "store", "wire"]),
    ("metrics", &[]),
    ("model", &[]),
    ("outbox", &["store", "channel"]),
    ("store", &[]),
    ("understand", &["bert", "encode"]),
];
const FOR_ALL: [&str; 5] = ["clock", "config", "id", "metrics", "model"];

/// A library, and the modules that may name it.
const NAMED_IN: [(&str, &[&str]); 4] =
    [("sqlx", &["store"]), ("lettre", &["channel/email"]), ("rust_bert", &["bert"]), ("axum", &["http", "app"])];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// Every source file of the server, by its path below `src` without the `.rs`.
fn modules() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let modules: Vec<_> = sources(&root)
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(&root).unwrap().with_extension("").to_str().unwrap().to_owned();
            (name, fs::read_to_string(&path).unwrap())
        })
        .collect();
    assert!(modules.len() > 20, "the sources were not found");
    modules
}

#[test]
fn modules_import_only_what_lies_below_them() {
    let mut wrong = Vec::new();
    for (name, text) in modules() {
        let top = name.split('/').next().unwrap();
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(module, _)| *module == top) else { continue };
        for (number, line) in (1..).zip(text.lines()) {
            for import in line.split("crate::").skip(1) {
                let module: String = import.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                let is_module = module.starts_with(char::is_lowercase);
                let may = module == top || FOR_ALL.contains(&module.as_str()) || allowed.contains(&module.as_str());
                if is_module && !may {
                    wrong.push(format!("src/{name}.rs:{number}: {top} may not import {module}"));
                }
            }
        }
    }

    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_library_is_named_only_where_it_is_wrapped() {
    let mut wrong = Vec::new();
    for (name, text) in modules() {
        for (library, places) in NAMED_IN {
            let allowed = places.iter().any(|place| name == *place || name.starts_with(&format!("{place}/")));
            for (number, line) in (1..).zip(text.lines()) {
                if !allowed && !line.trim_start().starts_with("//") && line.contains(&format!("{library}::")) {
                    wrong.push(format!("src/{name}.rs:{number}: {library} belongs into {}", places.join(" or ")));
                }
            }
        }
    }

    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_file_says_first_what_it_is_for() {
    for (name, text) in modules() {
        assert!(text.starts_with("//! "), "src/{name}.rs must begin with a `//!` sentence");
    }
}
