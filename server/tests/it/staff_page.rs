//! A member of staff's browser, as much of it as the tests need: a cookie, a token, a socket.

use std::collections::VecDeque;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use sidedoor::id::{ClientId, ConversationId};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::Message;

use crate::harness::TestServer;
use crate::http::{Answer, call};

const PATIENCE: Duration = Duration::from_secs(20);

/// Who came in.
#[derive(Clone, Debug)]
pub struct Badge {
    pub cookie: String,
    pub csrf: String,
}

impl Badge {
    /// Comes in with what a link holds.
    pub async fn by_link(server: &TestServer, address: &str, conversation: ConversationId) -> Self {
        let door = door(server, address, conversation).await;
        let answer = enter(server, json!({"token": door.split_once('#').unwrap().1})).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        Self::of(&answer)
    }

    /// Comes in with a first link, and may do what the member may.
    pub async fn signed_in(server: &TestServer, address: &str) -> Self {
        let staff = &server.shared.staff;
        let member = staff.member_at(address).await.unwrap().unwrap();
        let door = staff.first_door(&member, server.shared.clock.now()).await.unwrap();
        let answer = enter(server, json!({"token": door.url.split_once('#').unwrap().1})).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["conversation"]), (200, &Value::Null), "{}", answer.body);
        Self::of(&answer)
    }

    pub fn of(answer: &Answer) -> Self {
        let cookie = answer.headers["set-cookie"].to_str().unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        Self { cookie, csrf: answer.json()["csrf"].as_str().unwrap().to_owned() }
    }

    pub async fn gets(&self, server: &TestServer, path: &str) -> Answer {
        call(server.address, "GET", path, &[("cookie", &self.cookie)], "").await
    }

    pub async fn posts(&self, server: &TestServer, path: &str, frame: Value) -> Answer {
        let headers = [("cookie", self.cookie.as_str()), ("x-sidedoor-csrf", self.csrf.as_str())];
        call(server.address, "POST", path, &headers, &frame.to_string()).await
    }

    /// A page that has said hello.
    pub async fn opens(&self, server: &TestServer) -> StaffPage {
        let mut request = format!("ws://{}/staff/v1/ws", server.address).into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", "sidedoor.staff.v1".parse().unwrap());
        request.headers_mut().insert("cookie", self.cookie.parse().unwrap());
        let stream = TcpStream::connect(server.address).await.unwrap();
        let (socket, response) = tokio_tungstenite::client_async(request, stream).await.unwrap();
        assert_eq!(response.headers()["sec-websocket-protocol"], "sidedoor.staff.v1");
        let mut page = StaffPage { socket, waiting: VecDeque::new() };
        page.sends(json!({"type": "hello", "csrf": self.csrf})).await;
        page.frame("welcome").await;
        page
    }
}

/// The link that a mail would hold.
pub async fn door(server: &TestServer, address: &str, conversation: ConversationId) -> String {
    let now = server.shared.clock.now();
    server.shared.staff.door(address, "acme", conversation, now).await.unwrap().unwrap().url
}

pub async fn enter(server: &TestServer, shown: Value) -> Answer {
    call(server.address, "POST", "/staff/v1/enter", &[("content-type", "application/json")], &shown.to_string()).await
}

/// An open page.
pub struct StaffPage {
    socket: WebSocketStream<TcpStream>,
    waiting: VecDeque<Value>,
}

impl StaffPage {
    pub async fn sends(&mut self, frame: Value) {
        self.socket.send(Message::text(frame.to_string())).await.unwrap();
    }

    pub async fn watches(&mut self, conversation: ConversationId) -> Value {
        self.sends(json!({"type": "watch", "conversation": conversation, "after": 0})).await;
        self.frame("conversation").await
    }

    /// Sends a frame with an id; gives whatever answers it.
    pub async fn does(&mut self, mut frame: Value) -> Value {
        let id = frame.as_object_mut().unwrap().entry("id").or_insert_with(|| json!(ClientId::new())).clone();
        self.sends(frame).await;
        self.next_where(|answer| answer["id"] == id).await
    }

    pub async fn frame(&mut self, kind: &str) -> Value {
        self.next_where(|frame| frame["type"] == kind).await
    }

    pub async fn next_where(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.waiting.iter().position(&wanted) {
            return self.waiting.remove(at).unwrap();
        }
        loop {
            let frame = self.read().await.expect("the connection should stay open");
            if wanted(&frame) {
                return frame;
            }
            self.waiting.push_back(frame);
        }
    }

    /// Whatever was received so far and not asked for, once the server has taken everything that was sent.
    pub async fn settles(&mut self) -> Vec<Value> {
        self.sends(json!({"type": "ping", "n": 7})).await;
        self.frame("pong").await;
        self.waiting.drain(..).collect()
    }

    pub async fn closed(&mut self) -> u16 {
        loop {
            if let Err(code) = self.read().await {
                return code;
            }
        }
    }

    async fn read(&mut self) -> Result<Value, u16> {
        loop {
            match tokio::time::timeout(PATIENCE, self.socket.next()).await.expect("the server should say something") {
                Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(Some(close)))) => return Err(close.code.into()),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(0),
            }
        }
    }
}
