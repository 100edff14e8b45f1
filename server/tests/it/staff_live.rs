//! What is live on staff's pages: answers, notes, who may see what.

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use sidedoor::id::{ClientId, ConversationId};
use sidedoor::model::{Mailbox, Role};
use sidedoor::store;

use crate::harness::TestServer;
use crate::staff_page::Badge;

const SALES: &str = "sales@acme.example";

async fn asked(server: &TestServer) -> (crate::harness::Visitor, ConversationId) {
    let mut visitor = server.visitor().await;
    visitor.says("my address is zoe@visitor.example, I want to talk to a human").await;
    let conversation = visitor.conversation();
    (visitor, conversation)
}

fn reply(conversation: ConversationId, text: &str, seen: &Value) -> Value {
    json!({"type": "reply", "id": ClientId::new(), "conversation": conversation, "text": text, "seen": seen})
}

#[tokio::test]
async fn two_who_answer_at_once_do_not_answer_twice() {
    let server = TestServer::start().await;
    let (_visitor, conversation) = asked(&server).await;
    let badge = Badge::by_link(&server, SALES, conversation).await;
    let (mut one, mut two) = (badge.opens(&server).await, badge.opens(&server).await);
    let seen = one.watches(conversation).await["seq"].clone();
    two.watches(conversation).await;

    let first = one.does(reply(conversation, "I am on it.", &seen)).await;
    let late = reply(conversation, "Me too!", &seen);
    let second = two.does(late.clone()).await;
    let stored = server.stored(conversation).await.len();
    let mut anyway = late.clone();
    anyway["seen"] = first["seq"].clone();
    let sent = two.does(anyway.clone()).await;
    let again = two.does(anyway).await;

    assert_eq!(first["type"], "ack");
    assert_eq!((&second["type"], &second["id"]), (&json!("conflict"), &late["id"]), "{second}");
    assert!(second["events"].as_array().unwrap().iter().any(|event| event["text"] == "I am on it."));
    assert_eq!(sent["type"], "ack", "{sent}");
    assert_eq!(sent, again, "sending twice is harmless");
    assert_eq!(server.stored(conversation).await.len(), stored + 1);
    server.stop().await;
}

#[tokio::test]
async fn staff_take_hand_back_pass_on_and_resolve_and_all_who_watch_are_told() {
    let server = TestServer::start().await;
    let (mut visitor, conversation) = asked(&server).await;
    let badge = Badge::by_link(&server, SALES, conversation).await;
    let (mut page, mut other) = (badge.opens(&server).await, badge.opens(&server).await);
    page.watches(conversation).await;
    other.watches(conversation).await;

    for (act, state) in [("take", "staff"), ("hand_back", "bot"), ("close", "closed")] {
        let ack = page.does(json!({"type": act, "conversation": conversation})).await;
        assert_eq!(ack["type"], "ack", "{ack}");
        let told = other
            .next_where(|frame| frame["type"] == "event" && frame["kind"] == "state" && frame["state"] == state)
            .await;
        assert_eq!(told["conversation"], json!(conversation));
        assert_eq!(other.frame("desk").await["kind"], act);
        visitor.hears().await;
    }
    let refused = page.does(json!({"type": "assign", "conversation": conversation, "to": "nobody@acme.example"})).await;
    let passed = page.does(json!({"type": "assign", "conversation": conversation, "to": SALES})).await;

    assert_eq!((&refused["code"], &passed["type"]), (&json!("invalid_field"), &json!("ack")));
    assert_eq!(other.frame("desk").await["text"], "Sales");
    server.stop().await;
}

#[tokio::test]
async fn no_note_reaches_a_visitor_a_mail_or_an_export() {
    let server = TestServer::start().await;
    let (mut visitor, conversation) = asked(&server).await;
    let badge = Badge::by_link(&server, SALES, conversation).await;
    let mut page = badge.opens(&server).await;
    let mut seen = page.watches(conversation).await["seq"].clone();
    let mut runner = TestRunner::deterministic();
    let words = "[a-zA-Z<>&'\"{}/#é漢 ]{1,60}";
    let mut marks = Vec::new();

    for n in 0..24 {
        let note = format!("n{n}secret {} n{n}end", words.new_tree(&mut runner).unwrap().current());
        let ack = page.does(json!({"type": "note", "conversation": conversation, "text": note})).await;
        assert_eq!((&ack["type"], &ack["seq"]), (&json!("ack"), &Value::Null), "{ack}");
        marks.extend([format!("n{n}secret"), format!("n{n}end")]);
        let ack = page.does(reply(conversation, "One moment.", &seen)).await;
        seen = ack["seq"].clone();
        visitor.says(&format!("are you there {n}")).await;
        seen = json!(server.stored(conversation).await.last().unwrap().seq.max(seen.as_i64().unwrap()));
    }

    visitor.settles().await;
    let told: Vec<String> = visitor.unasked().map(Value::to_string).collect();
    let resumed = server.again(visitor.token(), 0).await.welcome;
    let seqs: Vec<i64> =
        resumed["events"].as_array().unwrap().iter().map(|event| event["seq"].as_i64().unwrap()).collect();
    assert!(seqs.windows(2).all(|pair| pair[1] == pair[0] + 1), "no hole tells of a note: {seqs:?}");
    let export = store::subjects::export(&server.shared.store, "zoe@visitor.example").await.unwrap();
    assert!(export.to_string().contains("One moment."), "the export holds the conversation");
    let reached = [told.concat(), resumed.to_string(), export.to_string(), server.mails().await.concat()].concat();
    let staff = page.watches(conversation).await["desk"].to_string();
    for mark in marks {
        assert!(!reached.contains(&mark), "{mark}");
        assert!(staff.contains(&mark), "{mark} is kept for staff");
    }
    server.stop().await;
}

