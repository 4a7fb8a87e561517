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
        let announced = content_length(&own, &Policy::default())
            .map_err(|error| Error::invalid(format!("own Content-Length is none: {}", error.text)))?;
        let coded = own.has("transfer-encoding");
        if coded
            && (announced.is_some()
                || !own.all("transfer-encoding").all(|value| value.eq_ignore_ascii_case(b"chunked")))
        {
            return Err(Error::invalid("Transfer-Encoding can be chunked only, and without Content-Length"));
        }
        let framing = match &request.content {
            Content::Nothing if request.trailers.is_empty() && !coded => match announced {
                Some(length) if length > 0 => return Err(Error::invalid("Content-Length without content")),
                _ => Self::Nothing,
            },
            _ if coded || !request.trailers.is_empty() => Self::Chunked,
            Content::Nothing => Self::Nothing,
            Content::Bytes(content) => {
                let length = octets(content, policy);
                if announced.is_some_and(|announced| announced != content.len() as u64) {
                    return Err(Error::invalid("Content-Length differs from the content"));
                }
                Self::Length(length)
            }
            Content::Source { length, .. } => length.or(announced).map_or(Self::Chunked, Self::Length),
        };
        if framing == Self::Chunked && request.treatment.version == Version::Http10 {
            return Err(Error::invalid("HTTP/1.0 has no way to send content of unknown length"));
        }
        Ok(framing)
    }

    /// The fields that say so, or that there is no content (RFC 9110 8.6).
    pub(super) fn fields(self, request: &Request, policy: &Policy) -> Vec<(&'static str, String)> {
        let expected = matches!(request.method.as_str(), "POST" | "PUT" | "PATCH");
        let length = |length: u64| ("Content-Length", length.to_string());
        match self {
            Self::Length(octets) => vec![length(octets)],
            Self::Chunked => {
                let mut fields = vec![("Transfer-Encoding", "chunked".to_owned())];
                fields.extend((!policy.sends_one_framing).then(|| length(0)));
                fields
            }
            Self::Nothing if expected && policy.sends_length_of_nothing => vec![length(0)],
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
