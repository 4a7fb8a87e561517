//! What a call asks, in reqwest's terms.

use std::time::Duration;

use reqwest::{
    Client, Request, Version,
    header::HeaderValue,
    multipart::{Form, Part},
};
use wireproof_client::{
    adapter::{Raised, Source},
    contract::Unsupported,
    job::{self, Body, Call, Options, ReadAs, Stream},
};

use crate::session::text;

/// What of a call, in a session with these options, reqwest cannot do as it is asked.
pub(crate) fn refuse(call: &Call, options: &Options) -> Result<(), Unsupported> {
    let beyond = [
        (call.target.is_some(), "request-target"),
        (!call.trailers.is_empty(), "request-trailers"),
        (call.read.decoded == Some(ReadAs::Lines), "lines"),
        (call.fields.iter().any(|(_, value)| value.is_none()), "field-suppress"),
    ];
    if let Some((_, what)) = beyond.iter().find(|(asked, _)| *asked) {
        return Err(Unsupported::because(&[what], "there is no such thing"));
    }
    if text(&call.url).is_none() {
        return Err(Unsupported::because(&["url-bytes"], "a URL is text"));
    }
    version(&options.overridden_by(&call.options)).map(drop)
}

/// The version asked for, if any.
fn version(options: &Options) -> Result<Option<Version>, Unsupported> {
    match options.http_version.as_deref() {
        None => Ok(None),
        Some("1.0") => Ok(Some(Version::HTTP_10)),
        Some("1.1") => Ok(Some(Version::HTTP_11)),
        Some(other) => Err(Unsupported::because(&["http-version"], format!("there is no {other}"))),
    }
}

/// The request of a call.
pub(crate) fn of(client: &Client, call: &Call, options: &Options) -> Result<Request, Refused> {
    let method = reqwest::Method::from_bytes(call.method.as_bytes())?;
    let mut builder = client.request(method, text(&call.url).unwrap_or_default());
    for (name, value) in &call.fields {
        let value = value.as_ref().map(wireproof_client::bytes::Bytes::to_vec).unwrap_or_default();
        builder = builder.header(name, HeaderValue::from_bytes(&value)?);
    }
    if !call.query.is_empty() {
        builder = builder.query(&call.query);
    }
    if let Some(given) = &options.basic_auth {
        builder = builder.basic_auth(text(&given.user).unwrap_or_default(), text(&given.password));
    }
    if let Some(token) = &options.bearer {
        builder = builder.bearer_auth(text(token).unwrap_or_default());
    }
    if let Ok(Some(version)) = version(options) {
        builder = builder.version(version);
    }
    if let Some(limit) = call.options.total_timeout {
        builder = builder.timeout(Duration::from_millis(limit));
    }
    builder = match &call.body {
        None => builder,
        Some(Body::Bytes(bytes)) => builder.body(bytes.to_vec()),
        Some(Body::Form(pairs)) => builder.form(pairs),
        Some(Body::Json(value)) => builder.json(value),
        Some(Body::Multipart(parts)) => builder.multipart(form(parts)?),
        Some(Body::Stream(given)) => {
            let builder = match given.length {
                Some(length) => builder.header("Content-Length", length),
                None => builder,
            };
            builder.body(reqwest::Body::wrap_stream(stream(given)))
        }
    };
    Ok(builder.build()?)
}

/// Why there is no such request: an error of reqwest, or of one of its types.
pub(crate) type Refused = Box<dyn std::error::Error + Send + Sync>;

fn form(parts: &[job::Part]) -> reqwest::Result<Form> {
    parts.iter().try_fold(Form::new(), |form, given| {
        let mut part = Part::bytes(given.body.to_vec());
        if let Some(name) = &given.filename {
            part = part.file_name(name.clone());
        }
        if let Some(media_type) = &given.media_type {
            part = part.mime_str(media_type)?;
        }
        Ok(form.part(given.name.clone(), part))
    })
}

/// The source of a job as a stream. It waits on a thread for such things.
fn stream(given: &Stream) -> impl futures_util::Stream<Item = Result<Vec<u8>, Raised>> + Send + 'static {
    futures_util::stream::unfold(Source::of(given), |mut source| async {
        let next = tokio::task::spawn_blocking(move || (source.next(), source)).await;
        match next {
            Ok((piece, source)) => piece.map(|piece| (piece, source)),
            // The runtime ends, and the call with it.
            Err(_) => None,
        }
    })
}
