//! `sidedoor intents report`: one HTML page that shows what the examples look like to a model that has not seen them.

use std::fs;
use std::path::Path;

use askama::Template;
use sidedoor::understand::{self, SiteIntents, Trainer};
use sidedoor_matcher::Report;

use super::output::say;
use super::{Failure, Outcome, load_config, site_named};

/// Bars of the score distribution.
const BARS: usize = 40;
const WIDTH: f32 = 720.0;
/// The height of the tallest bar, in each direction.
const HEIGHT: f32 = 95.0;
/// A square of the matrix with its gap, and the room for the names beside it.
const CELL: usize = 14;
const NAMES: usize = 190;

#[derive(Template)]
#[template(path = "intents-report.html")]
struct Page {
    site: String,
    languages: Vec<Language>,
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

pub(super) fn report(config: Option<&Path>, site: Option<&str>, file: &Path) -> Outcome {
    let config = load_config(config)?.config;
    let site = site_named(&config, site)?;
    let site_intents = SiteIntents::build(site, &understand::files_of(&config, site)?, &Trainer::new(&config))?;
    let languages = site_intents.trained().map(|trained| language(trained.locale, &trained.matcher.report())).collect();
    let page = Page { site: site.name.clone(), languages }.render()?;
    fs::write(file, page).map_err(|error| Failure::new(format!("{} cannot be written: {error}", file.display())))?;
    say!("{}", file.display());
    Ok(())
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
