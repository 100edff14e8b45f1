//! `/healthz`: alive. `/readyz`: ready to take visitors. `/metrics`: counters, on an address of its own.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Router, http::StatusCode, http::header};
use serde::Serialize;

use super::Shared;

/// What `/readyz` answers.
#[derive(Debug, Serialize)]
struct Readiness {
    ready: bool,
    database: String,
    intents: String,
    encoder: String,
    draining: bool,
}

/// The routes for load balancers and supervisors.
pub(super) fn router() -> Router<Shared> {
    Router::new().route("/healthz", get(|| async { "ok\n" })).route("/readyz", get(ready))
}

/// The routes of the metrics' own address.
pub fn metrics_router(shared: Shared) -> Router {
    Router::new().route("/metrics", get(metrics)).with_state(shared)
}

async fn ready(State(shared): State<Shared>) -> Response {
    let database = match shared.store.ping().await {
        Ok(()) => "ok".to_owned(),
        Err(error) => format!("unreachable: {error}"),
    };
    let draining = shared.stop.is_cancelled();
    let understanding = shared.desk.understand().status();
    let ready = database == "ok" && understanding.loaded && !draining;
    let readiness =
        Readiness { ready, database, intents: understanding.intents, encoder: understanding.encoder, draining };
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, [(header::CACHE_CONTROL, "no-store")], Json(readiness)).into_response()
}

async fn metrics(State(shared): State<Shared>) -> Response {
    if let Ok(pending) = crate::store::outbox::pending_count(&shared.store).await {
        shared.metrics.outbox_pending.set(pending);
    }
    let fallbacks = shared.desk.understand().fallbacks();
    shared.metrics.encoder_fallbacks.inner().store(fallbacks, std::sync::atomic::Ordering::Relaxed);
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], shared.metrics.text()).into_response()
}
