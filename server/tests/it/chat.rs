//! The protocol over a WebSocket: what is said, what is answered, what is stored, who is written to.

use serde_json::{Value, json};
use sidedoor::id::{ClientId, ConversationId};
use sidedoor::model::{Author, Body};
use sidedoor::store;

use crate::harness::{TestServer, Visitor, seqs, staff_closes, staff_says};

#[tokio::test]
async fn a_message_is_acknowledged_and_answered_in_order() {
    let server = TestServer::start().await;
    let mut visitor = server.visitor().await;
    let id = ClientId::new();

    let ack = visitor.says_as(id, "how long does shipping take").await;
    let (said, answered) = (visitor.hears().await, visitor.hears().await);

    assert_eq!((&ack["seq"], &ack["id"]), (&json!(1), &json!(id)));
    assert_eq!((&said["seq"], &said["from"], &said["kind"]), (&json!(1), &json!("visitor"), &json!("text")));
    assert_eq!((&said["id"], &said["at"]), (&json!(id), &ack["at"]), "the sender recognises its own message");
    assert_eq!((&answered["seq"], &answered["from"]), (&json!(2), &json!("bot")));
    assert!(answered["text"].as_str().unwrap().contains("Orders ship within two days."), "{answered}");
    server.stop().await;
}

#[tokio::test]
async fn an_acknowledged_message_is_stored_with_its_answer() {
    let server = TestServer::start().await;
    let mut visitor = server.visitor().await;

    let ack = visitor.says("how long does shipping take").await;
    let stored = server.stored(visitor.conversation()).await;

    assert_eq!(stored[0].seq, ack["seq"].as_i64().unwrap());
    assert_eq!(stored[0].body, Body::text("how long does shipping take"));
    assert!(stored.len() > 1 && stored[1..].iter().all(|event| event.from == Author::Bot));
    server.stop().await;
}

#[tokio::test]
async fn a_visitor_who_says_nothing_leaves_no_row() {
    let server = TestServer::start().await;
    let mut visitor = server.visitor_with(json!({"page": {"url": "https://shop.example/"}})).await;

    visitor.sends(json!({"type": "typing"})).await;
    visitor.sends(json!({"type": "read", "seq": 0})).await;
    visitor.sends(json!({"type": "page", "url": "https://shop.example/pricing", "title": "Pricing"})).await;
    visitor.sends(json!({"type": "history", "before": 10})).await;
    visitor.settles().await;

    assert!(store::conversations::load(&server.shared.store, visitor.conversation()).await.unwrap().is_none());
    server.stop().await;
}

#[tokio::test]
async fn the_welcome_shows_the_site_as_this_visitor_meets_it() {
    let server = TestServer::start().await;

    let spanish = server.visitor_with(json!({"locale": "es-MX"})).await;
    let arabic = server.visitor_with(json!({"locale": "ar"})).await;

    let site = &spanish.welcome["site"];
    assert_eq!((&site["name"], &site["locale"], &site["rtl"]), (&json!("acme shop"), &json!("es"), &json!(false)));
    assert_eq!(site["greeting"], "Hi! Ask us anything.");
    assert_eq!(site["theme"]["accent"], "#2f6fed");
    assert_eq!(
        site["channels"],
        json!([{"kind": "whatsapp", "label": "WhatsApp", "url": "https://wa.me/15551234567"}])
    );
    assert_eq!(site["notice"], Value::Null);
    assert_eq!((&spanish.welcome["seq"], &spanish.welcome["state"]), (&json!(0), &json!("bot")));
    assert_eq!(spanish.welcome["events"], json!([]));
    assert_eq!(
        arabic.welcome["site"]["locale"], "en",
        "a language that no intent is written in falls back to the site's"
    );
    server.stop().await;
}

#[tokio::test]
async fn a_visitor_is_answered_in_their_language() {
    let server = TestServer::start().await;
    let mut visitor = server.visitor_with(json!({"locale": "es-MX"})).await;

    visitor.says("cuánto tarda el envío").await;
    visitor.hears().await;

    assert!(visitor.hears().await["text"].as_str().unwrap().contains("Los pedidos salen en dos días."));
    server.stop().await;
}

