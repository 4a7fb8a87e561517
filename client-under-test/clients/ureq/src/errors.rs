//! What ureq's errors mean: by variant, then by what they carry, then by facts, last by texts.

use std::io;

use ureq::Timeout;
use wireproof_client::{
    adapter::{Raised, class_of, find},
    job::{Call, Options},
    outcome::Error,
};

type Meaning = (&'static [&'static str], &'static [&'static str]);

const INVALID: Meaning = (&["invalid-request"], &["prepare"]);
const OTHER: Meaning = (&["other"], &[]);

/// The text of an end that came too early.
const DISCONNECTED: &str = "Peer disconnected";

/// Variants of the protocol's errors, which ureq does not export: their names are their `Debug`.
const PROTOCOL: &[(&str, Meaning)] = &[
    ("HttpParseFail", (&["malformed"], &["head"])),
    ("HttpParseTooManyHeaders", (&["too-large"], &["head"])),
    ("HeadersWith100", (&["malformed"], &["head"])),
    ("BadReject100Status", (&["malformed"], &["head"])),
    ("ChunkLenNotAscii", (&["malformed"], &["body"])),
    ("ChunkLenNotANumber", (&["malformed"], &["body"])),
    ("ChunkExpectedCrLf", (&["malformed"], &["body"])),
    ("NoLocationHeader", (&["bad-redirect"], &["head"])),
    ("BadLocationHeader", (&["bad-redirect"], &["head"])),
    ("BadHeader", INVALID),
    ("BadHostHeader", INVALID),
    ("BadAuthorizationHeader", INVALID),
    ("TooManyHostHeaders", INVALID),
    ("MethodVersionMismatch", INVALID),
    ("UnsupportedVersion", INVALID),
    ("BodyNotAllowed", INVALID),
    ("OutputOverflow", INVALID),
    ("BodyLargerThanContentLength", (&["invalid-request"], &["send"])),
    ("BodyContentAfterFinish", (&["invalid-request"], &["send"])),
];

/// The same of errors that a request and an answer can both be guilty of. If the request has no framing of the
/// caller's, it is the answer.
const OF_FRAMING: &[&str] =
    &["TooManyContentLengthHeaders", "BadContentLengthHeader", "ConflictingBodyHeaders", "BodyIsChunked"];

/// Raised while the agent was made.
pub(crate) fn refused(error: &ureq::Error) -> Error {
    described(INVALID, error)
}

/// Raised by a call. `answered`: the caller has been given a response. `given_up`: the agent has been shut down.
pub(crate) fn told(
    error: &ureq::Error,
    call: &Call,
    options: &Options,
    answered: bool,
    given_up: bool,
) -> Error {
    // It has no word for it: what it says is what its layers make of the closed connection. To a decoder that is an end.
    if given_up && matches!(error, ureq::Error::Io(_) | ureq::Error::Decompress(..)) {
        let phase: &[&str] = if answered { &["body"] } else { &["connect", "send", "head"] };
        return described((&["cancelled"], phase), error);
    }
    // The system's own limit on an address is told as that of connecting, whichever of them it was cut down to.
    if let (ureq::Error::Timeout(Timeout::Connect), Some(_)) = (error, options.total_timeout) {
        let class: &[&str] = match options.connect_timeout {
            Some(_) => &["connect-timeout", "total-timeout"],
            None => &["total-timeout"],
        };
        return described((class, &["connect"]), error);
    }
    described(meaning(error, call, answered), error)
}

fn described((class, phase): (&[&str], &[&str]), error: &ureq::Error) -> Error {
    Error::new(class, phase).told_by(format!("ureq::Error::{}", variant(error)), error)
}

/// The name of a variant, as `Debug` has it.
fn variant(error: &dyn std::fmt::Debug) -> String {
    let shown = format!("{error:?}");
    shown.split(|character: char| !character.is_alphanumeric()).next().unwrap_or_default().to_owned()
}

