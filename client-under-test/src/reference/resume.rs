//! Going on with content that broke off: the rest is asked for, and appended only if it is the rest
//! (RFC 9110 13.1.5, 14, 15.3.7.3). It is asked for by a strong tag and by nothing else: a date that could stand in
//! its place may be a weak one.

use std::sync::Arc;

use super::{
    fields::Fields, framing::content_length, policy::Policy, request::Request, response::Response,
    session::Session,
};

/// What it takes to ask for the rest of content.
#[derive(Debug)]
pub(super) struct Resumption {
    session: Arc<Session>,
    request: Request,
    /// The strong tag of what has come (RFC 9110 8.8.3).
    tag: Vec<u8>,
    /// What the rest is asked for by (RFC 9110 13.1.5).
    validator: Vec<u8>,
    /// The length of the whole, in coded octets, where it was announced.
    whole: Option<u64>,
    /// How often the rest may still be asked for.
    left: u64,
}

/// What came of asking.
#[derive(Debug)]
pub(super) enum Resumed {
    /// The rest, or a part of it that begins where it must, and how many octets it says it has.
    Rest(Box<Response>, Option<u64>),
    /// There is no rest.
    Complete,
}

impl Resumption {
    /// `None` where the content of this response will not be resumed: it was not asked for, cannot be, or must not be.
    pub(super) fn of(session: &Arc<Session>, request: &Request, response: &Response) -> Option<Self> {
        let policy = &session.policy;
        let wanted = request.treatment.retry > 0 && policy.resumes_content;
        let possible = request.method == "GET" || !policy.resumes_get_only;
        if !wanted || !possible || response.status != 200 || request.has_header("range") {
            return None;
        }
        let tag = response.fields.first("etag");
        let date = response.fields.first("last-modified");
        let dated = if tag.is_none() { !policy.resumes_by_no_weak_date } else { !policy.prefers_tag_to_date };
        let validator = date.filter(|_| dated).or(tag);
        let weak = tag.is_some_and(|tag| !is_strong(tag)) && policy.resumes_by_strong_tag_only;
        if weak || validator.is_none() && policy.resumes_by_tag_only {
            return None;
        }
        Some(Self {
            session: Arc::clone(session),
            request: request.clone(),
            tag: tag.unwrap_or_default().to_vec(),
            validator: validator.unwrap_or_default().to_vec(),
            whole: content_length(&response.fields, policy).ok().flatten(),
            left: request.treatment.retry,
        })
    }

    /// Whether so many octets are less than was announced.
    pub(super) fn is_wanting(&self, have: u64) -> bool {
        self.session.policy.notices_missing_rest && self.whole.is_some_and(|whole| have < whole)
    }

    /// Asks for what is behind so many octets. `None` where it cannot be had.
    pub(super) fn resume(&mut self, have: u64) -> Option<Resumed> {
        let policy = Arc::clone(&self.session.policy);
        while self.left > 0 {
            if policy.counts_resumptions {
                self.left -= 1;
            }
            let Ok(response) = self.session.exchange(&self.request_of_rest(have, &policy)) else { continue };
            return match response.status {
                206 if self.is_rest(&response.fields, have, &policy) => {
                    let range = ContentRange::of(&response.fields, &policy);
                    let length = range.filter(|_| policy.checks_length_of_part).map(ContentRange::length);
                    Some(Resumed::Rest(Box::new(response), length))
                }
                200 if !policy.tells_whole_from_rest => Some(Resumed::Rest(Box::new(response), None)),
                416 if length_of_whole(&response.fields) == Some(have) => Some(Resumed::Complete),
                _ => None,
            };
        }
        None
    }

    /// The fields are for this hop only; so the client's own Accept-Encoding stays what it was.
    fn request_of_rest(&self, have: u64, policy: &Policy) -> Request {
        let first = if policy.resumes_behind_last_octet { have } else { have.saturating_sub(1) };
        let mut request = self.request.clone();
        request.add_unredirected_header("Range", format!("bytes={first}-").as_bytes());
        if policy.sends_if_range && !self.validator.is_empty() {
            request.add_unredirected_header("If-Range", &self.validator);
        }
        request
    }

