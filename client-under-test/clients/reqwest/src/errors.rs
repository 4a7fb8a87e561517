//! What reqwest's errors mean: by their kind and causes, then by facts, last by texts.

use std::{error::Error as StdError, io};

use wireproof_client::{
    adapter::{Raised, causes, class_of, find},
    job::{Call, Options},
    outcome::Error,
};

type Meaning = (Vec<&'static str>, Vec<&'static str>);

/// What nothing but a text tells, anywhere among the causes.
const TEXTS: &[(&str, &str, &str)] = &[
    ("too many redirects", "too-many-redirects", "head"),
    ("tunnel error", "proxy", "connect"),
    ("SOCKS", "proxy", "connect"),
    ("proxy authorization required", "proxy", "connect"),
    ("failed to lookup address information", "dns", "connect"),
    ("message head is too large", "too-large", "head"),
    ("received unexpected message from connection", "malformed", "head"),
];

/// Raised while the client or a request was made.
pub(crate) fn refused(error: &(dyn StdError + 'static)) -> Error {
    described((vec!["invalid-request"], vec!["prepare"]), error)
}

/// A status that the caller wants to be an error.
pub(crate) fn of_status(error: &reqwest::Error) -> Error {
    described((vec!["status"], vec!["head"]), error)
}

/// Raised by a connection that speaks another protocol.
pub(crate) fn of_switched(error: &io::Error) -> Error {
    let class = class_of(error.kind()).unwrap_or(&["other"]);
    described((class.to_vec(), vec!["body"]), error)
}

/// Raised by a call. `answered`: the caller has been given a response.
pub(crate) fn told(error: &reqwest::Error, call: &Call, options: &Options, answered: bool) -> Error {
    described(meaning(error, call, options, answered), error)
}

fn described((class, phase): Meaning, error: &(dyn StdError + 'static)) -> Error {
    Error::new(&class, &phase).told_by(name(error), error)
}

/// `reqwest::Error(Request)`: the kind is shown by `Debug` alone.
fn name(error: &(dyn StdError + 'static)) -> String {
    let shown = format!("{error:?}");
    let word = |text: &str| text.split([' ', ',', '(', '{']).next().unwrap_or_default().to_owned();
    match shown.split_once("kind: ") {
        Some((kind, rest)) if kind.starts_with("reqwest::Error") => format!("reqwest::Error({})", word(rest)),
        _ => word(&shown),
    }
}

fn meaning(error: &reqwest::Error, call: &Call, options: &Options, answered: bool) -> Meaning {
    let waiting = if answered { vec!["body"] } else { vec!["send", "head"] };
    if find::<Raised>(error).is_some() {
        return (vec!["caller"], vec!["send"]);
    }
    if error.is_timeout() {
        return of_time(error, options, answered);
    }
    if error.is_dns() {
        return (vec!["dns"], vec!["connect"]);
    }
    if error.is_builder() {
        // Of the call's own URL, or of the one a redirect leads to.
        let own = error.url().is_none_or(|url| Some(url) == own_url(call).as_ref());
        let class = if own { "invalid-request" } else { "bad-redirect" };
        return (vec![class], vec!["prepare"]);
    }
    if let Some(meaning) = of_text(error) {
        return meaning;
    }
    if error.is_redirect() {
        return (vec!["bad-redirect"], vec!["head"]);
    }
    // There is no TLS in this build. Of the call's own URL that is refused before anything else.
    if error.is_connect() && causes(error).any(|cause| cause.to_string().contains("scheme is not http")) {
        let own = own_url(call).is_some_and(|url| url.scheme() == "https");
        return (vec![if own { "invalid-request" } else { "bad-redirect" }], vec!["prepare"]);
    }
    let hyper = innermost(error);
    let io = causes(error).filter_map(|cause| cause.downcast_ref::<io::Error>()).last();
    if error.is_connect() {
        let class = io.and_then(|io| class_of(io.kind()));
        return (class.unwrap_or(&["other"]).to_vec(), vec!["connect"]);
    }
    if let Some(class) = io.and_then(|io| class_of(io.kind())) {
        return (class.to_vec(), waiting);
    }
    match (hyper, io.map(io::Error::kind)) {
        (Some(hyper), _) if hyper.is_body_write_aborted() => (vec!["invalid-request"], vec!["send"]),
        (Some(hyper), _) if hyper.is_parse() => (vec!["malformed"], vec!["head"]),
        (Some(hyper), _) if hyper.is_incomplete_message() => (vec!["closed"], waiting),
        // The rest of the errors of a body: the decoder of chunks says so, then that of a coding.
        (Some(_), Some(io::ErrorKind::UnexpectedEof)) if answered => (vec!["truncated"], vec!["body"]),
        (Some(_), Some(io::ErrorKind::UnexpectedEof)) => (vec!["closed"], waiting),
        (Some(_), Some(io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData)) => {
            (vec!["malformed"], if answered { vec!["body"] } else { vec!["head", "body"] })
        }
        (None, Some(io::ErrorKind::UnexpectedEof)) if answered => (vec!["truncated", "decode"], vec!["body"]),
        (None, _) if error.is_decode() => (vec!["decode"], vec!["body"]),
        _ => (vec!["other"], Vec::new()),
    }
}

/// hyper's own error that is nearest to the cause of it all.
fn innermost(error: &reqwest::Error) -> Option<&hyper::Error> {
    causes(error).filter_map(|cause| cause.downcast_ref()).last()
}

fn of_text(error: &reqwest::Error) -> Option<Meaning> {
    let texts: Vec<String> = causes(error).map(ToString::to_string).collect();
    let known = TEXTS.iter().find(|(part, _, _)| texts.iter().any(|text| text.contains(part)));
    known.map(|(_, class, phase)| (vec![*class], vec![*phase]))
}

/// The call's own URL, as reqwest takes it.
fn own_url(call: &Call) -> Option<reqwest::Url> {
    reqwest::Url::parse(&String::from_utf8(call.url.to_vec()).ok()?).ok()
}

/// An error that time caused does not say which limit it was: it is one of those that were set.
fn of_time(error: &reqwest::Error, options: &Options, answered: bool) -> Meaning {
    let total = options.total_timeout.map(|_| "total-timeout");
    if error.is_connect() {
        // Without a limit of its own it is the system's.
        let connect = options.connect_timeout.map(|_| "connect-timeout");
        let class: Vec<_> = connect.into_iter().chain(total).collect();
        return (if class.is_empty() { vec!["connect-timeout"] } else { class }, vec!["connect"]);
    }
    let read = options.read_timeout.map(|_| "read-timeout");
    let class: Vec<_> = read.into_iter().chain(total).collect();
    let phase = if answered { vec!["body"] } else { vec!["connect", "send", "head"] };
    (if class.is_empty() { vec!["other"] } else { class }, phase)
}
