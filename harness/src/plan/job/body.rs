//! The content of a call: by the client's own encoder where it has one, else encoded here.

use std::time::Duration;

use serde_json::Value;
use wireproof_client::{
    bytes::Bytes,
    job::{self, Piece},
};
use wireproof_server::{
    script::{Content, Field},
    text::{FillError, Text},
};

use super::{Filling, Maker, WaitPlan};
use crate::scenario::{
    call::{Body, Part, StreamStep},
    json::Json,
};

/// The boundary of multipart content that is encoded here.
const BOUNDARY: &str = "wireproof-7MA4YWxkTrZu0gW";

/// More bytes than these are said as a repetition, where they are one.
const WRITTEN_OUT: u64 = 4 * 1024;

/// The longest unit of a repetition.
const LONGEST_UNIT: u64 = 64 * 1024;

/// The content of a call whose addresses are still open.
#[derive(Debug, Clone)]
pub(super) enum BodyPlan {
    Bytes(Content),
    Form { fields: Vec<Field>, encoded: bool },
    Json { value: Json, encoded: bool },
    Multipart { parts: Vec<Part>, encoded: bool },
    Stream { pieces: Vec<StreamPiece>, length: Option<u64>, replay: bool },
}

#[derive(Debug, Clone)]
pub(super) enum StreamPiece {
    Bytes(Content),
    Wait(WaitPlan),
    Fail,
}

impl Maker<'_> {
    pub(super) fn body(&mut self, body: &Body) -> BodyPlan {
        match body {
            Body::Bytes(content) => BodyPlan::Bytes(content.clone()),
            Body::Form(fields) => BodyPlan::Form { fields: fields.clone(), encoded: !self.uses("form") },
            Body::Json(value) => BodyPlan::Json { value: value.clone(), encoded: !self.uses("json") },
            Body::Multipart(parts) => {
                let encoded = !self.uses("multipart");
                if parts.iter().any(|part| !part.headers.is_empty()) && !encoded {
                    self.shortfall.not_yet("other fields of multipart parts");
                }
                BodyPlan::Multipart { parts: parts.clone(), encoded }
            }
            Body::Stream(stream) => {
                let mut pieces = Vec::new();
                self.stream(&stream.steps, &mut pieces);
                let replay = stream.replay && self.uses("upload-replay");
                BodyPlan::Stream { pieces, length: stream.length, replay }
            }
        }
    }

    fn stream(&mut self, steps: &[StreamStep], pieces: &mut Vec<StreamPiece>) {
        for step in steps {
            match step {
                StreamStep::Send(content) => pieces.push(StreamPiece::Bytes(content.clone())),
                StreamStep::Wait(time) => {
                    pieces.push(StreamPiece::Wait(WaitPlan::Ms(self.scale.millis(*time))));
                }
                StreamStep::Await(signal) => {
                    let gate = self.gate(signal);
                    pieces.push(StreamPiece::Wait(gate));
                }
                StreamStep::Repeat { times, steps } => (0..*times).for_each(|_| self.stream(steps, pieces)),
                StreamStep::Fail => pieces.push(StreamPiece::Fail),
            }
        }
    }
}

impl BodyPlan {
    /// The media type that goes with what is encoded here; a client's own encoder says it itself.
    pub(super) fn media_type(&self) -> Option<&'static str> {
        match self {
            Self::Form { encoded: true, .. } => Some("application/x-www-form-urlencoded"),
            Self::Json { encoded: true, .. } => Some("application/json"),
            Self::Multipart { encoded: true, .. } => {
                Some("multipart/form-data; boundary=wireproof-7MA4YWxkTrZu0gW")
            }
            _ => None,
        }
    }

    /// How long its source waits, in milliseconds.
    pub(super) fn waits(&self) -> u64 {
        let Self::Stream { pieces, .. } = self else { return 0 };
        let waits = pieces.iter().map(|piece| match piece {
            StreamPiece::Wait(WaitPlan::Ms(ms)) => Duration::from_millis(*ms),
            _ => Duration::ZERO,
        });
        u64::try_from(waits.sum::<Duration>().as_millis()).unwrap_or(u64::MAX)
    }

    pub(super) fn resolve(&self, filling: Filling<'_>) -> Result<job::Body, FillError> {
        Ok(match self {
            Self::Bytes(content) => job::Body::Bytes(bytes(content, filling)?),
            Self::Form { fields, encoded } => {
                let fields = pairs(fields, filling)?;
                if *encoded { job::Body::Bytes(form(&fields).into()) } else { job::Body::Form(fields) }
            }
            Self::Json { value, encoded } => {
                let value: Value = value.fill(&filling.context())?;
                if *encoded { job::Body::Bytes(value.to_string().into()) } else { job::Body::Json(value) }
            }
            Self::Multipart { parts, encoded: false } => {
                let parts: Result<Vec<_>, FillError> = parts.iter().map(|one| part(one, filling)).collect();
                job::Body::Multipart(parts?)
            }
            Self::Multipart { parts, encoded: true } => job::Body::Bytes(multipart(parts, filling)?.into()),
            Self::Stream { pieces, length, replay } => {
                let stream: Result<Vec<_>, FillError> =
                    pieces.iter().map(|piece| piece.resolve(filling)).collect();
                job::Body::Stream(job::Stream { stream: stream?, length: *length, replay: *replay })
            }
        })
    }
}

