//! The widget's files and the demo page, all of them in the binary.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rust_embed::RustEmbed;
use serde::Serialize;
use sha2::{Digest, Sha256};
use tower_http::compression::CompressionLayer;

use super::{Shared, staff};
use crate::config::{ChannelKind, Config, Site};
use crate::wire;

/// Built by `npm run build` in `widget/`; committed, so that no Node is needed to run the server.
#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../static"]
struct Files;

/// Where the launcher takes its sites from: replaced by a JSON object when it is served.
const SITES_MARK: &str = "\"__SIDEDOOR_SITES__\"";
/// The id of the site that the demo page is made for.
const DEMO: &str = "demo";
/// The launcher is asked for on each page view and must be able to change within minutes.
const SHORT: &str = "public, max-age=300, stale-while-revalidate=86400";
/// What stands in for something else must not be taken for it later.
const NEVER: &str = "no-store";
/// Names that hold their content's hash never change.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// What the demo page may load: everything from here, nothing inline.
const DEMO_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' ws: wss:; \
     base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'";

/// What the launcher knows of a site before it speaks to the server, so that the other lines work when nothing else does.
#[derive(Serialize)]
struct LaunchSite<'a> {
    name: &'a str,
    locale: &'a str,
    accent: Option<&'a str>,
    channels: Vec<wire::Channel>,
}

/// The routes of the widget, and of the demo page where the demo site is configured.
pub(super) fn router(shared: &Shared) -> Router<Shared> {
    let launcher = Arc::new(launcher(&shared.config));
    let served = {
        let launcher = Arc::clone(&launcher);
        move |headers: HeaderMap| async move { asset(&headers, "widget.js", launcher.as_bytes().to_vec(), SHORT) }
    };
    let router = Router::new().route("/widget.js", get(served)).route("/widget/{*file}", get(widget_file));
    let router = if shared.config.site(DEMO).is_some() {
        router.route("/", get(demo_page)).route("/{file}", get(demo_file))
    } else {
        router
    };
    router.layer(CompressionLayer::new().gzip(true))
}

/// The launcher with the sites written into it.
fn launcher(config: &Config) -> String {
    let source = Files::get("widget/launcher.js").map(|file| file.data).unwrap_or_default();
    let sites: BTreeMap<&str, LaunchSite<'_>> =
        config.sites.iter().map(|site| (site.id.as_str(), launch_site(site))).collect();
    // `</` would end a script element that somebody inlines this into.
    let json = serde_json::to_string(&sites).unwrap_or_else(|_| "{}".to_owned()).replace("</", "<\\/");
    String::from_utf8_lossy(&source).replace(SITES_MARK, &json)
}

fn launch_site(site: &Site) -> LaunchSite<'_> {
    LaunchSite {
        name: &site.name,
        locale: &site.locale,
        accent: site.accent.as_deref(),
        channels: ranked(wire::Channel::of(site)),
    }
}

/// The lines in the order in which the launcher offers them when nothing else can be loaded: WhatsApp last, since it shares
/// the fate of the platform whose outage brought the visitor here.
fn ranked(mut channels: Vec<wire::Channel>) -> Vec<wire::Channel> {
    channels.sort_by_key(|channel| match channel.kind {
        ChannelKind::Email => 0,
        ChannelKind::Sms => 1,
        ChannelKind::Phone => 2,
        ChannelKind::Link => 3,
        ChannelKind::Whatsapp => 4,
    });
    channels
}

async fn widget_file(headers: HeaderMap, Path(file): Path<String>) -> Response {
    // The pinned file is the same for every site, so that its hash can stand in a page.
    let pinned = file == concat!(env!("CARGO_PKG_VERSION"), ".js");
    let name = if pinned { "widget/whole.js".to_owned() } else { format!("widget/{file}") };
    match Files::get(&name) {
        Some(found) => asset(&headers, &name, found.data.into_owned(), FOR_EVER),
        None if let Some(found) = successor(&file).and_then(|name| Files::get(&name)) => {
            asset(&headers, &name, found.data.into_owned(), NEVER)
        }
        None if is_release(&file) => {
            (StatusCode::GONE, "this release of the widget is no longer served\n").into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// What stands in for a part of another release: browsers keep a launcher for a day, and it asks for its own release's parts.
/// They may meet: what launcher and panel know of each other only grows.
fn successor(file: &str) -> Option<String> {
    let (part, _) = file.split_once('-')?;
    let prefix = format!("widget/{part}-");
    Files::iter().find(|name| name.starts_with(&prefix)).map(Into::into)
}

/// Whether `file` reads like `1.2.3.js`, the pinned widget of some release.
fn is_release(file: &str) -> bool {
    file.strip_suffix(".js").is_some_and(|release| {
        release.split('.').count() == 3 && release.split('.').all(|part| part.parse::<u32>().is_ok())
    })
}

async fn demo_page(headers: HeaderMap) -> Response {
    demo("index.html", &headers)
}

async fn demo_file(headers: HeaderMap, uri: Uri, Path(file): Path<String>) -> Response {
    if staff::is_link(&uri) {
        return staff::link_page();
    }
    demo(&file, &headers)
}

fn demo(file: &str, headers: &HeaderMap) -> Response {
    let Some(found) = Files::get(file) else { return StatusCode::NOT_FOUND.into_response() };
    let mut response = asset(headers, file, found.data.into_owned(), SHORT);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(DEMO_POLICY));
    response
}

/// A file with what caches and strict pages need: its tag, its age, and leave to be used across origins.
fn asset(headers: &HeaderMap, name: &str, bytes: Vec<u8>, cache: &'static str) -> Response {
    let tag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(&Sha256::digest(&bytes)[..16]));
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let unchanged = known.is_some_and(|known| known.split(',').any(|one| one.trim().trim_start_matches("W/") == tag));
    let common = [
        (header::ETAG, tag),
        (header::CACHE_CONTROL, cache.to_owned()),
        (header::CONTENT_TYPE, content_type(name).to_owned()),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*".to_owned()),
        (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin".to_owned()),
    ];
    if unchanged { (StatusCode::NOT_MODIFIED, common).into_response() } else { (common, bytes).into_response() }
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("html") => "text/html; charset=utf-8",
        Some("json" | "map") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("webp") => "image/webp",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("ico") => "image/x-icon",
        _ => "text/plain; charset=utf-8",
    }
}
