//! How staff come in, and how nobody else does.

use mail_parser::MessageParser;
use serde_json::json;
use sidedoor::clock::Clock;
use sidedoor::config::LinkMode;
use sidedoor::id::ConversationId;

use crate::harness::{TestServer, Visitor};
use crate::http::call;
use crate::staff_page::{Badge, door, enter};

const SALES: &str = "sales@acme.example";
const HOUR_MS: i64 = 60 * 60 * 1000;

/// A visitor who asked for a person, and the conversation.
async fn waiting(server: &TestServer) -> (Visitor, ConversationId) {
    let mut visitor = server.visitor().await;
    visitor.says("I want to talk to a human").await;
    let conversation = visitor.conversation();
    (visitor, conversation)
}

fn text_of(mail: &str) -> String {
    MessageParser::default().parse(mail.as_bytes()).unwrap().body_text(0).unwrap().into_owned()
}

fn refused(answer: &crate::http::Answer) -> bool {
    answer.status == 403 && answer.body == r#"{"code":"refused"}"# && !answer.headers.contains_key("set-cookie")
}

#[tokio::test]
async fn from_the_visitors_question_to_the_answers_bubble_by_the_link_in_the_mail() {
    let server = TestServer::start().await;
    let (mut visitor, conversation) = waiting(&server).await;

    let mail = text_of(server.mails().await.last().unwrap());
    let link = mail.split_whitespace().find(|word| word.contains("/r#")).unwrap();
    let answer = enter(&server, json!({"token": link.split_once('#').unwrap().1})).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.json()["conversation"], json!(conversation));
    assert_eq!(answer.json()["staff"], json!({"address": SALES, "name": "Sales", "role": "agent"}));
    let cookie = answer.headers["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("sd_s=") && cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    let mut page = Badge::of(&answer).opens(&server).await;
    let shown = page.watches(conversation).await;
    assert_eq!((&shown["state"], &shown["visitor"]["online"]), (&json!("waiting"), &json!(true)));
    let reply = json!({"type": "reply", "conversation": conversation, "text": "Hi, I am here.", "seen": shown["seq"]});
    let ack = page.does(reply).await;

    assert_eq!(ack["type"], "ack", "{ack}");
    let heard = visitor.hears_until(ack["seq"].as_i64().unwrap()).await;
    let bubble = heard.iter().find(|event| event["from"] == "staff").unwrap();
    assert_eq!((&bubble["text"], &bubble["name"]), (&json!("Hi, I am here."), &json!("Sales")));
    server.stop().await;
}

#[tokio::test]
async fn the_code_in_the_mail_opens_what_its_link_opens() {
    let server = TestServer::start().await;
    let (_visitor, conversation) = waiting(&server).await;
    let mail = text_of(server.mails().await.last().unwrap());
    let is_code = |word: &&str| word.len() == 9 && word.as_bytes()[4] == b'-' && !word.contains('/');
    let code = mail.split(|c: char| c.is_whitespace() || c == '.').find(is_code).unwrap().to_lowercase();

    let wrong = enter(&server, json!({"code": "AAAA-AAAA", "address": SALES})).await;
    let others = enter(&server, json!({"code": code, "address": "ben@acme.example"})).await;
    let right = enter(&server, json!({"code": code, "address": "Sales@ACME.example"})).await;

    assert!(refused(&wrong) && refused(&others));
    assert_eq!(right.json()["conversation"], json!(conversation), "{}", right.body);
    server.stop().await;
}

#[tokio::test]
async fn after_five_wrong_codes_the_right_one_is_refused_too() {
    let server = TestServer::start().await;
    let (_visitor, conversation) = waiting(&server).await;
    let now = server.shared.clock.now();
    let code = server.shared.staff.door(SALES, "acme", conversation, now).await.unwrap().unwrap().code.unwrap();

    for _ in 0..5 {
        assert!(refused(&enter(&server, json!({"code": "AAAA-AAAA", "address": SALES})).await));
    }
    let right = enter(&server, json!({"code": code, "address": SALES})).await;

    assert!(refused(&right), "{}", right.body);
    server.stop().await;
}

