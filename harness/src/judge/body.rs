//! Content, wherever it is compared.

use wireproof_server::{
    script::{Content, Field},
    text::FillError,
};

use super::Bench;
use crate::{expect::Body, scenario::call, show};

/// The most bytes of expected content that are made to be compared.
const LARGEST: u64 = 256 * 1024 * 1024;

impl Bench<'_> {
    /// Expected content as bytes.
    pub(super) fn content(&self, content: &Content, turn: u64) -> Result<Vec<u8>, FillError> {
        content.bytes(&self.context(turn), LARGEST)
    }

    /// What was expected and what was found, where they differ.
    pub(super) fn differs(
        &self,
        body: &Body,
        found: &[u8],
        media_type: Option<&[u8]>,
        turn: u64,
    ) -> Result<Option<(String, String)>, FillError> {
        match body {
            Body::Content(content) => {
                let expected = self.content(content, turn)?;
                Ok((expected != found).then(|| (show::bytes(&expected), show::bytes(found))))
            }
            Body::Json(value) => {
                let value = value.fill(&self.context(turn))?;
                let parsed = serde_json::from_slice::<serde_json::Value>(found);
                let same = parsed.is_ok_and(|parsed| parsed == value);
                Ok((!same).then(|| (format!("JSON {value}"), show::bytes(found))))
            }
            Body::Form(fields) => {
                let expected = self.form(fields, turn)?;
                let parsed = parse_form(found);
                Ok((parsed != expected)
                    .then(|| (format!("a form of {}", pairs(&expected)), show::bytes(found))))
            }
            Body::Multipart(parts) => self.differs_multipart(parts, found, media_type, turn),
        }
    }

    fn form(&self, fields: &[Field], turn: u64) -> Result<Vec<Pair>, FillError> {
        fields
            .iter()
            .map(|field| Ok((self.fill(&field.name, turn)?, self.fill(&field.value, turn)?)))
            .collect()
    }

    fn differs_multipart(
        &self,
        parts: &[call::Part],
        found: &[u8],
        media_type: Option<&[u8]>,
        turn: u64,
    ) -> Result<Option<(String, String)>, FillError> {
        let Some(parsed) = media_type.and_then(boundary).and_then(|boundary| split(found, &boundary)) else {
            let expected = format!("multipart content of {} parts", parts.len());
            return Ok(Some((expected, format!("no such content: {}", show::bytes(found)))));
        };
        if parsed.len() != parts.len() {
            return Ok(Some((
                format!("{} parts", parts.len()),
                format!("{}: {}", parsed.len(), show::bytes(found)),
            )));
        }
        for (position, (demand, part)) in parts.iter().zip(&parsed).enumerate() {
            let compare = |what: &str, expected: Option<Vec<u8>>, found: Option<&[u8]>| {
                let expected = expected?;
                (found != Some(&expected[..])).then(|| {
                    let shown = found.map_or("none".to_owned(), show::bytes);
                    (format!("part {} with {what} {}", position + 1, show::bytes(&expected)), shown)
                })
            };
            let wanted = |text: &Option<wireproof_server::text::Text>| {
                text.as_ref().map(|text| self.fill(text, turn)).transpose()
            };
            let name = self.fill(&demand.name, turn)?;
            let body = self.content(&demand.body, turn)?;
            let filename = wanted(&demand.filename)?;
            let media_type = wanted(&demand.media_type)?;
            let mut difference = compare("name", Some(name), part.name.as_deref())
                .or_else(|| compare("body", Some(body), Some(&part.body)))
                .or_else(|| compare("file name", filename, part.filename.as_deref()))
                .or_else(|| compare("type", media_type, part.field(b"content-type").as_deref()));
            for field in &demand.headers {
                let (name, value) = (self.fill(&field.name, turn)?, self.fill(&field.value, turn)?);
                difference =
                    difference.or_else(|| compare("field", Some(value), part.field(&name).as_deref()));
            }
            if difference.is_some() {
                return Ok(difference);
            }
        }
        Ok(None)
    }
}

/// The name and value of a form field.
type Pair = (Vec<u8>, Vec<u8>);

