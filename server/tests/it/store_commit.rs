//! The store's first promise: a committed turn is whole, durable and there once.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use sidedoor::id::{ClientId, ConversationId, LeadId};
use sidedoor::model::{Author, Body, ChoiceOption, Event, Field, Form, FormLead, Lead, Phase};
use sidedoor::store::{CommitError, Turn, conversations, leads, outbox, settings, subjects};

use crate::database::TestDatabase;
use crate::store_sample::{self as sample, MORNING};

crate::on_both_databases!(
    a_turn_is_read_back_as_it_was,
    a_committed_turn_outlives_the_program,
    a_turn_computed_from_an_older_version_leaves_nothing,
    the_same_client_id_gives_the_first_acknowledgement,
    a_client_id_counts_within_its_conversation_only,
    a_conversation_is_begun_once,
    a_conversation_that_is_gone_does_not_come_back,
    a_refused_turn_takes_no_other_with_it,
    of_two_turns_from_one_version_one_is_stored,
    turns_that_come_too_late_or_twice_hold_up_no_other,
    the_same_form_many_times_at_once_is_stored_once,
    a_conversation_that_was_erased_is_not_begun_again,
    hundreds_of_turns_at_once_are_all_stored,
    odd_text_is_stored_the_same_on_both,
    a_conversation_keeps_its_first_lead,
    a_known_dedup_key_is_not_queued_again,
    a_form_is_stored_once_with_its_tasks,
    a_closed_store_answers_unavailable,
    a_secret_is_made_once,
);

async fn a_turn_is_read_back_as_it_was(database: TestDatabase) {
    let store = database.open().await;
    let mut conversation = sample::conversation();
    conversation.last_seq = 6;
    conversation.phase = Phase::Waiting;
    let form = Form {
        name: "contact".to_owned(),
        fields: vec![Field {
            name: "email".to_owned(),
            kind: "email".to_owned(),
            label: "Email".to_owned(),
            required: true,
        }],
        consent: Some("I agree.".to_owned()),
    };
    let bodies = [
        Body::Text {
            text: "hi".to_owned(),
            answers: Some(3),
            option: Some("price".to_owned()),
            fields: Some(BTreeMap::from([("email".to_owned(), "ana@acme.example".to_owned())])),
        },
        Body::Choices {
            text: "Which?".to_owned(),
            options: vec![ChoiceOption { label: "Price".to_owned(), value: "price".to_owned() }],
        },
        Body::Form { text: "Where?".to_owned(), form },
        Body::State { state: Phase::Waiting, text: "Passed on.".to_owned() },
        Body::Rating { score: 5, comment: Some("¡Genial!".to_owned()) },
        Body::text("Ana here"),
    ];
    let authors = [Author::Visitor, Author::Bot, Author::Bot, Author::System, Author::Visitor, Author::Staff];
    let mut events: Vec<Event> = (1..)
        .zip(authors.into_iter().zip(bodies))
        .map(|(seq, (from, body))| Event { body, ..sample::event(seq, from, "") })
        .collect();
    events[0].client_id = Some(ClientId::new());
    events[5].name = Some("Ana".to_owned());
    let lead = sample::lead(Some(conversation.id), "Ana@acme.example");
    let task = sample::task(Some(conversation.id), Some(lead.id), "one");
    let turn = Turn {
        conversation: conversation.clone(),
        events: events.clone(),
        lead: Some(lead.clone()),
        tasks: vec![task.clone()],
        tally: Default::default(),
    };

    let committed = store.commit(turn).await.unwrap();

    conversation.version = 1;
    assert_eq!(committed.version, 1);
    assert_eq!(committed.queued, [task.id]);
    assert_eq!(conversations::load(&store, conversation.id).await.unwrap(), Some(conversation.clone()));
    assert_eq!(conversations::events_after(&store, conversation.id, 0, 200).await.unwrap(), (events.clone(), false));
    assert_eq!(leads::of_conversation(&store, conversation.id).await.unwrap(), Some(lead.clone()));
    assert_eq!(leads::load(&store, lead.id).await.unwrap(), Some(lead));
    assert_eq!(outbox::pending_count(&store).await.unwrap(), 1);
    let client_id = events[0].client_id.unwrap();
    assert_eq!(conversations::ack_of(&store, conversation.id, client_id).await.unwrap(), Some((1, events[0].at)));
    assert_eq!(conversations::load(&store, ConversationId::new()).await.unwrap(), None);
    assert_eq!(conversations::ack_of(&store, conversation.id, ClientId::new()).await.unwrap(), None);
}

