//! Keeps the crate's files in floors: whoever imports is above whom it imports, and no way leads back.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should fail")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// A file's name without `.rs`, and those of ours that it names.
fn imports() -> BTreeMap<String, BTreeSet<String>> {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = fs::read_dir(sources).unwrap().map(|entry| entry.unwrap().path());
    let texts: BTreeMap<String, String> = files
        .map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(path).unwrap()))
        .filter(|(name, _)| name != "lib")
        .collect();
    let named = |text: &str| {
        let code = text.lines().map(str::trim_start).filter(|line| !line.starts_with("//")).collect::<String>();
        texts.keys().filter(|name| names(&code, name)).cloned().collect()
    };
    texts.iter().map(|(name, text)| (name.clone(), named(text))).collect()
}

/// Whether `crate::name`, or `name` within `use crate::{…}`, stands in the code.
fn names(code: &str, name: &str) -> bool {
    let is_whole = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
    code.split("crate::").skip(1).any(|after| match after.strip_prefix('{') {
        Some(list) => list
            .split('}')
            .next()
            .unwrap_or_default()
            .split(',')
            .any(|one| one.trim().strip_prefix(name).is_some_and(is_whole)),
        None => after.strip_prefix(name).is_some_and(is_whole),
    })
}

#[test]
fn no_file_is_above_itself() {
    let mut left = imports();
    assert!(left.len() > 15 && left["train"].contains("matcher"), "the sources were not read: {left:?}");

    // Floor by floor from below: what imports nothing that is left is taken away.
    loop {
        let floor: BTreeSet<String> =
            left.iter().filter(|(_, below)| below.is_empty()).map(|(name, _)| name.clone()).collect();
        if floor.is_empty() {
            break;
        }
        left.retain(|name, _| !floor.contains(name));
        left.values_mut().for_each(|below| below.retain(|name| !floor.contains(name)));
    }

    assert!(left.is_empty(), "these files import one another in a circle: {left:?}");
}
