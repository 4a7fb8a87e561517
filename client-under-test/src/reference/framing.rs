//! Where the content of a response ends, and whether its connection survives (RFC 9112 6.3, 9.3). No sockets.

use super::{
    error::{Error, Phase, Result},
    fields::{Fields, trim},
    head::ResponseHead,
    policy::{LengthSyntax, Policy, RepeatedLength},
};

/// How the content of a response is delimited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// There is none.
    Nothing,
    /// So many bytes.
    Length(u64),
    /// Chunked transfer coding.
    Chunked,
    /// All up to the end of the connection.
    UntilEnd,
}

/// How the content of this response to this method is delimited: the list of RFC 9112 6.3.
///
/// # Errors
/// `malformed` where the lengths contradict one another or are none.
pub fn framing(method: &str, head: &ResponseHead, policy: &Policy) -> Result<Framing> {
    if has_no_content(method, head.status, policy) {
        return Ok(Framing::Nothing);
    }
    let coded = policy.obeys_transfer_encoding && head.fields.has("transfer-encoding");
    if coded && head.fields.has("content-length") && !policy.takes_two_framings {
        return Err(Error::malformed(
            Phase::Head,
            "HTTPException",
            "Content-Length beside Transfer-Encoding",
        ));
    }
    if coded && (policy.prefers_transfer_encoding || !head.fields.has("content-length")) {
        return transfer_coding(&head.fields, policy);
    }
    if !policy.obeys_content_length {
        return Ok(Framing::UntilEnd);
    }
    Ok(match content_length(&head.fields, policy)? {
        Some(0) if !policy.obeys_length_zero => Framing::UntilEnd,
        Some(length) => Framing::Length(length),
        None => Framing::UntilEnd,
    })
}

fn has_no_content(method: &str, status: u16, policy: &Policy) -> bool {
    (method == "HEAD" && policy.head_has_no_content)
        || status / 100 == 1
        || policy.statuses_without_content.contains(&status)
        || (method == "CONNECT" && status / 100 == 2 && policy.connect_has_no_content)
}

fn transfer_coding(fields: &Fields, policy: &Policy) -> Result<Framing> {
    let is_chunked = |coding: &&[u8]| {
        let name = coding_name(coding);
        if policy.folds_coding_case { name.eq_ignore_ascii_case(b"chunked") } else { name == b"chunked" }
    };
    let codings: Vec<&[u8]> = fields.members("transfer-encoding").collect();
    let parametrised = |coding: &&[u8]| is_chunked(coding) && coding.contains(&b';');
    if policy.refuses_parameters_of_chunked && codings.iter().any(parametrised) {
        return Err(Error::malformed(Phase::Head, "UnknownTransferEncoding", "chunked has a parameter"));
    }
    let chunked = codings.iter().filter(|coding| is_chunked(coding)).count();
    if chunked > 1 && policy.refuses_chunked_twice {
        return Err(Error::malformed(Phase::Head, "UnknownTransferEncoding", "chunked is applied twice"));
    }
    let delimits =
        if policy.demands_chunked_last { codings.last().is_some_and(is_chunked) } else { chunked > 0 };
    Ok(if delimits { Framing::Chunked } else { Framing::UntilEnd })
}

/// A coding without its parameters (RFC 9112 7).
fn coding_name(coding: &[u8]) -> &[u8] {
    trim(coding.split(|&byte| byte == b';').next().unwrap_or_default())
}

/// The length that is said, if one is: `1*DIGIT`, repeated only as the same (RFC 9112 6.3, 5.).
///
/// # Errors
/// `malformed`.
pub fn content_length(fields: &Fields, policy: &Policy) -> Result<Option<u64>> {
    let mut lengths = Vec::new();
    for value in fields.all("content-length").flat_map(|value| value.split(|&byte| byte == b',')) {
        let value = trim(value);
        if value.is_empty() && !policy.refuses_empty_length {
            continue;
        }
        match parse_length(value, policy.length_syntax) {
            Some(length) => lengths.push(length),
            None if policy.refuses_malformed_length => {
                let text = format!("Content-Length is {:?}", String::from_utf8_lossy(value));
                return Err(Error::malformed(Phase::Head, "HTTPException", text));
            }
            None => return Ok(None),
        }
    }
    let (Some(first), Some(last)) = (lengths.first(), lengths.last()) else { return Ok(None) };
    match policy.repeated_length {
        RepeatedLength::EqualOnly if lengths.iter().all(|length| length == first) => Ok(Some(*first)),
        RepeatedLength::EqualOnly => {
            Err(Error::malformed(Phase::Head, "HTTPException", format!("Content-Length is {lengths:?}")))
        }
        RepeatedLength::First => Ok(Some(*first)),
        RepeatedLength::Last => Ok(Some(*last)),
        RepeatedLength::Sum => Ok(Some(lengths.iter().fold(0, |sum, length| length.saturating_add(sum)))),
    }
}

fn parse_length(text: &[u8], syntax: LengthSyntax) -> Option<u64> {
    let decimal = |digits: &[u8]| {
        let digits = std::str::from_utf8(digits).ok()?;
        (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| digits.parse().ok())?
    };
    let wrapping = |digits: &[u8]| {
        (!digits.is_empty() && digits.iter().all(u8::is_ascii_digit)).then(|| {
            let next = |sum: u64, digit: &u8| sum.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
            digits.iter().fold(0u64, next)
        })
    };
    match syntax {
        LengthSyntax::Digits => decimal(text),
        LengthSyntax::PlusSign => decimal(text.strip_prefix(b"+").unwrap_or(text)),
        LengthSyntax::MinusSign => match text.strip_prefix(b"-") {
            Some(digits) => decimal(digits).map(|_| 0),
            None => decimal(text),
        },
        LengthSyntax::LeadingDigits => {
            decimal(&text[..text.iter().take_while(|byte| byte.is_ascii_digit()).count()])
        }
        LengthSyntax::Hexadecimal => match text.strip_prefix(b"0x") {
            Some(digits) => u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok(),
            None => decimal(text),
        },
        LengthSyntax::Wrapping64 => wrapping(text),
        LengthSyntax::Wrapping32 => wrapping(text).map(|length| length & 0xffff_ffff),
    }
}

