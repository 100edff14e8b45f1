//! Where WebSockets are blocked: `GET /staff/v1/stream` says what a socket would say, `POST /staff/v1/send` takes what it would take.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use futures_util::stream::{self, Stream};
use serde_json::Value;
use tokio::sync::mpsc;
use tokio::time::{Interval, interval};

use super::admit::{self, Signed};
use super::live::Live;
use super::socket::CHECK;
use crate::http::Shared;
use crate::http::limit::{Address, Connection, Place};
use crate::wire::{self, MAX_FRAME_BYTES, StaffFrame, StaffRefusal};

/// A comment this often keeps proxies from closing a stream on which nothing is said.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Frames that wait for one stream.
const MAX_WAITING: usize = 64;
/// Streams of one session.
const MAX_STREAMS: usize = 20;

/// The open streams, by session: what is posted and what is heard travel apart.
#[derive(Default)]
pub(super) struct Streams(Mutex<HashMap<String, Vec<mpsc::Sender<Told>>>>);

/// What a POST hands to its session's streams.
#[derive(Clone)]
enum Told {
    /// To be taken by the stream itself, which then hears more.
    Frame(StaffFrame),
    /// An answer, as it stands.
    Answer(String),
}

impl Streams {
    fn open(&self, key: &str) -> Option<mpsc::Receiver<Told>> {
        let mut streams = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = streams.entry(key.to_owned()).or_default();
        own.retain(|stream| !stream.is_closed());
        if own.len() >= MAX_STREAMS {
            return None;
        }
        let (sender, receiver) = mpsc::channel(MAX_WAITING);
        own.push(sender);
        Some(receiver)
    }

    fn tell(&self, key: &str, told: &Told) {
        let mut streams = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = streams.get_mut(key) {
            own.retain(|stream| !stream.is_closed());
            for stream in own.iter() {
                // One that is not read falls behind and comes back.
                let _ = stream.try_send(told.clone());
            }
            if own.is_empty() {
                streams.remove(key);
            }
        }
    }
}

pub(super) fn router() -> Router<Shared> {
    Router::new()
        .route("/staff/v1/stream", get(open))
        .route("/staff/v1/send", post(send))
        .layer(DefaultBodyLimit::max(MAX_FRAME_BYTES + 1))
}

async fn send(
    State(shared): State<Shared>,
    Extension(streams): Extension<Arc<Streams>>,
    signed: Signed,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if !admit::is_own(&shared.config, &headers) || !admit::knows_token(&signed.session, &headers) {
        return admit::refused(StatusCode::FORBIDDEN);
    }
    let key = signed.session.key().to_owned();
    let parsed = match std::str::from_utf8(&body) {
        Ok(text) => StaffFrame::parse(text),
        Err(_) => Err(StaffRefusal::new("bad_frame", "this is not UTF-8")),
    };
    let answer = match parsed {
        Ok(frame) => {
            let changes_stream =
                matches!(frame, StaffFrame::Watch { .. } | StaffFrame::Unwatch { .. } | StaffFrame::List { .. });
            if changes_stream {
                streams.tell(&key, &Told::Frame(frame.clone()));
            }
            let mut page = Live::new(shared, signed.session, signed.cookie).welcomed();
            let answer = page.take(frame).await;
            if let (false, Ok(frames)) = (changes_stream, &answer) {
                frames.iter().for_each(|frame| streams.tell(&key, &Told::Answer(frame.to_string())));
            }
            answer
        }
        Err(refusal) => Err(refusal),
    };
    match answer {
        Ok(frames) => match frames.first() {
            Some(frame) => json(StatusCode::OK, frame.to_string()),
            None => StatusCode::NO_CONTENT.into_response(),
        },
        Err(refusal) => json(status(refusal.code), refusal.json()),
    }
}

fn json(status: StatusCode, text: String) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], text).into_response()
}

fn status(code: &str) -> StatusCode {
    match code {
        "unavailable" => StatusCode::SERVICE_UNAVAILABLE,
        "too_large" => StatusCode::PAYLOAD_TOO_LARGE,
        "rate_limited" => StatusCode::TOO_MANY_REQUESTS,
        "unknown_conversation" => StatusCode::NOT_FOUND,
        "refused" => StatusCode::FORBIDDEN,
        "bad_frame" | "unknown_type" => StatusCode::BAD_REQUEST,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

async fn open(
    State(shared): State<Shared>,
    Extension(streams): Extension<Arc<Streams>>,
    signed: Signed,
    address: Address,
    Extension(connection): Extension<Arc<Connection>>,
    headers: HeaderMap,
) -> Response {
    if !admit::is_own(&shared.config, &headers) {
        return admit::refused(StatusCode::FORBIDDEN);
    }
    let place = match shared.limiter.connect(&connection, address) {
        Ok(place) if !shared.stop.is_cancelled() => place,
        _ => return admit::unavailable(&"no more streams for now"),
    };
    let Some(told) = streams.open(signed.session.key()) else {
        return admit::unavailable(&"this session has as many streams as it may");
    };
    let live = Live::new(shared, signed.session, signed.cookie).welcomed();
    let open = Open {
        _place: place,
        live,
        told,
        check: interval(CHECK),
        waiting: Vec::new().into_iter(),
        greeted: false,
        ended: false,
    };
    let unbuffered = [
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        // nginx holds small pieces back unless it is told not to.
        (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
    ];
    (unbuffered, Sse::new(open.stream()).keep_alive(KeepAlive::new().interval(KEEP_ALIVE).text("still here")))
        .into_response()
}

/// An open stream.
struct Open {
    live: Live,
    told: mpsc::Receiver<Told>,
    check: Interval,
    waiting: std::vec::IntoIter<String>,
    greeted: bool,
    ended: bool,
    _place: Place,
}

impl Open {
    fn stream(self) -> impl Stream<Item = Result<Event, Infallible>> {
        stream::unfold(self, |mut open| async move { open.next().await.map(|event| (Ok(event), open)) })
    }

    async fn next(&mut self) -> Option<Event> {
        if !self.greeted {
            // Something at once: proxies and clients learn that the stream is open.
            self.greeted = true;
            return Some(Event::default().comment("listening"));
        }
        loop {
            if let Some(frame) = self.waiting.next() {
                return Some(Event::default().data(frame));
            }
            if self.ended {
                return None;
            }
            let stop = self.live.shared.stop.clone();
            let frames = tokio::select! {
                biased;
                () = stop.cancelled() => None,
                Some(told) = self.told.recv() => Some(match told {
                    Told::Answer(frame) => vec![frame],
                    Told::Frame(frame) => match self.live.take(frame).await {
                        Ok(frames) => frames.iter().map(Value::to_string).collect(),
                        Err(refusal) => vec![refusal.json()],
                    },
                }),
                heard = self.live.heard() => self.live.tell(heard).await.ok(),
                _ = self.check.tick() => match self.live.check().await {
                    Some(frames) => Some(frames),
                    None => {
                        self.ended = true;
                        Some(vec![wire::bye("ended", 0)])
                    }
                },
            };
            match frames {
                Some(frames) => self.waiting = frames.into_iter(),
                None => {
                    self.ended = true;
                    let bye = wire::bye("restarting", rand::random_range(500..=3_000));
                    return Some(Event::default().data(bye));
                }
            }
        }
    }
}
