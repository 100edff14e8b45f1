//! Reads what an intent says in one language, and what it asks for.

use super::place::Lines;
use super::reader::{Reader, Reference};
use super::values::Value;
use crate::types::intent::{Choice, Wording};
use crate::types::lead::Slot;
use crate::types::nearest::nearest;
use crate::types::template::Template;

pub const WORDING_KEYS: [&str; 4] = ["label", "examples", "reply", "choices"];
const CHOICE_KEYS: [&str; 2] = ["label", "intent"];

impl Reader {
    pub(super) fn read_locale(&mut self, lines: &Lines, value: &Value, known: &[&str]) -> Wording {
        let mut wording = Wording::default();
        let Some(table) = value.get_ref().as_table() else {
            return wording;
        };
        for (key, value) in table.iter() {
            match key.get_ref().as_ref() {
                other if WORDING_KEYS.contains(&other) => self.read_wording(lines, other, value, known, &mut wording),
                other => {
                    let hint = nearest(other, WORDING_KEYS);
                    let message = format!("is not a key of a translation{hint}");
                    self.fault(lines.place(key.span().start), other, message);
                }
            }
        }
        wording
    }

    pub(super) fn read_wording(
        &mut self,
        lines: &Lines,
        key: &str,
        value: &Value,
        known: &[&str],
        wording: &mut Wording,
    ) {
        let at = lines.place(value.span().start);
        match key {
            "label" => wording.label = self.text(lines, "label", value),
            "examples" => {
                let texts = self.texts(lines, "examples", value);
                wording.examples = texts.into_iter().map(|(text, _)| text).collect();
                if wording.examples.is_empty() {
                    self.fault(at, "examples", "is empty; add at least one way in which visitors put it");
                }
            }
            "reply" => {
                for (text, at) in self.texts(lines, "reply", value) {
                    match Template::parse(&text, known) {
                        Ok(template) => wording.reply.push(template),
                        Err(message) => self.fault(at, "reply", format!("has {message}")),
                    }
                }
                if value.get_ref().as_array().is_some_and(|array| array.iter().next().is_none()) {
                    self.fault(at, "reply", "is empty; add at least one");
                }
            }
            _ => wording.choices = self.choices(lines, value),
        }
    }

    pub(super) fn choices(&mut self, lines: &Lines, value: &Value) -> Vec<Choice> {
        let mut choices = Vec::new();
        for table_value in self.tables(lines, "choices", value) {
            let place = lines.place(table_value.span().start);
            let Some(table) = table_value.get_ref().as_table() else {
                continue;
            };
            for (key, _) in table.iter() {
                let name = key.get_ref().as_ref();
                if !CHOICE_KEYS.contains(&name) {
                    let hint = nearest(name, CHOICE_KEYS);
                    self.fault(lines.place(key.span().start), name, format!("is not a key of a choice{hint}"));
                }
            }
            let (Some(label), Some(intent)) = (table.get("label"), table.get("intent")) else {
                self.fault(place, "choices", "needs both \"label\" and \"intent\" in each");
                continue;
            };
            let at = lines.place(intent.span().start);
            if let (Some(label), Some(intent)) = (self.text(lines, "label", label), self.text(lines, "intent", intent))
            {
                self.references.push(Reference { place: at, key: "choices", name: intent.clone() });
                choices.push(Choice { label, intent });
            }
        }
        choices
    }

    pub(super) fn slots(&mut self, lines: &Lines, value: &Value) -> Vec<Slot> {
        let mut slots = Vec::new();
        for (name, at) in self.texts(lines, "ask", value) {
            match Slot::parse(&name) {
                Some(slot) if slots.contains(&slot) => {
                    self.fault(at, "ask", format!("has \"{name}\" twice; remove one"))
                }
                Some(slot) => slots.push(slot),
                None => {
                    let known = Slot::ALL.map(Slot::as_str);
                    let message = format!(
                        "has \"{name}\", which cannot be asked for{}; known are {}",
                        nearest(&name, known),
                        known.join(", ")
                    );
                    self.fault(at, "ask", message);
                }
            }
        }
        slots
    }
}
