//! Where leads are made.

use std::collections::BTreeMap;

use sidedoor_dialogue as dialogue;

use crate::clock::Millis;
use crate::id::LeadId;
use crate::model::{Conversation, Lead};

/// What the dialogue has found out about a visitor, as it is kept.
pub(super) fn of_turn(conversation: &Conversation, found: dialogue::Lead, now: Millis) -> Lead {
    let dialogue::Lead { details, score, reasons, consent, quantity, occasion, intents, items, message, .. } = found;
    let mut fields = BTreeMap::new();
    let told = details.to_map().into_iter();
    let has_column = |name: &str| matches!(name, "email" | "phone" | "name" | "company" | "budget");
    fields.extend(told.filter(|(name, _)| !has_column(name)).map(|(name, value)| (name.to_owned(), value)));
    // What was asked for and told goes before what was read in passing.
    if let Some(quantity) = quantity {
        fields.entry("quantity".to_owned()).or_insert(quantity);
    }
    fields.extend(occasion.map(|occasion| ("occasion".to_owned(), occasion)));
    if !items.is_empty() {
        fields.insert("items".to_owned(), items.join(", "));
    }
    let page = conversation.first_page.clone();
    Lead {
        id: id_of(conversation),
        site: conversation.site.clone(),
        conversation: Some(conversation.id),
        email_normal: details.email.as_ref().map(|email| email.normalised().to_owned()),
        email: details.email.map(|email| email.as_str().to_owned()),
        phone: details.phone,
        name: details.name,
        company: details.company,
        budget: details.budget.map(|budget| budget.to_string()),
        fields,
        message,
        intents,
        score: i32::from(score),
        reasons,
        consent,
        utm: page.utm(),
        page,
        created_at: now,
        updated_at: now,
    }
}

/// A conversation has at most one lead, so the lead's id is the conversation's: no need to look it up.
pub(super) fn id_of(conversation: &Conversation) -> LeadId {
    LeadId::from(conversation.id.uuid())
}
