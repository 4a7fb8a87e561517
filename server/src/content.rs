//! Content, made as it is read: what is endless, or gigabytes long, is never in memory.

mod coding;
mod transform;

use std::io::{Cursor, Read};

use crate::{
    script::{Coding, Content},
    text::{Context, FillError, Text},
};

/// Bytes in the block of [`Content::Random`].
pub const RANDOM_BLOCK: usize = 64 * 1024;

/// The longest content whose unknown length is found by keeping it; longer content is made twice instead.
const KEPT: u64 = 1024 * 1024;

/// Content while it is made.
pub(crate) type Reader = Box<dyn Read + Send>;

impl Content {
    /// The content, as a stream that makes it while it is read.
    ///
    /// # Errors
    /// Where a text in it cannot be filled. Reading itself fails only where a coding does.
    pub fn reader(&self, context: &Context<'_>) -> Result<Reader, FillError> {
        Ok(match self {
            Self::Text(text) => Box::new(Cursor::new(text.fill(context)?)),
            Self::Joined(members) => {
                let readers: Result<Vec<_>, _> =
                    members.iter().map(|member| member.reader(context)).collect();
                Box::new(transform::Joined::new(readers?))
            }
            Self::Random(seed) => Box::new(transform::Cycle::new(random_block(*seed))),
            Self::Sized { of, size } => {
                let cycle = transform::Again::new(of.again(context)?);
                match size {
                    Some(size) => Box::new(cycle.take(*size)),
                    None => Box::new(cycle),
                }
            }
            Self::Coded { of, coding } => coding::reader(*coding, of.reader(context)?)?,
            Self::Kept { of, keep } => {
                let kept = match u64::try_from(*keep) {
                    Ok(first) => first,
                    Err(_) => of.length(context)?.saturating_sub(keep.unsigned_abs()),
                };
                Box::new(of.reader(context)?.take(kept))
            }
            Self::Flipped { of, at } => {
                let at = match u64::try_from(*at) {
                    Ok(at) => Some(at),
                    Err(_) => of.length(context)?.checked_sub(at.unsigned_abs()),
                };
                Box::new(transform::Flipped::new(of.reader(context)?, at))
            }
        })
    }

    /// How long it is, where that is known without making it; `None` also where it is endless.
    pub fn len_hint(&self, context: &Context<'_>) -> Option<u64> {
        match self {
            Self::Text(text) => match text.static_bytes() {
                Some(bytes) => Some(bytes.len() as u64),
                None => text.fill(context).ok().map(|bytes| bytes.len() as u64),
            },
            Self::Joined(members) => members.iter().map(|member| member.len_hint(context)).sum(),
            Self::Random(_) | Self::Coded { .. } => None,
            Self::Sized { of, size } => {
                let empty = of.len_hint(context) == Some(0);
                if empty { Some(0) } else { *size }
            }
            Self::Kept { of, keep } => {
                let length = of.len_hint(context);
                match u64::try_from(*keep) {
                    Ok(first) if of.is_endless() => Some(first),
                    Ok(first) => length.map(|length| length.min(first)),
                    Err(_) => length.map(|length| length.saturating_sub(keep.unsigned_abs())),
                }
            }
            Self::Flipped { of, .. } => of.len_hint(context),
        }
    }

    /// Whether it never ends.
    pub fn is_endless(&self) -> bool {
        match self {
            Self::Text(_) => false,
            Self::Joined(members) => members.iter().any(Self::is_endless),
            Self::Random(_) => true,
            Self::Sized { of, size } => size.is_none() && !of.is_empty(),
            Self::Kept { of, keep } => *keep < 0 && of.is_endless(),
            Self::Coded { of, .. } | Self::Flipped { of, .. } => of.is_endless(),
        }
    }

    /// How long it is. Made once and thrown away where it cannot be known otherwise.
    ///
    /// # Errors
    /// Where it is endless, or cannot be made.
    pub fn length(&self, context: &Context<'_>) -> Result<u64, FillError> {
        if let Some(known) = self.len_hint(context) {
            return Ok(known);
        }
        if self.is_endless() {
            return Err(FillError::TooLong);
        }
        std::io::copy(&mut self.reader(context)?, &mut std::io::sink()).map_err(|error| coding_error(&error))
    }

