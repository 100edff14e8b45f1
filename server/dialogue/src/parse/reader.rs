//! What has been read of a site's intents, and what is wrong with it.

use std::collections::BTreeMap;

use super::place::Place;
use crate::types::intent::{Fault, Intents, SourceFile};

/// A name used somewhere that must be an intent's.
pub struct Reference {
    pub place: Place,
    pub key: &'static str,
    pub name: String,
}

/// An item as it was read first, and whether a program wrote that file.
pub struct ItemPlace {
    pub place: Place,
    pub generated: bool,
}

#[derive(Default)]
pub struct Reader {
    pub intents: Intents,
    pub places: BTreeMap<String, Place>,
    /// Where each item was read first.
    pub items: BTreeMap<String, ItemPlace>,
    pub references: Vec<Reference>,
    pub faults: Vec<Fault>,
    /// Whether a file was no TOML at all.
    pub is_partial: bool,
}

impl Reader {
    pub fn sorted_faults(mut self, files: &[SourceFile]) -> Vec<Fault> {
        let order = |fault: &Fault| (files.iter().position(|file| file.path == fault.file), fault.line);
        self.faults.sort_by_key(order);
        self.faults
    }

    pub fn fault(&mut self, place: Place, key: &str, message: impl Into<String>) {
        self.faults.push(Fault { file: place.file, line: place.line, key: key.into(), message: message.into() });
    }
}
