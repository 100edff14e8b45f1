//! What actions and filled-in forms say aloud, as events' bodies.

use sidedoor_dialogue::Action;

use crate::model::{Author, Body, Field, Form};
use crate::wire;

/// What an action says in the conversation, and in whose name; `None` for what is done silently.
#[must_use]
pub fn aloud(action: Action) -> Option<(Author, Body)> {
    Some(match action {
        Action::Say { text } => (Author::Bot, Body::text(text)),
        Action::Offer { text, options } => (Author::Bot, Body::Choices { text, options }),
        Action::Ask { text, form } => (Author::Bot, Body::Form { text, form }),
        Action::Enter { phase, text } => (Author::System, Body::State { state: phase, text: text.unwrap_or_default() }),
        Action::SaveLead(_) | Action::Escalate(_) => return None,
    })
}

/// A form as it was filled in, also in words: `Email: ana@acme.example`, a line for each field that the form asked for.
pub(super) fn filled_form(filled: &wire::Form, asked: &Form) -> Body {
    let known = |field: &Field| {
        let value = filled.fields.get(&field.name).map(|value| value.trim()).filter(|value| !value.is_empty())?;
        Some((field.name.clone(), field.label.clone(), value.to_owned()))
    };
    let answers: Vec<_> = asked.fields.iter().filter_map(known).collect();
    let lines: Vec<String> = answers.iter().map(|(_, label, value)| format!("{label}: {value}")).collect();
    Body::Text {
        text: if lines.is_empty() { "–".to_owned() } else { lines.join("\n") },
        answers: Some(filled.seq),
        option: None,
        fields: Some(answers.into_iter().map(|(name, _, value)| (name, value)).collect()),
    }
}