/// Asks until the bot offers something, and gives the event.
async fn offer(visitor: &mut Visitor) -> Value {
    visitor.says("how long does shipping take").await;
    loop {
        let event = visitor.hears().await;
        if event["kind"] == "choices" {
            return event;
        }
    }
}

/// Asks for a quote until the bot shows its form, and gives the event.
async fn form(visitor: &mut Visitor) -> Value {
    visitor.says("do you sell wholesale").await;
    loop {
        let event = visitor.hears().await;
        if event["kind"] == "form" {
            return event;
        }
    }
}

#[tokio::test]
async fn a_button_becomes_words_that_name_what_they_answer() {
    let server = TestServer::start().await;
    let mut visitor = server.visitor().await;
    let offer = offer(&mut visitor).await;

    let ack = visitor.posts(json!({"type": "choose", "seq": offer["seq"], "option": "order.track"})).await;
    let said = visitor.hears().await;

    assert_eq!((&said["seq"], &said["kind"], &said["text"]), (&ack["seq"], &json!("text"), &json!("Track my order")));
    assert_eq!((&said["option"], &said["answers"]), (&json!("order.track"), &offer["seq"]));
    assert!(visitor.hears().await["text"].as_str().unwrap().contains("Your parcel's page"));
    server.stop().await;
}

#[tokio::test]
async fn what_was_not_offered_cannot_be_chosen_and_stores_nothing() {
    let server = TestServer::start().await;
    let mut visitor = server.visitor().await;
    let offer = offer(&mut visitor).await;
    let last = server.stored(visitor.conversation()).await.len();

    for (seq, option) in [
        (1, "order.track"),
        (offer["seq"].as_i64().unwrap(), "human"),
        (999, "order.track"),
        (0, "order.track"),
        (-1, "x"),
    ] {
        let error = visitor.tries(json!({"type": "choose", "seq": seq, "option": option})).await;
        assert_eq!(error["code"], "unknown_event", "seq {seq}, option {option}");
        let error = visitor
            .tries(json!({"type": "form", "seq": seq, "fields": {"email": "ana@acme.example"}, "consent": true}))
            .await;
        assert_eq!(error["code"], "unknown_event", "form at seq {seq}");
    }

    assert_eq!(server.stored(visitor.conversation()).await.len(), last);
    server.stop().await;
}

#[tokio::test]
async fn a_form_with_a_wrong_email_stores_nothing_and_a_right_one_makes_a_lead() {
    let server = TestServer::start_with(|config| config.sites[0].high_value = 1_000).await;
    let mut visitor = server
        .visitor_with(
            json!({"page": {"url": "https://shop.example/b2b?utm_source=ig", "referrer": "https://instagram.com/"}}),
        )
        .await;
    let form = form(&mut visitor).await;
    let before = server.stored(visitor.conversation()).await.len();
    let fill = |email: &str| json!({"type": "form", "seq": form["seq"], "fields": {"email": email, "name": "Ana"}, "consent": true});

    let refused = visitor.tries(fill("not an address")).await;
    let stored_then = server.stored(visitor.conversation()).await.len();
    let ack = visitor.posts(fill("Ana@Acme.example")).await;

    assert_eq!(refused["code"], "invalid_field");
    assert!(refused["fields"]["email"].is_string(), "{refused}");
    assert_eq!(stored_then, before);
    let said = visitor.hears().await;
    assert_eq!((&said["seq"], &said["answers"]), (&ack["seq"], &form["seq"]));
    assert_eq!(said["fields"]["email"], "Ana@Acme.example");
    let lead = store::leads::of_conversation(&server.shared.store, visitor.conversation()).await.unwrap().unwrap();
    assert_eq!(lead.email_normal.as_deref(), Some("ana@acme.example"));
    assert_eq!(lead.page.referrer, "https://instagram.com/");
    assert_eq!(lead.utm["source"], "ig");
    assert!(lead.consent.is_some() && lead.score >= 60, "{lead:?}");
    server.stop().await;
}

