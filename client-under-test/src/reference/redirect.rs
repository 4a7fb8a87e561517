//! Redirects (RFC 9110 15.4): which are followed, where to, and what the next request still carries.

use std::sync::Arc;

use super::{
    error::{Class, Error, Phase, Result},
    opener::{Handler, Opener, Verdict},
    policy::Policy,
    request::{Content, Request},
    response::{Hop, Response},
    session::Session,
};

/// Follows redirects.
pub struct RedirectHandler {
    /// Whose policy decides.
    pub session: Arc<Session>,
}

impl Handler for RedirectHandler {
    fn name(&self) -> &'static str {
        "HTTPRedirectHandler"
    }

    fn error(&self, request: &Request, mut response: Response, opener: &Opener) -> Result<Verdict> {
        let policy = &self.session.policy;
        let declined = |response| Ok(Verdict::Declined(Box::new(response)));
        let switched_off = !request.treatment.redirects && policy.obeys_redirect_switch;
        if switched_off || !policy.redirect_statuses.contains(&response.status) {
            return declined(response);
        }
        let location = match response.fields.first("location") {
            Some(location) if !location.is_empty() || policy.hands_over_without_location => location.to_vec(),
            None if policy.hands_over_without_location => return declined(response),
            _ => {
                return Err(Error::new(Class::BadRedirect, Phase::Head, "HTTPError", "Location is missing"));
            }
        };
        if !policy.takes_first_location && response.fields.all("location").any(|other| other != location) {
            return Err(Error::new(Class::BadRedirect, Phase::Head, "HTTPError", "Locations that differ"));
        }
        let hop = Hop { status: response.status, url: request.url.clone(), fields: response.fields.clone() };
        let next = redirect_request(request, response.status, &location, policy)?;
        if !next.content.rewind() && policy.keeps_used_up_content_back {
            return declined(response);
        }
        check_limit(request, policy)?;
        if !policy.drops_redirects_undecoded {
            response.read_to_end()?;
        }
        response.drop_content();
        let mut next = Request { history: request.history.clone(), ..next };
        next.history.push(hop);
        if !policy.total_timeout_covers_hops {
            next.timers.restart_total();
        }
        opener.open(next).map(|response| Verdict::Handled(Box::new(response)))
    }
}

fn check_limit(request: &Request, policy: &Policy) -> Result<()> {
    let asked = request.treatment.max_redirects.filter(|_| policy.obeys_max_redirects);
    let limit = asked.unwrap_or(policy.redirect_limit);
    if (request.history.len() as u64) < limit {
        return Ok(());
    }
    let text = format!("{}: gave up after {limit} redirects", request.url.host_and_port());
    Err(Error::new(Class::TooManyRedirects, Phase::Head, "HTTPError", text))
}

/// The request that a redirect leads to: `HTTPRedirectHandler.redirect_request`.
///
/// # Errors
/// `bad-redirect` where Location is no URL of http or https.
pub fn redirect_request(request: &Request, status: u16, location: &[u8], policy: &Policy) -> Result<Request> {
    let url = match request.url.join(location, policy) {
        Ok(url) => url,
        // A client that follows any scheme asks the same host for the path.
        Err(_) if !policy.follows_http_only => request.url.join(b"/", policy)?,
        Err(error) => return Err(error),
    };
    let mut next = Request { unredirected: Vec::new(), target: None, proxy: None, ..request.clone() };
    next.challenges = 0;
    let (method, keeps_content) = next_method(&request.method, status, policy);
    next.method = method;
    if !keeps_content {
        next.content = Content::Nothing;
        next.trailers.clear();
        if policy.drops_content_fields {
            next.content_type = None;
            next.fields.retain(|(name, _)| !is_content_field(name));
        }
    }
    let origin_kept = same_origin(&request.url, &url, policy);
    if !origin_kept || !policy.keeps_credentials_at_origin {
        next.fields.retain(|(name, _)| !is_credential(name, policy));
    }
    let keeps_host = request.url.same_origin(&url) && policy.keeps_own_host_at_origin;
    if !keeps_host && policy.renews_host {
        next.fields.retain(|(name, _)| !name.eq_ignore_ascii_case("host"));
    }
    if !policy.keeps_range_across_redirects {
        next.fields.retain(|(name, _)| !name.eq_ignore_ascii_case("range"));
    }
    next.url = url;
    Ok(next)
}

