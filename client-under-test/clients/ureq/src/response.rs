//! A response as ureq's caller is given it.

use std::io::Read;

use ureq::{Agent, ResponseExt, http::Version};
use wireproof_client::{
    adapter::{Clock, Step, Taken, pass},
    job::{Call, Options, ReadAs},
    outcome::{CallResult, Cookie, Error},
};

use crate::request::Response;

/// Shows the head of a response and takes its body as the call wants it.
pub(crate) fn take(
    response: Response,
    call: &Call,
    options: &Options,
    clock: &mut Clock,
    result: &mut CallResult,
) -> Result<(), ureq::Error> {
    clock.head();
    show(&response, result);
    let mut body = response.into_body();
    let limit = options.max_body;
    match (call.read.decoded, limit) {
        (Some(ReadAs::Text), None) => result.text = Some(body.read_to_string()?),
        (Some(ReadAs::Text), Some(limit)) => {
            result.text = Some(body.with_config().limit(limit).read_to_string()?);
        }
        (Some(ReadAs::Json), None) => result.json = Some(body.read_json()?),
        (Some(ReadAs::Json), Some(limit)) => {
            result.json = Some(body.with_config().limit(limit).read_json()?);
        }
        (Some(ReadAs::Lines) | None, None) => read(body.into_reader(), call, clock, result)?,
        (Some(ReadAs::Lines) | None, Some(limit)) => {
            read(body.into_with_config().limit(limit).reader(), call, clock, result)?;
        }
    }
    Ok(())
}

fn show(response: &Response, result: &mut CallResult) {
    result.status = Some(response.status().as_u16());
    result.version = match response.version() {
        Version::HTTP_10 => Some("1.0".to_owned()),
        Version::HTTP_11 => Some("1.1".to_owned()),
        _ => None,
    };
    let line = |(name, value): (&ureq::http::HeaderName, &ureq::http::HeaderValue)| {
        (name.as_str().to_owned(), value.as_bytes().into())
    };
    result.fields = Some(response.headers().iter().map(line).collect());
    result.url = Some(response.get_uri().to_string().into());
}

fn read(
    mut reader: impl Read,
    call: &Call,
    clock: &mut Clock,
    result: &mut CallResult,
) -> Result<(), ureq::Error> {
    let mut taken = Taken::of(call);
    let mut buffer = vec![0; 64 * 1024];
    let end = loop {
        match taken.step() {
            Step::Take(most) => match reader.read(&mut buffer[..most]) {
                Ok(0) => break Ok(()),
                Ok(count) => {
                    clock.first();
                    taken.add(&buffer[..count]);
                }
                Err(error) => break Err(ureq::Error::from(error)),
            },
            Step::Wait(wait) => pass(&wait),
            Step::Stop => {
                result.complete = Some(false);
                break Ok(());
            }
            Step::Cancel => {
                // By dropping the response, with its connection.
                result.complete = Some(false);
                result.error = Some(Error::new(&["cancelled"], &["body"]));
                break Ok(());
            }
        }
    };
    result.body = Some(taken.seen());
    end
}

/// All that is left of a response that is an error by its status.
pub(crate) fn status_alone(error: &ureq::Error, result: &mut CallResult) {
    if let ureq::Error::StatusCode(status) = error {
        result.status = Some(*status);
    }
}

/// The jar of the agent: names and values.
pub(crate) fn cookies(agent: &Agent) -> Vec<Cookie> {
    let jar = agent.cookie_jar_lock();
    let cookie = |cookie: ureq::Cookie<'_>| Cookie {
        name: cookie.name().to_owned(),
        value: cookie.value().to_owned(),
        ..Cookie::default()
    };
    jar.iter().map(cookie).collect()
}
