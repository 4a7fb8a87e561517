//! When a request is made again because the caller asked for retries (RFC 9110 9.2.2, 10.2.3).

use std::time::Duration;

use super::{
    error::{Class, Result},
    fields::Fields,
    policy::Policy,
    request::Request,
    response::Response,
};

/// How often a request is made, at most.
pub fn attempts(request: &Request, policy: &Policy) -> u64 {
    if !request.is_idempotent() && policy.retries_idempotent_only {
        return 1;
    }
    let repeats_unasked = !policy.accepts_failure && request.is_idempotent();
    let unasked = u64::from(repeats_unasked && request.treatment.retry == 0);
    let surplus = if request.treatment.retry > 0 { policy.surplus_retries } else { 0 };
    1 + request.treatment.retry + surplus + unasked
}

/// Lost connections, and 503, which says itself that it will pass (RFC 9110 15.6.4).
pub fn is_worth_repeating(request: &Request, response: &Result<Response>) -> bool {
    let asked = request.treatment.retry > 0;
    match response {
        Ok(response) if asked => response.status == 503,
        Ok(response) => response.status >= 500,
        Err(error) => asked && (error.class.is_lost() || error.class == Class::Refused),
    }
}

/// How long a server asked to be left alone (RFC 9110 10.2.3), where it said so in seconds.
pub fn retry_after(fields: &Fields) -> Option<Duration> {
    let value = std::str::from_utf8(fields.first("retry-after")?).ok()?;
    value.parse().ok().map(Duration::from_secs)
}
