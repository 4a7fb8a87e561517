//! What differs from run to run, and the token that takes its place.

use std::{
    borrow::Cow,
    iter::once,
    ops::{Range, RangeInclusive},
    time::{Duration, SystemTime},
};

use wireproof_client::capabilities::Hello;
use wireproof_server::seen::Address;

/// Dates this near to the run are taken for "now".
const NEAR: Duration = Duration::from_hours(48);

/// The length of an IMF-fixdate: `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 5.6.7).
const IMF_FIXDATE: usize = 29;

/// The lengths of an rfc850-date, from Monday to Wednesday: `Sunday, 06-Nov-94 08:49:37 GMT`.
const RFC850_DATE: RangeInclusive<usize> = 30..=33;

/// The length of an asctime-date: `Sun Nov  6 08:49:37 1994`.
const ASCTIME_DATE: usize = 24;

/// What is replaced, and by what.
#[derive(Debug, Clone)]
pub struct Tokens {
    replacements: Vec<(Vec<u8>, String)>,
    at: SystemTime,
}

impl Tokens {
    /// The tokens of one run.
    pub fn new(addresses: &[Address], hello: &Hello, at: SystemTime) -> Self {
        let mut replacements = Vec::new();
        let mut replace = |from: String, to: String| replacements.push((from.into_bytes(), to));
        for address in addresses {
            let name = &address.server;
            if let Some(socket) = &address.socket {
                replace(socket.clone(), format!("{{{name}.socket}}"));
                continue;
            }
            let authority = format!("{}:{}", address.host, address.port);
            replace(format!("{}://{authority}", address.scheme), format!("{{{name}}}"));
            replace(authority, format!("{{{name}.authority}}"));
            replace(format!(":{}", address.port), format!(":{{{name}.port}}"));
            for odd in ODD_BEFORE_PORT {
                replace(format!(":{odd}{}", address.port), format!(":{odd}{{{name}.port}}"));
            }
        }
        if !hello.version.is_empty() {
            let agent = |version: &str| format!("{}/{version}", hello.client);
            replace(agent(&hello.version), agent("{version}"));
        }
        Self { replacements, at }
    }

    /// With every token in its place.
    pub fn apply<'a>(&self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        let mut normal = Cow::Borrowed(bytes);
        for (from, to) in &self.replacements {
            if let Cow::Owned(changed) = replaced(&normal, from, to.as_bytes()) {
                normal = Cow::Owned(changed);
            }
        }
        if let Some(boundary) = boundary(&normal) {
            let changed = replaced(&normal, &boundary, b"{boundary}").into_owned();
            normal = Cow::Owned(changed);
        }
        self.dates(normal)
    }

    /// Dates near the run become `{date}`.
    fn dates<'a>(&self, bytes: Cow<'a, [u8]>) -> Cow<'a, [u8]> {
        let near = |range: &Range<usize>| {
            // The parser forgives spaces around a date.
            let text = bytes.get(range.clone()).filter(|text| text[0] != b' ' && !text.ends_with(b" "));
            let date = text
                .and_then(|text| std::str::from_utf8(text).ok())
                .and_then(|text| httpdate::parse_http_date(text).ok());
            let distance =
                date.map(|date| date.duration_since(self.at).or_else(|_| self.at.duration_since(date)));
            distance.is_some_and(|distance| distance.is_ok_and(|distance| distance < NEAR))
        };
        let mut found: Vec<Range<usize>> = perhaps_dates(&bytes).filter(near).collect();
        found.sort_by_key(|range| range.start);
        if found.is_empty() {
            return bytes;
        }
        let mut normal = bytes.into_owned();
        for range in found.into_iter().rev() {
            normal.splice(range, *b"{date}");
        }
        Cow::Owned(normal)
    }
}

/// Where a date may stand in any of the three formats of RFC 9110 5.6.7.
fn perhaps_dates(bytes: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let zoned = memchr::memmem::find_iter(bytes, b" GMT").map(|at| at + 4).flat_map(|end| {
        once(IMF_FIXDATE).chain(RFC850_DATE).filter_map(move |length| Some(end.checked_sub(length)?..end))
    });
    let weekdays = [b"Mon ", b"Tue ", b"Wed ", b"Thu ", b"Fri ", b"Sat ", b"Sun "];
    let asctime = weekdays.into_iter().flat_map(|day| memchr::memmem::find_iter(bytes, day));
    zoned.chain(asctime.map(|start| start..start + ASCTIME_DATE))
}

