//! A reply as axum's response.

use std::{
    io,
    pin::Pin,
    task::{Context as Cx, Poll},
};

use axum::{body::Body, response::Response};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode, header::CONTENT_LENGTH};
use http_body::{Frame, SizeHint};
use hyper::ext::ReasonPhrase;

use crate::{
    content::{Reader, fill_block},
    script::{Framing, Reply},
    text::{Context, FillError},
    wire::reply::{self, BLOCK},
};

/// The response that is spelled as the wire engine spells the reply.
pub(super) fn response(reply: &Reply, to_head: bool, context: &Context<'_>) -> Result<Response, FillError> {
    let (length, made) = match reply::framing(reply) {
        Framing::Length => reply.body.measured(context)?,
        Framing::Chunked | Framing::Close => (None, None),
    };
    let body = match (length, made) {
        _ if to_head || !reply::has_framing_field(reply.status, b"GET") => Body::empty(),
        (Some(_), Some(made)) => Body::from(made),
        (Some(length), None) if length <= BLOCK as u64 => Body::from(reply.body.bytes(context, length)?),
        (length, _) => Body::new(Streamed::new(reply, length, context)?),
    };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(reply.status).map_err(unspeakable)?;
    let reason = match &reply.reason {
        Some(reason) => reason.fill(context)?,
        None => reply::reason_phrase(reply.status).as_bytes().to_vec(),
    };
    if response.status().canonical_reason().map(str::as_bytes) != Some(reason.as_slice()) {
        response.extensions_mut().insert(ReasonPhrase::try_from(reason).map_err(unspeakable)?);
    }
    for field in &reply.fields {
        let name = HeaderName::from_bytes(&field.name.fill(context)?).map_err(unspeakable)?;
        let value = HeaderValue::from_bytes(&field.value.fill(context)?).map_err(unspeakable)?;
        response.headers_mut().append(name, value);
    }
    if let (true, Some(length), true) = (to_head, length, reply::has_framing_field(reply.status, b"GET")) {
        // hyper does not know the length of what is left out.
        response.headers_mut().append(CONTENT_LENGTH, length.into());
    }
    Ok(response)
}

fn unspeakable(error: impl std::fmt::Display) -> FillError {
    FillError::Coding(format!("the polite engine cannot say it: {error}"))
}

/// Content that is made while it is sent.
struct Streamed {
    /// In reverse, so that the one being read is the last.
    readers: Vec<Reader>,
    /// Bytes a frame, and so a chunk.
    size: usize,
    /// How many bytes are left, where that is known.
    left: Option<u64>,
}

impl Streamed {
    fn new(reply: &Reply, left: Option<u64>, context: &Context<'_>) -> Result<Self, FillError> {
        let size = reply.chunk.and_then(|size| usize::try_from(size).ok()).map(|size| size.max(1));
        let whole = std::slice::from_ref(&reply.body);
        let members = if size.is_some() || left.is_some() { whole } else { reply.body.members() };
        let readers: Result<Vec<_>, _> = members.iter().rev().map(|member| member.reader(context)).collect();
        Ok(Self { readers: readers?, size: size.unwrap_or(BLOCK), left })
    }
}

impl http_body::Body for Streamed {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Cx<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let size = self.size;
        while let Some(reader) = self.readers.last_mut() {
            let mut block = Vec::new();
            match fill_block(reader, &mut block, size) {
                Ok(0) => drop(self.readers.pop()),
                Ok(made) => {
                    self.left = self.left.map(|left| left.saturating_sub(made as u64));
                    return Poll::Ready(Some(Ok(Frame::data(block.into()))));
                }
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
        }
        Poll::Ready(None)
    }

    fn size_hint(&self) -> SizeHint {
        self.left.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