#[tokio::test]
async fn wrong_expired_revoked_and_unknown_are_refused_alike() {
    let clock = Clock::manual(1_795_425_000_000);
    let server = TestServer::start_at(clock.clone()).await;
    let (_visitor, conversation) = waiting(&server).await;
    let token = async || door(&server, SALES, conversation).await.split_once('#').unwrap().1.to_owned();

    let good = token().await;
    assert_eq!(enter(&server, json!({"token": format!("#{good})%20 junk")})).await.status, 200, "junk behind is cut");
    assert_eq!(enter(&server, json!({"token": good})).await.status, 200, "a scanner cannot burn it");
    let mut altered = good.clone();
    altered.replace_range(10..11, if &good[10..11] == "A" { "B" } else { "A" });
    let mut answers = vec![
        enter(&server, json!({"token": altered})).await,
        enter(&server, json!({"token": ""})).await,
        enter(&server, json!({})).await,
        enter(&server, json!({"token": 7})).await,
    ];
    let member = server.shared.staff.member_at(SALES).await.unwrap().unwrap();
    assert!(server.shared.staff.revoke_links(&member, conversation).await.unwrap());
    answers.push(enter(&server, json!({"token": good})).await);
    let later = token().await;
    assert_eq!(enter(&server, json!({"token": later})).await.status, 200, "a newer mail opens it again");
    clock.advance(73 * HOUR_MS);
    answers.push(enter(&server, json!({"token": later})).await);
    let fresh = token().await;
    server.shared.staff.revoke(&member).await.unwrap();
    answers.push(enter(&server, json!({"token": fresh})).await);

    for (at, answer) in answers.iter().enumerate() {
        assert!(refused(answer), "{at}: {} {}", answer.status, answer.body);
    }
    server.stop().await;
}

#[tokio::test]
async fn a_link_opens_its_page_however_it_was_mangled_and_opening_it_changes_nothing() {
    let server = TestServer::start().await;
    let (_visitor, conversation) = waiting(&server).await;
    let link = door(&server, SALES, conversation).await;
    let token = link.split_once('#').unwrap().1;
    let mut pages = Vec::new();

    for path in ["/r", "/r/", &format!("/r%23{token}"), &format!("/r/%23{token}"), &format!("/r%23{token}%29.")] {
        for method in ["GET", "HEAD"] {
            let answer = call(server.address, method, path, &[], "").await;
            assert_eq!(answer.status, 200, "{method} {path}");
            let header = |name: &str| answer.headers[name].to_str().unwrap().to_owned();
            assert_eq!((header("cache-control"), header("referrer-policy")), ("no-store".into(), "no-referrer".into()));
            assert_eq!(header("x-robots-tag"), "noindex");
            assert!(!answer.headers.contains_key("set-cookie"));
            if method == "GET" {
                pages.push(answer.body);
            }
        }
    }

    assert!(pages.iter().all(|page| *page == pages[0] && !page.contains(token)), "one page, which knows no token");
    let log = sidedoor::store::staff::log::of_conversation(&server.shared.store, conversation, 10).await.unwrap();
    assert_eq!(log, [], "a scanner is no visitor of the conversation");
    server.stop().await;
}

#[tokio::test]
async fn where_the_link_is_off_or_asks_to_sign_in_it_opens_nothing_by_itself() {
    for (link, code) in [(LinkMode::Off, "refused"), (LinkMode::SignIn, "sign_in")] {
        let server = TestServer::start().await;
        let (_visitor, conversation) = waiting(&server).await;
        let url = door(&server, SALES, conversation).await;
        let strict = server.beside_with(|config| config.staff.link = link).await;

        let answer = enter(&strict, json!({"token": url.split_once('#').unwrap().1})).await;

        assert_eq!((answer.status.as_u16(), &answer.json()["code"]), (403, &json!(code)));
        let signed = Badge::signed_in(&strict, SALES).await;
        assert_eq!(signed.gets(&strict, &format!("/staff/c/{conversation}")).await.status, 200);
        strict.stop().await;
        server.stop().await;
    }
}

