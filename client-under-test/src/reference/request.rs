//! What is asked: `urllib.request.Request`, with the content it carries.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{
    error::{Error, Result},
    policy::{ConnectionFields, Policy},
    proxy::ProxyServer,
    response::Hop,
    timeouts::{Fault, Patience, Timers},
    url::Url,
};

/// Why a source gave nothing.
#[derive(Debug)]
pub enum SourceFault {
    /// It raised, with this text.
    Raised(String),
    /// It was waited for too long.
    Fault(Fault),
}

/// Content that comes piece by piece from the caller.
pub trait Source: Send {
    /// The next piece; `None` at the end.
    fn next(&mut self, patience: &Patience<'_>) -> std::result::Result<Option<Vec<u8>>, SourceFault>;

    /// Starts again, if that is possible. True if the next piece is the first one.
    fn restart(&mut self) -> bool;
}

/// A source shared by the requests that a call makes.
#[derive(Clone)]
pub struct SharedSource(Arc<Mutex<dyn Source>>);

impl SharedSource {
    /// Shares a source.
    pub fn new(source: impl Source + 'static) -> Self {
        Self(Arc::new(Mutex::new(source)))
    }

    /// The source itself.
    pub fn lock(&self) -> MutexGuard<'_, dyn Source + 'static> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for SharedSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedSource")
    }
}

/// The content of a request.
#[derive(Debug, Clone, Default)]
pub enum Content {
    /// None.
    #[default]
    Nothing,
    /// These bytes.
    Bytes(Arc<Vec<u8>>),
    /// From a source; with its length, if that is known.
    Source {
        /// Bytes announced.
        length: Option<u64>,
        /// Where they come from.
        source: SharedSource,
    },
}

impl Content {
    /// Whether there is none.
    pub fn is_nothing(&self) -> bool {
        matches!(self, Self::Nothing)
    }

    /// Prepares for being sent once more. False if that is impossible.
    pub fn rewind(&self) -> bool {
        match self {
            Self::Nothing | Self::Bytes(_) => true,
            Self::Source { source, .. } => source.lock().restart(),
        }
    }
}

/// Which HTTP is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Version {
    /// HTTP/1.0.
    Http10,
    /// HTTP/1.1.
    #[default]
    Http11,
}

/// How a request is to be treated on its way.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the contract")]
pub struct Treatment {
    /// Follow redirects. Default: yes.
    pub redirects: bool,
    /// How many, at most. Default: that of the policy.
    pub max_redirects: Option<u64>,
    /// Keep the connection. Default: yes.
    pub keepalive: bool,
    /// Ask with `Expect: 100-continue` before content is sent. Default: no.
    pub expect_continue: bool,
    /// Make an error of 4xx and 5xx. Default: no.
    pub status_errors: bool,
    /// How often a lost or unavailable exchange is repeated, and content that broke off is resumed. Default: 0.
    pub retry: u64,
    /// Ask for coded content, and decode it. Default: yes.
    pub decompress: bool,
    /// The most bytes of content accepted, as decoded.
    pub max_body: Option<u64>,
    /// The most bytes of head accepted.
    pub max_head: Option<usize>,
    /// Which HTTP is spoken.
    pub version: Version,
    /// The caller wants to switch protocols.
    pub upgrade: bool,
}

impl Default for Treatment {
    fn default() -> Self {
        Self {
            redirects: true,
            max_redirects: None,
            keepalive: true,
            expect_continue: false,
            status_errors: false,
            retry: 0,
            decompress: true,
            max_body: None,
            max_head: None,
            version: Version::Http11,
            upgrade: false,
        }
    }
}

/// A request.
#[derive(Debug, Clone)]
pub struct Request {
    /// What is asked for.
    pub url: Url,
    /// The method, spelling kept.
    pub method: String,
    /// The caller's field lines, in their order.
    pub fields: Vec<(String, Vec<u8>)>,
    /// Default fields that are not to be sent.
    pub suppressed: Vec<String>,
    /// Field lines for this hop only.
    pub unredirected: Vec<(String, Vec<u8>)>,
    /// The content.
    pub content: Content,
    /// The media type of the content, where the client made it.
    pub content_type: Option<String>,
    /// Trailer fields; they make the content chunked.
    pub trailers: Vec<(String, Vec<u8>)>,
    /// A target that replaces the one made from the URL.
    pub target: Option<Vec<u8>>,
    /// How it is treated.
    pub treatment: Treatment,
    /// The limits of the call.
    pub timers: Timers,
    /// The proxy it goes through.
    pub proxy: Option<Arc<ProxyServer>>,
    /// The hops before.
    pub history: Vec<Hop>,
    /// The URL the caller asked for.
    pub first_url: Url,
    /// How many challenges of the origin have been answered.
    pub challenges: u32,
    /// How many challenges of the proxy have been answered.
    pub proxy_challenges: u32,
}