fn meaning(error: &ureq::Error, call: &Call, answered: bool) -> Meaning {
    use ureq::Error as E;

    match error {
        E::BadUri(_) if is_http(call) => (&["bad-redirect"], &["prepare"]),
        E::BadUri(_) | E::Http(_) | E::InvalidProxyUrl | E::InvalidMimeType(_) => INVALID,
        E::Protocol(protocol) => of_protocol(&variant(protocol), call),
        E::Timeout(timeout) => of_time(*timeout, answered),
        E::HostNotFound => (&["dns"], &["connect"]),
        E::RedirectFailed => (&["bad-redirect"], &["head"]),
        E::TooManyRedirects => (&["too-many-redirects"], &["head"]),
        E::BodyExceedsLimit(_) => (&["too-large"], &["body"]),
        E::LargeResponseHeader(..) => (&["too-large"], &["head"]),
        // What feeds the decoder hands its own faults through. An end that the decoder complains of is one of the coding.
        E::Decompress(_, error) if error.to_string() != DISCONNECTED => match class_of(error.kind()) {
            Some(class) => (class, &["body"]),
            None => (&["decode"], &["body"]),
        },
        E::Io(error) | E::Decompress(_, error) => of_io(error, answered),
        E::Json(_) | E::UnknownCharset(_) => (&["decode"], &["body"]),
        E::ConnectProxyFailed(_) => (&["proxy"], &["connect"]),
        E::Tls(_) | E::TlsRequired => (&["tls"], &["connect"]),
        E::StatusCode(_) => (&["status"], &["head"]),
        _ => OTHER,
    }
}

/// Whether the call's own URL is one ureq takes: then a bad one is that of a redirect.
fn is_http(call: &Call) -> bool {
    let url = call.url.to_vec();
    let uri = ureq::http::Uri::try_from(url.as_slice());
    uri.is_ok_and(|uri| uri.host().is_some() && matches!(uri.scheme_str(), Some("http" | "https")))
}

fn of_protocol(name: &str, call: &Call) -> Meaning {
    if OF_FRAMING.contains(&name) {
        let framing = |name: &String| {
            name.eq_ignore_ascii_case("content-length") || name.eq_ignore_ascii_case("transfer-encoding")
        };
        let own = call.fields.iter().any(|(name, _)| framing(name));
        return if own { INVALID } else { (&["malformed"], &["head"]) };
    }
    PROTOCOL.iter().find(|(known, _)| *known == name).map_or(OTHER, |(_, meaning)| *meaning)
}

fn of_io(error: &io::Error, answered: bool) -> Meaning {
    if find::<Raised>(error).is_some() {
        return (&["caller"], &["send"]);
    }
    match class_of(error.kind()) {
        Some(class @ (&["refused"] | &["unreachable"])) => return (class, &["connect"]),
        Some(class) => return (class, if answered { &["body"] } else { &["send", "head"] }),
        None => {}
    }
    match error.kind() {
        // Within a body, a reset is told as an end.
        io::ErrorKind::UnexpectedEof if answered => (&["truncated", "reset"], &["body"]),
        io::ErrorKind::UnexpectedEof => (&["closed"], &["head"]),
        // What std says of text that is no UTF-8.
        io::ErrorKind::InvalidData if answered => (&["decode"], &["body"]),
        io::ErrorKind::InvalidInput if !answered => INVALID,
        _ if error.to_string().contains("failed to lookup address information") => (&["dns"], &["connect"]),
        _ => OTHER,
    }
}

fn of_time(timeout: Timeout, answered: bool) -> Meaning {
    let receiving: &[&str] = if answered { &["body"] } else { &["connect", "head"] };
    match timeout {
        Timeout::Resolve | Timeout::Connect => (&["connect-timeout"], &["connect"]),
        Timeout::PerWrite | Timeout::SendRequest | Timeout::SendBody => (&["send-timeout"], &["send"]),
        Timeout::RecvResponse => (&["head-timeout"], &["head"]),
        Timeout::PerRead if answered => (&["read-timeout"], &["body"]),
        Timeout::PerRead => (&["read-timeout"], &["head"]),
        Timeout::RecvBody => (&["read-timeout"], &["body"]),
        Timeout::Global | Timeout::PerCall if answered => (&["total-timeout"], receiving),
        Timeout::Global | Timeout::PerCall => (&["total-timeout"], &["connect", "send", "head"]),
        _ => OTHER,
    }
}
