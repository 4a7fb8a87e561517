//! One message a line: how ours are written, and what the adapter's are taken for.

use serde::{Deserialize, Serialize};
pub use wireproof_client::contract::{LONGEST_FROM_ADAPTER, LONGEST_TO_ADAPTER};
use wireproof_client::{
    capabilities::PROTOCOL,
    contract::{self, FromAdapter, ToAdapter},
    job::Job,
};

use super::process::StartError;

/// A job as the line that is sent, LF included.
///
/// # Errors
/// A sentence, when the line would be too long. The job is at fault then, not the adapter.
pub(super) fn write(job: &Job) -> Result<Vec<u8>, String> {
    spell(&ToAdapter::Job(job.clone()))
}

/// A message, whatever it is made of, as the line that is sent, LF included.
///
/// # Errors
/// As [`write`].
pub(super) fn spell(message: &impl Serialize) -> Result<Vec<u8>, String> {
    let line = contract::line(message).map_err(|error| error.to_string())?;
    if line.len() > LONGEST_TO_ADAPTER {
        let text = "the job takes a line of {n} bytes, and no adapter has to read more than {most}; \
                    spell large bodies with `repeat`";
        return Err(text
            .replace("{n}", &line.len().to_string())
            .replace("{most}", &LONGEST_TO_ADAPTER.to_string()));
    }
    Ok(line)
}

/// What a line of an adapter is.
#[derive(Debug)]
pub(super) enum Line {
    /// A message.
    Message(Box<FromAdapter>),
    /// Blank: adapters begin their messages with LF, to end what a library may have printed.
    Blank,
    /// Not a message.
    Noise,
    /// Meant as a message, and wrong: a sentence.
    Wrong(String),
}

/// Takes a line, without its end, for what it is.
pub(super) fn read(line: &[u8]) -> Line {
    #[derive(Deserialize)]
    struct Envelope {
        #[serde(rename = "type")]
        kind: String,
    }
    if line.trim_ascii().is_empty() {
        return Line::Blank;
    }
    let kind = match serde_json::from_slice::<Envelope>(line) {
        Ok(Envelope { kind }) if KINDS.contains(&kind.as_str()) => kind,
        Ok(_) | Err(_) => return Line::Noise,
    };
    match serde_json::from_slice(line) {
        Ok(message) => Line::Message(Box::new(message)),
        // A hello of another version may be made of other things: that it is of another version says more.
        Err(_) if let Some(theirs) = version(line).filter(|_| kind == "hello") => {
            Line::Wrong(StartError::Version { theirs }.to_string())
        }
        Err(error) => Line::Wrong(format!("sent a wrong message of type `{kind}`: {error}")),
    }
}

/// The version of the contract that a message names, if it is not ours.
fn version(line: &[u8]) -> Option<u64> {
    #[derive(Deserialize)]
    struct Versioned {
        protocol: u64,
    }
    let Versioned { protocol } = serde_json::from_slice(line).ok()?;
    (protocol != PROTOCOL).then_some(protocol)
}

const KINDS: &[&str] = &["hello", "outcome", "unsupported", "adapter-error", "partial", "bye"];

#[cfg(test)]
mod tests {
    use wireproof_client::job::{Body, Call};

    use super::*;

    fn job(body: &str) -> Job {
        let call = Call { url: "http://h/".into(), body: Some(Body::Bytes(body.into())), ..Call::default() };
        Job { id: "1".to_owned(), calls: vec![call], ..Job::default() }
    }

    #[test]
    fn lines_are_ascii_and_mean_the_same() {
        let job = job("a\"\n\u{7f}é\u{2028}😀");
        let line = write(&job).unwrap();
        assert!(line.is_ascii() && line.ends_with(b"}\n") && !line[..line.len() - 1].contains(&b'\n'));
        assert_eq!(serde_json::from_slice::<ToAdapter>(&line).unwrap(), ToAdapter::Job(job));
    }

    #[test]
    fn a_job_that_is_too_long_is_not_sent() {
        assert!(write(&job(&"x".repeat(1_000_000))).is_ok());
        assert!(write(&job(&"x".repeat(LONGEST_TO_ADAPTER))).unwrap_err().contains("repeat"));
    }

    #[test]
    fn lines_are_taken_for_what_they_are() {
        for noise in ["send: b'GET'", "{", "[]", "{}", r#"{"type":7}"#, r#"{"type":"hullo"}"#] {
            assert!(matches!(read(noise.as_bytes()), Line::Noise), "{noise}");
        }
        assert!(matches!(read(b"\xff\xfe"), Line::Noise));
        assert!(matches!(read(b" \r"), Line::Blank));
        let Line::Message(bye) = read(br#"{"type":"bye","x":1}"#) else { panic!("no message") };
        assert_eq!(*bye, FromAdapter::Bye { text: None });
        let Line::Wrong(text) = read(br#"{"type":"outcome","id":"1"}"#) else { panic!("not wrong") };
        assert!(text.contains("outcome") && text.contains("calls"), "{text}");
        let Line::Wrong(text) = read(br#"{"type":"hello","protocol":99,"client":{}}"#) else {
            panic!("not wrong")
        };
        assert_eq!(text, "speaks version 99 of the client contract, this harness version 1");
    }
}
