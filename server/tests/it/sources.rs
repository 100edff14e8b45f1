//! A crate's source files, and which of them knows which: read from `use` trees and from paths in the code.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The files of one crate's `src`, by module path (`store::writer`).
pub struct Sources(BTreeMap<String, String>);

impl Sources {
    /// Every `.rs` file below the folder.
    pub fn read(src: &Path) -> Self {
        let mut files = BTreeMap::new();
        let mut folders = vec![src.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "rs") {
                    let name = path.strip_prefix(src).unwrap().with_extension("");
                    let name = name.to_str().unwrap().replace(std::path::MAIN_SEPARATOR, "::");
                    files.insert(name.trim_end_matches("::mod").to_owned(), fs::read_to_string(&path).unwrap());
                }
            }
        }
        assert!(!files.is_empty(), "{}: the sources were not found", src.display());
        Self(files)
    }

    /// Module path and text of each file.
    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, text)| (name.as_str(), text.as_str()))
    }

    /// Which modules each one knows: the files where what it names is written, whoever passes it on.
    pub fn known(&self) -> BTreeMap<&str, BTreeSet<String>> {
        let uses: BTreeMap<&str, Vec<String>> =
            self.files().map(|(name, text)| (name, use_paths(&code_of(text)))).collect();
        let mut known = BTreeMap::new();
        // The roots pass everything on and are known by nobody.
        for (name, text) in self.files().filter(|(name, _)| !matches!(*name, "lib" | "main")) {
            let in_code = paths_in(&code_of(text));
            let paths = uses[name].iter().chain(&in_code);
            let own = paths.filter_map(|path| self.resolve(&uses, name, path, 0));
            known.insert(name, own.filter(|other| other != name).collect());
        }
        known
    }

    /// Those that stand in a circle, each with those of it that it knows.
    pub fn circles(&self) -> BTreeMap<&str, BTreeSet<String>> {
        let known = self.known();
        let reaches = |from: &str, to: &str| {
            let (mut seen, mut next) = (BTreeSet::from([from]), vec![from]);
            while let Some(module) = next.pop() {
                let others = known.get(module).into_iter().flatten().map(String::as_str);
                next.extend(others.filter(|other| seen.insert(other)));
            }
            seen.contains(to)
        };
        let back = |module: &str, others: &BTreeSet<String>| -> BTreeSet<String> {
            others.iter().filter(|other| reaches(other, module)).cloned().collect()
        };
        let circles = known.iter().map(|(module, others)| (*module, back(module, others)));
        circles.filter(|(_, others)| !others.is_empty()).collect()
    }

    /// The module in which that which `path` names is written; none for what is not of this crate.
    fn resolve(&self, uses: &BTreeMap<&str, Vec<String>>, from: &str, path: &str, depth: usize) -> Option<String> {
        let parts: Vec<&str> = path.split("::").collect();
        let mut base: Vec<&str> = if matches!(from, "lib" | "main") { Vec::new() } else { from.split("::").collect() };
        let mut rest = &parts[..];
        match rest[0] {
            "crate" => {
                base.clear();
                rest = &rest[1..];
            }
            "self" => rest = &rest[1..],
            _ => {
                while rest.first() == Some(&"super") {
                    base.pop();
                    rest = &rest[1..];
                }
            }
        }
        let own = matches!(parts[0], "crate" | "self" | "super");
        let absolute: Vec<&str> = base.iter().chain(rest).copied().collect();
        for length in (1..=absolute.len()).rev() {
            let module = absolute[..length].join("::");
            let Some((module, _)) = self.0.get_key_value(&module) else { continue };
            if !own && length <= base.len() {
                return None;
            }
            let passed_on = absolute
                .get(length)
                .and_then(|item| uses.get(module.as_str())?.iter().find(|path| path.rsplit("::").next() == Some(item)));
            if let Some(path) = passed_on.filter(|_| depth < 4)
                && let Some(written) = self.resolve(uses, module, path, depth + 1)
            {
                return Some(written);
            }
            return Some(module.clone());
        }
        None
    }
}

/// Without comments and tests.
pub fn code_of(text: &str) -> String {
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// The paths that are imported, with groups taken apart: `a::{b, c::{self, d}}` is `a::b`, `a::c` and `a::c::d`.
pub fn use_paths(code: &str) -> Vec<String> {
    let mut paths = Vec::new();
    for statement in code.split(';') {
        let words: Vec<&str> = statement.split_whitespace().collect();
        if let Some(at) = words.iter().rposition(|word| *word == "use") {
            let tree = words[at + 1..].join(" ");
            if !tree.contains(['(', '=', '"', '!']) {
                paths.extend(expand(&tree));
            }
        }
    }
    paths
}

fn expand(tree: &str) -> Vec<String> {
    let Some(open) = tree.find('{') else {
        let path = tree.split(" as ").next().unwrap_or_default().trim();
        return vec![path.trim_end_matches("::self").to_owned()];
    };
    let (prefix, close) = (tree[..open].trim(), tree.rfind('}').unwrap_or(tree.len()));
    let (mut depth, mut start, mut paths) = (0, open + 1, Vec::new());
    for (at, char) in tree.char_indices().filter(|(at, _)| (open + 1..=close).contains(at)) {
        match char {
            '{' => depth += 1,
            '}' if at < close => depth -= 1,
            ',' | '}' if depth == 0 => {
                let inner = tree[start..at].trim();
                if !inner.is_empty() {
                    paths.extend(expand(&format!("{prefix}{inner}")));
                }
                start = at + 1;
            }
            _ => {}
        }
    }
    paths
}

/// The paths that stand in the code itself; how far something may be seen is not one.
fn paths_in(code: &str) -> Vec<String> {
    let is_path = |char: char| char.is_alphanumeric() || matches!(char, '_' | ':');
    let code = code.replace("(in crate::", "(in ");
    let words = code.split(|char: char| !is_path(char)).filter(|word| !word.ends_with(':'));
    words.filter(|word| word.contains("::")).map(|word| word.trim_start_matches(':').to_owned()).collect()
}
