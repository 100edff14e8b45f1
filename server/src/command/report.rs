//! `sidedoor intents report`: what visitors asked and the bot missed, and what the examples look like to a model that has not seen them.

use std::fs;
use std::path::Path;

use askama::Template;
use sidedoor::clock::{Clock, Millis};
use sidedoor::config::{Config, Site};
use sidedoor::store::Store;
use sidedoor::store::said::{self, Said};
use sidedoor::understand::{self, SiteIntents, Trainer};
use sidedoor_matcher::Report;

use super::missed::{self, Group};
use super::output::say;
use super::{Failure, Outcome, load_config, runtime, site_named};

/// Bars of the score distribution.
const BARS: usize = 40;
const WIDTH: f32 = 720.0;
/// The height of the tallest bar, in each direction.
const HEIGHT: f32 = 95.0;
/// A square of the matrix with its gap, and the room for the names beside it.
const CELL: usize = 14;
const NAMES: usize = 190;

/// Events read from the database at once.
const PAGE: usize = 5_000;
const DAY_MS: Millis = 24 * 60 * 60 * 1000;
/// Groups of missed questions that are shown: more than anybody writes intents for in one go.
const MOST_GROUPS: usize = 30;
/// Wordings shown of a group, besides the first.
const MOST_WORDINGS: usize = 4;

#[derive(Template)]
#[template(path = "intents-report.html")]
struct Page {
    site: String,
    days: u32,
    todo: Vec<Todo>,
    more: usize,
    languages: Vec<Language>,
}

/// A group of missed questions as it is shown.
struct Todo {
    count: usize,
    last: String,
    locale: String,
    first: String,
    others: String,
    nearest: String,
    examples: String,
}

struct Language {
    locale: String,
    examples: usize,
    accuracy: String,
    answered_right: String,
    foreign_passed_on: String,
    threshold: String,
    threshold_x: f32,
    low: String,
    high: String,
    histogram: Vec<Bar>,
    intents: Vec<Row>,
    labels: Vec<Label>,
    cells: Vec<Cell>,
    matrix_width: usize,
    matrix_height: usize,
    suspects: Vec<(String, String, String)>,
}

struct Bar {
    x: f32,
    width: f32,
    top: f32,
    up: f32,
    down: f32,
}

struct Row {
    name: String,
    examples: usize,
    few: bool,
    recall: u32,
    lost: String,
}

struct Label {
    name: String,
    y: usize,
}

struct Cell {
    x: usize,
    y: usize,
    wrong: bool,
    opacity: String,
    title: String,
}

pub(super) fn report(config: Option<&Path>, site: Option<&str>, file: &Path, days: u32) -> Outcome {
    let config = load_config(config)?.config;
    let site = site_named(&config, site)?;
    let site_intents = SiteIntents::build(site, &understand::files_of(&config, site)?, &Trainer::new(&config))?;
    let said = runtime()?.block_on(said_lately(&config, site, days))?;
    let groups = missed::grouped(&missed::missed(&said, &site_intents), &site_intents);
    let more = groups.len().saturating_sub(MOST_GROUPS);
    let todo: Vec<Todo> = groups.into_iter().take(MOST_GROUPS).map(todo).collect();
    print(&todo, more, days);
    let languages = site_intents.trained().map(|trained| language(trained.locale, &trained.matcher.report())).collect();
    let page = Page { site: site.name.clone(), days, todo, more, languages }.render()?;
    fs::write(file, page).map_err(|error| Failure::new(format!("{} cannot be written: {error}", file.display())))?;
    say!("{}", file.display());
    Ok(())
}

/// Everything that was said on the site in the last `days`.
async fn said_lately(config: &Config, site: &Site, days: u32) -> Result<Vec<Said>, Failure> {
    let clock = Clock::system();
    let store = Store::open(&config.database_url, clock.clone()).await?;
    let since = clock.now() - Millis::from(days) * DAY_MS;
    let mut all: Vec<Said> = Vec::new();
    loop {
        let after = all.last().map(|last| (last.conversation, last.event.seq));
        let page = said::page(&store, &site.id, since, after, PAGE).await?;
        let is_last = page.len() < PAGE;
        all.extend(page);
        if is_last {
            return Ok(all);
        }
    }
}

fn todo(group: Group) -> Todo {
    let examples = group.examples();
    let mut wordings = group.wordings.into_iter();
    let first = wordings.next().unwrap_or_default();
    Todo {
        count: group.count,
        last: jiff::Timestamp::from_millisecond(group.last).unwrap_or_default().strftime("%Y-%m-%d").to_string(),
        locale: group.locale,
        first,
        others: wordings
            .take(MOST_WORDINGS)
            .map(|text| format!("\u{201c}{text}\u{201d}"))
            .collect::<Vec<_>>()
            .join(" · "),
        nearest: group.nearest.unwrap_or_default(),
        examples,
    }
}

