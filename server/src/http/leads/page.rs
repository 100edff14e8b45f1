//! The page that a form stands on, and the pages that answer it without script.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde_json::json;

use super::fields::{Encoding, Fields};
use super::words::Words;
use crate::config::{Site, check};
use crate::model::Page;

/// What browsers and proxies commonly keep of an address.
const MAX_URL_CHARS: usize = 2_048;

/// Where a form stands, and where its browser is sent back to.
pub(super) struct Origin {
    pub page: Page,
    pub back: Option<String>,
}

/// Where the form stands: as its field `page` says, whole or as a path, else as far as the browser tells. A page of another site
/// is none: the browser is sent back there.
pub(super) fn of(site: &Site, headers: &HeaderMap, fields: &Fields) -> Origin {
    let header = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok()).unwrap_or_default();
    let referrer = header(header::REFERER);
    let named = fields.get("page").and_then(|page| {
        let base = [header(header::ORIGIN), referrer].into_iter().chain(site.origins.iter().map(String::as_str));
        let base = base.filter(|base| is_ours(site, base)).find_map(|base| url::Url::parse(base).ok());
        url::Url::options().base_url(base.as_ref()).parse(page).ok().filter(|url| is_ours(site, url.as_str()))
    });
    let told = || url::Url::parse(referrer).ok().filter(|url| is_ours(site, url.as_str()));
    // Of a form that is sent to another origin browsers tell no more than its own: the home page would say nothing of the form.
    let is_whole = |url: &url::Url| url.path() != "/" || url.query().is_some();
    let back = named.clone().or_else(|| told().filter(is_whole)).map(|mut url| {
        url.set_fragment(Some("sidedoor-thanks"));
        url.into()
    });
    let url = named.or_else(told).map(String::from).unwrap_or_default();
    Origin { page: Page { url: url.chars().take(MAX_URL_CHARS).collect(), ..Page::default() }, back }
}

fn is_ours(site: &Site, url: &str) -> bool {
    check::origin_of(url).is_some_and(|origin| site.origins.contains(&origin))
}

pub(super) fn thanks(site: &Site, encoding: &Encoding, back: Option<&str>) -> Response {
    if *encoding == Encoding::Json {
        return axum::Json(json!({"ok": true})).into_response();
    }
    let back = site.leads_redirect.as_deref().or(back);
    match back.and_then(|back| HeaderValue::from_str(back).ok()) {
        Some(back) => (StatusCode::SEE_OTHER, [(header::LOCATION, back)]).into_response(),
        None => {
            let home = site.origins.first().map_or_else(String::new, |origin| {
                format!("<p><a href=\"{}\">{}</a></p>", escape(origin), escape(&site.name))
            });
            let words = Words::of(&site.locale);
            notice(StatusCode::OK, words, words.thanks, &format!("<p>{}</p>{home}", words.received))
        }
    }
}

pub(super) fn error(
    encoding: &Encoding,
    words: &Words,
    status: StatusCode,
    code: &str,
    message: &str,
    fields: Option<BTreeMap<String, String>>,
) -> Response {
    if *encoding == Encoding::Json {
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
        text.push_str(&format!("</ul><p>{}</p>", words.still_there));
    }
    notice(status, words, words.failed, &text)
}

/// A small page that needs neither script nor a style sheet.
fn notice(status: StatusCode, words: &Words, title: &str, html: &str) -> Response {
    let lang = words.lang;
    let page = format!(
        "<!doctype html><html lang=\"{lang}\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>{title}</title><main><h1>{title}</h1>{html}</main></html>"
    );
    let policy = [(header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'")];
    (status, policy, Html(page)).into_response()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(origin: &str, referrer: &str, named: &str) -> Origin {
        let site: Site = toml::from_str(
            "id = \"acme\"\nname = \"Acme\"\norigins = [\"https://shop.example\", \"https://b.example\"]",
        )
        .unwrap();
        let headers = [(header::ORIGIN, origin), (header::REFERER, referrer)];
        let headers = headers.into_iter().map(|(name, value)| (name, value.parse().unwrap())).collect();
        of(&site, &headers, &[("page", named)].into_iter().collect())
    }

    #[test]
    fn the_field_goes_before_what_the_browser_tells() {
        let (ours, referrer) = ("https://b.example", "https://b.example/");
        let page = |named| origin(ours, referrer, named).page.url;

        assert_eq!(page("https://shop.example/rings?x=1"), "https://shop.example/rings?x=1");
        assert_eq!(page("/rings"), "https://b.example/rings");
        assert_eq!(origin("null", "", "/rings").page.url, "https://shop.example/rings");
        assert_eq!(origin(ours, "https://b.example/full/path", "").page.url, "https://b.example/full/path");
    }

    #[test]
    fn nobody_is_sent_to_another_sites_page() {
        for named in
            ["https://evil.example/", "//evil.example/x", "javascript:alert(1)", "https://shop.example@evil.example/"]
        {
            let Origin { page, back } = origin("https://shop.example", "https://evil.example/x", named);
            assert_eq!((page.url.as_str(), back), ("", None), "{named}");
        }
    }

    #[test]
    fn a_browser_is_sent_back_to_a_page_and_not_to_what_may_be_another() {
        let back = |referrer, named| origin("https://shop.example", referrer, named).back;

        assert_eq!(back("https://shop.example/", ""), None, "all that a browser tells of any page");
        assert_eq!(back("https://shop.example/", "/").as_deref(), Some("https://shop.example/#sidedoor-thanks"));
        assert_eq!(back("", "/rings#form").as_deref(), Some("https://shop.example/rings#sidedoor-thanks"));
    }
}
