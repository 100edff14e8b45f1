//! `POST /v1/leads`: a form on any page, without the widget and without script.

mod fields;
mod inquiry;
mod page;

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
        return error(&Encoding::Json, StatusCode::NOT_FOUND, "unknown_site", "no such site", None);
    };
    let Some(encoding) = Encoding::of(&headers) else {
        let message = "send application/x-www-form-urlencoded, multipart/form-data or application/json";
        return error(&Encoding::Json, StatusCode::UNSUPPORTED_MEDIA_TYPE, "bad_frame", message, None);
    };
    if !may_post(&shared, site, &headers) {
        return error(&encoding, StatusCode::FORBIDDEN, "forbidden", "this page may not send to this site", None);
    }
    if let Err(wait) = shared.limiter.lead(address) {
        shared.metrics.error("rate_limited");
        let message = "Too many messages; wait a moment.";
        let refusal = error(&encoding, StatusCode::TOO_MANY_REQUESTS, "rate_limited", message, None);
        return ([retry_after(wait)], refusal).into_response();
    }
    let body = match gather(body, MAX_BODY_BYTES, shared.pace.body).await {
        Ok(body) => body,
        Err(why) => return not_gathered(&encoding, why),
    };
    match Fields::decode(&encoding, body).await {
        Ok(fields) => take(&shared, site, &encoding, &headers, fields).await,
        Err(message) => error(&encoding, StatusCode::BAD_REQUEST, "bad_frame", &message, None),
    }
}

async fn take(shared: &Shared, site: &Site, encoding: &Encoding, headers: &HeaderMap, fields: Fields) -> Response {
    let page::Origin { page, back } = page::of(site, headers, &fields);
    let region = shared.desk.region(site);
    let inquiry = match Inquiry::read(&fields, region.as_deref()) {
        Ok(inquiry) => inquiry,
        Err(reasons) => return invalid(shared, encoding, reasons),
    };
    match shared.desk.save_form_lead(site, inquiry.form_lead(site, page, shared.clock.now())).await {
        Ok(()) => thanks(site, encoding, back.as_deref()),
        Err(failure) => {
            tracing::error!(error = %failure, site.id = %site.id, "a lead could not be stored");
            let message = "Your message could not be stored; please send it again in a minute.";
            error(encoding, StatusCode::SERVICE_UNAVAILABLE, "unavailable", message, None)
        }
    }
}

fn invalid(shared: &Shared, encoding: &Encoding, reasons: BTreeMap<String, String>) -> Response {
    shared.metrics.error("invalid_field");
    error(encoding, StatusCode::UNPROCESSABLE_ENTITY, "invalid_field", "please check the form", Some(reasons))
}

fn not_gathered(encoding: &Encoding, why: NotGathered) -> Response {
    let (status, code, message) = match why {
        NotGathered::TooLarge => {
            (StatusCode::PAYLOAD_TOO_LARGE, "too_large", "This is more than fits; please shorten your message.")
        }
        NotGathered::TooSlow => {
            (StatusCode::REQUEST_TIMEOUT, "unavailable", "Your message did not arrive; please send it again.")
        }
        NotGathered::Broken => (StatusCode::BAD_REQUEST, "bad_frame", "the body broke off"),
    };
    error(encoding, status, code, message, None)
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
