//! What a client without a WebSocket sends: `POST /v1/hello` and `POST /v1/send`.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Extension, Router};
use serde::Deserialize;

use super::answer::{forbidden, json, not_gathered, refusing};
use super::bearer::{Bearer, unknown_visitor};
use super::dispatch::{self, Client};
use super::refuse;
use super::visits::Visits;
use crate::config::Site;
use crate::http::Shared;
use crate::http::body::gather;
use crate::http::limit::Address;
use crate::wire::{Frame, MAX_FRAME_BYTES, Refusal};

#[derive(Deserialize)]
struct Where {
    #[serde(default)]
    site: String,
}

pub(super) fn router(shared: &Shared) -> Router<Shared> {
    Router::new()
        .route("/v1/hello", post(hello))
        .route("/v1/send", post(send))
        .layer(Extension(Arc::new(Visits::new(&shared.config.limits))))
}

async fn hello(
    State(shared): State<Shared>,
    Extension(visits): Extension<Arc<Visits>>,
    Query(Where { site }): Query<Where>,
    address: Address,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let Some(site) = shared.site(&site) else {
        return (StatusCode::NOT_FOUND, "no such site\n").into_response();
    };
    if !shared.door.admits(site, &headers) {
        return forbidden();
    }
    if let Err(refused) = shared.limiter.attempt(address) {
        return refuse(refused);
    }
    if shared.stop.is_cancelled() {
        return refusing(&shared.metrics, Refusal::unavailable(1_000));
    }
    match gather(body, MAX_FRAME_BYTES, shared.pace.body).await {
        Ok(body) => match let_in(&shared, &visits, site, &body).await {
            Ok(welcome) => json(StatusCode::OK, welcome),
            Err(refusal) => refusing(&shared.metrics, refusal),
        },
        Err(why) => not_gathered(&shared.metrics, why),
    }
}

async fn let_in(shared: &Shared, visits: &Visits, site: &Site, body: &[u8]) -> Result<String, Refusal> {
    let Frame::Hello(hello) = parse(body)? else {
        return Err(Refusal::bad_frame("this call takes a hello"));
    };
    let (visitor, _, welcome) = shared.desk.hello(site, &hello).await?;
    visits.remember(Client::new(visitor));
    Ok(welcome.json())
}

async fn send(
    State(shared): State<Shared>,
    Extension(visits): Extension<Arc<Visits>>,
    Bearer(visitor): Bearer,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let client = visits.recall(visitor);
    let Some(site) = shared.site(client.visitor.site()) else { return unknown_visitor() };
    if !shared.door.admits(site, &headers) {
        return forbidden();
    }
    match gather(body, MAX_FRAME_BYTES, shared.pace.body).await {
        Ok(body) => match take(&shared, &visits, client, &body).await {
            Ok(Some(frame)) => json(StatusCode::OK, frame),
            Ok(None) => StatusCode::NO_CONTENT.into_response(),
            Err(refusal) => refusing(&shared.metrics, refusal),
        },
        Err(why) => not_gathered(&shared.metrics, why),
    }
}

async fn take(shared: &Shared, visits: &Visits, mut client: Client, body: &[u8]) -> Result<Option<String>, Refusal> {
    shared.desk.count_frame();
    let frame = dispatch::admit(parse(body), visits.count(client.visitor.conversation()))?;
    let answer = dispatch::dispatch(&shared.desk, &mut client, frame).await?;
    if answer.is_none() {
        visits.remember(client);
    }
    Ok(answer)
}

fn parse(body: &[u8]) -> Result<Frame, Refusal> {
    Frame::parse(std::str::from_utf8(body).map_err(|_| Refusal::bad_frame("this is not UTF-8"))?)
}
