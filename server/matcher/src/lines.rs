//! The line protocol of `sidedoor rank`, which `bench/intents/evaluate.py` drives.

use std::io::{BufRead, Write};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::encoder::Encoder;
use crate::matcher::Options;
use crate::train::{Example, Progress, TrainError, train};

#[derive(Deserialize)]
struct Taught {
    text: String,
    intent: String,
}

#[derive(Deserialize)]
struct Asked {
    text: String,
}

#[derive(Serialize)]
struct Answered<'a> {
    intent: &'a str,
    confidence: f32,
    accept: bool,
}

/// Trains on `examples` (JSONL with `text` and `intent`), writes `{"ready":true}`, then answers each line of `questions`
/// (`{"text"}`) with one line `{"intent","confidence","accept"}`, at once and in order.
pub fn serve_lines(
    examples: impl BufRead,
    questions: impl BufRead,
    mut answers: impl Write,
    encoder: Option<Arc<dyn Encoder>>,
    options: &Options,
    progress: &mut dyn FnMut(Progress),
) -> Result<(), LinesError> {
    let mut taught = Vec::new();
    for (number, line) in (1..).zip(examples.lines()) {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let Taught { text, intent } =
            serde_json::from_str(&line).map_err(|source| LinesError::Line { of: "examples", number, source })?;
        taught.push(Example { text, intent });
    }
    let matcher = train(&taught, encoder, options, progress)?;
    writeln!(answers, r#"{{"ready":true}}"#)?;
    answers.flush()?;
    for (number, line) in (1..).zip(questions.lines()) {
        let Asked { text } =
            serde_json::from_str(&line?).map_err(|source| LinesError::Line { of: "questions", number, source })?;
        let ranking = matcher.rank(&text);
        let best = &ranking.candidates[0];
        let answer = Answered { intent: &best.intent, confidence: best.score, accept: ranking.in_scope };
        serde_json::to_writer(&mut answers, &answer).map_err(std::io::Error::from)?;
        writeln!(answers)?;
        answers.flush()?;
    }
    Ok(())
}

/// Why the lines could not be served.
#[derive(Debug, thiserror::Error)]
pub enum LinesError {
    /// A line is not what it should be.
    #[error("line {number} of the {of} is not the JSON it should be: {source}; see `sidedoor rank --help`")]
    Line {
        /// The examples or the questions.
        of: &'static str,
        /// From 1.
        number: usize,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// Training failed.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// Reading or writing failed.
    #[error("the lines could not be read or written: {0}")]
    Io(#[from] std::io::Error),
}