#[tokio::test]
async fn signing_in_by_mail_is_good_once_and_says_nothing_of_who_is_known() {
    let server = TestServer::start().await;
    let json = [("content-type", "application/json")];
    let ask = async |address: &str| {
        let body = json!({"address": address}).to_string();
        call(server.address, "POST", "/staff/v1/code", &json, &body).await
    };

    let known = ask(SALES).await;
    let unknown = ask("nobody@acme.example").await;

    assert_eq!((known.status, &known.body), (unknown.status, &unknown.body));
    assert_eq!(known.headers.len(), unknown.headers.len());
    let mail = loop {
        if let Some(mail) = server.mails().await.last() {
            break text_of(mail);
        }
        tokio::task::yield_now().await;
    };
    let code = mail.split(|c: char| c.is_whitespace()).find(|word| word.len() == 10 && word.ends_with('.')).unwrap();
    let sign_in = async |code: &str| {
        let body = json!({"code": code, "address": SALES}).to_string();
        call(server.address, "POST", "/staff/v1/sign-in", &json, &body).await
    };
    assert!(refused(&sign_in("AAAA-AAAA").await));
    let entered = sign_in(code).await;
    assert_eq!(entered.status, 200, "{}", entered.body);
    assert_eq!(Badge::of(&entered).gets(&server, "/staff/").await.status, 200);
    assert!(refused(&sign_in(code).await), "a code is good once");
    assert_eq!(server.mails().await.len(), 1, "nobody else was written to");
    server.stop().await;
}

#[tokio::test]
async fn whoever_leaves_or_is_revoked_is_out_at_once_and_open_pages_close_within_seconds() {
    let server = TestServer::start().await;
    let (_visitor, conversation) = waiting(&server).await;
    let badge = Badge::by_link(&server, SALES, conversation).await;
    let path = format!("/staff/c/{conversation}");
    let mut page = badge.opens(&server).await;
    page.watches(conversation).await;
    let beside = server.beside().await;
    let mut elsewhere = badge.opens(&beside).await;

    let member = server.shared.staff.member_at(SALES).await.unwrap().unwrap();
    server.shared.staff.revoke(&member).await.unwrap();

    let closed = async { (page.closed().await, elsewhere.closed().await) };
    let codes = tokio::time::timeout(std::time::Duration::from_secs(5), closed).await.expect("within five seconds");
    assert_eq!(codes, (4403, 4403), "on every node");
    assert_eq!(badge.gets(&server, &path).await.status, 303);
    beside.stop().await;
    server.stop().await;
}

#[tokio::test]
async fn every_changing_route_asks_for_the_sessions_own_token_from_our_own_pages() {
    let server = TestServer::start().await;
    let (_visitor, conversation) = waiting(&server).await;
    let ana = Badge::by_link(&server, SALES, conversation).await;
    let other = Badge::signed_in(&server, SALES).await;
    let note = json!({"type": "note", "id": "018f0000-0000-7000-8000-000000000001", "conversation": conversation, "text": "x"});
    let form = format!("act=note&id=018f0000-0000-7000-8000-000000000001&text=x&csrf={}", other.csrf);
    let cookie = ("cookie", ana.cookie.as_str());
    let own = ("x-sidedoor-csrf", ana.csrf.as_str());
    let page = format!("/staff/c/{conversation}");
    let forms = ("content-type", "application/x-www-form-urlencoded");

    for (path, body) in [("/staff/v1/send", note.to_string()), ("/staff/v1/leave", String::new())] {
        for headers in [
            vec![cookie],
            vec![cookie, ("x-sidedoor-csrf", other.csrf.as_str())],
            vec![cookie, own, ("origin", "https://evil.example")],
            vec![cookie, own, ("sec-fetch-site", "cross-site")],
            vec![own],
        ] {
            assert_eq!(call(server.address, "POST", path, &headers, &body).await.status, 403, "{path} {headers:?}");
        }
    }
    for headers in [vec![cookie, forms], vec![cookie, forms, ("origin", "https://evil.example")]] {
        assert_eq!(call(server.address, "POST", &page, &headers, &form).await.status, 403, "{headers:?}");
    }
    for door in ["/staff/v1/enter", "/staff/v1/code", "/staff/v1/sign-in"] {
        let answer = call(server.address, "POST", door, &[("origin", "https://evil.example")], "{}").await;
        assert_eq!(answer.status, 403, "{door}");
    }
    assert_eq!(ana.posts(&server, "/staff/v1/send", note).await.status, 200, "and with it, all is well");
    server.stop().await;
}
