//! Whose pages may talk to a site: an exact match of scheme, host and port.

use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use axum::http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use lru::LruCache;
use std::time::Duration;
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::{Shared, visitor};
use crate::config::Site;

/// How long a browser may remember that it may call.
const PREFLIGHT: Duration = Duration::from_secs(600);
/// Pages whose refusal was logged and need not be logged again.
const LOGGED: NonZeroUsize = NonZeroUsize::new(1_000).expect("not zero");
/// Of what calls itself an origin, so much is logged.
const MAX_LOGGED_CHARS: usize = 200;

/// Whether a request with these headers may reach `site`.
///
/// Exact and case-sensitive: browsers write origins in lower case and punycode, so anything else is not a browser's. Nor is a
/// request with two of them. An absent header is a native program's; `null` is a sandboxed page's and belongs to nobody.
#[must_use]
pub fn allows(site: &Site, headers: &HeaderMap) -> bool {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    match (origins.next(), origins.next()) {
        (None, _) => site.allow_no_origin,
        (Some(origin), None) => site.origins.iter().any(|allowed| allowed.as_bytes() == origin.as_bytes()),
        (Some(_), Some(_)) => false,
    }
}

/// Lets pages in, and says once in the log which key would let in one that was turned away.
pub struct Doorkeeper {
    logged: Mutex<LruCache<(String, String), ()>>,
}

impl Doorkeeper {
    /// One who has turned nobody away yet.
    #[must_use]
    pub fn new() -> Self {
        Self { logged: Mutex::new(LruCache::new(LOGGED)) }
    }

    /// Whether a request with these headers may reach `site`.
    pub fn admits(&self, site: &Site, headers: &HeaderMap) -> bool {
        let admitted = allows(site, headers);
        if !admitted {
            self.log(site, headers.get(header::ORIGIN));
        }
        admitted
    }

    fn log(&self, site: &Site, origin: Option<&HeaderValue>) {
        let origin = origin.map_or_else(String::new, |origin| String::from_utf8_lossy(origin.as_bytes()).into_owned());
        let origin: String = origin.chars().take(MAX_LOGGED_CHARS).collect();
        let key = (site.id.clone(), origin.clone());
        if self.logged.lock().unwrap_or_else(PoisonError::into_inner).put(key, ()).is_some() {
            return;
        }
        let site = &site.id;
        if origin.is_empty() {
            tracing::warn!(
                site.id = site,
                "a request without an Origin was turned away; if it is a program of yours, set \"allow_no_origin = true\" in the [[site]] \"{site}\""
            );
        } else {
            tracing::warn!(
                site.id = site,
                "a page of {origin:?} was turned away; if it is yours, add that to \"origins\" of the [[site]] \"{site}\""
            );
        }
    }
}

impl Default for Doorkeeper {
    fn default() -> Self {
        Self::new()
    }
}

/// Lets a site's own pages read what they are answered, and no others.
pub(super) fn cors(shared: &Shared) -> CorsLayer {
    let shared = shared.clone();
    CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(move |_, parts| may_read(&shared, parts)))
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE, HeaderName::from_static("last-event-id")])
        .expose_headers([header::RETRY_AFTER])
        .max_age(PREFLIGHT)
}

/// The site is the token's, else the one that the address names. A preflight of a call with a token has neither: then a page of
/// any site may ask, and the call itself decides.
fn may_read(shared: &Shared, parts: &Parts) -> bool {
    let opened = visitor::bearer::visitor_of(shared, &parts.headers);
    let of_token = opened.as_ref().map(|visitor| &**visitor.site());
    let query = parts.uri.query().unwrap_or_default().as_bytes();
    let named = url::form_urlencoded::parse(query).find(|(key, _)| key == "site").map(|(_, value)| value);
    match of_token.or(named.as_deref()) {
        Some(site) => shared.site(site).is_some_and(|site| allows(site, &parts.headers)),
        None => shared.config.sites.iter().any(|site| allows(site, &parts.headers)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(allow_no_origin: bool) -> Site {
        toml::from_str(&format!(
            "id = \"acme\"\nname = \"Acme\"\nallow_no_origin = {allow_no_origin}\norigins = [\"https://brand.com\", \"https://xn--bcher-kva.example\"]"
        ))
        .unwrap()
    }

    fn from(origins: &[&[u8]]) -> HeaderMap {
        let values = origins.iter().map(|origin| HeaderValue::from_bytes(origin).unwrap());
        values.map(|value| (header::ORIGIN, value)).collect()
    }

    #[test]
    fn only_the_exact_origin_is_allowed() {
        let site = site(false);
        let allowed = |origin: &str| allows(&site, &from(&[origin.as_bytes()]));

        assert!(allowed("https://brand.com"));
        assert!(allowed("https://xn--bcher-kva.example"));
        for other in [
            "null",
            "",
            "http://brand.com",
            "https://brand.com:8443",
            "https://brand.com.",
            "https://brand.com/",
            "https://BRAND.com",
            "https://brand.com.evil.com",
            "https://evilbrand.com",
            "https://brand.com, https://evil.com",
            "https://bücher.example",
        ] {
            assert!(!allowed(other), "{other}");
        }
    }

    #[test]
    fn two_origins_are_nobodys_whichever_is_first() {
        let (ours, theirs) = (b"https://brand.com".as_slice(), b"https://evil.com".as_slice());

        for origins in [[ours, theirs], [theirs, ours], [ours, ours]] {
            let mut headers = HeaderMap::new();
            for origin in origins {
                headers.append(header::ORIGIN, HeaderValue::from_bytes(origin).unwrap());
            }
            assert!(!allows(&site(true), &headers));
        }
    }

    #[test]
    fn an_absent_origin_is_allowed_only_where_the_site_says_so() {
        assert!(!allows(&site(false), &HeaderMap::new()));
        assert!(allows(&site(true), &HeaderMap::new()));
    }
}
