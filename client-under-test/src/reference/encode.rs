//! Content that the client makes of a caller's values: forms, queries and multipart.

use crate::job::Part;

use super::{
    error::{Error, Result},
    policy::{FileNames, Policy},
    url::push_encoded,
};

/// `application/x-www-form-urlencoded` (WHATWG URL 5.2): in the given order, duplicates kept.
pub fn form(pairs: &[(String, String)], policy: &Policy) -> String {
    let encoded = |text: &str| match () {
        () if !policy.encodes_form_fields => text.replace(' ', "+"),
        () if !policy.encodes_plus_and_percent => {
            percent(text, policy).replace("%2B", "+").replace("%25", "%")
        }
        () => percent(text, policy),
    };
    let kept = |pair: &&(String, String)| policy.keeps_empty_form_fields || !pair.1.is_empty();
    let pairs: Vec<String> = pairs
        .iter()
        .filter(kept)
        .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
        .collect();
    pairs.join("&")
}

fn percent(text: &str, policy: &Policy) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b' ' if policy.writes_spaces_as_plus => encoded.push('+'),
            b'*' | b'-' | b'.' | b'_' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => {
                encoded.push(char::from(byte));
            }
            _ => push_encoded(&mut encoded, byte),
        }
    }
    encoded
}

/// A URL with these parameters at the end of its query.
pub fn with_query(url: &[u8], pairs: &[(String, String)], policy: &Policy) -> Vec<u8> {
    if pairs.is_empty() {
        return url.to_vec();
    }
    let hash = url.iter().position(|&byte| byte == b'#').unwrap_or(url.len());
    let (before, fragment) = url.split_at(hash);
    let joint: &[u8] = match before.iter().position(|&byte| byte == b'?') {
        None => b"?",
        Some(at) if at + 1 == before.len() => b"",
        Some(_) => b"&",
    };
    [before, joint, form(pairs, policy).as_bytes(), fragment].concat()
}

/// JSON text in UTF-8 (RFC 8259 8.1).
pub fn json(value: &serde_json::Value, policy: &Policy) -> Vec<u8> {
    let mut text = value.to_string();
    if !policy.escapes_json_strings {
        text = text.replace("\\\"", "\"").replace("\\\\", "\\").replace("\\n", "\n").replace("\\u0000", "\0");
    }
    if policy.writes_json_in_utf8 {
        return text.into_bytes();
    }
    text.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap_or(b'?')).collect()
}

/// `multipart/form-data` (RFC 7578): the media type with its boundary, and the content.
///
/// # Errors
/// `invalid-request` where a media type would be more than one line.
pub fn multipart(parts: &[Part], policy: &Policy) -> Result<(String, Vec<u8>)> {
    let bodies: Vec<Vec<u8>> = parts.iter().map(|part| part.body.to_vec()).collect();
    let boundary = boundary(&bodies, policy);
    let mut content = Vec::new();
    let kept = |at: usize| {
        policy.keeps_every_part || !parts[at + 1..].iter().any(|later| later.name == parts[at].name)
    };
    for (_, (part, body)) in parts.iter().zip(&bodies).enumerate().filter(|(at, _)| kept(*at)) {
        let mut head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"",
            escape(&part.name, policy)
        );
        if let Some(name) = &part.filename {
            head.extend(["; ", &file_name(name, policy)]);
        }
        head.push_str("\r\n");
        let default = part.filename.as_ref().map(|name| media_type_of(name, policy));
        let given = part.media_type.as_deref().filter(|_| policy.keeps_types_of_parts);
        if let Some(media_type) = given.or(default) {
            if policy.checks_types_of_parts && media_type.contains(['\r', '\n', '\0']) {
                return Err(Error::invalid("media type of a part with a line break"));
            }
            head.extend(["Content-Type: ", media_type, "\r\n"]);
        }
        head.push_str("\r\n");
        for piece in [head.as_bytes(), body, b"\r\n"] {
            content.extend_from_slice(piece);
        }
    }
    content.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    Ok((format!("multipart/form-data; boundary={boundary}"), content))
}

/// What a file is taken for whose caller says nothing of it.
fn media_type_of(file_name: &str, policy: &Policy) -> &'static str {
    match file_name.rsplit_once('.') {
        Some((_, "json")) if !policy.guesses_no_types => "application/json",
        Some((_, "txt")) if !policy.guesses_no_types => "text/plain",
        _ => "application/octet-stream",
    }
}

fn file_name(name: &str, policy: &Policy) -> String {
    let encoded = |name: &str| percent(name, &Policy { writes_spaces_as_plus: false, ..Policy::default() });
    match policy.file_names {
        FileNames::Extended if !name.is_ascii() => format!("filename*=utf-8''{}", encoded(name)),
        FileNames::Percent if !name.is_ascii() => format!("filename=\"{}\"", encoded(name)),
        FileNames::Ascii => {
            format!("filename=\"{}\"", escape(&name.replace(|letter: char| !letter.is_ascii(), "?"), policy))
        }
        _ => format!("filename=\"{}\"", escape(name, policy)),
    }
}

/// What browsers and WHATWG do: only what would end the quoted string or the line is escaped.
fn escape(name: &str, policy: &Policy) -> String {
    if policy.escapes_file_names {
        name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
    } else {
        name.to_owned()
    }
}

/// One that does not occur in any part (RFC 2046 5.1.1).
fn boundary(bodies: &[Vec<u8>], policy: &Policy) -> String {
    let occurs = |boundary: &str| {
        bodies.iter().any(|body| body.windows(boundary.len()).any(|window| window == boundary.as_bytes()))
    };
    let mut number = 0_u64;
    loop {
        let boundary = format!("wireproof-boundary-{number:016x}");
        if !policy.picks_unused_boundary || !occurs(&boundary) {
            return boundary;
        }
        number += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn forms_and_queries() {
        let policy = Policy::default();
        let fields = pairs(&[("name", "Somebody Here"), ("a&b", "c=d/\u{e9}"), ("name", "")]);
        assert_eq!(form(&fields, &policy), "name=Somebody+Here&a%26b=c%3Dd%2F%C3%A9&name=");
        let one = pairs(&[("a", "1")]);
        for (url, expected) in [
            ("http://h/", "http://h/?a=1"),
            ("http://h/?", "http://h/?a=1"),
            ("http://h/?x", "http://h/?x&a=1"),
            ("http://h/#f", "http://h/?a=1#f"),
        ] {
            assert_eq!(with_query(url.as_bytes(), &one, &policy), expected.as_bytes());
        }
    }

    #[test]
    fn file_names_cannot_break_out() {
        let part = Part {
            name: "f".to_owned(),
            body: "wireproof-boundary-0000000000000000".into(),
            filename: Some("a\"b\\c\r\nX: 1".to_owned()),
            media_type: None,
        };
        let (media_type, content) = multipart(&[part], &Policy::default()).unwrap();
        let text = String::from_utf8(content).unwrap();
        assert!(
            text.contains("filename=\"a%22b\\c%0D%0AX: 1\"\r\nContent-Type: application/octet-stream\r\n")
        );
        assert!(media_type.ends_with("0000000000000001"), "{media_type}");
    }
}
