//! Bytes and requests as people are shown them: short, and never with raw control characters.

use std::{borrow::Cow, fmt::Write as _};

use sha2::{Digest, Sha256};
use wireproof_server::{seen::RequestSeen, text::FilledPattern};

/// How many bytes of a longer text are shown.
const SHOWN: usize = 160;

/// Quoted, escaped, and cut where it is long.
pub(crate) fn bytes(bytes: &[u8]) -> String {
    if bytes.len() <= SHOWN {
        return format!("\"{}\"", escaped(bytes));
    }
    format!("\"{}\"... ({} bytes)", escaped(&bytes[..SHOWN]), bytes.len())
}

/// The longest line that people are shown, in characters.
const LONGEST_LINE: usize = 400;

/// A line, cut where it is too long to be read; how long it is stands behind.
pub(crate) fn line(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(LONGEST_LINE) {
        Some((at, _)) => Cow::Owned(format!("{}... ({} characters)", &text[..at], text.chars().count())),
        None => Cow::Borrowed(text),
    }
}

/// A list of quoted texts.
pub(crate) fn list<T: AsRef<[u8]>>(texts: &[T]) -> String {
    if texts.is_empty() {
        return "none".to_owned();
    }
    texts.iter().map(|text| bytes(text.as_ref())).collect::<Vec<_>>().join(", ")
}

/// Method, space, target.
pub(crate) fn request_line(request: &RequestSeen) -> String {
    escaped(&[&request.method[..], b" ", &request.target[..]].concat())
}

/// A number of bytes in the largest unit that it has one of.
pub(crate) fn size(bytes: u64) -> String {
    let units = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    match units.into_iter().find(|(unit, _)| bytes >= *unit) {
        Some((unit, name)) => {
            let tenths = bytes / (unit / 10);
            let rest = tenths % 10;
            let fraction = if rest == 0 { String::new() } else { format!(".{rest}") };
            format!("{}{fraction} {name}", tenths / 10)
        }
        None => format!("{bytes} bytes"),
    }
}

/// SHA-256 in lower-case hex.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// In lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut hex = String::new();
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

/// Quoted and escaped, whole.
pub(crate) fn quoted(bytes: &[u8]) -> String {
    format!("\"{}\"", escaped(bytes))
}

/// Escaped as [`escaped`] does, but for quotes: for a line that stands alone.
pub(crate) fn escaped_plain(bytes: &[u8]) -> String {
    escaped(bytes).replace("\\\"", "\"")
}

/// A pattern, quoted; its stars are `*`.
pub(crate) fn pattern(pattern: &FilledPattern) -> String {
    let literals: Vec<String> = pattern.literals().iter().map(|literal| escaped(literal)).collect();
    format!("\"{}\"", literals.join("*"))
}

/// UTF-8 as it is, everything else escaped as the case language would write it.
pub(crate) fn escaped(bytes: &[u8]) -> String {
    let mut shown = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\r' => shown.push_str("\\r"),
                '\n' => shown.push_str("\\n"),
                '\t' => shown.push_str("\\t"),
                '\0' => shown.push_str("\\0"),
                '"' => shown.push_str("\\\""),
                '\\' => shown.push_str("\\\\"),
                control if control.is_control() => {
                    let _ = write!(shown, "\\x{:02X}", u32::from(control));
                }
                other => shown.push(other),
            }
        }
        for byte in chunk.invalid() {
            let _ = write!(shown, "{{0x{byte:02X}}}");
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_nobody_would_read_is_cut() {
        let long = "ä".repeat(401);
        assert_eq!(line(&long), format!("{}... (401 characters)", "ä".repeat(400)));
        assert_eq!(line(&long[2..]), &long[2..]);
    }

    #[test]
    fn sizes_are_shown_in_the_largest_unit() {
        let shown = [0, 1023, 1024, 1536, 64 << 20, (1 << 30) + (1 << 29)].map(size);
        assert_eq!(shown, ["0 bytes", "1023 bytes", "1 KiB", "1.5 KiB", "64 MiB", "1.5 GiB"]);
    }
}
