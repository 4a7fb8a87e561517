//! Calls as they are written.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use wireproof_server::{
    script::{Await, End, Step},
    text::Text,
};

use super::{
    body::RawBody,
    client::RawClient,
    content::RawBytes,
    fields::RawFields,
    stream::{RawSignal, RawUntil},
};
use crate::scenario::{
    call::{Call, CallItem, Cancel, Read, Signal},
    document::did_you_mean,
    raw::{Leaf, Many, One, Open, Part},
    scalar::{Scalar, words},
    scope::{Close, Closing, Plain, Scope, Word, all},
    template,
    unit::{Positive, Size},
};

/// One item of `calls`: a request line with a URL, a mapping of one to details, or a step.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", expecting = "a call (a request line or a mapping)")]
#[schemars(rename = "CallItem")]
pub(crate) enum RawCallItem {
    /// The caller waits.
    Wait(Open<Duration>),
    /// The caller waits for a signal of the servers.
    Await(Part<RawSignal>),
    /// All at once; ends when all have.
    Together(Many<RawTogether>),
    /// `session`: the session ends.
    End(Open<SessionWord>),
    #[serde(rename = "$text")]
    #[schemars(untagged)]
    Line(Leaf),
    #[serde(rename = "$line")]
    #[schemars(untagged, with = "One<RawCall>")]
    Detailed(Leaf, Part<Box<RawCall>>),
}

words! {
    /// What ends in the middle of calls.
    pub(crate) SessionWord, "`session`" {
        /// The session.
        Session = "session",
    }
}

/// One of several calls at once: a request line with a URL, or a mapping of one to details.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(expecting = "a call (a request line or a mapping)")]
#[schemars(rename = "Call")]
pub(crate) enum RawTogether {
    #[serde(rename = "$text")]
    #[schemars(untagged)]
    Line(Leaf),
    #[serde(rename = "$line")]
    #[schemars(untagged, with = "One<RawCall>")]
    Detailed(Leaf, Part<Box<RawCall>>),
}

/// What else is asked of a call.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a call")]
#[schemars(rename = "CallDetails")]
pub(crate) struct RawCall {
    /// The caller's fields.
    headers: Option<Part<RawFields>>,
    /// The content.
    body: Option<RawBody>,
    /// The request's trailer fields.
    trailers: Option<Part<RawFields>>,
    /// The method, where no line can spell it.
    method: Option<Leaf>,
    /// The request target in place of the one made from the URL.
    target: Option<Leaf>,
    /// The name of its session; sessions share nothing.
    session: Option<Plain>,
    /// Options for this call.
    with: Option<Part<RawClient>>,
    /// How often; `{n}` counts (1).
    times: Option<Open<Positive>>,
    /// `all` (default), `head`, `text`, `json`, or a size after which the rest is dropped.
    read: Option<Open<Read>>,
    /// How long the response is kept open unread.
    hold: Option<Part<RawUntil>>,
    /// When it is given up: after a duration, at `head`, or at a signal.
    cancel: Option<Part<RawCancel>>,
    /// Steps on an upgraded connection.
    then: Option<Many<RawUpgradedStep>>,
}

impl Scalar for Read {
    const EXPECTED: &'static str = "`all`, `head`, `text`, `json` or a size";

    fn read(text: &str) -> Option<Self> {
        match text {
            "all" => Some(Self::All),
            "head" => Some(Self::Head),
            "text" => Some(Self::Text),
            "json" => Some(Self::Json),
            _ => Size::read(text).map(|Size(bytes)| Self::Bytes(bytes)),
        }
    }

    fn pattern() -> Option<&'static str> {
        Some(r"^(all|head|text|json|\d+([KMG]iB|[kMG]B)?)$")
    }
}

/// A duration, `head`, or a signal.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(expecting = "`cancel` (a duration, `head` or a signal)")]
#[schemars(untagged, rename = "Cancel")]
pub(crate) enum RawCancel {
    #[serde(rename = "$text")]
    Word(Word),
    #[serde(rename = "$map")]
    Signal(RawSignal),
}

impl Close for RawCancel {
    type Closed = Cancel;

    fn close(&self, scope: &Scope<'_>) -> Closing<Cancel> {
        use crate::scenario::call::Until;
        match self {
            Self::Signal(signal) => signal.close(scope).map(|signal| Cancel::When(Until::Signal(signal))),
            Self::Word(word) => {
                let text = word.close(scope)?;
                if text == "head" {
                    return Some(Cancel::Head);
                }
                let time = Duration::read(&text);
                if time.is_none() {
                    let message = format!("expected a duration, `head` or a signal, found `{text}`");
                    scope.fault_of_leaf(word.0, message, did_you_mean(&text, ["head"]));
                }
                time.map(|time| Cancel::When(Until::Elapsed(time)))
            }
        }
    }
}

