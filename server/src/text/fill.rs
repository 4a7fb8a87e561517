//! Fills the holes of a text.

use std::{borrow::Cow, fmt, time::SystemTime};

use super::{AddressPart, Offset, Piece, RequestPart, Text, date};
use crate::seen::Address;

/// What is known when a text is filled. Only what its holes name has to be there.
#[derive(Debug, Clone, Copy, Default)]
pub struct Context<'a> {
    /// The servers of the case.
    pub addresses: &'a [Address],
    /// The request being answered.
    pub request: Option<RequestParts<'a>>,
    /// How often the rule has fired, from 1.
    pub count: Option<u64>,
    /// The turn of the nearest repetition, from 1.
    pub turn: Option<u64>,
    /// What dates count from; `None` is the moment the text is filled.
    pub now: Option<SystemTime>,
}

/// The parts of a request that a text can name.
#[derive(Debug, Clone, Copy)]
pub struct RequestParts<'a> {
    /// The method, as sent.
    pub method: &'a [u8],
    /// The target, as sent.
    pub target: &'a [u8],
    /// The content, after transfer coding.
    pub body: &'a [u8],
    /// The head, as sent.
    pub head: &'a [u8],
    /// The field lines, in order.
    pub fields: &'a [(Vec<u8>, Vec<u8>)],
}

/// A hole that could not be filled. The scenario is at fault, or the harness that planned it; never the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FillError {
    /// No server of the case has this name.
    UnknownServer(String),
    /// The text names a part of the request, and none is being answered.
    NoRequest,
    /// The text names how often a rule has fired, and no rule has.
    NoCount,
    /// The text names a turn, and nothing is repeated.
    NoTurn,
    /// The date lies outside the years 1970 to 9999.
    Date,
    /// The content is endless, or so long that it was not made.
    TooLong,
    /// A content coding failed.
    Coding(String),
}

impl fmt::Display for FillError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownServer(name) => write!(f, "fill a text: no server is named `{name}`"),
            Self::NoRequest => f.write_str("fill a text: no request is being answered"),
            Self::NoCount => f.write_str("fill a text: no rule has fired"),
            Self::NoTurn => f.write_str("fill a text: nothing is repeated"),
            Self::Date => f.write_str("fill a text: a date outside the years 1970 to 9999"),
            Self::TooLong => f.write_str("make content: it is endless, or longer than asked for"),
            Self::Coding(why) => write!(f, "make content: {why}"),
        }
    }
}

impl std::error::Error for FillError {}

impl Text {
    /// Whether nothing is open.
    pub fn is_static(&self) -> bool {
        self.0.iter().all(|piece| matches!(piece, Piece::Bytes(_)))
    }

    /// The bytes, if nothing is open.
    pub fn static_bytes(&self) -> Option<Cow<'_, [u8]>> {
        match self.0.as_slice() {
            [] => Some(Cow::Borrowed(&[])),
            [Piece::Bytes(bytes)] => Some(Cow::Borrowed(bytes)),
            _ if self.is_static() => self.fill(&Context::default()).ok().map(Cow::Owned),
            _ => None,
        }
    }

    /// The bytes, with every hole filled.
    ///
    /// # Errors
    /// Where the context does not know what a hole names.
    pub fn fill(&self, context: &Context<'_>) -> Result<Vec<u8>, FillError> {
        let mut filled = Vec::new();
        self.fill_into(context, &mut filled)?;
        Ok(filled)
    }

    /// Like [`Text::fill`], at the end of `out`.
    ///
    /// # Errors
    /// As for [`Text::fill`]; `out` then holds what came before the hole.
    pub fn fill_into(&self, context: &Context<'_>, out: &mut Vec<u8>) -> Result<(), FillError> {
        self.0.iter().try_for_each(|piece| piece.fill_into(context, out))
    }
}

impl Piece {
    fn fill_into(&self, context: &Context<'_>, out: &mut Vec<u8>) -> Result<(), FillError> {
        match self {
            Self::Bytes(bytes) => out.extend_from_slice(bytes),
            Self::Address { server, part } => {
                let address = context.addresses.iter().find(|address| address.server == *server);
                let address = address.ok_or_else(|| FillError::UnknownServer(server.clone()))?;
                out.extend_from_slice(address.part(*part).as_bytes());
            }
            Self::Date { offset: Offset { back, by }, form } => {
                let now = context.now.unwrap_or_else(SystemTime::now);
                date::write(date::at(now, *back, *by)?, *form, out)?;
            }
            Self::Request(part) => {
                context.request.ok_or(FillError::NoRequest)?.write(part, out);
            }
            Self::Count => decimal(context.count.ok_or(FillError::NoCount)?, out),
            Self::Turn => decimal(context.turn.ok_or(FillError::NoTurn)?, out),
        }
        Ok(())
    }
}

fn decimal(number: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(number.to_string().as_bytes());
}

impl RequestParts<'_> {
    fn write(&self, part: &RequestPart, out: &mut Vec<u8>) {
        match part {
            RequestPart::Method => out.extend_from_slice(self.method),
            RequestPart::Target => out.extend_from_slice(self.target),
            RequestPart::Body => out.extend_from_slice(self.body),
            RequestPart::Head => out.extend_from_slice(self.head),
            RequestPart::Field(name) => {
                let lines = self.fields.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name.as_bytes()));
                for (index, (_, value)) in lines.enumerate() {
                    if index > 0 {
                        out.extend_from_slice(b", ");
                    }
                    out.extend_from_slice(value);
                }
            }
        }
    }
}

