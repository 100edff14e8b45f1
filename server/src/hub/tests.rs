//! Who hears what, and what a slow listener is told.

use super::*;
use crate::model::{Author, Body, Event, Tally};

fn said(conversation: ConversationId, site: &str, seqs: std::ops::RangeInclusive<i64>) -> Arc<Committed> {
    let event = |seq| Event {
        seq,
        at: 0,
        from: Author::Bot,
        name: None,
        client_id: None,
        locale: None,
        body: Body::text(format!("{seq}")),
    };
    Arc::new(Committed {
        conversation: Some(conversation),
        site: site.to_owned(),
        version: *seqs.end(),
        events: seqs.map(event).collect(),
        queued: Vec::new(),
        tally: Tally::default(),
    })
}

/// The `seq`s that a subscription has heard, with 0 for a lag.
fn heard(subscription: &Subscription) -> Vec<i64> {
    std::iter::from_fn(|| subscription.try_next())
        .map(|update| if let Update::Said(said) = update { said.event().seq } else { 0 })
        .collect()
}

#[tokio::test]
async fn every_subscription_of_a_conversation_hears_and_no_other() {
    let hub = Hub::new();
    let (ours, other) = (ConversationId::new(), ConversationId::new());
    let tabs = [hub.subscribe(ours, "acme".into()), hub.subscribe(ours, "acme".into())];
    let stranger = hub.subscribe(other, "acme".into());

    hub.publish(&said(ours, "acme", 1..=2));

    for tab in &tabs {
        assert!(matches!(tab.next().await, Update::Said(said) if said.event().seq == 1));
        assert_eq!(heard(tab), [2]);
    }
    assert!(heard(&stranger).is_empty());
}

#[test]
fn the_inbox_of_a_site_hears_all_its_conversations_and_no_others() {
    let hub = Hub::new();
    let inbox = hub.subscribe_site("acme".into());
    let (first, second) = (ConversationId::new(), ConversationId::new());

    hub.publish(&said(first, "acme", 1..=1));
    hub.publish(&said(ConversationId::new(), "other", 5..=5));
    hub.publish(&said(second, "acme", 2..=2));

    assert_eq!(heard(&inbox), [1, 2]);
    assert!(hub.hears(first, "acme") && !hub.hears(first, "other"));
}

#[test]
fn an_event_is_rendered_once_for_each_audience() {
    let hub = Hub::new();
    let conversation = ConversationId::new();
    let (visitor, inbox) = (hub.subscribe(conversation, "acme".into()), hub.subscribe_site("acme".into()));

    hub.publish(&said(conversation, "acme", 1..=1));

    let (Some(Update::Said(one)), Some(Update::Said(other))) = (visitor.try_next(), inbox.try_next()) else {
        panic!("both should hear");
    };
    assert_eq!(one.frame(Audience::Visitor, |_| "for visitors".to_owned()), "for visitors");
    assert_eq!(other.frame(Audience::Visitor, |_| panic!("rendered twice")), "for visitors");
    assert_eq!(other.frame(Audience::Staff, |_| "for staff".to_owned()), "for staff");
}

#[test]
fn a_subscription_that_falls_behind_is_told_to_read_the_store() {
    let hub = Hub::new();
    let conversation = ConversationId::new();
    let slow = hub.subscribe(conversation, "acme".into());

    for seq in 1..=70 {
        hub.publish(&said(conversation, "acme", seq..=seq));
    }

    assert_eq!(heard(&slow), [0, 66, 67, 68, 69, 70], "what came after the lag still comes");
}

#[test]
fn whoever_types_is_not_told_of_it() {
    let hub = Hub::new();
    let conversation = ConversationId::new();
    let (typing, reading) = (hub.subscribe(conversation, "acme".into()), hub.subscribe(conversation, "acme".into()));

    let subscription = typing.id();
    hub.typing("acme", Typing { conversation, from: Author::Visitor, name: None, subscription });

    assert!(typing.try_next().is_none());
    assert!(matches!(reading.try_next(), Some(Update::Typing(_))));
}

#[test]
fn a_notice_reaches_its_site_only() {
    let hub = Hub::new();
    let ours = hub.subscribe(ConversationId::new(), "acme".into());
    let other = hub.subscribe(ConversationId::new(), "other".into());

    hub.notice("acme", Some(1));

    assert!(matches!(ours.try_next(), Some(Update::Notice(Some(1)))));
    assert!(other.try_next().is_none());
}

#[test]
fn a_dropped_subscription_leaves_nothing_behind() {
    let hub = Hub::new();
    let conversation = ConversationId::new();

    drop((hub.subscribe(conversation, "acme".into()), hub.subscribe_site("acme".into())));

    assert_eq!(hub.conversations(), 0);
    assert!(!hub.hears(conversation, "acme"));
}
