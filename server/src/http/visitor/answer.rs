//! A frame, or why there is none, as the answer to an HTTP request.

use std::time::Duration;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::http::body::NotGathered;
use crate::http::retry_after;
use crate::metrics::Metrics;
use crate::wire::{Code, Refusal};

pub(super) fn json(status: StatusCode, text: String) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    (status, headers, text).into_response()
}

pub(super) fn refusing(metrics: &Metrics, refusal: Refusal) -> Response {
    refusing_with(status(refusal.code), metrics, refusal)
}

/// Why a body was not taken.
pub(super) fn not_gathered(metrics: &Metrics, why: NotGathered) -> Response {
    match why {
        NotGathered::TooLarge => refusing(metrics, Refusal::new(Code::TooLarge, "a body has at most 16,384 bytes")),
        NotGathered::TooSlow => refusing_with(
            StatusCode::REQUEST_TIMEOUT,
            metrics,
            Refusal::new(Code::Unavailable, "the body did not come in time; send it again"),
        ),
        NotGathered::Broken => refusing(metrics, Refusal::bad_frame("the body broke off")),
    }
}

pub(super) fn forbidden() -> Response {
    (StatusCode::FORBIDDEN, "this page may not talk to this site\n").into_response()
}

fn refusing_with(status: StatusCode, metrics: &Metrics, refusal: Refusal) -> Response {
    metrics.error(refusal.code.as_str());
    let wait = refusal.retry_after_ms.map(|ms| [retry_after(Duration::from_millis(ms))]);
    (wait, json(status, refusal.json())).into_response()
}

fn status(code: Code) -> StatusCode {
    match code {
        Code::BadFrame | Code::UnknownType => StatusCode::BAD_REQUEST,
        Code::NotReady => StatusCode::UNAUTHORIZED,
        Code::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Code::TooLong | Code::Empty | Code::InvalidField | Code::UnknownEvent => StatusCode::UNPROCESSABLE_ENTITY,
        Code::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    }
}
