//! A lead: how to reach a visitor, and what they want.

use std::collections::BTreeMap;

use sidedoor_dialogue::{Consent, Page, ScoreReason};

use crate::clock::Millis;
use crate::id::{ConversationId, LeadId};

/// How to reach a visitor and what they want. At most one for a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lead {
    /// A chat's has the conversation's UUID; a form's is made when it comes in.
    pub id: LeadId,
    /// The site's id.
    pub site: String,
    /// The conversation it came from; none for a plain HTML form.
    pub conversation: Option<ConversationId>,
    /// As typed, for people to write to.
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

/// A lead as a plain HTML form sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormLead {
    /// The lead; no conversation's.
    pub lead: Lead,
    /// The same for a form that is sent twice, and for no other.
    pub key: String,
    /// Kept aside: what fills in hidden fields is seldom a person. Nobody is written to.
    pub is_held: bool,
}
