//! `GET /v1/allowed`: tells a page whether it may embed the chat, and the owner which key says so.
//!
//! Browsers show a page nothing of an answer that its origin may not read, so that to the widget a refusal looks like a server
//! that is down. This one answer may be read by everybody: it says nothing but what the asker can find out by trying.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use lru::LruCache;
use serde::Deserialize;

use super::{Shared, origin};
use crate::config::Site;

/// Refused origins that the log has named already; a stranger who makes up more only makes it name them again.
const NAMED: NonZeroUsize = NonZeroUsize::new(100).expect("not zero");
/// No real origin is longer: a host name has at most 253 characters.
const MAX_ORIGIN_CHARS: usize = 300;

type Named = Arc<Mutex<LruCache<(String, String), ()>>>;

#[derive(Deserialize)]
struct Where {
    #[serde(default)]
    site: String,
}

pub(super) fn router() -> Router<Shared> {
    let named: Named = Arc::new(Mutex::new(LruCache::new(NAMED)));
    Router::new().route("/v1/allowed", get(allowed)).layer(Extension(named))
}

async fn allowed(
    State(shared): State<Shared>,
    Extension(named): Extension<Named>,
    Query(Where { site }): Query<Where>,
    headers: HeaderMap,
) -> Response {
    let origin = headers.get(header::ORIGIN);
    let status = match shared.site(&site) {
        None => StatusCode::NOT_FOUND,
        Some(site) if origin::allows(site, origin) => StatusCode::NO_CONTENT,
        Some(site) => {
            name(&named, site, origin);
            StatusCode::FORBIDDEN
        }
    };
    let open = [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (status, open).into_response()
}

/// One line in the log for each page that is refused, with the key that would let it in.
fn name(named: &Named, site: &Site, origin: Option<&HeaderValue>) {
    let Some(origin) = origin.and_then(|origin| origin.to_str().ok()) else { return };
    let origin: String = origin.chars().take(MAX_ORIGIN_CHARS).collect();
    let mut named = named.lock().unwrap_or_else(PoisonError::into_inner);
    if named.put((site.id.clone(), origin.clone()), ()).is_none() {
        tracing::warn!(
            site.id = site.id,
            origin,
            "a page asked for the chat and was refused; if it is yours, add its origin to \"origins\" of this site in sidedoor.toml"
        );
    }
}
