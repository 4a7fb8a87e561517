//! Routes that lead elsewhere.

use axum::response::Response;
use http::StatusCode;

use super::{
    asked::Asked,
    reply::{self, Refused},
    routes::{Path, number},
};

/// `/redirect/N`: relative, or with `?absolute=true` absolute ones.
pub(super) async fn redirect(asked: Asked, Path(n): Path<String>) -> Result<Response, Refused> {
    let absolute = asked.args().into_iter().find(|(name, _)| name == "absolute");
    if absolute.is_some_and(|(_, value)| value.eq_ignore_ascii_case("true")) {
        return left(&n, |n| reply::redirect_page(&asked.url_of(&next("absolute", n))));
    }
    left(&n, |n| reply::redirect_page(&next("relative", n)))
}

/// `/relative-redirect/N`
pub(super) async fn relative(Path(n): Path<String>) -> Result<Response, Refused> {
    left(&n, |n| reply::redirect(StatusCode::FOUND, &next("relative", n)))
}

/// `/absolute-redirect/N`
pub(super) async fn absolute(asked: Asked, Path(n): Path<String>) -> Result<Response, Refused> {
    left(&n, |n| reply::redirect_page(&asked.url_of(&next("absolute", n))))
}

/// The path that comes after the one with so many redirects left.
fn next(kind: &str, n: u64) -> String {
    if n == 1 { "/get".to_owned() } else { format!("/{kind}-redirect/{}", n - 1) }
}

fn left(n: &str, redirect: impl FnOnce(u64) -> Response) -> Result<Response, Refused> {
    match number(n)? {
        0 => Err(Refused::Nonsense("at least one redirect is needed".to_owned())),
        n => Ok(redirect(n)),
    }
}

/// `/redirect-to`: with `url`, and `status_code` from 300 to 399.
pub(super) async fn to(asked: Asked) -> Response {
    let Some(url) = asked.arg("url") else {
        return reply::bad_request("the parameter `url` is missing");
    };
    let status = match asked.arg("status_code").map(|code| code.parse::<u16>()) {
        None => StatusCode::FOUND,
        Some(Err(_)) => return reply::bad_request("the parameter `status_code` is no number"),
        Some(Ok(code)) => {
            StatusCode::from_u16(code).ok().filter(StatusCode::is_redirection).unwrap_or(StatusCode::FOUND)
        }
    };
    reply::redirect(status, &url)
}
