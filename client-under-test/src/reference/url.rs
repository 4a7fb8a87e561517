//! URLs as a client needs them (RFC 3986): split, resolved, and otherwise left alone.
//!
//! Nothing is normalised: percent-encoding, dot segments and empty segments of a caller's URL go out as they
//! came in. Only octets that no URL may hold are encoded, and only where that is asked for.

use std::fmt;

use super::{
    error::{Class, Error, Phase, Result},
    policy::{OddOctets, Policy},
};

mod reference;

/// A URL with an authority, split as RFC 3986 3 says. The scheme is in lower case, all else as written.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Url {
    /// In lower case, without the colon.
    pub scheme: String,
    /// Before the `@`, if there was one.
    pub userinfo: Option<String>,
    /// The host; IPv6 literals keep their brackets.
    pub host: String,
    /// The port, if one was written.
    pub port: Option<u16>,
    /// From the first slash; may be empty.
    pub path: String,
    /// Behind the `?`, if there was one.
    pub query: Option<String>,
    /// Behind the `#`, if there was one.
    pub fragment: Option<String>,
}

impl Url {
    /// Splits an absolute URL. Octets above 7F are percent-encoded, as no URL may hold them.
    ///
    /// # Errors
    /// `invalid-request` where a scheme or a host is missing, a port is no number up to 65535, or a character
    /// is one that would end the request line.
    pub fn parse(text: &[u8], policy: &Policy) -> Result<Self> {
        let text = encode(text, policy)?;
        let (scheme, rest) = split_scheme(&text).ok_or_else(|| invalid("unknown url type", &text))?;
        let rest = rest.strip_prefix("//").ok_or_else(|| invalid("no host given", &text))?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, tail) = rest.split_at(end);
        let (userinfo, host_port) = match authority.rsplit_once('@') {
            Some((userinfo, host_port)) => (Some(userinfo.to_owned()), host_port),
            None => (None, authority),
        };
        let (host, port) =
            split_port(host_port, policy).ok_or_else(|| invalid("nonnumeric port", host_port))?;
        if policy.refuses_empty_host && (host.is_empty() || host == "[]") {
            return Err(invalid("no host given", &text));
        }
        if port == Some(0) && !policy.tries_port_zero {
            return Err(invalid("port that nobody has", &text));
        }
        if userinfo.is_some() && !policy.takes_userinfo {
            return Err(invalid("user and password in the URL", &text));
        }
        let whole = if policy.keeps_hosts_whole { host.len() } else { host.find('%').unwrap_or(host.len()) };
        let host = &host[..whole];
        if host.contains(['@', '\\', '<', '>', '"', '^', '`', '{', '|', '}']) {
            return Err(invalid("host with a character that no host has", host));
        }
        let raw = String::from_utf8(decode(host)).ok().filter(|raw| !raw.is_ascii() && !policy.encodes_hosts);
        let host = raw.as_deref().unwrap_or(host);
        let tail = match policy.odd_octets {
            OddOctets::Encode => tail.split_inclusive(is_odd).map(encode_last).collect(),
            OddOctets::Refuse if tail.contains(is_odd) || has_lone_percent(tail) => {
                return Err(invalid("character that no URL has", &text));
            }
            OddOctets::Keep | OddOctets::Refuse => tail.to_owned(),
        };
        let (path, query, fragment) = split_tail(&tail);
        Ok(Self {
            scheme: scheme.to_ascii_lowercase(),
            userinfo,
            host: host.to_owned(),
            port,
            path,
            query,
            fragment,
        })
    }

    /// The port that is connected to.
    pub fn effective_port(&self) -> u16 {
        self.port.unwrap_or_else(|| default_port(&self.scheme))
    }

    /// The host without brackets, as it is looked up.
    pub fn bare_host(&self) -> &str {
        self.host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(&self.host)
    }

    /// Host, and the port where it is not the default one: the value of Host (RFC 9112 3.2).
    pub fn authority(&self) -> String {
        match self.port {
            Some(port) if port != default_port(&self.scheme) => format!("{}:{port}", self.host),
            _ => self.host.clone(),
        }
    }

    /// Host and port, always both: authority-form (RFC 9112 3.2.3), and what errors name.
    pub fn host_and_port(&self) -> String {
        format!("{}:{}", self.host, self.effective_port())
    }

    /// Whether both have scheme, host and port in common (RFC 9110 4.3.1).
    pub fn same_origin(&self, other: &Self) -> bool {
        self.scheme == other.scheme
            && self.host.eq_ignore_ascii_case(&other.host)
            && self.effective_port() == other.effective_port()
    }

    /// Path and query: origin-form (RFC 9112 3.2.1).
    pub fn origin_form(&self, policy: &Policy) -> String {
        let mut target =
            if self.path.is_empty() && policy.fills_empty_path { "/".to_owned() } else { self.path.clone() };
        if !policy.keeps_percent {
            target = target.replace('%', "%25");
        }
        if !policy.keeps_encoded_octets {
            target = String::from_utf8_lossy(&decode(&target)).into_owned();
        }
        if !policy.keeps_empty_segments {
            while target.contains("//") {
                target = target.replace("//", "/");
            }
        }
        if !policy.keeps_path_case {
            target.make_ascii_lowercase();
        }
        if let Some(query) = self.query.as_ref().filter(|_| policy.sends_query) {
            target.push('?');
            target.push_str(query);
        }
        if let Some(fragment) = self.fragment.as_ref().filter(|_| !policy.drops_fragment) {
            target.push('#');
            target.push_str(fragment);
        }
        target.truncate(policy.target_limit);
        target
    }

    /// The URL without userinfo and fragment: absolute-form (RFC 9112 3.2.2).
    pub fn absolute_form(&self, policy: &Policy) -> String {
        let userinfo = self.userinfo.as_ref().filter(|_| !policy.hides_userinfo_in_target);
        let userinfo = userinfo.map(|userinfo| format!("{userinfo}@")).unwrap_or_default();
        format!("{}://{userinfo}{}{}", self.scheme, self.authority(), self.origin_form(policy))
    }

    /// User and password of the userinfo, percent-decoded (RFC 3986 3.2.1).
    pub fn credentials(&self, policy: &Policy) -> Option<(Vec<u8>, Vec<u8>)> {
        let userinfo = self.userinfo.as_ref()?;
        let (user, password) = userinfo.split_once(':').unwrap_or((userinfo, ""));
        if policy.decodes_userinfo {
            Some((decode(user), decode(password)))
        } else {
            Some((user.as_bytes().to_vec(), password.as_bytes().to_vec()))
        }
    }
}