#[tokio::test]
async fn a_rating_is_acknowledged_and_shown_to_nobody_as_words() {
    let server = TestServer::start().await;
    let mut visitor = server.visitor().await;
    visitor.says("how long does shipping take").await;

    let ack = visitor.posts(json!({"type": "rate", "score": 5, "comment": "quick"})).await;
    let refused = visitor.tries(json!({"type": "rate", "score": 6})).await;

    let rating = visitor.hears_until(ack["seq"].as_i64().unwrap()).await.pop().unwrap();
    assert_eq!((&rating["kind"], &rating["score"], &rating["comment"]), (&json!("rating"), &json!(5), &json!("quick")));
    assert_eq!(refused["code"], "invalid_field");
    server.stop().await;
}

#[tokio::test]
async fn wrong_texts_are_named_and_the_connection_stays() {
    let server = TestServer::start().await;
    let mut visitor = server.visitor().await;
    let mut code = async |text: String| visitor.tries(json!({"type": "message", "text": text})).await["code"].clone();

    assert_eq!(code(String::new()).await, "empty");
    assert_eq!(code(" \n\u{0} ".to_owned()).await, "empty");
    assert_eq!(code("é".repeat(4_001)).await, "too_long");
    visitor.sends(json!({"type": "dance"})).await;
    assert_eq!(visitor.frame("error").await["code"], "unknown_type");
    assert_eq!(visitor.says("a\u{0}b\r\nc").await["seq"], 1);
    assert_eq!(visitor.hears().await["text"], "ab\nc");
    server.stop().await;
}

#[tokio::test]
async fn nothing_but_hello_and_ping_is_taken_before_the_hello() {
    let server = TestServer::start().await;
    let mut visitor = Visitor::connect(server.address, "acme", Some(crate::harness::ORIGIN)).await.unwrap();

    visitor.sends(json!({"type": "ping", "n": 1})).await;
    let pong = visitor.frame("pong").await;
    let error = visitor.tries(json!({"type": "message", "text": "hi"})).await;
    visitor.sends(json!({"type": "history", "before": 9})).await;
    let other = visitor.frame("error").await;
    visitor.say_hello(json!({})).await;

    assert_eq!(pong["n"], 1);
    assert_eq!(error["code"], "not_ready");
    assert_eq!(other["code"], "not_ready");
    assert_eq!(visitor.says("hi").await["seq"], 1);
    server.stop().await;
}

#[tokio::test]
async fn a_second_hello_begins_anew() {
    let server = TestServer::start().await;
    let mut visitor = server.visitor().await;
    let first = visitor.conversation();
    visitor.says("hi").await;

    visitor.say_hello(json!({})).await;

    assert_ne!(visitor.conversation(), first);
    assert_eq!(visitor.says("hi").await["seq"], 1);
    server.stop().await;
}

#[tokio::test]
async fn a_second_tab_sees_what_is_said_on_the_first() {
    let server = TestServer::start().await;
    let mut first = server.visitor().await;
    first.says("hi").await;
    let mut second = server.again(first.token(), 0).await;
    let already = second.welcome["events"].as_array().unwrap().len();
    let id = ClientId::new();

    let ack = first.says_as(id, "how long does shipping take").await;
    let heard = second.hears().await;

    assert!(already >= 1);
    assert_eq!((&heard["seq"], &heard["id"]), (&ack["seq"], &json!(id)));
    assert_eq!(second.hears().await["from"], "bot");
    server.stop().await;
}

#[tokio::test]
async fn typing_reaches_the_other_tab_at_most_every_two_seconds() {
    let server = TestServer::start().await;
    let mut first = server.visitor().await;
    let mut second = server.again(first.token(), 0).await;

    for _ in 0..5 {
        first.sends(json!({"type": "typing"})).await;
    }
    first.settles().await;
    second.settles().await;

    assert_eq!(first.unasked().filter(|frame| frame["type"] == "typing").count(), 0);
    assert_eq!(
        second.unasked().filter(|frame| frame["type"] == "typing").collect::<Vec<_>>(),
        [&json!({"type": "typing", "from": "visitor"})]
    );
    server.stop().await;
}

#[tokio::test]
async fn the_page_the_visitor_went_to_is_stored_with_their_next_words() {
    let server = TestServer::start().await;
    let mut visitor = server
        .visitor_with(json!({"page": {"url": "https://shop.example/", "referrer": "https://instagram.com/"}}))
        .await;

    visitor.sends(json!({"type": "page", "url": "https://shop.example/pricing", "title": "Pricing"})).await;
    visitor.says("hi").await;

    let stored = store::conversations::load(&server.shared.store, visitor.conversation()).await.unwrap().unwrap();
    assert_eq!(stored.page.url, "https://shop.example/pricing");
    assert_eq!(
        (stored.first_page.url.as_str(), stored.first_page.referrer.as_str()),
        ("https://shop.example/", "https://instagram.com/")
    );
    server.stop().await;
}

