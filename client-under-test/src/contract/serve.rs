//! A [`Client`] behind the contract: one job a line in, one answer a line out, until the input ends.

use std::{
    env,
    io::{self, BufRead, Read, Write},
    process::ExitCode,
};

use serde::Deserialize;
use serde_json::Value;

use super::{AdapterError, Answer, Client, FromAdapter, LONGEST_TO_ADAPTER, Surroundings, line};
use crate::{capabilities::Hello, job::Job};

/// Serves a client over standard input and output: all that the `main` of an adapter has to do.
///
/// Standard output is guarded first: from then on, whatever a library prints goes to standard error. The surroundings
/// that the client is handed are those of this process. Exits with 0 at the end of the input, with 1 when input or
/// output fail. A panic of the client ends the process, as it would end its user's.
pub fn serve(client: &dyn Client) -> ExitCode {
    let served = guarded_output().and_then(|output| serve_on(client, io::stdin().lock(), output));
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", env!("CARGO_PKG_NAME"));
            ExitCode::FAILURE
        }
    }
}

/// What was standard output, which no library knows of any more.
fn guarded_output() -> io::Result<std::fs::File> {
    let own = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdout(), 3)?;
    rustix::stdio::dup2_stdout(rustix::stdio::stderr())?;
    Ok(own.into())
}

/// Serves a client over this input and output: its hello, then an answer to each line that is not blank.
///
/// A line that is no job, or longer than [`LONGEST_TO_ADAPTER`], is answered with an adapter-error, with the job's id
/// where it can be told. A job that relies on what the client has not declared never reaches it.
///
/// # Errors
/// When input or output fail, or the client's own words cannot be written as JSON.
pub fn serve_on(client: &dyn Client, mut input: impl BufRead, mut output: impl Write) -> io::Result<()> {
    let hello = client.hello();
    let surroundings = Surroundings::of_this_process();
    say(&mut output, &FromAdapter::Hello(Box::new(hello.clone())))?;
    loop {
        let answer = match next(&mut input)? {
            Next::End => return Ok(()),
            Next::TooLong => {
                Answer::AdapterError(AdapterError { id: None, text: "the line is too long".to_owned() })
            }
            Next::Line(line) if line.trim_ascii().is_empty() => continue,
            Next::Line(line) => match job(&line) {
                Ok(job) => answer(client, &hello, &job, &surroundings),
                Err(fault) => Answer::AdapterError(fault),
            },
        };
        say(&mut output, &answer.into())?;
    }
}

fn answer(client: &dyn Client, hello: &Hello, job: &Job, surroundings: &Surroundings) -> Answer {
    match hello.lacking(job) {
        Some(lacking) => Answer::Unsupported(lacking),
        None => client.answer(job, surroundings),
    }
}

/// Each message begins with LF, too, which ends what was printed on the same output anyway.
fn say(output: &mut impl Write, message: &FromAdapter) -> io::Result<()> {
    let mut bytes = vec![b'\n'];
    bytes.extend(line(message)?);
    output.write_all(&bytes)?;
    output.flush()
}

enum Next {
    Line(Vec<u8>),
    TooLong,
    End,
}

/// The next line; of one that is too long nothing is kept.
fn next(input: &mut impl BufRead) -> io::Result<Next> {
    let mut line = Vec::new();
    input.by_ref().take(LONGEST_TO_ADAPTER as u64).read_until(b'\n', &mut line)?;
    if line.is_empty() {
        return Ok(Next::End);
    }
    if line.len() == LONGEST_TO_ADAPTER && line.last() != Some(&b'\n') {
        input.skip_until(b'\n')?;
        return Ok(Next::TooLong);
    }
    Ok(Next::Line(line))
}

fn job(line: &[u8]) -> Result<Job, AdapterError> {
    let fault = |id: Option<&Value>, text: String| AdapterError {
        id: id.and_then(Value::as_str).map(str::to_owned),
        text,
    };
    let message: Value =
        serde_json::from_slice(line).map_err(|error| fault(None, format!("the line is no JSON: {error}")))?;
    if message.get("type").and_then(Value::as_str) != Some("job") {
        return Err(fault(message.get("id"), "the line is no message of type `job`".to_owned()));
    }
    Job::deserialize(&message).map_err(|error| fault(message.get("id"), format!("the job is wrong: {error}")))
}

impl From<Answer> for FromAdapter {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Outcome(outcome) => Self::Outcome(outcome),
            Answer::Unsupported(unsupported) => Self::Unsupported(unsupported),
            Answer::AdapterError(error) => Self::AdapterError(error),
        }
    }
}

