//! The nouns that every layer shares: conversations, events, leads and tasks, as they are stored and spoken.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::clock::Millis;
use crate::id::{ClientId, ConversationId, LeadId, TaskId};

/// Who said an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Author {
    /// The person on the brand's page.
    Visitor,
    /// The intents' answers.
    Bot,
    /// A person of the brand.
    Staff,
    /// Sidedoor itself: changes of state.
    System,
}

/// Who answers in a conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// The bot answers.
    #[default]
    Bot,
    /// Passed on to staff, who have not answered yet; the bot still takes contact details.
    Waiting,
    /// A person has answered; the bot is silent.
    Staff,
    /// Over, until the visitor writes again.
    Closed,
}

/// One option of a `choices` event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChoiceOption {
    /// What the visitor reads.
    pub label: String,
    /// What `choose` sends back.
    pub value: String,
}

/// One field of a `form` event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormField {
    /// The key in the `form` frame's `fields`.
    pub name: String,
    /// `email`, `phone`, `name`, `company`, `money`, `order`, `date` or `text`.
    pub kind: String,
    /// What the visitor reads.
    pub label: String,
    /// Whether the form can be sent without it.
    pub required: bool,
}

/// The form of a `form` event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    /// What the form is for, such as `contact`.
    pub name: String,
    /// Its fields, in order.
    pub fields: Vec<FormField>,
    /// The wording of the consent to be ticked, where one is asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub consent: Option<String>,
}

/// What an event says. On the wire its fields stand beside `seq`, `at` and `from`; stored as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Body {
    /// Words.
    Text {
        /// The words.
        text: String,
        /// The `seq` of the `choices` or `form` event that this answers.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        answers: Option<i64>,
        /// The option's `value`, when a button was pressed.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        option: Option<String>,
        /// The fields, when a form was sent.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        fields: Option<BTreeMap<String, String>>,
    },
    /// Words with buttons.
    Choices {
        /// The words above the buttons.
        text: String,
        /// The buttons.
        options: Vec<ChoiceOption>,
    },
    /// Words with a form.
    Form {
        /// The words above the form.
        text: String,
        /// The form.
        form: Form,
    },
    /// Somebody else answers from here on.
    State {
        /// Who.
        state: Phase,
        /// What the visitor reads.
        text: String,
    },
    /// The visitor's rating of the conversation.
    Rating {
        /// 1 to 5.
        score: u8,
        /// In the visitor's words.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        comment: Option<String>,
    },
}

impl Body {
    /// Plain words.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text { text: text.into(), answers: None, option: None, fields: None }
    }
}

/// Something said in a conversation. `seq` counts 1, 2, 3 … without a gap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its place in the conversation.
    pub seq: i64,
    /// When it was committed.
    pub at: Millis,
    /// Who said it.
    pub from: Author,
    /// The staff member's name, on staff's events.
    pub name: Option<String>,
    /// The client's id of it, on the visitor's events.
    pub client_id: Option<ClientId>,
    /// What was said.
    pub body: Body,
}

/// The page a visitor is on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// Its address.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub url: String,
    /// Its title.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// Where the visitor came from.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub referrer: String,
}

/// A conversation's row, without its events.
#[derive(Clone, Debug, PartialEq)]
pub struct Conversation {
    /// Its id; also what the visitor's token opens.
    pub id: ConversationId,
    /// The site's id.
    pub site: String,
    /// The visitor's locale, a BCP 47 tag.
    pub locale: String,
    /// Who answers.
    pub phase: Phase,
    /// Grows by one with each committed turn; a turn that was computed from an older one is refused.
    pub version: i64,
    /// The `seq` of the newest event; 0 when there is none.
    pub last_seq: i64,
    /// The dialogue's state, JSON.
    pub dialogue: String,
    /// The page on which the conversation began, with the referrer that brought the visitor there.
    pub first_page: Page,
    /// The page the visitor is on now.
    pub page: Page,
    /// When it began.
    pub created_at: Millis,
    /// When the newest event was committed.
    pub updated_at: Millis,
}

/// Why a lead has its score: one line each, in words for staff.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScoreReason {
    /// Points added.
    pub points: i32,
    /// Why, in words: `asks for a wholesale quote`.
    pub why: String,
}

/// That the visitor agreed to be contacted: when, and to which wording.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// When.
    pub at: Millis,
    /// To what.
    pub wording: String,
}

/// How to reach a visitor and what they want. At most one for a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lead {
    /// Its id.
    pub id: LeadId,
    /// The site's id.
    pub site: String,
    /// The conversation it came from; none for a plain HTML form.
    pub conversation: Option<ConversationId>,
    /// As typed.
    pub email: Option<String>,
    /// Normalised for comparison: NFC, lower case.
    pub email_normal: Option<String>,
    /// E.164.
    pub phone: Option<String>,
    /// The visitor's name.
    pub name: Option<String>,
    /// The company's name.
    pub company: Option<String>,
    /// Amount and currency, as `5000 EUR`.
    pub budget: Option<String>,
    /// Any further fields, such as an order number or a date.
    pub fields: BTreeMap<String, String>,
    /// What the visitor wrote in a plain HTML form.
    pub message: Option<String>,
    /// The names of the intents that the visitor asked about.
    pub intents: Vec<String>,
    /// 0 to 100.
    pub score: i32,
    /// What the score is made of.
    pub reasons: Vec<ScoreReason>,
    /// The consent, where given.
    pub consent: Option<Consent>,
    /// The page it came from, with the referrer.
    pub page: Page,
    /// `utm_source` and its like, from the page's address.
    pub utm: BTreeMap<String, String>,
    /// When it was first saved.
    pub created_at: Millis,
    /// When it was last saved.
    pub updated_at: Millis,
}

/// Why staff are written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The visitor asked for a person.
    Asked,
    /// The bot was unsure twice.
    Unsure,
    /// The visitor complains.
    Complaint,
    /// The intent says `escalate = true`.
    Intent,
    /// The lead's score reached the site's `high_value`.
    HighValue,
    /// A plain HTML form was sent.
    Form,
    /// The visitor wrote again while staff had not answered.
    Waiting,
}

/// What a task carries to its channel. Stored as JSON; the worker renders it when it delivers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Payload {
    /// A mail to one member of staff about a conversation or a lead.
    Escalation {
        /// The site's id.
        site: String,
        /// The conversation, where there is one.
        conversation: Option<ConversationId>,
        /// The lead, where there is one.
        lead: Option<LeadId>,
        /// The staff member's address.
        recipient: String,
        /// Why.
        reason: Reason,
        /// The newest event that the mail tells of.
        seq: i64,
    },
}

/// A task to be put into the outbox, in the transaction of its cause.
#[derive(Clone, Debug, PartialEq)]
pub struct NewTask {
    /// Its id.
    pub id: TaskId,
    /// At most one task has this key, for ever: one mail per (conversation, recipient, reason).
    pub dedup_key: String,
    /// What to deliver.
    pub payload: Payload,
    /// The Message-ID with its angle brackets, the same on each try.
    pub message_id: String,
    /// When it may first be tried.
    pub not_before: Millis,
}

/// A task that the worker has claimed.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// What to deliver.
    pub payload: Payload,
    /// The Message-ID with its angle brackets.
    pub message_id: String,
    /// How often it has been tried before.
    pub attempts: i64,
    /// When it was queued.
    pub created_at: Millis,
}