async fn a_committed_turn_outlives_the_program(database: TestDatabase) {
    let store = database.open().await;
    let conversation = sample::stored(&store, "are you there?").await;
    store.close().await;

    let store = database.open().await;

    assert_eq!(conversations::load(&store, conversation.id).await.unwrap(), Some(conversation.clone()));
    assert_eq!(conversations::events_after(&store, conversation.id, 0, 9).await.unwrap().0.len(), 2);
}

async fn a_turn_computed_from_an_older_version_leaves_nothing(database: TestDatabase) {
    let store = database.open().await;
    let mut conversation = sample::stored(&store, "first").await;
    let mut older = conversation.clone();
    store.commit(sample::said(&mut conversation, ClientId::new(), "second")).await.unwrap();
    let mut turn = sample::said(&mut older, ClientId::new(), "from before");
    turn.lead = Some(sample::lead(Some(older.id), "ana@acme.example"));
    turn.tasks = vec![sample::task(Some(older.id), None, "never")];

    let refused = store.commit(turn).await;

    assert_eq!(refused, Err(CommitError::Conflict));
    let row = conversations::load(&store, conversation.id).await.unwrap().unwrap();
    assert_eq!((row.version, row.last_seq), (2, 4));
    assert_eq!(conversations::events_after(&store, conversation.id, 0, 9).await.unwrap().0.len(), 4);
    assert_eq!(leads::of_conversation(&store, conversation.id).await.unwrap(), None);
    assert_eq!(outbox::pending_count(&store).await.unwrap(), 0);
}

async fn the_same_client_id_gives_the_first_acknowledgement(database: TestDatabase) {
    let store = database.open().await;
    let mut conversation = sample::conversation();
    let client_id = ClientId::new();
    let first = sample::said(&mut conversation, client_id, "hello?");
    let resent_from_the_old_version = first.clone();
    conversation.version = store.commit(first).await.unwrap().version;

    let old = store.commit(resent_from_the_old_version).await;
    let new = store.commit(sample::said(&mut conversation, client_id, "hello?")).await;

    let first = Err(CommitError::Duplicate { seq: 1, at: MORNING + 1 });
    assert_eq!(old, first);
    assert_eq!(new, first);
    let row = conversations::load(&store, conversation.id).await.unwrap().unwrap();
    assert_eq!((row.version, row.last_seq), (1, 2));
}

async fn a_client_id_counts_within_its_conversation_only(database: TestDatabase) {
    let store = database.open().await;
    let client_id = ClientId::new();
    let (mut one, mut other) = (sample::conversation(), sample::conversation());

    let first = store.commit(sample::said(&mut one, client_id, "hi")).await;
    let second = store.commit(sample::said(&mut other, client_id, "hi")).await;

    assert!(first.is_ok() && second.is_ok());
}

async fn a_conversation_is_begun_once(database: TestDatabase) {
    let store = database.open().await;
    let stored = sample::stored(&store, "first").await;
    let mut again = sample::conversation();
    again.id = stored.id;

    let refused = store.commit(sample::said(&mut again, ClientId::new(), "a second beginning")).await;

    assert_eq!(refused, Err(CommitError::Conflict));
    assert_eq!(conversations::events_after(&store, stored.id, 0, 9).await.unwrap().0.len(), 2);
}

