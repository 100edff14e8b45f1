//! Where the field's inputs are, how a line of them is read, and how the shares are counted.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use sidedoor_dialogue::{Candidate, Ranking};

/// Wednesday, 25 November 2026, noon in UTC: the day that the inputs were written for.
pub const NOW_MS: i64 = 1_795_608_000_000;

/// What the command line says: the kinds to judge (all where none is named), and where the inputs are.
pub struct Arguments {
    pub kinds: Vec<String>,
    data: Option<PathBuf>,
}

impl Arguments {
    pub fn new(mut given: impl Iterator<Item = String>) -> Self {
        let mut arguments = Self { kinds: Vec::new(), data: std::env::var_os("SIDEDOOR_FIELD").map(PathBuf::from) };
        while let Some(argument) = given.next() {
            match argument.as_str() {
                "--data" => arguments.data = given.next().map(PathBuf::from),
                _ => arguments.kinds.push(argument),
            }
        }
        arguments
    }

    /// The folder named, or the nearest `shared/bench/field` beside or above the current one.
    pub fn folder(&self) -> Result<PathBuf, String> {
        if let Some(folder) = &self.data {
            return match folder.join("entities.jsonl").is_file() {
                true => Ok(folder.clone()),
                false => Err(format!("{} has no entities.jsonl; name the folder with the inputs", folder.display())),
            };
        }
        let here = std::env::current_dir().map_err(|error| format!("the current folder cannot be read: {error}"))?;
        here.ancestors()
            .map(|above| above.join("shared/bench/field"))
            .find(|folder| folder.join("entities.jsonl").is_file())
            .ok_or_else(|| {
                "no shared/bench/field here or above; name the folder with the inputs: --data DIR, or SIDEDOOR_FIELD"
                    .to_owned()
            })
    }
}

/// Reads a file of one JSON object a line.
pub fn rows<R: DeserializeOwned>(folder: &Path, file: &str) -> Result<Vec<R>, String> {
    let path = folder.join(file);
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(at, line)| serde_json::from_str(line).map_err(|error| format!("{}:{}: {error}", path.display(), at + 1)))
        .collect()
}

/// The country of a locale, its language's own where it names none; English is at home in too many.
pub fn region_of(locale: &str) -> Option<String> {
    match locale.split_once('-') {
        Some((_, region)) => Some(region.to_owned()),
        None => (locale != "en").then(|| locale.to_ascii_uppercase()),
    }
}

/// A message understood as `intent` without doubt, or not at all.
pub fn ranking(intent: Option<&str>) -> Ranking {
    let candidates = intent.map(|intent| Candidate { intent: intent.to_owned(), score: 1.0 });
    Ranking {
        in_scope: intent.is_some(),
        candidates: candidates.into_iter().collect(),
        threshold: 0.5,
        ..Ranking::default()
    }
}

/// How a row came out, worst last.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Right,
    /// Nothing was taken, or the message was passed on, where more was to be had.
    Missed,
    /// It is answered in another language than it was asked in.
    Language,
    /// A value though none or another was meant, or the answer to something else.
    Wrong,
}

impl Verdict {
    const ALL: [Verdict; 4] = [Verdict::Right, Verdict::Missed, Verdict::Language, Verdict::Wrong];

    fn name(self) -> &'static str {
        match self {
            Verdict::Right => "right",
            Verdict::Missed => "missed",
            Verdict::Language => "language",
            Verdict::Wrong => "WRONG",
        }
    }
}

/// The shares of each kind, and the rows that are not right.
#[derive(Default)]
pub struct Tally {
    kinds: BTreeMap<String, [usize; 4]>,
    lines: Vec<String>,
}

impl Tally {
    pub fn add(&mut self, kind: &str, verdict: Verdict, line: impl FnOnce() -> String) {
        self.kinds.entry(kind.to_owned()).or_default()[verdict as usize] += 1;
        if verdict != Verdict::Right {
            self.lines.push(format!("{:<8} {kind:<12} {}", verdict.name(), line()));
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.lines {
            writeln!(f, "{line}")?;
        }
        write!(f, "{:<20} {:>5}", "kind", "rows")?;
        for verdict in Verdict::ALL {
            write!(f, " {:>15}", verdict.name())?;
        }
        writeln!(f)?;
        for (kind, counts) in &self.kinds {
            let rows = counts.iter().sum::<usize>();
            write!(f, "{kind:<20} {rows:>5}")?;
            for verdict in Verdict::ALL {
                let count = counts[verdict as usize];
                write!(f, " {count:>6} {:>7.1}%", 100.0 * count as f64 / rows as f64)?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}
