//! What a client is asked.

use std::time::Duration;

use wireproof_server::{
    script::{Content, Field, Step},
    text::Text,
};

use super::{client::ClientOptions, json::Json};

/// One item of `calls`, done in order.
#[derive(Debug, Clone, PartialEq)]
pub enum CallItem {
    /// A call.
    Call(Box<Call>),
    /// The caller waits; not scaled.
    Wait(Duration),
    /// The caller waits for a signal of the servers.
    Await(Signal),
    /// All at once; ends when all have.
    Together(Vec<Call>),
    /// The session ends.
    EndSession,
}

/// A signal, given so often since the case began.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Signal {
    /// Its name.
    pub name: String,
    /// How often; from 1.
    pub times: u64,
}

/// A moment that comes by itself or by a signal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Until {
    /// After this time; not scaled.
    Elapsed(Duration),
    /// When the signal was given.
    Signal(Signal),
}

/// One call, or several alike.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The method, that of `method:` where it is given.
    pub method: Text,
    /// The URL, spaces and all.
    pub url: Text,
    /// The caller's fields, in this order.
    pub headers: Vec<Field>,
    /// The content.
    pub body: Option<Body>,
    /// The request's trailer fields, in this order.
    pub trailers: Vec<Field>,
    /// The request target that replaces the one made from the URL.
    pub target: Option<Text>,
    /// The session; sessions share nothing. `None` is the first.
    pub session: Option<String>,
    /// Options for this call.
    pub with: ClientOptions,
    /// How often; from 1.
    pub times: u64,
    /// How the caller takes the body.
    pub read: Read,
    /// How long the response is kept open unread.
    pub hold: Option<Until>,
    /// When it is given up.
    pub cancel: Option<Cancel>,
    /// Steps on an upgraded connection: `send`, `receive`, `wait`, `await` of a signal, `end: close`.
    pub then: Vec<Step>,
}

/// How the caller takes the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Read {
    /// All of it, in the client's most usual way.
    #[default]
    All,
    /// Not at all.
    Head,
    /// By the client's own decoder, to a string.
    Text,
    /// By the client's own decoder, to a JSON value.
    Json,
    /// So many bytes, then the response is dropped.
    Bytes(u64),
}

/// When a call is given up.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Cancel {
    /// Then.
    When(Until),
    /// Once the final head has come.
    Head,
}

/// The content of a call.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// These bytes.
    Bytes(Content),
    /// By the client's own form encoder.
    Form(Vec<Field>),
    /// By the client's own JSON encoder.
    Json(Json),
    /// By the client's own multipart encoder (RFC 7578).
    Multipart(Vec<Part>),
    /// From a source of the caller's.
    Stream(Stream),
}

/// One part of a multipart body.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// The name of the form field.
    pub name: Text,
    /// The file name.
    pub filename: Option<Text>,
    /// The media type.
    pub media_type: Option<Text>,
    /// Other fields.
    pub headers: Vec<Field>,
    /// The content.
    pub body: Content,
}

/// A body that comes piece by piece.
#[derive(Debug, Clone, PartialEq)]
pub struct Stream {
    /// What the source does, in order.
    pub steps: Vec<StreamStep>,
    /// The length announced; `None` is unknown.
    pub length: Option<u64>,
    /// Whether it can be read again.
    pub replay: bool,
}

/// One thing the source of a streamed body does.
#[derive(Debug, Clone, PartialEq)]
pub enum StreamStep {
    /// Yields these bytes.
    Send(Content),
    /// Waits; not scaled.
    Wait(Duration),
    /// Waits for a signal.
    Await(Signal),
    /// Does these steps so often.
    Repeat {
        /// How often.
        times: u64,
        /// What.
        steps: Vec<StreamStep>,
    },
    /// Fails.
    Fail,
}