/// Without userinfo: safe to be shown.
impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.host)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        f.write_str(&self.path)?;
        if let Some(query) = &self.query {
            write!(f, "?{query}")?;
        }
        if let Some(fragment) = &self.fragment {
            write!(f, "#{fragment}")?;
        }
        Ok(())
    }
}

/// The port of a scheme (RFC 9110 4.2.1, 4.2.2).
pub fn default_port(scheme: &str) -> u16 {
    if scheme == "https" { 443 } else { 80 }
}

/// Percent-decodes; what is no triplet stays (RFC 3986 2.1).
pub fn decode(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let octet = bytes.get(at + 1..at + 3).filter(|_| bytes[at] == b'%').and_then(hex_octet);
        decoded.push(octet.unwrap_or(bytes[at]));
        at += if octet.is_some() { 3 } else { 1 };
    }
    decoded
}

fn hex_octet(digits: &[u8]) -> Option<u8> {
    let text = std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|b| b.is_ascii_hexdigit()))?;
    u8::from_str_radix(text, 16).ok()
}

fn encode(text: &[u8], policy: &Policy) -> Result<String> {
    let mut encoded = String::with_capacity(text.len());
    for &byte in text {
        match byte {
            0..=0x20 | 0x7f if policy.checks_target => {
                let shown = without_userinfo(&String::from_utf8_lossy(text));
                return Err(Error::new(
                    Class::InvalidRequest,
                    Phase::Prepare,
                    "InvalidURL",
                    format!("URL can't contain control characters: {shown:?} (found {:?})", char::from(byte)),
                ));
            }
            0x80.. => push_encoded(&mut encoded, byte),
            _ => encoded.push(char::from(byte)),
        }
    }
    Ok(encoded)
}

/// Whether no URL may hold it (RFC 3986 2), though many do; brackets belong to hosts.
fn is_odd(letter: char) -> bool {
    matches!(letter, '"' | '<' | '>' | '[' | ']' | '\\' | '^' | '`' | '{' | '|' | '}')
}

/// A text with its last character percent-encoded, if it may not stand there.
fn encode_last(text: &str) -> String {
    let mut encoded = text.trim_end_matches(is_odd).to_owned();
    text[encoded.len()..].bytes().for_each(|byte| push_encoded(&mut encoded, byte));
    encoded
}

fn has_lone_percent(text: &str) -> bool {
    let is_octet =
        |after: &str| after.get(..2).is_some_and(|two| two.bytes().all(|byte| byte.is_ascii_hexdigit()));
    !text.split('%').skip(1).all(is_octet)
}

