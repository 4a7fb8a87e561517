//! What servers do, as the author wrote it.
//!
//! What the server crate already says in the same words is its own type ([`script`]); what it
//! cannot do yet (TLS, HTTP/2, SOCKS) is here.

use std::time::Duration;

use wireproof_server::{
    script::{self, After, Conditions, Content, Field, Ip, Pace},
    text::Text,
};

use super::scalar::words;

/// One server of a case.
#[derive(Debug, Clone, PartialEq)]
pub struct Server {
    /// What it does.
    pub role: Role,
    /// Names that lead to it; also the names of its certificate.
    pub hosts: Vec<String>,
    /// A fixed port.
    pub port: Option<u16>,
    /// Which addresses it has.
    pub ip: Ip,
    /// Whether it is a Unix socket.
    pub unix: bool,
    /// How it speaks TLS; `None` is not at all.
    pub tls: Option<Tls>,
    /// Which HTTP it speaks.
    pub speaks: Speaks,
    /// SOCKS first, then relays to the server asked for.
    pub socks: Option<Socks>,
}

/// What a server does, in short or at length.
#[derive(Debug, Clone, PartialEq)]
pub enum Role {
    /// Tried in this order; the first that holds and is not used up fires.
    Rules(Vec<Rule>),
    /// Answers 200 with the body `ok` to everything.
    Ok,
    /// A closed port.
    Refused,
    /// Swallows SYNs.
    Blackhole,
    /// Accepts and never answers.
    Silent,
}

words! {
    /// Which HTTP a server speaks.
    pub Speaks, "`h1` or `h2`" {
        /// HTTP/1.1 (RFC 9112).
        H1 = "h1",
        /// HTTP/2 (RFC 9113).
        H2 = "h2",
    }
}

/// How a server speaks TLS.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tls {
    /// Its certificate.
    pub certificate: Certificate,
    /// Other certificates, by the name the client asks for (SNI).
    pub by_name: Vec<(String, Certificate)>,
    /// The versions it speaks; empty is all.
    pub versions: Vec<TlsVersion>,
    /// The protocols it offers; empty is what it speaks.
    pub alpn: Vec<String>,
    /// Whether it wants a certificate of the client.
    pub client_certificate: Option<ClientCertificate>,
}

words! {
    /// A version of TLS.
    pub TlsVersion, "a version of TLS, quoted: \"1.0\" to \"1.3\"" {
        /// RFC 2246
        V10 = "1.0",
        /// RFC 4346
        V11 = "1.1",
        /// RFC 5246
        V12 = "1.2",
        /// RFC 8446
        V13 = "1.3",
    }
}

words! {
    /// Whether a server wants a certificate of its client.
    pub ClientCertificate, "`asked` or `required`" {
        /// It asks.
        Asked = "asked",
        /// It goes on with one only.
        Required = "required",
    }
}

/// A server's certificate. What is not said is right.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Certificate {
    /// Subject alternative names; `None` is the server's hosts and address.
    pub names: Option<Vec<Text>>,
    /// The common name.
    pub cn: Option<Text>,
    /// Valid from.
    pub from: Option<Moment>,
    /// Valid until.
    pub until: Option<Moment>,
    /// Who signed it; `None` is the run's authority.
    pub issuer: Option<Issuer>,
    /// What is sent along; `None` is the full chain.
    pub chain: Option<Chain>,
}

/// A time seen from now; not scaled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Moment {
    /// True for the past.
    pub back: bool,
    /// How far.
    pub by: Duration,
}

words! {
    /// Who signed a certificate.
    pub Issuer, "`ca`, `self`, `unknown` or `leaf`" {
        /// The run's authority, which clients trust.
        Ca = "ca",
        /// Itself.
        Itself = "self",
        /// An authority that nobody trusts.
        Unknown = "unknown",
        /// A good certificate that is no authority.
        Leaf = "leaf",
    }
}