/// What cases write between the colon and the port to ask what a client makes of it.
const ODD_BEFORE_PORT: [&str; 5] = ["+", "-", " ", "00", "0_"];

fn replaced<'a>(bytes: &'a [u8], from: &[u8], to: &[u8]) -> Cow<'a, [u8]> {
    let finder = memchr::memmem::Finder::new(from);
    if finder.find(bytes).is_none() {
        return Cow::Borrowed(bytes);
    }
    let mut changed = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = finder.find(rest) {
        let after = &rest[at + from.len()..];
        // `:4010` must not be found in `:40101`.
        let whole =
            !(from.last().is_some_and(u8::is_ascii_digit) && after.first().is_some_and(u8::is_ascii_digit));
        changed.extend_from_slice(&rest[..at]);
        changed.extend_from_slice(if whole { to } else { from });
        rest = after;
    }
    changed.extend_from_slice(rest);
    Cow::Owned(changed)
}

/// The boundary of multipart content, which clients draw by lot.
fn boundary(bytes: &[u8]) -> Option<Vec<u8>> {
    let start = memchr::memmem::find(bytes, b"boundary=")? + b"boundary=".len();
    let rest = bytes[start..].strip_prefix(b"\"").unwrap_or(&bytes[start..]);
    let end = rest.iter().position(|byte| b"\";\r\n ".contains(byte)).unwrap_or(rest.len());
    (end > 0).then(|| rest[..end].to_vec())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn tokens() -> Tokens {
        let address = |server: &str, port| Address {
            server: server.to_owned(),
            scheme: "http".to_owned(),
            host: "127.0.0.1".to_owned(),
            ip: "127.0.0.1".to_owned(),
            port,
            socket: None,
        };
        let hello = Hello {
            protocol: 1,
            client: "agent".to_owned(),
            version: "7.1".to_owned(),
            language: "Rust".to_owned(),
            capabilities: BTreeMap::new(),
            limits: BTreeMap::new(),
            per_call: Vec::new(),
            isolation: wireproof_client::capabilities::Isolation::Session,
            parallel: 1,
            recycle: 1,
        };
        let at = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        Tokens::new(&[address("origin", 4010), address("other", 40101)], &hello, at)
    }

    fn normal(text: &str) -> String {
        String::from_utf8(tokens().apply(text.as_bytes()).into_owned()).unwrap()
    }

    #[test]
    fn addresses_become_the_templates_that_name_them() {
        assert_eq!(normal("Location: http://127.0.0.1:4010/a"), "Location: {origin}/a");
        assert_eq!(normal("Host: 127.0.0.1:40101"), "Host: {other.authority}");
        assert_eq!(normal("http://localhost:4010/"), "http://localhost:{origin.port}/");
    }

    #[test]
    fn a_port_is_one_however_it_is_spelled() {
        for odd in ODD_BEFORE_PORT {
            assert_eq!(normal(&format!("127.0.0.1:{odd}4010/")), format!("127.0.0.1:{odd}{{origin.port}}/"));
        }
    }

    #[test]
    fn a_number_that_only_begins_like_a_port_stays() {
        assert_eq!(normal("x:40102 x:401015"), "x:40102 x:401015");
    }

    #[test]
    fn only_dates_near_the_run_are_tokens() {
        assert_eq!(normal("Sun, 06 Nov 1994 09:00:00 GMT"), "{date}");
        assert_eq!(normal("Retry-After: Sunday, 06-Nov-94 09:00:00 GMT"), "Retry-After: {date}");
        assert_eq!(normal("a Sun Nov  6 09:00:00 1994, Sun, 06 Nov 1994 09:00:00 GMT"), "a {date}, {date}");
        assert_eq!(normal("Sun Nov  6 09:00:00 1995"), "Sun Nov  6 09:00:00 1995");
        assert_eq!(
            normal("a=1; Expires=Wed, 01 Jan 2031 00:00:00 GMT"),
            "a=1; Expires=Wed, 01 Jan 2031 00:00:00 GMT"
        );
    }

    #[test]
    fn boundaries_and_versions_are_tokens() {
        assert_eq!(normal("User-Agent: agent/7.1"), "User-Agent: agent/{version}");
        assert_eq!(
            normal("boundary=\"abc\"\r\n\r\n--abc--"),
            "boundary=\"{boundary}\"\r\n\r\n--{boundary}--"
        );
    }
}
