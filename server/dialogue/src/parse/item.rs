//! Reads the items of a file, and what their names and facts have to do with the rest.

use toml::de::DeValue;

use super::place::{Lines, Place};
use super::reader::{ItemPlace, Reader};
use super::values::Value;
use crate::entity::item;
use crate::types::intent::Fault;
use crate::types::item::{Fact, Item, Sheet};
use crate::types::locale;
use crate::types::template::is_fact_key;

/// What of an item is no fact.
const ITEM_KEYS: [&str; 4] = ["name", "aliases", "kind", "link"];
/// What people write for them; as facts they would say nothing.
const SLIPS: [(&str, &str); 7] = [
    ("alias", "aliases"),
    ("names", "aliases"),
    ("title", "name"),
    ("url", "link"),
    ("href", "link"),
    ("links", "link"),
    ("type", "kind"),
];

impl Reader {
    /// `[[item]]`: what is written by hand adds to what an import has written of the same name, and goes before it.
    pub(super) fn read_item(&mut self, lines: &Lines, value: &Value, base: &str, generated: bool) {
        let place = lines.place(value.span().start);
        let Some(table) = value.get_ref().as_table() else { return };
        let mut item = Item { name: String::new(), sheets: Default::default(), base: base.to_owned() };
        let mut sheet = Sheet::default();
        for (key, value) in table.iter() {
            let name = key.get_ref().as_ref();
            if value.get_ref().is_table() {
                let at = lines.place(key.span().start);
                if !locale::is_tag(name) {
                    self.fault(at, name, "is no language; write [item.es], and facts as key = \"value\"");
                } else if locale::same(name, base) {
                    self.fault(at, name, "is the language of [[item]] itself; put the texts there");
                } else {
                    let mut other = Sheet::default();
                    for (key, value) in value.get_ref().as_table().into_iter().flat_map(|table| table.iter()) {
                        let at = lines.place(key.span().start);
                        self.read_entry(lines, key.get_ref().as_ref(), at, value, &mut other);
                    }
                    item.sheets.insert(name.to_owned(), other);
                }
            } else {
                self.read_entry(lines, name, lines.place(key.span().start), value, &mut sheet);
            }
        }
        let Some(name) = sheet.name.clone() else {
            if table.get("name").is_none() {
                self.fault(place, "name", "is missing; write what the item is called");
            }
            return;
        };
        item.name.clone_from(&name);
        item.sheets.insert(base.to_owned(), sheet);
        self.keep_item(item, place, generated);
    }

    fn read_entry(&mut self, lines: &Lines, key: &str, at: Place, value: &Value, sheet: &mut Sheet) {
        let texts = |reader: &mut Self| reader.texts(lines, key, value).into_iter().map(|(text, _)| text).collect();
        match key {
            "name" => sheet.name = self.text(lines, key, value),
            "link" => {
                sheet.link = self.text(lines, key, value);
                if sheet.link.as_ref().is_some_and(|link| !link.starts_with("https://") && !link.starts_with("http://"))
                {
                    self.fault(at, "link", "is no address; begin it with https://");
                }
            }
            "aliases" => sheet.aliases = texts(self),
            "kind" => sheet.kind = texts(self),
            other => {
                if let Some((_, meant)) = SLIPS.iter().find(|(slip, _)| *slip == other) {
                    return self.fault(at, other, format!("is not a key of an item, did you mean \"{meant}\"?"));
                }
                if !is_fact_key(other) {
                    let message = format!(
                        "is no name of a fact; use lower-case letters, digits and \"_\", or one of {}",
                        ITEM_KEYS.join(", ")
                    );
                    return self.fault(at, other, message);
                }
                if let Some(fact) = self.fact(lines, other, value) {
                    sheet.facts.insert(other.to_owned(), fact);
                }
            }
        }
    }

    fn fact(&mut self, lines: &Lines, key: &str, value: &Value) -> Option<Fact> {
        match value.get_ref() {
            DeValue::Boolean(is_so) => Some(Fact::Flag(*is_so)),
            DeValue::Integer(number) => match number.as_str().parse() {
                Ok(count) => Some(Fact::Count(count)),
                Err(_) => Some(Fact::Text(number.as_str().to_owned())),
            },
            DeValue::Float(number) => Some(Fact::Text(number.as_str().to_owned())),
            DeValue::Array(_) => {
                let texts: Vec<String> = self.texts(lines, key, value).into_iter().map(|(text, _)| text).collect();
                (!texts.is_empty()).then(|| Fact::Text(texts.join(", ")))
            }
            _ => self.text(lines, key, value).map(Fact::Text),
        }
    }

