//! What the templates of a letter show: every value cleaned, bounded, and in the words of the site's language.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use sidedoor_dialogue::{Introduction, Person, State};

use super::Letter;
use super::words::Words;
use crate::channel::address::{self, Address};
use crate::channel::clean;
use crate::clock::Millis;
use crate::config::Site;
use crate::model::{Author, Body, Event, Lead, Page};

/// Longest one-line value (a name, a title), in characters.
pub(super) const MAX_VALUE: usize = 200;
/// Longest page address shown, in characters; tracking parameters make some of them endless.
pub(super) const MAX_URL: usize = 500;
/// Longest event shown: what a visitor may send at once.
const MAX_WORDS: usize = 4_000;
/// Messages quoted above the contact.
const MAX_WANTS: usize = 3;
/// The visitor's words in the subject.
const MAX_EXCERPT: usize = 60;
/// Pointers to other leads with the same address.
const MAX_POINTERS: usize = 5;
/// Rows of what the page says of its visitor.
const MAX_INTRODUCED: usize = 30;
/// Rows of a table that visitors can fill (fields, UTM parameters).
const MAX_ROWS: usize = 20;

/// A letter as the templates see it.
pub(super) struct View {
    pub(super) words: &'static Words,
    pub(super) site: String,
    pub(super) tag: String,
    pub(super) headline: &'static str,
    pub(super) excerpt: String,
    pub(super) why: &'static str,
    pub(super) wants: Option<Prose>,
    pub(super) topics: String,
    pub(super) contact: Contact,
    pub(super) contact_note: &'static str,
    pub(super) introduced: Vec<Row>,
    pub(super) reply_hint: String,
    pub(super) reply_to: Option<(String, Address)>,
    pub(super) score: Option<Score>,
    pub(super) details: Vec<Row>,
    pub(super) consent: Option<(String, Prose)>,
    pub(super) lines: Vec<Line>,
    pub(super) more: bool,
    pub(super) zone: String,
    pub(super) source: Vec<Row>,
    pub(super) same: Vec<String>,
    pub(super) conversation: Option<String>,
    pub(super) footer: String,
}

/// How to reach the visitor. A link is made only from a value that passed our own reading of it.
pub(super) struct Contact {
    pub(super) name: Option<Prose>,
    pub(super) company: Option<Prose>,
    pub(super) email: Option<Reach>,
    pub(super) phone: Option<Reach>,
}

pub(super) struct Reach {
    pub(super) shown: Prose,
    pub(super) link: Option<String>,
}

impl Contact {
    pub(super) fn is_empty(&self) -> bool {
        self.email.is_none() && self.phone.is_none()
    }
}

pub(super) struct Score {
    pub(super) total: i32,
    pub(super) is_high: bool,
    pub(super) reasons: Vec<(String, String)>,
}

/// A label and its value.
pub(super) struct Row {
    pub(super) label: String,
    pub(super) value: Prose,
}

/// An event in the transcript.
pub(super) struct Line {
    /// Stands above the first event of a day.
    pub(super) day: Option<String>,
    pub(super) time: String,
    pub(super) who: String,
    pub(super) class: &'static str,
    pub(super) words: Prose,
}

/// Words that somebody else chose, in lines, each in pieces that no mail program takes for a link when an element stands
/// between them.
#[derive(Clone)]
pub(super) struct Prose {
    pub(super) lines: Vec<String>,
}

impl Prose {
    pub(super) fn block(text: &str) -> Self {
        Self { lines: clean::block(text, MAX_WORDS).lines().map(str::to_owned).collect() }
    }

    pub(super) fn line(text: &str, max: usize) -> Self {
        Self { lines: vec![clean::line(text, max)] }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lines.iter().all(String::is_empty)
    }

    /// The lines one after the other, for plain text; those after the first begin with `indent`.
    pub(super) fn indented(&self, indent: &str) -> String {
        self.lines.join(&format!("\n{indent}"))
    }

    /// `https://acme.example/a` as `https:/`, `/`, `acme.`, `example/`, `a`.
    pub(super) fn pieces(line: &str) -> Vec<&str> {
        line.split_inclusive(['.', '/', '@', '?', '&', '=']).collect()
    }
}

