//! Content codings (RFC 9110 8.4): what content is coded in, and how that is undone while it comes.
//!
//! ```text
//! connection ──▶ last coding applied ──▶ … ──▶ first coding applied ──▶ caller
//! ```
//!
//! Each decoder is a function over bytes with a state; it holds no more than the window of its coding. The
//! algorithms are those of libraries, the formats around them (members, checksums, what may follow) are ours.

use std::fmt;

use super::{
    error::{Class, Error, Phase, Result},
    fields::Fields,
    policy::Policy,
};

mod br;
mod deflate;
mod gzip;
mod zstd;

/// A coding that can be undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Coding {
    /// RFC 9110 8.4.1.3, RFC 1952.
    Gzip,
    /// RFC 9110 8.4.1.2: the zlib format (RFC 1950).
    Deflate,
    /// RFC 7932.
    Br,
    /// RFC 8878, RFC 9659.
    Zstd,
}

impl Coding {
    /// The coding of this name (RFC 9110 8.4.1: without case).
    pub fn named(name: &[u8], policy: &Policy) -> Option<Self> {
        let name = if policy.folds_content_coding_case { name.to_ascii_lowercase() } else { name.to_vec() };
        match name.as_slice() {
            b"gzip" => Some(Self::Gzip),
            b"x-gzip" if policy.knows_x_gzip => Some(Self::Gzip),
            b"deflate" => Some(Self::Deflate),
            b"br" => Some(Self::Br),
            b"zstd" => Some(Self::Zstd),
            _ => None,
        }
    }

    fn decoder(self, policy: &Policy) -> Result<Box<dyn Decoder>> {
        Ok(match self {
            Self::Gzip => Box::new(gzip::Gzip::default()),
            Self::Deflate => Box::new(deflate::Deflate::default()),
            Self::Br => Box::new(br::Br::new()),
            Self::Zstd => Box::new(zstd::Zstd::new(policy)?),
        })
    }
}

/// What content is coded in, in the order applied. `None` where one of the codings is not known: then the
/// content stays as it is, and so does the field that says so.
///
/// # Errors
/// `decode` where there are more codings than anybody needs.
pub fn codings(fields: &Fields, policy: &Policy) -> Result<Option<Vec<Coding>>> {
    let mut codings = Vec::new();
    let lines =
        fields.all("content-encoding").take(if policy.joins_content_encodings { usize::MAX } else { 1 });
    let names = lines.flat_map(|line| line.split(|&byte| byte == b',')).map(super::fields::trim);
    for name in names {
        let is_nothing = (name.is_empty() && policy.skips_empty_codings)
            || (name.eq_ignore_ascii_case(b"identity") && policy.knows_identity);
        if is_nothing {
            continue;
        }
        if name.is_empty() || name.eq_ignore_ascii_case(b"identity") {
            return Err(damaged("a coding that is none"));
        }
        match Coding::named(name, policy) {
            Some(coding) => codings.push(coding),
            None if policy.undoes_all_codings_or_none => return Ok(None),
            // What was applied before it lies behind it.
            None => codings.clear(),
        }
        if codings.len() > policy.coding_limit {
            return Err(damaged(format!("content has more than {} codings", policy.coding_limit)));
        }
    }
    let media_type = fields.first("content-type").unwrap_or_default();
    if codings.is_empty() && media_type.ends_with(b"gzip") && !policy.leaves_media_types_alone {
        codings.push(Coding::Gzip);
    }
    Ok(Some(codings))
}

/// How far a decoder came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Step {
    /// Bytes of the input that are done with.
    consumed: usize,
    /// Bytes written to the output.
    produced: usize,
}

/// Undoes one coding.
trait Decoder: fmt::Debug + Send {
    /// Decodes what there is, as far as there is room.
    fn decode(&mut self, input: &[u8], output: &mut [u8], policy: &Policy) -> Result<Step>;

    /// Whether the coded content may end here.
    fn may_end(&self) -> bool;
}

/// Content on its way through its decoders.
#[derive(Debug, Default)]
pub struct Decoding {
    /// The first undoes the last coding applied.
    stages: Vec<Stage>,
    /// All of the content, for a client that decodes before it hands anything over.
    inflated: Option<std::io::Cursor<Vec<u8>>>,
}

