//! The visitor's protocol: one dispatcher, over a WebSocket and, where that is blocked, over plain HTTP.

mod answer;
pub(super) mod bearer;
mod calls;
mod dispatch;
mod follower;
mod session;
mod socket;
mod stream;
mod visits;
mod watch;

use std::ops::RangeInclusive;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::limit::Refused;
use super::{Shared, retry_after};
use crate::wire;

/// When clients come back after a `bye`: a restart takes less than a second.
const BYE_AFTER_MS: RangeInclusive<u64> = 500..=3_000;

/// The protocol's routes.
pub(super) fn router(shared: &Shared) -> Router<Shared> {
    Router::new().merge(socket::router()).merge(calls::router(shared)).merge(stream::router())
}

/// Why a connection is refused before it begins.
fn refuse(refused: Refused) -> Response {
    match refused {
        Refused::Address(wait) => {
            (StatusCode::TOO_MANY_REQUESTS, [retry_after(wait)], "too many connections from this address\n")
                .into_response()
        }
        Refused::Server => {
            let wait = retry_after(Duration::from_secs(5));
            (StatusCode::SERVICE_UNAVAILABLE, [wait], "this server has as many visitors as it may\n").into_response()
        }
    }
}

/// The last frame of a server that stops. Spread over the clients, so that they do not come back all at once.
fn bye() -> String {
    wire::bye("restarting", rand::random_range(BYE_AFTER_MS))
}