impl Surroundings {
    /// What this process finds around it.
    pub fn of_this_process() -> Self {
        // What is not Unicode cannot have been set by a case.
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Self {
            environment: env::vars_os().filter_map(text).collect(),
            home: env::var_os("HOME").map(Into::into),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        capabilities::Support,
        outcome::{CallResult, Outcome},
    };

    /// Answers each call with its URL as the body; panics where it is `panic`.
    struct Echo;

    impl Client for Echo {
        fn hello(&self) -> Hello {
            Hello::new("écho", "1.0").supports(Support::Yes, &["redirects"])
        }

        fn answer(&self, job: &Job, surroundings: &Surroundings) -> Answer {
            assert_eq!(*surroundings, Surroundings::of_this_process());
            let result = |url: Vec<u8>| {
                assert_ne!(url, b"panic");
                let body = Some(crate::outcome::BodySeen::Bytes(url));
                CallResult { status: Some(200), body, ..CallResult::default() }
            };
            let calls = job.calls.iter().map(|call| result(call.url.to_vec())).collect();
            Answer::Outcome(Outcome { id: job.id.clone(), calls })
        }
    }

    fn served(input: &[u8]) -> Vec<Value> {
        let mut output = Vec::new();
        serve_on(&Echo, input, &mut output).unwrap();
        assert!(output.is_ascii() && output.ends_with(b"\n"));
        let text = String::from_utf8(output).unwrap();
        // A blank line, then a message; and so on.
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines.chunks(2).all(|pair| pair[0].is_empty() && !pair[1].is_empty()), "{text}");
        lines.chunks(2).map(|pair| serde_json::from_str(pair[1]).unwrap()).collect()
    }

    #[test]
    fn hello_comes_first_and_unasked() {
        let said = served(b"");
        assert_eq!(said.len(), 1);
        assert_eq!(said[0]["type"], "hello");
        assert_eq!(said[0]["client"], "écho");
        assert_eq!(said[0]["capabilities"], json!({"redirects": "yes"}));
    }

    #[test]
    fn each_job_is_answered_and_unknown_keys_are_ignored() {
        let said = served(
            b"\n {\"type\":\"job\",\"id\":\"1\",\"new\":0,\"calls\":[{\"url\":\"\xc3\xa9\",\"new\":1}]}\r\n\n\
              {\"type\":\"job\",\"id\":\"2\",\"options\":{\"x-new\":2},\"calls\":[{\"url\":\"u\"}]}",
        );
        let outcome = |id: &str, body: &str| json!({"type": "outcome", "id": id, "calls": [{"status": 200, "body": body}]});
        assert_eq!(said[1..], [outcome("1", "é"), outcome("2", "u")]);
    }

    #[test]
    fn what_is_not_declared_does_not_reach_the_client() {
        let said = served(
            br#"{"type":"job","id":"1","needs":["redirects","x-nonsense"],"calls":[{"url":"panic"}]}"#,
        );
        assert_eq!(said[1]["type"], "unsupported");
        assert_eq!(said[1]["what"], json!(["x-nonsense"]));
    }

    #[test]
    fn wrong_lines_are_the_adapters_error_and_not_its_end() {
        let mut input =
            b"nonsense\n{\"type\":\"job\",\"id\":\"7\"}\n{\"type\":\"jab\",\"id\":\"8\"}\n[]\n".to_vec();
        input.extend(vec![b'x'; LONGEST_TO_ADAPTER + 10]);
        input.extend(b"\n{\"type\":\"job\",\"id\":\"9\",\"calls\":[]}\n");
        let said = served(&input);
        let kinds: Vec<_> = said[1..].iter().map(|message| (&message["type"], &message["id"])).collect();
        let (fault, none) = (json!("adapter-error"), Value::Null);
        assert_eq!(kinds[0], (&fault, &none));
        assert_eq!(kinds[1], (&fault, &json!("7")));
        assert_eq!(kinds[2], (&fault, &json!("8")));
        assert_eq!((kinds[3], kinds[4]), ((&fault, &none), (&fault, &none)));
        assert_eq!(kinds[5], (&json!("outcome"), &json!("9")));
    }

    #[test]
    fn a_line_of_the_full_length_is_read() {
        let mut line = br#"{"type":"job","id":"1","calls":[{"url":""#.to_vec();
        line.resize(LONGEST_TO_ADAPTER - 5, b'u');
        line.extend(b"\"}]}\n");
        assert_eq!(line.len(), LONGEST_TO_ADAPTER);
        assert_eq!(served(&line)[1]["type"], "outcome");
    }

    #[test]
    #[should_panic(expected = "left != right")]
    fn a_panic_of_the_client_is_no_answer() {
        served(br#"{"type":"job","id":"1","calls":[{"url":"panic"}]}"#);
    }
}
