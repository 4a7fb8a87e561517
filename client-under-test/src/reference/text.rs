//! From content to text and values: charsets (RFC 9110 8.3.2) and JSON (RFC 8259).

use encoding_rs::{Encoding, UTF_8, UTF_16BE};

use super::{
    error::{Class, Error, Phase, Result},
    fields::{Fields, is_token, trim},
    policy::{InvalidText, Policy},
};

/// Text by the charset of Content-Type, else UTF-8. A BOM is kept; octets that are no text become U+FFFD.
/// `pieces` are the ends of the pieces in which the content came.
///
/// # Errors
/// `decode` where the charset is not known.
pub fn text(content: &[u8], pieces: &[usize], fields: &Fields, policy: &Policy) -> Result<String> {
    let encoding = encoding(content, fields, policy)?;
    let encoding = match charset_in_html(content, fields) {
        Some(inner) if !policy.looks_at_fields_only => inner,
        _ => encoding,
    };
    let decode = |octets: &[u8]| encoding.decode_without_bom_handling(octets).0.into_owned();
    let text = if policy.keeps_characters_whole {
        decode(content)
    } else {
        let starts = std::iter::once(0).chain(pieces.iter().copied());
        starts.zip(pieces).map(|(start, &end)| decode(&content[start..end])).collect()
    };
    match policy.invalid_text {
        InvalidText::Mark => Ok(text),
        InvalidText::MarkOnce => {
            let mut letters: Vec<char> = text.chars().collect();
            letters.dedup_by(|letter, before| *letter == MARK && *before == MARK);
            Ok(letters.into_iter().collect())
        }
        InvalidText::Drop => Ok(text.replace(MARK, "")),
        InvalidText::Refuse => {
            let strict = encoding.decode_without_bom_handling_and_without_replacement(content);
            strict.map(Into::into).ok_or_else(|| {
                Error::new(Class::Decode, Phase::Body, "UnicodeDecodeError", "octets that are no text")
            })
        }
    }
}

/// Stands where there was no text.
const MARK: char = '\u{FFFD}';

/// The charset that a page of HTML names in itself, where Content-Type names none.
fn charset_in_html(content: &[u8], fields: &Fields) -> Option<&'static Encoding> {
    const NAME: &str = "charset=";
    if fields.first("content-type") != Some(b"text/html") {
        return None;
    }
    let page = String::from_utf8_lossy(content);
    let label = &page[page.find(NAME)? + NAME.len()..];
    Encoding::for_label(label[..label.find('>')?].trim_matches('"').as_bytes())
}

/// A JSON text: UTF-8, with or without a BOM (RFC 8259 8.1).
///
/// # Errors
/// `decode` where it is none.
pub fn json(content: &[u8], fields: &Fields, policy: &Policy) -> Result<serde_json::Value> {
    let recoded;
    let mut octets = content;
    if !policy.reads_json_as_utf8 {
        recoded = text(content, &[], fields, policy)?;
        octets = recoded.as_bytes();
    }
    let octets = octets.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(octets);
    let stripped;
    let octets = if policy.refuses_leading_zeros {
        octets
    } else {
        stripped = without_leading_zeros(octets);
        &stripped
    };
    if octets.is_empty() && !policy.refuses_empty_json {
        return Ok(serde_json::Value::Null);
    }
    let parsed = if policy.refuses_data_behind_json {
        serde_json::from_slice(octets)
    } else {
        let first = serde_json::Deserializer::from_slice(octets).into_iter().next();
        first.unwrap_or_else(|| serde_json::from_slice(octets))
    };
    let mut value = parsed
        .map_err(|error| Error::new(Class::Decode, Phase::Body, "JSONDecodeError", error.to_string()))?;
    if !policy.keeps_integers_exact {
        round(&mut value);
    }
    Ok(value)
}

/// Zeros in front of another digit of an array of numbers, which is all that is asked of who takes them.
fn without_leading_zeros(octets: &[u8]) -> Vec<u8> {
    let leads = |at: usize| {
        let before = at.checked_sub(1).map(|before| octets[before]);
        octets[at] == b'0'
            && matches!(before, Some(b'[' | b',' | b' '))
            && octets[at + 1..].first().is_some_and(u8::is_ascii_digit)
    };
    (0..octets.len()).filter(|&at| !leads(at)).map(|at| octets[at]).collect()
}

/// Numbers as a double has them.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "this is what is to be shown"
)]
fn round(value: &mut serde_json::Value) {
    use serde_json::Value;
    match value {
        Value::Number(number) => {
            if let Some(integer) = number.as_i64() {
                *value = (integer as f64 as i64).into();
            }
        }
        Value::Array(members) => members.iter_mut().for_each(round),
        Value::Object(members) => members.values_mut().for_each(round),
        _ => {}
    }
}

