//! What is known of a visitor: the slots, their values, and the lead that they add up to.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::context::Page;
use super::email::EmailAddress;
use super::money::Money;

/// What is kept as it was typed; longer ones are stories, which stand in the conversation.
const MAX_FREE_CHARS: usize = 500;

/// Something that can be asked for, and found in free text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Slot {
    /// An address to write to.
    Email,
    /// A number to call.
    Phone,
    /// The visitor's name.
    Name,
    /// The business they write for.
    Company,
    /// Money and currency.
    Budget,
    /// An order's number.
    Order,
    /// A day.
    Date,
    /// Where something is to go.
    Place,
    /// What it is about.
    Item,
    /// A size.
    Size,
    /// How many.
    Quantity,
    /// Anything, in the visitor's own words.
    Note,
}

impl Slot {
    /// All of them, in the order in which a summary lists them.
    pub const ALL: [Slot; 12] = [
        Slot::Email,
        Slot::Phone,
        Slot::Name,
        Slot::Company,
        Slot::Budget,
        Slot::Order,
        Slot::Date,
        Slot::Place,
        Slot::Item,
        Slot::Size,
        Slot::Quantity,
        Slot::Note,
    ];

    /// As `ask`, a form's field and a placeholder name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Slot::Email => "email",
            Slot::Phone => "phone",
            Slot::Name => "name",
            Slot::Company => "company",
            Slot::Budget => "budget",
            Slot::Order => "order",
            Slot::Date => "date",
            Slot::Place => "place",
            Slot::Item => "item",
            Slot::Size => "size",
            Slot::Quantity => "quantity",
            Slot::Note => "note",
        }
    }

    /// The slot of that name.
    pub fn parse(name: &str) -> Option<Slot> {
        Slot::ALL.into_iter().find(|slot| slot.as_str() == name)
    }

    /// The field kind that a widget shows it as.
    pub fn kind(self) -> &'static str {
        match self {
            Slot::Budget => "money",
            slot if slot == Slot::Order || slot.is_free() => "text",
            slot => slot.as_str(),
        }
    }

    /// Whether it is kept for staff as it was typed; only a person can act on it.
    pub fn is_free(self) -> bool {
        matches!(self, Slot::Place | Slot::Item | Slot::Size | Slot::Quantity | Slot::Note)
    }

    /// Whether it tells where to reach the visitor.
    pub fn is_contact(self) -> bool {
        matches!(self, Slot::Email | Slot::Phone)
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// All that a visitor has told; each value is already valid.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Details {
    /// As typed, and as compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<EmailAddress>,
    /// E.164: `+34600111222`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// As typed, trimmed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// As typed, trimmed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
    /// Amount and currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<Money>,
    /// As typed, without a leading `#`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// ISO 8601: `2026-12-04`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// As typed, trimmed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// As typed, trimmed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item: Option<String>,
    /// As typed, trimmed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<String>,
    /// As typed, trimmed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quantity: Option<String>,
    /// As typed, trimmed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Details {
    /// The slot's value as staff read it.
    pub fn get(&self, slot: Slot) -> Option<String> {
        match slot {
            Slot::Email => self.email.as_ref().map(|email| email.as_str().to_owned()),
            Slot::Phone => self.phone.clone(),
            Slot::Name => self.name.clone(),
            Slot::Company => self.company.clone(),
            Slot::Budget => self.budget.as_ref().map(Money::to_string),
            Slot::Order => self.order.clone(),
            Slot::Date => self.date.clone(),
            Slot::Place => self.place.clone(),
            Slot::Item => self.item.clone(),
            Slot::Size => self.size.clone(),
            Slot::Quantity => self.quantity.clone(),
            Slot::Note => self.note.clone(),
        }
    }

    /// Whether the slot has a value.
    pub fn has(&self, slot: Slot) -> bool {
        match slot {
            Slot::Email => self.email.is_some(),
            Slot::Phone => self.phone.is_some(),
            Slot::Name => self.name.is_some(),
            Slot::Company => self.company.is_some(),
            Slot::Budget => self.budget.is_some(),
            Slot::Order => self.order.is_some(),
            Slot::Date => self.date.is_some(),
            Slot::Place => self.place.is_some(),
            Slot::Item => self.item.is_some(),
            Slot::Size => self.size.is_some(),
            Slot::Quantity => self.quantity.is_some(),
            Slot::Note => self.note.is_some(),
        }
    }

    /// Whether the visitor can be reached.
    pub fn has_contact(&self) -> bool {
        self.email.is_some() || self.phone.is_some()
    }

    /// Takes one slot's value from another's.
    pub(crate) fn take(&mut self, slot: Slot, other: &Details) {
        match slot {
            Slot::Email => self.email.clone_from(&other.email),
            Slot::Phone => self.phone.clone_from(&other.phone),
            Slot::Name => self.name.clone_from(&other.name),
            Slot::Company => self.company.clone_from(&other.company),
            Slot::Budget => self.budget.clone_from(&other.budget),
            Slot::Order => self.order.clone_from(&other.order),
            Slot::Date => self.date.clone_from(&other.date),
            Slot::Place => self.place.clone_from(&other.place),
            Slot::Item => self.item.clone_from(&other.item),
            Slot::Size => self.size.clone_from(&other.size),
            Slot::Quantity => self.quantity.clone_from(&other.quantity),
            Slot::Note => self.note.clone_from(&other.note),
        }
    }

    /// One that is kept as it was typed: a line of a few words; nothing where the text is none.
    pub(crate) fn of_free(slot: Slot, text: &str) -> Option<Self> {
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let is_line = line.chars().any(char::is_alphanumeric) && line.chars().count() <= MAX_FREE_CHARS;
        let value = Some(line).filter(|line| is_line && !line.chars().any(char::is_control))?;
        let mut details = Details::default();
        let place = match slot {
            Slot::Place => &mut details.place,
            Slot::Item => &mut details.item,
            Slot::Size => &mut details.size,
            Slot::Quantity => &mut details.quantity,
            Slot::Note => &mut details.note,
            _ => return None,
        };
        *place = Some(value);
        Some(details)
    }

    /// Takes all values that the other has.
    pub(crate) fn merge(&mut self, other: Details) {
        for slot in Slot::ALL.into_iter().filter(|slot| other.has(*slot)) {
            self.take(slot, &other);
        }
    }

    /// What is known, by slot name.
    pub fn to_map(&self) -> BTreeMap<&'static str, String> {
        Slot::ALL.into_iter().filter_map(|slot| Some((slot.as_str(), self.get(slot)?))).collect()
    }
}

