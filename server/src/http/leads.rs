//! `POST /v1/leads`: an email-capture form on any page, without the widget and without script.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::post;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sidedoor_dialogue::EmailAddress;

use super::body::{NotGathered, gather};
use super::limit::Address;
use super::{Shared, retry_after};
use crate::clock::Millis;
use crate::config::{Site, check};
use crate::id::LeadId;
use crate::model::{Consent, Lead, Page};

/// A message of 4,000 characters, percent-encoded, with room for the rest.
const MAX_BODY_BYTES: usize = 64 * 1024;
const MAX_MESSAGE_CHARS: usize = 4_000;
const MAX_NAME_CHARS: usize = 200;
/// The field that people do not see and robots fill in.
const HONEYPOT: &str = "website";
const DAY_MS: Millis = 24 * 60 * 60 * 1000;

#[derive(Deserialize)]
struct Where {
    site: Option<String>,
}

/// How the form was sent, which decides how the answer looks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Form,
    Json,
}

/// What the form said, parsed.
struct Inquiry {
    email: EmailAddress,
    name: Option<String>,
    message: Option<String>,
    wording: String,
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
        return error(Kind::Json, StatusCode::NOT_FOUND, "unknown_site", "no such site", None);
    };
    let kind = match kind_of(&headers) {
        Some(kind) => kind,
        None => {
            let message = "send application/x-www-form-urlencoded or application/json";
            return error(Kind::Json, StatusCode::UNSUPPORTED_MEDIA_TYPE, "bad_frame", message, None);
        }
    };
    if !may_post(&shared, site, &headers) {
        return error(kind, StatusCode::FORBIDDEN, "forbidden", "this page may not send to this site", None);
    }
    match shared.limiter.lead(address) {
        Ok(()) => match gather(body, MAX_BODY_BYTES, shared.pace.body).await {
            Ok(body) => take(&shared, site, kind, &headers, &body).await,
            Err(why) => not_gathered(kind, why),
        },
        Err(wait) => {
            shared.metrics.error("rate_limited");
            let message = "Too many messages; wait a moment.";
            let refusal = error(kind, StatusCode::TOO_MANY_REQUESTS, "rate_limited", message, None);
            ([retry_after(wait)], refusal).into_response()
        }
    }
}

fn not_gathered(kind: Kind, why: NotGathered) -> Response {
    let (status, code, message) = match why {
        NotGathered::TooLarge => {
            (StatusCode::PAYLOAD_TOO_LARGE, "too_large", "This is more than fits; please shorten your message.")
        }
        NotGathered::TooSlow => {
            (StatusCode::REQUEST_TIMEOUT, "unavailable", "Your message did not arrive; please send it again.")
        }
        NotGathered::Broken => (StatusCode::BAD_REQUEST, "bad_frame", "the body broke off"),
    };
    error(kind, status, code, message, None)
}

async fn take(shared: &Shared, site: &Site, kind: Kind, headers: &HeaderMap, body: &[u8]) -> Response {
    let fields = match fields_of(kind, body) {
        Ok(fields) => fields,
        Err(message) => return error(kind, StatusCode::BAD_REQUEST, "bad_frame", &message, None),
    };
    let page = page_of(site, headers);
    if fields.get(HONEYPOT).is_some_and(|value| !value.is_empty()) {
        // Robots are told the same as people, and nothing is stored.
        return thanks(site, kind, &page);
    }
    let inquiry = match parse(&fields) {
        Ok(inquiry) => inquiry,
        Err(reasons) => {
            shared.metrics.error("invalid_field");
            return error(
                kind,
                StatusCode::UNPROCESSABLE_ENTITY,
                "invalid_field",
                "please check the form",
                Some(reasons),
            );
        }
    };
    let now = shared.clock.now();
    let lead = lead_of(site, inquiry, page.clone(), now);
    match shared.desk.save_form_lead(site, lead).await {
        Ok(()) => thanks(site, kind, &page),
        Err(failure) => {
            tracing::error!(error = %failure, site.id = %site.id, "a lead could not be stored");
            let message = "Your message could not be stored; please send it again in a minute.";
            error(kind, StatusCode::SERVICE_UNAVAILABLE, "unavailable", message, None)
        }
    }
}

