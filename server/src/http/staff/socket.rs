//! `GET /staff/v1/ws`: a member's WebSocket.

use std::num::NonZeroU32;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use futures_util::{SinkExt, StreamExt};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::time::{Instant, interval, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Message, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Utf8Bytes};

use super::admit::{self, Signed};
use super::live::{Heard, Live};
use crate::http::handshake::handshake;
use crate::http::limit::{Address, Connection};
use crate::http::{Shared, retry_after};
use crate::wire::{self, MAX_FRAME_BYTES, StaffFrame, StaffRefusal};

const SUBPROTOCOL: &str = "sidedoor.staff.v1";
/// How often an open page's session is looked at: a revoked one is closed within five seconds, on every node.
pub(super) const CHECK: Duration = Duration::from_secs(3);
/// Frames in a row that are no frames: then it is no page of ours.
const MAX_BAD_FRAMES: u8 = 5;
/// More than the largest conversation.
const MAX_WRITE_BUFFER_BYTES: usize = 1024 * 1024;

/// Why a socket is closed: the code, and a word for people.
type Close = (u16, &'static str);
const GOING_AWAY: Close = (1001, "going away");
const NOT_TEXT: Close = (1003, "one JSON object per text frame");
const NOT_UTF8: Close = (1007, "not UTF-8");
const TOO_LARGE: Close = (1009, "a frame has at most 16,384 bytes");
const BAD_FRAMES: Close = (4400, "repeated bad frames");
const REVOKED: Close = (4403, "this session has ended");
const SILENT: Close = (4408, "no hello, or no answer to pings");
const FLOODING: Close = (4429, "flooding");

pub(super) fn router() -> Router<Shared> {
    Router::new().route("/staff/v1/ws", get(upgrade))
}

async fn upgrade(
    State(shared): State<Shared>,
    signed: Signed,
    address: Address,
    Extension(connection): Extension<Arc<Connection>>,
    headers: HeaderMap,
    mut request: Request,
) -> Response {
    if !admit::is_own(&shared.config, &headers) {
        return admit::refused(StatusCode::FORBIDDEN);
    }
    if shared.stop.is_cancelled() {
        return (StatusCode::SERVICE_UNAVAILABLE, [retry_after(Duration::from_secs(1))], "restarting\n")
            .into_response();
    }
    let Ok(place) = shared.limiter.connect(&connection, address) else {
        return (
            StatusCode::TOO_MANY_REQUESTS,
            [retry_after(Duration::from_secs(10))],
            "too many connections
",
        )
            .into_response();
    };
    let Some((on_upgrade, response)) = handshake(&mut request, SUBPROTOCOL) else {
        let how = [(header::UPGRADE, "websocket"), (header::SEC_WEBSOCKET_VERSION, "13")];
        return (StatusCode::UPGRADE_REQUIRED, how, "this is a WebSocket\n").into_response();
    };
    let tasks = shared.tasks.clone();
    tasks.spawn(async move {
        // A page that goes away within the handshake is nobody's fault.
        if let Ok(upgraded) = on_upgrade.await {
            Socket::new(upgraded, shared, signed).await.run().await;
            drop(place);
        }
    });
    response
}

struct Socket {
    stream: WebSocketStream<TokioIo<Upgraded>>,
    live: Live,
    pace: DefaultDirectRateLimiter,
    bad: u8,
}

/// How a connection ends.
enum End {
    Close(Close),
    Gone,
}

impl Socket {
    async fn new(upgraded: Upgraded, shared: Shared, signed: Signed) -> Self {
        let config = WebSocketConfig::default()
            .max_write_buffer_size(MAX_WRITE_BUFFER_BYTES)
            .max_message_size(Some(MAX_FRAME_BYTES))
            .max_frame_size(Some(MAX_FRAME_BYTES));
        let stream = WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, Some(config)).await;
        let at_least_one = |n: u32| NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN);
        let limits = &shared.config.limits;
        let quota =
            Quota::per_second(at_least_one(limits.frames_per_second)).allow_burst(at_least_one(limits.frame_burst));
        Self {
            stream,
            pace: RateLimiter::direct(quota),
            bad: 0,
            live: Live::new(shared, signed.session, signed.cookie),
        }
    }

    async fn run(mut self) {
        if let Err(End::Close((code, reason))) = self.serve().await {
            let frame = CloseFrame { code: code.into(), reason: Utf8Bytes::from_static(reason) };
            let linger = self.live.shared.pace.linger;
            let _ = timeout(linger, async {
                self.stream.send(Message::Close(Some(frame))).await?;
                while let Some(Ok(_)) = self.stream.next().await {}
                Ok::<_, Error>(())
            })
            .await;
        }
    }

    async fn serve(&mut self) -> Result<(), End> {
        let pace = self.live.shared.pace;
        let stop = self.live.shared.stop.clone();
        let mut stopped = pin!(stop.cancelled());
        let mut check = interval(CHECK);
        let (begun, mut heard_at, mut pinged) = (Instant::now(), Instant::now(), false);
        loop {
            tokio::select! {
                biased;
                () = stopped.as_mut() => {
                    self.feed(wire::bye("restarting", rand::random_range(500..=3_000))).await?;
                    return Err(End::Close(GOING_AWAY));
                }
                message = self.stream.next() => {
                    heard_at = Instant::now();
                    pinged = false;
                    self.take(message.ok_or(End::Gone)?).await?;
                }
                heard = self.live.heard() => {
                    self.tell(heard).await?;
                    self.flush().await?;
                }
                _ = check.tick() => {
                    if !self.live.is_ready() && begun.elapsed() >= pace.hello {
                        return Err(End::Close(SILENT));
                    }
                    if pinged && heard_at.elapsed() >= pace.ping + pace.pong {
                        return Err(End::Close(SILENT));
                    }
                    if !pinged && heard_at.elapsed() >= pace.ping {
                        self.feed_message(Message::Ping(bytes::Bytes::new())).await?;
                        pinged = true;
                    }
                    for frame in self.live.check().await.ok_or(End::Close(REVOKED))? {
                        self.feed(frame).await?;
                    }
                    self.flush().await?;
                }
            }
        }
    }

    async fn take(&mut self, message: Result<Message, Error>) -> Result<(), End> {
        match message {
            Ok(Message::Text(text)) => {
                let answer = match (self.pace.check(), StaffFrame::parse(&text)) {
                    (Err(_), _) if self.bad > MAX_BAD_FRAMES * 4 => return Err(End::Close(FLOODING)),
                    (Err(_), frame) => {
                        self.bad += 1;
                        let id = frame.ok().and_then(|frame| frame.id());
                        let wait = StaffRefusal::new("rate_limited", "too many frames; wait a moment");
                        Err(StaffRefusal { retry_after_ms: Some(1_000), ..wait }.of(id))
                    }
                    (Ok(()), Ok(frame)) => self.live.take(frame).await,
                    (Ok(()), Err(refusal)) => Err(refusal),
                };
                match answer {
                    Ok(frames) => {
                        self.bad = 0;
                        for frame in frames {
                            self.feed(frame.to_string()).await?;
                        }
                    }
                    Err(refusal) => {
                        let is_refused = refusal.code == "refused";
                        if refusal.code == "bad_frame" {
                            self.bad += 1;
                        }
                        self.feed(refusal.json()).await?;
                        if is_refused {
                            return Err(End::Close(REVOKED));
                        }
                        if refusal.code == "too_large" {
                            return Err(End::Close(TOO_LARGE));
                        }
                        if refusal.code == "bad_frame" && self.bad >= MAX_BAD_FRAMES {
                            return Err(End::Close(BAD_FRAMES));
                        }
                    }
                }
                // What was just done is heard already: it leaves behind its ack.
                while let Some(heard) = self.live.try_heard() {
                    self.tell(heard).await?;
                }
                self.flush().await
            }
            Ok(Message::Ping(_) | Message::Pong(_)) => Ok(()),
            Ok(Message::Binary(_)) => Err(End::Close(NOT_TEXT)),
            Ok(Message::Close(_) | Message::Frame(_)) => self.flush().await.and(Err(End::Gone)),
            Err(Error::Capacity(_)) => {
                self.feed(StaffRefusal::new("too_large", "a frame has at most 16,384 bytes").json()).await?;
                Err(End::Close(TOO_LARGE))
            }
            Err(Error::Utf8(_)) => Err(End::Close(NOT_UTF8)),
            Err(_) => Err(End::Gone),
        }
    }

    async fn tell(&mut self, heard: Heard) -> Result<(), End> {
        for frame in self.live.tell(heard).await.map_err(|_| End::Close(GOING_AWAY))? {
            self.feed(frame).await?;
        }
        Ok(())
    }

    async fn feed(&mut self, frame: String) -> Result<(), End> {
        self.feed_message(Message::Text(frame.into())).await
    }

    async fn feed_message(&mut self, message: Message) -> Result<(), End> {
        match timeout(self.live.shared.pace.send, self.stream.feed(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(End::Gone),
        }
    }

    async fn flush(&mut self) -> Result<(), End> {
        match timeout(self.live.shared.pace.send, self.stream.flush()).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(End::Gone),
        }
    }
}
