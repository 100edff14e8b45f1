//! `sidedoor leads export`: the leads as CSV for a spreadsheet, or JSON for a program.

use std::borrow::Cow;
use std::io::{self, Write as _};
use std::path::Path;

use clap::ValueEnum;
use serde_json::{Value, json};
use sidedoor::channel::clean;
use sidedoor::clock::{Clock, Millis, rfc3339};
use sidedoor::model::Lead;
use sidedoor::store::{self, Store, StoreError};

use super::{Failure, Outcome, load_config, runtime, site_named};

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// UTF-8 with a header line, safe to open in a spreadsheet
    Csv,
    /// An array of objects
    Json,
}

/// The columns of the CSV, and the keys of the JSON, in order.
const COLUMNS: [&str; 22] = [
    "id",
    "site",
    "created_at",
    "updated_at",
    "score",
    "email",
    "phone",
    "name",
    "company",
    "budget",
    "message",
    "intents",
    "reasons",
    "consent_at",
    "consent_wording",
    "page",
    "referrer",
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "conversation",
    "other",
];

pub(super) fn export(
    config: Option<&Path>,
    site: Option<&str>,
    format: Format,
    since: Option<&str>,
    held: bool,
) -> Outcome {
    let config = load_config(config)?.config;
    let site = site.map(|id| site_named(&config, Some(id))).transpose()?.map(|site| site.id.clone());
    let since = since.map(day).transpose()?;
    runtime()?.block_on(async {
        let store = Store::open(&config.database_url, Clock::system()).await?;
        let leads = all(&store, site.as_deref(), since, held).await?;
        let written = match format {
            Format::Csv => write_csv(io::stdout().lock(), &leads),
            Format::Json => write_json(&leads),
        };
        match written {
            // `sidedoor leads export | head` is no failure.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            other => Ok(other?),
        }
    })
}

/// Every lead asked for, read page by page.
async fn all(store: &Store, site: Option<&str>, since: Option<Millis>, held: bool) -> Result<Vec<Lead>, StoreError> {
    const PAGE: usize = 500;
    let mut leads: Vec<Lead> = Vec::new();
    loop {
        let after = leads.last().map(|lead| lead.id);
        let page = store::leads::export(store, site, since, held, after, PAGE).await?;
        let is_last = page.len() < PAGE;
        leads.extend(page);
        if is_last {
            leads.sort_by_key(|lead| lead.created_at);
            return Ok(leads);
        }
    }
}

/// The first millisecond of a day in UTC.
fn day(text: &str) -> Result<Millis, Failure> {
    let date: jiff::civil::Date =
        text.parse().map_err(|_| Failure::new(format!("--since \"{text}\" is no date; write it as 2026-11-01")))?;
    Ok(date.in_tz("UTC")?.timestamp().as_millisecond())
}

/// As Excel opens it right: UTF-8 with a byte-order mark, lines that end in CR LF.
fn write_csv(mut out: impl io::Write, leads: &[Lead]) -> io::Result<()> {
    out.write_all("\u{feff}".as_bytes())?;
    let mut out = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
    out.write_record(COLUMNS).map_err(io::Error::other)?;
    for lead in leads {
        out.write_record(cells(lead).iter().map(|cell| guard(cell).into_owned())).map_err(io::Error::other)?;
    }
    out.flush()
}

fn write_json(leads: &[Lead]) -> io::Result<()> {
    let objects: Vec<Value> = leads.iter().map(object).collect();
    let mut out = io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, &objects)?;
    writeln!(out)
}

