//! What is read back: events from either end, leads by email and page by page; and what is forgotten in time.

use sidedoor::id::ClientId;
use sidedoor::model::{Author, Lead};
use sidedoor::store::{Turn, conversations, leads, outbox, said};

use crate::database::TestDatabase;
use crate::store_sample::{self as sample, MORNING};

crate::on_both_databases!(
    events_are_read_after_and_before_a_seq,
    a_conversation_is_resumed_with_what_was_missed,
    leads_are_found_by_site_and_email,
    leads_are_exported_page_by_page,
    what_was_said_lately_is_read_page_by_page,
    old_conversations_are_forgotten_with_all_that_hangs_on_them,
);

async fn events_are_read_after_and_before_a_seq(database: TestDatabase) {
    let store = database.open().await;
    let mut conversation = sample::conversation();
    conversation.last_seq = 12;
    // Another conversation's events must not show up.
    sample::stored(&store, "elsewhere").await;
    let events = (1..=12).map(|seq| sample::event(seq, Author::Bot, "…")).collect();
    store
        .commit(Turn {
            conversation: conversation.clone(),
            events,
            lead: None,
            tasks: vec![],
            tally: Default::default(),
        })
        .await
        .unwrap();
    let seqs = |(events, more): (Vec<sidedoor::model::Event>, bool)| {
        (events.iter().map(|event| event.seq).collect::<Vec<_>>(), more)
    };

    let id = conversation.id;
    let missed = seqs(conversations::events_after(&store, id, 9, 200).await.unwrap());
    let newest = seqs(conversations::events_after(&store, id, 0, 3).await.unwrap());
    let exact = seqs(conversations::events_after(&store, id, 9, 3).await.unwrap());
    let older = seqs(conversations::events_before(&store, id, 10, 4).await.unwrap());
    let oldest = seqs(conversations::events_before(&store, id, 4, 4).await.unwrap());
    let none = seqs(conversations::events_after(&store, id, 12, 4).await.unwrap());

    assert_eq!(missed, (vec![10, 11, 12], false));
    assert_eq!(newest, (vec![10, 11, 12], true));
    assert_eq!(exact, (vec![10, 11, 12], false));
    assert_eq!(older, (vec![6, 7, 8, 9], true));
    assert_eq!(oldest, (vec![1, 2, 3], false));
    assert_eq!(none, (vec![], false));
}

async fn a_conversation_is_resumed_with_what_was_missed(database: TestDatabase) {
    let store = database.open().await;
    sample::stored(&store, "elsewhere").await;
    let mut conversation = sample::conversation();
    conversation.last_seq = 5;
    let events: Vec<_> = (1..=5).map(|seq| sample::event(seq, Author::Bot, "…")).collect();
    let turn = Turn {
        conversation: conversation.clone(),
        events: events.clone(),
        lead: None,
        tasks: vec![],
        tally: Default::default(),
    };
    conversation.version = store.commit(turn).await.unwrap().version;

    let id = conversation.id;
    let all = conversations::resume(&store, id, 0, 5).await.unwrap();
    let newest = conversations::resume(&store, id, 0, 2).await.unwrap();
    let missed = conversations::resume(&store, id, 4, 5).await.unwrap();
    let none = conversations::resume(&store, id, 5, 5).await.unwrap();
    let unknown = conversations::resume(&store, sidedoor::id::ConversationId::new(), 0, 5).await.unwrap();

    assert_eq!(all, Some((conversation.clone(), events.clone(), false)));
    assert_eq!(newest, Some((conversation.clone(), events[3..].to_vec(), true)));
    assert_eq!(missed, Some((conversation.clone(), events[4..].to_vec(), false)));
    assert_eq!(none, Some((conversation, vec![], false)));
    assert_eq!(unknown, None);
}