/// Whether the connection may be used again once the content is complete (RFC 9112 9.3).
pub fn persists(head: &ResponseHead, framing: Framing, policy: &Policy) -> bool {
    if framing == Framing::UntilEnd {
        return false;
    }
    let doubtful =
        head.fields.has("transfer-encoding") && (head.minor == 0 || head.fields.has("content-length"));
    if doubtful && policy.closes_after_two_framings {
        return false;
    }
    if policy.obeys_close && has_option(&head.fields, "connection", b"close", policy) {
        return false;
    }
    head.minor > 0
        || !policy.closes_after_http10
        || has_option(&head.fields, "connection", b"keep-alive", policy)
}

fn has_option(fields: &Fields, field: &str, option: &[u8], policy: &Policy) -> bool {
    let is_option = |known: &[u8]| {
        if policy.folds_option_case { known.eq_ignore_ascii_case(option) } else { known == option }
    };
    if policy.splits_connection_options {
        fields.members(field).any(is_option)
    } else {
        fields.all(field).any(is_option)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(minor: u8, status: u16, fields: &[(&str, &str)]) -> ResponseHead {
        let line = |(name, value): &(&str, &str)| ((*name).to_owned(), value.as_bytes().to_vec());
        ResponseHead { minor, status, reason: Vec::new(), fields: Fields(fields.iter().map(line).collect()) }
    }

    fn framed(method: &str, status: u16, fields: &[(&str, &str)]) -> Result<Framing> {
        framing(method, &head(1, status, fields), &Policy::default())
    }

    #[test]
    fn the_list_of_the_specification() {
        let length = ("Content-Length", "5");
        let chunked = ("Transfer-Encoding", "Chunked");
        for (method, status, fields, expected) in [
            ("HEAD", 200, &[length][..], Framing::Nothing),
            ("GET", 204, &[length], Framing::Nothing),
            ("GET", 304, &[chunked], Framing::Nothing),
            ("CONNECT", 200, &[length], Framing::Nothing),
            ("CONNECT", 403, &[length], Framing::Length(5)),
            ("GET", 200, &[length, chunked], Framing::Chunked),
            ("GET", 200, &[("Transfer-Encoding", "gzip, chunked")], Framing::Chunked),
            (
                "GET",
                200,
                &[("Transfer-Encoding", "gzip"), ("Transfer-Encoding", "chunked")],
                Framing::Chunked,
            ),
            ("GET", 200, &[("Transfer-Encoding", "chunked, gzip")], Framing::UntilEnd),
            ("GET", 200, &[("Transfer-Encoding", "identity"), length], Framing::UntilEnd),
            ("GET", 200, &[length, length], Framing::Length(5)),
            ("GET", 200, &[("Content-Length", "5 ,5")], Framing::Length(5)),
            ("GET", 200, &[], Framing::UntilEnd),
            ("GET", 205, &[("Content-Length", "0")], Framing::Length(0)),
        ] {
            assert_eq!(framed(method, status, fields).unwrap(), expected, "{method} {status} {fields:?}");
        }
    }

    #[test]
    fn codings_that_are_refused() {
        for value in
            ["chunked;q=1", "Chunked ; a=b", "gzip, chunked;", "chunked;a=b, gzip", "chunked, chunked"]
        {
            let result = framed("GET", 200, &[("Transfer-Encoding", value)]);
            assert_eq!(result.unwrap_err().class.word(), "malformed", "{value:?}");
        }
        let lenient = Policy { refuses_parameters_of_chunked: false, ..Policy::default() };
        let head = head(1, 200, &[("Transfer-Encoding", "chunked;q=1")]);
        assert_eq!(framing("GET", &head, &lenient).unwrap(), Framing::Chunked);
    }

    /// An empty member of a list may as well be ignored (RFC 9110 5.6.1.2).
    #[test]
    fn lengths_that_are_refused() {
        for value in
            ["", "-6", "+5", "crap", "6badness", "0x20", "5,6", "5,", "99999999999999999999", "5 5", "1.0"]
        {
            let result = framed("GET", 200, &[("Content-Length", value)]);
            assert_eq!(result.unwrap_err().class.word(), "malformed", "{value:?}");
        }
    }

    #[test]
    fn what_keeps_a_connection() {
        for (minor, fields, expected) in [
            (1, &[][..], true),
            (0, &[], false),
            (0, &[("Connection", "Keep-Alive")], true),
            (1, &[("Connection", "foo, Close")], false),
            (1, &[("Content-Length", "5"), ("Transfer-Encoding", "chunked")], false),
            (0, &[("Connection", "keep-alive"), ("Transfer-Encoding", "chunked")], false),
        ] {
            let head = head(minor, 200, fields);
            assert_eq!(
                persists(&head, Framing::Length(0), &Policy::default()),
                expected,
                "{minor} {fields:?}"
            );
            assert!(!persists(&head, Framing::UntilEnd, &Policy::default()));
        }
    }
}