#[derive(Debug)]
struct Stage {
    decoder: Box<dyn Decoder>,
    input: Vec<u8>,
    at: usize,
    is_fed: bool,
}

/// Where coded bytes come from. 0 is the end.
type Pull<'a> = dyn FnMut(&mut [u8]) -> Result<usize> + 'a;

impl Decoding {
    /// Decoders for codings in the order applied.
    ///
    /// # Errors
    /// `decode` where a decoder cannot be had.
    pub fn new(codings: &[Coding], policy: &Policy) -> Result<Self> {
        let stage = |coding: &Coding| {
            Ok(Stage { decoder: coding.decoder(policy)?, input: Vec::new(), at: 0, is_fed: false })
        };
        let mut stages = codings.iter().map(stage).collect::<Result<Vec<_>>>()?;
        if policy.reverses_codings {
            stages.reverse();
        }
        Ok(Self { stages, inflated: None })
    }

    /// Decoded content, as much as can be had without waiting for more than one piece. 0 is its end.
    ///
    /// # Errors
    /// `decode` in phase body where the coded content is damaged; those of the source.
    pub fn read(&mut self, output: &mut [u8], policy: &Policy, source: &mut Pull<'_>) -> Result<usize> {
        if output.is_empty() {
            return Ok(0);
        }
        if policy.decodes_on_demand {
            return pull(&mut self.stages, output, policy, source);
        }
        if self.inflated.is_none() {
            let inflated = inflate(&mut self.stages, policy, source)?;
            self.inflated = Some(std::io::Cursor::new(inflated));
        }
        let rest = self.inflated.as_mut().map(|inflated| std::io::Read::read(inflated, output));
        rest.transpose().map(Option::unwrap_or_default).map_err(|error| damaged(error.to_string()))
    }
}

/// All of the content at once, up to a bound that a test machine survives.
fn inflate(stages: &mut [Stage], policy: &Policy, source: &mut Pull<'_>) -> Result<Vec<u8>> {
    const BOUND: usize = 256 << 20;
    let mut inflated = Vec::new();
    let mut block = vec![0; 64 * 1024];
    while inflated.len() < BOUND {
        match pull(stages, &mut block, policy, source)? {
            0 => break,
            count => inflated.extend_from_slice(&block[..count]),
        }
    }
    Ok(inflated)
}

/// What comes out of the last stage.
fn pull(stages: &mut [Stage], output: &mut [u8], policy: &Policy, source: &mut Pull<'_>) -> Result<usize> {
    let Some((stage, before)) = stages.split_last_mut() else { return source(output) };
    loop {
        let step = stage.decoder.decode(&stage.input[stage.at..], output, policy)?;
        stage.at += step.consumed;
        if step.produced > 0 {
            return Ok(step.produced);
        }
        if stage.is_fed && stage.decoder.may_end() && !policy.reads_behind_coding {
            return Ok(0);
        }
        // A step that did nothing needs more.
        let is_stuck = step.consumed == 0 || stage.at == stage.input.len();
        if is_stuck && stage.fill(|room| pull(before, room, policy, source))? == 0 {
            stage.end(policy)?;
            return Ok(0);
        }
    }
}

impl Stage {
    fn fill(&mut self, mut from: impl FnMut(&mut [u8]) -> Result<usize>) -> Result<usize> {
        const ROOM: usize = 16 * 1024;
        self.input.drain(..self.at);
        let kept = self.input.len();
        self.at = 0;
        self.input.resize(kept + ROOM, 0);
        let count = from(&mut self.input[kept..])?;
        self.input.truncate(kept + count);
        self.is_fed |= count > 0;
        Ok(count)
    }

    /// No content at all is no damage: there is nothing to decode.
    fn end(&self, policy: &Policy) -> Result<()> {
        let may_end = if self.is_fed {
            self.decoder.may_end() || !policy.notices_cut_coding
        } else {
            policy.allows_empty_coded_content
        };
        if may_end { Ok(()) } else { Err(damaged("coded content ends too early")) }
    }
}

/// Coded content that cannot be decoded.
fn damaged(text: impl Into<String>) -> Error {
    Error::new(Class::Decode, Phase::Body, "ContentDecodingError", text)
}

#[cfg(test)]
mod tests;