impl Request {
    /// A GET of this URL.
    ///
    /// # Errors
    /// `invalid-request` where it is no URL of http or https.
    pub fn new(url: &[u8], policy: &Policy) -> Result<Self> {
        let url = Url::parse(url, policy)?;
        if policy.refuses_other_schemes && !matches!(url.scheme.as_str(), "http" | "https") {
            return Err(Error::invalid(format!("unknown url type: {}", url.scheme)));
        }
        Ok(Self {
            first_url: url.clone(),
            url,
            method: "GET".to_owned(),
            fields: Vec::new(),
            suppressed: Vec::new(),
            unredirected: Vec::new(),
            content: Content::Nothing,
            content_type: None,
            trailers: Vec::new(),
            target: None,
            treatment: Treatment::default(),
            timers: Timers::none(),
            proxy: None,
            history: Vec::new(),
            challenges: 0,
            proxy_challenges: 0,
        })
    }

    /// The same with content: a POST unless the method is changed again.
    #[must_use]
    pub fn with_data(mut self, data: Vec<u8>) -> Self {
        "POST".clone_into(&mut self.method);
        self.content = Content::Bytes(Arc::new(data));
        self.content_type = Some("application/x-www-form-urlencoded".to_owned());
        self
    }

    /// Adds a field line.
    pub fn add_header(&mut self, name: &str, value: &[u8]) {
        self.fields.push((name.to_owned(), value.to_vec()));
    }

    /// Adds a field line of the caller's own.
    ///
    /// # Errors
    /// `invalid-request` where the field is about the connection, and that is not the caller's business.
    pub fn add_own_header(&mut self, name: &str, value: &[u8], policy: &Policy) -> Result<()> {
        match policy.connection_fields {
            ConnectionFields::Dropped if is_about_connection(name) => return Ok(()),
            ConnectionFields::Refused if is_about_connection(name) => {
                return Err(Error::invalid(format!("{name} is the client's business")));
            }
            ConnectionFields::TeListed if name.eq_ignore_ascii_case("te") => {
                self.add_header("Connection", b"TE");
            }
            _ => {}
        }
        self.add_header(name, value);
        Ok(())
    }

    /// Adds a field line that is not repeated when a redirect is followed.
    pub fn add_unredirected_header(&mut self, name: &str, value: &[u8]) {
        self.unredirected.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self.unredirected.push((name.to_owned(), value.to_vec()));
    }

    /// Whether the caller, or a handler, has set this field.
    pub fn has_header(&self, name: &str) -> bool {
        self.get_header(name).is_some()
    }

    /// The value of a field set by the caller, or else by a handler.
    pub fn get_header(&self, name: &str) -> Option<&[u8]> {
        let all = self.fields.iter().chain(&self.unredirected);
        all.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_slice())
    }

    /// Removes a field.
    pub fn remove_header(&mut self, name: &str) {
        self.fields.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self.unredirected.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
    }

    /// Repeating it changes nothing (RFC 9110 9.2.2).
    pub fn is_idempotent(&self, policy: &Policy) -> bool {
        match self.method.as_str() {
            "GET" | "HEAD" | "OPTIONS" | "TRACE" | "PUT" | "DELETE" => true,
            "POST" | "PATCH" | "CONNECT" => false,
            _ => !policy.distrusts_unknown_methods,
        }
    }
}

/// Whether a field is about the connection (RFC 9110 7.6.1), or about when content is sent on it.
fn is_about_connection(name: &str) -> bool {
    const FIELDS: [&str; 7] =
        ["connection", "expect", "keep-alive", "proxy-connection", "te", "transfer-encoding", "upgrade"];
    FIELDS.iter().any(|field| name.eq_ignore_ascii_case(field))
}
