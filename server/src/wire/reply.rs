//! How a well-formed reply is spelled: exactly the fields it was given, and the framing field.

use crate::{
    script::{Field, Framing, Reply},
    text::{Context, FillError},
};

/// What answers a request that no rule holds for.
pub(crate) const UNMATCHED: &[u8] =
    b"HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

/// How much of a long content is made and written at a time.
pub(crate) const BLOCK: usize = 64 * 1024;

/// How the content of a reply goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sending {
    /// Not at all.
    Nothing,
    /// As it is.
    Plain,
    /// In chunks.
    Chunked,
}

/// A reply with every decision taken.
#[derive(Debug)]
pub(crate) struct Spelled {
    pub(crate) head: Vec<u8>,
    pub(crate) sending: Sending,
    /// The content, where it was made already.
    pub(crate) made: Option<Vec<u8>>,
}

/// Spells the head of a reply to a request with this method.
pub(crate) fn spell(reply: &Reply, method: &[u8], context: &Context<'_>) -> Result<Spelled, FillError> {
    let mut head = Vec::with_capacity(256);
    head.extend_from_slice(b"HTTP/1.1 ");
    head.extend_from_slice(reply.status.to_string().as_bytes());
    head.push(b' ');
    match &reply.reason {
        Some(reason) => reason.fill_into(context, &mut head)?,
        None => head.extend_from_slice(reason_phrase(reply.status).as_bytes()),
    }
    head.extend_from_slice(b"\r\n");
    spell_fields(&reply.fields, context, &mut head)?;
    let framing = framing(reply);
    let mut made = None;
    if has_framing_field(reply.status, method) {
        match framing {
            Framing::Length => {
                let (length, bytes) = reply.body.measured(context)?;
                made = bytes;
                let length = length.ok_or(FillError::TooLong)?;
                head.extend_from_slice(format!("Content-Length: {length}\r\n").as_bytes());
            }
            Framing::Chunked => head.extend_from_slice(b"Transfer-Encoding: chunked\r\n"),
            Framing::Close => {}
        }
    }
    if framing == Framing::Close && reply.status >= 200 {
        head.extend_from_slice(b"Connection: close\r\n");
    }
    head.extend_from_slice(b"\r\n");
    let sending = match framing {
        _ if method == b"HEAD" || !has_framing_field(reply.status, method) => Sending::Nothing,
        Framing::Chunked => Sending::Chunked,
        Framing::Length | Framing::Close => Sending::Plain,
    };
    Ok(Spelled { head, sending, made })
}

/// `Name: value` lines.
pub(crate) fn spell_fields(
    fields: &[Field],
    context: &Context<'_>,
    out: &mut Vec<u8>,
) -> Result<(), FillError> {
    for Field { name, value } in fields {
        name.fill_into(context, out)?;
        out.extend_from_slice(b": ");
        value.fill_into(context, out)?;
        out.extend_from_slice(b"\r\n");
    }
    Ok(())
}

/// What has no end, no known chunk or trailers cannot have a length.
pub(crate) fn framing(reply: &Reply) -> Framing {
    let chunked = reply.chunk.is_some() || !reply.trailers.is_empty() || reply.body.is_endless();
    if reply.framing == Framing::Length && chunked { Framing::Chunked } else { reply.framing }
}

/// Whether a response may have a framing field, and content unless it answers HEAD (RFC 9110 8.6, 9.3.6; a 304 says
/// nothing about content, since what its length would be is not said here).
pub(crate) fn has_framing_field(status: u16, method: &[u8]) -> bool {
    let tunnel = method == b"CONNECT" && (200..300).contains(&status);
    !tunnel && !matches!(status, 100..200 | 204 | 304)
}

/// The registered reason phrase, or nothing.
pub(crate) fn reason_phrase(status: u16) -> &'static str {
    match status {
        // The registry follows RFC 9110 here, the library RFC 7231.
        413 => "Content Too Large",
        422 => "Unprocessable Content",
        103 => "Early Hints",
        _ => {
            http::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or("")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::Content;

    fn reply(status: u16) -> Reply {
        Reply {
            status,
            reason: None,
            fields: vec![Field { name: "x-A".into(), value: "b".into() }],
            body: "hello".into(),
            framing: Framing::Length,
            chunk: None,
            trailers: Vec::new(),
        }
    }

    fn spelled(reply: &Reply, method: &str) -> (String, Sending) {
        let spelled = spell(reply, method.as_bytes(), &Context::default()).unwrap();
        (String::from_utf8(spelled.head).unwrap(), spelled.sending)
    }

    #[test]
    fn heads() {
        let ok = "HTTP/1.1 200 OK\r\nx-A: b\r\nContent-Length: 5\r\n\r\n".to_owned();
        assert_eq!(spelled(&reply(200), "GET"), (ok.clone(), Sending::Plain));
        assert_eq!(spelled(&reply(200), "HEAD"), (ok, Sending::Nothing));
        for (status, line) in [(204, "204 No Content"), (304, "304 Not Modified"), (103, "103 Early Hints")] {
            let head = format!("HTTP/1.1 {line}\r\nx-A: b\r\n\r\n");
            assert_eq!(spelled(&reply(status), "GET"), (head, Sending::Nothing));
        }
        assert_eq!(
            spelled(&reply(200), "CONNECT"),
            ("HTTP/1.1 200 OK\r\nx-A: b\r\n\r\n".to_owned(), Sending::Nothing)
        );
        assert!(spelled(&reply(299), "GET").0.starts_with("HTTP/1.1 299 \r\n"));
    }

    #[test]
    fn framings() {
        let close = Reply { framing: Framing::Close, ..reply(200) };
        assert_eq!(
            spelled(&close, "GET"),
            ("HTTP/1.1 200 OK\r\nx-A: b\r\nConnection: close\r\n\r\n".to_owned(), Sending::Plain)
        );
        let endless = Reply { body: Content::Random(1), ..reply(200) };
        assert_eq!(spelled(&endless, "GET").1, Sending::Chunked);
        let chunk = Reply { chunk: Some(1), ..reply(200) };
        assert_eq!(
            spelled(&chunk, "GET").0,
            "HTTP/1.1 200 OK\r\nx-A: b\r\nTransfer-Encoding: chunked\r\n\r\n"
        );
    }

    #[test]
    fn reasons() {
        let reason = Reply { reason: Some("Fine".into()), ..reply(200) };
        assert!(spelled(&reason, "GET").0.starts_with("HTTP/1.1 200 Fine\r\n"));
        assert_eq!(reason_phrase(422), "Unprocessable Content");
        assert_eq!(reason_phrase(599), "");
    }
}
