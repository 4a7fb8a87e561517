//! What can go wrong, in the classes and phases of the contract and under the names of the documents.

use std::{fmt, io};

use crate::outcome;

use super::{head::ResponseHead, response::Response};

/// The result of anything that may fail here.
pub type Result<T> = std::result::Result<T, Error>;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant,)* }

        impl $name {
            /// The word of the contract for it.
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }
    };
}

words! {
    /// What went wrong: the classes of the contract.
    Class {
        /// No address.
        Dns = "dns",
        /// RST to SYN.
        Refused = "refused",
        /// No route, ICMP error.
        Unreachable = "unreachable",
        /// Handshake or record fault.
        Tls = "tls",
        /// The proxy is to blame.
        Proxy = "proxy",
        /// Orderly end before the head was complete, or while sending.
        Closed = "closed",
        /// Orderly end inside the content.
        Truncated = "truncated",
        /// RST or broken pipe.
        Reset = "reset",
        /// The answer breaks the syntax.
        Malformed = "malformed",
        /// A limit on head or content.
        TooLarge = "too-large",
        /// The content cannot be decoded.
        Decode = "decode",
        /// More redirects than allowed.
        TooManyRedirects = "too-many-redirects",
        /// Location unusable or forbidden.
        BadRedirect = "bad-redirect",
        /// Gave up on a challenge.
        Auth = "auth",
        /// Refused before anything was sent.
        InvalidRequest = "invalid-request",
        /// The caller's own source raised.
        Caller = "caller",
        /// As asked.
        Cancelled = "cancelled",
        /// The connection was not made in time.
        ConnectTimeout = "connect-timeout",
        /// Nothing was taken for too long.
        SendTimeout = "send-timeout",
        /// The head was not complete in time.
        HeadTimeout = "head-timeout",
        /// Silence for too long.
        ReadTimeout = "read-timeout",
        /// The call took too long.
        TotalTimeout = "total-timeout",
        /// The status, which the caller wants to be an error.
        Status = "status",
        /// None of these.
        Other = "other",
    }
}

impl Class {
    /// Whether a limit of time struck.
    pub fn is_timeout(self) -> bool {
        matches!(
            self,
            Self::ConnectTimeout
                | Self::SendTimeout
                | Self::HeadTimeout
                | Self::ReadTimeout
                | Self::TotalTimeout
        )
    }

    /// Whether the connection was lost.
    pub fn is_lost(self) -> bool {
        matches!(self, Self::Closed | Self::Reset | Self::Truncated)
    }
}

words! {
    /// When it went wrong.
    Phase {
        /// Nothing was sent.
        Prepare = "prepare",
        /// Name, TCP, proxy tunnel, TLS.
        Connect = "connect",
        /// Head and content of the request.
        Send = "send",
        /// Up to the end of the final head.
        Head = "head",
        /// The content of the response.
        Body = "body",
    }
}

/// An error: class, phase, the name the documents have for it, and a message.
#[derive(Debug)]
pub struct Error {
    /// What went wrong.
    pub class: Class,
    /// When.
    pub phase: Phase,
    /// The name that `urllib` or `http.client` have for it, such as `BadStatusLine`.
    pub name: &'static str,
    /// The message.
    pub text: String,
    /// Bytes of the response's content that came before (`IncompleteRead.partial`).
    pub partial: Vec<u8>,
    /// The error of the system behind it.
    pub cause: Option<io::Error>,
    /// The response that is the error (`HTTPError`): readable as any other.
    pub response: Option<Box<Response>>,
    /// The proxy's answer that refused a tunnel.
    pub refusal: Option<Box<ResponseHead>>,
}

impl Error {
    /// An error of this class, in this phase.
    pub fn new(class: Class, phase: Phase, name: &'static str, text: impl Into<String>) -> Self {
        let text = text.into();
        Self { class, phase, name, text, partial: Vec::new(), cause: None, response: None, refusal: None }
    }

    /// A request that is refused before anything is sent.
    pub fn invalid(text: impl Into<String>) -> Self {
        Self::new(Class::InvalidRequest, Phase::Prepare, "ValueError", text)
    }

    /// A response that breaks the syntax.
    pub fn malformed(phase: Phase, name: &'static str, text: impl Into<String>) -> Self {
        Self::new(Class::Malformed, phase, name, text)
    }

    /// The same error, with what the system said.
    #[must_use]
    pub fn because(mut self, cause: io::Error) -> Self {
        self.cause = Some(cause);
        self
    }

    /// The same error, its message preceded by where it happened.
    #[must_use]
    pub fn at(mut self, place: &str) -> Self {
        if !self.text.contains(place) {
            self.text = format!("{place}: {}", self.text);
        }
        self
    }

    /// As the contract reports it.
    pub fn report(&self) -> outcome::Error {
        outcome::Error {
            class: vec![self.class.word().to_owned()],
            phase: vec![self.phase.word().to_owned()],
            kind: Some(self.name.to_owned()),
            text: Some(self.text.clone()),
            causes: self
                .cause
                .iter()
                .map(|cause| (format!("{:?}", cause.kind()), cause.to_string()))
                .collect(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.text)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_ref().map(|cause| cause as &(dyn std::error::Error + 'static))
    }
}
