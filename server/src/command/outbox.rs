//! `sidedoor outbox`: what waits to be delivered, what was given up and why; and trying that again.

use std::io::{self, Write as _};
use std::path::Path;

use serde_json::{Value, json};
use sidedoor::clock::{Clock, Millis, rfc3339};
use sidedoor::id::TaskId;
use sidedoor::store::outbox::{self, Listed, State};
use sidedoor::store::{Store, StoreError};

use super::output::say;
use super::{Failure, Outcome, load_config, runtime};

/// More of each kind help nobody on a screen.
const MOST_LISTED: usize = 1_000;
/// The longest reason in the table, in characters; `--json` has it whole.
const MAX_REASON: usize = 100;

pub(super) fn list(config: Option<&Path>, only_failed: bool, as_json: bool) -> Outcome {
    let config = load_config(config)?.config;
    let tasks = runtime()?.block_on(async {
        let store = Store::open(&config.database_url, Clock::system()).await?;
        Ok::<_, Failure>(outbox::list(&store, only_failed, MOST_LISTED).await?)
    })?;
    let written = if as_json { write_json(&tasks) } else { write_table(&tasks) };
    match written {
        // `sidedoor outbox | head` is no failure.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

pub(super) fn retry(config: Option<&Path>, ids: &[String], all: bool) -> Outcome {
    let config = load_config(config)?.config;
    let ids: Vec<TaskId> = ids.iter().map(|id| task_id(id)).collect::<Result<_, _>>()?;
    runtime()?.block_on(async {
        let store = Store::open(&config.database_url, Clock::system()).await?;
        if all {
            let released = outbox::release_all(&store).await?;
            say!("{released} tasks are tried again; a running server takes them up within ten seconds");
            return Ok(());
        }
        let mut refused = Vec::new();
        for id in ids {
            if outbox::release(&store, id).await? {
                say!("{id} is tried again; a running server takes it up within ten seconds");
            } else {
                refused.push(format!("{id} {}", why_not(&store, id).await?));
            }
        }
        if refused.is_empty() { Ok(()) } else { Err(Failure::new(refused.join("\nsidedoor: "))) }
    })
}

fn task_id(text: &str) -> Result<TaskId, Failure> {
    text.parse().map_err(|_| Failure::new(format!("\"{text}\" is no task's id; `sidedoor outbox --failed` lists them")))
}

async fn why_not(store: &Store, id: TaskId) -> Result<String, StoreError> {
    Ok(match outbox::find(store, id).await? {
        None => "is not in the outbox; `sidedoor outbox --failed` lists what was given up".to_owned(),
        Some(task) => match task.state {
            State::Waiting => format!("was not given up; it is tried next at {}", rfc3339(task.at)),
            State::Delivering => "was not given up; it is being delivered".to_owned(),
            State::Done => format!("was delivered at {}", rfc3339(task.at)),
            State::Failed => {
                let expired = task.expires_at.map(rfc3339).unwrap_or_default();
                format!("expired at {expired} and is not worth delivering any more")
            }
        },
    })
}

fn write_json(tasks: &[Listed]) -> io::Result<()> {
    let tasks: Vec<Value> = tasks
        .iter()
        .map(|task| {
            json!({
                "id": task.id,
                "state": word(task.state),
                "kind": task.kind,
                "site": task.site,
                "to": task.recipient,
                "tries": task.attempts,
                "queued_at": rfc3339(task.queued_at),
                "at": rfc3339(task.at),
                "expires_at": task.expires_at.map(rfc3339),
                "error": task.error,
            })
        })
        .collect();
    let mut out = io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, &tasks)?;
    writeln!(out)
}

fn write_table(tasks: &[Listed]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    if tasks.is_empty() {
        return writeln!(out, "nothing");
    }
    let mut rows = vec![
        ["ID", "STATE", "KIND", "SITE", "TO", "TRIES", "QUEUED", "NEXT OR ENDED", "LAST ERROR"].map(str::to_owned),
    ];
    rows.extend(tasks.iter().map(row));
    let widths: Vec<usize> =
        (0..rows[0].len()).map(|at| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0)).collect();
    for row in &rows {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        writeln!(out, "{}", cells.join("  ").trim_end())?;
    }
    Ok(())
}

fn row(task: &Listed) -> [String; 9] {
    let text = |value: &Option<String>| value.as_deref().map_or("?".to_owned(), |value| one_line(value, MAX_REASON));
    [
        task.id.clone(),
        word(task.state).to_owned(),
        text(&task.kind),
        text(&task.site),
        text(&task.recipient),
        task.attempts.to_string(),
        minute(task.queued_at),
        minute(task.at),
        one_line(task.error.as_deref().unwrap_or_default(), MAX_REASON),
    ]
}

fn word(state: State) -> &'static str {
    match state {
        State::Waiting => "waiting",
        State::Delivering => "delivering",
        State::Failed => "failed",
        State::Done => "done",
    }
}

/// `2026-11-23 09:30Z`: as much as fits a column.
fn minute(at: Millis) -> String {
    let text = rfc3339(at);
    format!("{}Z", text.get(..16).unwrap_or(&text).replace('T', " "))
}

/// What somebody else wrote must not move a terminal's cursor.
fn one_line(text: &str, max: usize) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(max).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_holds_no_control_characters_and_names_what_cannot_be_read() {
        let task = Listed {
            id: "0".to_owned(),
            state: State::Failed,
            kind: None,
            site: None,
            recipient: None,
            attempts: 3,
            queued_at: 0,
            at: 60_000,
            expires_at: None,
            error: Some("550\u{1b}[2J gone\n".to_owned()),
        };

        let row = row(&task);

        assert_eq!(row[2..8].join("|"), "?|?|?|3|1970-01-01 00:00Z|1970-01-01 00:01Z");
        assert_eq!(row[8], "550 [2J gone ");
    }
}
