use std::io::Read;

use super::*;
use crate::{script::Coding, text::Piece};

fn bytes(content: &Content) -> Vec<u8> {
    content.bytes(&Context::default(), u64::MAX - 1).unwrap()
}

fn sized(of: Content, size: u64) -> Content {
    Content::Sized { of: Box::new(of), size: Some(size) }
}

#[test]
fn joined_and_sized() {
    let joined = Content::Joined(vec!["ab".into(), "".into(), "c".into()]);
    assert_eq!(bytes(&joined), b"abc");
    assert_eq!(joined.len_hint(&Context::default()), Some(3));
    assert_eq!(bytes(&sized(joined.clone(), 8)), b"abcabcab");
    assert_eq!(bytes(&sized(joined, 2)), b"ab");
    assert_eq!(bytes(&sized("".into(), 5)), b"");
}

#[test]
fn kept_and_flipped_from_either_end() {
    let kept = |keep| bytes(&Content::Kept { of: Box::new("hello".into()), keep });
    assert_eq!(
        (kept(2), kept(-2), kept(9), kept(-9)),
        (b"he".into(), b"hel".into(), b"hello".into(), vec![])
    );
    let flipped = |at| bytes(&Content::Flipped { of: Box::new("ab".into()), at });
    assert_eq!((flipped(0), flipped(-1), flipped(7)), (b"\x9Eb".into(), b"a\x9D".into(), b"ab".into()));
    assert_eq!(flipped(-3), b"ab");
}

#[test]
fn random_is_a_block_repeated() {
    let made = bytes(&sized(Content::Random(7), RANDOM_BLOCK as u64 + 3));
    assert_eq!(made[..RANDOM_BLOCK], random_block(7));
    assert_eq!(made[RANDOM_BLOCK..], random_block(7)[..3]);
    assert_ne!(random_block(7), random_block(8));
    // 1 * 0x9E3779B97F4A7C15 | 1 through one round of (13, 7, 17).
    assert_eq!(random_block(1)[..8], first_word(0x9E37_79B9_7F4A_7C15));
}

fn first_word(mut state: u64) -> [u8; 8] {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    state.to_le_bytes()
}

#[test]
fn codings_decode_to_what_was_coded() {
    let plain = sized("wireproof ".into(), 100_000);
    let coded = |coding| bytes(&Content::Coded { of: Box::new(plain.clone()), coding });
    let mut decoded = Vec::new();
    flate2::read::GzDecoder::new(&coded(Coding::Gzip)[..]).read_to_end(&mut decoded).unwrap();
    assert_eq!(decoded, bytes(&plain));
    decoded.clear();
    flate2::read::ZlibDecoder::new(&coded(Coding::Deflate)[..]).read_to_end(&mut decoded).unwrap();
    assert_eq!(decoded, bytes(&plain));
    decoded.clear();
    flate2::read::DeflateDecoder::new(&coded(Coding::RawDeflate)[..]).read_to_end(&mut decoded).unwrap();
    assert_eq!(decoded, bytes(&plain));
    decoded.clear();
    brotli::Decompressor::new(&coded(Coding::Br)[..], 4096).read_to_end(&mut decoded).unwrap();
    assert_eq!(decoded, bytes(&plain));
    decoded.clear();
    zstd::stream::read::Decoder::new(&coded(Coding::Zstd)[..]).unwrap().read_to_end(&mut decoded).unwrap();
    assert_eq!(decoded, bytes(&plain));
}

#[test]
fn endless_content_streams() {
    let endless = Content::Sized { of: Box::new("ab".into()), size: None };
    assert!(endless.is_endless());
    assert_eq!(endless.len_hint(&Context::default()), None);
    assert_eq!(endless.bytes(&Context::default(), 1000), Err(FillError::TooLong));
    let mut first = [0; 5];
    endless.reader(&Context::default()).unwrap().read_exact(&mut first).unwrap();
    assert_eq!(&first, b"ababa");
    let coded = Content::Coded { of: Box::new(endless), coding: Coding::Gzip };
    assert!(coded.is_endless());
    let mut first = [0; 2];
    coded.reader(&Context::default()).unwrap().read_exact(&mut first).unwrap();
    assert_eq!(first, [0x1F, 0x8B]);
}

#[test]
fn long_content_can_be_repeated() {
    let long = sized("ab".into(), KEPT + 1);
    let twice = sized(long, 2 * KEPT + 4);
    let made = bytes(&twice);
    assert_eq!(made.len() as u64, 2 * KEPT + 4);
    assert_eq!(&made[made.len() - 4..], b"baab");
}

#[test]
fn the_length_of_terabytes_is_known() {
    let huge = sized(Content::Random(1), 5 << 40);
    assert_eq!(huge.length(&Context::default()), Ok(5 << 40));
    let kept = Content::Kept { of: Box::new(huge), keep: -1 };
    assert_eq!(kept.len_hint(&Context::default()), Some((5 << 40) - 1));
}

#[test]
fn holes_are_filled_when_read() {
    let counter = Content::Text(Text(vec![Piece::Count]));
    let context = Context { count: Some(12), ..Context::default() };
    assert_eq!(counter.bytes(&context, 10).unwrap(), b"12");
    assert_eq!(counter.len_hint(&context), Some(2));
    assert_eq!(counter.bytes(&Context::default(), 10), Err(FillError::NoCount));
}