#[tokio::test]
async fn what_is_no_conversation_of_theirs_is_unknown_by_every_frame_and_page() {
    let server = TestServer::start().await;
    let (_visitor, own) = asked(&server).await;
    let (_second, neighbours) = asked(&server).await;
    let mut others =
        crate::harness::Visitor::connect(server.address, "other", Some(crate::harness::OTHER_ORIGIN)).await.unwrap();
    others.say_hello(json!({})).await;
    others.says("hi").await;
    let link = Badge::by_link(&server, SALES, own).await;
    let account = Badge::signed_in(&server, SALES).await;
    let unknown = ConversationId::new();

    for (badge, forbidden) in [
        (&link, vec![json!(neighbours), json!(others.conversation()), json!(unknown), json!("no id")]),
        (&account, vec![json!(others.conversation()), json!(unknown), json!("no id")]),
    ] {
        let mut page = badge.opens(&server).await;
        for id in forbidden {
            for frame in [
                json!({"type": "reply", "text": "x", "seen": 0}),
                json!({"type": "note", "text": "x"}),
                json!({"type": "take"}),
                json!({"type": "hand_back"}),
                json!({"type": "close"}),
                json!({"type": "assign", "to": SALES}),
            ] {
                let mut frame = frame;
                frame["conversation"] = id.clone();
                assert_eq!(page.does(frame.clone()).await["code"], "unknown_conversation", "{frame}");
            }
            for kind in ["watch", "typing", "read"] {
                page.sends(json!({"type": kind, "conversation": id})).await;
                assert_eq!(page.frame("error").await["code"], "unknown_conversation", "{kind} {id}");
            }
            let answer = badge.gets(&server, &format!("/staff/c/{}", id.as_str().unwrap().replace(' ', "%20"))).await;
            assert_eq!((answer.status.as_u16(), answer.body.as_str()), (404, "there is no such page for you\n"));
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn a_reader_looks_and_does_nothing() {
    let server = TestServer::start().await;
    let (_visitor, conversation) = asked(&server).await;
    let mailbox = Mailbox::parse("Rita <rita@acme.example>").unwrap();
    server.shared.staff.add(&mailbox, Some("acme"), Role::Reader).await.unwrap();
    let badge = Badge::signed_in(&server, "rita@acme.example").await;
    let mut page = badge.opens(&server).await;

    let shown = page.watches(conversation).await;

    assert!(!shown["events"].as_array().unwrap().is_empty());
    let refused = page.does(reply(conversation, "x", &shown["seq"])).await;
    assert_eq!(refused["code"], "unknown_conversation");
    let html = badge.gets(&server, &format!("/staff/c/{conversation}")).await.body;
    assert!(!html.contains("<textarea"), "there is nothing to write in");
    server.stop().await;
}

#[tokio::test]
async fn nobody_is_told_of_a_page_that_does_nothing() {
    let server = TestServer::start().await;
    let (_visitor, conversation) = asked(&server).await;
    let (ana, ben) = (Badge::signed_in(&server, SALES).await, {
        let mailbox = Mailbox::parse("Ben <ben@acme.example>").unwrap();
        server.shared.staff.add(&mailbox, Some("acme"), Role::Agent).await.unwrap();
        Badge::signed_in(&server, "ben@acme.example").await
    });
    let mut page = ana.opens(&server).await;
    page.watches(conversation).await;
    let mut scanner = ben.opens(&server).await;

    scanner.watches(conversation).await;
    scanner.settles().await;
    let before = page.settles().await;
    scanner.sends(json!({"type": "read", "conversation": conversation, "seq": 1})).await;

    assert!(before.iter().all(|frame| frame["type"] != "presence"), "{before:?}");
    let told = page.frame("presence").await;
    assert_eq!((&told["staff"], &told["here"]), (&json!("Ben"), &json!(true)));
    drop(scanner);
    assert_eq!(page.frame("presence").await["here"], json!(false));
    server.stop().await;
}

#[tokio::test]
async fn without_a_socket_the_stream_says_the_same() {
    let server = TestServer::start().await;
    let (mut visitor, conversation) = asked(&server).await;
    let badge = Badge::by_link(&server, SALES, conversation).await;
    let mut stream = crate::http::Stream::open(server.address, "/staff/v1/stream", &[("cookie", &badge.cookie)]).await;
    let send = async |frame: Value| badge.posts(&server, "/staff/v1/send", frame).await;

    let watched = send(json!({"type": "watch", "conversation": conversation})).await.json();
    let by_stream = stream.next().await.unwrap().1;
    let ack = send(reply(conversation, "By stream.", &watched["seq"])).await.json();
    visitor.says("thanks").await;

    assert_eq!((&watched["type"], &by_stream["type"]), (&json!("conversation"), &json!("conversation")));
    assert_eq!(ack["type"], "ack");
    let mut heard = Vec::new();
    while heard.last().is_none_or(|frame: &Value| frame["text"] != "thanks") {
        heard.push(stream.next().await.unwrap().1);
    }
    assert!(heard.iter().any(|frame| frame["type"] == "ack" && frame["id"] == ack["id"]));
    assert!(heard.iter().any(|frame| frame["type"] == "event" && frame["text"] == "By stream."));
    server.stop().await;
}

#[tokio::test]
async fn the_page_works_without_script_and_shows_what_visitors_wrote_as_text() {
    let server = TestServer::start().await;
    let (mut visitor, conversation) = asked(&server).await;
    visitor.says("<script>alert(1)</script><img src=x onerror=alert(1)>").await;
    let badge = Badge::by_link(&server, SALES, conversation).await;
    let path = format!("/staff/c/{conversation}");
    let html = badge.gets(&server, &path).await.body;
    let field = |name: &str| {
        let at = html.find("data-reply").unwrap();
        let found = html[at..].split_once(&format!("name=\"{name}\" value=\"")).unwrap().1;
        found.split_once('"').unwrap().0.to_owned()
    };

    let form = format!("csrf={}&id={}&act=reply&seen={}&text=", field("csrf"), field("id"), field("seen"));
    let headers = [("cookie", badge.cookie.as_str()), ("content-type", "application/x-www-form-urlencoded")];
    let post =
        async |text: &str| crate::http::call(server.address, "POST", &path, &headers, &format!("{form}{text}")).await;
    let blank = post("Hi+%7Bname%7D").await;
    let sent = post("Hello+there").await;
    let twice = post("Hello+there").await;

    assert!(!html.contains("<script>alert") && !html.contains("<img src=x") && html.contains("&#60;script&#62;alert"));
    assert!(blank.body.contains("is not filled in"), "an unfilled variable is held back");
    assert_eq!((sent.status.as_u16(), twice.status.as_u16()), (303, 303));
    let stored = server.stored(conversation).await;
    let staff = |text: &str| stored.iter().filter(|event| format!("{:?}", event.body).contains(text)).count();
    assert_eq!((staff("Hello there"), staff("{name}")), (1, 0));
    server.stop().await;
}

#[tokio::test]
async fn the_inbox_lists_what_its_filter_says_and_tells_what_is_new() {
    let server = TestServer::start().await;
    let (_visitor, waiting) = asked(&server).await;
    let mut talking = server.visitor().await;
    talking.says("hi").await;
    let badge = Badge::signed_in(&server, SALES).await;
    let mut page = badge.opens(&server).await;
    let mut ids = async |filter: &str| {
        page.sends(json!({"type": "list", "filter": filter})).await;
        let rows = page.frame("list").await["rows"].clone();
        rows.as_array().unwrap().iter().map(|row| row["conversation"].clone()).collect::<Vec<_>>()
    };

    assert_eq!(ids("waiting").await, [json!(waiting)]);
    assert_eq!(ids("unread").await, [json!(waiting)]);
    assert_eq!(ids("mine").await, [json!(null); 0]);
    assert_eq!(ids("all").await, [json!(talking.conversation()), json!(waiting)]);
    page.does(json!({"type": "take", "conversation": waiting})).await;
    talking.says("how long does shipping take").await;
    let row =
        page.next_where(|frame| frame["type"] == "row" && frame["conversation"] == json!(talking.conversation())).await;
    assert_eq!(row["from"], "visitor");
    page.sends(json!({"type": "list", "filter": "mine"})).await;
    assert_eq!(page.frame("list").await["rows"][0]["conversation"], json!(waiting));
    let html = badge.gets(&server, "/staff/?filter=open").await.body;
    assert!(
        html.contains(&format!("/staff/c/{waiting}"))
            && !html.contains(&format!("/staff/c/{}", talking.conversation()))
    );
    server.stop().await;
}