#[tokio::test]
async fn history_pages_backwards_without_a_gap() {
    let server = TestServer::start().await;
    let mut visitor = server.visitor().await;
    for _ in 0..4 {
        visitor.says("how long does shipping take").await;
    }
    let last = i64::try_from(server.stored(visitor.conversation()).await.len()).unwrap();

    let mut seen = Vec::new();
    let mut before = last + 1;
    loop {
        visitor.sends(json!({"type": "history", "before": before, "limit": 3})).await;
        let history = visitor.frame("history").await;
        let events = history["events"].as_array().unwrap().clone();
        before = events[0]["seq"].as_i64().unwrap();
        seen.splice(0..0, seqs(&events));
        if history["more"] == false {
            break;
        }
    }

    assert_eq!(seen, (1..=last).collect::<Vec<_>>());
    server.stop().await;
}

#[tokio::test]
async fn who_asks_for_a_person_is_passed_on_and_staff_get_one_mail() {
    let server = TestServer::start().await;
    let mut visitor = server.visitor().await;

    visitor.says("i want to talk to a person").await;
    let state = loop {
        let event = visitor.hears().await;
        if event["kind"] == "state" {
            break event;
        }
    };
    let mails = server.mails().await;

    assert_eq!((&state["from"], &state["state"]), (&json!("system"), &json!("waiting")));
    assert_eq!(mails.len(), 1);
    assert!(mails[0].contains("sales@acme.example"));
    assert_eq!(server.again(visitor.token(), 0).await.welcome["state"], "waiting");
    server.stop().await;
}

#[tokio::test]
async fn staff_hear_once_more_when_a_waiting_visitor_says_how_to_be_reached() {
    let server = TestServer::start_with(|config| config.sites[0].high_value = 1_000).await;
    let mut visitor = server.visitor().await;
    visitor.says("i want to talk to a person").await;
    assert_eq!(server.mails().await.len(), 1);

    visitor.says("ana@acme.example").await;
    let mails = server.mails().await;
    for text in ["hello?", "i want to talk to a person", "it is about my parcel"] {
        visitor.says(text).await;
    }

    assert_eq!(mails.len(), 2);
    assert!(
        mails.iter().any(|mail| mail.contains("ana@acme.example")),
        "the second mail says how to reach the visitor"
    );
    assert_eq!(server.mails().await.len(), 2, "further words queue no further mail");
    server.stop().await;
}

#[tokio::test]
async fn a_lead_of_high_value_is_mailed_at_once_and_once() {
    let server = TestServer::start().await;
    let mut visitor = server.visitor().await;

    visitor.says("do you sell wholesale").await;
    visitor.says("I'm Ana, ana@acme.example").await;
    let mails = server.mails().await;
    visitor.says("do you sell wholesale").await;

    assert_eq!(mails.len(), 1, "{mails:#?}");
    assert_eq!(server.mails().await.len(), 1);
    server.stop().await;
}

#[tokio::test]
async fn a_mail_server_that_never_answers_holds_up_no_chat() {
    let mail_server = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = mail_server.local_addr().unwrap().port();
    let mut server = TestServer::start_with(|config| config.smtp.url = format!("smtp://127.0.0.1:{port}")).await;

    // One more than the worker delivers at once.
    for _ in 0..5 {
        server.visitor().await.says("i want to talk to a person").await;
    }
    let (held, _) = mail_server.accept().await.unwrap();
    let mut visitor = server.visitor().await;
    for seq in [1, 3, 5, 7] {
        let ack = visitor.says("where is my parcel").await;
        let answer = visitor.hears_until(seq + 1).await;

        assert_eq!(ack["seq"], seq);
        assert_eq!(answer.last().unwrap()["from"], "bot", "{answer:?}");
    }
    let waiting = store::outbox::pending_count(&server.shared.store).await.unwrap();

    assert_eq!(waiting, 5, "all mails wait for the server, which has said nothing until now");
    drop((held, mail_server));
    server.halt().await;
}

