//! `GET /v1/allowed`: tells a page whether it may embed the chat.
//!
//! Browsers show a page nothing of an answer that its origin may not read, so that to the widget a refusal looks like a server
//! that is down. This one answer may be read by everybody: it says nothing but what the asker can find out by trying.

use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;

use super::Shared;

#[derive(Deserialize)]
struct Where {
    #[serde(default)]
    site: String,
}

pub(super) fn router() -> Router<Shared> {
    Router::new().route("/v1/allowed", get(allowed))
}

async fn allowed(State(shared): State<Shared>, Query(Where { site }): Query<Where>, headers: HeaderMap) -> Response {
    let status = match shared.site(&site) {
        None => StatusCode::NOT_FOUND,
        Some(site) if shared.door.admits(site, &headers) => StatusCode::NO_CONTENT,
        Some(_) => StatusCode::FORBIDDEN,
    };
    let open = [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (status, open).into_response()
}