/// One of the things that a lead's score adds up from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScoreReason {
    /// May be negative.
    pub points: i32,
    /// For staff, in the site's language: `asked about "wholesale.quote"`.
    pub why: String,
}

/// What the visitor agreed to, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// Epoch milliseconds; a stored state calls them `at_ms`.
    #[serde(rename = "at_ms")]
    pub at: i64,
    /// The very words that stood beside the box.
    pub wording: String,
}

/// A visitor who can be written to, as far as is known by now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Lead {
    /// What they told.
    pub details: Details,
    /// 0–100.
    pub score: u8,
    /// What the score adds up from; the sum may exceed 100.
    pub reasons: Vec<ScoreReason>,
    /// The box was ticked.
    pub consent: Option<Consent>,
    /// How many of what they want, as typed: `300 candles`.
    pub quantity: Option<String>,
    /// What for, in the site's language.
    pub occasion: Option<String>,
    /// The intents they asked about, in order, each once.
    pub intents: Vec<String>,
    /// The items they asked about, in order, each once.
    pub items: Vec<String>,
    /// What they wanted, in their own words, a message a line; what was answered for good is not in it.
    pub message: Option<String>,
    /// The page on which they first wrote.
    pub page: Page,
    /// The language they write in.
    pub locale: String,
}
