//! Routes about caches and validators, and the one that says what it is told to.

use axum::response::Response;
use http::{HeaderName, HeaderValue, StatusCode, header};

use super::{
    asked::{Asked, by_name},
    dynamic, inspect, json,
    reply::{self, Refused},
    routes::{Path, number},
    status,
};

/// `/cache`: 304 to any conditional request.
pub(super) async fn cache(asked: Asked) -> Response {
    let given = |name| asked.field(name).is_some_and(|value| !value.is_empty());
    if given("if-modified-since") || given("if-none-match") {
        return status::of(StatusCode::NOT_MODIFIED);
    }
    let response = inspect::get(asked).await;
    let now = httpdate::fmt_http_date(std::time::SystemTime::now());
    let response = reply::with(response, header::LAST_MODIFIED, &now);
    reply::with(response, header::ETAG, &dynamic::random_hex())
}

/// `/cache/N`
pub(super) async fn cache_for(asked: Asked, Path(seconds): Path<String>) -> Result<Response, Refused> {
    let value = format!("public, max-age={}", number(&seconds)?);
    Ok(reply::with(inspect::get(asked).await, header::CACHE_CONTROL, &value))
}

/// `/etag/E`
pub(super) async fn etag(asked: Asked, Path(etag): Path<String>) -> Response {
    let members = |name| asked.field(name).map(|value| entity_tags(&value)).unwrap_or_default();
    let (none_match, matching) = (members("if-none-match"), members("if-match"));
    let has = |tags: &[String]| tags.iter().any(|tag| *tag == etag || tag == "*");
    if has(&none_match) {
        return reply::with(status::of(StatusCode::NOT_MODIFIED), header::ETAG, &etag);
    }
    if none_match.is_empty() && !matching.is_empty() && !has(&matching) {
        return status::of(StatusCode::PRECONDITION_FAILED);
    }
    reply::with(inspect::get(asked).await, header::ETAG, &etag)
}

/// The members of a list of entity tags, without quotes and without `W/`.
fn entity_tags(value: &str) -> Vec<String> {
    let bare = |tag: &str| {
        let tag = tag.trim();
        tag.strip_prefix("W/").unwrap_or(tag).trim_matches('"').to_owned()
    };
    value.split(',').map(bare).collect()
}

/// `/response-headers`: the parameters as fields, and all fields as JSON.
pub(super) async fn response_headers(asked: Asked) -> Response {
    let framing = ["content-length", "transfer-encoding", "connection"];
    let mut fields: Vec<(HeaderName, String, HeaderValue)> = Vec::new();
    for (name, value) in asked.args() {
        let parsed = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value.as_bytes()));
        let (Ok(parsed), Ok(line)) = parsed else {
            return reply::bad_request(&format!("`{name}` cannot be a field with that value"));
        };
        if !framing.contains(&parsed.as_str()) {
            fields.push((parsed, name, line));
        }
    }
    let told = told(&fields);
    let mut response = reply::typed("application/json", told);
    for (name, _, value) in fields {
        response.headers_mut().append(name, value);
    }
    response
}

/// The fields as JSON. The length of it is one of them, so it is written until that is right.
fn told(fields: &[(HeaderName, String, HeaderValue)]) -> Vec<u8> {
    let mut length = 0;
    loop {
        let given = fields.iter().map(|(name, spelled, value)| {
            // Those of ours bear our names.
            let spelled = if *name == header::CONTENT_TYPE { "Content-Type" } else { spelled };
            (spelled.to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        });
        let ours = [("Content-Length", length.to_string()), ("Content-Type", "application/json".to_owned())];
        let all = ours.into_iter().map(|(name, value)| (name.to_owned(), value)).chain(given);
        let told = json::pretty(by_name(all));
        if told.len() == length {
            return told;
        }
        length = told.len();
    }
}