/// The method after a redirect, and whether the content stays.
fn next_method(method: &str, status: u16, policy: &Policy) -> (String, bool) {
    let post = method == "POST";
    let becomes_get = match status {
        303 => policy.see_other_becomes_get,
        301 => (post && policy.moved_post_becomes_get) || !policy.moved_keeps_other_methods,
        302 => (post && policy.found_post_becomes_get) || !policy.moved_keeps_other_methods,
        307 => !policy.temporary_keeps_method,
        308 => !policy.permanent_keeps_method,
        _ => false,
    };
    if method == "HEAD" {
        let head = if policy.head_stays_head { "HEAD" } else { "GET" };
        return (head.to_owned(), false);
    }
    if becomes_get {
        return ("GET".to_owned(), !policy.drops_content_with_method);
    }
    let keeps_content = match status {
        307 => policy.temporary_keeps_content,
        308 => policy.permanent_keeps_content,
        _ => true,
    };
    (method.to_owned(), keeps_content)
}

fn is_content_field(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.starts_with("content-")
        || matches!(name.as_str(), "transfer-encoding" | "trailer" | "expect" | "digest" | "last-modified")
}

fn is_credential(name: &str, policy: &Policy) -> bool {
    name.eq_ignore_ascii_case("authorization")
        || name.eq_ignore_ascii_case("proxy-authorization")
        || (name.eq_ignore_ascii_case("cookie") && policy.strips_cookie)
}

fn same_origin(one: &super::url::Url, other: &super::url::Url, policy: &Policy) -> bool {
    if !policy.strips_credentials_across_hosts {
        return true;
    }
    let same_port = one.effective_port() == other.effective_port() && one.scheme == other.scheme;
    one.host.eq_ignore_ascii_case(&other.host) && (same_port || !policy.strips_credentials_across_ports)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn posted() -> Request {
        let mut request =
            Request::new(b"http://a/form#f", &Policy::default()).unwrap().with_data(b"x=1".to_vec());
        request.add_header("Content-Language", b"en");
        request.add_header("Authorization", b"Basic dTpw");
        request.add_header("Cookie", b"a=1");
        request.add_header("X-Own", b"1");
        request
    }

    fn names(request: &Request) -> Vec<&str> {
        request.fields.iter().map(|(name, _)| name.as_str()).collect()
    }

    #[test]
    fn methods_and_content() {
        for (method, status, next, content) in [
            ("POST", 301, "GET", false),
            ("POST", 302, "GET", false),
            ("POST", 303, "GET", false),
            ("POST", 307, "POST", true),
            ("POST", 308, "POST", true),
            ("PUT", 301, "PUT", true),
            ("PUT", 302, "PUT", true),
            ("PUT", 303, "GET", false),
            ("DELETE", 303, "GET", false),
            ("HEAD", 303, "HEAD", false),
            ("GET", 307, "GET", true),
        ] {
            assert_eq!(
                next_method(method, status, &Policy::default()),
                (next.to_owned(), content),
                "{method} {status}"
            );
        }
    }

    #[test]
    fn content_fields_go_with_the_content() {
        let next = redirect_request(&posted(), 303, b"/done", &Policy::default()).unwrap();
        assert_eq!(names(&next), ["Authorization", "Cookie", "X-Own"]);
        assert!(next.content.is_nothing() && next.content_type.is_none());
        assert_eq!(next.url.to_string(), "http://a/done#f");
    }

    #[test]
    fn credentials_stay_with_their_origin() {
        for location in ["http://b/", "http://a:81/", "https://a/", "//b/"] {
            let next = redirect_request(&posted(), 307, location.as_bytes(), &Policy::default()).unwrap();
            assert_eq!(names(&next), ["Content-Language", "X-Own"], "{location}");
        }
        let same = redirect_request(&posted(), 307, b"http://A:80/x", &Policy::default()).unwrap();
        assert!(names(&same).contains(&"Authorization"));
    }

    #[test]
    fn other_schemes_are_not_followed() {
        for location in ["file:///etc/passwd", "ftp://a/", "javascript:alert(1)", "http://"] {
            let error =
                redirect_request(&posted(), 302, location.as_bytes(), &Policy::default()).unwrap_err();
            assert_eq!(error.class, Class::BadRedirect, "{location}");
        }
    }
}
