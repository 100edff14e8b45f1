//! Reads single values of a file of intents: texts, lists, tables, each fault with its line.

use toml::Spanned;
use toml::de::DeValue;

use super::Reader;
use crate::intent::{Fault, SourceFile};

/// A value with its place in the file.
pub type Value<'i> = Spanned<DeValue<'i>>;

/// A line of a file.
#[derive(Clone)]
pub struct Place {
    pub file: String,
    pub line: usize,
}

/// One file being read: turns spans into lines.
pub struct Lines<'a> {
    file: &'a SourceFile,
    /// Where each line but the first begins.
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub fn of(file: &'a SourceFile) -> Self {
        Self { file, starts: file.text.match_indices('\n').map(|(at, _)| at + 1).collect() }
    }

    pub fn place(&self, at: usize) -> Place {
        let line = 1 + self.starts.partition_point(|&start| start <= at);
        Place { file: self.file.path.clone(), line }
    }
}

impl Reader {
    pub(super) fn fault(&mut self, place: Place, key: &str, message: impl Into<String>) {
        self.faults.push(Fault { file: place.file, line: place.line, key: key.into(), message: message.into() });
    }

    /// A text that is not blank.
    pub(super) fn text(&mut self, lines: &Lines, key: &str, value: &Value) -> Option<String> {
        let place = lines.place(value.span().start);
        match value.get_ref().as_str().map(str::trim) {
            Some("") => {
                self.fault(place, key, "is empty; write something or remove it");
                None
            }
            Some(text) => Some(text.to_owned()),
            None => {
                self.fault(place, key, format!("must be a text in quotes, not {}", value.get_ref().type_str()));
                None
            }
        }
    }

    /// A list of texts; a single one may stand without brackets.
    pub(super) fn texts(&mut self, lines: &Lines, key: &str, value: &Value) -> Vec<(String, Place)> {
        let mut texts = Vec::new();
        match value.get_ref() {
            DeValue::Array(array) => {
                for value in array.iter() {
                    if let Some(text) = self.text(lines, key, value) {
                        texts.push((text, lines.place(value.span().start)));
                    }
                }
            }
            DeValue::String(_) => {
                if let Some(text) = self.text(lines, key, value) {
                    texts.push((text, lines.place(value.span().start)));
                }
            }
            other => {
                let message = format!("must be a list of texts, not {}", other.type_str());
                self.fault(lines.place(value.span().start), key, message);
            }
        }
        texts
    }

    /// A list of tables.
    pub(super) fn tables<'v, 'i>(&mut self, lines: &Lines, key: &str, value: &'v Value<'i>) -> Vec<&'v Value<'i>> {
        let tables = value.get_ref().as_array().filter(|array| array.iter().all(|value| value.get_ref().is_table()));
        match tables {
            Some(array) => array.iter().collect(),
            None => {
                let remedy = if key == "choices" {
                    "a list of { label, intent }".to_owned()
                } else {
                    format!("written as [[{key}]]")
                };
                self.fault(lines.place(value.span().start), key, format!("must be {remedy}"));
                Vec::new()
            }
        }
    }
}
