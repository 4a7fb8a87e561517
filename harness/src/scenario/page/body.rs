//! Bodies of calls and bodies that are expected: content for which clients have encoders of their own.

use serde::Deserialize;
use wireproof_server::script::Field;

use super::content::{RawContent, RawFinite, RawMade};
use crate::scenario::{
    call::{Body, Part, Stream},
    document::NodeId,
    expect::BodyExpect,
    json::{self, Json},
    raw::same_schema,
    scope::{Close, Closing, Scope, all},
    unit::Size,
};

/// The body of a call.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct RawBody(RawFinite);

same_schema!(RawBody as RawFinite);

impl Close for RawBody {
    type Closed = Body;

    fn close(&self, scope: &Scope<'_>) -> Closing<Body> {
        let part = &self.0.0;
        let content = part.get()?;
        if let RawContent::Made(made) = content
            && made.stream.is_some()
        {
            return made.stream_body(part.at, scope).map(Body::Stream);
        }
        let facility = content.lone_source().and_then(|made| {
            made.facility(scope, |facility| match facility {
                Facility::Form(fields) => Body::Form(fields),
                Facility::Json(value) => Body::Json(value),
                Facility::Multipart(parts) => Body::Multipart(parts),
            })
        });
        facility.unwrap_or_else(|| self.0.close(scope).map(Body::Bytes))
    }
}

/// A body that is expected.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct RawBodyExpect(RawFinite);

same_schema!(RawBodyExpect as RawFinite);

impl Close for RawBodyExpect {
    type Closed = BodyExpect;

    fn close(&self, scope: &Scope<'_>) -> Closing<BodyExpect> {
        let part = &self.0.0;
        let facility = part.get()?.lone_source().and_then(|made| {
            made.facility(scope, |facility| match facility {
                Facility::Form(fields) => BodyExpect::Form(fields),
                Facility::Json(value) => BodyExpect::Json(value),
                Facility::Multipart(parts) => BodyExpect::Multipart(parts),
            })
        });
        facility.unwrap_or_else(|| self.0.close(scope).map(BodyExpect::Bytes))
    }
}

/// What clients have encoders for, and what expectations compare as parsed.
enum Facility {
    Form(Vec<Field>),
    Json(Json),
    Multipart(Vec<Part>),
}

impl RawMade {
    /// Closes a form, JSON or multipart source; outer `None` where it is another.
    fn facility<T>(&self, scope: &Scope<'_>, wrap: impl Fn(Facility) -> T) -> Closing<Option<T>> {
        if self.sources().len() != 1 || self.length.is_some() || self.replay.is_some() {
            return None;
        }
        let closed = match (&self.form, &self.json, &self.multipart) {
            (Some(form), ..) => form.close(scope).map(Facility::Form),
            (_, Some(value), _) => json::close(value.0, scope).map(Facility::Json),
            (.., Some(parts)) if parts.is_written_empty(scope.document) => {
                scope.fault(parts.at, "a multipart body has at least one part");
                None
            }
            (.., Some(parts)) => parts.close(scope).map(Facility::Multipart),
            _ => return None,
        };
        Some(closed.map(wrap))
    }

    fn stream_body(&self, at: NodeId, scope: &Scope<'_>) -> Closing<Stream> {
        self.check(at, scope)?;
        if self.is_modified() {
            scope.fault(at, "a stream is not modified; modify what it sends");
            return None;
        }
        all! {
            steps = self.stream.close(scope);
            length = self.length.close(scope);
            replay = self.replay.close(scope);
        }
        let length = length.map(|Size(bytes)| bytes);
        Some(Stream { steps: steps.unwrap_or_default(), length, replay: replay.unwrap_or(true) })
    }
}