impl View {
    pub(super) fn of(letter: &Letter, sender: &str) -> Self {
        let words = Words::of(&letter.site.locale);
        let times = Times::of(&letter.site, words);
        let lead = letter.lead.as_ref();
        let contact = contact(lead, words);
        let introduction = introduction(letter);
        let email = lead.and_then(|lead| lead.email.as_deref()).and_then(|email| Address::parse(email).ok());
        // Answers would otherwise loop back to the sender's own mailbox.
        let email = email.filter(|email| !email.to_string().eq_ignore_ascii_case(sender));
        let name = lead.and_then(|lead| lead.name.as_deref()).unwrap_or_default();
        let wants = wants(letter);
        let site = clean::line(&letter.site.name, MAX_VALUE);
        Self {
            words,
            tag: tag(letter),
            headline: words.headline(letter.reason),
            // The longest says most about what it is about.
            excerpt: clean::line(wants.iter().max_by_key(|words| words.len()).unwrap_or(&""), MAX_EXCERPT),
            why: words.why(letter.reason),
            wants: Some(Prose::block(&wants.join("\n"))).filter(|wants| !wants.is_empty()),
            topics: lead.map(|lead| clean::line(&lead.intents.join(", "), MAX_VALUE)).unwrap_or_default(),
            contact,
            contact_note: if is_vouched(lead, &introduction) { words.vouched } else { words.unverified },
            introduced: introduced(&introduction, words),
            reply_hint: match &email {
                Some(email) => words.reply_reaches(&email.to_string()),
                None => words.reply_lost().to_owned(),
            },
            reply_to: email.map(|email| (name.to_owned(), email)),
            score: lead.map(|lead| score(lead, letter.site.high_value)),
            details: lead.map(|lead| details(lead, words)).unwrap_or_default(),
            consent: lead
                .and_then(|lead| lead.consent.as_ref())
                .map(|consent| (words.consent_given(&times.full(consent.at)), Prose::block(&consent.wording))),
            lines: lines(letter, words, &times),
            more: letter.more,
            zone: times.zone(),
            source: source(letter, words),
            same: letter.same_email.iter().take(MAX_POINTERS).map(|other| pointer(other, words, &times)).collect(),
            conversation: letter.conversation.as_ref().map(|conversation| conversation.id.to_string()),
            footer: words.footer(&site),
            site,
        }
    }
}

/// Six characters that tell one conversation from another at a glance: the end of its id, since the beginning is the time.
fn tag(letter: &Letter) -> String {
    let id = match (&letter.conversation, &letter.lead) {
        (Some(conversation), _) => conversation.id.uuid(),
        (None, Some(lead)) => lead.id.uuid(),
        (None, None) => return String::new(),
    };
    id.simple().to_string().split_off(26)
}

