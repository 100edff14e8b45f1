//! Everything that speaks HTTP: the visitor's two transports, the widget's files, leads from plain forms, health.

mod allowed;
mod body;
mod handshake;
pub mod health;
pub mod leads;
pub mod limit;
pub mod origin;
pub mod pace;
pub mod serve;
mod staff;
mod visitor;
pub mod widget;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::clock::Clock;
use crate::config::{Config, Site};
use crate::desk::Desk;
use crate::hub::Hub;
use crate::metrics::Metrics;
use crate::staff::Staff;
use crate::store::Store;
use limit::{Address, Limiter};
use origin::Doorkeeper;
use pace::Pace;

/// What every route may use; cheap to clone.
#[derive(Clone)]
pub struct Shared {
    /// The configuration.
    pub config: Arc<Config>,
    /// Where turns are taken.
    pub desk: Arc<Desk>,
    /// Who answers for the brands.
    pub staff: Arc<Staff>,
    /// What is said, for staff's pages.
    pub staff_hub: Hub,
    /// The database.
    pub store: Store,
    /// What one address may use.
    pub limiter: Arc<Limiter>,
    /// Who lets pages in.
    pub door: Arc<Doorkeeper>,
    /// What is counted.
    pub metrics: Metrics,
    /// The time.
    pub clock: Clock,
    /// How long a connection waits for what.
    pub pace: Pace,
    /// Cancelled when the server begins to stop: no new connection is taken, open ones say `bye`.
    pub stop: CancellationToken,
    /// Holds every task that must end before the server does.
    pub tasks: TaskTracker,
}

impl Shared {
    /// The site with this id.
    #[must_use]
    pub fn site(&self, id: &str) -> Option<&Site> {
        self.config.site(id)
    }
}

/// All routes that visitors reach.
pub fn router(shared: Shared) -> Router {
    let nosniff = SetResponseHeaderLayer::if_not_present(
        HeaderName::from_static("x-content-type-options"),
        HeaderValue::from_static("nosniff"),
    );
    // A page's address stays with its own site: what is linked to elsewhere learns nothing of it.
    let referrer =
        SetResponseHeaderLayer::if_not_present(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    Router::new()
        .merge(visitor::router(&shared))
        .merge(leads::router())
        .layer(origin::cors(&shared))
        .merge(allowed::router())
        .merge(widget::router(&shared))
        .merge(health::router())
        .merge(staff::router())
        .fallback(staff::stray)
        .layer(nosniff)
        .layer(referrer)
        .layer(CatchPanicLayer::new())
        .with_state(shared)
}

/// The address that limits count for a request.
impl FromRequestParts<Shared> for Address {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Self::Rejection> {
        let ConnectInfo(peer) = parts
            .extensions
            .get::<ConnectInfo<std::net::SocketAddr>>()
            .copied()
            .ok_or(StatusCode::INTERNAL_SERVER_ERROR)?;
        Ok(Self::behind(peer.ip(), &parts.headers, &shared.config.trusted_proxies))
    }
}

/// `Retry-After` in whole seconds, at least one.
#[must_use]
pub fn retry_after(wait: Duration) -> (HeaderName, HeaderValue) {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    (header::RETRY_AFTER, HeaderValue::from(seconds.max(1)))
}
