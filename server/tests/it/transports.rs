//! Which pages may talk to a site, and the same promises over plain HTTP as over a WebSocket.

use serde_json::json;
use sidedoor::id::ClientId;
use sidedoor::store;
use tokio_tungstenite::tungstenite::Error;

use crate::harness::{ORIGIN, OTHER_ORIGIN, TestServer, Visitor, seqs, staff_says};
use crate::http::{Caller, call};

#[tokio::test]
async fn a_conversation_goes_on_over_http_where_the_socket_left_it() {
    let server = TestServer::start().await;
    let mut visitor = server.visitor().await;
    let id = ClientId::new();
    let over_socket = visitor.says_as(id, "how long does shipping take").await;
    let seen = visitor.hears_until(2).await;

    let caller = Caller::hello(server.address, json!({"visitor": visitor.token(), "after": 0})).await;
    let over_http = caller.sends(json!({"type": "message", "id": id, "text": "how long does shipping take"})).await;
    let next = caller.sends(json!({"type": "message", "id": ClientId::new(), "text": "where is my parcel"})).await;

    assert_eq!(caller.token, visitor.token());
    assert_eq!(caller.welcome["events"].as_array().unwrap()[..2], seen[..]);
    assert_eq!(over_http.json(), over_socket, "same id, same ack, whatever carries it");
    assert_eq!(
        visitor.hears_until(next.json()["seq"].as_i64().unwrap()).await.last().unwrap()["text"],
        "where is my parcel"
    );
    server.stop().await;
}

#[tokio::test]
async fn a_stream_gives_what_comes_after_a_seq_and_then_what_is_said() {
    let server = TestServer::start().await;
    let caller = Caller::hello(server.address, json!({})).await;
    let send = |text: &str| caller.sends(json!({"type": "message", "id": ClientId::new(), "text": text}));
    let first = send("how long does shipping take").await.json()["seq"].as_i64().unwrap();

    let mut stream = caller.listens(first, &[]).await;
    let second = send("where is my parcel").await.json()["seq"].as_i64().unwrap();
    let heard = stream.until(second).await;
    let mut resumed = caller.listens(0, &[("last-event-id", &second.to_string())]).await;
    let rest = resumed.next().await.unwrap();

    assert_eq!(seqs(&heard), (first + 1..=second).collect::<Vec<_>>());
    assert_eq!(rest.0, Some(second + 1), "Last-Event-ID goes before ?after");
    server.stop().await;
}

#[tokio::test]
async fn a_stream_gives_all_of_a_long_conversation() {
    let server = TestServer::start().await;
    let caller = Caller::hello(server.address, json!({})).await;
    caller.sends(json!({"type": "message", "id": ClientId::new(), "text": "hi"})).await;
    let conversation = caller.welcome["conversation"].as_str().unwrap().parse().unwrap();
    for n in 0..450 {
        staff_says(&server.shared.desk, conversation, &format!("line {n}")).await.unwrap();
    }
    let last = server.stored(conversation).await.last().unwrap().seq;

    let heard = caller.listens(0, &[]).await.until(last).await;

    assert_eq!(seqs(&heard), (1..=last).collect::<Vec<_>>());
    server.stop().await;
}

#[tokio::test]
async fn a_visitor_who_only_calls_leaves_no_row() {
    let server = TestServer::start().await;

    let caller = Caller::hello(server.address, json!({"page": {"url": "https://shop.example/"}})).await;
    let page = caller.sends(json!({"type": "page", "url": "https://shop.example/pricing", "title": "Pricing"})).await;
    let history = caller.sends(json!({"type": "history", "before": 5})).await;
    let conversation = caller.welcome["conversation"].as_str().unwrap().parse().unwrap();

    assert_eq!(page.status, 204);
    assert_eq!(history.json()["events"], json!([]));
    assert!(store::conversations::load(&server.shared.store, conversation).await.unwrap().is_none());
    caller.sends(json!({"type": "message", "id": ClientId::new(), "text": "hi"})).await;
    let row = store::conversations::load(&server.shared.store, conversation).await.unwrap().unwrap();
    assert_eq!(
        (row.first_page.url.as_str(), row.page.url.as_str()),
        ("https://shop.example/", "https://shop.example/pricing")
    );
    server.stop().await;
}