#[tokio::test]
async fn after_a_person_has_answered_the_bot_is_silent() {
    let server = TestServer::start().await;
    let mut visitor = server.visitor().await;
    visitor.says("hi").await;

    let seq = staff_says(&server.shared.desk, visitor.conversation(), "Hi, Ana here.").await.unwrap();
    let ack = visitor.says("how long does shipping take").await;

    let heard = visitor.hears_until(ack["seq"].as_i64().unwrap()).await;
    let reply = heard.iter().find(|event| event["seq"] == seq).unwrap();
    assert_eq!(
        (&reply["from"], &reply["name"], &reply["text"]),
        (&json!("staff"), &json!("Ana"), &json!("Hi, Ana here."))
    );
    let stored = server.stored(visitor.conversation()).await;
    assert!(stored.iter().filter(|event| event.seq > seq).all(|event| event.from != Author::Bot), "{stored:?}");
    assert_eq!(server.again(visitor.token(), 0).await.welcome["state"], "staff");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_bot_never_talks_over_a_person_however_close_the_race() {
    let server = TestServer::start().await;
    for _ in 0..20 {
        let mut visitor = server.visitor().await;
        visitor.says("hi").await;
        let id = visitor.conversation();
        let desk = std::sync::Arc::clone(&server.shared.desk);

        let staff = tokio::spawn(async move { staff_says(&desk, id, "Hi, Ana here.").await.unwrap() });
        visitor.says("how long does shipping take").await;
        let taken_over = staff.await.unwrap();

        let stored = server.stored(id).await;
        assert!(stored.iter().all(|event| event.seq < taken_over || event.from != Author::Bot), "{stored:?}");
        assert_eq!(
            stored.iter().map(|event| event.seq).collect::<Vec<_>>(),
            (1..=stored.last().unwrap().seq).collect::<Vec<_>>()
        );
    }
    server.stop().await;
}

#[tokio::test]
async fn a_closed_conversation_opens_again_when_its_visitor_writes() {
    let server = TestServer::start().await;
    let mut visitor = server.visitor().await;
    visitor.says("hi").await;

    staff_closes(&server.shared.desk, visitor.conversation()).await.unwrap();
    let closed = server.again(visitor.token(), 0).await.welcome["state"].clone();
    visitor.says("how long does shipping take").await;

    assert_eq!(closed, "closed");
    assert_eq!(server.again(visitor.token(), 0).await.welcome["state"], "bot");
    server.stop().await;
}

#[tokio::test]
async fn staff_cannot_speak_where_there_is_no_conversation() {
    let server = TestServer::start().await;

    assert!(staff_says(&server.shared.desk, ConversationId::new(), "Hi").await.is_err());
    assert!(staff_closes(&server.shared.desk, ConversationId::new()).await.is_err());
    server.stop().await;
}

#[tokio::test]
async fn a_notice_reaches_open_pages_and_later_ones() {
    let server = TestServer::start().await;
    let mut visitor = server.visitor().await;

    server.shared.desk.announce("acme", Some(1_795_425_000_000));
    let told = visitor.frame("notice").await;
    let later = server.visitor().await;
    server.shared.desk.announce("acme", None);
    let over = visitor.frame("notice").await;

    assert_eq!(told["notice"]["since"], "2026-11-23T09:10:00.000Z");
    assert_eq!(later.welcome["site"]["notice"], told["notice"]);
    assert_eq!(over["notice"], Value::Null);
    server.stop().await;
}

#[tokio::test]
async fn privileged_fields_in_a_frame_change_nothing() {
    let server = TestServer::start().await;
    let mut visitor = server.visitor().await;

    visitor
        .posts(json!({"type": "message", "text": "hi", "site": "other", "from": "staff", "state": "closed", "seq": 500, "name": "Boss", "role": "admin"}))
        .await;

    let stored = server.stored(visitor.conversation()).await;
    assert_eq!((stored[0].seq, stored[0].from, stored[0].name.as_deref()), (1, Author::Visitor, None));
    let row = store::conversations::load(&server.shared.store, visitor.conversation()).await.unwrap().unwrap();
    assert_eq!(row.site, "acme");
    server.stop().await;
}