async fn a_conversation_that_is_gone_does_not_come_back(database: TestDatabase) {
    let store = database.open().await;
    let mut conversation = sample::stored(&store, "forget me").await;
    conversations::expire(&store, "acme", MORNING + 1_000).await.unwrap();

    let refused = store.commit(sample::said(&mut conversation, ClientId::new(), "I am back")).await;

    assert_eq!(refused, Err(CommitError::Conflict));
    assert_eq!(conversations::load(&store, conversation.id).await.unwrap(), None);
}

async fn a_refused_turn_takes_no_other_with_it(database: TestDatabase) {
    let store = database.open().await;
    let turns = (0..40).map(|number| {
        let mut conversation = sample::conversation();
        let mut turn = sample::said(&mut conversation, ClientId::new(), "hi");
        if number == 17 {
            // Two events with one place: a fault that only the database can see.
            turn.events[1].seq = 1;
        }
        turn
    });
    let turns: Vec<Turn> = turns.collect();

    let outcomes = join_all(turns.iter().map(|turn| store.commit(turn.clone()))).await;

    for (number, (turn, outcome)) in turns.iter().zip(outcomes).enumerate() {
        let row = conversations::load(&store, turn.conversation.id).await.unwrap();
        if number == 17 {
            assert!(matches!(outcome, Err(CommitError::Refused(_))), "{outcome:?}");
            assert_eq!(row, None);
        } else {
            assert_eq!(outcome.unwrap().version, 1);
            assert!(row.is_some());
        }
    }
}

async fn of_two_turns_from_one_version_one_is_stored(database: TestDatabase) {
    let store = database.open().await;
    let conversation = sample::stored(&store, "first").await;
    let (mut one, mut other) = (conversation.clone(), conversation.clone());
    let one = sample::said(&mut one, ClientId::new(), "in this tab");
    let other = sample::said(&mut other, ClientId::new(), "in that tab");

    let outcomes = tokio::join!(store.commit(one), store.commit(other));

    assert_eq!(outcomes.0.unwrap().version, 2);
    assert_eq!(outcomes.1, Err(CommitError::Conflict));
    assert_eq!(conversations::events_after(&store, conversation.id, 0, 9).await.unwrap().0.len(), 4);
}

async fn turns_that_come_too_late_or_twice_hold_up_no_other(database: TestDatabase) {
    let store = database.open().await;
    let first = ClientId::new();
    let mut talks = Vec::new();
    for _ in 0..40 {
        let mut talk = sample::conversation();
        let turn = sample::said(&mut talk, first, "first");
        talk.version = store.commit(turn).await.unwrap().version;
        talks.push(talk);
    }
    talks[7].version = 9;
    let turns: Vec<Turn> = (0..40)
        .zip(&mut talks)
        .map(|(number, talk)| sample::said(talk, if number == 13 { first } else { ClientId::new() }, "second"))
        .collect();

    let outcomes = join_all(turns.into_iter().map(|turn| store.commit(turn))).await;

    for (number, outcome) in (0..).zip(outcomes) {
        match number {
            7 => assert_eq!(outcome, Err(CommitError::Conflict)),
            13 => assert_eq!(outcome, Err(CommitError::Duplicate { seq: 1, at: MORNING + 1 })),
            _ => assert_eq!(outcome.unwrap().version, 2),
        }
    }
    assert_eq!(store.savepoints(), 0, "the others are stored at once, not one by one");
}

