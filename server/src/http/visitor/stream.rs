//! What a client without a WebSocket hears: `GET /v1/events`, a stream of server-sent events.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use futures_util::stream::{self, Stream};
use serde::Deserialize;

use super::answer::{forbidden, refusing};
use super::bearer::{Bearer, unknown_visitor};
use super::follower::{Follower, Heard};
use super::{bye, refuse};
use crate::desk::Visitor;
use crate::http::Shared;
use crate::http::limit::{Address, Connection, Place};
use crate::metrics::{Metrics, Transport};
use crate::wire::Refusal;

/// A comment this often keeps proxies from closing a stream on which nothing is said.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// When a browser's `EventSource` comes back after a stream has broken.
const RETRY: Duration = Duration::from_secs(2);

#[derive(Deserialize)]
struct From {
    #[serde(default)]
    after: Option<i64>,
}

pub(super) fn router() -> Router<Shared> {
    Router::new().route("/v1/events", get(events))
}

async fn events(
    State(shared): State<Shared>,
    Bearer(visitor): Bearer,
    Query(From { after }): Query<From>,
    address: Address,
    Extension(connection): Extension<Arc<Connection>>,
    headers: HeaderMap,
) -> Response {
    let Some(site) = shared.site(visitor.site()) else { return unknown_visitor() };
    // A page of this server's own sends no Origin with a GET; the token is what opens the conversation.
    let same_origin = headers.get("sec-fetch-site").is_some_and(|value| value == "same-origin")
        && !headers.contains_key(header::ORIGIN);
    if !same_origin && !shared.door.admits(site, &headers) {
        return forbidden();
    }
    match shared.limiter.connect(&connection, address) {
        Err(refused) => refuse(refused),
        Ok(_) if shared.stop.is_cancelled() => refusing(&shared.metrics, Refusal::unavailable(1_000)),
        Ok(place) => {
            let last =
                headers.get("last-event-id").and_then(|id| id.to_str().ok()).and_then(|id| id.trim().parse().ok());
            let seen = last.or(after).unwrap_or(0).max(0);
            let stream = Listening::new(shared.clone(), visitor, seen, place).stream();
            let unbuffered = [
                (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
                // nginx holds small pieces back unless it is told not to.
                (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
            ];
            (unbuffered, Sse::new(stream).keep_alive(KeepAlive::new().interval(KEEP_ALIVE).text("still here")))
                .into_response()
        }
    }
}

/// An open stream of events.
struct Listening {
    shared: Shared,
    follower: Follower,
    waiting: std::vec::IntoIter<Heard>,
    greeted: bool,
    ended: bool,
    _place: Place,
    _counted: Counted,
}

/// Counts a stream for as long as it is open.
struct Counted(Metrics);

impl Listening {
    fn new(shared: Shared, visitor: Visitor, seen: i64, place: Place) -> Self {
        let follower = Follower::new(&shared.desk, visitor, seen);
        let counted = Counted::new(shared.metrics.clone());
        Self {
            shared,
            follower,
            waiting: Vec::new().into_iter(),
            greeted: false,
            ended: false,
            _place: place,
            _counted: counted,
        }
    }

    fn stream(self) -> impl Stream<Item = Result<Event, Infallible>> {
        stream::unfold(self, |mut listening| async move { listening.next().await.map(|event| (Ok(event), listening)) })
    }

    async fn next(&mut self) -> Option<Event> {
        if !self.greeted {
            // Something at once: proxies and clients learn that the stream is open.
            self.greeted = true;
            return Some(Event::default().retry(RETRY).comment("listening"));
        }
        loop {
            if let Some(Heard { seq, frame }) = self.waiting.next() {
                let event = Event::default().data(String::from_utf8_lossy(&frame));
                return Some(match seq {
                    Some(seq) => event.id(seq.to_string()),
                    None => event,
                });
            }
            if self.ended {
                return None;
            }
            let update = tokio::select! {
                biased;
                () = self.shared.stop.cancelled() => None,
                update = self.follower.next_update() => Some(update),
            };
            let heard = match update {
                Some(update) => self.follower.hear(&self.shared.desk, update).await.ok(),
                None => None,
            };
            match heard {
                Some(heard) => self.waiting = heard.into_iter(),
                None => {
                    self.ended = true;
                    return Some(Event::default().data(bye()));
                }
            }
        }
    }
}

impl Counted {
    fn new(metrics: Metrics) -> Self {
        metrics.connections.get_or_create(&Transport { transport: "events" }).inc();
        Self(metrics)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.connections.get_or_create(&Transport { transport: "events" }).dec();
    }
}
