//! Who is let through: the session of a cookie, and that a request comes from our own pages.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use url::Url;

use crate::config::Config;
use crate::http::Shared;
use crate::staff::{Entered, StaffSession};

/// The header in which a page sends its session's token back.
pub(super) const CSRF: &str = "x-sidedoor-csrf";

/// Whose request it is.
pub(super) struct Signed {
    pub session: StaffSession,
    pub cookie: String,
}

impl FromRequestParts<Shared> for Signed {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Response> {
        match signed(shared, &parts.headers).await? {
            Some(signed) => Ok(signed),
            None => Err(refused(StatusCode::FORBIDDEN)),
        }
    }
}

/// The session of a request's cookie, where it has one that holds.
pub(super) async fn signed(shared: &Shared, headers: &HeaderMap) -> Result<Option<Signed>, Response> {
    let Some(cookie) = cookie_of(&shared.config, headers) else { return Ok(None) };
    match shared.staff.session(&cookie).await {
        Ok(session) => Ok(session.map(|session| Signed { session, cookie })),
        Err(error) => Err(unavailable(&error)),
    }
}

/// `{"code":"refused"}`: the same, whatever does not fit.
pub(super) fn refused(status: StatusCode) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], r#"{"code":"refused"}"#).into_response()
}

pub(super) fn unavailable(error: &dyn std::fmt::Display) -> Response {
    tracing::error!(error = %error, "a request of staff was not answered");
    let body = r#"{"code":"unavailable"}"#;
    (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "2"), (header::CONTENT_TYPE, "application/json")], body)
        .into_response()
}

/// Whether a request that changes something, or that carries a cookie to a socket, comes from our own pages. Browsers say so in
/// at least one of two headers; what says neither is no browser, and holds no cookie that it was not given.
pub(super) fn is_own(config: &Config, headers: &HeaderMap) -> bool {
    let fetched = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    if fetched.is_some_and(|site| site != b"same-origin") {
        return false;
    }
    let mut origins = headers.get_all(header::ORIGIN).iter();
    match (origins.next(), origins.next()) {
        (None, _) => true,
        (Some(_), Some(_)) => false,
        (Some(origin), None) => origin.to_str().is_ok_and(|origin| is_own_origin(config, headers, origin)),
    }
}

fn is_own_origin(config: &Config, headers: &HeaderMap, origin: &str) -> bool {
    let public = Url::parse(&config.public_url).ok().map(|url| url.origin().ascii_serialization());
    // A browser writes the host that it really asked into Host, whatever page it is on.
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let asked = |scheme: &str| host.is_some_and(|host| origin == format!("{scheme}://{host}"));
    public.as_deref() == Some(origin) || asked("https") || (!is_secure(config) && asked("http"))
}

/// Whether a header of this request is the session's own token.
pub(super) fn knows_token(session: &StaffSession, headers: &HeaderMap) -> bool {
    headers.get(CSRF).and_then(|token| token.to_str().ok()).is_some_and(|token| session.knows(token))
}

fn is_secure(config: &Config) -> bool {
    config.public_url.starts_with("https://")
}

/// The prefix keeps other hosts of the domain from setting it; without TLS (on this machine only) browsers refuse it.
fn cookie_name(config: &Config) -> &'static str {
    if is_secure(config) { "__Host-sd_s" } else { "sd_s" }
}

fn cookie_of(config: &Config, headers: &HeaderMap) -> Option<String> {
    let name = cookie_name(config);
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .find(|(found, _)| *found == name)
        .map(|(_, value)| value.to_owned())
}

/// What puts a session into a browser.
pub(super) fn set_cookie(config: &Config, entered: &Entered) -> (header::HeaderName, String) {
    let secure = if is_secure(config) { "; Secure" } else { "" };
    let (name, cookie, lasts) = (cookie_name(config), &entered.cookie, entered.lasts);
    (header::SET_COOKIE, format!("{name}={cookie}; Path=/; HttpOnly; SameSite=Lax; Max-Age={lasts}{secure}"))
}

/// What takes it out again.
pub(super) fn forget_cookie(config: &Config) -> (header::HeaderName, String) {
    let secure = if is_secure(config) { "; Secure" } else { "" };
    (header::SET_COOKIE, format!("{}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0{secure}", cookie_name(config)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(public_url: &str, headers: &[(&'static str, &'static str)]) -> bool {
        let config = Config { public_url: public_url.to_owned(), ..Config::default() };
        let headers = headers
            .iter()
            .map(|(name, value)| (header::HeaderName::from_static(name), HeaderValue::from_static(value)));
        is_own(&config, &headers.collect())
    }

    #[test]
    fn only_our_own_pages_are_let_through() {
        let public = "https://chat.acme.example";
        let host = ("host", "chat.acme.example");
        assert!(own(public, &[host]));
        assert!(own(public, &[host, ("origin", "https://chat.acme.example")]));
        assert!(own(public, &[host, ("sec-fetch-site", "same-origin")]));
        for origin in [
            "null",
            "",
            "https://evil.example",
            "https://chat.acme.example.evil.example",
            "https://evilchat.acme.example",
            "http://chat.acme.example",
            "https://chat.acme.example:8443",
            "https://CHAT.acme.example",
            "https://chat.acme.example.",
        ] {
            assert!(!own(public, &[host, ("origin", origin)]), "{origin}");
        }
        for fetched in ["same-site", "cross-site", "none"] {
            assert!(!own(public, &[host, ("sec-fetch-site", fetched)]), "{fetched}");
        }
    }
}