async fn the_same_form_many_times_at_once_is_stored_once(database: TestDatabase) {
    let store = database.open().await;
    let lead = sample::lead(None, "ana@acme.example");
    let form = sample::form(&lead);
    // Each sending has a task of its own, under the form's one key.
    let tasks: Vec<_> = (0..5).map(|_| [sample::task(None, Some(lead.id), "form")]).collect();
    let mut conversation = sample::conversation();
    let turn = sample::said(&mut conversation, ClientId::new(), "hi");

    let (forms, turn) =
        tokio::join!(join_all(tasks.iter().map(|tasks| leads::save(&store, &form, tasks))), store.commit(turn));

    assert!(turn.is_ok(), "a neighbour in the group is none the worse: {turn:?}");
    let queued: Vec<_> = forms.into_iter().flat_map(|form| form.unwrap().queued.clone()).collect();
    assert_eq!(queued.len(), 1, "{queued:?}");
    assert_eq!(store.savepoints(), 0);
}

async fn a_conversation_that_was_erased_is_not_begun_again(database: TestDatabase) {
    let store = database.open().await;
    let mut conversation = sample::conversation();
    let mut turn = sample::said(&mut conversation, ClientId::new(), "I'm ana@acme.example");
    turn.lead = Some(sample::lead(Some(conversation.id), "ana@acme.example"));
    store.commit(turn).await.unwrap();
    subjects::erase(&store, "ana@acme.example").await.unwrap();
    let mut anew = sample::conversation();
    anew.id = conversation.id;

    let refused = store.commit(sample::said(&mut anew, ClientId::new(), "hi again")).await;

    assert_eq!(refused, Err(CommitError::Conflict));
    assert!(conversations::is_erased(&store, conversation.id).await.unwrap());
    assert!(!conversations::is_erased(&store, ConversationId::new()).await.unwrap());
    assert_eq!(conversations::load(&store, conversation.id).await.unwrap(), None);
    assert_eq!(store.savepoints(), 0);
}

async fn hundreds_of_turns_at_once_are_all_stored(database: TestDatabase) {
    let store = database.open().await;
    let mut talks: Vec<_> = (0..700).map(|_| sample::conversation()).collect();

    for round in 1..=2 {
        let turns: Vec<Turn> =
            talks.iter_mut().map(|talk| sample::said(talk, ClientId::new(), &format!("round {round}"))).collect();
        let outcomes = join_all(turns.into_iter().map(|turn| store.commit(turn))).await;
        for (talk, outcome) in talks.iter_mut().zip(outcomes) {
            talk.version = outcome.unwrap().version;
            assert_eq!(talk.version, round);
        }
    }

    for talk in &talks {
        let (events, more) = conversations::events_after(&store, talk.id, 0, 200).await.unwrap();
        assert_eq!(events.iter().map(|event| event.seq).collect::<Vec<_>>(), [1, 2, 3, 4]);
        assert!(!more);
    }
}

async fn odd_text_is_stored_the_same_on_both(database: TestDatabase) {
    let store = database.open().await;
    let odd = "'; drop table events; -- \"$1\" \\ \u{0}\u{1}\u{7f}\u{2028}\u{feff} 🧿 e\u{301} \r\n {{name}} %_";
    let mut conversation = sample::conversation();
    conversation.locale = odd.to_owned();
    conversation.page.title = odd.to_owned();
    let mut turn = sample::said(&mut conversation, ClientId::new(), odd);
    turn.events[1].name = Some(odd.to_owned());
    let mut lead = sample::lead(Some(conversation.id), "ana@acme.example");
    lead.name = Some(odd.to_owned());
    lead.message = Some(odd.to_owned());
    turn.lead = Some(lead);

    store.commit(turn).await.unwrap();

    // A column cannot hold NUL on PostgreSQL, so it holds none on SQLite; JSON escapes it and keeps it.
    let plain = odd.replace('\0', "");
    let row = conversations::load(&store, conversation.id).await.unwrap().unwrap();
    assert_eq!((row.locale, row.page.title), (plain.clone(), odd.to_owned()));
    let (events, _) = conversations::events_after(&store, conversation.id, 0, 9).await.unwrap();
    assert_eq!(events[0].body, Body::text(odd));
    assert_eq!(events[1].name, Some(plain.clone()));
    let lead = leads::of_conversation(&store, conversation.id).await.unwrap().unwrap();
    assert_eq!((lead.name, lead.message), (Some(plain.clone()), Some(plain)));
}

