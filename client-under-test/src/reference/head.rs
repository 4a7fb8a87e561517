//! Heads of responses, from bytes (RFC 9112 2 to 5). No sockets here.

use super::{
    error::{Class, Error, Phase, Result},
    fields::{FieldLine, Fields, is_token, trim, trim_end},
    policy::{BadName, BareCr, NoColon, NulInValue, ObsFold, ObsText, Policy, UnknownStatus},
};

/// The head of a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponseHead {
    /// The minor version: HTTP/1.x.
    pub minor: u8,
    /// The status code.
    pub status: u16,
    /// The reason phrase.
    pub reason: Vec<u8>,
    /// The field lines.
    pub fields: Fields,
}

impl ResponseHead {
    /// Interim responses are followed by another (RFC 9110 15.2).
    pub fn is_interim(&self) -> bool {
        self.status / 100 == 1
    }
}

/// Where a head ends that begins here: behind its empty line. `from`: what was searched before.
pub fn end_of_head(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from.saturating_sub(3);
    while let Some(line_feed) = bytes.get(at..)?.iter().position(|&byte| byte == b'\n') {
        at += line_feed + 1;
        match bytes.get(at..)? {
            [b'\n', ..] => return Some(at + 1),
            [b'\r', b'\n', ..] => return Some(at + 2),
            _ => {}
        }
    }
    None
}

/// Whether a beginning of a response can still become one: it starts as a status line does.
pub fn may_become_head(bytes: &[u8], policy: &Policy) -> bool {
    let begins_as = |name: &[u8]| {
        let common = bytes.len().min(name.len());
        bytes[..common].eq_ignore_ascii_case(&name[..common])
    };
    begins_as(b"HTTP/") || begins_as(b"ICY ") && !policy.refuses_icy
}

/// Whether what has come of a head exceeds what is allowed of one.
///
/// # Errors
/// `too-large`.
pub fn check_size(bytes: &[u8], line_start: usize, limit: usize, policy: &Policy) -> Result<()> {
    let line = bytes.len().saturating_sub(line_start);
    if line > policy.line_limit {
        let part = if line_start == 0 { "status line" } else { "header line" };
        let text = format!("got more than {} bytes when reading {part}", policy.line_limit);
        return Err(Error::new(Class::TooLarge, Phase::Head, "LineTooLong", text));
    }
    if bytes.len() > limit {
        return Err(Error::new(
            Class::TooLarge,
            Phase::Head,
            "HTTPException",
            format!("head of more than {limit} bytes"),
        ));
    }
    Ok(())
}

/// Reads a whole head, its empty line included.
///
/// # Errors
/// `malformed` where it breaks the syntax, `too-large` where it has too many lines, both in phase head.
pub fn parse(bytes: &[u8], policy: &Policy) -> Result<ResponseHead> {
    let mut lines = lines(bytes, policy)?;
    let mut head = parse_status_line(lines.next().unwrap_or_default(), policy)?;
    head.fields = parse_fields(lines, policy)?;
    Ok(head)
}

/// Reads a trailer section, its empty line included.
///
/// # Errors
/// As [`parse`].
pub fn parse_trailers(bytes: &[u8], policy: &Policy) -> Result<Fields> {
    parse_fields(lines(bytes, policy)?, policy)
}

/// The lines of a head without their ends; a single LF ends one, too (RFC 9112 2.2: may).
fn lines<'a>(bytes: &'a [u8], policy: &Policy) -> Result<impl Iterator<Item = &'a [u8]> + use<'a>> {
    let without_end = |line: &'a [u8]| line.strip_suffix(b"\r").unwrap_or(line);
    let lines = bytes.strip_suffix(b"\n").unwrap_or(bytes).split(|&byte| byte == b'\n').map(without_end);
    if policy.bare_cr == BareCr::Refuse && lines.clone().any(|line| line.contains(&b'\r')) {
        return Err(bad_field("CR that ends no line", bytes));
    }
    let cr_ends = policy.bare_cr == BareCr::EndLine;
    Ok(lines.flat_map(move |line| line.split(move |&byte| byte == b'\r' && cr_ends)))
}

