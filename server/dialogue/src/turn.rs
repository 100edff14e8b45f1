//! What goes into a turn and what comes out of it: context, input, ranking, actions.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::hours::Hours;
use crate::lead::{Lead, Slot};
use crate::state::State;

/// What the dialogue needs to know of a site.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// The brand's name, for `{site}`.
    pub name: String,
    /// The site's own locale, a BCP 47 tag such as `es` or `pt-BR`; reasons and dates for staff are written in it.
    pub locale: String,
    /// ISO 3166 code (`ES`) that phone numbers without a prefix and bare `$` amounts are read in.
    pub region: Option<String>,
    /// Opening hours; `None` promises no time.
    pub hours: Option<Hours>,
    /// What the widget greets with, in the site's language; said again after "start over".
    pub greeting: Option<String>,
    /// A lead that reaches this score (0–100) is escalated once, as [`Reason::HighValue`].
    pub high_value: Option<u8>,
}

impl Profile {
    /// A site with nothing set but its name and locale; the region is the locale's, if it names one.
    pub fn new(name: &str, locale: &str) -> Self {
        let region = crate::locale::region(locale);
        Self { name: name.into(), locale: locale.into(), region, hours: None, greeting: None, high_value: None }
    }
}

/// The page a visitor writes from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Page {
    /// Address of the page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Where the visitor came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub referrer: Option<String>,
}

impl Page {
    /// The page's `utm_*` parameters, by name without the prefix.
    pub fn utm(&self) -> BTreeMap<String, String> {
        crate::score::utm(self.url.as_deref().unwrap_or_default())
    }
}

/// What surrounds a turn.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The site.
    pub profile: &'a Profile,
    /// Epoch milliseconds.
    pub now_ms: i64,
    /// Where the visitor is.
    pub page: &'a Page,
    /// The visitor's locale, as the client named it.
    pub locale: &'a str,
    /// Chooses the first of several reply variants; the conversation's id hashed will do.
    pub seed: u64,
}

/// An intent and how well a message fits it; scores are the matcher's, compared with the ranking's threshold only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// The intent's name.
    pub intent: String,
    /// Higher is better.
    pub score: f32,
}

/// How a message was understood.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Ranking {
    /// Best first.
    pub candidates: Vec<Candidate>,
    /// The score from which a message counts as understood.
    pub threshold: f32,
    /// Whether the best candidate is to be believed at all.
    pub in_scope: bool,
    /// The locale of the examples that it was understood by, where known.
    pub locale: Option<String>,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Input<'a> {
    /// The visitor wrote something.
    Message {
        /// As it was typed.
        text: &'a str,
        /// How the matcher understood it.
        ranking: &'a Ranking,
    },
    /// The visitor pressed a button; `option` is its value.
    Choose {
        /// The value of the option, as it was offered.
        option: &'a str,
    },
    /// The visitor sent a form.
    Form {
        /// The form's name, as it was asked.
        form: &'a str,
        /// Field name to text; names that the dialogue does not know are ignored.
        fields: &'a BTreeMap<String, String>,
        /// Whether the box under the form was ticked.
        consent: bool,
    },
    /// The visitor rated the conversation: 1–5.
    Rate {
        /// 1–5.
        score: u8,
    },
    /// A person has answered: from now on the bot is silent.
    StaffReplied,
    /// Staff gave the conversation back to the bot.
    StaffReleased,
    /// Staff closed the conversation.
    StaffClosed,
}

/// Who answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// The bot.
    #[default]
    Bot,
    /// Passed on to staff, who have not answered yet.
    Waiting,
    /// A person; the bot is silent.
    Staff,
    /// Nobody; a new message opens it again.
    Closed,
}

impl Phase {
    /// As the wire and the store write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Phase::Bot => "bot",
            Phase::Waiting => "waiting",
            Phase::Staff => "staff",
            Phase::Closed => "closed",
        }
    }
}

/// Why staff are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The visitor asked for a person.
    Asked,
    /// Two messages in a row were not understood.
    Unsure,
    /// The visitor complains.
    Complaint,
    /// The intent says `escalate = true`.
    Intent,
    /// The lead's score reached the site's `high_value`; the bot goes on answering.
    HighValue,
}

impl Reason {
    /// As the store and the mails write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Reason::Asked => "asked",
            Reason::Unsure => "unsure",
            Reason::Complaint => "complaint",
            Reason::Intent => "intent",
            Reason::HighValue => "high_value",
        }
    }
}

/// A button.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChoiceOption {
    /// What it shows.
    pub label: String,
    /// What comes back as [`Input::Choose`].
    pub value: String,
}

/// A form as the widget shows it; it may be answered in the chat as well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    /// `contact`, or the name of the intent that asks.
    pub name: String,
    /// What is still unknown, the one that the text asks for first.
    pub fields: Vec<Field>,
    /// The wording that the visitor agrees to by ticking the box.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consent: Option<String>,
}

/// One line of a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// The slot's name.
    pub name: String,
    /// `email`, `phone`, `name`, `company`, `money`, `text` or `date`: how it is best typed.
    pub kind: String,
    /// In the visitor's language.
    pub label: String,
    /// Whether the form cannot be sent without it.
    pub required: bool,
}

/// What is to be done after a turn, in order.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "a turn has a handful of actions; boxing the lead would burden each reader"
)]
pub enum Action {
    /// The bot says this (event `text`).
    Say {
        /// Plain text.
        text: String,
    },
    /// The bot says this and shows buttons (event `choices`).
    Offer {
        /// Plain text.
        text: String,
        /// In order.
        options: Vec<ChoiceOption>,
    },
    /// The bot asks for something (event `form`).
    Ask {
        /// One question, about the form's first field.
        text: String,
        /// All that is still unknown.
        form: Form,
    },
    /// The conversation changes hands (event `state`, from `system`).
    Enter {
        /// From now on.
        phase: Phase,
        /// For the visitor; `None` says nothing.
        text: Option<String>,
    },
    /// The conversation's one lead, whole, replaces what was saved before.
    SaveLead(Lead),
    /// Staff are to hear of this conversation; at most once per reason.
    Escalate(Escalation),
}

/// A hand-over, or a lead worth a mail at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Escalation {
    /// Why.
    pub reason: Reason,
    /// The intent that caused it, where one did.
    pub intent: Option<String>,
    /// Whether the site is open now; `None` where it names no hours.
    pub open: Option<bool>,
}

/// What a turn comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct Turn {
    /// To be stored in place of the one given.
    pub state: State,
    /// In order; empty where the bot stays silent.
    pub actions: Vec<Action>,
    /// The intent that was answered, where one was.
    pub intent: Option<String>,
    /// What this input newly told of the visitor, as staff read it.
    pub learnt: Vec<(Slot, String)>,
}

/// An input that cannot be taken; the state stays as it was and nothing is stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    /// Field name to reason, in the visitor's language (`invalid_field` on the wire).
    #[error("the form has invalid fields: {}", .0.keys().cloned().collect::<Vec<_>>().join(", "))]
    InvalidFields(BTreeMap<String, String>),
    /// The option was never offered (`unknown_event` on the wire).
    #[error("no such option: {0:?}")]
    UnknownOption(String),
    /// The form was never asked (`unknown_event` on the wire).
    #[error("no such form: {0:?}")]
    UnknownForm(String),
}
