//! Reads single values of a file of intents: texts, lists, tables, each fault with its line.

use toml::Spanned;
use toml::de::DeValue;

use super::place::{Lines, Place};
use super::reader::Reader;

/// A value with its place in the file.
pub type Value<'i> = Spanned<DeValue<'i>>;

impl Reader {
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
