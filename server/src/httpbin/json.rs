//! JSON as httpbin writes it: keys sorted, nothing but ASCII.

use std::io;

use serde::Serialize as _;
use serde_json::{
    Serializer, Value,
    ser::{Formatter, PrettyFormatter},
};

/// Indented by two, with a line end: what `flask.jsonify` writes.
pub(super) fn pretty(mut value: Value) -> Vec<u8> {
    value.sort_all_objects();
    let mut text = written(&value, Ascii(PrettyFormatter::new()));
    text.push(b'\n');
    text
}

/// On one line, keys as they stand, with a line end: what `json.dumps` writes.
pub(super) fn line(value: &Value) -> Vec<u8> {
    let mut text = written(value, Ascii(Spaced));
    text.push(b'\n');
    text
}

fn written(value: &Value, formatter: impl Formatter) -> Vec<u8> {
    let mut text = Vec::new();
    value
        .serialize(&mut Serializer::with_formatter(&mut text, formatter))
        .expect("a value whose keys are strings can be written to memory");
    text
}

/// Writes all other characters as UTF-16 escapes (RFC 8259 7).
struct Ascii<F>(F);

impl<F: Formatter> Formatter for Ascii<F> {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(|character: char| character > '~') {
            let (plain, from) = rest.split_at(at);
            writer.write_all(plain.as_bytes())?;
            let Some(character) = from.chars().next() else { break };
            for unit in character.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = &from[character.len_utf8()..];
        }
        writer.write_all(rest.as_bytes())
    }

    fn begin_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

/// Compact, with a space after each comma and colon.
struct Spaced;

impl Formatter for Spaced {
    fn begin_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_key<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn text(bytes: Vec<u8>) -> String {
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn as_python_writes_it() {
        let value = json!({"b": ["é😀\u{7f}", {}], "a": {"d": null, "c": 1.0}, "e": []});
        let pretty = text(super::pretty(value.clone()));
        let expected = "{\n  \"a\": {\n    \"c\": 1.0,\n    \"d\": null\n  },\n  \"b\": [\n    \
            \"\\u00e9\\ud83d\\ude00\\u007f\",\n    {}\n  ],\n  \"e\": []\n}\n";
        assert_eq!(pretty, expected);
        let expected =
            "{\"b\": [\"\\u00e9\\ud83d\\ude00\\u007f\", {}], \"a\": {\"d\": null, \"c\": 1.0}, \"e\": []}\n";
        assert_eq!(text(line(&value)), expected);
    }
}