#[tokio::test]
async fn errors_over_http_have_the_same_codes_and_a_fitting_status() {
    let server = TestServer::start().await;
    let caller = Caller::hello(server.address, json!({})).await;
    let id = ClientId::new();

    for (frame, status, code) in [
        (json!({"type": "message", "id": id, "text": " "}), 422, "empty"),
        (json!({"type": "message", "id": id, "text": "x".repeat(4_001)}), 422, "too_long"),
        (json!({"type": "choose", "id": id, "seq": 7, "option": "x"}), 422, "unknown_event"),
        (json!({"type": "rate", "id": id, "score": 9}), 422, "invalid_field"),
        (json!({"type": "dance", "id": id}), 400, "unknown_type"),
        (json!({"type": "message", "id": "7", "text": "hi"}), 400, "bad_frame"),
        (json!({"type": "hello"}), 400, "bad_frame"),
        (json!({"type": "message", "id": id, "text": "hi", "padding": "x".repeat(20_000)}), 413, "too_large"),
    ] {
        let answer = caller.sends(frame).await;
        assert_eq!((answer.status.as_u16(), answer.json()["code"].as_str().unwrap()), (status, code));
        assert_eq!(answer.json()["type"], "error");
    }
    let broken = call(server.address, "POST", "/v1/hello?site=acme", &[("origin", ORIGIN)], "{").await;
    assert_eq!((broken.status.as_u16(), broken.json()["code"].as_str().unwrap()), (400, "bad_frame"));
    server.stop().await;
}

#[tokio::test]
async fn without_the_conversations_token_nothing_is_told_or_taken() {
    let server = TestServer::start().await;
    let owner = Caller::hello(server.address, json!({})).await;
    owner.sends(json!({"type": "message", "id": ClientId::new(), "text": "my secret is 4711"})).await;
    let mut forged = owner.token.clone().into_bytes();
    forged[30] ^= 1;
    let forged = String::from_utf8(forged).unwrap();
    let conversation = owner.welcome["conversation"].as_str().unwrap();
    let message = json!({"type": "message", "id": ClientId::new(), "text": "hi"}).to_string();

    let bearers =
        [format!("Bearer {forged}"), format!("Bearer {conversation}"), format!("Basic {}", owner.token), String::new()];
    let mut answers = Vec::new();
    for bearer in &bearers {
        let headers = [("origin", ORIGIN), ("authorization", bearer.as_str())];
        for (method, path) in [("POST", "/v1/send"), ("GET", "/v1/events?after=0")] {
            let answer = call(server.address, method, path, &headers, &message).await;
            assert_eq!(answer.status, 401, "{method} {path} {bearer}");
            answers.push(answer.body);
        }
    }

    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "the same answer to all of them");
    assert!(answers[0].contains("not_ready"));
    let id = conversation.parse().unwrap();
    assert!(server.stored(id).await.iter().all(|event| !format!("{event:?}").contains("\"hi\"")));
    server.stop().await;
}