fn encoding(content: &[u8], fields: &Fields, policy: &Policy) -> Result<&'static Encoding> {
    let media_type = fields.first("content-type").unwrap_or_default();
    let Some(label) = parameter(media_type, "charset", policy).filter(|_| policy.obeys_charset) else {
        return Ok(Encoding::for_label(policy.default_charset.as_bytes()).unwrap_or(UTF_8));
    };
    // The mark tells the order of octets (RFC 2781 3.2).
    if label.eq_ignore_ascii_case(b"utf-16") && content.starts_with(b"\xFE\xFF") && policy.knows_charsets {
        return Ok(UTF_16BE);
    }
    let known = (policy.folds_charset_case || !label.iter().any(u8::is_ascii_uppercase))
        && (policy.knows_charsets || label.eq_ignore_ascii_case(b"utf-8"));
    Encoding::for_label(&label).filter(|_| known).ok_or_else(|| {
        let class = if policy.names_unknown_charset { Class::Decode } else { Class::Other };
        let text = format!("unknown encoding: {}", String::from_utf8_lossy(&label));
        Error::new(class, Phase::Body, "LookupError", text)
    })
}

/// The first parameter of this name (RFC 9110 5.6.6), without its quotes.
fn parameter(media_type: &[u8], wanted: &str, policy: &Policy) -> Option<Vec<u8>> {
    let semicolon = media_type.iter().position(|&byte| byte == b';')?;
    let mut rest = &media_type[semicolon..];
    while let Some(after) = rest.strip_prefix(b";") {
        let after = trim(after);
        let end = after.iter().position(|&byte| !is_token(byte)).unwrap_or(after.len());
        let (name, after) = after.split_at(end);
        let name = String::from_utf8_lossy(name);
        let Some(after) = after.strip_prefix(b"=") else {
            rest = behind(after);
            continue;
        };
        let (value, after) = value(after, policy);
        let same =
            if policy.folds_parameter_case { name.eq_ignore_ascii_case(wanted) } else { name == wanted };
        if same {
            return Some(value);
        }
        rest = behind(after);
    }
    None
}

/// From the next semicolon on.
fn behind(octets: &[u8]) -> &[u8] {
    octets.iter().position(|&byte| byte == b';').map_or(&[], |at| &octets[at..])
}

/// A token or a quoted string, and what is behind it.
fn value<'a>(octets: &'a [u8], policy: &Policy) -> (Vec<u8>, &'a [u8]) {
    if !octets.starts_with(b"\"") || !policy.unquotes_parameters {
        let end = octets.iter().position(|&byte| byte == b';').unwrap_or(octets.len());
        return (trim(&octets[..end]).to_vec(), &octets[end..]);
    }
    let mut value = Vec::new();
    let mut at = 1;
    while let Some(&byte) = octets.get(at) {
        at += 1;
        match byte {
            b'"' => break,
            b'\\' if at < octets.len() => {
                value.push(octets[at]);
                at += 1;
            }
            _ => value.push(byte),
        }
    }
    (value, &octets[at..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(media_type: &str) -> Fields {
        Fields(vec![("Content-Type".to_owned(), media_type.as_bytes().to_vec())])
    }

    #[test]
    fn charsets_are_found() {
        let charset = |media_type: &str| {
            let found = parameter(media_type.as_bytes(), "charset", &Policy::default());
            found.map(|label| String::from_utf8(label).unwrap())
        };
        for (media_type, expected) in [
            ("text/plain; Charset=\"ISO-8859-1\"", Some("ISO-8859-1")),
            ("text/plain;charset=utf-8;format=flowed", Some("utf-8")),
            ("text/plain ; format=flowed ; charset=utf-8 ", Some("utf-8")),
            ("text/plain; a=\"x; charset=utf-16\"; charset=\"is\\o-8859-1\"", Some("iso-8859-1")),
            ("text/plain; charset", None),
            ("text/plain;; charset=utf-8", Some("utf-8")),
            ("text/plain", None),
            ("text/plain; x-charset=utf-16", None),
        ] {
            assert_eq!(charset(media_type).as_deref(), expected, "{media_type}");
        }
    }

    #[test]
    fn text_is_decoded_by_its_charset() {
        let text = |content: &[u8], media_type| text(content, &[], &of(media_type), &Policy::default());
        assert_eq!(text(b"caf\xE9", "text/plain; charset=iso-8859-1").unwrap(), "caf\u{e9}");
        assert_eq!(text(b"caf\xC3\xA9", "text/plain").unwrap(), "caf\u{e9}");
        assert_eq!(text(b"caf\xE9", "text/plain; charset=utf-8").unwrap(), "caf\u{FFFD}");
        assert_eq!(text(b"x", "text/plain; charset=klingon").unwrap_err().class, Class::Decode);
    }

    #[test]
    fn json_is_utf8_and_one_value() {
        let json = |content: &[u8], media_type| json(content, &of(media_type), &Policy::default());
        assert_eq!(json(b"\xEF\xBB\xBF[1]", "application/json").unwrap(), serde_json::json!([1]));
        let latin = "application/json; charset=iso-8859-1";
        assert_eq!(json(b"\"\xC3\xA9\"", latin).unwrap(), serde_json::json!("\u{e9}"));
        for bad in [&b""[..], b"[1] x", b"[1", b"\xFF\xFE[\0", b"NaN"] {
            assert_eq!(json(bad, "application/json").unwrap_err().class, Class::Decode);
        }
    }
}
