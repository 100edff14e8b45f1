//! What a mail to staff is about: the words in its subject, and those that it begins with.

use super::Letter;
use crate::channel::clean;
use crate::model::{Author, Body, Event, Phase, Reason};

/// Messages quoted above the contact.
const MAX_WANTS: usize = 3;
/// The visitor's words in the subject.
const MAX_EXCERPT: usize = 60;

/// Six characters that tell one conversation from another at a glance: the end of its id, since the beginning is the time.
pub(super) fn tag(letter: &Letter) -> String {
    let id = match (&letter.conversation, &letter.lead) {
        (Some(conversation), _) => conversation.id.uuid(),
        (None, Some(lead)) => lead.id.uuid(),
        (None, None) => return String::new(),
    };
    id.simple().to_string().split_off(26)
}

/// What it is about, in the visitor's words: the longest of the newest says most. The same in each mail of an escalation, since mail
/// programs keep a thread together by its subject.
pub(super) fn excerpt(letter: &Letter) -> String {
    let handed_over = |event: &Event| matches!(event.body, Body::State { state: Phase::Waiting, .. });
    let until = match letter.reason {
        Reason::Waiting => letter.events.iter().rposition(handed_over),
        _ => None,
    };
    let wants = wants(letter, &letter.events[..until.unwrap_or(letter.events.len())]);
    clean::line(wants.iter().max_by_key(|words| words.len()).unwrap_or(&""), MAX_EXCERPT)
}

/// Why the escalation that the mail belongs to began.
pub(super) fn first_reason(letter: &Letter) -> Reason {
    if letter.reason != Reason::Waiting {
        return letter.reason;
    }
    #[derive(serde::Deserialize)]
    struct Begun {
        #[serde(default)]
        escalated: Vec<Reason>,
    }
    let begun = letter.conversation.as_ref().and_then(|it| serde_json::from_str::<Begun>(&it.dialogue).ok());
    let mut reasons = begun.map(|begun| begun.escalated).unwrap_or_default().into_iter();
    reasons.find(|reason| *reason != Reason::HighValue).unwrap_or(letter.reason)
}

/// The visitor's newest words, oldest first, or those in the form. More than one message, since the newest often says no more
/// than "a person, please".
pub(super) fn wants<'a>(letter: &'a Letter, events: &'a [Event]) -> Vec<&'a str> {
    let typed = events.iter().rev().filter_map(|event| match (&event.from, &event.body) {
        (Author::Visitor, Body::Text { text, option: None, fields: None, .. }) => Some(text.as_str()),
        _ => None,
    });
    let mut newest: Vec<&str> = typed.take(MAX_WANTS).collect();
    newest.reverse();
    if newest.is_empty() {
        newest.extend(letter.lead.as_ref().and_then(|lead| lead.message.as_deref()));
    }
    newest
}
