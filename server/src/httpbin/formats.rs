//! Routes of fixed content, in formats and codings.

use std::io::{Cursor, Read as _};

use axum::response::Response;
use http::{StatusCode, header};
use serde_json::{Value, json};

use super::{asked::Asked, json as text, reply, routes::Path, status};
use crate::{content::coded, script::Coding};

// Pictures of our own: a disc of 20 pixels on a square of 32, drawn once and written in each format.
const PNG: &[u8] = include_bytes!("images/disc.png");
const JPEG: &[u8] = include_bytes!("images/disc.jpeg");
const WEBP: &[u8] = include_bytes!("images/disc.webp");
const SVG: &[u8] = include_bytes!("images/disc.svg");

/// `/gzip`
pub(super) async fn gzip(asked: Asked) -> Response {
    coded_told(&asked, "gzipped", Coding::Gzip, "gzip")
}

/// `/deflate`: in the zlib format, as the name means (RFC 9110 8.4.1.2).
pub(super) async fn deflate(asked: Asked) -> Response {
    coded_told(&asked, "deflated", Coding::Deflate, "deflate")
}

/// `/brotli`
pub(super) async fn brotli(asked: Asked) -> Response {
    coded_told(&asked, "brotli", Coding::Br, "br")
}

/// `/zstd`
pub(super) async fn zstd(asked: Asked) -> Response {
    coded_told(&asked, "zstd", Coding::Zstd, "zstd")
}

fn coded_told(asked: &Asked, flag: &str, coding: Coding, name: &str) -> Response {
    let mut told = json!({
        "origin": asked.origin(),
        "headers": asked.headers(),
        "method": asked.method.as_str(),
    });
    told[flag] = Value::Bool(true);
    let plain = Cursor::new(text::pretty(told));
    let mut bytes = Vec::new();
    let made = coded(coding, Box::new(plain))
        .map_err(|error| error.to_string())
        .and_then(|mut reader| reader.read_to_end(&mut bytes).map_err(|error| error.to_string()));
    match made {
        Ok(_) => reply::with(reply::typed("application/json", bytes), header::CONTENT_ENCODING, name),
        Err(error) => reply::text(StatusCode::INTERNAL_SERVER_ERROR, error),
    }
}

/// `/image`, in the format that `Accept` names.
pub(super) async fn image(asked: Asked) -> Response {
    let Some(accept) = asked.field("accept") else { return image_as("png") };
    let accept = accept.to_ascii_lowercase();
    let has = |media_type| accept.contains(media_type);
    match () {
        () if has("image/webp") => image_as("webp"),
        () if has("image/svg+xml") => image_as("svg"),
        () if has("image/jpeg") => image_as("jpeg"),
        () if has("image/png") || has("image/*") => image_as("png"),
        () => status::of(StatusCode::NOT_ACCEPTABLE),
    }
}

/// `/image/png` and its like.
pub(super) async fn image_of(Path(kind): Path<String>) -> Response {
    image_as(&kind)
}

fn image_as(kind: &str) -> Response {
    match kind {
        "png" => reply::typed("image/png", PNG),
        "jpeg" => reply::typed("image/jpeg", JPEG),
        "webp" => reply::typed("image/webp", WEBP),
        "svg" => reply::typed("image/svg+xml", SVG),
        _ => reply::not_found(),
    }
}

/// `/json`
pub(super) async fn json() -> Response {
    reply::json(json!({
        "slideshow": {
            "author": "Yours Truly",
            "date": "date of publication",
            "slides": [
                { "title": "Wake up to WonderWidgets!", "type": "all" },
                {
                    "items": ["Why <em>WonderWidgets</em> are great", "Who <em>buys</em> WonderWidgets"],
                    "title": "Overview",
                    "type": "all",
                },
            ],
            "title": "Sample Slide Show",
        }
    }))
}

/// `/xml`
pub(super) async fn xml() -> Response {
    reply::typed("application/xml", include_str!("pages/slideshow.xml"))
}

/// `/html`
pub(super) async fn page() -> Response {
    reply::html(include_str!("pages/moby-dick.html"))
}

/// `/encoding/utf8`
pub(super) async fn utf8() -> Response {
    reply::html(include_str!("pages/utf8.html"))
}

/// `/forms/post`
pub(super) async fn form() -> Response {
    reply::html(include_str!("pages/form.html"))
}

/// `/robots.txt`
pub(super) async fn robots() -> Response {
    reply::typed("text/plain", "User-agent: *\nDisallow: /deny\n")
}

/// `/deny`
pub(super) async fn deny() -> Response {
    reply::typed("text/plain", include_str!("pages/deny.txt"))
}

/// `/`: what routes there are.
pub(super) fn index(routes: &[(&str, &str)]) -> String {
    let mut routes = routes.to_vec();
    routes.sort_unstable();
    let row = |(path, methods): &(&str, &str)| {
        let path =
            if path.contains('{') { reply::escaped(path) } else { format!("<a href=\"{path}\">{path}</a>") };
        format!("<tr><td>{path}</td><td>{methods}</td></tr>\n")
    };
    let rows: String = routes.iter().map(row).collect();
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>Wireproof</title></head>\n<body>\n\
         <h1>Wireproof serves the routes of httpbin</h1>\n<table>\n<tr><th>path</th><th>methods</th></tr>\n{rows}\
         </table>\n</body>\n</html>\n"
    )
}
