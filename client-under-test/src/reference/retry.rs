//! When a request is made again because the caller asked for retries (RFC 9110 9.2.2, 10.2.3).

use std::time::{Duration, SystemTime};

use super::{
    error::{Class, Result},
    fields::Fields,
    policy::Policy,
    request::Request,
    response::Response,
};

/// How often a request is made, at most.
pub fn attempts(request: &Request, policy: &Policy) -> u64 {
    if !request.is_idempotent(policy) && policy.retries_idempotent_only {
        return 1;
    }
    let repeats_unasked = !policy.accepts_failure && request.is_idempotent(policy);
    let unasked = u64::from(repeats_unasked && request.treatment.retry == 0);
    let surplus = if request.treatment.retry > 0 { policy.surplus_retries } else { 0 };
    1 + request.treatment.retry + surplus + unasked
}

/// Lost connections, and 503, which says itself that it will pass (RFC 9110 15.6.4).
pub fn is_worth_repeating(request: &Request, response: &Result<Response>, policy: &Policy) -> bool {
    let asked = request.treatment.retry > 0;
    match response {
        Ok(response) if asked => {
            response.status == 503 && policy.retries_unavailable
                || !policy.retries_unavailable_only && response.status >= 400
        }
        Ok(response) => response.status >= 500,
        Err(error) => asked && (error.class.is_lost() || error.class == Class::Refused),
    }
}

/// Whether all of the content can go out once more.
pub fn may_be_sent_again(request: &Request, policy: &Policy) -> bool {
    request.content.rewind() || !policy.keeps_used_up_content_back
}

/// How long a server asked to be left alone (RFC 9110 10.2.3): so many seconds, or until a date. What is
/// neither says nothing.
pub fn retry_after(fields: &Fields, policy: &Policy) -> Option<Duration> {
    let value = std::str::from_utf8(fields.first("retry-after")?).ok()?;
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let is_read =
        policy.reads_obsolete_dates || value.ends_with("GMT") && value.as_bytes().get(3) == Some(&b',');
    let date = httpdate::parse_http_date(value).ok().filter(|_| policy.reads_retry_after_dates && is_read)?;
    // A date that has passed asks for nothing.
    Some(date.duration_since(SystemTime::now()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_dates_are_read() {
        let wait = |value: &str| {
            let fields = Fields(vec![("Retry-After".to_owned(), value.as_bytes().to_vec())]);
            retry_after(&fields, &Policy::default())
        };
        assert_eq!(wait("7"), Some(Duration::from_secs(7)));
        for past in
            ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
        {
            assert_eq!(wait(past), Some(Duration::ZERO), "{past}");
        }
        let minute = httpdate::fmt_http_date(SystemTime::now() + Duration::from_mins(1));
        assert!(wait(&minute).is_some_and(|wait| (50..=60).contains(&wait.as_secs())), "{minute}");
        for nothing in ["soon", "-1", "1.5", "Sun, 06 Nov 1994"] {
            assert_eq!(wait(nothing), None, "{nothing}");
        }
    }
}
