//! How a message is written: one line of JSON, of ASCII alone, so that nobody trips over a locale.

use std::io;

use serde::Serialize;
use serde_json::ser::Formatter;

/// The longest line an adapter has to read, its end included.
pub const LONGEST_TO_ADAPTER: usize = 1 << 20;

/// The longest line an adapter may write, its end included.
pub const LONGEST_FROM_ADAPTER: usize = 8 << 20;

/// A message as one line, LF included. Everything outside ASCII is `\u`-escaped.
///
/// # Errors
/// When the message holds what JSON cannot, a map whose keys are no strings.
pub fn line<T: Serialize + ?Sized>(message: &T) -> serde_json::Result<Vec<u8>> {
    let mut line = Vec::new();
    message.serialize(&mut serde_json::Serializer::with_formatter(&mut line, Ascii))?;
    line.push(b'\n');
    Ok(line)
}

/// JSON of ASCII alone.
struct Ascii;

impl Formatter for Ascii {
    fn write_string_fragment<W: io::Write + ?Sized>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        if fragment.is_ascii() {
            return writer.write_all(fragment.as_bytes());
        }
        for unit in fragment.encode_utf16() {
            match u8::try_from(unit) {
                Ok(byte) if byte.is_ascii() => writer.write_all(&[byte])?,
                _ => write!(writer, "\\u{unit:04x}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_ascii_and_mean_the_same() {
        let text = "a\"\n\u{7f}é\u{2028}😀";
        let line = line(text).unwrap();
        assert!(line.is_ascii() && line.ends_with(b"\"\n") && !line[..line.len() - 1].contains(&b'\n'));
        assert_eq!(serde_json::from_slice::<String>(&line).unwrap(), text);
    }
}
