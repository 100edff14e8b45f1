//! What is stored of staff: the same on both databases.

use sidedoor::clock::Clock;
use sidedoor::id::ClientId;
use sidedoor::model::{Conversation, DeskKind, Phase, Role};
use sidedoor::store::Store;
use sidedoor::store::staff::desk_log::{self, NewRecord};
use sidedoor::store::staff::inbox::{self, After, Filter};
use sidedoor::store::staff::sessions::{self, Grant, Kind, Session};
use sidedoor::store::staff::sign_ins;
use sidedoor::store::staff::{canned, members};

use crate::database::TestDatabase;
use crate::store_sample as sample;

crate::on_both_databases!(
    members_keep_their_number_and_lose_what_is_revoked,
    a_session_holds_what_it_was_given_until_it_ends,
    codes_are_good_once_and_after_five_wrong_ones_never,
    desk_records_are_numbered_without_a_hole_and_written_once,
    the_inbox_goes_on_where_its_page_ended,
    canned_answers_are_kept_by_site,
);

async fn members_keep_their_number_and_lose_what_is_revoked(database: TestDatabase) {
    let store = database.open().await;
    let conversation = sample::stored(&store, "hi").await;

    let ana = members::ensure(&store, "Ana@acme.example", "Ana").await.unwrap();
    let again = members::ensure(&store, "ana@ACME.example", "Other").await.unwrap();
    let ben = members::add(&store, "ben@acme.example", "Ben", "acme", Role::Owner).await.unwrap();
    members::remember_link(&store, ben.number, "code", Some(conversation.id), 99).await.unwrap();
    let link = members::link_of_code(&store, ben.number, "code").await.unwrap();
    members::revoke(&store, ben.number, 5_000).await.unwrap();

    assert_eq!((&again, ana.number, ben.number), (&ana, 1, 2));
    assert_eq!(ben.roles, [("acme".to_owned(), Role::Owner)]);
    assert_eq!(link, Some((Some(conversation.id), 99)));
    let revoked = members::by_number(&store, ben.number).await.unwrap().unwrap();
    assert_eq!((revoked.not_before, revoked.revoked_at, revoked.roles), (5, Some(5_000), Vec::new()));
    assert_eq!(members::link_of_code(&store, ben.number, "code").await.unwrap(), None);
    let back = members::add(&store, "ben@acme.example", "Ben", members::ALL_SITES, Role::Agent).await.unwrap();
    assert_eq!((back.number, back.not_before, back.revoked_at), (2, 5, None));
    assert_eq!(members::list(&store).await.unwrap().len(), 2);
    store.close().await;
}

async fn a_session_holds_what_it_was_given_until_it_ends(database: TestDatabase) {
    let store = database.open().await;
    let conversation = sample::stored(&store, "hi").await.id;
    let member = members::ensure(&store, "ana@acme.example", "Ana").await.unwrap().number;
    let grants = vec![Grant { conversation, issued: 1, expires_at: 900 }];
    let session = |id: &str| Session {
        id_hash: id.to_owned(),
        kind: Kind::Link,
        member,
        created_at: 1,
        seen_at: 1,
        expires_at: 900,
        grants: grants.clone(),
    };

    sessions::begin(&store, &session("one"), None).await.unwrap();
    sessions::touch(&store, "one", 7).await.unwrap();
    let held = sessions::load(&store, "one").await.unwrap();
    sessions::begin(&store, &session("two"), Some("one")).await.unwrap();

    assert_eq!(held, Some(Session { seen_at: 7, ..session("one") }));
    assert_eq!(sessions::load(&store, "one").await.unwrap(), None, "its place was taken");
    members::revoke_links(&store, member, conversation, 2_000).await.unwrap();
    assert_eq!(sessions::load(&store, "two").await.unwrap().unwrap().grants, []);
    assert_eq!(members::links_not_before(&store, member, conversation).await.unwrap(), Some(2));
    sessions::expire(&store, 901).await.unwrap();
    assert_eq!(sessions::load(&store, "two").await.unwrap(), None);
    store.close().await;
}

async fn codes_are_good_once_and_after_five_wrong_ones_never(database: TestDatabase) {
    let store = database.open().await;
    let member = members::ensure(&store, "ana@acme.example", "Ana").await.unwrap().number;

    sign_ins::begin(&store, member, "code", "token", 100).await.unwrap();
    assert!(!sign_ins::take_code(&store, member, "wrong", 1).await.unwrap());
    assert!(!sign_ins::take_code(&store, member, "code", 100).await.unwrap(), "too late");
    assert!(sign_ins::take_code(&store, member, "code", 1).await.unwrap());
    assert_eq!(sign_ins::take_token(&store, "token", 1).await.unwrap(), None, "they go together");
    sign_ins::begin(&store, member, "code", "token", 100).await.unwrap();
    for _ in 0..sign_ins::MAX_TRIES {
        assert!(!sign_ins::take_code(&store, member, "wrong", 1).await.unwrap());
    }
    assert!(!sign_ins::take_code(&store, member, "code", 1).await.unwrap());
    assert_eq!(sign_ins::take_token(&store, "token", 1).await.unwrap(), Some(member));
    sign_ins::queue(&store, &sample::task(None, None, "sign-in")).await.unwrap();
    assert_eq!(sample::claim(&store, 5, 1_000).await.len(), 1);
    store.close().await;
}

