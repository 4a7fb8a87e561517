//! How the content of a request is delimited (RFC 9112 6).

use crate::reference::{
    error::{Error, Result},
    fields::Fields,
    framing::content_length,
    policy::Policy,
    request::{Content, Request, Version},
};

/// What delimits the content of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// There is none.
    Nothing,
    /// Its length, in bytes.
    Length(u64),
    /// Chunks.
    Chunked,
}

impl Framing {
    /// What fits content and fields of a request.
    ///
    /// # Errors
    /// `invalid-request` where fields of the caller's own contradict the content, or each other.
    pub(super) fn of(request: &Request, policy: &Policy) -> Result<Self> {
        let own = Fields(request.fields.iter().filter(|(name, _)| is_framing(name)).cloned().collect());
        let announced = match content_length(&own, &Policy::default()) {
            Ok(announced) => announced,
            Err(_) if !policy.reads_own_framing => None,
            Err(error) => return Err(Error::invalid(format!("own Content-Length is none: {}", error.text))),
        };
        let codings: Vec<&[u8]> = own.all("transfer-encoding").collect();
        let coded = codings.iter().any(|value| value.eq_ignore_ascii_case(b"chunked"));
        if policy.reads_own_framing && (codings.len() > 1 || !coded && !codings.is_empty()) {
            return Err(Error::invalid("Transfer-Encoding can be chunked only, once"));
        }
        let framing = match &request.content {
            _ if coded || !request.trailers.is_empty() => Self::Chunked,
            Content::Nothing => Self::Nothing,
            Content::Bytes(content) => Self::Length(octets(content, policy)),
            Content::Source { length: Some(_), .. } if !policy.trusts_announced_length => Self::Chunked,
            Content::Source { length, .. } => length.or(announced).map_or(Self::Chunked, Self::Length),
        };
        if framing == Self::Chunked && announced.is_some() && policy.refuses_two_own_framings {
            return Err(Error::invalid("Transfer-Encoding beside Content-Length"));
        }
        let real = match &request.content {
            Content::Nothing => Some(0),
            Content::Bytes(content) => Some(content.len() as u64),
            Content::Source { length, .. } => *length,
        };
        let differs = announced.zip(real).is_some_and(|(announced, real)| announced != real);
        if framing != Self::Chunked && differs && policy.checks_own_length {
            return Err(Error::invalid("Content-Length differs from the content"));
        }
        let old = request.treatment.version == Version::Http10 && policy.keeps_chunks_from_http10;
        if framing == Self::Chunked && old {
            return Err(Error::invalid("HTTP/1.0 has no way to send content of unknown length"));
        }
        Ok(framing)
    }

    /// The fields that say so, or that there is no content (RFC 9110 8.6).
    pub(super) fn fields(self, request: &Request, policy: &Policy) -> Vec<(&'static str, String)> {
        let expected = matches!(request.method.as_str(), "POST" | "PUT" | "PATCH");
        let length = |length: u64| ("Content-Length", length.to_string());
        match self {
            Self::Length(_) | Self::Chunked if !expected && !policy.frames_every_content => Vec::new(),
            Self::Length(octets) => vec![length(octets)],
            Self::Chunked => {
                let mut fields = vec![("Transfer-Encoding", "chunked".to_owned())];
                fields.extend((!policy.sends_one_framing).then(|| length(0)));
                fields
            }
            Self::Nothing if expected && policy.sends_length_of_nothing => vec![length(0)],
            Self::Nothing if !policy.omits_needless_length => vec![length(0)],
            Self::Nothing => Vec::new(),
        }
    }
}

fn octets(content: &[u8], policy: &Policy) -> u64 {
    let count =
        if policy.counts_octets { content.len() } else { String::from_utf8_lossy(content).chars().count() };
    count as u64
}

fn is_framing(name: &str) -> bool {
    name.eq_ignore_ascii_case("content-length") || name.eq_ignore_ascii_case("transfer-encoding")
}
