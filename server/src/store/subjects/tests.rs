//! What is erased under a turn that is being taken.

use super::*;
use crate::clock::Clock;
use crate::model::{Conversation, Page, Phase};
use crate::store::Turn;

/// A conversation of somebody else in which the dialogue remembers `dialogue`.
fn turn(id: ConversationId, version: i64, dialogue: &str) -> Turn {
    let conversation = Conversation {
        id,
        site: "acme".to_owned(),
        locale: "en".to_owned(),
        phase: Phase::Bot,
        version,
        last_seq: 0,
        dialogue: dialogue.to_owned(),
        first_page: Page::default(),
        page: Page::default(),
        created_at: 0,
        updated_at: 0,
    };
    Turn { conversation, events: Vec::new(), lead: None, tasks: Vec::new(), tally: Default::default() }
}

#[tokio::test]
async fn a_turn_that_is_committed_while_an_address_is_erased_is_not_lost() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = format!("sqlite://{}/sidedoor.db", folder.path().display());
    let store = Store::open(&url, Clock::manual(0)).await.expect("the database opens");
    let id = ConversationId::new();
    let first = turn(id, 0, r#"{"note":"ask ana@acme.example"}"#);
    let version = store.commit(first).await.expect("the turn is stored").version;

    let subject = Subject::find(&store, "ana@acme.example").await.expect("the database answers");
    let newer = turn(id, version, r#"{"note":"ask ana@acme.example","asked":"budget"}"#);
    let version = store.commit(newer).await.expect("the turn is stored").version;
    let erased = delete(&store, &subject).await.expect("the database answers");

    let stored = conversations::load(&store, id).await.expect("the database answers").expect("it is there");
    assert_eq!(erased.mentions, 1);
    assert_eq!(parsed(&stored.dialogue), json!({"note": "ask [erased]", "asked": "budget"}));
    assert_eq!(stored.version, version + 1);
    store.close().await;
}