/// One thing done on an upgraded connection.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", expecting = "a step on an upgraded connection")]
#[schemars(rename = "UpgradedStep")]
pub(crate) enum RawUpgradedStep {
    /// Writes these bytes.
    Send(RawBytes),
    /// Reads exactly these bytes.
    Receive(Leaf),
    /// Waits.
    Wait(Open<Duration>),
    /// Waits for a signal of the servers.
    Await(Part<RawSignal>),
    /// `close`: ends the connection.
    End(Open<CloseWord>),
}

words! {
    /// How an upgraded connection ends.
    pub(crate) CloseWord, "`close`" {
        /// FIN.
        Close = "close",
    }
}

impl Close for RawUpgradedStep {
    type Closed = Step;

    fn close(&self, scope: &Scope<'_>) -> Closing<Step> {
        Some(match self {
            Self::Send(content) => Step::Send(content.close(&scope.sending(true))?),
            Self::Receive(text) => Step::Receive(text.close(scope)?),
            Self::Wait(time) => Step::Wait(time.close(scope)?),
            Self::Await(signal) => {
                let Signal { name, times } = signal.close(scope)?;
                Step::Await(Await::Signal { name, times })
            }
            Self::End(end) => end.close(scope).map(|CloseWord::Close| Step::End(End::Close))?,
        })
    }
}

impl Close for RawCallItem {
    type Closed = CallItem;

    fn close(&self, scope: &Scope<'_>) -> Closing<CallItem> {
        Some(match self {
            Self::Line(leaf) => CallItem::Call(Box::new(bare(*leaf, scope)?)),
            Self::Detailed(leaf, details) => CallItem::Call(Box::new(detailed(*leaf, details, scope)?)),
            Self::Wait(time) => CallItem::Wait(time.close(scope)?),
            Self::Await(signal) => CallItem::Await(signal.close(scope)?),
            Self::Together(calls) if calls.is_written_empty(scope.document) => {
                scope.fault(calls.at, "there is no call here");
                return None;
            }
            Self::Together(calls) => CallItem::Together(calls.close(scope)?),
            Self::End(end) => end.close(scope).map(|SessionWord::Session| CallItem::EndSession)?,
        })
    }
}

impl Close for RawTogether {
    type Closed = Call;

    fn close(&self, scope: &Scope<'_>) -> Closing<Call> {
        match self {
            Self::Line(leaf) => bare(*leaf, scope),
            Self::Detailed(leaf, details) => detailed(*leaf, details, scope),
        }
    }
}

fn bare(line: Leaf, scope: &Scope<'_>) -> Closing<Call> {
    RawCall::default().close(line, scope)
}

fn detailed(line: Leaf, details: &Part<Box<RawCall>>, scope: &Scope<'_>) -> Closing<Call> {
    details.get()?.close(line, scope)
}

impl RawCall {
    fn close(&self, line: Leaf, scope: &Scope<'_>) -> Closing<Call> {
        let scope = &scope.in_turn(self.times.is_some());
        all! {
            line = url_line(line, scope);
            headers = self.headers.close(scope);
            body = self.body.close(scope);
            trailers = self.trailers.close(scope);
            method = self.method.close(scope);
            target = self.target.close(scope);
            session = self.session.close(scope);
            with = self.with.close(scope);
            times = self.times.close(scope);
            read = self.read.close(scope);
            hold = self.hold.close(scope);
            cancel = self.cancel.close(scope);
            then = self.then.close(scope);
        }
        let (spelled, url) = line;
        Some(Call {
            method: method.unwrap_or(spelled),
            url,
            headers: headers.unwrap_or_default(),
            body,
            trailers: trailers.unwrap_or_default(),
            target,
            session,
            with: with.unwrap_or_default(),
            times: times.map_or(1, |Positive(times)| times),
            read: read.unwrap_or_default(),
            hold,
            cancel,
            then: then.unwrap_or_default(),
        })
    }
}

/// The line is split at its first space; the rest is the URL, spaces and all.
fn url_line(leaf: Leaf, scope: &Scope<'_>) -> Closing<(Text, Text)> {
    let filled = scope.filled(leaf)?;
    let Some(space) = template::first_space(&filled).filter(|space| *space > 0) else {
        let steps = ["wait", "await", "together", "end"];
        let help = did_you_mean(&filled, steps)
            .or_else(|| Some("a call is a method, one space and a URL: `GET {origin}/`".to_owned()));
        scope.fault_of_leaf(leaf, format!("`{filled}` is no call"), help);
        return None;
    };
    all! {
        method = scope.text_of(leaf, &filled[..space]);
        url = scope.text_of(leaf, &filled[space + 1..]);
    }
    Some((method, url))
}
