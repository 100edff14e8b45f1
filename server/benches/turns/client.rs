//! A client: says the next line of its script, and knows when it has been answered.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use sidedoor::id::ClientId;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::{Message, WebSocketConfig};

use crate::process::{Fault, Kind, ORIGIN, Server};
use crate::script::{self, SCRIPTS, Script};

/// A server that is slower than this does not work, and the run is void.
const GIVE_UP: Duration = Duration::from_secs(20);

/// One of the many.
pub struct Client {
    socket: WebSocketStream<TcpStream>,
    kind: Kind,
    script: usize,
    next: usize,
    number: usize,
    /// A person answers from here on, so that the bot may be silent.
    handed_over: bool,
}

impl Client {
    /// Connects, and says hello where the server wants one. Clients differ by their `index`.
    pub async fn connect(server: &Server, index: usize) -> Result<Self, Fault> {
        let mut request = format!("ws://{}/v1/ws?site=shop", server.address).into_client_request()?;
        request.headers_mut().insert("origin", HeaderValue::from_static(ORIGIN));
        let stream = TcpStream::connect(server.address).await?;
        stream.set_nodelay(true)?;
        let small = WebSocketConfig::default().read_buffer_size(4 * 1024);
        let (socket, _) = tokio_tungstenite::client_async_with_config(request, stream, Some(small)).await?;
        // Not all at the same line of the same script.
        let script = index % SCRIPTS.len();
        let mut client =
            Self { socket, kind: server.kind, script, next: 0, number: script::number(), handed_over: false };
        client.begin().await?;
        Ok(client)
    }

    fn script(&self) -> &'static Script {
        &SCRIPTS[self.script]
    }

    /// A new conversation: on the same connection, since a hello without a token begins one.
    async fn begin(&mut self) -> Result<(), Fault> {
        self.next = 0;
        self.number = script::number();
        self.handed_over = false;
        if self.kind == Kind::Echo {
            return Ok(());
        }
        let Script { locale, page, .. } = self.script();
        let hello = format!(
            r#"{{"type":"hello","visitor":null,"after":0,"locale":"{locale}","page":{{"url":"{page}","title":"Shop","referrer":"https://www.instagram.com/"}}}}"#
        );
        self.socket.send(Message::text(hello)).await?;
        loop {
            // Events of the conversation before may still be on their way.
            let frame = self.hear().await?;
            if frame.starts_with(r#"{"type":"welcome""#) {
                return Ok(());
            }
        }
    }

    /// Says the next line and waits for its answer: the echo, or the ack and what the bot says to it.
    pub async fn turn(&mut self) -> Result<(), Fault> {
        let text = script::line(self.script().says[self.next], self.number);
        let id = ClientId::new().to_string();
        let frame = format!(r#"{{"type":"message","id":"{id}","text":{}}}"#, serde_json::to_string(&text)?);
        let bytes = frame.len();
        self.socket.send(Message::text(frame)).await?;
        let answered = tokio::time::timeout(GIVE_UP, async {
            match self.kind {
                Kind::Echo => self.echoed(bytes).await,
                Kind::Sidedoor => self.answered(&id).await,
            }
        });
        answered.await.map_err(|_| format!("no answer to {text:?} within {} s", GIVE_UP.as_secs()))??;
        self.next += 1;
        Ok(())
    }

    /// Between two turns: whoever has said everything, or waits for a person, makes room for the next visitor.
    pub async fn rest(&mut self) -> Result<(), Fault> {
        if self.next < self.script().says.len() && !self.handed_over {
            return Ok(());
        }
        self.script = (self.script + 1) % SCRIPTS.len();
        self.begin().await
    }

    async fn echoed(&mut self, bytes: usize) -> Result<(), Fault> {
        let frame = self.hear().await?;
        if frame.len() == bytes { Ok(()) } else { Err("the echo said something else".into()) }
    }

    /// Waits for the ack of this id, and for an event behind it that is not the visitor's own.
    async fn answered(&mut self, id: &str) -> Result<(), Fault> {
        let mut acked = None;
        let mut newest = 0;
        loop {
            let frame = self.hear().await?;
            if frame.starts_with(r#"{"type":"ack""#) && frame.contains(id) {
                acked = Some(seq(&frame)?);
            } else if frame.starts_with(r#"{"type":"event""#) && !frame.contains(r#""from":"visitor""#) {
                newest = seq(&frame)?;
                self.handed_over |= frame.contains(r#""kind":"state""#);
            } else if frame.starts_with(r#"{"type":"error""#) {
                return Err(frame.into());
            }
            // Events of the turn before that come late have smaller ones.
            if acked.is_some_and(|acked| newest > acked || self.handed_over) {
                return Ok(());
            }
        }
    }

    async fn hear(&mut self) -> Result<String, Fault> {
        loop {
            match self.socket.next().await.ok_or("the server hung up")?? {
                Message::Text(text) => return Ok(text.as_str().to_owned()),
                Message::Close(why) => return Err(format!("the server closed: {why:?}").into()),
                _ => {}
            }
        }
    }
}

/// The `seq` of an ack or an event; cheaper than parsing the frame.
fn seq(frame: &str) -> Result<u64, Fault> {
    let digits = frame.split_once(r#""seq":"#).ok_or("a frame without a seq")?.1;
    let end = digits.find(|char: char| !char.is_ascii_digit()).unwrap_or(digits.len());
    Ok(digits[..end].parse()?)
}
