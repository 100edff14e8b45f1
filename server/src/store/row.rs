//! Between the shared nouns and their columns: enums as words, maps and lists as JSON, text without NUL.

use std::fmt::Display;
use std::str::FromStr;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::StoreError;
use crate::clock::Millis;
use crate::model::{Author, Body, Consent, Conversation, Event, FormLead, Lead, Phase};

/// A column's text, shared rather than copied while it waits for the writer.
pub(super) type Text = Arc<str>;

/// PostgreSQL cannot store NUL in text, so that no text keeps it: the same result on both databases.
pub(super) fn plain(text: &str) -> Text {
    if text.contains('\0') { text.replace('\0', "").into() } else { text.into() }
}

pub(super) fn optional(text: Option<&String>) -> Option<Text> {
    text.map(|text| plain(text))
}

/// NUL needs no care here: JSON escapes it.
pub(super) fn json(value: &impl Serialize) -> Text {
    serde_json::to_string(value).expect("maps with text keys, lists and text always serialise").into()
}

pub(super) fn from_json<T: DeserializeOwned>(
    table: &'static str,
    column: &'static str,
    text: &str,
) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::corrupt(table, column, error))
}

pub(super) fn parse<T: FromStr<Err: Display>>(
    table: &'static str,
    column: &'static str,
    text: &str,
) -> Result<T, StoreError> {
    text.parse().map_err(|error| StoreError::corrupt(table, column, error))
}

/// A conversation's columns, on their way in.
pub(super) struct ConversationRow {
    pub id: Text,
    pub site: Text,
    pub locale: Text,
    pub phase: &'static str,
    /// The version that the turn was computed from; the row gets the next one.
    pub version: i64,
    pub last_seq: i64,
    pub dialogue: Text,
    pub first_page: Text,
    pub page: Text,
    pub created_at: Millis,
    pub updated_at: Millis,
}

impl From<&Conversation> for ConversationRow {
    fn from(conversation: &Conversation) -> Self {
        Self {
            id: conversation.id.to_string().into(),
            site: plain(&conversation.site),
            locale: plain(&conversation.locale),
            phase: conversation.phase.as_str(),
            version: conversation.version,
            last_seq: conversation.last_seq,
            dialogue: plain(&conversation.dialogue),
            first_page: json(&conversation.first_page),
            page: json(&conversation.page),
            created_at: conversation.created_at,
            updated_at: conversation.updated_at,
        }
    }
}

columns! {
    /// A conversation's columns, on their way out.
    pub(super) struct StoredConversation {
        id: String,
        site: String,
        locale: String,
        phase: String,
        version: i64,
        last_seq: i64,
        dialogue: String,
        first_page: String,
        page: String,
        created_at: i64,
        updated_at: i64,
    }
}

impl TryFrom<StoredConversation> for Conversation {
    type Error = StoreError;

