//! Staff's side: how they come in, their pages, and what is live on them. Works without script; is alive with it.

mod admit;
mod assets;
mod dispatch;
mod doors;
mod forms;
mod frames;
mod live;
mod pages;
mod rows;
mod socket;
mod stream;
mod view;

use std::sync::Arc;

use axum::http::{HeaderName, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Router};
use tower_http::compression::CompressionLayer;
use tower_http::set_header::SetResponseHeaderLayer;

use super::Shared;
use stream::Streams;

/// Everything from here, nothing inline, no markup from text, in nobody's frame.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' ws: wss:; \
     base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

/// What goes with every answer to staff: nothing is kept, found, framed, or told to where a link leads.
const HEADERS: [(&str, &str); 5] = [
    ("cache-control", "no-store"),
    ("content-security-policy", POLICY),
    ("referrer-policy", "no-referrer"),
    ("x-robots-tag", "noindex"),
    ("x-frame-options", "DENY"),
];

/// The routes of staff.
pub(super) fn router() -> Router<Shared> {
    let pages =
        pages::router().merge(forms::router()).merge(assets::router()).layer(CompressionLayer::new().gzip(true));
    let routes = Router::new()
        .merge(pages)
        .merge(doors::router())
        .merge(socket::router())
        .merge(stream::router())
        .layer(Extension(Arc::new(Streams::default())));
    HEADERS.into_iter().fold(routes, |routes, (name, value)| {
        let (name, value) = (HeaderName::from_static(name), HeaderValue::from_static(value));
        routes.layer(SetResponseHeaderLayer::if_not_present(name, value))
    })
}

/// What fits no route: a link whose `#` a mail gateway has turned into `%23` opens like one that it left alone.
pub(super) async fn stray(uri: Uri) -> Response {
    if is_link(&uri) { link_page() } else { StatusCode::NOT_FOUND.into_response() }
}

/// Whether an address is a link whose `#` was turned into a part of its path.
pub(super) fn is_link(uri: &Uri) -> bool {
    uri.path().starts_with("/r%23")
}

/// The page behind a link, outside of the routes above: the same, with the same headers.
pub(super) fn link_page() -> Response {
    let mut response = pages::link_page_with("");
    for (name, value) in HEADERS {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}
