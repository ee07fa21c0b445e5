//! The web app's files: inside a release binary, read from `client-ts/web/dist` by a debug one.

use std::borrow::Cow;

use bytes::Bytes;
use rust_embed::Embed;

/// The first page of the web app.
pub const INDEX: &str = "index.html";
/// Files in this directory have a hash of their content in their names.
const HASHED: &str = "assets/";

#[derive(Embed)]
#[folder = "../client-ts/web/dist"]
#[allow_missing = true]
struct Dist;

/// One file of the web app.
#[derive(Clone, Debug)]
pub struct Asset {
    /// What is in it.
    pub bytes: Bytes,
    /// Its media type.
    pub content_type: &'static str,
    /// SHA-256 of what is in it, in hexadecimal digits.
    pub hash: String,
    /// Another content has another name.
    pub is_immutable: bool,
}

/// The file with this path; `None` if there is none, or the web app was not built.
pub fn file(path: &str) -> Option<Asset> {
    let file = Dist::get(path)?;
    let bytes = match file.data {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => bytes.into(),
    };
    let hash = file.metadata.sha256_hash().iter().map(|byte| format!("{byte:02x}")).collect();
    Some(Asset { bytes, content_type: content_type(path), hash, is_immutable: path.starts_with(HASHED) })
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json" | "map") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
