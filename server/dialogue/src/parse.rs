//! Reads the TOML of intents; names every fault at once, by file, line and key.

mod item;
mod place;
mod reader;
mod values;
mod wording;

use std::collections::BTreeMap;

use toml::de::{DeTable, DeValue};

use crate::types::intent::{Fault, Intent, Intents, SourceFile, TestCase, Wording};
use crate::types::locale;
use crate::types::nearest::nearest;
use crate::types::template::PLACEHOLDERS;
use crate::words::phrases;
use crate::words::talk;

use place::{Lines, Place};
use reader::{Reader, Reference};
use values::Value;
use wording::WORDING_KEYS;

const FILE_KEYS: [&str; 5] = ["locale", "generated", "intent", "item", "test"];
const INTENT_KEYS: [&str; 9] = ["name", "label", "examples", "reply", "choices", "value", "ask", "escalate", "caution"];
const TEST_KEYS: [&str; 3] = ["say", "intent", "locale"];

/// Names that mean something to the program and are no intent.
const NOT_INTENTS: [&str; 5] = ["none", "something_else", "email_suggested", "email_kept", "back_to_bot"];

/// Below this an intent is understood poorly.
const FEW_EXAMPLES: usize = 5;

/// Reads all files of a site.
///
/// # Errors
/// All faults found, in the order of the files and lines.
pub fn parse(files: &[SourceFile]) -> Result<Intents, Vec<Fault>> {
    let mut reader = Reader::default();
    for file in files {
        reader.read_file(file);
    }
    // What a file that cannot be read defines is unknown: that it is missing elsewhere would only bury the one fault.
    if !reader.is_partial {
        reader.check_references();
    }
    reader.finish_items();
    if reader.faults.is_empty() { Ok(reader.intents) } else { Err(reader.sorted_faults(files)) }
}

impl Reader {
    fn read_file(&mut self, file: &SourceFile) {
        let lines = Lines::of(file);
        let root = match DeTable::parse(&file.text) {
            Ok(root) => root,
            Err(error) => {
                let place = lines.place(error.span().map_or(0, |span| span.start));
                let message = error.message().lines().next().unwrap_or_default();
                self.is_partial = true;
                return self.fault(place, "", format!("is not valid TOML: {message}"));
            }
        };
        let root = root.get_ref();
        let mut base = "en".to_owned();
        if let Some(value) = root.get("locale")
            && let Some(tag) = self.text(&lines, "locale", value)
        {
            if locale::is_tag(&tag) {
                base = tag;
            } else {
                self.fault(
                    lines.place(value.span().start),
                    "locale",
                    "is not a language tag; write \"es\" or \"pt-BR\"",
                );
            }
        }
        // A file that a program writes, and a person need not look at.
        let generated = root.get("generated").is_some_and(|value| value.get_ref().as_bool() == Some(true));
        for (key, value) in root.iter() {
            match key.get_ref().as_ref() {
                "locale" | "generated" => {}
                "item" => {
                    for table in self.tables(&lines, "item", value) {
                        self.read_item(&lines, table, &base, generated);
                    }
                }
                "intent" => {
                    for table in self.tables(&lines, "intent", value) {
                        self.read_intent(&lines, table, &base);
                    }
                }
                "test" => {
                    for table in self.tables(&lines, "test", value) {
                        self.read_test(&lines, table, &base);
                    }
                }
                other => {
                    let hint = nearest(other, FILE_KEYS);
                    let place = lines.place(key.span().start);
                    self.fault(place, other, format!("is not a key of a file of intents{hint}"));
                }
            }
        }
    }

