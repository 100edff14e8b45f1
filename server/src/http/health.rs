//! `/healthz`: alive. `/readyz`: ready to take visitors. `/metrics`: counters, and what is wrong in detail, on an address of their own.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Router, http::StatusCode, http::header};
use serde::Serialize;

use super::Shared;

/// What is asked of a server before visitors are sent to it.
#[derive(Debug, Serialize)]
struct Readiness {
    ready: bool,
    /// `ok`, or why it takes no turn.
    database: String,
    /// `ok`, or why the newest files are not in service.
    intents: String,
    encoder: String,
    draining: bool,
}

/// The same for strangers: which part, and nothing of what it says.
#[derive(Debug, Serialize)]
struct PublicReadiness {
    ready: bool,
    database: &'static str,
    intents: &'static str,
    draining: bool,
}

impl Readiness {
    async fn of(shared: &Shared) -> Self {
        // Reading alone is not enough: a full disk still reads.
        let database = match shared.store.can_write().await {
            Ok(()) => "ok".to_owned(),
            Err(error) => error.to_string(),
        };
        let draining = shared.stop.is_cancelled();
        let understanding = shared.desk.understand().status();
        let ready = database == "ok" && understanding.loaded && !draining;
        Self { ready, database, intents: understanding.intents, encoder: understanding.encoder, draining }
    }

    fn public(&self) -> PublicReadiness {
        let word = |detail: &str, trouble| if detail == "ok" { "ok" } else { trouble };
        PublicReadiness {
            ready: self.ready,
            database: word(&self.database, "unavailable"),
            intents: word(&self.intents, "refused"),
            draining: self.draining,
        }
    }

    fn status(&self) -> StatusCode {
        if self.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
    }
}

/// The routes for load balancers and supervisors.
pub(super) fn router() -> Router<Shared> {
    Router::new().route("/healthz", get(|| async { "ok\n" })).route("/readyz", get(ready))
}

/// The routes of the address that only those who run the server reach.
pub fn metrics_router(shared: Shared) -> Router {
    Router::new().route("/metrics", get(metrics)).route("/readyz", get(ready_in_detail)).with_state(shared)
}

async fn ready(State(shared): State<Shared>) -> Response {
    let readiness = Readiness::of(&shared).await;
    answer(readiness.status(), &readiness.public())
}

async fn ready_in_detail(State(shared): State<Shared>) -> Response {
    let readiness = Readiness::of(&shared).await;
    answer(readiness.status(), &readiness)
}

fn answer(status: StatusCode, body: &impl Serialize) -> Response {
    (status, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
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
