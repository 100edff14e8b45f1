//! `GET /v1/ws`: a visitor's WebSocket, from the upgrade to the last close frame. What is said on it is the session's business.
//!
//! tungstenite is used without axum's wrapping: after a bad frame the rest of what the client sent has to be read away, or the
//! kernel answers it with a reset, and the close code that tells the client why never arrives.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Sleep, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Message, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Utf8Bytes};

use super::follower::Heard;
use super::session::{Close, Session};
use super::watch::{Due, Watch};
use super::{answer, bye, refuse};
use crate::config::Site;
use crate::http::handshake::handshake;
use crate::http::limit::{Address, Connection, Place};
use crate::http::pace::Pace;
use crate::http::{Shared, retry_after};
use crate::metrics::Transport;
use crate::wire::{Code, MAX_FRAME_BYTES, Refusal};

const SUBPROTOCOL: &str = "sidedoor.v1";
/// tungstenite's 128 KiB would be most of an idle visitor's memory. Most frames fit into this.
const READ_BUFFER_BYTES: usize = 2 * 1024;
/// An ack and its events leave in one write.
const WRITE_BUFFER_BYTES: usize = 8 * 1024;
/// More than the largest `welcome` or `history`: what one client that does not read can hold of the server's memory.
const MAX_WRITE_BUFFER_BYTES: usize = 512 * 1024;
/// How much of what a client still sends is read away after the close frame.
const MAX_LINGER_BYTES: u64 = 1024 * 1024;

#[derive(Deserialize)]
struct Where {
    #[serde(default)]
    site: String,
}

pub(super) fn router() -> Router<Shared> {
    Router::new().route("/v1/ws", get(upgrade))
}

async fn upgrade(
    State(shared): State<Shared>,
    Query(Where { site }): Query<Where>,
    address: Address,
    Extension(connection): Extension<Arc<Connection>>,
    headers: HeaderMap,
    mut request: Request,
) -> Response {
    let Some(site) = shared.site(&site) else {
        return (StatusCode::NOT_FOUND, "no such site\n").into_response();
    };
    if !shared.door.admits(site, &headers) {
        return answer::forbidden();
    }
    if shared.stop.is_cancelled() {
        return (StatusCode::SERVICE_UNAVAILABLE, [retry_after(Duration::from_secs(1))], "restarting\n")
            .into_response();
    }
    let place = match shared.limiter.connect(&connection, address) {
        Ok(place) => place,
        Err(refused) => return refuse(refused),
    };
    let Some((on_upgrade, response)) = handshake(&mut request, SUBPROTOCOL) else {
        let how = [(header::UPGRADE, "websocket"), (header::SEC_WEBSOCKET_VERSION, "13")];
        return (StatusCode::UPGRADE_REQUIRED, how, "this is a WebSocket\n").into_response();
    };
    let site = site.id.clone();
    let tasks = shared.tasks.clone();
    tasks.spawn(async move {
        // A client that goes away within the handshake is nobody's fault.
        if let Ok(upgraded) = on_upgrade.await {
            Socket::new(upgraded, &shared).await.run(&shared, &site, place).await;
        }
    });
    response
}

/// An open WebSocket.
struct Socket {
    stream: WebSocketStream<TokioIo<Upgraded>>,
    pace: Pace,
}

/// How a connection ends.
enum End {
    /// We close it.
    Close(Close),
    /// The client has closed it, or is gone.
    Gone,
}