/// The visitor's newest words, oldest first, or those in the form. More than one message, since the newest often says no more
/// than "a person, please".
fn wants(letter: &Letter) -> Vec<&str> {
    let typed = letter.events.iter().rev().filter_map(|event| match (&event.from, &event.body) {
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

pub(super) fn contact(lead: Option<&Lead>, words: &Words) -> Contact {
    let value = |text: Option<&String>| text.map(|text| Prose::line(text, MAX_VALUE)).filter(|value| !value.is_empty());
    let email = lead.and_then(|lead| lead.email.as_deref()).map(|typed| match Address::parse(typed) {
        Ok(address) => Reach { shown: Prose::line(&address.to_string(), MAX_VALUE), link: Some(address.mailto()) },
        Err(_) => Reach {
            shown: Prose::line(&format!("{} ({})", clean::line(typed, MAX_VALUE), words.unusable), MAX_URL),
            link: None,
        },
    });
    let phone = lead
        .and_then(|lead| lead.phone.as_deref())
        .map(|typed| Reach { shown: Prose::line(typed, MAX_VALUE), link: address::tel(typed) });
    Contact {
        name: value(lead.and_then(|lead| lead.name.as_ref())),
        company: value(lead.and_then(|lead| lead.company.as_ref())),
        email,
        phone,
    }
}

/// How the brand's page has introduced the visitor.
fn introduction(letter: &Letter) -> Introduction {
    let state = letter.conversation.as_ref().map(|conversation| serde_json::from_str::<State>(&conversation.dialogue));
    state.and_then(Result::ok).map(|state| state.introduction).unwrap_or_default()
}

/// Whether the lead is reached by an address that the brand's own server vouches for.
fn is_vouched(lead: Option<&Lead>, introduction: &Introduction) -> bool {
    let vouched = introduction.vouched.as_ref().and_then(|person| person.email.as_deref());
    let email = lead.and_then(|lead| lead.email.as_deref());
    vouched.zip(email).is_some_and(|(vouched, email)| vouched.eq_ignore_ascii_case(email))
}

/// Who the brand's server and page say this is; hints that only say again what is vouched for are left out.
fn introduced(introduction: &Introduction, words: &Words) -> Vec<Row> {
    let nobody = Person::default();
    let vouched = introduction.vouched.as_ref().unwrap_or(&nobody);
    let hinted = &introduction.hinted;
    let mut rows = Vec::new();
    for (label, sure, hint) in [
        (words.customer, &vouched.id, &hinted.id),
        (words.name, &vouched.name, &hinted.name),
        (words.email, &vouched.email, &hinted.email),
        (words.phone, &vouched.phone, &hinted.phone),
    ] {
        rows.extend(sure.iter().map(|value| row(&format!("{label} ✓"), value, MAX_VALUE)));
        rows.extend(hint.iter().filter(|_| hint != sure).map(|value| row(label, value, MAX_VALUE)));
    }
    rows.extend(introduction.attributes.iter().map(|(name, value)| row(&clean::line(name, 40), value, MAX_VALUE)));
    rows.truncate(MAX_INTRODUCED);
    rows
}

fn score(lead: &Lead, high_value: i32) -> Score {
    Score {
        total: lead.score,
        is_high: lead.score >= high_value,
        reasons: lead
            .reasons
            .iter()
            .map(|reason| (format!("{:+}", reason.points), clean::line(&reason.why, MAX_VALUE)))
            .collect(),
    }
}

fn details(lead: &Lead, words: &Words) -> Vec<Row> {
    let budget = lead.budget.iter().map(|budget| row(words.budget, budget, MAX_VALUE));
    let named = |key: &str| match key {
        "order" => words.order.to_owned(),
        "date" => words.date.to_owned(),
        "quantity" => words.quantity.to_owned(),
        "occasion" => words.occasion.to_owned(),
        other => clean::line(other, 40),
    };
    let fields = lead.fields.iter().map(|(key, value)| Row { label: named(key), value: Prose::block(value) });
    budget.chain(fields).take(MAX_ROWS).collect()
}

fn source(letter: &Letter, words: &Words) -> Vec<Row> {
    let nowhere = Page::default();
    let conversation = letter.conversation.as_ref();
    let lead = letter.lead.as_ref();
    let page = conversation.map(|conversation| &conversation.page).filter(|page| !page.url.is_empty());
    let page = page.or(lead.map(|lead| &lead.page)).unwrap_or(&nowhere);
    let first = conversation.map_or(&nowhere, |conversation| &conversation.first_page);
    let referrer = [first, page].into_iter().map(|page| page.referrer.as_str()).find(|referrer| !referrer.is_empty());

    let mut rows = vec![row(words.page, &page.url, MAX_URL), row(words.title, &page.title, MAX_VALUE)];
    if first.url != page.url {
        rows.push(row(words.first_page, &first.url, MAX_URL));
    }
    rows.push(row(words.referrer, referrer.unwrap_or_default(), MAX_URL));
    let no_utm = BTreeMap::new();
    let utm = lead.map_or(&no_utm, |lead| &lead.utm);
    rows.extend(utm.iter().take(MAX_ROWS).map(|(key, value)| row(&clean::line(key, 40), value, MAX_VALUE)));
    rows.push(row(words.language, conversation.map_or("", |conversation| &conversation.locale), MAX_VALUE));
    rows.retain(|row| !row.value.is_empty());
    rows
}

fn row(label: &str, value: &str, max: usize) -> Row {
    Row { label: label.to_owned(), value: Prose::line(value, max) }
}

fn pointer(other: &Lead, words: &Words, times: &Times) -> String {
    let about = clean::line(&other.intents.join(", "), 100);
    let said = other.message.as_deref().map(|message| clean::line(message, 100)).unwrap_or_default();
    let id = other.conversation.map(|id| format!("{} {id}", words.conversation)).unwrap_or_default();
    let score = format!("{} {}", words.score.to_lowercase(), other.score);
    [times.full(other.updated_at), about, said, score, id]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" · ")
}

fn lines(letter: &Letter, words: &Words, times: &Times) -> Vec<Line> {
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

/// An event in plain words, buttons and forms included.
fn said(event: &Event, words: &Words) -> Prose {
    Prose::block(&match &event.body {
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
    })
}

/// Moments in the site's time zone.
pub(super) struct Times {
    zone: TimeZone,
    words: &'static Words,
}

impl Times {
    pub(super) fn of(site: &Site, words: &'static Words) -> Self {
        let named = site.hours.as_ref().and_then(|hours| hours.get("tz")).and_then(|name| TimeZone::get(name).ok());
        Self { zone: named.unwrap_or(TimeZone::UTC), words }
    }

    fn at(&self, at: Millis) -> jiff::ZonedDateTime {
        jiff::Timestamp::from_millisecond(at).unwrap_or_default().to_zoned_datetime(self.zone.clone())
    }

    fn day(&self, at: Millis) -> String {
        self.words.day(&self.at(at))
    }

    fn time(&self, at: Millis) -> String {
        self.at(at).strftime("%H:%M").to_string()
    }

    pub(super) fn full(&self, at: Millis) -> String {
        format!("{}, {}", self.day(at), self.time(at))
    }

    pub(super) fn zone(&self) -> String {
        self.zone.iana_name().unwrap_or("UTC").to_owned()
    }
}
