//! Coming back: after a lost connection, on another transport, after a restart, with a token that is not one's own.

use serde_json::{Value, json};
use sidedoor::clock::Clock;
use sidedoor::id::ClientId;
use sidedoor::store;

use crate::harness::{TestServer, Visitor, seqs, staff_says};
use crate::postgres;

#[tokio::test]
async fn resuming_gives_exactly_what_was_missed() {
    let server = TestServer::start().await;
    let mut first = server.visitor().await;
    let seen = first.says("how long does shipping take").await["seq"].as_i64().unwrap();
    first.says("where is my parcel").await;
    let last = i64::try_from(server.stored(first.conversation()).await.len()).unwrap();

    let back = server.again(first.token(), seen).await;

    assert_eq!(back.token(), first.token());
    assert_eq!(back.conversation(), first.conversation());
    assert_eq!(seqs(back.welcome["events"].as_array().unwrap()), (seen + 1..=last).collect::<Vec<_>>());
    assert_eq!(back.welcome["seq"], last);
    assert!(back.welcome.get("more").is_none());
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_has_seen_everything_gets_nothing_twice() {
    let server = TestServer::start().await;
    let mut first = server.visitor().await;
    first.says("hi").await;
    let last = i64::try_from(server.stored(first.conversation()).await.len()).unwrap();

    let back = server.again(first.token(), last).await;
    let ahead = server.again(first.token(), last + 50).await;

    assert_eq!((&back.welcome["events"], &back.welcome["seq"]), (&json!([]), &json!(last)));
    assert_eq!((&ahead.welcome["events"], &ahead.welcome["seq"]), (&json!([]), &json!(last)));
    server.stop().await;
}

#[tokio::test]
async fn who_missed_more_than_two_hundred_gets_the_newest_and_fetches_the_rest() {
    let server = TestServer::start().await;
    let mut visitor = server.visitor().await;
    let ack = visitor.says("hi").await["seq"].as_i64().unwrap();
    for n in 0..220 {
        staff_says(&server.shared.desk, visitor.conversation(), &format!("line {n}")).await.unwrap();
    }
    let last = i64::try_from(server.stored(visitor.conversation()).await.len()).unwrap();

    let mut back = server.again(visitor.token(), ack).await;
    let newest = back.welcome["events"].as_array().unwrap().clone();
    back.sends(json!({"type": "history", "before": newest[0]["seq"], "limit": 200})).await;
    let older = back.frame("history").await;

    assert_eq!((newest.len(), &back.welcome["more"]), (200, &json!(true)));
    assert_eq!(seqs(&newest), (last - 199..=last).collect::<Vec<_>>());
    assert_eq!(seqs(older["events"].as_array().unwrap()), (1..=last - 200).collect::<Vec<_>>());
    assert_eq!(older["more"], false);
    server.stop().await;
}

#[tokio::test]
async fn long_events_share_a_page_only_as_far_as_a_slow_phone_can_load() {
    let server = TestServer::start().await;
    let mut visitor = server.visitor().await;
    visitor.says("hi").await;
    for _ in 0..60 {
        staff_says(&server.shared.desk, visitor.conversation(), &"\u{1f642}".repeat(4_000)).await.unwrap();
    }

    let mut back = server.again(visitor.token(), 0).await;
    let mut seen = seqs(back.welcome["events"].as_array().unwrap());
    let first_page = seen.len();
    while seen[0] > 1 {
        back.sends(json!({"type": "history", "before": seen[0]})).await;
        let older = back.frame("history").await;
        seen.splice(0..0, seqs(older["events"].as_array().unwrap()));
    }

    assert!(first_page < 60 && back.welcome["more"] == true);
    assert_eq!(seen, (1..=*seen.last().unwrap()).collect::<Vec<_>>());
    server.stop().await;
}

#[tokio::test]
async fn the_same_id_gives_the_same_ack_and_has_no_second_effect() {
    let server = TestServer::start().await;
    let mut visitor = server.visitor().await;
    let id = ClientId::new();

    let first = visitor.says_as(id, "how long does shipping take").await;
    visitor.says("where is my parcel").await;
    let stored = server.stored(visitor.conversation()).await.len();
    let second = visitor.says_as(id, "how long does shipping take").await;
    let changed = visitor.says_as(id, "something else").await;

    assert_eq!(first, second);
    assert_eq!(first, changed, "the id decides, not the words");
    assert_eq!(server.stored(visitor.conversation()).await.len(), stored);
    server.stop().await;
}

#[tokio::test]
async fn the_same_id_gives_the_same_ack_after_a_restart() {
    let server = TestServer::start().await;
    let mut visitor = server.visitor().await;
    let id = ClientId::new();
    let first = visitor.says_as(id, "how long does shipping take").await;
    let stored = server.stored(visitor.conversation()).await.len();
    let token = visitor.token().to_owned();

    let server = server.restart().await;
    let mut back = server.again(&token, 0).await;
    let second = back.says_as(id, "how long does shipping take").await;

    assert_eq!(first, second);
    assert_eq!(back.welcome["events"].as_array().unwrap().len(), stored);
    assert_eq!(server.stored(back.conversation()).await.len(), stored);
    server.stop().await;
}

#[tokio::test]
async fn a_form_or_a_button_sent_twice_is_acknowledged_twice_and_taken_once() {
    let server = TestServer::start_with(|config| config.sites[0].high_value = 1_000).await;
    let mut visitor = server.visitor().await;
    visitor.says("do you sell wholesale").await;
    let form = loop {
        let event = visitor.hears().await;
        if event["kind"] == "form" {
            break event;
        }
    };
    let fill = json!({"type": "form", "id": ClientId::new(), "seq": form["seq"], "fields": {"email": "ana@acme.example", "name": "Ana"}, "consent": true});

    let first = visitor.posts(fill.clone()).await;
    let stored = server.stored(visitor.conversation()).await.len();
    let second = visitor.posts(fill).await;

    assert_eq!(first, second, "although the form is no longer asked for");
    assert_eq!(server.stored(visitor.conversation()).await.len(), stored);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_tabs_at_once_leave_no_gap_and_agree_on_the_order() {
    const TABS: usize = 4;
    const WORDS: usize = 12;
    let server = TestServer::start().await;
    let mut opener = server.visitor().await;
    opener.says("hi").await;
    let seen = i64::try_from(server.stored(opener.conversation()).await.len()).unwrap();

    let mut tabs = Vec::new();
    for _ in 0..TABS {
        let mut tab = server.again(opener.token(), seen).await;
        tabs.push(tokio::spawn(async move {
            for _ in 0..WORDS {
                tab.says("how long does shipping take").await;
            }
            tab
        }));
    }
    let (mut done, mut heard) = (Vec::new(), Vec::new());
    for tab in tabs {
        done.push(tab.await.unwrap());
    }
    let last = server.stored(opener.conversation()).await.last().unwrap().seq;
    for tab in &mut done {
        // A tab that came while another was speaking has part of it from its welcome.
        let mut all = tab.welcome["events"].as_array().unwrap().clone();
        all.extend(tab.hears_until(last).await);
        heard.push(all);
    }

    let stored: Vec<i64> = server.stored(opener.conversation()).await.iter().map(|event| event.seq).collect();
    assert_eq!(stored, (1..=last).collect::<Vec<_>>());
    for heard in &heard {
        assert_eq!(seqs(heard), (seen + 1..=last).collect::<Vec<_>>());
    }
    assert!(heard.windows(2).all(|pair| pair[0] == pair[1]), "every tab hears the same");
    server.stop().await;
}

#[tokio::test]
async fn a_tab_that_reads_slowly_misses_nothing() {
    let server = TestServer::start().await;
    let mut visitor = server.visitor().await;
    visitor.says("hi").await;
    let mut slow = server.again(visitor.token(), 0).await;
    let seen = slow.welcome["seq"].as_i64().unwrap();

    for n in 0..300 {
        staff_says(&server.shared.desk, visitor.conversation(), &format!("line {n}")).await.unwrap();
    }
    let last = server.stored(visitor.conversation()).await.last().unwrap().seq;

    assert_eq!(seqs(&slow.hears_until(last).await), (seen + 1..=last).collect::<Vec<_>>());
    server.stop().await;
}

#[tokio::test]
async fn a_token_opens_only_its_own_conversation() {
    let server = TestServer::start().await;
    let mut owner = server.visitor().await;
    owner.says("my secret is 4711").await;
    let genuine = owner.token().to_owned();
    let forged = |at: usize| {
        let mut token = genuine.clone().into_bytes();
        token[at] = if token[at] == b'A' { b'B' } else { b'A' };
        String::from_utf8(token).unwrap()
    };
    let stranger = server.visitor().await;
    let conversation = owner.conversation().to_string();

    for token in
        [forged(0), forged(10), forged(40), forged(genuine.len() - 2), conversation, "x".repeat(5_000), String::new()]
    {
        let other = server.again(&token, 0).await;
        assert_ne!(other.conversation(), owner.conversation(), "{token}");
        assert_ne!(other.token(), token);
        assert_eq!(other.welcome["events"], json!([]));
    }
    assert_ne!(stranger.conversation(), owner.conversation());
    server.stop().await;
}

#[tokio::test]
async fn a_token_of_one_site_opens_nothing_on_another() {
    let server = TestServer::start().await;
    let mut owner = server.visitor().await;
    owner.says("my secret is 4711").await;

    let mut other = Visitor::connect(server.address, "other", Some(crate::harness::OTHER_ORIGIN)).await.unwrap();
    other.say_hello(json!({"visitor": owner.token(), "after": 0})).await;

    assert_ne!(other.conversation(), owner.conversation());
    assert_eq!(other.welcome["events"], json!([]));
    server.stop().await;
}

#[tokio::test]
async fn frames_reach_no_other_conversation_whatever_they_name() {
    let server = TestServer::start().await;
    let mut owner = server.visitor().await;
    owner.says("how long does shipping take").await;
    let mut stranger = server.visitor().await;
    let conversation = owner.conversation();
    let before = server.stored(conversation).await;

    stranger.sends(json!({"type": "history", "before": 100, "conversation": conversation})).await;
    let history = stranger.frame("history").await;
    for frame in [
        json!({"type": "message", "text": "hi", "conversation": conversation}),
        json!({"type": "rate", "score": 1, "conversation": conversation}),
        json!({"type": "choose", "seq": 3, "option": "order.track", "conversation": conversation}),
        json!({"type": "form", "seq": 3, "fields": {}, "conversation": conversation}),
    ] {
        stranger.tries(frame).await;
    }

    assert_eq!(history["events"], json!([]));
    assert_eq!(server.stored(conversation).await, before);
    server.stop().await;
}

#[tokio::test]
async fn an_expired_token_opens_a_new_conversation() {
    let clock = Clock::manual(1_795_425_000_000);
    let server = TestServer::start_at(clock.clone()).await;
    let mut visitor = server.visitor().await;
    visitor.says("hi").await;
    let days = i64::from(server.shared.config.sites[0].retention_days);

    clock.advance(days * 86_400_000);
    let in_time = server.again(visitor.token(), 0).await;
    clock.advance(1);
    let late = server.again(visitor.token(), 0).await;

    assert_eq!(in_time.conversation(), visitor.conversation());
    assert_ne!(late.conversation(), visitor.conversation());
    server.stop().await;
}

#[tokio::test]
async fn a_client_learns_by_a_new_token_that_its_conversation_is_gone() {
    let server = TestServer::start().await;
    let mut visitor = server.visitor().await;
    let unspoken = server.again(visitor.token(), 0).await;
    visitor.says("hi").await;
    store::conversations::expire(&server.shared.store, "acme", i64::MAX).await.unwrap();

    let back = server.again(visitor.token(), 2).await;

    assert_eq!(unspoken.token(), visitor.token(), "a conversation in which nothing was said yet is kept");
    assert_ne!(back.token(), visitor.token());
    assert_eq!((&back.welcome["seq"], &back.welcome["events"]), (&json!(0), &json!([])));
    server.stop().await;
}

#[tokio::test]
async fn a_clock_that_is_set_back_does_not_turn_the_order_of_times() {
    let clock = Clock::manual(1_795_425_000_000);
    let server = TestServer::start_at(clock.clone()).await;
    let mut visitor = server.visitor().await;

    let first = visitor.says("hi").await;
    clock.advance(-3_600_000);
    let second = visitor.says("hi").await;

    let at = |ack: &Value| ack["at"].as_str().unwrap().to_owned();
    assert!(at(&first) <= at(&second), "{first} {second}");
    server.stop().await;
}

#[tokio::test]
async fn words_that_were_not_acknowledged_are_not_stored_when_the_database_is_out_of_reach() {
    let mut server = TestServer::start().await;
    let mut visitor = server.visitor().await;
    visitor.says("hi").await;
    server.shared.store.clone().close().await;

    let id = ClientId::new();
    let refused = visitor.tries(json!({"type": "message", "id": id, "text": "are you there"})).await;
    visitor.sends(json!({"type": "ping", "n": 1})).await;
    let pong = visitor.frame("pong").await;

    assert_eq!((&refused["code"], &refused["id"]), (&json!("unavailable"), &json!(id)));
    assert!(refused["retry_after_ms"].as_u64().unwrap() > 0);
    assert_eq!(pong["n"], 1, "the connection stays");
    server.halt().await;
}

#[tokio::test]
async fn the_promises_hold_on_postgresql_too() {
    let Some(url) = postgres::fresh_database().await else { return };
    let server = TestServer::start_with(|config| config.database_url = url).await;
    let mut visitor = server.visitor().await;
    let mut tab = server.again(visitor.token(), 0).await;
    let id = ClientId::new();

    let first = visitor.says_as(id, "how long does shipping take").await;
    visitor.says("i want to talk to a person").await;
    let last = server.stored(visitor.conversation()).await.last().unwrap().seq;
    let heard = tab.hears_until(last).await;
    let mails = server.mails().await.len();
    let server = server.restart().await;
    let mut back = server.again(visitor.token(), 0).await;
    let second = back.says_as(id, "how long does shipping take").await;

    assert_eq!(first, second);
    assert_eq!(seqs(&heard), (1..=last).collect::<Vec<_>>());
    assert_eq!(back.welcome["events"].as_array().unwrap(), &heard);
    assert_eq!((&back.welcome["state"], mails), (&json!("waiting"), 1));
    server.stop().await;
}