impl Socket {
    async fn new(upgraded: Upgraded, shared: &Shared) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER_BYTES)
            .write_buffer_size(WRITE_BUFFER_BYTES)
            .max_write_buffer_size(MAX_WRITE_BUFFER_BYTES)
            .max_message_size(Some(MAX_FRAME_BYTES))
            .max_frame_size(Some(MAX_FRAME_BYTES));
        let stream = WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, Some(config)).await;
        Self { stream, pace: shared.pace }
    }

    /// Serves the connection to its end.
    async fn run(mut self, shared: &Shared, site: &str, place: Place) {
        let Some(site) = shared.site(site) else { return };
        let connections = shared.metrics.connections.get_or_create_owned(&Transport { transport: "websocket" });
        connections.inc();
        let end = self.serve(shared, site).await;
        if let End::Close(close) = end {
            Box::pin(self.hang_up(close)).await;
        }
        connections.dec();
        drop(place);
    }

    async fn serve(&mut self, shared: &Shared, site: &Site) -> End {
        let mut session = Session::new(&shared.config.limits);
        let mut watch = Watch::new(self.pace);
        let mut alarm = pin!(tokio::time::sleep(self.pace.hello));
        let mut stopped = pin!(shared.stop.cancelled());
        loop {
            let taken = tokio::select! {
                biased;
                () = stopped.as_mut() => Err(self.say_bye().await),
                message = self.stream.next() => {
                    watch.heard();
                    match message {
                        Some(message) => self.take(shared, site, &mut session, message).await,
                        None => Err(End::Gone),
                    }
                }
                update = session.next_update() => match session.hear(&shared.desk, update).await {
                    Ok(heard) => self.send_heard(heard).await,
                    Err(_) => Err(End::Close(Close::GoingAway)),
                },
                () = alarm.as_mut() => self.look_after(&mut watch, session.is_ready(), alarm.as_mut()).await,
            };
            if let Err(end) = taken {
                return end;
            }
        }
    }

    async fn take(
        &mut self,
        shared: &Shared,
        site: &Site,
        session: &mut Session,
        message: Result<Message, Error>,
    ) -> Result<(), End> {
        match message {
            Ok(Message::Text(text)) => {
                let answer = session.take(&shared.desk, site, &text).await;
                drop(text);
                if let Some(frame) = answer.frame {
                    self.feed(Bytes::from(frame)).await?;
                }
                // What the turn said is here already: it leaves in the same write as the ack.
                while let Some(update) = session.try_update() {
                    let heard = session.hear(&shared.desk, update).await.map_err(|_| End::Close(Close::GoingAway))?;
                    for Heard { frame, .. } in heard {
                        self.feed(frame).await?;
                    }
                }
                self.flush().await?;
                answer.close.map_or(Ok(()), |close| Err(End::Close(close)))
            }
            Ok(Message::Ping(_) | Message::Pong(_)) => {
                session.take_control(&shared.desk).map_or(Ok(()), |close| Err(End::Close(close)))
            }
            Ok(Message::Binary(_)) => Err(End::Close(Close::NotText)),
            // The answer to the client's close is queued; flushing sends it.
            Ok(Message::Close(_) | Message::Frame(_)) => self.flush().await.and(Err(End::Gone)),
            Err(Error::Capacity(_)) => {
                let refusal = Refusal::new(Code::TooLarge, "a frame has at most 16,384 bytes");
                shared.desk.count_refusal(&refusal);
                self.feed(Bytes::from(refusal.json())).await?;
                Err(End::Close(Close::TooLarge))
            }
            Err(Error::Utf8(_)) => Err(End::Close(Close::NotUtf8)),
            Err(Error::Protocol(ProtocolError::ResetWithoutClosingHandshake)) => Err(End::Gone),
            Err(Error::Protocol(_)) => Err(End::Close(Close::Protocol)),
            Err(_) => Err(End::Gone),
        }
    }

    /// Rings when something is due: the hello, a ping, or the answer to one.
    async fn look_after(&mut self, watch: &mut Watch, ready: bool, mut alarm: Pin<&mut Sleep>) -> Result<(), End> {
        if !ready {
            return Err(End::Close(Close::Silent));
        }
        let next = match watch.due() {
            Due::Nothing { until } => until,
            Due::Ping => {
                self.feed_message(Message::Ping(Bytes::new())).await?;
                self.flush().await?;
                watch.pinged()
            }
            Due::End => return Err(End::Close(Close::Silent)),
        };
        alarm.as_mut().reset(next);
        Ok(())
    }

    async fn say_bye(&mut self) -> End {
        match self.feed(Bytes::from(bye())).await {
            Ok(()) => End::Close(Close::GoingAway),
            Err(end) => end,
        }
    }

    async fn send_heard(&mut self, heard: Vec<Heard>) -> Result<(), End> {
        if heard.is_empty() {
            return Ok(());
        }
        for Heard { frame, .. } in heard {
            self.feed(frame).await?;
        }
        self.flush().await
    }

    async fn feed(&mut self, frame: Bytes) -> Result<(), End> {
        match Utf8Bytes::try_from(frame) {
            Ok(text) => self.feed_message(Message::Text(text)).await,
            Err(_) => Ok(()),
        }
    }

    async fn feed_message(&mut self, message: Message) -> Result<(), End> {
        match timeout(self.pace.send, self.stream.feed(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(End::Gone),
        }
    }

    async fn flush(&mut self) -> Result<(), End> {
        match timeout(self.pace.send, self.stream.flush()).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(End::Gone),
        }
    }

    /// Sends what is queued and the close frame, then reads away what the client still sends, until it closes too.
    async fn hang_up(mut self, close: Close) {
        let frame = CloseFrame { code: close.code().into(), reason: Utf8Bytes::from_static(close.reason()) };
        if self.feed_message(Message::Close(Some(frame))).await.is_err() || self.flush().await.is_err() {
            return;
        }
        let raw = self.stream.get_mut();
        let _ = timeout(self.pace.linger, async {
            raw.shutdown().await?;
            tokio::io::copy(&mut raw.take(MAX_LINGER_BYTES), &mut tokio::io::sink()).await
        })
        .await;
    }
}
