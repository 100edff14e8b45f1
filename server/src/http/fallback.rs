//! The visitor's protocol over plain HTTP, where WebSockets are blocked: `POST /v1/hello`, `POST /v1/send`, `GET /v1/events`.

use std::convert::Infallible;
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequestParts, Query, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use futures_util::stream::{self, Stream};
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota};
use lru::LruCache;
use serde::Deserialize;

use super::limit::{Address, Place};
use super::socket::{bye, refuse};
use super::{Shared, origin, retry_after};
use crate::chat::session::{Follower, Heard};
use crate::chat::visitor::Visitor;
use crate::config::{Config, Limits, Site};
use crate::id::ConversationId;
use crate::metrics::{Metrics, Transport};
use crate::wire::{self, Code, Frame, MAX_FRAME_BYTES, Post, Refusal};

/// A comment this often keeps proxies from closing a stream on which nothing is said.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// When a browser's `EventSource` comes back after a stream has broken.
const RETRY: Duration = Duration::from_secs(2);
/// Visitors whose pages are remembered between their requests; one who is forgotten loses no message.
const VISITS: NonZeroUsize = NonZeroUsize::new(10_000).expect("not zero");
/// How long a browser may remember that it may call.
const PREFLIGHT_SECONDS: HeaderValue = HeaderValue::from_static("600");

/// What requests, each of which stands alone, have in common with the ones before.
struct Visits {
    /// Where the visitor came in and which page they are on, as they told at hello.
    told: Mutex<LruCache<ConversationId, Visitor>>,
    pace: DefaultKeyedRateLimiter<ConversationId>,
}

#[derive(Deserialize)]
struct Where {
    #[serde(default)]
    site: String,
}

#[derive(Deserialize)]
struct From {
    #[serde(default)]
    after: Option<i64>,
}

pub(super) fn router(shared: &Shared) -> Router<Shared> {
    Router::new()
        .route("/v1/hello", post(hello).options(preflight))
        .route("/v1/send", post(send).options(preflight))
        .route("/v1/events", get(events).options(preflight))
        .layer(DefaultBodyLimit::max(MAX_FRAME_BYTES))
        .layer(Extension(Arc::new(Visits::new(&shared.config.limits))))
}

