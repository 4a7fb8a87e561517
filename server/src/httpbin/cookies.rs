//! Routes that show, set and delete cookies.

use axum::response::Response;
use http::header;
use serde_json::{Map, Value, json};

use super::{asked::Asked, reply, routes::Path};

/// What the analytics of the public httpbin set. It is shown only where `show_env` is among the parameters.
const HIDDEN: [&str; 8] = [
    "_gauges_unique",
    "_gauges_unique_year",
    "_gauges_unique_month",
    "_gauges_unique_day",
    "_gauges_unique_hour",
    "__utmz",
    "__utma",
    "__utmb",
];

/// `/cookies`
pub(super) async fn shown(asked: Asked) -> Response {
    let shows_all = asked.has_arg("show_env");
    let shown = asked.cookies().into_iter().filter(|(name, _)| shows_all || !HIDDEN.contains(&name.as_str()));
    let cookies: Map<String, Value> = shown.map(|(name, value)| (name, value.into())).collect();
    reply::json(json!({ "cookies": cookies }))
}

/// `/cookies/set`
pub(super) async fn set(asked: Asked) -> Response {
    first_of_each(&asked).into_iter().fold(reply::redirect_page("/cookies"), |response, (name, value)| {
        with_cookie(response, &name, &value)
    })
}

/// `/cookies/set/N/V`
pub(super) async fn set_one(Path((name, value)): Path<(String, String)>) -> Response {
    with_cookie(reply::redirect_page("/cookies"), &name, &value)
}

/// `/cookies/delete`
pub(super) async fn delete(asked: Asked) -> Response {
    first_of_each(&asked).into_iter().fold(reply::redirect_page("/cookies"), |response, (name, _)| {
        let line = format!("{name}=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/");
        if is_name(&name) { reply::with(response, header::SET_COOKIE, &line) } else { refused() }
    })
}

/// Adds a cookie for the whole site; 400 where it cannot bear the name.
pub(super) fn with_cookie(response: Response, name: &str, value: &str) -> Response {
    if !is_name(name) {
        return refused();
    }
    reply::with(response, header::SET_COOKIE, &format!("{name}={}; Path=/", quoted(value)))
}

fn refused() -> Response {
    reply::bad_request("a cookie cannot have that name")
}

/// A token (RFC 6265 4.1.1).
fn is_name(name: &str) -> bool {
    let special = |byte| b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || special(byte))
}

/// In double quotes, others than cookie octets as octal escapes, where there are such.
fn quoted(value: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_graphic() && !b"\",;\\".contains(&byte);
    if value.bytes().all(plain) {
        return value.to_owned();
    }
    let quoted: String = value
        .bytes()
        .map(|byte| match byte {
            b'"' | b'\\' => format!("\\{}", char::from(byte)),
            b' ' => " ".to_owned(),
            byte if plain(byte) => char::from(byte).to_string(),
            byte => format!("\\{byte:03o}"),
        })
        .collect();
    format!("\"{quoted}\"")
}

fn first_of_each(asked: &Asked) -> Vec<(String, String)> {
    let mut first: Vec<(String, String)> = Vec::new();
    for (name, value) in asked.args() {
        if !first.iter().any(|(known, _)| *known == name) {
            first.push((name, value));
        }
    }
    first
}
