//! Streamed and multipart bodies, waits and signals, as they are written.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{content::RawFinite, fields::RawFields};
use crate::scenario::{
    call::{Part as BodyPart, Signal, StreamStep, Until},
    raw::{Leaf, Many, Open, Part},
    scalar::words,
    scope::{Close, Closing, Plain, Scope, all},
    unit::Positive,
};

/// One part of a multipart body (RFC 7578).
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a part")]
#[schemars(rename = "MultipartPart")]
pub(crate) struct RawPart {
    /// The name of the form field.
    name: Leaf,
    /// The file name.
    filename: Option<Leaf>,
    /// The media type.
    #[serde(rename = "type")]
    media_type: Option<Leaf>,
    /// Other fields.
    headers: Option<Part<RawFields>>,
    /// The content; empty unless given.
    body: Option<RawFinite>,
}

impl Close for RawPart {
    type Closed = BodyPart;

    fn close(&self, scope: &Scope<'_>) -> Closing<BodyPart> {
        all! {
            name = self.name.close(scope);
            filename = self.filename.close(scope);
            media_type = self.media_type.close(scope);
            headers = self.headers.close(scope);
            body = self.body.close(scope);
        }
        let (headers, body) = (headers.unwrap_or_default(), body.unwrap_or_default());
        Some(BodyPart { name, filename, media_type, headers, body })
    }
}

/// One thing the source of a streamed body does.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", expecting = "a step of a stream")]
#[schemars(rename = "StreamStep")]
pub(crate) enum RawStreamStep {
    /// Yields these bytes.
    Send(RawFinite),
    /// Waits.
    Wait(Open<Duration>),
    /// Waits for a signal of the servers.
    Await(Part<RawSignal>),
    /// Does these steps so often.
    Repeat(RawStreamRepeat),
    /// `fail`: the caller's source fails.
    End(Open<StreamEnd>),
}

/// Steps that are done so often.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "`repeat`")]
#[schemars(rename = "StreamRepeat")]
pub(crate) struct RawStreamRepeat {
    /// How often.
    times: Open<Positive>,
    /// What.
    #[serde(rename = "do")]
    steps: Many<RawStreamStep>,
}

words! {
    /// How a stream ends before its time.
    pub(crate) StreamEnd, "`fail`" {
        /// The source fails.
        Fail = "fail",
    }
}

impl Close for RawStreamStep {
    type Closed = StreamStep;

    fn close(&self, scope: &Scope<'_>) -> Closing<StreamStep> {
        match self {
            Self::Send(content) => content.close(&scope.sending(true)).map(StreamStep::Send),
            Self::Wait(time) => time.close(scope).map(StreamStep::Wait),
            Self::Await(signal) => signal.close(scope).map(StreamStep::Await),
            Self::Repeat(repeat) => {
                all! {
                    times = repeat.times.close(scope);
                    steps = repeat.steps.close(&scope.in_turn(true));
                }
                Some(StreamStep::Repeat { times: times.0, steps })
            }
            Self::End(end) => end.close(scope).map(|StreamEnd::Fail| StreamStep::Fail),
        }
    }
}

/// A signal, given so often since the case began.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a signal")]
#[schemars(rename = "Signal")]
pub(crate) struct RawSignal {
    /// Its name.
    signal: Plain,
    /// How often (1).
    times: Option<Open<Positive>>,
}

impl Close for RawSignal {
    type Closed = Signal;

    fn close(&self, scope: &Scope<'_>) -> Closing<Signal> {
        all! {
            name = self.signal.close(scope);
            times = self.times.close(scope);
        }
        scope.signals.wait_for(self.signal.0.0, &name);
        Some(Signal { name, times: times.map_or(1, |Positive(times)| times) })
    }
}

/// A moment that comes by itself (a duration) or by a signal.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(expecting = "a duration or a signal")]
#[schemars(untagged, rename = "Until")]
pub(crate) enum RawUntil {
    #[serde(rename = "$text")]
    Elapsed(Open<Duration>),
    #[serde(rename = "$map")]
    Signal(RawSignal),
}

impl Close for RawUntil {
    type Closed = Until;

    fn close(&self, scope: &Scope<'_>) -> Closing<Until> {
        match self {
            Self::Elapsed(time) => time.close(scope).map(Until::Elapsed),
            Self::Signal(signal) => signal.close(scope).map(Until::Signal),
        }
    }
}