    fn keep_item(&mut self, item: Item, place: Place, generated: bool) {
        let known = self.intents.items.iter().position(|known| known.name == item.name);
        let (Some(at), Some(first)) = (known, self.items.get(&item.name)) else {
            self.items.insert(item.name.clone(), ItemPlace { place, generated });
            return self.intents.items.push(item);
        };
        if first.generated == generated {
            let first = &first.place;
            let message = format!(
                "{:?} is already an item at {}:{}; rename one or put them together",
                item.name, first.file, first.line
            );
            return self.fault(place, "name", message);
        }
        let known = &mut self.intents.items[at];
        let mut merged = item;
        if generated {
            std::mem::swap(known, &mut merged);
        }
        // From here on `merged` is what goes before, and `known` what it adds to.
        for (tag, sheet) in merged.sheets {
            let under = known.sheets.entry(tag).or_default();
            under.name = sheet.name.or(under.name.take());
            under.link = sheet.link.or(under.link.take());
            under.aliases.extend(sheet.aliases);
            under.kind.extend(sheet.kind);
            under.facts.extend(sheet.facts);
        }
        if generated {
            known.base = merged.base;
        } else {
            self.items.insert(merged.name, ItemPlace { place, generated });
        }
    }

    /// Takes the names apart, and tells what is worth a second look.
    pub(super) fn finish_items(&mut self) {
        let examples = self
            .intents
            .intents
            .iter()
            .flat_map(|intent| intent.wordings.values())
            .flat_map(|wording| &wording.examples);
        self.intents.item_names = item::index(&self.intents.items, examples.map(String::as_str));
        self.warn_of_shared_names();
        self.warn_of_unknown_facts();
    }

    fn warn_of_shared_names(&mut self) {
        let mut shared: Vec<(&str, &[usize])> = self
            .intents
            .item_names
            .whole
            .iter()
            .filter(|(name, items)| items.len() > 1 && (name.contains(' ') || items.len() <= 3))
            .map(|(name, items)| (name.as_str(), items.as_slice()))
            .collect();
        shared.sort_unstable();
        let mut warnings = Vec::new();
        for (name, items) in shared {
            let [first, second, ..] = items else { continue };
            let (first, second) = (&self.intents.items[*first], &self.intents.items[*second]);
            let Some(at) = self.items.get(&second.name) else { continue };
            let message = format!(
                "{name:?} names both {:?} and {:?}; whoever writes it is told of both. Give one of them another name",
                first.name, second.name
            );
            let is_new =
                !warnings.iter().any(|known: &Fault| known.line == at.place.line && known.file == at.place.file);
            if is_new {
                warnings.push(Fault { file: at.place.file.clone(), line: at.place.line, key: "name".into(), message });
            }
        }
        self.intents.warnings.extend(warnings);
    }

    /// A reply that tells `{item.care}` is never said where no item has "care".
    fn warn_of_unknown_facts(&mut self) {
        if self.intents.items.is_empty() {
            return;
        }
        let known = |key: &str| {
            let sheets = || self.intents.items.iter().flat_map(|item| item.sheets.values());
            sheets().any(|sheet| sheet.facts.contains_key(key) || key == "link" && sheet.link.is_some())
        };
        let mut warnings = Vec::new();
        for intent in &self.intents.intents {
            let facts = intent.wordings.values().flat_map(|wording| &wording.reply).flat_map(|reply| reply.facts());
            let mut missing: Vec<&str> = facts.filter(|key| !known(key)).collect();
            missing.sort_unstable();
            missing.dedup();
            if let (Some(at), false) = (self.places.get(&intent.name), missing.is_empty()) {
                let facts: Vec<String> = missing.iter().map(|key| format!("{{item.{key}}}")).collect();
                let message = format!(
                    "needs {}, which no item has; add it to an [[item]], or the reply is never given",
                    facts.join(" ")
                );
                warnings.push(Fault { file: at.file.clone(), line: at.line, key: "reply".into(), message });
            }
        }
        self.intents.warnings.extend(warnings);
    }
}
