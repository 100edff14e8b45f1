//! The chat so far, as a mail to staff shows it.

use super::Letter;
use super::times::Times;
use super::view::{MAX_VALUE, Prose};
use super::words::Words;
use crate::channel::clean;
use crate::model::{Author, Body, Event};

/// The bot's words in the transcript: two lines on a phone.
const MAX_BOT: usize = 90;

/// An event in the transcript.
pub(super) struct Line {
    /// Stands above the first event of a day.
    pub(super) day: Option<String>,
    pub(super) time: String,
    pub(super) who: String,
    pub(super) class: &'static str,
    pub(super) words: Prose,
}

impl Line {
    /// What the bot says is set small: it is what staff have read before.
    pub(super) fn is_brief(&self) -> bool {
        matches!(self.class, "bot" | "system")
    }
}

pub(super) fn lines(letter: &Letter, words: &Words, times: &Times) -> Vec<Line> {
    let visitor = letter.lead.as_ref().and_then(|lead| lead.name.as_deref()).map(|name| clean::line(name, 60));
    let visitor = visitor.filter(|name| !name.is_empty()).unwrap_or_else(|| words.visitor.to_owned());
    let mut last_day = String::new();
    letter
        .events
        .iter()
        .map(|event| {
            let day = times.day(event.at);
            let is_new = day != last_day;
            last_day.clone_from(&day);
            Line {
                day: is_new.then_some(day),
                time: times.time(event.at),
                who: match (event.from, event.name.as_deref()) {
                    (Author::Visitor, _) => visitor.clone(),
                    (Author::Staff, Some(name)) => clean::line(name, 60),
                    (author, _) => words.author(author).to_owned(),
                },
                class: match event.from {
                    Author::Visitor => "visitor",
                    Author::Staff => "staff",
                    Author::Bot => "bot",
                    Author::System => "system",
                },
                words: said(event, words),
            }
        })
        .collect()
}

/// An event in plain words, buttons and forms included. Staff know what their bot says, so that its words are cut short.
fn said(event: &Event, words: &Words) -> Prose {
    match event.from {
        Author::Bot | Author::System => Prose::line(&in_full(event, words), MAX_BOT),
        Author::Visitor | Author::Staff => Prose::block(&in_full(event, words)),
    }
}

fn in_full(event: &Event, words: &Words) -> String {
    match &event.body {
        Body::Text { text, fields: Some(fields), .. } => {
            let fields = fields
                .iter()
                .map(|(key, value)| format!("{}: {}", clean::line(key, 40), clean::block(value, MAX_VALUE)));
            std::iter::once(text.clone()).filter(|text| !text.is_empty()).chain(fields).collect::<Vec<_>>().join("\n")
        }
        Body::Text { text, .. } | Body::State { text, .. } => text.clone(),
        Body::Choices { text, options } => {
            let labels: Vec<String> = options.iter().map(|option| format!("[{}]", option.label)).collect();
            format!("{text}\n{}", labels.join(" "))
        }
        Body::Form { text, form } => {
            let labels: Vec<&str> = form.fields.iter().map(|field| field.label.as_str()).collect();
            format!("{text}\n({}: {})", words.asked_for, labels.join(", "))
        }
        Body::Rating { score, comment } => {
            let comment = comment.as_deref().map(|comment| format!("\n{comment}")).unwrap_or_default();
            format!("{}: {score}/5{comment}", words.rated)
        }
    }
}