    fn try_from(row: StoredConversation) -> Result<Self, StoreError> {
        const TABLE: &str = "conversations";
        Ok(Self {
            id: parse(TABLE, "id", &row.id)?,
            site: row.site,
            locale: row.locale,
            phase: phase_from(&row.phase)?,
            version: row.version,
            last_seq: row.last_seq,
            dialogue: row.dialogue,
            first_page: from_json(TABLE, "first_page", &row.first_page)?,
            page: from_json(TABLE, "page", &row.page)?,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

/// An event's columns, on their way in.
pub(super) struct EventRow {
    pub conversation_id: Text,
    pub seq: i64,
    pub at: Millis,
    pub author: &'static str,
    pub staff_name: Option<Text>,
    pub client_id: Option<Text>,
    pub body: Text,
}

impl EventRow {
    pub fn new(conversation_id: &Text, event: &Event) -> Self {
        Self {
            conversation_id: Arc::clone(conversation_id),
            seq: event.seq,
            at: event.at,
            author: author_word(event.from),
            staff_name: optional(event.name.as_ref()),
            client_id: event.client_id.map(|id| id.to_string().into()),
            body: json(&Spoken { body: &event.body, locale: event.locale.as_ref() }),
        }
    }
}

/// What the column `body` holds: the body itself, and its language beside it.
#[derive(Serialize)]
struct Spoken<'a> {
    #[serde(flatten)]
    body: &'a Body,
    #[serde(skip_serializing_if = "Option::is_none")]
    locale: Option<&'a String>,
}

/// The rest of the column `body`, which [`Body`] does not read.
#[derive(Deserialize)]
struct SpokenIn {
    #[serde(default)]
    locale: Option<String>,
}

columns! {
    /// An event's columns, on their way out.
    pub(super) struct StoredEvent {
        pub seq: i64,
        pub at: i64,
        pub author: String,
        pub staff_name: Option<String>,
        pub client_id: Option<String>,
        pub body: String,
    }
}

impl TryFrom<StoredEvent> for Event {
    type Error = StoreError;

    fn try_from(row: StoredEvent) -> Result<Self, StoreError> {
        const TABLE: &str = "events";
        Ok(Self {
            seq: row.seq,
            at: row.at,
            from: author_from(&row.author)?,
            name: row.staff_name,
            client_id: row.client_id.map(|id| parse(TABLE, "client_id", &id)).transpose()?,
            locale: from_json::<SpokenIn>(TABLE, "body", &row.body)?.locale,
            body: from_json(TABLE, "body", &row.body)?,
        })
    }
}

/// A lead's columns, on their way in.
pub(super) struct LeadRow {
    pub id: Text,
    pub site: Text,
    pub conversation_id: Option<Text>,
    pub email: Option<Text>,
    pub email_normal: Option<Text>,
    pub phone: Option<Text>,
    pub name: Option<Text>,
    pub company: Option<Text>,
    pub budget: Option<Text>,
    pub fields: Text,
    pub message: Option<Text>,
    pub intents: Text,
    pub score: i64,
    pub reasons: Text,
    pub consent_at: Option<Millis>,
    pub consent_wording: Option<Text>,
    pub page: Text,
    pub utm: Text,
    pub created_at: Millis,
    pub updated_at: Millis,
    pub form_key: Option<Text>,
    pub held: i64,
}

impl From<&Lead> for LeadRow {
    fn from(lead: &Lead) -> Self {
        Self {
            id: lead.id.to_string().into(),
            site: plain(&lead.site),
            conversation_id: lead.conversation.map(|id| id.to_string().into()),
            email: optional(lead.email.as_ref()),
            email_normal: optional(lead.email_normal.as_ref()),
            phone: optional(lead.phone.as_ref()),
            name: optional(lead.name.as_ref()),
            company: optional(lead.company.as_ref()),
            budget: optional(lead.budget.as_ref()),
            fields: json(&lead.fields),
            message: optional(lead.message.as_ref()),
            intents: json(&lead.intents),
            score: lead.score.into(),
            reasons: json(&lead.reasons),
            consent_at: lead.consent.as_ref().map(|consent| consent.at),
            consent_wording: lead.consent.as_ref().map(|consent| plain(&consent.wording)),
            page: json(&lead.page),
            utm: json(&lead.utm),
            created_at: lead.created_at,
            updated_at: lead.updated_at,
            form_key: None,
            held: 0,
        }
    }
}

impl From<&FormLead> for LeadRow {
    fn from(form: &FormLead) -> Self {
        Self { form_key: Some(plain(&form.key)), held: form.is_held.into(), ..Self::from(&form.lead) }
    }
}

columns! {
    /// A lead's columns, on their way out.
    pub(super) struct StoredLead {
        id: String,
        site: String,
        conversation_id: Option<String>,
        email: Option<String>,
        email_normal: Option<String>,
        phone: Option<String>,
        name: Option<String>,
        company: Option<String>,
        budget: Option<String>,
        fields: String,
        message: Option<String>,
        intents: String,
        score: i64,
        reasons: String,
        consent_at: Option<i64>,
        consent_wording: Option<String>,
        page: String,
        utm: String,
        created_at: i64,
        updated_at: i64,
    }
}

impl TryFrom<StoredLead> for Lead {
    type Error = StoreError;

    fn try_from(row: StoredLead) -> Result<Self, StoreError> {
        const TABLE: &str = "leads";
        Ok(Self {
            id: parse(TABLE, "id", &row.id)?,
            site: row.site,
            conversation: row.conversation_id.map(|id| parse(TABLE, "conversation_id", &id)).transpose()?,
            email: row.email,
            email_normal: row.email_normal,
            phone: row.phone,
            name: row.name,
            company: row.company,
            budget: row.budget,
            fields: from_json(TABLE, "fields", &row.fields)?,
            message: row.message,
            intents: from_json(TABLE, "intents", &row.intents)?,
            score: i32::try_from(row.score).map_err(|error| StoreError::corrupt(TABLE, "score", error))?,
            reasons: from_json(TABLE, "reasons", &row.reasons)?,
            consent: row.consent_at.zip(row.consent_wording).map(|(at, wording)| Consent { at, wording }),
            page: from_json(TABLE, "page", &row.page)?,
            utm: from_json(TABLE, "utm", &row.utm)?,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

pub(super) fn phase_from(word: &str) -> Result<Phase, StoreError> {
    [Phase::Bot, Phase::Waiting, Phase::Staff, Phase::Closed]
        .into_iter()
        .find(|phase| phase.as_str() == word)
        .ok_or_else(|| StoreError::corrupt("conversations", "phase", word))
}

fn author_word(author: Author) -> &'static str {
    match author {
        Author::Visitor => "visitor",
        Author::Bot => "bot",
        Author::Staff => "staff",
        Author::System => "system",
    }
}

fn author_from(word: &str) -> Result<Author, StoreError> {
    [Author::Visitor, Author::Bot, Author::Staff, Author::System]
        .into_iter()
        .find(|author| author_word(*author) == word)
        .ok_or_else(|| StoreError::corrupt("events", "author", word))
}
