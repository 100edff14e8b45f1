//! Every frame, over a WebSocket and over plain HTTP: the same answer.

use serde_json::{Value, json};
use sidedoor::id::ClientId;

use crate::harness::{ORIGIN, TestServer, Visitor};
use crate::http::{Caller, call};

/// A client on either transport, in a conversation of its own in which the bot has offered buttons and asked with a form.
enum Client {
    Socket(Box<Visitor>),
    Http(Caller),
}

impl Client {
    /// What the frame is answered, if anything; without what differs from conversation to conversation.
    async fn answer(&mut self, frame: &Value) -> Option<Value> {
        let mut answer = match self {
            Self::Socket(visitor) => {
                visitor.sends(frame.clone()).await;
                visitor.sends(json!({"type": "ping", "n": 4711})).await;
                let answered = visitor.first_of(&["welcome", "ack", "error", "history", "pong"]).await;
                if answered == json!({"type": "pong", "n": 4711}) {
                    return None;
                }
                visitor.pong(4711).await;
                answered
            }
            Self::Http(caller) if frame["type"] == "hello" => {
                let headers = [("origin", ORIGIN)];
                call(caller.address, "POST", "/v1/hello?site=acme", &headers, &frame.to_string()).await.json()
            }
            Self::Http(caller) => {
                let answer = caller.sends(frame.clone()).await;
                if answer.status == 204 {
                    assert_eq!(answer.body, "");
                    return None;
                }
                answer.json()
            }
        };
        blur(&mut answer);
        Some(answer)
    }
}

/// Times, tokens and ids of conversations differ; whether they are there does not.
fn blur(value: &mut Value) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                if ["at", "visitor", "conversation", "since", "retry_after_ms"].contains(&key.as_str()) {
                    *value = json!("…");
                }
                blur(value);
            }
        }
        Value::Array(values) => values.iter_mut().for_each(blur),
        _ => {}
    }
}

#[tokio::test]
async fn every_frame_is_answered_alike_over_both_transports() {
    let server = TestServer::start().await;
    let mut clients = [
        Client::Socket(Box::new(server.visitor().await)),
        Client::Http(Caller::hello(server.address, json!({})).await),
    ];
    let id = |n: u32| format!("0192d5a0-1111-7222-8333-{n:012}");

    let frames = [
        json!({"type": "message", "id": id(1), "text": "how long does shipping take"}),
        json!({"type": "message", "id": id(1), "text": "sent again"}),
        json!({"type": "message", "id": id(2), "text": "I want a person"}),
        json!({"type": "message", "id": id(3), "text": " \u{200b}"}),
        json!({"type": "message", "id": id(4), "text": "x".repeat(4_001)}),
        json!({"type": "message", "id": "7", "text": "hi"}),
        json!({"type": "message", "text": "hi"}),
        json!({"type": "choose", "id": id(5), "seq": 2, "option": "no.such"}),
        json!({"type": "choose", "id": id(6), "seq": 99, "option": "order.track"}),
        json!({"type": "form", "id": id(7), "seq": 1, "fields": {}, "consent": true}),
        json!({"type": "form", "id": id(8), "seq": 1, "fields": {"email": 7}}),
        json!({"type": "rate", "id": id(9), "score": 5, "comment": "fine"}),
        json!({"type": "rate", "id": id(10), "score": 9}),
        json!({"type": "history", "before": 3}),
        json!({"type": "history", "before": "3"}),
        json!({"type": "typing"}),
        json!({"type": "read", "seq": 2}),
        json!({"type": "read", "seq": "2"}),
        json!({"type": "page", "url": "https://shop.example/pricing", "title": "Pricing"}),
        json!({"type": "page", "url": 7}),
        json!({"type": "ping", "n": 1.5}),
        json!({"type": "ping", "n": "1"}),
        json!({"type": "dance", "id": id(11)}),
        json!({"id": id(12)}),
        json!([1]),
        json!({"type": "hello", "after": "0"}),
        json!({"type": "hello", "locale": "es", "page": {"url": "https://shop.example/"}}),
    ];
    for frame in &frames {
        let mut answers = Vec::new();
        for client in &mut clients {
            answers.push(client.answer(frame).await);
        }
        assert_eq!(answers[0], answers[1], "{frame}");
    }
    server.stop().await;
}

#[tokio::test]
async fn typing_over_http_reaches_the_conversations_sockets_at_most_every_two_seconds() {
    let server = TestServer::start().await;
    let mut visitor = server.visitor().await;
    let caller = Caller { address: server.address, token: visitor.token().to_owned(), welcome: Value::Null };

    for _ in 0..3 {
        assert_eq!(caller.sends(json!({"type": "typing"})).await.status, 204);
    }

    assert_eq!(visitor.frame("typing").await, json!({"type": "typing", "from": "visitor"}));
    visitor.settles().await;
    assert!(visitor.unasked().all(|frame| frame["type"] != "typing"), "passed on once");
    server.stop().await;
}

#[tokio::test]
async fn a_frame_that_cannot_be_parsed_counts_as_a_frame_over_http_too() {
    let server = TestServer::start_with(|config| {
        config.limits.frames_per_second = 1;
        config.limits.frame_burst = 2;
    })
    .await;
    let caller = Caller::hello(server.address, json!({})).await;

    let mut codes = Vec::new();
    for _ in 0..3 {
        let answer = caller.sends(json!({"type": "message", "id": ClientId::new(), "text": " "})).await;
        codes.push(answer.json()["code"].as_str().unwrap().to_owned());
    }

    assert_eq!(codes, ["empty", "empty", "rate_limited"]);
    server.stop().await;
}