    fn read_intent(&mut self, lines: &Lines, value: &Value, base: &str) {
        let place = lines.place(value.span().start);
        let Some(table) = value.get_ref().as_table() else {
            return;
        };
        let faults_before = self.faults.len();
        let name = match table.get("name") {
            Some(value) => self.text(lines, "name", value).map(|name| (name, lines.place(value.span().start))),
            None => {
                self.fault(place.clone(), "name", "is missing; give the intent one, such as \"shipping.time\"");
                None
            }
        };
        let sentence = name.as_ref().and_then(|(name, _)| name.strip_prefix("say.")).map(str::to_owned);
        let known = match &sentence {
            Some(key) => phrases::placeholders(key),
            None => PLACEHOLDERS.to_vec(),
        };

        let mut intent = Intent {
            name: String::new(),
            value: 0,
            ask: Vec::new(),
            escalate: false,
            caution: None,
            wordings: BTreeMap::new(),
            base: base.to_owned(),
        };
        let mut wording = Wording::default();
        for (key, value) in table.iter() {
            let at = lines.place(key.span().start);
            match key.get_ref().as_ref() {
                "name" => {}
                "value" => {
                    let number = value.get_ref().as_integer().and_then(|number| number.as_str().parse::<i32>().ok());
                    match number.filter(|number| (-100..=100).contains(number)) {
                        Some(number) => intent.value = number,
                        None => self.fault(at, "value", "must be a whole number from -100 to 100"),
                    }
                }
                "caution" => {
                    let number = match value.get_ref() {
                        DeValue::Float(number) => number.as_str().parse::<f32>().ok(),
                        DeValue::Integer(number) => number.as_str().parse::<f32>().ok(),
                        _ => None,
                    };
                    match number.filter(|number| (0.0..=1.0).contains(number)) {
                        Some(number) => intent.caution = Some(number),
                        None => self.fault(at, "caution", "must be a number from 0 to 1"),
                    }
                }
                "escalate" => match value.get_ref().as_bool() {
                    Some(escalate) => intent.escalate = escalate,
                    None => self.fault(at, "escalate", "must be true or false"),
                },
                "ask" => intent.ask = self.slots(lines, value),
                other if WORDING_KEYS.contains(&other) => self.read_wording(lines, other, value, &known, &mut wording),
                other if locale::is_tag(other) && value.get_ref().is_table() => {
                    let wording = self.read_locale(lines, value, &known);
                    if locale::same(other, base) {
                        self.fault(at, other, "is the language of [[intent]] itself; put the texts there");
                    } else {
                        intent.wordings.insert(other.to_owned(), wording);
                    }
                }
                other => {
                    let hint = nearest(other, INTENT_KEYS);
                    self.fault(at, other, format!("is not a key of an intent{hint}"));
                }
            }
        }
        intent.wordings.insert(base.to_owned(), wording);

        let Some((name, name_place)) = name else {
            return;
        };
        if let Some(key) = sentence {
            return self.keep_sentence(key, name_place, place, intent);
        }
        if self.name_is_valid(&name, &name_place, &place) {
            intent.name = name;
            self.check_intent(&intent, &name_place, faults_before);
            self.intents.by_name.insert(intent.name.clone(), self.intents.intents.len());
            self.intents.intents.push(intent);
        }
    }

    fn name_is_valid(&mut self, name: &str, at: &Place, place: &Place) -> bool {
        let well_formed = !name.is_empty()
            && name.len() <= 64
            && name.split('.').all(|part| {
                !part.is_empty()
                    && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-'))
            });
        if !well_formed {
            self.fault(
                at.clone(),
                "name",
                format!("{name:?} is not a name; use lower-case words joined by dots, such as \"order.track\""),
            );
            return false;
        }
        if NOT_INTENTS.contains(&name) {
            self.fault(at.clone(), "name", format!("\"{name}\" is reserved; choose another"));
            return false;
        }
        if let Some(first) = self.places.get(name) {
            let message = format!(
                "\"{name}\" is already defined at {}:{}; rename one or put them together",
                first.file, first.line
            );
            self.fault(at.clone(), "name", message);
            return false;
        }
        self.places.insert(name.to_owned(), place.clone());
        true
    }

    fn check_intent(&mut self, intent: &Intent, at: &Place, faults_before: usize) {
        // A fault in the intent's own texts would only be repeated here as "missing".
        let own_faults = self.faults[faults_before..].to_vec();
        let faulty = |key: &str| own_faults.iter().any(|fault| fault.key == key);
        let examples: usize = intent.wordings.values().map(|wording| wording.examples.len()).sum();
        if examples == 0 && !faulty("examples") {
            self.fault(at.clone(), "examples", "has none; add at least one way in which visitors put it");
        }
        if intent.wordings.values().all(|wording| wording.reply.is_empty())
            && !intent.escalate
            && !intent.is_reserved()
            && !faulty("reply")
        {
            self.fault(at.clone(), "reply", "is missing; add at least one");
        }
        self.warn_of_questions(intent, at);
        for (tag, wording) in &intent.wordings {
            if (1..FEW_EXAMPLES).contains(&wording.examples.len()) {
                let message = format!(
                    "has {} in \"{tag}\"; {FEW_EXAMPLES} or more are understood better",
                    wording.examples.len()
                );
                self.intents.warnings.push(Fault {
                    file: at.file.clone(),
                    line: at.line,
                    key: "examples".into(),
                    message,
                });
            }
        }
    }

