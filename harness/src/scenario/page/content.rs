//! Content as it is written: a text, a list of content, or a mapping with one source and modifiers.

use schemars::JsonSchema;
use serde::Deserialize;
use wireproof_server::script::{Coding, Content};

use super::{
    fields::RawFields,
    stream::{RawPart, RawStreamStep},
};
use crate::scenario::{
    document::{Kind, NodeId, Style},
    encode, json,
    raw::{Anything, Leaf, Many, Open, Part, same_schema},
    scalar::words,
    scope::{Close, Closing, Scope, all},
    unit::{Size, SizeOrEndless},
};

/// Bytes, said or made: a text, a list (joined), or a mapping with one source and modifiers, which are applied in
/// the order size, coded, keep, flip.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(expecting = "content (a text, a list or a mapping)")]
#[schemars(untagged, rename = "Content")]
pub(crate) enum RawContent {
    #[serde(rename = "$text")]
    Text(Leaf),
    #[serde(rename = "$list")]
    Joined(Many<RawContent>),
    #[serde(rename = "$map")]
    Made(Box<RawMade>),
}

/// One source (of, random, json, form, multipart, stream) and modifiers.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "content")]
#[schemars(rename = "MadeContent")]
pub(crate) struct RawMade {
    /// Source: other content.
    of: Option<Part<RawContent>>,
    /// Source: pseudo-random bytes from this seed; needs `size`.
    random: Option<Open<u64>>,
    /// Source: a JSON value.
    pub(super) json: Option<Anything>,
    /// Source: a form.
    pub(super) form: Option<Part<RawFields>>,
    /// Source: the parts of a multipart body.
    pub(super) multipart: Option<Many<RawPart>>,
    /// Source: steps of the caller's source; in calls only.
    pub(super) stream: Option<Many<RawStreamStep>>,
    /// Repeats and cuts it to this size; `endless`.
    size: Option<Open<SizeOrEndless>>,
    /// Content codings, in the order applied.
    coded: Option<Many<Open<CodingWord>>>,
    /// The first n bytes; -n leaves out the last n.
    keep: Option<Open<i64>>,
    /// Inverts the byte at this offset; -1 is the last.
    flip: Option<Open<i64>>,
    /// Of a stream: the length announced.
    pub(super) length: Option<Open<Size>>,
    /// Of a stream: whether it can be read again (true).
    pub(super) replay: Option<Open<bool>>,
}

words! {
    /// A content coding.
    pub(crate) CodingWord, "`gzip`, `deflate`, `raw-deflate`, `br` or `zstd`" {
        /// RFC 1952
        Gzip = "gzip",
        /// RFC 1950
        Deflate = "deflate",
        /// RFC 1951
        RawDeflate = "raw-deflate",
        /// RFC 7932
        Br = "br",
        /// RFC 8878
        Zstd = "zstd",
    }
}

impl From<CodingWord> for Coding {
    fn from(word: CodingWord) -> Self {
        match word {
            CodingWord::Gzip => Self::Gzip,
            CodingWord::Deflate => Self::Deflate,
            CodingWord::RawDeflate => Self::RawDeflate,
            CodingWord::Br => Self::Br,
            CodingWord::Zstd => Self::Zstd,
        }
    }
}

impl RawContent {
    fn bytes(&self, at: NodeId, scope: &Scope<'_>) -> Closing<Content> {
        match self {
            Self::Text(leaf) => text(*leaf, scope).map(Content::Text),
            Self::Joined(list) => joined(list, scope),
            Self::Made(made) => made.bytes(at, scope),
        }
    }

    /// The mapping, where it is one and its source stands alone.
    pub(super) fn lone_source(&self) -> Option<&RawMade> {
        match self {
            Self::Made(made) if !made.is_modified() => Some(made),
            _ => None,
        }
    }
}

fn text(leaf: Leaf, scope: &Scope<'_>) -> Closing<wireproof_server::text::Text> {
    if scope.is_sending
        && matches!(&scope.document.node(leaf.0).kind, Kind::Scalar(scalar) if scalar.style == Style::Block)
    {
        let help = "write it in double quotes, with `\\r\\n` where CRLF is meant".to_owned();
        scope.fault_of_leaf(
            leaf,
            "a block scalar has LF line ends, which `send` would send as they are".to_owned(),
            Some(help),
        );
        return None;
    }
    leaf.close(scope)
}

fn joined(list: &Many<RawContent>, scope: &Scope<'_>) -> Closing<Content> {
    let parts: Vec<Option<Content>> =
        list.items.iter().map(|part| part.get().and_then(|content| content.bytes(part.at, scope))).collect();
    let parts: Vec<Content> = parts.into_iter().collect::<Option<_>>()?;
    let before_last = parts.len().saturating_sub(1);
    if let Some(at) = parts[..before_last].iter().position(is_endless) {
        scope.fault(list.items[at + 1].at, "what comes after endless content is never reached");
        return None;
    }
    Some(Content::Joined(parts))
}

