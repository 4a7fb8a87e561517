//! `/status/N`

use axum::response::Response;
use http::{HeaderName, StatusCode, header};
use serde_json::json as value;

use super::{json, reply, routes::Path};

const TEAPOT: &str = r"
    -=[ teapot ]=-

          __
        _(__)_    _
    __ /      \__//
   (  |        |_/
    \_|        |
       \______/
";

/// One of these statuses, each as likely as its weight has it: `200`, `200,500`, `200:3,500:1`.
pub(super) async fn status(Path(codes): Path<String>) -> Response {
    if let Some(code) = code(&codes) {
        return of(code);
    }
    match codes.split(',').map(weighted).collect::<Option<Vec<_>>>() {
        Some(choices) => chosen(&choices).map_or_else(invalid, of),
        None => invalid(),
    }
}

fn invalid() -> Response {
    reply::text(StatusCode::BAD_REQUEST, "Invalid status code")
}

/// A final status.
fn code(text: &str) -> Option<StatusCode> {
    let digits = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_digit());
    let code = digits.then(|| StatusCode::from_bytes(text.as_bytes()).ok()).flatten()?;
    (!code.is_informational()).then_some(code)
}

fn weighted(choice: &str) -> Option<(StatusCode, f64)> {
    let (status, weight) = choice.split_once(':').unwrap_or((choice, "1"));
    let weight: f64 = weight.trim().parse().ok()?;
    (weight.is_finite() && weight >= 0.0).then_some((code(status.trim())?, weight))
}

/// `None` where all weights are 0.
fn chosen(choices: &[(StatusCode, f64)]) -> Option<StatusCode> {
    let total: f64 = choices.iter().map(|(_, weight)| weight).sum();
    let mut left = fastrand::f64() * total;
    let mut possible = choices.iter().filter(|(_, weight)| *weight > 0.0).peekable();
    while let Some((code, weight)) = possible.next() {
        left -= weight;
        if left < 0.0 || possible.peek().is_none() {
            return Some(*code);
        }
    }
    None
}

/// A reply of this status, with the fields that belong to it.
pub(super) fn of(status: StatusCode) -> Response {
    const MORE_INFO: HeaderName = HeaderName::from_static("x-more-info");
    let bare = || reply::bare(status);
    match status.as_u16() {
        301 | 302 | 303 | 305 | 307 => reply::with(bare(), header::LOCATION, "/redirect/1"),
        401 => reply::with(bare(), header::WWW_AUTHENTICATE, CHALLENGE),
        407 => reply::with(bare(), header::PROXY_AUTHENTICATE, CHALLENGE),
        402 => {
            let mut response = reply::text(status, "Pay me!");
            response.headers_mut().remove(header::CONTENT_TYPE);
            reply::with(response, MORE_INFO, "https://www.rfc-editor.org/rfc/rfc9110#status.402")
        }
        406 => {
            let told = value!({
                "message": "Client did not request a supported media type.",
                "accept": ["image/webp", "image/svg+xml", "image/jpeg", "image/png", "image/*"],
            });
            let mut response = reply::typed("application/json", json::line(&told));
            *response.status_mut() = status;
            response
        }
        418 => {
            let mut response = reply::text(status, TEAPOT);
            response.headers_mut().remove(header::CONTENT_TYPE);
            reply::with(response, MORE_INFO, "https://www.rfc-editor.org/rfc/rfc2324")
        }
        304 => bare(),
        _ => reply::empty(status),
    }
}

/// What asks for credentials.
pub(super) const CHALLENGE: &str = "Basic realm=\"Fake Realm\"";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights() {
        let of = |text: &str| text.split(',').map(weighted).collect::<Option<Vec<_>>>();
        assert_eq!(
            of("200:3,500"),
            Some(vec![(StatusCode::OK, 3.0), (StatusCode::INTERNAL_SERVER_ERROR, 1.0)])
        );
        for wrong in ["", "200:", "200:-1", "200:nan", "100", "1000", "200;3", "+20"] {
            assert_eq!(of(wrong), None, "{wrong}");
        }
        for _ in 0..50 {
            let choices = of("200:0,201:1,202:0").unwrap();
            assert_eq!(chosen(&choices), Some(StatusCode::CREATED));
        }
        assert_eq!(chosen(&of("200:0").unwrap()), None);
    }
}