impl StreamPiece {
    fn resolve(&self, filling: Filling<'_>) -> Result<Piece, FillError> {
        Ok(match self {
            Self::Bytes(content) => Piece::Bytes(bytes(content, filling)?),
            Self::Wait(wait) => Piece::Wait(filling.wait(*wait)),
            Self::Fail => Piece::Fail("the source of the body failed, as the case has it".to_owned()),
        })
    }
}

/// Content as the contract spells it. What is large because it repeats itself is said as a repetition, so that
/// a line to an adapter stays short.
fn bytes(content: &Content, filling: Filling<'_>) -> Result<Bytes, FillError> {
    if let Content::Sized { of, size: Some(size) } = content
        && *size > WRITTEN_OUT
    {
        let block = match &**of {
            Content::Random(_) => {
                let block = wireproof_server::RANDOM_BLOCK as u64;
                Content::Sized { of: of.clone(), size: Some(block) }.bytes(&filling.context(), block)?
            }
            other => match other.len_hint(&filling.context()) {
                Some(1..=LONGEST_UNIT) => other.bytes(&filling.context(), LONGEST_UNIT)?,
                _ => Vec::new(),
            },
        };
        if !block.is_empty() && size % block.len() as u64 == 0 {
            return Ok(Bytes::Repeat { times: size / block.len() as u64, of: Box::new(Bytes::Plain(block)) });
        }
    }
    content.bytes(&filling.context(), u64::MAX).map(Bytes::Plain)
}

fn pairs(fields: &[Field], filling: Filling<'_>) -> Result<Vec<(String, String)>, FillError> {
    fields.iter().map(|field| Ok((filling.string(&field.name)?, filling.string(&field.value)?))).collect()
}

/// `application/x-www-form-urlencoded`, as the URL standard serialises it.
fn form(fields: &[(String, String)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

fn part(part: &Part, filling: Filling<'_>) -> Result<job::Part, FillError> {
    let optional = |text: &Option<Text>| text.as_ref().map(|text| filling.string(text)).transpose();
    Ok(job::Part {
        name: filling.string(&part.name)?,
        body: bytes(&part.body, filling)?,
        filename: optional(&part.filename)?,
        media_type: optional(&part.media_type)?,
    })
}

/// `multipart/form-data` (RFC 7578), names escaped as the HTML standard escapes them.
fn multipart(parts: &[Part], filling: Filling<'_>) -> Result<Vec<u8>, FillError> {
    let mut encoded = Vec::new();
    for one in parts {
        let resolved = part(one, filling)?;
        encoded.extend(format!("--{BOUNDARY}\r\n").bytes());
        encoded
            .extend(format!("Content-Disposition: form-data; name=\"{}\"", escaped(&resolved.name)).bytes());
        if let Some(filename) = &resolved.filename {
            encoded.extend(format!("; filename=\"{}\"", escaped(filename)).bytes());
        }
        encoded.extend(b"\r\n");
        if let Some(media_type) = &resolved.media_type {
            encoded.extend(format!("Content-Type: {media_type}\r\n").bytes());
        }
        for field in &one.headers {
            encoded.extend(filling.fill(&field.name)?);
            encoded.extend(b": ");
            encoded.extend(filling.fill(&field.value)?);
            encoded.extend(b"\r\n");
        }
        encoded.extend(b"\r\n");
        encoded.extend(resolved.body.to_vec());
        encoded.extend(b"\r\n");
    }
    encoded.extend(format!("--{BOUNDARY}--\r\n").bytes());
    Ok(encoded)
}

fn escaped(name: &str) -> String {
    name.replace('\n', "%0A").replace('\r', "%0D").replace('"', "%22")
}