fn kind_of(headers: &HeaderMap) -> Option<Kind> {
    let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    match kind.split(';').next()?.trim().to_ascii_lowercase().as_str() {
        "application/x-www-form-urlencoded" => Some(Kind::Form),
        "application/json" => Some(Kind::Json),
        _ => None,
    }
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

fn fields_of(kind: Kind, body: &[u8]) -> Result<BTreeMap<String, String>, String> {
    match kind {
        Kind::Form => Ok(url::form_urlencoded::parse(body).into_owned().collect()),
        Kind::Json => {
            let value: Value = serde_json::from_slice(body).map_err(|error| format!("the body is no JSON: {error}"))?;
            let Value::Object(object) = value else { return Err("the body is no JSON object".to_owned()) };
            Ok(object
                .into_iter()
                .filter_map(|(key, value)| match value {
                    Value::String(text) => Some((key, text)),
                    Value::Bool(set) => Some((key, set.to_string())),
                    Value::Number(number) => Some((key, number.to_string())),
                    _ => None,
                })
                .collect())
        }
    }
}

fn parse(fields: &BTreeMap<String, String>) -> Result<Inquiry, BTreeMap<String, String>> {
    let mut reasons = BTreeMap::new();
    let text = |name: &str| {
        fields.get(name).map(|value| crate::wire::clean(value).trim().to_owned()).filter(|value| !value.is_empty())
    };
    let email = match text("email").map(|email| EmailAddress::parse(&email)) {
        Some(Ok(email)) => Some(email),
        Some(Err(_)) => {
            reasons.insert("email".to_owned(), "is not an email address".to_owned());
            None
        }
        None => {
            reasons.insert("email".to_owned(), "is missing".to_owned());
            None
        }
    };
    let (name, message) = (text("name"), text("message"));
    for (field, value, most) in [("name", &name, MAX_NAME_CHARS), ("message", &message, MAX_MESSAGE_CHARS)] {
        if value.as_ref().is_some_and(|value| value.chars().count() > most) {
            reasons.insert(field.to_owned(), format!("is longer than {most} characters"));
        }
    }
    let consent = text("consent").unwrap_or_default();
    if !["true", "on", "yes", "1"].contains(&consent.to_ascii_lowercase().as_str()) {
        reasons.insert("consent".to_owned(), "please tick the box, so that we may write back".to_owned());
    }
    let wording = text("consent_wording").unwrap_or_else(|| "the box on the form".to_owned());
    match email {
        Some(email) if reasons.is_empty() => {
            Ok(Inquiry { email, name, message, wording: wording.chars().take(500).collect() })
        }
        _ => Err(reasons),
    }
}

fn lead_of(site: &Site, inquiry: Inquiry, page: Page, now: Millis) -> Lead {
    let email_normal = inquiry.email.normalised().to_owned();
    // A double click, or a reload of the answer, is the same lead.
    let mut digest = Sha256::new();
    for part in [site.id.as_str(), &email_normal, inquiry.message.as_deref().unwrap_or_default()] {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    digest.update((now / DAY_MS).to_be_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest.finalize()[..16]);
    let utm = page.utm();
    Lead {
        id: LeadId::from(uuid::Builder::from_custom_bytes(bytes).into_uuid()),
        site: site.id.clone(),
        conversation: None,
        email: Some(inquiry.email.as_str().to_owned()),
        email_normal: Some(email_normal),
        phone: None,
        name: inquiry.name,
        company: None,
        budget: None,
        fields: BTreeMap::new(),
        message: inquiry.message,
        intents: Vec::new(),
        score: 0,
        reasons: Vec::new(),
        consent: Some(Consent { at: now, wording: inquiry.wording }),
        page,
        utm,
        created_at: now,
        updated_at: now,
    }
}

/// The page that the form stands on, as far as the browser tells.
fn page_of(site: &Site, headers: &HeaderMap) -> Page {
    let referrer = headers.get(header::REFERER).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let ours = check::origin_of(referrer).is_some_and(|origin| site.origins.contains(&origin));
    Page { url: if ours { referrer.to_owned() } else { String::new() }, ..Page::default() }
}

fn thanks(site: &Site, kind: Kind, page: &Page) -> Response {
    if kind == Kind::Json {
        return axum::Json(json!({"ok": true})).into_response();
    }
    let back = site.leads_redirect.clone().or_else(|| back_to(&page.url));
    match back.and_then(|back| HeaderValue::from_str(&back).ok()) {
        Some(back) => (StatusCode::SEE_OTHER, [(header::LOCATION, back)]).into_response(),
        None => notice(StatusCode::OK, "Thank you", "<p>We have your message and will write back.</p>"),
    }
}

/// The page the form stands on, marked so that it can say thanks: `…#sidedoor-thanks`.
fn back_to(url: &str) -> Option<String> {
    let mut url = url::Url::parse(url).ok()?;
    url.set_fragment(Some("sidedoor-thanks"));
    Some(url.into())
}

fn error(
    kind: Kind,
    status: StatusCode,
    code: &str,
    message: &str,
    fields: Option<BTreeMap<String, String>>,
) -> Response {
    if kind == Kind::Json {
        let mut body = json!({"type": "error", "code": code, "message": message});
        if let Some(fields) = fields {
            body["fields"] = json!(fields);
        }
        return (status, axum::Json(body)).into_response();
    }
    let mut text = format!("<p>{}</p>", escape(message));
    if let Some(fields) = fields {
        text.push_str("<ul>");
        for (field, reason) in fields {
            text.push_str(&format!("<li><b>{}</b> {}</li>", escape(&field), escape(&reason)));
        }
        text.push_str("</ul><p>Go back to the form: what you typed is still there.</p>");
    }
    notice(status, "That did not work", &text)
}

/// A small page that needs neither script nor a style sheet.
fn notice(status: StatusCode, title: &str, html: &str) -> Response {
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>{title}</title><main><h1>{title}</h1>{html}</main></html>"
    );
    let policy = [(header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'")];
    (status, policy, Html(page)).into_response()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
