//! The pages' own script and style, named by what is in them, so that a browser loads each once.

use std::sync::LazyLock;

use axum::Router;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

use crate::http::Shared;

/// Built by `npm run build` in `widget/`.
#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../static/staff"]
struct Files;

/// What a tab and a phone's home screen show.
const ICON: &str = include_str!("../../../templates/staff/icon.svg");

const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// Where the pages find them.
pub(super) struct Assets {
    pub script: String,
    pub style: String,
}

pub(super) static ASSETS: LazyLock<Assets> =
    LazyLock::new(|| Assets { script: address("app.js"), style: address("app.css") });

fn address(name: &str) -> String {
    let file = Files::get(name).map(|file| file.data).unwrap_or_default();
    let tag = URL_SAFE_NO_PAD.encode(&Sha256::digest(&file)[..9]);
    format!("/staff/assets/{tag}/{name}")
}

pub(super) fn router() -> Router<Shared> {
    Router::new().route("/staff/assets/{tag}/{name}", get(asset))
}

async fn asset(Path((_, name)): Path<(String, String)>) -> Response {
    if name == "icon.svg" {
        return ([(header::CONTENT_TYPE, "image/svg+xml"), (header::CACHE_CONTROL, FOR_EVER)], ICON).into_response();
    }
    let kind = match name.rsplit('.').next() {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    match Files::get(&name) {
        Some(file) => {
            ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, FOR_EVER)], file.data.into_owned()).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
