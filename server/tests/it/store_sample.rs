//! Conversations, turns, leads and tasks for the store's tests.

use std::collections::BTreeMap;

use sidedoor::id::{ClientId, ConversationId, LeadId, TaskId};
use sidedoor::model::{
    Author, Body, Consent, Conversation, Event, FormLead, Lane, Lead, NewTask, Page, Payload, Phase, Reason,
    ScoreReason, Task, Terms,
};
use sidedoor::store::{Store, Turn, outbox};

/// 2026-11-23T09:10:00Z.
pub const MORNING: i64 = 1_795_425_000_000;

/// A conversation that has no row yet.
pub fn conversation() -> Conversation {
    Conversation {
        id: ConversationId::new(),
        site: "acme".to_owned(),
        locale: "es-MX".to_owned(),
        phase: Phase::Bot,
        version: 0,
        last_seq: 0,
        dialogue: r#"{"unsure":1}"#.to_owned(),
        first_page: page("https://shop.example/"),
        page: page("https://shop.example/pricing"),
        created_at: MORNING,
        updated_at: MORNING,
    }
}

pub fn page(url: &str) -> Page {
    Page { url: url.to_owned(), title: "Shop".to_owned(), referrer: "https://instagram.com/".to_owned() }
}

pub fn event(seq: i64, from: Author, text: &str) -> Event {
    Event { seq, at: MORNING + seq, from, name: None, client_id: None, locale: None, body: Body::text(text) }
}

/// The visitor says `text` under `client_id` and the bot answers; `conversation` becomes the row as it shall be.
pub fn said(conversation: &mut Conversation, client_id: ClientId, text: &str) -> Turn {
    let seq = conversation.last_seq;
    let question = Event { client_id: Some(client_id), ..event(seq + 1, Author::Visitor, text) };
    let answer = event(seq + 2, Author::Bot, "Orders ship within two days.");
    conversation.last_seq += 2;
    conversation.updated_at = MORNING + conversation.last_seq;
    Turn {
        conversation: conversation.clone(),
        events: vec![question, answer],
        lead: None,
        tasks: Vec::new(),
        tally: Default::default(),
    }
}

/// A conversation that is stored, with one question and its answer.
pub async fn stored(store: &Store, text: &str) -> Conversation {
    let mut conversation = conversation();
    let turn = said(&mut conversation, ClientId::new(), text);
    conversation.version = store.commit(turn).await.expect("the turn is stored").version;
    conversation
}

pub fn lead(conversation: Option<ConversationId>, email: &str) -> Lead {
    Lead {
        id: LeadId::new(),
        site: "acme".to_owned(),
        conversation,
        email: Some(email.to_owned()),
        email_normal: Some(email.to_lowercase()),
        phone: Some("+12025550123".to_owned()),
        name: Some("Ana Pérez".to_owned()),
        company: None,
        budget: Some("5000 USD".to_owned()),
        fields: BTreeMap::from([("order".to_owned(), "A-17".to_owned())]),
        message: None,
        intents: vec!["wholesale.quote".to_owned()],
        score: 75,
        reasons: vec![ScoreReason { points: 60, why: "asks for a wholesale quote".to_owned() }],
        consent: Some(Consent { at: MORNING, wording: "I agree to be contacted.".to_owned() }),
        page: page("https://shop.example/?utm_source=ig"),
        utm: BTreeMap::from([("utm_source".to_owned(), "ig".to_owned())]),
        created_at: MORNING,
        updated_at: MORNING,
    }
}

/// The lead as a form that nobody sends twice.
pub fn form(lead: &Lead) -> FormLead {
    FormLead { lead: lead.clone(), key: lead.id.to_string(), is_held: false }
}

pub fn task(conversation: Option<ConversationId>, lead: Option<LeadId>, dedup_key: &str) -> NewTask {
    let id = TaskId::new();
    NewTask {
        id,
        dedup_key: dedup_key.to_owned(),
        payload: Payload::Escalation {
            site: "acme".to_owned(),
            conversation,
            lead,
            recipient: "sales@acme.example".to_owned(),
            reason: Reason::HighValue,
            seq: 2,
        },
        message_id: format!("<{id}@acme.example>"),
        not_before: MORNING,
        terms: Terms::default(),
    }
}

/// Claims what is due among the urgent, up to `limit`.
pub async fn claim(store: &Store, limit: usize, lease_ms: i64) -> Vec<Task> {
    let claimed = outbox::claim(store, &[(Lane::Urgent, limit)], lease_ms).await.expect("the outbox can be read");
    claimed.batches.into_iter().flatten().collect()
}

/// In how many milliseconds the outbox has something to do, when nothing is due now.
pub async fn next_in(store: &Store) -> Option<i64> {
    outbox::claim(store, &[(Lane::Urgent, 1)], 60_000).await.expect("the outbox can be read").next_in
}