impl RawMade {
    pub(super) fn sources(&self) -> Vec<&'static str> {
        let given = [
            ("of", self.of.is_some()),
            ("random", self.random.is_some()),
            ("json", self.json.is_some()),
            ("form", self.form.is_some()),
            ("multipart", self.multipart.is_some()),
            ("stream", self.stream.is_some()),
        ];
        given.into_iter().filter(|(_, is_given)| *is_given).map(|(name, _)| name).collect()
    }

    pub(super) fn is_modified(&self) -> bool {
        self.size.is_some() || self.coded.is_some() || self.keep.is_some() || self.flip.is_some()
    }

    /// Notes a fault unless there is one source, and no modifier that it cannot have.
    pub(super) fn check(&self, at: NodeId, scope: &Scope<'_>) -> Closing<()> {
        let sources = self.sources();
        if sources.len() != 1 {
            let message = match sources.as_slice() {
                [] => "content needs a source: `of`, `random`, `json`, `form`, `multipart` or `stream`"
                    .to_owned(),
                several => format!("content has one source, found {}", several.join(", ")),
            };
            scope.fault(at, message);
            return None;
        }
        let of_stream = self.length.map(|length| length.leaf).or(self.replay.map(|replay| replay.leaf));
        if let (Some(leaf), None) = (of_stream, &self.stream) {
            scope.fault(leaf.0, "only a stream has this");
            return None;
        }
        Some(())
    }

    fn bytes(&self, at: NodeId, scope: &Scope<'_>) -> Closing<Content> {
        self.check(at, scope)?;
        let source = self.source(at, scope);
        let sized = match &self.size {
            Some(size) => self.sized(source, *size, scope),
            None => source,
        };
        all! {
            content = sized;
            coded = self.coded.close(scope);
            keep = self.keep.close(scope);
            flip = self.flip.close(scope);
        }
        let coded = coded
            .unwrap_or_default()
            .into_iter()
            .fold(content, |of, coding| Content::Coded { of: Box::new(of), coding: coding.into() });
        let counts_from_end = [keep, flip].into_iter().flatten().any(|offset| offset < 0);
        if counts_from_end && is_endless(&coded) {
            scope.fault(at, "endless content has no end to count from");
            return None;
        }
        let kept = match keep {
            Some(keep) => Content::Kept { of: Box::new(coded), keep },
            None => coded,
        };
        Some(match flip {
            Some(at) => Content::Flipped { of: Box::new(kept), at },
            None => kept,
        })
    }

    fn source(&self, at: NodeId, scope: &Scope<'_>) -> Closing<Content> {
        if let Some(of) = &self.of {
            return of.get()?.bytes(of.at, scope);
        }
        if let Some(seed) = &self.random {
            if self.size.is_none() {
                scope.fault(at, "`random` needs a `size`");
                return None;
            }
            return seed.close(scope).map(Content::Random);
        }
        if let Some(value) = &self.json {
            return json::close(value.0, scope).map(|value| Content::Text(encode::json(&value)));
        }
        if let Some(form) = &self.form {
            return form.close(scope).map(|fields| Content::Text(encode::form(&fields)));
        }
        let (what, help) = if self.multipart.is_some() {
            ("`multipart`", "elsewhere write it as text, with a boundary of your own")
        } else {
            ("`stream`", "in servers `send`, `wait` and `pace` do the same")
        };
        let message = format!(
            "{what} stands alone in the body of a call{}",
            if self.multipart.is_some() { " or of an expectation" } else { "" }
        );
        scope.document.fault_with_help(at, message, Some(help.to_owned()));
        None
    }

    fn sized(
        &self,
        source: Option<Content>,
        size: Open<SizeOrEndless>,
        scope: &Scope<'_>,
    ) -> Closing<Content> {
        all! {
            of = source;
            size = size.close(scope);
        }
        let SizeOrEndless(bytes) = size;
        if is_empty(&of) && bytes != Some(0) {
            let leaf = self.size.map(|size| size.leaf)?;
            scope.fault(leaf.0, "nothing, repeated, never has a size");
            return None;
        }
        Some(Content::Sized { of: Box::new(of), size: bytes })
    }
}

/// Whether it never ends.
pub(crate) fn is_endless(content: &Content) -> bool {
    match content {
        Content::Text(_) => false,
        Content::Joined(parts) => parts.iter().any(is_endless),
        Content::Random(_) => true,
        Content::Sized { size, .. } => size.is_none(),
        Content::Coded { of, .. } | Content::Flipped { of, .. } => is_endless(of),
        Content::Kept { of, keep } => *keep < 0 && is_endless(of),
    }
}

fn is_empty(content: &Content) -> bool {
    match content {
        Content::Text(text) => text.0.is_empty(),
        Content::Joined(parts) => parts.iter().all(is_empty),
        _ => false,
    }
}

/// Content of a server, which may be endless.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct RawBytes(pub(crate) Part<RawContent>);

same_schema!(RawBytes as Part<RawContent>);

impl Close for RawBytes {
    type Closed = Content;

    fn close(&self, scope: &Scope<'_>) -> Closing<Content> {
        self.0.get()?.bytes(self.0.at, scope)
    }
}

/// Content that has a length.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct RawFinite(pub(crate) Part<RawContent>);

same_schema!(RawFinite as Part<RawContent>);

impl Close for RawFinite {
    type Closed = Content;

    fn close(&self, scope: &Scope<'_>) -> Closing<Content> {
        let content = self.0.get()?.bytes(self.0.at, scope)?;
        if is_endless(&content) {
            scope.fault(self.0.at, "content must have a length here; only what servers send may be endless");
            return None;
        }
        Some(content)
    }
}
