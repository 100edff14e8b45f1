//! Coming in and leaving: `/staff/v1/enter`, `/staff/v1/code`, `/staff/v1/sign-in`, `/staff/v1/leave`. Each takes JSON, and what a
//! form without script posts.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use serde::Deserialize;
use serde_json::json;

use super::admit::{self, Signed};
use super::{pages, view};
use crate::http::Shared;
use crate::http::limit::Address;
use crate::staff::{Claim, Entered, Refused};

const MAX_BODY_BYTES: usize = 4 * 1024;

pub(super) fn router() -> Router<Shared> {
    Router::new()
        .route("/staff/v1/enter", post(enter))
        .route("/staff/v1/code", post(code))
        .route("/staff/v1/sign-in", post(sign_in))
        .route("/staff/v1/leave", post(leave))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
}

/// What is shown at a door. Whatever else stands in it is nobody's business.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Shown {
    token: Option<String>,
    code: Option<String>,
    address: Option<String>,
    csrf: Option<String>,
    next: Option<String>,
}

impl Shown {
    fn claim(&self) -> Option<Claim<'_>> {
        match (&self.token, &self.code, &self.address) {
            (Some(token), ..) => Some(Claim::Token(token)),
            (None, Some(code), Some(address)) => Some(Claim::Code { code, address }),
            _ => None,
        }
    }
}

/// What was posted, and whether by a form: then a page is the answer.
fn read(headers: &HeaderMap, body: &[u8]) -> Option<(Shown, bool)> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kind.starts_with("application/x-www-form-urlencoded") {
        let mut shown = Shown::default();
        for (name, value) in url::form_urlencoded::parse(body) {
            let value = Some(value.into_owned()).filter(|value| !value.is_empty());
            match &*name {
                "code" => shown.code = value,
                "address" => shown.address = value,
                "csrf" => shown.csrf = value,
                "next" => shown.next = value,
                _ => {}
            }
        }
        return Some((shown, true));
    }
    serde_json::from_slice(body).ok().map(|shown| (shown, false))
}

async fn enter(State(shared): State<Shared>, address: Address, headers: HeaderMap, body: Bytes) -> Response {
    if !admit::is_own(&shared.config, &headers) {
        return admit::refused(StatusCode::FORBIDDEN);
    }
    let Some((shown, is_form)) = read(&headers, &body) else { return admit::refused(StatusCode::FORBIDDEN) };
    let before = match admit::signed(&shared, &headers).await {
        Ok(before) => before.map(|signed| signed.session),
        Err(response) => return response,
    };
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    let entered = match shown.claim() {
        Some(claim) => shared.staff.enter(claim, &address.to_string(), agent, before.as_ref()).await,
        None => Err(Refused::Refused),
    };
    match entered {
        Ok(entered) => let_in(&shared, &entered, is_form, None),
        Err(Refused::Refused) if is_form => pages::link_page_with("That code and address do not open anything."),
        Err(Refused::Refused) => admit::refused(StatusCode::FORBIDDEN),
        Err(Refused::SignIn(conversation)) => {
            let next = format!("/staff/sign-in?next=/staff/c/{conversation}");
            if is_form {
                return Redirect::to(&next).into_response();
            }
            let body = json!({"code": "sign_in", "next": next}).to_string();
            (StatusCode::FORBIDDEN, [(header::CONTENT_TYPE, "application/json")], body).into_response()
        }
        Err(Refused::Store(error)) => admit::unavailable(&error),
    }
}

fn let_in(shared: &Shared, entered: &Entered, is_form: bool, next: Option<&str>) -> Response {
    let cookie = admit::set_cookie(&shared.config, entered);
    if is_form {
        let page = entered.conversation.map(|id| format!("/staff/c/{id}"));
        let next = next.filter(|next| is_own_page(next)).map(str::to_owned);
        let to = page.or(next).unwrap_or_else(|| "/staff/".to_owned());
        return ([cookie], Redirect::to(&to)).into_response();
    }
    let body = json!({
        "csrf": entered.csrf,
        "conversation": entered.conversation,
        "staff": view::staff(&entered.member),
    });
    ([cookie], [(header::CONTENT_TYPE, "application/json".to_owned())], body.to_string()).into_response()
}

/// A page of ours to go on to; anything else would let a link lead elsewhere.
pub(super) fn is_own_page(next: &str) -> bool {
    next.starts_with("/staff/") && !next.contains(['\\', '\r', '\n']) && !next.contains("//")
}

/// Answers before it looks: nobody learns by answer or time whose address it is.
async fn code(State(shared): State<Shared>, address: Address, headers: HeaderMap, body: Bytes) -> Response {
    if !admit::is_own(&shared.config, &headers) {
        return admit::refused(StatusCode::FORBIDDEN);
    }
    let Some((shown, is_form)) = read(&headers, &body) else { return admit::refused(StatusCode::FORBIDDEN) };
    let typed = shown.address.unwrap_or_default();
    let (staff, network, mail_to) = (shared.staff.clone(), address.to_string(), typed.clone());
    shared.tasks.spawn(async move {
        if let Err(error) = staff.mail_code(&mail_to, &network).await {
            tracing::error!(error = %error, "a code to sign in was not mailed");
        }
    });
    if is_form {
        return pages::code_page(&typed, shown.next.as_deref().unwrap_or_default(), "");
    }
    (StatusCode::ACCEPTED, [(header::CONTENT_TYPE, "application/json")], r#"{"sent":true}"#).into_response()
}

async fn sign_in(State(shared): State<Shared>, address: Address, headers: HeaderMap, body: Bytes) -> Response {
    if !admit::is_own(&shared.config, &headers) {
        return admit::refused(StatusCode::FORBIDDEN);
    }
    let Some((shown, is_form)) = read(&headers, &body) else { return admit::refused(StatusCode::FORBIDDEN) };
    let before = match admit::signed(&shared, &headers).await {
        Ok(before) => before.map(|signed| signed.session),
        Err(response) => return response,
    };
    let entered = match shown.claim() {
        Some(claim) => shared.staff.sign_in(claim, &address.to_string(), before.as_ref()).await,
        None => Err(Refused::Refused),
    };
    match entered {
        Ok(entered) => let_in(&shared, &entered, is_form, shown.next.as_deref()),
        Err(Refused::Store(error)) => admit::unavailable(&error),
        Err(_) if is_form => {
            let next = shown.next.as_deref().unwrap_or_default();
            pages::code_page(shown.address.as_deref().unwrap_or_default(), next, "That code is not right, or too old.")
        }
        Err(_) => admit::refused(StatusCode::FORBIDDEN),
    }
}

async fn leave(State(shared): State<Shared>, signed: Signed, headers: HeaderMap, body: Bytes) -> Response {
    let form = read(&headers, &body);
    let by_form = form.as_ref().and_then(|(shown, _)| shown.csrf.as_deref());
    let knows =
        admit::knows_token(&signed.session, &headers) || by_form.is_some_and(|token| signed.session.knows(token));
    if !admit::is_own(&shared.config, &headers) || !knows {
        return admit::refused(StatusCode::FORBIDDEN);
    }
    if let Err(error) = shared.staff.leave(&signed.session).await {
        return admit::unavailable(&error);
    }
    let cookie = admit::forget_cookie(&shared.config);
    match form {
        Some((_, true)) => ([cookie], Redirect::to("/staff/sign-in")).into_response(),
        _ => ([cookie], StatusCode::NO_CONTENT).into_response(),
    }
}
