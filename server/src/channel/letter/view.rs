//! What the templates of a letter show: every value cleaned, bounded, and in the words of the site's language.

use std::collections::BTreeMap;

use sidedoor_dialogue::{Introduction, Person, State};

use super::Letter;
use super::door::ShownDoor;
use super::subject::{excerpt, first_reason, tag, wants};
use super::times::Times;
use super::transcript::{Line, lines};
use super::words::Words;
use crate::channel::address::{self, Address};
use crate::channel::clean;
use crate::model::{Lead, Page, Reason};

/// Longest one-line value (a name, a title), in characters.
pub(super) const MAX_VALUE: usize = 200;
/// Longest page address shown, in characters; tracking parameters make some of them endless.
pub(super) const MAX_URL: usize = 500;
/// Longest event shown: what a visitor may send at once.
const MAX_WORDS: usize = 4_000;
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
    /// Whether an earlier mail told of the same escalation: mail programs then put this one below it.
    pub(super) is_later: bool,
    pub(super) headline: &'static str,
    /// The headline that the escalation's first mail had.
    pub(super) subject: &'static str,
    pub(super) excerpt: String,
    pub(super) why: &'static str,
    pub(super) door: Option<ShownDoor>,
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
    /// `asks for a wholesale quote +60 · …`
    pub(super) reasons: String,
}

/// A label and its value.
pub(super) struct Row {
    pub(super) label: String,
    pub(super) value: Prose,
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
        let wants = wants(letter, &letter.events);
        let site = clean::line(&letter.site.name, MAX_VALUE);
        Self {
            words,
            tag: tag(letter),
            is_later: letter.reason == Reason::Waiting,
            headline: words.headline(letter.reason),
            subject: words.headline(first_reason(letter)),
            excerpt: excerpt(letter),
            why: words.why(letter.reason),
            door: letter.door.as_ref().map(|door| ShownDoor::of(door, words.lang)),
            wants: Some(Prose::block(&wants.join("\n"))).filter(|wants| !wants.is_empty()),
            topics: lead.map(topics).unwrap_or_default(),
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

impl View {
    /// Whether something is known beyond who it is.
    pub(super) fn is_known(&self) -> bool {
        !self.topics.is_empty() || !self.details.is_empty() || self.score.is_some()
    }
}

/// "Fig Leaf, 200 pieces; product.price": the things first, since they say most.
fn topics(lead: &Lead) -> String {
    let field = |key: &str| lead.fields.get(key).cloned();
    let things: Vec<String> =
        field("items").into_iter().flat_map(|items| [Some(items), field("quantity")]).flatten().collect();
    let intents = lead.intents.join(", ");
    let parts: Vec<String> = [things.join(", "), intents].into_iter().filter(|part| !part.is_empty()).collect();
    clean::line(&parts.join("; "), MAX_VALUE)
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
            .map(|reason| format!("{} {:+}", clean::line(&reason.why, MAX_VALUE), reason.points))
            .collect::<Vec<_>>()
            .join(" · "),
    }
}

fn details(lead: &Lead, words: &Words) -> Vec<Row> {
    let budget = lead.budget.iter().map(|budget| row(words.budget, budget, MAX_VALUE));
    let named = |key: &str| match key {
        "order" => words.order.to_owned(),
        "date" => words.date.to_owned(),
        "quantity" => words.quantity.to_owned(),
        "items" => words.items.to_owned(),
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
