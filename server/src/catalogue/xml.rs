//! Google's product feed as RSS or Atom: each item becomes a row.

use std::collections::HashMap;

use quick_xml::Reader;
use quick_xml::events::Event;

use super::feed;
use super::reading::{Read, Setting};
use super::table::Row;

/// # Errors
/// Where the XML is broken, with the line.
pub(super) fn read(text: &str, setting: Setting<'_>) -> Result<Read, String> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().trim_text(true);
    let mut rows: Vec<Row> = Vec::new();
    let mut row: Option<Row> = None;
    let mut open: Option<String> = None;
    loop {
        let place = |reader: &Reader<&[u8]>| {
            let at = usize::try_from(reader.buffer_position()).unwrap_or(text.len()).min(text.len());
            1 + text.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count() as u64
        };
        let event =
            reader.read_event().map_err(|error| format!("line {}: is no valid XML: {error}", place(&reader)))?;
        match event {
            Event::Start(tag) => match tag.local_name().as_ref() {
                b"item" | b"entry" => row = Some((place(&reader), HashMap::new())),
                name => open = Some(String::from_utf8_lossy(name).to_lowercase().replace('_', " ")),
            },
            Event::Text(words) => {
                let words = words.decode().map_err(|error| format!("line {}: {error}", place(&reader)))?;
                hear(&mut row, open.as_deref(), &words);
            }
            Event::CData(words) => hear(&mut row, open.as_deref(), &String::from_utf8_lossy(&words)),
            // Text comes in pieces around what stands for a character: "Cedar &amp; Salt".
            Event::GeneralRef(name) => {
                let character = name.resolve_char_ref().ok().flatten().map(String::from);
                let named = String::from_utf8_lossy(&name).into_owned();
                let known = quick_xml::escape::resolve_predefined_entity(&named).map(str::to_owned);
                hear(&mut row, open.as_deref(), &character.or(known).unwrap_or_default());
            }
            Event::End(tag) => {
                if matches!(tag.local_name().as_ref(), b"item" | b"entry") {
                    rows.extend(row.take());
                }
                open = None;
            }
            Event::Eof => return Ok(feed::read(&rows, setting)),
            _ => {}
        }
    }
}

fn hear(row: &mut Option<Row>, open: Option<&str>, words: &str) {
    let (Some((_, cells)), Some(name)) = (row, open) else { return };
    let cell = cells.entry(name.to_owned()).or_default();
    let is_joined = words.len() == 1 && !words.chars().all(char::is_alphanumeric) || cell.ends_with('&');
    if is_joined && !cell.is_empty() {
        cell.push(' ');
    }
    cell.push_str(words);
}