fn parse_status_line(line: &[u8], policy: &Policy) -> Result<ResponseHead> {
    let bad = || Error::malformed(Phase::Head, "BadStatusLine", excerpt(line));
    let minor = parse_version(line, policy).ok_or_else(bad)?;
    let rest = line.iter().position(|&byte| byte == b' ').map(|space| &line[space + 1..]).ok_or_else(bad)?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (code, rest) = rest.split_at(digits);
    let status: u16 = std::str::from_utf8(code).ok().and_then(|code| code.parse().ok()).ok_or_else(bad)?;
    if policy.demands_three_digits && digits != 3 {
        return Err(bad());
    }
    let reason = match rest {
        [] => rest,
        [b' ', reason @ ..] => reason,
        _ => return Err(bad()),
    };
    if reason.contains(&0) || (reason.is_empty() && !policy.allows_empty_reason) {
        return Err(bad());
    }
    let status = match policy.unknown_status {
        UnknownStatus::Refuse if !is_registered(status) => return Err(bad()),
        UnknownStatus::ServerError if !(100..600).contains(&status) => 500,
        UnknownStatus::Generalise if !is_registered(status) => status / 100 * 100,
        _ => status,
    };
    Ok(ResponseHead { minor, status, reason: reason.to_vec(), fields: Fields::default() })
}

/// HTTP/1.x; a higher minor version is understood as one that this client speaks (RFC 9110 2.5).
fn parse_version(line: &[u8], policy: &Policy) -> Option<u8> {
    let version = line.split(|&byte| byte == b' ').next()?;
    match version {
        b"ICY" if !policy.refuses_icy => Some(0),
        [b'H', b'T', b'T', b'P', b'/', b'1', b'.', b'2'..=b'9'] if !policy.accepts_higher_minor => None,
        [b'H', b'T', b'T', b'P', b'/', b'1', b'.', minor @ b'0'..=b'9'] => Some(minor - b'0'),
        _ if !policy.checks_version && version.to_ascii_uppercase().starts_with(b"HTTP/") => Some(1),
        _ => None,
    }
}

fn parse_fields<'a>(lines: impl Iterator<Item = &'a [u8]>, policy: &Policy) -> Result<Fields> {
    let mut fields: Vec<FieldLine> = Vec::new();
    for line in lines {
        if line.is_empty() {
            break;
        }
        let leads = fields.is_empty() && !policy.refuses_leading_space_line;
        let line = if leads { trim(line) } else { line };
        if line.starts_with(b" ") || line.starts_with(b"\t") {
            continue_field(&mut fields, line, policy)?;
            continue;
        }
        let Some(colon) = find_colon(line, policy) else {
            match policy.no_colon {
                NoColon::Refuse => return Err(bad_field("field line without a colon", line)),
                NoColon::Skip => continue,
                NoColon::EndHead => break,
            }
        };
        if policy.bad_name == BadName::Skip && !trim_end(&line[..colon]).iter().all(|&byte| is_token(byte)) {
            continue;
        }
        let name = parse_name(&line[..colon], policy)?;
        let value = parse_value(&line[colon + 1..], policy)?;
        fields.push((name, value));
        if fields.len() > policy.field_limit {
            let text = format!("got more than {} headers", policy.field_limit);
            return Err(Error::new(Class::TooLarge, Phase::Head, "HTTPException", text));
        }
    }
    Ok(Fields(keep(fields, policy)))
}

fn find_colon(line: &[u8], policy: &Policy) -> Option<usize> {
    let mut bytes = line.iter();
    let is_colon = |&byte: &u8| byte == b':';
    if policy.splits_at_first_colon { bytes.position(is_colon) } else { bytes.rposition(is_colon) }
}

fn parse_name(name: &[u8], policy: &Policy) -> Result<String> {
    let trimmed = trim_end(name);
    if policy.refuses_space_before_colon && trimmed.len() != name.len() {
        return Err(bad_field("whitespace before the colon", name));
    }
    if trimmed.is_empty()
        || (policy.bad_name == BadName::Refuse && !trimmed.iter().all(|&byte| is_token(byte)))
    {
        return Err(bad_field("field name that is no token", name));
    }
    Ok(String::from_utf8_lossy(trimmed).into_owned())
}