async fn desk_records_are_numbered_without_a_hole_and_written_once(database: TestDatabase) {
    let store = database.open().await;
    let conversation = sample::stored(&store, "hi").await;
    let member = members::ensure(&store, "ana@acme.example", "Ana").await.unwrap().number;
    let record = |text: &'static str, key| NewRecord {
        conversation: conversation.id,
        kind: DeskKind::Note,
        member,
        name: "Ana",
        text,
        key,
        at: 9,
    };
    let key = ClientId::new();

    let (one, is_new) = desk_log::write(&store, &record("one", key)).await.unwrap().unwrap();
    let (again, is_again) = desk_log::write(&store, &record("other", key)).await.unwrap().unwrap();
    desk_log::write(&store, &record("two", ClientId::new())).await.unwrap();

    assert_eq!((&one, is_new, is_again), (&again, true, false));
    assert_eq!((one.n, one.after_seq, one.text.as_str()), (1, conversation.last_seq, "one"));
    let later = desk_log::after(&store, conversation.id, 1, 10).await.unwrap();
    assert_eq!(later.iter().map(|record| (record.n, record.text.as_str())).collect::<Vec<_>>(), [(2, "two")]);
    let nowhere = NewRecord { conversation: sample::conversation().id, ..record("x", key) };
    assert_eq!(desk_log::write(&store, &nowhere).await.unwrap(), None);
    desk_log::assign(&store, conversation.id, Some(member), 1).await.unwrap();
    assert_eq!(desk_log::assignee(&store, conversation.id).await.unwrap(), Some(member));
    desk_log::assign(&store, conversation.id, None, 1).await.unwrap();
    assert_eq!(desk_log::assignee(&store, conversation.id).await.unwrap(), None);
    store.close().await;
}

async fn waiting_at(store: &Store, at: i64) -> Conversation {
    let mut turn = sample::said(&mut sample::conversation(), ClientId::new(), "a person please");
    turn.conversation = Conversation { phase: Phase::Waiting, created_at: at, updated_at: at, ..turn.conversation };
    let conversation = turn.conversation.clone();
    store.commit(turn).await.unwrap();
    conversation
}

async fn the_inbox_goes_on_where_its_page_ended(database: TestDatabase) {
    let store = database.open_at(&Clock::manual(1)).await;
    let member = members::ensure(&store, "ana@acme.example", "Ana").await.unwrap().number;
    let mut all = Vec::new();
    for at in [10, 20, 20, 30, 40] {
        all.push(waiting_at(&store, at).await);
    }
    let site = all[0].site.clone();
    all.sort_by_key(|conversation| std::cmp::Reverse((conversation.updated_at, conversation.id.to_string())));
    let ids: Vec<_> = all.iter().map(|conversation| conversation.id).collect();

    for filter in [Filter::Open, Filter::Waiting, Filter::Unread, Filter::All] {
        let mut found = Vec::new();
        let mut after = None;
        loop {
            let page = inbox::page(&store, &site, member, filter, after, 2).await.unwrap();
            let Some(last) = page.last() else { break };
            after = Some(After { at: last.at, id: last.id });
            found.extend(page.iter().map(|row| row.id));
        }
        assert_eq!(found, ids, "{filter:?}");
    }
    desk_log::mark_read(&store, ids[0], member, all[0].last_seq).await.unwrap();
    desk_log::mark_read(&store, ids[0], member, 0).await.unwrap();
    desk_log::assign(&store, ids[1], Some(member), 1).await.unwrap();
    let unread = inbox::page(&store, &site, member, Filter::Unread, None, 9).await.unwrap();
    let mine = inbox::page(&store, &site, member, Filter::Mine, None, 9).await.unwrap();
    assert_eq!(unread.len(), 4, "what was read once stays so");
    assert_eq!(mine.iter().map(|row| (row.id, row.assignee.as_deref())).collect::<Vec<_>>(), [(ids[1], Some("Ana"))]);
    assert_eq!(inbox::page(&store, "elsewhere", member, Filter::All, None, 9).await.unwrap(), []);
    store.close().await;
}

async fn canned_answers_are_kept_by_site(database: TestDatabase) {
    let store = database.open().await;
    let hours = |body: &str| canned::Canned { shortcut: "hours".to_owned(), body: body.to_owned() };

    canned::save(&store, "acme", &hours("9 to 5"), 1).await.unwrap();
    canned::save(&store, "acme", &hours("9 to 6"), 2).await.unwrap();

    assert_eq!(canned::list(&store, "acme").await.unwrap(), [hours("9 to 6")]);
    assert_eq!(canned::list(&store, "other").await.unwrap(), []);
    assert!(canned::delete(&store, "acme", "hours").await.unwrap());
    assert!(!canned::delete(&store, "acme", "hours").await.unwrap());
    store.close().await;
}