#[tokio::test]
async fn only_the_sites_own_pages_may_talk_to_it() {
    let server = TestServer::start_with(|config| {
        config.sites[0].origins = vec!["https://brand.com".to_owned(), "https://xn--bcher-kva.example".to_owned()];
    })
    .await;
    let token = {
        let hello = call(
            server.address,
            "POST",
            "/v1/hello?site=acme",
            &[("origin", "https://brand.com")],
            "{\"type\":\"hello\"}",
        )
        .await;
        assert_eq!(hello.headers["access-control-allow-origin"], "https://brand.com");
        hello.json()["visitor"].as_str().unwrap().to_owned()
    };
    let bearer = format!("Bearer {token}");

    let foreign = [
        None,
        Some("null"),
        Some("https://brand.com.evil.com"),
        Some("https://evilbrand.com"),
        Some("http://brand.com"),
        Some("https://brand.com:8443"),
        Some("https://BRAND.com"),
        Some("https://brand.com."),
        Some("https://www.brand.com"),
        Some(OTHER_ORIGIN),
    ];
    for origin in foreign {
        match Visitor::connect(server.address, "acme", origin).await {
            Err(Error::Http(response)) => assert_eq!(response.status(), 403, "{origin:?}"),
            Err(other) => panic!("{origin:?}: {other}"),
            Ok(_) => panic!("{origin:?} should not get in"),
        }
        let mut headers: Vec<(&str, &str)> = vec![("authorization", &bearer)];
        headers.extend(origin.map(|origin| ("origin", origin)));
        for (method, path, body) in [
            ("POST", "/v1/hello?site=acme", "{\"type\":\"hello\"}"),
            ("POST", "/v1/send", "{\"type\":\"ping\",\"n\":1}"),
            ("GET", "/v1/events?after=0", ""),
        ] {
            let answer = call(server.address, method, path, &headers, body).await;
            assert_eq!(answer.status, 403, "{method} {path} from {origin:?}");
            assert!(!answer.headers.contains_key("access-control-allow-origin"), "{method} {path} from {origin:?}");
        }
    }
    for origin in ["https://brand.com", "https://xn--bcher-kva.example"] {
        assert!(Visitor::connect(server.address, "acme", Some(origin)).await.is_ok(), "{origin}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_page_of_the_servers_own_may_listen_although_browsers_send_no_origin_then() {
    let server = TestServer::start().await;
    let caller = Caller::hello(server.address, json!({})).await;
    let bearer = format!("Bearer {}", caller.token);
    caller.sends(json!({"type": "message", "id": ClientId::new(), "text": "hi"})).await;

    let foreign = [("authorization", bearer.as_str()), ("sec-fetch-site", "cross-site")];
    assert_eq!(call(server.address, "GET", "/v1/events?after=0", &foreign, "").await.status, 403);
    let mut stream = caller.listens(0, &[("sec-fetch-site", "same-origin")]).await;
    assert_eq!(stream.next().await.unwrap().0, Some(1));
    drop(stream);
    server.stop().await;
}

#[tokio::test]
async fn a_native_client_gets_in_without_an_origin_where_the_site_says_so() {
    let server = TestServer::start_with(|config| config.sites[0].allow_no_origin = true).await;

    assert!(Visitor::connect(server.address, "acme", None).await.is_ok());
    assert_eq!(call(server.address, "POST", "/v1/hello?site=acme", &[], "{\"type\":\"hello\"}").await.status, 200);
    server.stop().await;
}

#[tokio::test]
async fn browsers_are_told_before_they_send_what_a_sites_pages_may() {
    let server = TestServer::start().await;
    let ask = |origin: &'static str, path: &'static str| async move {
        let headers = [
            ("origin", origin),
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "authorization"),
        ];
        call(server.address, "OPTIONS", path, &headers, "").await.headers.get("access-control-allow-origin").cloned()
    };

    for path in ["/v1/hello?site=acme", "/v1/send", "/v1/events"] {
        assert_eq!(ask(ORIGIN, path).await.unwrap(), ORIGIN);
        assert_eq!(ask("https://evil.example", path).await, None);
    }
    server.stop().await;
}

#[tokio::test]
async fn what_cannot_become_a_socket_is_told_why() {
    let server = TestServer::start_with(|config| {
        config.limits.connections = 3;
        config.limits.connections_per_address = 2;
    })
    .await;
    let refused = async |site: &str| match Visitor::connect(server.address, site, Some(ORIGIN)).await {
        Err(Error::Http(response)) => (response.status().as_u16(), response.headers().contains_key("retry-after")),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("should be refused"),
    };

    assert_eq!(refused("nobody").await, (404, false));
    assert_eq!(call(server.address, "GET", "/v1/ws?site=acme", &[("origin", ORIGIN)], "").await.status, 426);
    let first = server.visitor().await;
    let _second = server.visitor().await;
    assert_eq!(refused("acme").await, (429, true));
    drop(first);
    server.stop().await;
}

#[tokio::test]
async fn a_full_server_says_so_and_a_freed_place_is_given_again() {
    let server = TestServer::start_with(|config| config.limits.connections = 1).await;
    let mut only = server.visitor().await;

    match Visitor::connect(server.address, "acme", Some(ORIGIN)).await {
        Err(Error::Http(response)) => {
            assert_eq!((response.status().as_u16(), response.headers().contains_key("retry-after")), (503, true))
        }
        _ => panic!("should be refused"),
    }
    only.socket.close(None).await.unwrap();
    only.closed().await;
    drop(only);
    while Visitor::connect(server.address, "acme", Some(ORIGIN)).await.is_err() {}
    server.stop().await;
}

#[tokio::test]
async fn hasty_callers_are_told_when_to_come_back() {
    let server = TestServer::start_with(|config| {
        config.limits.frames_per_second = 1;
        config.limits.frame_burst = 2;
    })
    .await;
    let caller = Caller::hello(server.address, json!({})).await;
    let ping = json!({"type": "ping", "n": 1});

    let mut last = caller.sends(ping.clone()).await;
    for _ in 0..2 {
        last = caller.sends(ping.clone()).await;
    }

    assert_eq!((last.status.as_u16(), last.json()["code"].as_str().unwrap()), (429, "rate_limited"));
    assert!(last.headers.contains_key("retry-after"));
    assert!(last.json()["retry_after_ms"].as_u64().unwrap() > 0);
    server.stop().await;
}