fn pairs(fields: &[Pair]) -> String {
    let shown: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{}={}", show::escaped(name), show::escaped(value)))
        .collect();
    shown.join(", ")
}

/// `application/x-www-form-urlencoded`, as the URL standard parses it.
fn parse_form(content: &[u8]) -> Vec<Pair> {
    content
        .split(|&byte| byte == b'&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let cut = pair.iter().position(|&byte| byte == b'=').unwrap_or(pair.len());
            let value = pair.get(cut + 1..).unwrap_or_default();
            (decode_form(&pair[..cut]), decode_form(value))
        })
        .collect()
}

fn decode_form(text: &[u8]) -> Vec<u8> {
    let spaced: Vec<u8> = text.iter().map(|&byte| if byte == b'+' { b' ' } else { byte }).collect();
    percent_encoding::percent_decode(&spaced).collect()
}

/// One part of multipart content.
struct Part {
    head: Vec<u8>,
    name: Option<Vec<u8>>,
    filename: Option<Vec<u8>>,
    body: Vec<u8>,
}

impl Part {
    fn field(&self, name: &[u8]) -> Option<Vec<u8>> {
        self.head.split(|&byte| byte == b'\n').find_map(|line| {
            let colon = line.iter().position(|&byte| byte == b':')?;
            line[..colon].eq_ignore_ascii_case(name).then(|| line[colon + 1..].trim_ascii().to_vec())
        })
    }
}

/// The boundary parameter of a Content-Type.
fn boundary(media_type: &[u8]) -> Option<Vec<u8>> {
    parameter(media_type, b"boundary")
}

/// A parameter of a field value, unquoted.
fn parameter(value: &[u8], name: &[u8]) -> Option<Vec<u8>> {
    let mut rest = value;
    while let Some(at) = rest.iter().position(|&byte| byte == b';') {
        rest = rest[at + 1..].trim_ascii_start();
        let Some(equals) = rest.iter().position(|&byte| byte == b'=') else { break };
        let found = rest[..equals].eq_ignore_ascii_case(name);
        rest = &rest[equals + 1..];
        let (text, after) = token_or_quoted(rest);
        if found {
            return Some(text);
        }
        rest = after;
    }
    None
}

fn token_or_quoted(text: &[u8]) -> (Vec<u8>, &[u8]) {
    if text.first() != Some(&b'"') {
        let end = text.iter().position(|&byte| byte == b';').unwrap_or(text.len());
        return (text[..end].trim_ascii_end().to_vec(), &text[end..]);
    }
    let mut unquoted = Vec::new();
    let mut bytes = text.iter().enumerate().skip(1);
    while let Some((at, &byte)) = bytes.next() {
        match byte {
            b'"' => return (unquoted, &text[at + 1..]),
            b'\\' => unquoted.extend(bytes.next().map(|(_, &escaped)| escaped)),
            other => unquoted.push(other),
        }
    }
    (unquoted, &[])
}

/// The parts between the delimiters (RFC 2046 5.1.1); `None` where the content is not framed so.
fn split(content: &[u8], boundary: &[u8]) -> Option<Vec<Part>> {
    let delimiter = [b"\r\n--", boundary].concat();
    let first = [b"--", boundary].concat();
    let mut rest = content.strip_prefix(&first[..])?;
    let mut parts = Vec::new();
    loop {
        if rest.starts_with(b"--") {
            return Some(parts);
        }
        rest = rest.strip_prefix(b"\r\n")?;
        let end = memchr::memmem::find(rest, &delimiter)?;
        parts.push(part(&rest[..end])?);
        rest = &rest[end + delimiter.len()..];
    }
}

fn part(bytes: &[u8]) -> Option<Part> {
    let (head, body) = match memchr::memmem::find(bytes, b"\r\n\r\n") {
        Some(end) => (&bytes[..end], &bytes[end + 4..]),
        None => (&bytes[..0], bytes.strip_prefix(b"\r\n")?),
    };
    let mut part = Part { head: head.to_vec(), name: None, filename: None, body: body.to_vec() };
    let disposition = part.field(b"content-disposition").unwrap_or_default();
    part.name = parameter(&disposition, b"name");
    part.filename = parameter(&disposition, b"filename");
    Some(part)
}