async fn a_conversation_keeps_its_first_lead(database: TestDatabase) {
    let store = database.open().await;
    let mut conversation = sample::conversation();
    let first = sample::lead(Some(conversation.id), "ana@acme.example");
    let mut turn = sample::said(&mut conversation, ClientId::new(), "I'm ana@acme.example");
    turn.lead = Some(first.clone());
    conversation.version = store.commit(turn).await.unwrap().version;
    let mut corrected = sample::lead(Some(conversation.id), "ana@other.example");
    corrected.consent = None;
    corrected.created_at += 500;
    corrected.updated_at += 500;
    let mut turn = sample::said(&mut conversation, ClientId::new(), "no, it's ana@other.example");
    turn.lead = Some(corrected.clone());

    store.commit(turn).await.unwrap();

    let lead = leads::of_conversation(&store, conversation.id).await.unwrap();
    assert_eq!(lead, Some(sidedoor::model::Lead { id: first.id, created_at: first.created_at, ..corrected }));
}

async fn a_known_dedup_key_is_not_queued_again(database: TestDatabase) {
    let store = database.open().await;
    let mut conversation = sample::conversation();
    let first = sample::task(None, None, "acme/asked");
    let mut turn = sample::said(&mut conversation, ClientId::new(), "a person please");
    turn.tasks = vec![first.clone()];
    let committed = store.commit(turn).await.unwrap();
    conversation.version = committed.version;
    let (again, new) = (sample::task(None, None, "acme/asked"), sample::task(None, None, "acme/complaint"));
    let mut turn = sample::said(&mut conversation, ClientId::new(), "NOW");
    turn.tasks = vec![again, new.clone()];

    let second = store.commit(turn).await.unwrap();

    assert_eq!(committed.queued, [first.id]);
    assert_eq!(second.queued, [new.id]);
    assert_eq!(outbox::pending_count(&store).await.unwrap(), 2);
}

async fn a_form_is_stored_once_with_its_tasks(database: TestDatabase) {
    let store = database.open().await;
    let lead = sample::lead(None, "ana@acme.example");
    let task = sample::task(None, Some(lead.id), "form");

    let first = leads::save(&store, &sample::form(&lead), std::slice::from_ref(&task)).await.unwrap();
    let second = FormLead { lead: Lead { id: LeadId::new(), name: None, ..lead.clone() }, ..sample::form(&lead) };
    let second = leads::save(&store, &second, std::slice::from_ref(&task)).await.unwrap();

    assert_eq!((&first.queued, &second.queued), (&vec![task.id], &vec![]));
    assert_eq!(
        leads::with_email(&store, "acme", "ana@acme.example").await.unwrap(),
        [lead],
        "the first stays as it is"
    );
}

async fn a_closed_store_answers_unavailable(database: TestDatabase) {
    let store = database.open().await;
    let other = store.clone();
    store.ping().await.unwrap();
    store.close().await;
    let mut conversation = sample::conversation();

    let committed = other.commit(sample::said(&mut conversation, ClientId::new(), "too late")).await;

    assert!(matches!(committed, Err(CommitError::Unavailable(_))), "{committed:?}");
    assert!(other.ping().await.is_err());
}

async fn a_secret_is_made_once(database: TestDatabase) {
    let (one, other) = (database.open().await, database.open().await);

    let secrets = tokio::join!(settings::secret(&one, "token"), settings::secret(&other, "token"));
    let unlike = settings::secret(&one, "reply").await.unwrap();

    let first = secrets.0.unwrap();
    assert_eq!(first, secrets.1.unwrap());
    assert_ne!(first, unlike);
    assert_ne!(first, [0; 32]);
}
