//! The handshake of a WebSocket (RFC 6455, 4.2), for visitors and for staff.

use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use hyper::upgrade::OnUpgrade;
use tokio_tungstenite::tungstenite::handshake::server::create_response;

/// The response that turns the connection into a WebSocket; `None` where the request asks for none. The
/// subprotocol is named where the client offers it.
pub(super) fn handshake(request: &mut Request, subprotocol: &'static str) -> Option<(OnUpgrade, Response)> {
    let mut head = axum::http::Request::builder().method(request.method()).version(request.version()).body(()).ok()?;
    head.headers_mut().clone_from(request.headers());
    let mut response = create_response(&head).ok()?.map(|()| axum::body::Body::empty());
    let offered =
        request.headers().get_all(header::SEC_WEBSOCKET_PROTOCOL).iter().filter_map(|value| value.to_str().ok());
    if offered.flat_map(|value| value.split(',')).any(|protocol| protocol.trim() == subprotocol) {
        response.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(subprotocol));
    }
    let on_upgrade = request.extensions_mut().remove::<OnUpgrade>()?;
    Some((on_upgrade, response))
}
