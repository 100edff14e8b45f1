//! The visitor whose token the `Authorization` header of a request carries.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;

use super::answer;
use crate::desk::Visitor;
use crate::http::Shared;
use crate::wire::{Code, Refusal};

/// Holding one is the right to speak.
pub(super) struct Bearer(pub Visitor);

/// The visitor whose token these headers carry.
pub(in crate::http) fn visitor_of(shared: &Shared, headers: &HeaderMap) -> Option<Visitor> {
    let text = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = text.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| shared.desk.visitor(token.trim()))?
}

impl FromRequestParts<Shared> for Bearer {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Response> {
        visitor_of(shared, &parts.headers).map(Self).ok_or_else(|| {
            shared.metrics.error(Code::NotReady.as_str());
            unknown_visitor()
        })
    }
}

/// The same answer to no token, a forged one and an expired one.
pub(super) fn unknown_visitor() -> Response {
    let refusal = Refusal::new(Code::NotReady, "say hello first; this token opens no conversation");
    let mut response = answer::json(StatusCode::UNAUTHORIZED, refusal.json());
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    response
}
