//! Replies as they are written.

use schemars::JsonSchema;
use serde::Deserialize;
use wireproof_server::script::{Content, Framing, Reply};

use super::{
    content::{RawBytes, is_endless},
    fields::RawFields,
};
use crate::scenario::{
    document::NodeId,
    raw::{Leaf, Open, Part, same_schema},
    scalar::words,
    scope::{Close, Closing, Scope, all},
    unit::{Positive, Status},
};

/// A well-formed reply: a status, or a mapping.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(expecting = "a reply (a status or a mapping)")]
#[schemars(untagged, rename = "Reply")]
pub(crate) enum RawReply {
    #[serde(rename = "$text")]
    Status(Open<Status>),
    #[serde(rename = "$map")]
    Whole(Box<RawWholeReply>),
}

/// A well-formed reply. Beside `headers` it writes the framing field only.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a reply")]
#[schemars(rename = "WholeReply")]
pub(crate) struct RawWholeReply {
    /// The status (200).
    status: Option<Open<Status>>,
    /// The reason phrase; the registered one unless given.
    reason: Option<Leaf>,
    /// The fields. Framing fields are not among them.
    headers: Option<Part<RawFields>>,
    /// The content (empty).
    body: Option<RawBytes>,
    /// How the content is framed: `length`, or `chunked` with `chunk`, `trailers` or endless content.
    framing: Option<Open<FramingWord>>,
    /// Bytes a chunk.
    chunk: Option<Open<Positive>>,
    /// Trailer fields.
    trailers: Option<Part<RawFields>>,
}

words! {
    /// How the content of a reply is framed.
    pub(crate) FramingWord, "`length`, `chunked` or `close`" {
        /// `Content-Length`.
        Length = "length",
        /// `Transfer-Encoding: chunked`.
        Chunked = "chunked",
        /// By the end of the connection.
        Close = "close",
    }
}

impl From<FramingWord> for Framing {
    fn from(word: FramingWord) -> Self {
        match word {
            FramingWord::Length => Self::Length,
            FramingWord::Chunked => Self::Chunked,
            FramingWord::Close => Self::Close,
        }
    }
}

/// A reply, and where it stands.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct RawReplyAt(pub(crate) Part<RawReply>);

same_schema!(RawReplyAt as Part<RawReply>);

impl Close for RawReplyAt {
    type Closed = Reply;

    fn close(&self, scope: &Scope<'_>) -> Closing<Reply> {
        match self.0.get()? {
            RawReply::Status(status) => status.close(scope).map(|Status(status)| bare(status)),
            RawReply::Whole(reply) => reply.close(self.0.at, scope),
        }
    }
}

fn bare(status: u16) -> Reply {
    Reply {
        status,
        reason: None,
        fields: Vec::new(),
        body: Content::default(),
        framing: Framing::Length,
        chunk: None,
        trailers: Vec::new(),
    }
}

impl RawWholeReply {
    fn close(&self, at: NodeId, scope: &Scope<'_>) -> Closing<Reply> {
        all! {
            status = self.status.close(scope);
            reason = self.reason.close(scope);
            fields = self.headers.close(scope);
            body = self.body.close(&scope.sending(false));
            framing = self.framing.close(scope);
            chunk = self.chunk.close(scope);
            trailers = self.trailers.close(scope);
        }
        let fields = fields.unwrap_or_default();
        let body = body.unwrap_or_default();
        all! {
            framing = self.framed(framing, is_endless(&body), at, scope);
            unframed = self.refuse_framing_fields(scope);
        }
        let () = unframed;
        Some(Reply {
            status: status.map_or(200, |Status(status)| status),
            reason,
            fields,
            body,
            framing,
            chunk: chunk.map(|Positive(bytes)| bytes),
            trailers: trailers.unwrap_or_default(),
        })
    }

    /// The framing said or implied.
    fn framed(
        &self,
        said: Option<FramingWord>,
        is_endless: bool,
        at: NodeId,
        scope: &Scope<'_>,
    ) -> Closing<Framing> {
        let needs_chunks = self.chunk.is_some() || self.trailers.is_some();
        let fault = match said {
            Some(FramingWord::Length) if is_endless => "endless content has no length",
            Some(FramingWord::Length | FramingWord::Close) if needs_chunks => {
                "`chunk` and `trailers` need `framing: chunked`"
            }
            Some(word) => return Some(word.into()),
            None if needs_chunks || is_endless => return Some(Framing::Chunked),
            None => return Some(Framing::Length),
        };
        scope.fault(self.framing.map_or(at, |framing| framing.leaf.0), fault);
        None
    }

    fn refuse_framing_fields(&self, scope: &Scope<'_>) -> Closing<()> {
        let Some(fields) = self.headers.as_ref().and_then(Part::get) else { return Some(()) };
        let Some(name) = fields.find(&["Content-Length", "Transfer-Encoding"], scope) else {
            return Some(());
        };
        let help = "say `framing`, or write the reply yourself with `send`".to_owned();
        scope.fault_of_leaf(
            name,
            "a reply frames itself: this field is not to be given".to_owned(),
            Some(help),
        );
        None
    }
}

/// Whether more must follow.
pub(crate) fn is_interim(reply: &Reply) -> bool {
    (100..200).contains(&reply.status) && reply.status != 101
}
