//! `POST /v1/leads`: a form on any page, without the widget and without script.

mod fields;
mod inquiry;
mod page;
mod words;

use std::collections::BTreeMap;

use axum::Router;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde::Deserialize;

use super::body::{NotGathered, gather};
use super::limit::Address;
use super::{Shared, retry_after};
use crate::config::Site;
use fields::{Encoding, Fields};
use inquiry::Inquiry;
use page::{error, thanks};
use words::Words;

/// A message of 4,000 characters, percent-encoded, with room for the rest.
const MAX_BODY_BYTES: usize = 64 * 1024;

#[derive(Deserialize)]
struct Where {
    site: Option<String>,
}

pub(super) fn router() -> Router<Shared> {
    Router::new().route("/v1/leads", post(save))
}

async fn save(
    State(shared): State<Shared>,
    address: Address,
    Query(query): Query<Where>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let Some(site) = query.site.as_deref().and_then(|id| shared.site(id)) else {
        let words = Words::of("en");
        return error(&Encoding::Json, words, StatusCode::NOT_FOUND, "unknown_site", "no such site", None);
    };
    let words = Words::of(&site.locale);
    let Some(encoding) = Encoding::of(&headers) else {
        let message = "send application/x-www-form-urlencoded, multipart/form-data or application/json";
        return error(&Encoding::Json, words, StatusCode::UNSUPPORTED_MEDIA_TYPE, "bad_frame", message, None);
    };
    if !may_post(&shared, site, &headers) {
        return error(&encoding, words, StatusCode::FORBIDDEN, "forbidden", words.foreign, None);
    }
    if let Err(wait) = shared.limiter.lead(address) {
        shared.metrics.error("rate_limited");
        let refusal = error(&encoding, words, StatusCode::TOO_MANY_REQUESTS, "rate_limited", words.too_many, None);
        return ([retry_after(wait)], refusal).into_response();
    }
    let body = match gather(body, MAX_BODY_BYTES, shared.pace.body).await {
        Ok(body) => body,
        Err(why) => return not_gathered(&encoding, words, why),
    };
    match Fields::decode(&encoding, body).await {
        Ok(fields) => take(&shared, site, &encoding, &headers, fields).await,
        // A program is told what is wrong with its body; a person can do nothing about it.
        Err(message) => {
            let message = if encoding == Encoding::Json { message.as_str() } else { words.unreadable };
            error(&encoding, words, StatusCode::BAD_REQUEST, "bad_frame", message, None)
        }
    }
}

async fn take(shared: &Shared, site: &Site, encoding: &Encoding, headers: &HeaderMap, fields: Fields) -> Response {
    let page::Origin { page, back } = page::of(site, headers, &fields);
    let region = shared.desk.region(site);
    let words = Words::of(&site.locale);
    let inquiry = match Inquiry::read(&fields, region.as_deref(), words) {
        Ok(inquiry) => inquiry,
        Err(reasons) => return invalid(shared, encoding, words, reasons),
    };
    match shared.desk.save_form_lead(site, inquiry.form_lead(site, page, shared.clock.now())).await {
        Ok(()) => thanks(site, encoding, back.as_deref()),
        Err(failure) => {
            tracing::error!(error = %failure, site.id = %site.id, "a lead could not be stored");
            error(encoding, words, StatusCode::SERVICE_UNAVAILABLE, "unavailable", words.not_stored, None)
        }
    }
}

fn invalid(shared: &Shared, encoding: &Encoding, words: &Words, reasons: BTreeMap<String, String>) -> Response {
    shared.metrics.error("invalid_field");
    error(encoding, words, StatusCode::UNPROCESSABLE_ENTITY, "invalid_field", words.check, Some(reasons))
}

fn not_gathered(encoding: &Encoding, words: &Words, why: NotGathered) -> Response {
    let (status, code, message) = match why {
        NotGathered::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too_large", words.too_large),
        NotGathered::TooSlow => (StatusCode::REQUEST_TIMEOUT, "unavailable", words.too_slow),
        NotGathered::Broken => (StatusCode::BAD_REQUEST, "bad_frame", words.unreadable),
    };
    error(encoding, words, status, code, message, None)
}

/// A form without script carries no secret and changes nothing but by adding a lead, so a page that hides its origin
/// (`null`, or none at all) may send; a page that names a foreign one may not.
fn may_post(shared: &Shared, site: &Site, headers: &HeaderMap) -> bool {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    match (origins.next(), origins.next()) {
        (None, _) => true,
        (Some(origin), None) if origin == "null" => true,
        _ => shared.door.admits(site, headers),
    }
}