words! {
    /// What is sent along with a certificate.
    pub Chain, "`full`, `no-intermediate` or `misordered`" {
        /// All of it.
        Full = "full",
        /// The intermediate authority is left out.
        NoIntermediate = "no-intermediate",
        /// All of it, in the wrong order.
        Misordered = "misordered",
    }
}

/// A SOCKS server (RFC 1928).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Socks {
    /// 4 or 5.
    pub version: u64,
    /// The user asked for.
    pub user: Option<Text>,
    /// The password asked for.
    pub password: Option<Text>,
    /// The reply code; `None` is success.
    pub reply: Option<u64>,
    /// How its own messages are cut.
    pub pace: Option<Pace>,
}

/// When something happens, and what.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// What must hold.
    pub when: When,
    /// How often it fires before it is passed over; `None` is without limit.
    pub times: Option<u64>,
    /// How much of the request is read before it fires.
    pub after: After,
    /// What is done, in this order. `reply:` in place of `do:` is one step.
    pub steps: Vec<Step>,
}

/// What must hold for a rule to fire.
#[derive(Debug, Clone, PartialEq)]
pub enum When {
    /// TCP was accepted; no byte has been read.
    Accept,
    /// The `ClientHello` was read.
    Hello,
    /// The HTTP/2 preface was read.
    Preface,
    /// The head of a request is complete, and all of these hold.
    Request(Conditions),
}

/// One thing a server does.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// One that the server crate has. Never its `Repeat`.
    Plain(script::Step),
    /// Does these steps again and again.
    Repeat {
        /// How often; `None` is until the client ends the connection.
        times: Option<u64>,
        /// What.
        steps: Vec<Step>,
    },
    /// Writes an HTTP/2 frame.
    Frame(Frame),
    /// Sends a fatal TLS alert of this name and ends.
    Alert(String),
    /// Does something to TLS.
    Tls(TlsStep),
}

words! {
    /// Something done to TLS.
    pub TlsStep, "`corrupt` or `close-notify`" {
        /// Spoils the next record.
        Corrupt = "corrupt",
        /// Sends `close_notify` and keeps the socket.
        CloseNotify = "close-notify",
    }
}

/// An HTTP/2 frame (RFC 9113 6).
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// Its type: `GOAWAY`.
    pub kind: FrameType,
    /// Its stream; `None` is that of the request, or 0 where the frame is the connection's.
    pub stream: Option<u64>,
    /// Its flags: `END_STREAM`. `None` is what such a frame usually has.
    pub flags: Option<Vec<String>>,
    /// The field section of HEADERS, CONTINUATION and `PUSH_PROMISE`.
    pub fields: Vec<Field>,
    /// The settings of SETTINGS, by name.
    pub settings: Vec<(String, u64)>,
    /// The last stream of GOAWAY.
    pub last: Option<u64>,
    /// The error code of GOAWAY and `RST_STREAM`, by name.
    pub error: Option<String>,
    /// The increment of `WINDOW_UPDATE`.
    pub increment: Option<u64>,
    /// The payload, in place of all that.
    pub payload: Option<Content>,
}

words! {
    /// A type of HTTP/2 frame.
    pub FrameType, "a type of HTTP/2 frame" {
        /// RFC 9113 6.1
        Data = "DATA",
        /// RFC 9113 6.2
        Headers = "HEADERS",
        /// RFC 9113 6.3
        Priority = "PRIORITY",
        /// RFC 9113 6.4
        RstStream = "RST_STREAM",
        /// RFC 9113 6.5
        Settings = "SETTINGS",
        /// RFC 9113 6.6
        PushPromise = "PUSH_PROMISE",
        /// RFC 9113 6.7
        Ping = "PING",
        /// RFC 9113 6.8
        Goaway = "GOAWAY",
        /// RFC 9113 6.9
        WindowUpdate = "WINDOW_UPDATE",
        /// RFC 9113 6.10
        Continuation = "CONTINUATION",
    }
}
