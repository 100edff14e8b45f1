//! Keeps the house in order: each floor knows only those below it, and no file stands in a circle with another.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// From the ground up. `lib` shows the house from outside and may know all of it.
const FLOORS: [&str; 6] = ["types", "words", "entity", "policy", "engine", "parse"];

/// Files that hold nothing but data may be longer.
const MAX_LINES: usize = 400;
const MAX_MEDIAN_LINES: usize = 150;

/// A module's path (`policy::form`) and its code, without comments and tests.
type Sources = BTreeMap<String, String>;

fn sources() -> Sources {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sources = Sources::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(&root).unwrap().with_extension("");
                let name = name.to_str().unwrap().replace(std::path::MAIN_SEPARATOR, "::");
                sources.insert(name.trim_end_matches("::mod").to_owned(), fs::read_to_string(&path).unwrap());
            }
        }
    }
    assert!(sources.len() > 30, "the sources were not found");
    sources
}

fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]").next().unwrap();
    text.lines().map(|line| line.split("//").next().unwrap()).collect::<Vec<_>>().join("\n")
}

/// The paths that a tree such as `a::{b, c::{d, e}}` stands for.
fn expand(tree: &str) -> Vec<String> {
    let Some(open) = tree.find('{') else { return vec![tree.trim().to_owned()] };
    let prefix = tree[..open].trim();
    let close = tree.rfind('}').unwrap_or(tree.len());
    let (mut depth, mut start, mut paths) = (0, open + 1, Vec::new());
    for (at, c) in tree[..close].char_indices().skip(open + 1).chain([(close, ',')]) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                paths.extend(expand(&tree[start..at]).into_iter().map(|path| format!("{prefix}{path}")));
                start = at + 1;
            }
            _ => {}
        }
    }
    paths
}

/// All paths that a module names, as written: from its `use` lines with groups taken apart, and within its code.
fn named(code: &str) -> Vec<String> {
    let mut paths = Vec::new();
    for statement in code.split(';') {
        let uses = statement.rfind("use ").map(|at| statement[at + 4..].trim());
        if let Some(tree) = uses.filter(|tree| !tree.contains('=') && statement.trim_end().ends_with(tree)) {
            paths.extend(expand(&tree.split_whitespace().collect::<String>()));
        }
    }
    let is_path = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':');
    paths.extend(code.split(|c: char| !is_path(c)).filter(|word| word.contains("::")).map(str::to_owned));
    let declared = code.lines().filter_map(|line| line.trim().trim_start_matches("pub ").strip_prefix("mod "));
    paths.extend(declared.map(|name| format!("self::{}", name.trim_end_matches(';'))));
    paths
}

/// The module of ours that a path leads to.
fn resolve(sources: &Sources, from: &str, path: &str) -> Option<String> {
    let mut base: Vec<&str> = from.split("::").collect();
    let mut rest: Vec<&str> = path.split("::").collect();
    match rest[0] {
        "crate" => base.clear(),
        "self" => {}
        "super" => {
            base.pop();
        }
        _ => rest.insert(0, "self"),
    }
    rest.remove(0);
    while rest.first() == Some(&"super") {
        base.pop();
        rest.remove(0);
    }
    let is_absolute = path.starts_with("crate");
    base.extend(rest);
    let found =
        (1..=base.len()).rev().map(|length| base[..length].join("::")).find(|name| sources.contains_key(name))?;
    (found != from && (is_absolute || found.len() > from.len() || path.starts_with("super"))).then_some(found)
}

/// Who knows whom: by paths, and by the methods of a turn being taken, which need no path.
fn edges(sources: &Sources) -> BTreeMap<&str, BTreeSet<String>> {
    let mut edges: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let mut methods: BTreeMap<String, &str> = BTreeMap::new();
    let takes_turns = |code: &str| code.contains("Taking<'_> {") || code.contains("Taking<'a> {");
    for (name, text) in sources.iter().filter(|(name, text)| *name != "lib" && takes_turns(&code(text))) {
        for line in code(text).lines() {
            let signature = line.strip_prefix("    ").map(|line| line.trim_start_matches("pub(crate) "));
            if let Some(rest) = signature.and_then(|signature| signature.strip_prefix("fn ")) {
                methods.insert(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect(), name);
            }
        }
    }
    for (name, text) in sources.iter().filter(|(name, _)| *name != "lib") {
        let code = code(text);
        let known = edges.entry(name).or_default();
        known.extend(named(&code).iter().filter_map(|path| resolve(sources, name, path)));
        if takes_turns(&code) {
            for call in code.replace("turn.", "self.").split("self.").skip(1) {
                let method: String = call.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                let is_call = call[method.len()..].starts_with('(');
                known.extend(
                    methods.get(&method).filter(|file| is_call && **file != name).map(|file| (*file).to_owned()),
                );
            }
        }
    }
    edges
}

fn floor(name: &str) -> usize {
    let top = name.split("::").next().unwrap();
    FLOORS
        .iter()
        .position(|floor| *floor == top)
        .unwrap_or_else(|| panic!("{name} stands on no floor; name it in FLOORS"))
}

#[test]
fn each_floor_knows_only_those_below_it() {
    let sources = sources();
    let mut wrong = Vec::new();
    for (from, known) in edges(&sources) {
        wrong.extend(known.iter().filter(|to| floor(to) > floor(from)).map(|to| format!("{from} knows {to}")));
    }

    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_file_stands_in_a_circle() {
    let sources = sources();
    let mut edges = edges(&sources);
    assert!(edges["engine"].contains("policy::speech"), "methods of a turn are seen");
    assert!(edges["types::lead"].contains("types::email"), "neighbours are seen");
    // Whoever knows nobody that is left stands in no circle.
    loop {
        let left: BTreeSet<String> = edges.keys().map(|name| (*name).to_owned()).collect();
        let before = edges.len();
        edges.retain(|_, known| known.iter().any(|to| left.contains(to)));
        if edges.len() == before {
            break;
        }
    }

    assert!(edges.is_empty(), "in a circle, or above one: {edges:#?}");
}

#[test]
fn groups_and_neighbours_are_seen() {
    let sources = sources();

    assert_eq!(expand("crate::{a::b,c::{d,e}}"), ["crate::a::b", "crate::c::d", "crate::c::e"]);
    assert_eq!(resolve(&sources, "policy::form", "super::learn::x").as_deref(), Some("policy::learn"));
    assert_eq!(resolve(&sources, "policy::form", "crate::types::lead::Slot").as_deref(), Some("types::lead"));
    assert_eq!(resolve(&sources, "entity", "email::find").as_deref(), Some("entity::email"));
    assert_eq!(resolve(&sources, "policy::form", "std::fmt"), None);
}

#[test]
fn every_file_is_short_and_says_first_what_it_is_for() {
    let sources = sources();
    let mut lengths: Vec<usize> = sources.values().map(|text| text.lines().count()).collect();
    lengths.sort_unstable();

    for (name, text) in &sources {
        assert!(text.starts_with("//! "), "{name} must begin with a `//!` sentence");
        assert!(
            text.lines().count() <= MAX_LINES,
            "{name} is longer than {MAX_LINES} lines; split it at its second noun"
        );
    }
    assert!(lengths[lengths.len() / 2] <= MAX_MEDIAN_LINES);
}