fn print(todo: &[Todo], more: usize, days: u32) {
    if todo.is_empty() {
        say!("nothing that visitors asked in the last {days} days was missed");
        return;
    }
    say!("What to do first: questions that visitors asked in the last {days} days and the bot missed.");
    say!("Paste a line into the examples of the intent that answers it, or into a new one.");
    for one in todo {
        say!("\n{:>4}x  {}  ({}; last {})", one.count, one.first, one.locale, one.last);
        if !one.others.is_empty() {
            say!("       also {}", one.others);
        }
        if !one.nearest.is_empty() {
            say!("       nearest: {}", one.nearest);
        }
        say!("       {}", one.examples);
    }
    if more > 0 {
        say!("\n… and {more} more that were asked less often");
    }
    say!("");
}

fn language(locale: &str, report: &Report) -> Language {
    let (low, high) = range(report);
    let x = |score: f32| (score - low) / (high - low).max(f32::EPSILON) * WIDTH;
    let mut thresholds: Vec<f32> =
        report.intents.iter().map(|intent| intent.threshold).filter(|threshold| threshold.is_finite()).collect();
    thresholds.sort_by(f32::total_cmp);
    let threshold = thresholds.get(thresholds.len() / 2).copied().unwrap_or(low);
    let percent = |share: f32| format!("{:.1}", share * 100.0);
    Language {
        locale: locale.to_owned(),
        examples: report.examples.len(),
        accuracy: percent(report.accuracy),
        answered_right: percent(report.answered_right),
        foreign_passed_on: percent(report.foreign_passed_on),
        threshold: format!("{threshold:.2}"),
        threshold_x: x(threshold).clamp(0.0, WIDTH),
        low: format!("{low:.2}"),
        high: format!("{high:.2}"),
        histogram: histogram(report, low, high),
        intents: report
            .intents
            .iter()
            .map(|intent| Row {
                name: intent.intent.to_string(),
                examples: intent.examples,
                few: intent.few,
                recall: whole_percent(intent.recall),
                lost: intent
                    .given_to
                    .iter()
                    .filter(|(to, _)| **to != intent.intent)
                    .map(|(to, count)| format!("{to} ({count})"))
                    .collect::<Vec<_>>()
                    .join(", "),
            })
            .collect(),
        labels: report
            .intents
            .iter()
            .enumerate()
            .map(|(row, intent)| Label { name: intent.intent.to_string(), y: row * CELL + CELL - 3 })
            .collect(),
        cells: cells(report),
        matrix_width: NAMES + report.intents.len() * CELL,
        matrix_height: report.intents.len() * CELL,
        suspects: report
            .examples
            .iter()
            .filter(|example| example.guess != example.intent)
            .map(|example| (example.text.clone(), example.intent.to_string(), example.guess.to_string()))
            .collect(),
    }
}

/// The lowest and the highest score that occur.
fn range(report: &Report) -> (f32, f32) {
    let scores = || {
        report
            .examples
            .iter()
            .flat_map(|example| [example.score, example.foreign_score])
            .filter(|score| score.is_finite())
    };
    let (low, high) = (scores().fold(f32::MAX, f32::min), scores().fold(f32::MIN, f32::max));
    if low <= high { (low, high) } else { (0.0, 1.0) }
}

fn histogram(report: &Report, low: f32, high: f32) -> Vec<Bar> {
    let mut counts = [[0_f32; BARS]; 2];
    let width = (high - low).max(f32::EPSILON);
    for example in &report.examples {
        for (side, score) in [example.score, example.foreign_score].into_iter().enumerate() {
            if score.is_finite() {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "clamped to the bars there are"
                )]
                let bar = ((score - low) / width * BARS as f32).clamp(0.0, BARS as f32 - 1.0) as usize;
                counts[side][bar] += 1.0;
            }
        }
    }
    let most = counts.iter().flatten().copied().fold(1.0, f32::max);
    (0..BARS)
        .map(|bar| {
            let up = counts[0][bar] / most * HEIGHT;
            Bar {
                x: bar as f32 * WIDTH / BARS as f32,
                width: WIDTH / BARS as f32 - 1.0,
                top: 100.0 - up,
                up,
                down: counts[1][bar] / most * HEIGHT,
            }
        })
        .collect()
}

fn cells(report: &Report) -> Vec<Cell> {
    let column = |name: &str| report.intents.iter().position(|intent| &*intent.intent == name);
    let mut cells = Vec::new();
    for (row, intent) in report.intents.iter().enumerate() {
        for (to, count) in &intent.given_to {
            let Some(column) = column(to) else { continue };
            let share = *count as f32 / intent.examples.max(1) as f32;
            cells.push(Cell {
                x: NAMES + column * CELL,
                y: row * CELL,
                wrong: column != row,
                opacity: format!("{:.2}", 0.15 + 0.85 * share),
                title: format!("{} → {to}: {count} of {}", intent.intent, intent.examples),
            });
        }
    }
    cells
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share lies between 0 and 1")]
fn whole_percent(share: f32) -> u32 {
    (share.clamp(0.0, 1.0) * 100.0).round() as u32
}