    /// A reply such as "tell us which one" leads nowhere where nothing takes the answer.
    fn warn_of_questions(&mut self, intent: &Intent, at: &Place) {
        let takes = !intent.ask.is_empty() || intent.hands_over();
        let texts = intent.wordings.values().filter(|wording| !takes && wording.choices.is_empty());
        let asking =
            texts.flat_map(|wording| &wording.reply).find_map(|reply| talk::asks_to_tell(&reply.render(|_| None)));
        if let Some(words) = asking {
            let message = format!(
                "says {words:?}, and nothing takes what the visitor then tells; add an \"ask\" such as [\"note\"], or \"escalate\""
            );
            let (file, line) = (at.file.clone(), at.line);
            self.intents.warnings.push(Fault { file, line, key: "reply".into(), message });
        }
    }

    /// `name = "say.unsure"`: the site's own words for one of the interface's sentences.
    fn keep_sentence(&mut self, key: String, at: Place, place: Place, intent: Intent) {
        if !phrases::is_key(&key) {
            let hint = nearest(&key, phrases::keys());
            return self.fault(at, "name", format!("\"say.{key}\" is not one of the interface's sentences{hint}"));
        }
        if let Some(first) = self.places.get(&format!("say.{key}")) {
            let message =
                format!("\"say.{key}\" is already defined at {}:{}; put them together", first.file, first.line);
            return self.fault(at, "name", message);
        }
        if intent.wordings.values().all(|wording| wording.reply.is_empty()) {
            self.fault(at, "reply", "is missing; add at least one");
        }
        self.places.insert(format!("say.{key}"), place);
        let wordings = intent.wordings.into_iter().filter(|(_, wording)| !wording.reply.is_empty());
        self.intents.said.insert(key, wordings.map(|(tag, wording)| (tag, wording.reply)).collect());
    }

    fn read_test(&mut self, lines: &Lines, value: &Value, base: &str) {
        let place = lines.place(value.span().start);
        let Some(table) = value.get_ref().as_table() else {
            return;
        };
        for (key, _) in table.iter() {
            let name = key.get_ref().as_ref();
            if !TEST_KEYS.contains(&name) {
                let hint = nearest(name, TEST_KEYS);
                self.fault(lines.place(key.span().start), name, format!("is not a key of a test{hint}"));
            }
        }
        let field = |reader: &mut Self, key: &'static str| match table.get(key) {
            Some(value) => reader.text(lines, key, value),
            None => {
                reader.fault(place.clone(), key, "is missing in a test; each has \"say\" and \"intent\"");
                None
            }
        };
        let (Some(say), Some(intent)) = (field(self, "say"), field(self, "intent")) else {
            return;
        };
        if intent != "none" {
            let at = table.get("intent").map_or(place.clone(), |value| lines.place(value.span().start));
            self.references.push(Reference { place: at, key: "intent", name: intent.clone() });
        }
        let tag =
            table.get("locale").and_then(|value| self.text(lines, "locale", value)).unwrap_or_else(|| base.to_owned());
        if !locale::is_tag(&tag) {
            self.fault(place.clone(), "locale", "is not a language tag; write \"es\" or \"pt-BR\"");
        }
        self.intents.tests.push(TestCase { say, intent, locale: tag, file: place.file, line: place.line });
    }

    fn check_references(&mut self) {
        for reference in std::mem::take(&mut self.references) {
            if self.intents.get(&reference.name).is_none() {
                let hint = nearest(&reference.name, self.intents.names());
                let hint = if hint.is_empty() { "; define it or remove this".to_owned() } else { hint };
                self.fault(
                    reference.place,
                    reference.key,
                    format!("points to \"{}\", which is no intent{hint}", reference.name),
                );
            }
        }
    }
}
