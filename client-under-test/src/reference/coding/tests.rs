use super::*;

/// `hello` by gzip, without name and time.
const GZIP: &[u8] =
    b"\x1F\x8B\x08\x00\x00\x00\x00\x00\x00\xFF\xCB\x48\xCD\xC9\xC9\x07\x00\x86\xA6\x10\x36\x05\x00\x00\x00";
/// `hello`, deflated.
const RAW: &[u8] = b"\xCB\x48\xCD\xC9\xC9\x07\x00";
/// The same in the zlib format.
const ZLIB: &[u8] = b"\x78\x9C\xCB\x48\xCD\xC9\xC9\x07\x00\x06\x2C\x02\x15";
/// `hello` by br: a stored meta-block and an empty last one.
const BR: &[u8] = b"\x0B\x02\x80\x68\x65\x6C\x6C\x6F\x03";
/// `hello` by zstd: a raw block in a window of 8 MiB.
const ZSTD: &[u8] = b"\x28\xB5\x2F\xFD\x00\x68\x29\x00\x00hello";

fn of(lines: &[(&str, &str)]) -> Fields {
    Fields(lines.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec())).collect())
}

/// Decodes content that comes in pieces of this size into a buffer of that size.
fn decoded(codings: &[Coding], coded: &[u8], piece: usize, room: usize, policy: &Policy) -> Result<Vec<u8>> {
    let mut pieces = coded.chunks(piece);
    let mut source = |buffer: &mut [u8]| {
        let piece = pieces.next().unwrap_or_default();
        buffer[..piece.len()].copy_from_slice(piece);
        Ok(piece.len())
    };
    let mut decoding = Decoding::new(codings, policy)?;
    let mut content = Vec::new();
    let mut buffer = vec![0; room];
    loop {
        match decoding.read(&mut buffer, policy, &mut source)? {
            0 => return Ok(content),
            count => content.extend_from_slice(&buffer[..count]),
        }
    }
}

fn plainly(codings: &[Coding], coded: &[u8]) -> Result<Vec<u8>> {
    let whole = decoded(codings, coded, 1024, 1024, &Policy::default());
    for (piece, room) in [(1, 1024), (1024, 1), (1, 1), (3, 2)] {
        let other = decoded(codings, coded, piece, room, &Policy::default());
        assert_eq!(whole.as_ref().ok(), other.as_ref().ok(), "{codings:?} {piece} {room}");
    }
    whole
}

#[test]
fn every_coding_is_undone_however_it_comes() {
    for (coding, coded) in [
        (Coding::Gzip, GZIP),
        (Coding::Deflate, ZLIB),
        (Coding::Deflate, RAW),
        (Coding::Br, BR),
        (Coding::Zstd, ZSTD),
    ] {
        assert_eq!(plainly(&[coding], coded).unwrap(), b"hello", "{coding:?}");
        assert_eq!(plainly(&[coding], b"").unwrap(), b"", "{coding:?}");
        for cut in 1..coded.len() {
            let error = plainly(&[coding], &coded[..cut]).unwrap_err();
            assert_eq!((error.class, error.phase), (Class::Decode, Phase::Body), "{coding:?} {cut}");
        }
    }
}

#[test]
fn members_and_frames_are_one_content() {
    assert_eq!(plainly(&[Coding::Gzip], &[GZIP, GZIP].concat()).unwrap(), b"hellohello");
    assert_eq!(plainly(&[Coding::Zstd], &[ZSTD, ZSTD].concat()).unwrap(), b"hellohello");
    // A skippable frame (RFC 8878 3.1.2).
    let skipped = b"\x50\x2A\x4D\x18\x02\x00\x00\x00xx";
    assert_eq!(plainly(&[Coding::Zstd], &[skipped, ZSTD].concat()).unwrap(), b"hello");
}

#[test]
fn what_follows_must_be_coded_too() {
    for (coding, coded) in
        [(Coding::Gzip, GZIP), (Coding::Deflate, ZLIB), (Coding::Br, BR), (Coding::Zstd, ZSTD)]
    {
        let behind = [coded, b"\0\0garbage\0\0\0\0"].concat();
        assert_eq!(plainly(&[coding], &behind).unwrap_err().class, Class::Decode, "{coding:?}");
    }
}