/// A lead's cells, in the order of [`COLUMNS`].
fn cells(lead: &Lead) -> [String; COLUMNS.len()] {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let utm = |key: &str| lead.utm.get(key).cloned().unwrap_or_default();
    let reasons: Vec<String> =
        lead.reasons.iter().map(|reason| format!("{:+} {}", reason.points, reason.why)).collect();
    let other: Vec<String> = lead.fields.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    [
        lead.id.to_string(),
        lead.site.clone(),
        rfc3339(lead.created_at),
        rfc3339(lead.updated_at),
        lead.score.to_string(),
        text(&lead.email),
        text(&lead.phone),
        name(lead.name.as_deref().unwrap_or_default()),
        name(lead.company.as_deref().unwrap_or_default()),
        text(&lead.budget),
        text(&lead.message),
        lead.intents.join("; "),
        reasons.join("; "),
        lead.consent.as_ref().map(|consent| rfc3339(consent.at)).unwrap_or_default(),
        lead.consent.as_ref().map(|consent| consent.wording.clone()).unwrap_or_default(),
        lead.page.url.clone(),
        lead.page.referrer.clone(),
        utm("source"),
        utm("medium"),
        utm("campaign"),
        lead.conversation.map(|conversation| conversation.to_string()).unwrap_or_default(),
        other.join("; "),
    ]
}

/// A lead with its values as they are, and null where there is none.
fn object(lead: &Lead) -> Value {
    let mut object: serde_json::Map<String, Value> = COLUMNS
        .iter()
        .zip(cells(lead))
        .map(|(column, cell)| ((*column).to_owned(), if cell.is_empty() { Value::Null } else { Value::String(cell) }))
        .collect();
    object.insert("score".to_owned(), json!(lead.score));
    object.insert("intents".to_owned(), json!(lead.intents));
    object.insert("reasons".to_owned(), json!(lead.reasons));
    object.insert("other".to_owned(), json!(lead.fields));
    Value::Object(object)
}

/// Keeps a spreadsheet from running what a visitor typed, and from reading a phone number as a sum: a cell that begins with
/// what begins a formula, in any width and whatever invisible stands before it, gets an apostrophe.
fn guard(cell: &str) -> Cow<'_, str> {
    const BEGINS_A_FORMULA: [char; 13] = ['=', '+', '-', '@', '|', '%', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
    let seen = cell.trim_start_matches(|c: char| is_hidden(c) || c == ' ' || c == '\u{a0}');
    if cell.starts_with(BEGINS_A_FORMULA) || seen.starts_with(BEGINS_A_FORMULA) {
        Cow::Owned(format!("'{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}

/// Marks that nobody sees: zero-width characters, direction marks, the byte-order mark, soft hyphens.
fn is_hidden(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
    )
}

/// A name as people read it: on one line, without marks that turn it around.
fn name(text: &str) -> String {
    clean::line(text, usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_that_begins_like_a_formula_is_made_text() {
        for cell in [
            "=cmd|' /C calc'!A0",
            "+1+1",
            "-2",
            "@SUM(A1)",
            "|calc",
            "\t=1",
            "\r=1",
            "＝1",
            " =1",
            "\u{feff}=1",
            "\u{200b}\u{200e}=1",
            "\u{202e} |calc",
        ] {
            assert_eq!(guard(cell), format!("'{cell}"));
        }
        for cell in ["Ana = Bea", "", "\u{feff}Ana", "5000 EUR"] {
            assert_eq!(guard(cell), cell);
        }
    }

    #[test]
    fn a_phone_number_is_text_and_no_sum() {
        assert_eq!(guard("+12025550123"), "'+12025550123");
    }

    #[test]
    fn a_name_is_on_one_line_and_reads_in_its_own_direction() {
        assert_eq!(name("A\u{202e}na\u{2028}Pérez\u{200f}"), "Ana Pérez");
    }

    #[test]
    fn a_spreadsheet_sees_unicode_and_lines_as_it_likes_them() {
        let mut out = Vec::new();

        write_csv(&mut out, &[]).unwrap();

        let text = String::from_utf8(out).unwrap();
        assert!(text.starts_with("\u{feff}id,site,created_at,") && text.ends_with(",other\r\n"), "{text}");
    }

    #[test]
    fn since_takes_a_day_and_names_its_form_otherwise() {
        assert_eq!(day("1970-01-02").unwrap(), 86_400_000);
        assert!(day("yesterday").unwrap_err().0.contains("2026-11-01"));
    }
}