    /// All of it.
    ///
    /// # Errors
    /// Where it is endless or longer than `limit`, or cannot be made.
    pub fn bytes(&self, context: &Context<'_>, limit: u64) -> Result<Vec<u8>, FillError> {
        if let Self::Text(text) = self {
            let bytes = text.fill(context)?;
            return if bytes.len() as u64 > limit { Err(FillError::TooLong) } else { Ok(bytes) };
        }
        if self.is_endless() || self.len_hint(context).is_some_and(|length| length > limit) {
            return Err(FillError::TooLong);
        }
        let mut bytes = Vec::new();
        let read = self.reader(context)?.take(limit.saturating_add(1)).read_to_end(&mut bytes);
        if read.map_err(|error| coding_error(&error))? as u64 > limit {
            return Err(FillError::TooLong);
        }
        Ok(bytes)
    }

    /// Its length, if it has one, and the bytes, if making them was needed to find out and they are few.
    pub(crate) fn measured(
        &self,
        context: &Context<'_>,
    ) -> Result<(Option<u64>, Option<Vec<u8>>), FillError> {
        match self.len_hint(context) {
            Some(length) => Ok((Some(length), None)),
            None if self.is_endless() => Ok((None, None)),
            None => match self.bytes(context, KEPT) {
                Ok(bytes) => Ok((Some(bytes.len() as u64), Some(bytes))),
                Err(FillError::TooLong) => Ok((Some(self.length(context)?), None)),
                Err(error) => Err(error),
            },
        }
    }

    /// The members of a list, or the one content that this is.
    pub(crate) fn members(&self) -> &[Content] {
        match self {
            Self::Joined(members) => members,
            one => std::slice::from_ref(one),
        }
    }

    fn is_empty(&self) -> bool {
        match self {
            Self::Text(text) => text.static_bytes().is_some_and(|bytes| bytes.is_empty()),
            Self::Joined(members) => members.iter().all(Self::is_empty),
            Self::Sized { of, size } => *size == Some(0) || of.is_empty(),
            Self::Kept { of, keep } => *keep == 0 || of.is_empty(),
            Self::Flipped { of, .. } => of.is_empty(),
            Self::Random(_) | Self::Coded { .. } => false,
        }
    }

    /// What makes it, as often as wanted: the bytes where they are few, else the readers.
    fn again(&self, context: &Context<'_>) -> Result<transform::Source, FillError> {
        match self.bytes(context, KEPT) {
            Ok(bytes) => Ok(transform::Source::Bytes(bytes)),
            // Content of more than a mebibyte that is repeated: filled now, made again on every turn.
            Err(FillError::TooLong) => Ok(transform::Source::Content(self.filled(context)?)),
            Err(error) => Err(error),
        }
    }

    /// The same content without holes.
    fn filled(&self, context: &Context<'_>) -> Result<Content, FillError> {
        let inner = |of: &Content| of.filled(context).map(Box::new);
        Ok(match self {
            Self::Text(text) => Self::Text(Text::from(text.fill(context)?)),
            Self::Joined(members) => {
                Self::Joined(members.iter().map(|member| member.filled(context)).collect::<Result<_, _>>()?)
            }
            Self::Random(seed) => Self::Random(*seed),
            Self::Sized { of, size } => Self::Sized { of: inner(of)?, size: *size },
            Self::Coded { of, coding } => Self::Coded { of: inner(of)?, coding: *coding },
            Self::Kept { of, keep } => Self::Kept { of: inner(of)?, keep: *keep },
            Self::Flipped { of, at } => Self::Flipped { of: inner(of)?, at: *at },
        })
    }
}

impl From<Text> for Content {
    fn from(text: Text) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Content {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<&[u8]> for Content {
    fn from(bytes: &[u8]) -> Self {
        Self::Text(bytes.into())
    }
}

/// A stream, coded while it is read.
pub(crate) fn coded(coding: Coding, of: Reader) -> Result<Reader, FillError> {
    coding::reader(coding, of)
}

/// Fills a block as far as the content goes; how many bytes it has.
pub(crate) fn fill_block(reader: &mut Reader, block: &mut Vec<u8>, size: usize) -> std::io::Result<usize> {
    block.clear();
    reader.take(size as u64).read_to_end(block)
}

fn coding_error(error: &std::io::Error) -> FillError {
    FillError::Coding(error.to_string())
}

/// The block that [`Content::Random`] repeats: the little-endian words of xorshift64 (13, 7, 17), started at
/// the seed times 0x9E3779B97F4A7C15 with the lowest bit set, so that no seed starts at the fixed point 0.
pub fn random_block(seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut block = Vec::with_capacity(RANDOM_BLOCK);
    while block.len() < RANDOM_BLOCK {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        block.extend_from_slice(&state.to_le_bytes());
    }
    block
}

#[cfg(test)]
mod tests;
