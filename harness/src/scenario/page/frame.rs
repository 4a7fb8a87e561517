//! HTTP/2 frames as they are written.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{content::RawFinite, fields::RawFields};
use crate::scenario::{
    expect::FrameExpect,
    raw::{Many, One, Open, Part, Table},
    scope::{Close, Closing, Scope, Word, all},
    server::{Frame, FrameType},
};

/// An HTTP/2 frame (RFC 9113 6).
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a frame")]
#[schemars(rename = "Frame")]
pub(crate) struct RawFrame {
    /// Its type: `GOAWAY`.
    #[serde(rename = "type")]
    kind: Open<FrameType>,
    /// Its stream: that of the request, or 0 where the frame is the connection's.
    stream: Option<Open<u64>>,
    /// Its flags: `[END_STREAM]`.
    flags: Option<Many<Word>>,
    /// Its field section.
    fields: Option<Part<RawFields>>,
    /// Its settings, by name.
    settings: Option<Table<Open<u64>>>,
    /// The last stream of GOAWAY.
    last: Option<Open<u64>>,
    /// Its error code, by name.
    error: Option<Word>,
    /// Its increment.
    increment: Option<Open<u64>>,
    /// Its payload, in place of all that.
    payload: Option<RawFinite>,
}

/// The error codes (RFC 9113 7).
const ERRORS: &[&str] = &[
    "NO_ERROR",
    "PROTOCOL_ERROR",
    "INTERNAL_ERROR",
    "FLOW_CONTROL_ERROR",
    "SETTINGS_TIMEOUT",
    "STREAM_CLOSED",
    "FRAME_SIZE_ERROR",
    "REFUSED_STREAM",
    "CANCEL",
    "COMPRESSION_ERROR",
    "CONNECT_ERROR",
    "ENHANCE_YOUR_CALM",
    "INADEQUATE_SECURITY",
    "HTTP_1_1_REQUIRED",
];

/// The flags (RFC 9113 6).
const FLAGS: &[&str] = &["END_STREAM", "END_HEADERS", "PADDED", "PRIORITY", "ACK"];

/// The settings (RFC 9113 6.5.2).
const SETTINGS: &[&str] = &[
    "HEADER_TABLE_SIZE",
    "ENABLE_PUSH",
    "MAX_CONCURRENT_STREAMS",
    "INITIAL_WINDOW_SIZE",
    "MAX_FRAME_SIZE",
    "MAX_HEADER_LIST_SIZE",
];

fn error_code(word: Option<Word>, scope: &Scope<'_>) -> Closing<Option<String>> {
    match word {
        Some(word) => scope.word_of(word.0, "error code of HTTP/2", ERRORS).map(Some),
        None => Some(None),
    }
}

impl Close for RawFrame {
    type Closed = Frame;

    fn close(&self, scope: &Scope<'_>) -> Closing<Frame> {
        all! {
            kind = self.kind.close(scope);
            stream = self.stream.close(scope);
            flags = self.flags(scope);
            fields = self.fields.close(scope);
            settings = self.settings(scope);
            last = self.last.close(scope);
            error = error_code(self.error, scope);
            increment = self.increment.close(scope);
            payload = self.payload.close(scope);
        }
        let (fields, settings) = (fields.unwrap_or_default(), settings.unwrap_or_default());
        Some(Frame { kind, stream, flags, fields, settings, last, error, increment, payload })
    }
}

impl RawFrame {
    fn flags(&self, scope: &Scope<'_>) -> Closing<Option<Vec<String>>> {
        let Some(flags) = &self.flags else { return Some(None) };
        let flags: Vec<Option<String>> =
            flags.iter().map(|flag| scope.word_of(flag.0, "flag of HTTP/2", FLAGS)).collect();
        flags.into_iter().collect::<Option<_>>().map(Some)
    }

    fn settings(&self, scope: &Scope<'_>) -> Closing<Option<Vec<(String, u64)>>> {
        let Some(settings) = &self.settings else { return Some(None) };
        for (name, _) in &settings.0 {
            scope.word_of(*name, "setting of HTTP/2", SETTINGS)?;
        }
        settings.close(scope).map(Some)
    }
}

/// A frame that is expected: its type, or a mapping of its type to details.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(expecting = "a frame (its type, or a mapping of its type to details)")]
#[schemars(rename = "FrameExpectation")]
pub(crate) enum RawFrameExpect {
    #[serde(rename = "$text")]
    #[schemars(untagged)]
    Kind(Open<FrameType>),
    #[serde(rename = "$other")]
    #[schemars(untagged, with = "One<RawFrameDetails>")]
    Detailed(Open<FrameType>, Part<RawFrameDetails>),
}

/// What else must be true of a frame.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a frame")]
#[schemars(rename = "FrameDetails")]
pub(crate) struct RawFrameDetails {
    /// Its stream.
    stream: Option<Open<u64>>,
    /// Its error code, by name.
    error: Option<Word>,
    /// Its last stream.
    last: Option<Open<u64>>,
    /// Its increment.
    increment: Option<Open<u64>>,
}

impl Close for RawFrameExpect {
    type Closed = FrameExpect;

    fn close(&self, scope: &Scope<'_>) -> Closing<FrameExpect> {
        let none = RawFrameDetails::default();
        let (kind, details) = match self {
            Self::Kind(kind) => (kind, &none),
            Self::Detailed(kind, details) => (kind, details.get()?),
        };
        all! {
            kind = kind.close(scope);
            stream = details.stream.close(scope);
            error = error_code(details.error, scope);
            last = details.last.close(scope);
            increment = details.increment.close(scope);
        }
        Some(FrameExpect { kind, stream, error, last, increment })
    }
}