impl Address {
    /// One of its parts, as templates spell it.
    pub fn part(&self, part: AddressPart) -> Cow<'_, str> {
        match part {
            AddressPart::Origin => format!("{}://{}", self.scheme, self.authority()).into(),
            AddressPart::Scheme => self.scheme.as_str().into(),
            AddressPart::Host => self.host.as_str().into(),
            AddressPart::Port => self.port.to_string().into(),
            AddressPart::Authority => self.authority(),
            AddressPart::Address => self.ip.as_str().into(),
            AddressPart::Socket => self.socket.as_deref().unwrap_or_default().into(),
        }
    }

    /// Host and port; the scheme's default port is left out, and so is the port of a Unix socket.
    pub fn authority(&self) -> Cow<'_, str> {
        match (self.scheme.as_str(), self.port) {
            (_, 0) | ("http", 80) | ("https", 443) => self.host.as_str().into(),
            (_, port) => format!("{}:{port}", self.host).into(),
        }
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        text.as_bytes().into()
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        text.into_bytes().into()
    }
}

impl From<&[u8]> for Text {
    fn from(bytes: &[u8]) -> Self {
        bytes.to_vec().into()
    }
}

impl From<Vec<u8>> for Text {
    fn from(bytes: Vec<u8>) -> Self {
        if bytes.is_empty() { Self::default() } else { Self(vec![Piece::Bytes(bytes)]) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin() -> Address {
        Address {
            server: "origin".into(),
            scheme: "http".into(),
            host: "[::1]".into(),
            ip: "::1".into(),
            port: 8080,
            socket: None,
        }
    }

    fn part(part: AddressPart) -> Text {
        Text(vec![Piece::Bytes(b"<".to_vec()), Piece::Address { server: "origin".into(), part }])
    }

    #[test]
    fn parts_of_an_address() {
        let addresses = [origin()];
        let context = Context { addresses: &addresses, ..Context::default() };
        for (which, spelled) in [
            (AddressPart::Origin, "<http://[::1]:8080"),
            (AddressPart::Scheme, "<http"),
            (AddressPart::Host, "<[::1]"),
            (AddressPart::Port, "<8080"),
            (AddressPart::Authority, "<[::1]:8080"),
            (AddressPart::Address, "<::1"),
            (AddressPart::Socket, "<"),
        ] {
            assert_eq!(part(which).fill(&context).unwrap(), spelled.as_bytes(), "{which:?}");
        }
    }

    #[test]
    fn a_default_port_is_left_out() {
        let at = |scheme: &str, port| Address { scheme: scheme.into(), port, host: "h".into(), ..origin() };
        assert_eq!(at("http", 80).authority(), "h");
        assert_eq!(at("https", 80).authority(), "h:80");
        assert_eq!(at("https", 443).part(AddressPart::Origin), "https://h");
        assert_eq!(at("http", 0).part(AddressPart::Origin), "http://h");
    }

    #[test]
    fn parts_of_a_request() {
        let fields = [(b"Cookie".to_vec(), b"a=1".to_vec()), (b"cookie".to_vec(), b"b=2".to_vec())];
        let request = RequestParts {
            method: b"POST",
            target: b"/x?{y}",
            body: b"\xFF",
            head: b"POST /x?{y} HTTP/1.1\r\n\r\n",
            fields: &fields,
        };
        let context = Context { request: Some(request), count: Some(3), turn: Some(4), ..Context::default() };
        let fill = |piece| Text(vec![piece]).fill(&context).unwrap();
        assert_eq!(fill(Piece::Request(RequestPart::Method)), b"POST");
        assert_eq!(fill(Piece::Request(RequestPart::Target)), b"/x?{y}");
        assert_eq!(fill(Piece::Request(RequestPart::Body)), b"\xFF");
        assert_eq!(fill(Piece::Request(RequestPart::Head)), request.head);
        assert_eq!(fill(Piece::Request(RequestPart::Field("cookie".into()))), b"a=1, b=2");
        assert_eq!(fill(Piece::Request(RequestPart::Field("absent".into()))), b"");
        assert_eq!(fill(Piece::Count), b"3");
        assert_eq!(fill(Piece::Turn), b"4");
    }

    #[test]
    fn dates_count_from_the_moment_the_context_names() {
        let now = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(784_111_777);
        let context = Context { now: Some(now), ..Context::default() };
        let offset = super::super::Offset { back: false, by: std::time::Duration::from_hours(1) };
        let date = Piece::Date { offset, form: super::super::DateForm::Unix };
        assert_eq!(Text(vec![date]).fill(&context).unwrap(), b"784115377");
    }

    #[test]
    fn what_is_not_known_is_an_error() {
        let fill = |piece| Text(vec![piece]).fill(&Context::default()).unwrap_err();
        assert_eq!(fill(Piece::Count), FillError::NoCount);
        assert_eq!(fill(Piece::Turn), FillError::NoTurn);
        assert_eq!(fill(Piece::Request(RequestPart::Body)), FillError::NoRequest);
        assert_eq!(
            part(AddressPart::Port).fill(&Context::default()).unwrap_err(),
            FillError::UnknownServer("origin".into())
        );
    }

    #[test]
    fn only_bytes_are_static() {
        assert_eq!(Text::from("a").static_bytes().as_deref(), Some(&b"a"[..]));
        assert_eq!(Text::default().static_bytes().as_deref(), Some(&b""[..]));
        let two = Text(vec![Piece::Bytes(b"a".to_vec()), Piece::Bytes(b"b".to_vec())]);
        assert_eq!(two.static_bytes().as_deref(), Some(&b"ab"[..]));
        assert_eq!(Text(vec![Piece::Count]).static_bytes(), None);
    }
}