fn parse_value(value: &[u8], policy: &Policy) -> Result<Vec<u8>> {
    let value = if policy.trims_values { trim(value) } else { value };
    let value = match (value.iter().position(|&byte| byte == 0), policy.nul_in_value) {
        (Some(_), NulInValue::Refuse) => return Err(bad_field("NUL in a field value", value)),
        (Some(nul), NulInValue::Cut) => &value[..nul],
        (_, NulInValue::Keep) | (None, _) => value,
    };
    match policy.obs_text {
        ObsText::Refuse if !value.is_ascii() => Err(bad_field("octets above 7F in a field value", value)),
        ObsText::Replace if !value.is_ascii() => Ok(String::from_utf8_lossy(value).into_owned().into_bytes()),
        _ => Ok(value.to_vec()),
    }
}

fn continue_field(fields: &mut [FieldLine], line: &[u8], policy: &Policy) -> Result<()> {
    let Some((_, value)) = fields.last_mut() else {
        return Err(bad_field("whitespace before the first field", line));
    };
    let more = parse_value(line, policy)?;
    match policy.obs_fold {
        ObsFold::Space => value.push(b' '),
        ObsFold::LineBreak => value.extend_from_slice(b"\r\n "),
        ObsFold::Dropped => return Ok(()),
    }
    value.extend_from_slice(&more);
    if policy.trims_values {
        // What is folded around nothing is whitespace around the value.
        *value = trim(value).to_vec();
    }
    Ok(())
}

fn keep(mut fields: Vec<FieldLine>, policy: &Policy) -> Vec<FieldLine> {
    if !policy.keeps_empty_values {
        fields.retain(|(_, value)| !value.is_empty());
    }
    let same = |a: &FieldLine, b: &FieldLine| a.0.eq_ignore_ascii_case(&b.0);
    if !policy.keeps_repeated_fields {
        let all = fields.clone();
        let mut at = 0;
        fields.retain(|field| {
            at += 1;
            !all[at..].iter().any(|later| same(later, field))
        });
    }
    if !policy.keeps_set_cookie_apart {
        let mut joined: Vec<FieldLine> = Vec::new();
        for field in fields {
            match joined
                .iter_mut()
                .find(|known| same(known, &field) && field.0.eq_ignore_ascii_case("set-cookie"))
            {
                Some(known) => {
                    known.1.extend_from_slice(b", ");
                    known.1.extend_from_slice(&field.1);
                }
                None => joined.push(field),
            }
        }
        return joined;
    }
    fields
}

/// Those of the IANA registry.
fn is_registered(status: u16) -> bool {
    matches!(
        status,
        100..=104 | 200..=208 | 226 | 300..=308 | 400..=418 | 421..=426 | 428 | 429 | 431 | 451 | 500..=508 | 510 | 511
    )
}

fn bad_field(what: &str, line: &[u8]) -> Error {
    Error::malformed(Phase::Head, "HTTPException", format!("{what}: {}", excerpt(line)))
}

