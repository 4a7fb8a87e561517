//! Content codings, by the libraries that keep them.

use std::io::{self, BufReader, Read};

use flate2::{Compression, read};
use tokio::task::block_in_place;

use super::{Reader, coding_error};
use crate::{script::Coding, text::FillError};

/// `of`, coded while it is read.
pub(super) fn reader(coding: Coding, of: Reader) -> Result<Reader, FillError> {
    let level = Compression::default();
    let coded: Reader = match coding {
        Coding::Gzip => Box::new(read::GzEncoder::new(of, level)),
        Coding::Deflate => Box::new(read::ZlibEncoder::new(of, level)),
        Coding::RawDeflate => Box::new(read::DeflateEncoder::new(of, level)),
        Coding::Br => Box::new(brotli::CompressorReader::new(of, BUFFER, BR_QUALITY, BR_WINDOW)),
        Coding::Zstd => {
            let coded = zstd::stream::read::Encoder::with_buffer(BufReader::new(of), ZSTD_LEVEL);
            Box::new(coded.map_err(|error| coding_error(&error))?)
        }
    };
    Ok(Box::new(Aside(coded)))
}

/// Work for a processor, done aside: the thread of the servers that reads this hands its other connections to another
/// thread meanwhile, or they would be late.
struct Aside(Reader);

impl Read for Aside {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // Outside of the servers' runtime, where expected content is made, this is a plain call.
        block_in_place(|| self.0.read(buffer))
    }
}

const BUFFER: usize = 4096;
/// Quick, and small enough for bombs: tests want valid codings, not the best ones.
const BR_QUALITY: u32 = 5;
const BR_WINDOW: u32 = 22;
const ZSTD_LEVEL: i32 = 3;
