//! The desk: whoever speaks is stored once and told to everybody, whatever becomes of the one who asked.

use std::pin::pin;

use futures_util::poll;
use serde_json::{Value, json};
use sidedoor::desk::{Input, Speaker, Taken};
use sidedoor::id::{ClientId, ConversationId};
use sidedoor::model::Author;
use sidedoor::store::{conversations, subjects};
use sidedoor::wire::{Post, Say};

use crate::database::TestDatabase;
use crate::harness::{TestServer, Visitor, seqs};

crate::on_both_databases!(two_programs_on_one_database_lose_and_double_nothing);

#[tokio::test]
async fn a_turn_whose_sender_hung_up_while_it_was_committed_is_told_to_the_others() {
    let server = TestServer::start().await;
    let mut tab = server.visitor().await;
    let seq = tab.says("hi").await["seq"].as_i64().unwrap();
    let desk = &server.shared.desk;
    let sender = desk.visitor(tab.token()).unwrap();
    let post = Post { id: ClientId::new(), say: Say::Message("how long does shipping take".to_owned()) };

    {
        let mut turn = pin!(desk.submit(&sender, &post));
        assert!(poll!(turn.as_mut()).is_pending(), "it waits for its commit, and is dropped");
    }

    let mut heard = tab.hears().await;
    while heard["seq"].as_i64().unwrap() <= seq || heard["from"] != "visitor" {
        heard = tab.hears().await;
    }
    assert_eq!(heard["id"], json!(post.id));
    server.stop().await;
}

async fn reply(server: &TestServer, conversation: ConversationId, key: ClientId) -> Taken {
    let ana = Speaker::Staff { conversation, member: "ana", name: "Ana" };
    server.shared.desk.take(ana, key, Input::Message("Hi, Ana here.")).await.unwrap()
}

#[tokio::test]
async fn a_reply_of_staff_that_is_sent_twice_is_stored_once_also_after_a_restart() {
    let server = TestServer::start().await;
    let mut visitor = server.visitor().await;
    visitor.says("hi").await;
    let (id, key) = (visitor.conversation(), ClientId::new());

    let first = reply(&server, id, key).await;
    let again = reply(&server, id, key).await;
    let server = server.restart().await;
    let later = reply(&server, id, key).await;

    assert_eq!((again, later), (first, first));
    let stored = server.stored(id).await;
    assert_eq!(stored.iter().filter(|event| event.from == Author::Staff).count(), 1, "{stored:?}");
    server.stop().await;
}

#[tokio::test]
async fn a_visitor_cannot_take_the_key_of_a_reply_of_staff() {
    let server = TestServer::start().await;
    let mut visitor = server.visitor().await;
    let key = ClientId::new();
    let ack = visitor.says_as(key, "hi").await;

    let taken = reply(&server, visitor.conversation(), key).await;

    assert_ne!(json!(taken.seq), ack["seq"]);
    let heard = visitor.hears_until(taken.seq).await;
    let reply = heard.last().unwrap();
    assert_eq!((&reply["name"], &reply["id"]), (&json!("Ana"), &Value::Null), "whose key it is, is nobody's business");
    server.stop().await;
}

#[tokio::test]
async fn a_conversation_that_is_erased_while_its_tab_is_open_does_not_begin_again_under_its_old_id() {
    let server = TestServer::start().await;
    let mut visitor = server.visitor().await;
    visitor.says("hi, I am ana@acme.example").await;
    subjects::erase(&server.shared.store, "ana@acme.example").await.unwrap();
    let id = ClientId::new();
    let message = json!({"type": "message", "id": id, "text": "how long does shipping take"});

    let refused = visitor.tries(message.clone()).await;
    let mut back = server.again(visitor.token(), 2).await;
    let who_has_seen_nothing = server.again(visitor.token(), 0).await;
    let ack = back.posts(message).await;

    assert_eq!(refused["code"], "not_ready", "the client says hello again, and sends again what was not stored");
    assert_ne!(back.token(), visitor.token());
    assert_ne!(who_has_seen_nothing.token(), visitor.token());
    assert_eq!(ack["seq"], 1);
    assert!(conversations::load(&server.shared.store, visitor.conversation()).await.unwrap().is_none());
    server.stop().await;
}

/// Says something many times, as a client does: again under the same id when it was not stored.
async fn talk(tab: &mut Visitor) -> Vec<Value> {
    let mut acks = Vec::new();
    for _ in 0..15 {
        let message = json!({"type": "message", "id": ClientId::new(), "text": "how long does shipping take"});
        let mut answer = tab.tries(message.clone()).await;
        while answer["code"] == "unavailable" {
            answer = tab.tries(message.clone()).await;
        }
        assert_eq!(answer["type"], "ack", "{answer}");
        acks.push(answer);
    }
    acks
}

async fn two_programs_on_one_database_lose_and_double_nothing(database: TestDatabase) {
    let server = TestServer::start_with(|config| config.database_url = database.url.clone()).await;
    let other = server.beside().await;
    let mut here = server.visitor().await;
    here.says("hi").await;
    let mut there = other.again(here.token(), 0).await;

    let (acks, more) = tokio::join!(talk(&mut here), talk(&mut there));

    let stored = server.stored(here.conversation()).await;
    let places: Vec<i64> = stored.iter().map(|event| event.seq).collect();
    assert_eq!(places, (1..=places.len() as i64).collect::<Vec<_>>());
    for ack in acks.iter().chain(&more) {
        let said: Vec<_> = stored.iter().filter(|event| json!(event.client_id) == ack["id"]).collect();
        assert_eq!(
            said.iter().map(|event| event.seq).collect::<Vec<_>>(),
            seqs([ack]),
            "stored once, where it was acked"
        );
    }
    other.stop().await;
    server.stop().await;
}