fn excerpt(bytes: &[u8]) -> String {
    format!("{:?}", String::from_utf8_lossy(&bytes[..bytes.len().min(80)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(text: &str) -> Result<ResponseHead> {
        parse(text.as_bytes(), &Policy::default())
    }

    #[test]
    fn legal_heads() {
        let head = head("HTTP/1.1 200 All right\r\nA: 1\r\nb:2 \r\nA:\t3\r\n\r\n").unwrap();
        assert_eq!((head.minor, head.status, head.reason.as_slice()), (1, 200, &b"All right"[..]));
        assert_eq!(head.fields.all("a").collect::<Vec<_>>(), [b"1", b"3"]);
        assert_eq!(head.fields.0[1], ("b".to_owned(), b"2".to_vec()));
    }

    #[test]
    fn edges_that_are_let_through() {
        for (text, status) in [
            ("HTTP/1.1 200\r\n\r\n", 200),
            ("HTTP/1.1 200 \r\n\r\n", 200),
            ("HTTP/1.0 299 x\r\n\r\n", 299),
            ("HTTP/1.1 799 x\r\n\r\n", 799),
            ("HTTP/1.9 200 x\n\n", 200),
        ] {
            assert_eq!(head(text).unwrap().status, status, "{text:?}");
        }
    }

    #[test]
    fn folded_lines_are_one() {
        let head = head("HTTP/1.1 200 OK\r\nA: one\r\n  two\r\n\tthree\r\nB: x\r\n\r\n").unwrap();
        assert_eq!(head.fields.first("A"), Some(&b"one two three"[..]));
        assert_eq!(head.fields.first("B"), Some(&b"x"[..]));
        let head = self::head("HTTP/1.1 200 OK\r\nA:\r\n one\r\n \r\nB: x\r\n\r\n").unwrap();
        assert_eq!(head.fields.first("A"), Some(&b"one"[..]));
    }

    #[test]
    fn illegal_heads() {
        for text in [
            "garbage\r\n\r\n",
            "\r\nHTTP/1.1 200 OK\r\n\r\n",
            "http/1.1 200 OK\r\n\r\n",
            "HTTP/2.0 200 OK\r\n\r\n",
            "HTTP/1.10 200 OK\r\n\r\n",
            "HTTP/1.1 20 OK\r\n\r\n",
            "HTTP/1.1 2000 OK\r\n\r\n",
            "HTTP/1.1  200 OK\r\n\r\n",
            "HTTP/1.1 200OK\r\n\r\n",
            "HTTP/1.1 +20 OK\r\n\r\n",
            "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
            "HTTP/1.1 200 OK\r\nA : 1\r\n\r\n",
            "HTTP/1.1 200 OK\r\n A: 1\r\n\r\n",
            "HTTP/1.1 200 OK\r\n: 1\r\n\r\n",
            "HTTP/1.1 200 OK\r\nA(: 1\r\n\r\n",
            "HTTP/1.1 200 OK\r\nA: \r5\r\n\r\n",
            "HTTP/1.1 200 OK\r\nA: a\0b\r\n\r\n",
        ] {
            assert_eq!(head(text).unwrap_err().class, Class::Malformed, "{text:?}");
        }
    }

    #[test]
    fn what_only_a_mutant_reads() {
        let read = |text: &str, policy: &Policy| parse(text.as_bytes(), policy).map(|head| head.fields.0);
        let field = |name: &str, value: &str| (name.to_owned(), value.as_bytes().to_vec());
        let at_space = Policy { refuses_leading_space_line: false, ..Policy::default() };
        let leading = "HTTP/1.1 200 OK\r\n A: 1\r\n b\r\nC: 2\r\n\r\n";
        assert_eq!(read(leading, &at_space).unwrap(), [field("A", "1 b"), field("C", "2")]);
        let at_cr = Policy { bare_cr: BareCr::EndLine, ..Policy::default() };
        let divided = "HTTP/1.1 200 OK\r\nA: 1\rB: 2\r\n\r\n";
        assert_eq!(read(divided, &at_cr).unwrap(), [field("A", "1"), field("B", "2")]);
        let below = Policy { accepts_higher_minor: false, ..Policy::default() };
        assert!(read("HTTP/1.1 200 OK\r\n\r\n", &below).is_ok());
        assert!(read("HTTP/1.2 200 OK\r\n\r\n", &below).is_err());
    }

    #[test]
    fn the_end_is_found_wherever_the_search_resumes() {
        let text = b"HTTP/1.1 200 OK\r\nA: 1\r\n\r\nbody";
        for from in 0..=text.len() - 4 {
            assert_eq!(end_of_head(text, from.min(22)), Some(25), "{from}");
        }
        assert_eq!(end_of_head(b"HTTP/1.1 200 OK\n\nx", 0), Some(17));
        assert_eq!(end_of_head(b"HTTP/1.1 200 OK\r\n\r", 0), None);
    }

    #[test]
    fn limits_hold() {
        let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "A: b\r\n".repeat(2001));
        assert_eq!(head(&many).unwrap_err().class, Class::TooLarge);
        let long = vec![b'a'; 70_000];
        assert_eq!(check_size(&long, 0, usize::MAX, &Policy::default()).unwrap_err().name, "LineTooLong");
        assert!(check_size(&long, 60_000, 100_000, &Policy::default()).is_ok());
    }
}
