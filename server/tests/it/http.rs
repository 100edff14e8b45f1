//! A client that speaks plain HTTP/1.1, as little of it as the tests need.

use std::net::SocketAddr;
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::{HeaderMap, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::harness::ORIGIN;

const PATIENCE: Duration = Duration::from_secs(20);

/// What came back.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

/// One request on a connection of its own.
pub async fn call(address: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let response = open(address, method, path, headers, body).await;
    let (parts, body) = response.into_parts();
    let body = tokio::time::timeout(PATIENCE, body.collect()).await.expect("the body should end").unwrap().to_bytes();
    Answer { status: parts.status, headers: parts.headers, body: String::from_utf8(body.to_vec()).unwrap() }
}

async fn open(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Response<Incoming> {
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let mut request = Request::builder().method(method).uri(path).header("host", address.to_string());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Full::new(Bytes::from(body.to_owned()))).unwrap();
    tokio::time::timeout(PATIENCE, sender.send_request(request)).await.expect("the server should answer").unwrap()
}

/// A visitor without a WebSocket.
pub struct Caller {
    pub address: SocketAddr,
    pub token: String,
    pub welcome: Value,
}

impl Caller {
    /// Says hello.
    pub async fn hello(address: SocketAddr, fields: Value) -> Self {
        let mut hello = json!({"type": "hello", "visitor": null, "after": 0});
        hello.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let answer = call(address, "POST", "/v1/hello?site=acme", &[("origin", ORIGIN)], &hello.to_string()).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let welcome = answer.json();
        Self { address, token: welcome["visitor"].as_str().unwrap().to_owned(), welcome }
    }

    /// Sends a frame.
    pub async fn sends(&self, frame: Value) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        call(self.address, "POST", "/v1/send", &[("origin", ORIGIN), ("authorization", &bearer)], &frame.to_string())
            .await
    }

    /// Listens to what comes after `after`.
    pub async fn listens(&self, after: i64, headers: &[(&str, &str)]) -> Stream {
        let bearer = format!("Bearer {}", self.token);
        let mut all = vec![("origin", ORIGIN), ("authorization", bearer.as_str())];
        all.extend_from_slice(headers);
        let response = open(self.address, "GET", &format!("/v1/events?after={after}"), &all, "").await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Stream { body: response.into_body(), read: String::new() }
    }
}

/// An open stream of events.
pub struct Stream {
    body: Incoming,
    read: String,
}

impl Stream {
    /// Opens a stream of anybody's.
    pub async fn open(address: SocketAddr, path: &str, headers: &[(&str, &str)]) -> Self {
        let response = open(address, "GET", path, headers, "").await;
        assert_eq!(response.status(), 200);
        Self { body: response.into_body(), read: String::new() }
    }

    /// The next object, with the stream's `id:` for it; none when the stream has ended.
    pub async fn next(&mut self) -> Option<(Option<i64>, Value)> {
        loop {
            while let Some((block, rest)) = self.read.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.read = rest;
                let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
                if let Some(data) = field("data:") {
                    return Some((field("id:").map(|id| id.parse().unwrap()), serde_json::from_str(data).unwrap()));
                }
            }
            let frame = tokio::time::timeout(PATIENCE, self.body.frame()).await.expect("the stream should go on")?;
            if let Ok(data) = frame.ok()?.into_data() {
                self.read.push_str(std::str::from_utf8(&data).unwrap());
            }
        }
    }

    /// The next objects up to the event of this `seq`.
    pub async fn until(&mut self, seq: i64) -> Vec<Value> {
        let mut heard = Vec::new();
        loop {
            let (id, event) = self.next().await.expect("the stream should go on");
            assert_eq!(id, event["seq"].as_i64());
            let done = id == Some(seq);
            heard.push(event);
            if done {
                return heard;
            }
        }
    }
}