async fn hello(
    State(shared): State<Shared>,
    Extension(visits): Extension<Arc<Visits>>,
    Query(Where { site }): Query<Where>,
    address: Address,
    headers: HeaderMap,
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Response {
    let Some(site) = shared.site(&site) else {
        return (StatusCode::NOT_FOUND, "no such site\n").into_response();
    };
    if !origin::allows(site, headers.get(header::ORIGIN)) {
        return forbidden();
    }
    let answer = match shared.limiter.attempt(address) {
        Err(refused) => refuse(refused),
        Ok(()) if shared.stop.is_cancelled() => refusing(&shared.metrics, Refusal::unavailable(1_000)),
        Ok(()) => match parse(body) {
            Ok(Frame::Hello(hello)) => match shared.desk.hello(site, &hello).await {
                Ok((visitor, _, welcome)) => {
                    visits.remember(visitor);
                    json(StatusCode::OK, welcome.json())
                }
                Err(refusal) => refusing(&shared.metrics, refusal),
            },
            Ok(_) => refusing(&shared.metrics, Refusal::bad_frame("this call takes a hello")),
            Err(refusal) => refusing(&shared.metrics, refusal),
        },
    };
    with_cors(answer, site, &headers)
}

async fn send(
    State(shared): State<Shared>,
    Extension(visits): Extension<Arc<Visits>>,
    Bearer(visitor): Bearer,
    headers: HeaderMap,
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Response {
    let visitor = visits.recall(visitor);
    let Some(site) = shared.site(visitor.site()) else { return unknown_visitor() };
    if !origin::allows(site, headers.get(header::ORIGIN)) {
        return forbidden();
    }
    shared.desk.count_frame();
    let answer = match take(&shared, &visits, visitor, body).await {
        Ok(Some(frame)) => json(StatusCode::OK, frame),
        Ok(None) => StatusCode::NO_CONTENT.into_response(),
        Err(refusal) => refusing(&shared.metrics, refusal),
    };
    with_cors(answer, site, &headers)
}

async fn take(
    shared: &Shared,
    visits: &Visits,
    mut visitor: Visitor,
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Result<Option<String>, Refusal> {
    let frame = parse(body)?;
    let id = if let Frame::Post(Post { id, .. }) = &frame { Some(*id) } else { None };
    if let Err(not_until) = visits.pace.check_key(&visitor.conversation()) {
        let wait = not_until.wait_time_from(DefaultClock::default().now());
        return Err(Refusal::rate_limited(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).max(1)).of(id));
    }
    match frame {
        Frame::Post(post) => shared.desk.take(&visitor, &post).await.map(|ack| Some(wire::ack(&ack))),
        Frame::History { before, limit } => {
            shared.desk.history(&visitor, before, limit).await.map(|history| Some(history.json()))
        }
        Frame::Page(page) => {
            visitor.go_to(page);
            visits.remember(visitor);
            Ok(None)
        }
        Frame::Ping { n } => Ok(Some(wire::pong(&n))),
        Frame::Typing | Frame::Read { .. } => Ok(None),
        Frame::Hello(_) => Err(Refusal::bad_frame("say hello by POST /v1/hello")),
    }
}

async fn events(
    State(shared): State<Shared>,
    Bearer(visitor): Bearer,
    Query(From { after }): Query<From>,
    address: Address,
    headers: HeaderMap,
) -> Response {
    let Some(site) = shared.site(visitor.site()) else { return unknown_visitor() };
    // A page of this server's own sends no Origin with a GET; the token is what opens the conversation.
    let same_origin = headers.get("sec-fetch-site").is_some_and(|value| value == "same-origin")
        && !headers.contains_key(header::ORIGIN);
    if !same_origin && !origin::allows(site, headers.get(header::ORIGIN)) {
        return forbidden();
    }
    let answer = match shared.limiter.connect(address) {
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
    };
    with_cors(answer, site, &headers)
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
            let news = tokio::select! {
                biased;
                () = self.shared.stop.cancelled() => None,
                news = self.follower.news() => Some(news),
            };
            let heard = match news {
                Some(news) => self.follower.hear(&self.shared.desk, news).await.ok(),
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

impl Visits {
    fn new(limits: &Limits) -> Self {
        let at_least_one = |n: u32| NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN);
        let quota =
            Quota::per_second(at_least_one(limits.frames_per_second)).allow_burst(at_least_one(limits.frame_burst));
        Self { told: Mutex::new(LruCache::new(VISITS)), pace: DefaultKeyedRateLimiter::keyed(quota) }
    }

    fn remember(&self, visitor: Visitor) {
        let pushed_out = self.told.lock().unwrap_or_else(PoisonError::into_inner).push(visitor.conversation(), visitor);
        if pushed_out.is_some() {
            // Old visitors leave; so do the counts of their frames.
            self.pace.retain_recent();
        }
    }

    /// The visitor with what they told before.
    fn recall(&self, visitor: Visitor) -> Visitor {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.get(&visitor.conversation()).filter(|told| told.site() == visitor.site()).cloned().unwrap_or(visitor)
    }
}

/// The visitor whose token the `Authorization` header carries.
struct Bearer(Visitor);

impl FromRequestParts<Shared> for Bearer {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Response> {
        let text = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let token = match text.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
            _ => "",
        };
        match shared.desk.visitor(token) {
            Some(visitor) => Ok(Self(visitor)),
            None => {
                shared.metrics.error(Code::NotReady.as_str());
                Err(with_any_cors(unknown_visitor(), &shared.config, &parts.headers))
            }
        }
    }
}

fn parse(body: Result<Bytes, axum::extract::rejection::BytesRejection>) -> Result<Frame, Refusal> {
    let body = body.map_err(|_| Refusal::new(Code::TooLarge, "a body has at most 16,384 bytes"))?;
    let text = std::str::from_utf8(&body).map_err(|_| Refusal::bad_frame("this is not UTF-8"))?;
    Frame::parse(text)
}

fn status(code: Code) -> StatusCode {
    match code {
        Code::BadFrame | Code::UnknownType => StatusCode::BAD_REQUEST,
        Code::NotReady => StatusCode::UNAUTHORIZED,
        Code::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Code::TooLong | Code::Empty | Code::InvalidField | Code::UnknownEvent => StatusCode::UNPROCESSABLE_ENTITY,
        Code::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    }
}

fn refusing(metrics: &Metrics, refusal: Refusal) -> Response {
    metrics.error(refusal.code.as_str());
    let mut response = json(status(refusal.code), refusal.json());
    if let Some(wait) = refusal.retry_after_ms {
        let (name, value) = retry_after(Duration::from_millis(wait));
        response.headers_mut().insert(name, value);
    }
    response
}

fn json(status: StatusCode, text: String) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    (status, headers, text).into_response()
}

fn forbidden() -> Response {
    (StatusCode::FORBIDDEN, "this page may not talk to this site\n").into_response()
}

/// The same answer to no token, a forged one and an expired one.
fn unknown_visitor() -> Response {
    let refusal = Refusal::new(Code::NotReady, "say hello first; this token opens no conversation");
    let mut response = json(StatusCode::UNAUTHORIZED, refusal.json());
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    response
}

/// Before a request, its token is not known: a page of any site may ask, and the request itself decides.
async fn preflight(State(shared): State<Shared>, headers: HeaderMap) -> Response {
    with_any_cors(StatusCode::NO_CONTENT.into_response(), &shared.config, &headers)
}

fn with_any_cors(response: Response, config: &Config, headers: &HeaderMap) -> Response {
    let asking = headers.get(header::ORIGIN);
    let site = config.sites.iter().find(|site| asking.is_some() && origin::allows(site, asking));
    match site {
        Some(site) => with_cors(response, site, headers),
        None => response,
    }
}

/// Lets the site's own pages read the response, and no others.
fn with_cors(mut response: Response, site: &Site, headers: &HeaderMap) -> Response {
    let out = response.headers_mut();
    out.insert(header::VARY, HeaderValue::from_static("origin"));
    let Some(origin) = headers.get(header::ORIGIN).filter(|origin| origin::allows(site, Some(origin))) else {
        return response;
    };
    out.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    out.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
    out.insert(
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static("authorization, content-type, last-event-id"),
    );
    out.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("retry-after"));
    out.insert(header::ACCESS_CONTROL_MAX_AGE, PREFLIGHT_SECONDS);
    response
}