    fn is_rest(&mut self, fields: &Fields, have: u64, policy: &Policy) -> bool {
        if policy.checks_tag_of_part && fields.first("etag").unwrap_or_default() != self.tag {
            return false;
        }
        let Some(range) = ContentRange::of(fields, policy) else {
            return !policy.refuses_invalid_content_range;
        };
        if range.first != have && policy.checks_start_of_part {
            return false;
        }
        let differs = matches!((range.whole, self.whole), (Some(one), Some(other)) if one != other);
        if differs && policy.checks_length_of_whole {
            return false;
        }
        let announced = content_length(fields, policy).ok().flatten();
        let differs = announced.is_some_and(|announced| announced != range.length());
        if differs && policy.checks_length_of_part {
            return false;
        }
        self.whole = self.whole.or(range.whole);
        true
    }
}

fn is_strong(tag: &[u8]) -> bool {
    tag.len() >= 2 && tag.starts_with(b"\"") && tag.ends_with(b"\"")
}

/// A range of octets and the length of the whole (RFC 9110 14.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct ContentRange {
    first: u64,
    last: u64,
    whole: Option<u64>,
}

impl ContentRange {
    /// That of a response, if it has a valid one.
    fn of(fields: &Fields, policy: &Policy) -> Option<Self> {
        fields.first("content-range").and_then(|value| Self::parse(value, policy))
    }

    /// How many octets it has.
    fn length(self) -> u64 {
        (self.last - self.first).saturating_add(1)
    }

    /// `None` where it is malformed, invalid, or counted in another unit.
    fn parse(value: &[u8], policy: &Policy) -> Option<Self> {
        let text = std::str::from_utf8(value).ok()?;
        let (unit, range) = text.split_once(' ')?;
        if !unit.eq_ignore_ascii_case("bytes") && policy.checks_range_unit {
            return None;
        }
        let (range, whole) = range.split_once('/')?;
        let (first, last) = range.split_once('-')?;
        let whole = if whole == "*" { None } else { Some(number(whole)?) };
        let range = Self { first: number(first)?, last: number(last)?, whole };
        let valid = range.first <= range.last && range.whole.is_none_or(|whole| range.last < whole);
        valid.then_some(range)
    }
}

/// The length that 416 tells: `bytes */n`.
fn length_of_whole(fields: &Fields) -> Option<u64> {
    let value = std::str::from_utf8(fields.first("content-range")?).ok()?;
    number(value.strip_prefix("bytes */")?)
}

/// `1*DIGIT` within 64 bits (RFC 9110 14.1.2: what overflows is guarded against).
fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read() {
        let parse = |text: &str| ContentRange::parse(text.as_bytes(), &Policy::default());
        assert_eq!(parse("bytes 2-5/10"), Some(ContentRange { first: 2, last: 5, whole: Some(10) }));
        assert_eq!(parse("Bytes 0-0/*"), Some(ContentRange { first: 0, last: 0, whole: None }));
        for bad in [
            "bytes 5-2/10",
            "bytes 2-10/10",
            "bytes 2-5",
            "bytes */10",
            "bytes +2-5/10",
            "bytes 2-/10",
            "octets 2-5/10",
            "bytes=2-5/10",
            "bytes 18446744073709551616-18446744073709551617/*",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn weak_tags_are_no_validators() {
        assert!(is_strong(b"\"a\"") && is_strong(b"\"\""));
        for weak in [&b"W/\"a\""[..], b"\"", b"a", b""] {
            assert!(!is_strong(weak));
        }
    }

    #[test]
    fn the_length_of_the_whole_is_told_by_416() {
        let told = |value: &str| {
            length_of_whole(&Fields(vec![("Content-Range".to_owned(), value.as_bytes().to_vec())]))
        };
        assert_eq!(told("bytes */10"), Some(10));
        assert_eq!(told("bytes */*"), None);
        assert_eq!(told("bytes 0-9/10"), None);
    }
}
