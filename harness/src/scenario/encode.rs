//! Forms and JSON as bytes, for where no client's encoder is asked: in replies, or under a modifier.
//!
//! What is put into a hole at run time is never escaped.

use wireproof_server::{
    script::Field,
    text::{Piece, Text},
};

use super::json::Json;

/// `application/x-www-form-urlencoded`, as the URL standard spells it.
pub(crate) fn form(fields: &[Field]) -> Text {
    let mut pieces = Vec::new();
    for (number, field) in fields.iter().enumerate() {
        if number > 0 {
            literal(&mut pieces, b"&");
        }
        escaped(&mut pieces, &field.name, form_escape);
        literal(&mut pieces, b"=");
        escaped(&mut pieces, &field.value, form_escape);
    }
    Text(pieces)
}

fn form_escape(bytes: &[u8]) -> Vec<u8> {
    let mut escaped = Vec::with_capacity(bytes.len());
    for byte in bytes {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'*' | b'-' | b'.' | b'_' => escaped.push(*byte),
            b' ' => escaped.push(b'+'),
            _ => escaped.extend_from_slice(format!("%{byte:02X}").as_bytes()),
        }
    }
    escaped
}

/// JSON without white space, in the order written.
pub(crate) fn json(value: &Json) -> Text {
    let mut pieces = Vec::new();
    write_json(&mut pieces, value);
    Text(pieces)
}

fn write_json(pieces: &mut Vec<Piece>, value: &Json) {
    match value {
        Json::Null => literal(pieces, b"null"),
        Json::Bool(value) => literal(pieces, value.to_string().as_bytes()),
        Json::Number(number) => literal(pieces, number.to_string().as_bytes()),
        Json::Text(text) => write_string(pieces, text),
        Json::List(items) => {
            literal(pieces, b"[");
            for (number, item) in items.iter().enumerate() {
                if number > 0 {
                    literal(pieces, b",");
                }
                write_json(pieces, item);
            }
            literal(pieces, b"]");
        }
        Json::Object(entries) => {
            literal(pieces, b"{");
            for (number, (name, value)) in entries.iter().enumerate() {
                if number > 0 {
                    literal(pieces, b",");
                }
                write_string(pieces, name);
                literal(pieces, b":");
                write_json(pieces, value);
            }
            literal(pieces, b"}");
        }
    }
}

fn write_string(pieces: &mut Vec<Piece>, text: &Text) {
    literal(pieces, b"\"");
    escaped(pieces, text, json_escape);
    literal(pieces, b"\"");
}

fn json_escape(bytes: &[u8]) -> Vec<u8> {
    let mut escaped = Vec::with_capacity(bytes.len());
    for byte in bytes {
        match byte {
            b'"' | b'\\' => escaped.extend_from_slice(&[b'\\', *byte]),
            0..0x20 => escaped.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            _ => escaped.push(*byte),
        }
    }
    escaped
}

fn escaped(pieces: &mut Vec<Piece>, text: &Text, escape: fn(&[u8]) -> Vec<u8>) {
    for piece in &text.0 {
        match piece {
            Piece::Bytes(bytes) => literal(pieces, &escape(bytes)),
            hole => pieces.push(hole.clone()),
        }
    }
}

fn literal(pieces: &mut Vec<Piece>, bytes: &[u8]) {
    match pieces.last_mut() {
        Some(Piece::Bytes(before)) => before.extend_from_slice(bytes),
        _ => pieces.push(Piece::Bytes(bytes.to_vec())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> Text {
        Text(vec![Piece::Bytes(bytes.to_vec())])
    }

    #[test]
    fn forms_are_escaped_as_browsers_do() {
        let field = |name: &[u8], value: &[u8]| Field { name: text(name), value: text(value) };
        let fields = [field(b"name", b"Somebody Here"), field(b"x&y", b"\xE9=~")];
        assert_eq!(form(&fields), text(b"name=Somebody+Here&x%26y=%E9%3D%7E"));
    }

    #[test]
    fn json_is_compact_and_keeps_holes() {
        let value = Json::Object(vec![
            (text(b"a\"b"), Json::List(vec![Json::Null, Json::Bool(true), Json::Number(5.into())])),
            (text(b"n"), Json::Text(Text(vec![Piece::Bytes(b"\n".to_vec()), Piece::Count]))),
        ]);
        let expected = Text(vec![
            Piece::Bytes(br#"{"a\"b":[null,true,5],"n":"\u000a"#.to_vec()),
            Piece::Count,
            Piece::Bytes(b"\"}".to_vec()),
        ]);
        assert_eq!(json(&value), expected);
    }
}
