//! What the pages show, in words; every text goes through the templates' escaping, as text.

use serde_json::{Value, json};

use crate::clock::{Millis, rfc3339};
use crate::model::{Author, Body, Conversation, DeskKind, DeskRecord, Event, Lead, Member, Phase};

/// A member, as their page and the protocol see them.
pub(super) fn staff(member: &Member) -> Value {
    json!({
        "address": member.address,
        "name": member.name,
        "role": member.role().map(|role| role.as_str()),
    })
}

/// Something said, or noted, in the order in which staff read it.
pub(super) struct Line {
    /// The event's `seq`, or the record's number with an `n` before it.
    pub key: String,
    /// `visitor`, `bot`, `staff`, `system`, `note` or `done`.
    pub class: &'static str,
    pub who: String,
    pub text: String,
    pub options: Vec<String>,
    pub at: String,
    pub clock: String,
}

/// Events with the desk's records between them.
pub(super) fn lines(events: &[Event], records: &[DeskRecord]) -> Vec<Line> {
    let mut records = records.iter().peekable();
    let mut lines = Vec::with_capacity(events.len());
    for event in events {
        while let Some(record) = records.next_if(|record| record.after_seq < event.seq) {
            lines.push(of_record(record));
        }
        lines.push(of_event(event));
    }
    lines.extend(records.map(of_record));
    lines
}

fn of_event(event: &Event) -> Line {
    let (class, who) = match event.from {
        Author::Visitor => ("visitor", "Visitor".to_owned()),
        Author::Bot => ("bot", "Bot".to_owned()),
        Author::Staff => ("staff", event.name.clone().unwrap_or_else(|| "Staff".to_owned())),
        Author::System => ("system", String::new()),
    };
    let (text, options) = match &event.body {
        Body::Text { text, .. } => (text.clone(), Vec::new()),
        Body::Choices { text, options } => (text.clone(), options.iter().map(|option| option.label.clone()).collect()),
        Body::Form { text, form } => (text.clone(), form.fields.iter().map(|field| field.label.clone()).collect()),
        Body::State { state, text } => (state_words(*state, text), Vec::new()),
        Body::Rating { score, comment } => {
            let stars = "★".repeat(usize::from(*score));
            (comment.as_ref().map_or(stars.clone(), |comment| format!("{stars} {comment}")), Vec::new())
        }
    };
    Line { key: event.seq.to_string(), class, who, text, options, at: rfc3339(event.at), clock: clock(event.at) }
}

fn state_words(state: Phase, text: &str) -> String {
    if !text.is_empty() {
        return text.to_owned();
    }
    match state {
        Phase::Bot => "The bot answers from here on.",
        Phase::Waiting => "Passed on to the team.",
        Phase::Staff => "A person answers from here on.",
        Phase::Closed => "Closed.",
    }
    .to_owned()
}

fn of_record(record: &DeskRecord) -> Line {
    let name = &record.name;
    let (class, text) = match record.kind {
        DeskKind::Note => ("note", record.text.clone()),
        DeskKind::Take => ("done", format!("{name} took it")),
        DeskKind::HandBack => ("done", format!("{name} handed it back to the bot")),
        DeskKind::Close => ("done", format!("{name} resolved it")),
        DeskKind::Assign if record.text.is_empty() => ("done", format!("{name} made it nobody's")),
        DeskKind::Assign => ("done", format!("{name} passed it on to {}", record.text)),
    };
    Line {
        key: format!("n{}", record.n),
        class,
        who: name.clone(),
        text,
        options: Vec::new(),
        at: rfc3339(record.at),
        clock: clock(record.at),
    }
}

/// `2026-11-23 09:30` in UTC, until the page puts it into the reader's own time.
pub(super) fn clock(at: Millis) -> String {
    rfc3339(at).chars().take(16).map(|c| if c == 'T' { ' ' } else { c }).collect()
}

/// A label and its value.
pub(super) struct Fact {
    pub label: &'static str,
    pub value: String,
    /// Only addresses of the web, so that a click cannot run anything.
    pub link: Option<String>,
}

/// What is known of the visitor.
pub(super) fn facts(conversation: &Conversation, lead: Option<&Lead>) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut put = |label, value: Option<&String>, link: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            facts.push(Fact { label, value: value.clone(), link });
        }
    };
    if let Some(lead) = lead {
        put("Name", lead.name.as_ref(), None);
        put("Email", lead.email.as_ref(), None);
        put("Phone", lead.phone.as_ref(), None);
        put("Company", lead.company.as_ref(), None);
        put("Budget", lead.budget.as_ref(), None);
        for (name, value) in &lead.fields {
            let label = match name.as_str() {
                "order" => "Order",
                "date" => "Date",
                "quantity" => "Quantity",
                "occasion" => "Occasion",
                _ => "Other",
            };
            put(label, Some(value), None);
        }
    }
    let page = &conversation.page;
    put("Page", Some(if page.title.is_empty() { &page.url } else { &page.title }), web_link(&page.url));
    put("Came from", Some(&conversation.first_page.referrer), web_link(&conversation.first_page.referrer));
    put("Language", Some(&conversation.locale), None);
    facts
}

fn web_link(url: &str) -> Option<String> {
    let parsed = url::Url::parse(url).ok()?;
    matches!(parsed.scheme(), "http" | "https").then(|| parsed.to_string())
}

/// A state in a word.
pub(super) fn state(phase: Phase) -> &'static str {
    match phase {
        Phase::Bot => "Bot",
        Phase::Waiting => "Waiting",
        Phase::Staff => "With staff",
        Phase::Closed => "Closed",
    }
}
