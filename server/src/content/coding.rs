//! Content codings, by the libraries that keep them.

use std::io::BufReader;

use flate2::{Compression, read};

use super::{Reader, coding_error};
use crate::{script::Coding, text::FillError};

/// `of`, coded while it is read.
pub(super) fn reader(coding: Coding, of: Reader) -> Result<Reader, FillError> {
    let level = Compression::default();
    Ok(match coding {
        Coding::Gzip => Box::new(read::GzEncoder::new(of, level)),
        Coding::Deflate => Box::new(read::ZlibEncoder::new(of, level)),
        Coding::RawDeflate => Box::new(read::DeflateEncoder::new(of, level)),
        Coding::Br => Box::new(brotli::CompressorReader::new(of, BUFFER, BR_QUALITY, BR_WINDOW)),
        Coding::Zstd => {
            let coded = zstd::stream::read::Encoder::with_buffer(BufReader::new(of), ZSTD_LEVEL);
            Box::new(coded.map_err(|error| coding_error(&error))?)
        }
    })
}

const BUFFER: usize = 4096;
/// Quick, and small enough for bombs: tests want valid codings, not the best ones.
const BR_QUALITY: u32 = 5;
const BR_WINDOW: u32 = 22;
const ZSTD_LEVEL: i32 = 3;