async fn what_was_said_lately_is_read_page_by_page(database: TestDatabase) {
    let store = database.open().await;
    let mut elsewhere = sample::conversation();
    elsewhere.site = "other".to_owned();
    store.commit(sample::said(&mut elsewhere, ClientId::new(), "not ours")).await.unwrap();
    let mut conversations = [sample::stored(&store, "one").await, sample::stored(&store, "two").await];
    for conversation in &mut conversations {
        store.commit(sample::said(conversation, ClientId::new(), "later")).await.unwrap();
    }
    let places = |page: &[said::Said]| -> Vec<_> { page.iter().map(|one| (one.conversation, one.event.seq)).collect() };
    let [first, second] = [conversations[0].id, conversations[1].id];

    let page = said::page(&store, "acme", MORNING, None, 5).await.unwrap();
    let next = said::page(&store, "acme", MORNING, places(&page).last().copied(), 5).await.unwrap();
    let lately = said::page(&store, "acme", MORNING + 3, None, 5).await.unwrap();

    assert_eq!(places(&page), [(first, 1), (first, 2), (first, 3), (first, 4), (second, 1)]);
    assert_eq!(places(&next), [(second, 2), (second, 3), (second, 4)]);
    assert_eq!(places(&lately), [(first, 3), (first, 4), (second, 3), (second, 4)]);
    assert_eq!((page[0].event.from, page[0].locale.as_str()), (Author::Visitor, "es-MX"));
}

async fn leads_are_found_by_site_and_email(database: TestDatabase) {
    let store = database.open().await;
    let first = sample::lead(None, "Ana@acme.example");
    let second = sample::lead(None, "ana@ACME.example");
    let stranger = sample::lead(None, "bea@acme.example");
    let elsewhere = Lead { site: "other".to_owned(), ..sample::lead(None, "ana@acme.example") };
    for lead in [&first, &second, &stranger, &elsewhere] {
        leads::save(&store, &sample::form(lead), &[]).await.unwrap();
    }

    let found = leads::with_email(&store, "acme", "ana@acme.example").await.unwrap();

    assert_eq!(found, [first, second]);
}

async fn leads_are_exported_page_by_page(database: TestDatabase) {
    let store = database.open().await;
    let mut made = Vec::new();
    for number in 0..7 {
        let mut lead = sample::lead(None, "ana@acme.example");
        lead.created_at = MORNING + number;
        if number == 3 {
            lead.site = "other".to_owned();
        }
        leads::save(&store, &sample::form(&lead), &[]).await.unwrap();
        made.push(lead);
    }

    let mut all = leads::export(&store, None, None, false, None, 5).await.unwrap();
    let rest = leads::export(&store, None, None, false, Some(all[4].id), 5).await.unwrap();
    let own = leads::export(&store, Some("acme"), None, false, None, 100).await.unwrap();
    let late = leads::export(&store, Some("acme"), Some(MORNING + 4), false, None, 100).await.unwrap();

    assert_eq!(rest.len(), 2);
    all.extend(rest);
    assert_eq!(all, made);
    assert_eq!(own.len(), 6);
    assert_eq!(late, made[4..]);
}

async fn old_conversations_are_forgotten_with_all_that_hangs_on_them(database: TestDatabase) {
    let store = database.open().await;
    // More than one batch.
    for number in 0..130 {
        let mut old = sample::conversation();
        let mut turn = sample::said(&mut old, ClientId::new(), "long ago");
        turn.lead = Some(sample::lead(Some(old.id), "old@acme.example"));
        turn.tasks = vec![sample::task(Some(old.id), None, &format!("old {number}"))];
        store.commit(turn).await.unwrap();
    }
    let form = sample::lead(None, "old@acme.example");
    leads::save(&store, &sample::form(&form), &[sample::task(None, Some(form.id), "old form")]).await.unwrap();
    let mut resumed = sample::stored(&store, "long ago").await;
    let mut turn = sample::said(&mut resumed, ClientId::new(), "and today");
    turn.conversation.updated_at = MORNING + 5_000;
    turn.lead = Some(sample::lead(Some(resumed.id), "new@acme.example"));
    turn.tasks = vec![sample::task(Some(resumed.id), None, "new")];
    store.commit(turn).await.unwrap();
    let mut elsewhere = sample::conversation();
    elsewhere.site = "other".to_owned();
    store.commit(sample::said(&mut elsewhere, ClientId::new(), "another site")).await.unwrap();

    let forgotten = conversations::expire(&store, "acme", MORNING + 5_000).await.unwrap();
    let again = conversations::expire(&store, "acme", MORNING + 5_000).await.unwrap();

    assert_eq!((forgotten, again), (131, 0));
    let left = leads::export(&store, None, None, false, None, 100).await.unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].email.as_deref(), Some("new@acme.example"));
    assert_eq!(outbox::pending_count(&store).await.unwrap(), 1);
    assert_eq!(conversations::events_after(&store, resumed.id, 0, 9).await.unwrap().0.len(), 4);
    assert!(conversations::load(&store, elsewhere.id).await.unwrap().is_some());
}
