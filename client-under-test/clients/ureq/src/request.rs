//! What a call asks, in ureq's terms.

use ureq::{
    Agent, RequestBuilder, SendBody,
    http::{self, Version},
    typestate::{WithBody, WithoutBody},
    unversioned::multipart::{Form, Part},
};
use wireproof_client::{
    adapter::Source,
    contract::Unsupported,
    job::{self, Body, Call, Options},
};

use crate::agent::configured;

pub(crate) type Response = http::Response<ureq::Body>;

/// Fields that ureq sends of its own accord and can be told not to.
const SUPPRESSIBLE: &[&str] = &["user-agent", "accept", "accept-encoding"];

/// Fields that it sends of its own accord whatever it is told.
const FIXED: &[&str] = &["host", "content-length", "transfer-encoding", "cookie", "content-type"];

/// Methods that have a function of their own; with a body, and without.
const METHODS: &[&str] = &["GET", "HEAD", "DELETE", "OPTIONS", "CONNECT", "TRACE", "POST", "PUT", "PATCH"];

/// What of a call, in a session with these options, ureq cannot do as it is asked.
pub(crate) fn refuse(call: &Call, options: &Options) -> Result<(), Unsupported> {
    let beyond = [
        (call.target.is_some(), "request-target"),
        (!call.trailers.is_empty(), "request-trailers"),
        (call.upgrade.is_some(), "upgrade"),
        (call.read.decoded == Some(job::ReadAs::Lines), "lines"),
    ];
    if let Some((_, what)) = beyond.iter().find(|(asked, _)| *asked) {
        return Err(Unsupported::because(&[what], "there is no such thing"));
    }
    let fixed = |name: &&String| FIXED.iter().any(|fixed| name.eq_ignore_ascii_case(fixed));
    let suppressed = call.fields.iter().filter(|(_, value)| value.is_none()).map(|(name, _)| name);
    if let Some(name) = suppressed.clone().find(fixed) {
        return Err(Unsupported::because(&["field-suppress"], format!("{name} is always sent")));
    }
    if !METHODS.contains(&call.method.as_str()) {
        let encoder = match &call.body {
            Some(Body::Form(_)) => Some("form"),
            Some(Body::Json(_)) => Some("json"),
            Some(Body::Multipart(_)) => Some("multipart"),
            _ if !call.query.is_empty() => Some("query"),
            _ if suppressed.count() > 0 => Some("field-suppress"),
            _ => None,
        };
        if let Some(encoder) = encoder {
            return Err(Unsupported::because(&[encoder], "no builder takes a method of one's own"));
        }
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

/// Sends the request of a call; returns once there is a head.
pub(crate) fn send(
    agent: &Agent,
    call: &Call,
    options: &Options,
    keeps_case: bool,
) -> Result<Response, ureq::Error> {
    let url = call.url.to_vec();
    let url = url.as_slice();
    let asked = Asked { call, options, keeps_case };
    let bodiless = match call.method.as_str() {
        "GET" => agent.get(url),
        "HEAD" => agent.head(url),
        "DELETE" => agent.delete(url),
        "OPTIONS" => agent.options(url),
        "CONNECT" => agent.connect(url),
        "TRACE" => agent.trace(url),
        "POST" => return asked.send(agent.post(url)),
        "PUT" => return asked.send(agent.put(url)),
        "PATCH" => return asked.send(agent.patch(url)),
        _ => return asked.run(agent, url),
    };
    if call.body.is_some() {
        return asked.send(bodiless.force_send_body());
    }
    asked.call(bodiless)
}

struct Asked<'a> {
    call: &'a Call,
    options: &'a Options,
    keeps_case: bool,
}

impl Asked<'_> {
    fn call(&self, builder: RequestBuilder<WithoutBody>) -> Result<Response, ureq::Error> {
        self.dress(configured!(builder.config(), &self.call.options).build()).call()
    }

    fn send(&self, builder: RequestBuilder<WithBody>) -> Result<Response, ureq::Error> {
        let builder = self.dress(configured!(builder.config(), &self.call.options).build());
        match &self.call.body {
            None => builder.send_empty(),
            Some(Body::Bytes(bytes)) => builder.send(bytes.to_vec()),
            Some(Body::Form(pairs)) => builder.send_form(pairs.iter().map(|(name, value)| (name, value))),
            Some(Body::Json(value)) => builder.send_json(value),
            Some(Body::Multipart(parts)) => {
                let content: Vec<Vec<u8>> = parts.iter().map(|part| part.body.to_vec()).collect();
                builder.send(form(parts, &content)?)
            }
            Some(Body::Stream(stream)) => {
                let builder = match stream.length {
                    Some(length) => builder.header("Content-Length", length.to_string()),
                    None => builder,
                };
                builder.send(SendBody::from_owned_reader(Source::of(stream)))
            }
        }
    }

    /// Whether the caller is to ask for leave to send its content, and has not done so by a field of its own.
    fn expects_continue(&self) -> bool {
        let asked = self.options.expect_continue == Some(true) && self.call.body.is_some();
        asked && !self.call.fields.iter().any(|(name, _)| name.eq_ignore_ascii_case("expect"))
    }

    /// Fields, parameters and version.
    fn dress<Any>(&self, mut builder: RequestBuilder<Any>) -> RequestBuilder<Any> {
        for (name, value) in &self.call.fields {
            builder = match value {
                None => without(builder, name),
                Some(value) if self.keeps_case => builder.header_raw(name, &value.to_vec()),
                Some(value) => builder.header(name, value.to_vec()),
            };
        }
        if self.expects_continue() {
            builder = builder.header("Expect", "100-continue");
        }
        if let Ok(Some(version)) = version(self.options) {
            builder = builder.version(version);
        }
        builder.query_pairs(self.call.query.iter().map(|(name, value)| (name, value)))
    }

    /// A method of one's own: by a request of the http crate.
    fn run(&self, agent: &Agent, url: &[u8]) -> Result<Response, ureq::Error> {
        let mut request = http::Request::builder().method(self.call.method.as_str()).uri(url);
        for (name, value) in &self.call.fields {
            if let Some(value) = value {
                request = request.header(name, value.to_vec());
            }
        }
        if self.expects_continue() {
            request = request.header("Expect", "100-continue");
        }
        if let Ok(Some(version)) = version(self.options) {
            request = request.version(version);
        }
        let body = match &self.call.body {
            Some(Body::Bytes(bytes)) => SendBody::from_owned_reader(std::io::Cursor::new(bytes.to_vec())),
            Some(Body::Stream(stream)) => SendBody::from_owned_reader(Source::of(stream)),
            _ => SendBody::none(),
        };
        let length = match &self.call.body {
            Some(Body::Bytes(bytes)) => Some(bytes.len()),
            Some(Body::Stream(stream)) => stream.length,
            _ => None,
        };
        if let Some(length) = length {
            request = request.header("Content-Length", length);
        }
        let config = agent.configure_request(request.body(body)?).allow_non_standard_methods(true);
        agent.run(configured!(config, &self.call.options).build())
    }
}

/// Suppresses a field that ureq sends of its own accord.
fn without<Any>(builder: RequestBuilder<Any>, name: &str) -> RequestBuilder<Any> {
    let config = builder.config();
    match SUPPRESSIBLE.iter().position(|known| name.eq_ignore_ascii_case(known)) {
        Some(0) => config.user_agent(""),
        Some(1) => config.accept(""),
        Some(_) => config.accept_encoding(""),
        // Nothing to suppress.
        None => config,
    }
    .build()
}

fn form<'a>(parts: &'a [job::Part], content: &'a [Vec<u8>]) -> Result<Form<'a>, ureq::Error> {
    let mut form = Form::new();
    for (given, content) in parts.iter().zip(content) {
        let mut part = Part::bytes(content);
        if let Some(name) = &given.filename {
            part = part.file_name(name);
        }
        if let Some(media_type) = &given.media_type {
            part = part.mime_str(media_type)?;
        }
        form = form.part(&given.name, part);
    }
    Ok(form)
}
