//! Replies in few words.

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde_json::Value;

use super::json;

/// What content is unless it says otherwise.
pub(super) const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");

/// 200 with JSON, keys sorted.
pub(super) fn json(value: Value) -> Response {
    typed("application/json", json::pretty(value))
}

/// 200 with content of a type.
pub(super) fn typed(media_type: &'static str, content: impl Into<Bytes>) -> Response {
    let mut response = with_room(Body::from(content.into()));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}

/// With room for the fields that every answer has, which costs less than to grow for them.
fn with_room(body: Body) -> Response {
    let mut response = Response::new(body);
    *response.headers_mut() = HeaderMap::with_capacity(8);
    response
}

/// 200 with HTML.
pub(super) fn html(text: impl Into<Bytes>) -> Response {
    typed("text/html; charset=utf-8", text)
}

/// A status and a line for people.
pub(super) fn text(status: StatusCode, text: impl Into<Bytes>) -> Response {
    of(status, typed("text/plain; charset=utf-8", text))
}

fn of(status: StatusCode, mut response: Response) -> Response {
    *response.status_mut() = status;
    response
}

/// A status, nothing in it, of the type that everything has.
pub(super) fn empty(status: StatusCode) -> Response {
    let mut response = bare(status);
    response.headers_mut().insert(header::CONTENT_TYPE, HTML);
    response
}

/// A status and nothing else.
pub(super) fn bare(status: StatusCode) -> Response {
    let mut response = with_room(Body::empty());
    *response.status_mut() = status;
    response
}

/// A redirect with an empty body; 400 where the location cannot stand in a field.
pub(super) fn redirect(status: StatusCode, location: &str) -> Response {
    with(empty(status), header::LOCATION, location)
}

/// A redirect with a page that says so.
pub(super) fn redirect_page(location: &str) -> Response {
    let shown = escaped(location);
    let page = format!(
        "<!doctype html>\n<html lang=en>\n<title>Redirecting...</title>\n<h1>Redirecting...</h1>\n\
         <p>Go on to <a href=\"{shown}\">{shown}</a>.</p>\n"
    );
    with(of(StatusCode::FOUND, html(page)), header::LOCATION, location)
}

/// Adds a field line; 400 where the value cannot stand in one.
pub(super) fn with(mut response: Response, name: HeaderName, value: &str) -> Response {
    match HeaderValue::from_bytes(value.as_bytes()) {
        Ok(value) => {
            response.headers_mut().append(name, value);
            response
        }
        Err(_) => bad_request(&format!("a value of {name} has characters that cannot stand in a field")),
    }
}

/// 400 and why.
pub(super) fn bad_request(why: &str) -> Response {
    page(StatusCode::BAD_REQUEST, why)
}

/// Why a route does not answer as it would.
#[derive(Debug)]
pub(super) enum Refused {
    /// 404.
    NotFound,
    /// 400 and why.
    Nonsense(String),
    /// By this reply.
    By(Box<Response>),
}

impl Refused {
    pub(super) fn by(response: Response) -> Self {
        Self::By(Box::new(response))
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Self::NotFound => not_found(),
            Self::Nonsense(why) => bad_request(&why),
            Self::By(response) => *response,
        }
    }
}

/// 404.
pub(super) fn not_found() -> Response {
    page(StatusCode::NOT_FOUND, "There is nothing here: / lists what there is.")
}

/// 405 with the methods that are allowed.
pub(super) fn not_allowed(methods: &'static str) -> Response {
    let mut response = page(StatusCode::METHOD_NOT_ALLOWED, "The method is not allowed for this URL.");
    allow(response.headers_mut(), methods);
    response
}

/// What the methods are.
pub(super) fn options(methods: &'static str) -> Response {
    let mut response = empty(StatusCode::OK);
    allow(response.headers_mut(), methods);
    response
}

fn allow(fields: &mut HeaderMap, methods: &'static str) {
    fields.insert(header::ALLOW, HeaderValue::from_static(methods));
}

fn page(status: StatusCode, why: &str) -> Response {
    let title = status.canonical_reason().unwrap_or_default();
    let why = escaped(why);
    let code = status.as_u16();
    of(
        status,
        html(format!(
            "<!doctype html>\n<html lang=en>\n<title>{code} {title}</title>\n<h1>{title}</h1>\n<p>{why}</p>\n"
        )),
    )
}

/// Text as it may stand in HTML, also in an attribute.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}