#[test]
fn damage_is_noticed() {
    let flipped = |coded: &[u8], at: usize| {
        let mut coded = coded.to_vec();
        coded[at] ^= 0xFF;
        coded
    };
    for at in [0, 1, 2, 3, 18, 20, 21, 24] {
        assert!(plainly(&[Coding::Gzip], &flipped(GZIP, at)).is_err(), "gzip {at}");
    }
    for at in [9, 12] {
        assert!(plainly(&[Coding::Deflate], &flipped(ZLIB, at)).is_err(), "zlib {at}");
    }
    assert!(plainly(&[Coding::Zstd], &flipped(ZSTD, 0)).is_err());
    // A window of 16 MiB.
    let mut wide = ZSTD.to_vec();
    wide[5] = 0x70;
    assert!(plainly(&[Coding::Zstd], &wide).is_err());
}

#[test]
fn every_field_of_a_gzip_header_is_skipped() {
    let mut head = b"\x1F\x8B\x08\x1E\0\0\0\0\0\xFF\x03\0abcname\0comment\0".to_vec();
    let mut crc = flate2::Crc::new();
    crc.update(&head);
    let crc16 = u16::try_from(crc.sum() & 0xFFFF).unwrap();
    head.extend_from_slice(&crc16.to_le_bytes());
    assert_eq!(plainly(&[Coding::Gzip], &[&head, &GZIP[10..]].concat()).unwrap(), b"hello");
    let last = head.len() - 1;
    head[last] ^= 1;
    assert!(plainly(&[Coding::Gzip], &[&head, &GZIP[10..]].concat()).is_err());
}

#[test]
fn stacked_codings_are_undone_last_first() {
    // gzip in a zstd frame: one raw block of its length.
    let size = u32::try_from(GZIP.len()).unwrap() << 3 | 1;
    let stacked = [&b"\x28\xB5\x2F\xFD\x00\x68"[..], &size.to_le_bytes()[..3], GZIP].concat();
    assert_eq!(plainly(&[Coding::Gzip, Coding::Zstd], &stacked).unwrap(), b"hello");
    assert!(plainly(&[Coding::Zstd, Coding::Gzip], &stacked).is_err());
}

#[test]
fn codings_are_read_off_the_fields() {
    let found = |lines: &[(&str, &str)]| codings(&of(lines), &Policy::default());
    let encoding = "Content-Encoding";
    for (lines, expected) in [
        (&[][..], Some(vec![])),
        (&[(encoding, "identity")], Some(vec![])),
        (&[(encoding, "GZip"), ("content-encoding", " ,x-gzip,")], Some(vec![Coding::Gzip, Coding::Gzip])),
        (&[(encoding, "deflate, br , zstd")], Some(vec![Coding::Deflate, Coding::Br, Coding::Zstd])),
        (&[(encoding, "gzip, x-rot13")], None),
        (&[("Content-Type", "application/gzip")], Some(vec![])),
    ] {
        assert_eq!(found(lines).unwrap(), expected, "{lines:?}");
    }
    assert_eq!(found(&[(encoding, &["gzip"; 6].join(","))]).unwrap_err().class, Class::Decode);
}

#[test]
fn a_bomb_is_decoded_as_far_as_it_is_taken() {
    // Blocks of 128 KiB of one byte, in four bytes each (RFC 8878 3.1.1.2.2).
    let blocks = |buffer: &mut [u8]| {
        let mut sent = Vec::new();
        while sent.len() + 4 <= buffer.len() {
            sent.extend_from_slice(b"\x02\x00\x10\x00");
        }
        buffer[..sent.len()].copy_from_slice(&sent);
        Ok(sent.len())
    };
    let mut head = Some(b"\x28\xB5\x2F\xFD\x00\x40".to_vec());
    let mut pulled = 0;
    let mut source = |buffer: &mut [u8]| {
        pulled += 1;
        match head.take() {
            Some(head) => {
                buffer[..head.len()].copy_from_slice(&head);
                Ok(head.len())
            }
            None => blocks(buffer),
        }
    };
    let mut decoding = Decoding::new(&[Coding::Zstd], &Policy::default()).unwrap();
    let mut buffer = vec![0; 64 * 1024];
    for _ in 0..16 {
        assert!(decoding.read(&mut buffer, &Policy::default(), &mut source).unwrap() > 0);
    }
    // The head, and one piece that holds 512 MiB.
    assert_eq!(pulled, 2);
}