/// One octet, percent-encoded (RFC 3986 2.1).
pub(super) fn push_encoded(text: &mut String, byte: u8) {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    text.push('%');
    text.push(DIGITS[usize::from(byte >> 4)]);
    text.push(DIGITS[usize::from(byte & 15)]);
}

fn split_scheme(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once(':')?;
    let mut letters = scheme.bytes();
    let begins = letters.next().is_some_and(|byte| byte.is_ascii_alphabetic());
    let goes_on = letters.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    (begins && goes_on).then_some((scheme, rest))
}

fn split_port<'a>(host_port: &'a str, policy: &Policy) -> Option<(&'a str, Option<u16>)> {
    if host_port.starts_with('[') {
        let end = host_port.find(']')? + 1;
        let (host, rest) = host_port.split_at(end);
        return match rest.strip_prefix(':') {
            Some("") => Some((host, None)),
            Some(port) => Some((host, Some(parse_port(port, policy)?))),
            None => rest.is_empty().then_some((host, None)),
        };
    }
    match host_port.split_once(':') {
        // An empty port is the default one (RFC 3986 3.2.3).
        Some((host, "")) => Some((host, None)),
        Some((host, port)) => Some((host, Some(parse_port(port, policy)?))),
        None => Some((host_port, None)),
    }
}

fn parse_port(text: &str, policy: &Policy) -> Option<u16> {
    let text = if policy.refuses_ports_that_are_no_digits { text } else { first_digits(text) };
    let number: u64 = text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())??;
    match u16::try_from(number) {
        Ok(port) => Some(port),
        Err(_) if policy.refuses_large_ports => None,
        Err(_) => u16::try_from(number & 0xffff).ok(),
    }
}

/// What a client takes for the port that does not look at all of it.
fn first_digits(text: &str) -> &str {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    &text[..text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len())]
}

fn split_tail(tail: &str) -> (String, Option<String>, Option<String>) {
    let (tail, fragment) = match tail.split_once('#') {
        Some((tail, fragment)) => (tail, Some(fragment.to_owned())),
        None => (tail, None),
    };
    match tail.split_once('?') {
        Some((path, query)) => (path.to_owned(), Some(query.to_owned()), fragment),
        None => (tail.to_owned(), None, fragment),
    }
}

/// A text that may be a URL, without what stands before an `@` in its authority.
pub fn without_userinfo(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("//") else { return text.to_owned() };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    match rest[..end].rfind('@') {
        Some(at) => format!("{scheme}//{}", &rest[at + 1..]),
        None => text.to_owned(),
    }
}

fn invalid(what: &str, text: &str) -> Error {
    let shown = without_userinfo(text);
    Error::new(Class::InvalidRequest, Phase::Prepare, "InvalidURL", format!("{what}: {shown:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text.as_bytes(), &Policy::default()).unwrap()
    }

    #[test]
    fn targets_go_out_as_they_came() {
        for (text, target) in [
            ("http://h", "/"),
            ("http://h?q", "/?q"),
            ("http://h/a%20b%2f", "/a%20b%2f"),
            ("http://h//a//b", "//a//b"),
            ("http://h/a/../b/./c", "/a/../b/./c"),
            ("http://h/a?q#f", "/a?q"),
            ("http://h/caf\u{e9}", "/caf%C3%A9"),
        ] {
            assert_eq!(url(text).origin_form(&Policy::default()), target, "{text}");
        }
    }

    #[test]
    fn authorities_are_split() {
        let parsed = url("HTTP://u%40:p@[::1]:81/x");
        assert_eq!((parsed.host.as_str(), parsed.bare_host(), parsed.port), ("[::1]", "::1", Some(81)));
        assert_eq!(parsed.authority(), "[::1]:81");
        assert_eq!(parsed.credentials(&Policy::default()), Some((b"u@".to_vec(), b"p".to_vec())));
        assert_eq!(url("https://h:443/").authority(), "h");
        assert_eq!(url("http://h:/").effective_port(), 80);
        assert!(!url("http://u:secret@h/").to_string().contains("secret"));
    }

    #[test]
    fn what_is_no_url_is_refused() {
        for text in [
            "",
            "h/",
            "http:/h",
            "http:///x",
            "http://h:x/",
            "http://h:65536/",
            "http://h/a b",
            "http://h/\r\n",
        ] {
            let error = Url::parse(text.as_bytes(), &Policy::default()).unwrap_err();
            assert_eq!((error.class, error.phase), (Class::InvalidRequest, Phase::Prepare), "{text:?}");
        }
    }
}
