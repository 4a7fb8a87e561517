//! Spellings that YAML readers do not agree on, or that do not mean what HTTP people read.

/// What a plain scalar that stands for a text is taken for, if anything.
///
/// A plain scalar that some reader of YAML 1.1 or 1.2 takes for a number, a truth, a time or nothing at all would
/// reach the wire respelled wherever it went through that reader; only canonical decimal integers, `true` and
/// `false` come out as they went in.
pub(crate) fn respelled(text: &str) -> Option<&'static str> {
    if matches!(text, "" | "~" | "null" | "Null" | "NULL") {
        return Some("null");
    }
    let truths = ["yes", "no", "on", "off", "true", "false"];
    if !matches!(text, "true" | "false") && truths.iter().any(|word| text.eq_ignore_ascii_case(word)) {
        return Some("a truth value");
    }
    if matches!(text, "=" | "<<") {
        return Some("something else");
    }
    if is_number(text) && !is_canonical_integer(text) {
        return Some("a number");
    }
    is_time(text).then_some("a time or date")
}

fn is_canonical_integer(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_zero = text == "0";
    is_zero
        || (!digits.starts_with('0')
            && !digits.is_empty()
            && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Numbers of YAML 1.1 and 1.2, underscores and all.
fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if [".inf", ".nan"].iter().any(|word| unsigned.eq_ignore_ascii_case(word)) {
        return true;
    }
    let plain: String = unsigned.chars().filter(|character| *character != '_').collect();
    let is_all =
        |digits: &str, radix| !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix));
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if plain.strip_prefix(prefix).is_some_and(|digits| is_all(digits, radix)) {
            return true;
        }
    }
    let starts = unsigned.starts_with(|first: char| first.is_ascii_digit() || first == '.');
    starts && plain.bytes().any(|byte| byte.is_ascii_digit()) && is_decimal(&plain)
}

/// `12`, `1.5`, `.5`, `1.`, `1e3`.
fn is_decimal(text: &str) -> bool {
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let all_digits = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    let exponent_fits = exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !digits.is_empty() && all_digits(digits)
    });
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    exponent_fits && all_digits(whole) && all_digits(fraction) && !(whole.is_empty() && fraction.is_empty())
}

/// Base 60 (`1:30`) and dates (`2001-12-14`) of YAML 1.1.
fn is_time(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let mut parts = unsigned.split('.').next().unwrap_or_default().split(':');
    let is_whole = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let first_is_whole = parts.next().is_some_and(is_whole);
    let others: Vec<&str> = parts.collect();
    let is_sixty =
        first_is_whole && !others.is_empty() && others.iter().all(|part| is_whole(part) && part.len() <= 2);
    is_sixty || is_date(text)
}

fn is_date(text: &str) -> bool {
    let Some((year, rest)) = text.split_once('-') else { return false };
    let Some((month, rest)) = rest.split_once('-') else { return false };
    let is_whole = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let day: String = rest.chars().take_while(char::is_ascii_digit).collect();
    year.len() == 4
        && is_whole(year)
        && (1..=2).contains(&month.len())
        && is_whole(month)
        && (1..=2).contains(&day.len())
        && (rest.len() == day.len() || rest[day.len()..].starts_with(['T', 't', ' ']))
}

/// What is wrong with the escapes of a double-quoted scalar: for each fault the offset of its backslash in
/// characters, and what it is.
pub(crate) fn bad_escapes(source: &[char]) -> Vec<(usize, String)> {
    let mut faults = Vec::new();
    let mut at = 0;
    while at < source.len() {
        if source[at] != '\\' {
            at += 1;
            continue;
        }
        if let Some(fault) = bad_escape(&source[at + 1..]) {
            faults.push((at, fault));
        }
        at += 2;
    }
    faults
}

fn bad_escape(after: &[char]) -> Option<String> {
    match after.first() {
        Some('r' | 'n' | 't' | '0' | '\\' | '"' | 'u' | '\n' | '\r') | None => None,
        Some('x') => {
            let digits: String = after.iter().skip(1).take(2).collect();
            let byte = u8::from_str_radix(&digits, 16).ok()?;
            (byte > 0x7F).then(|| {
                format!(
                    "`\\x{digits}` is two bytes to YAML and one to HTTP; write `{{0x{}}}` for one",
                    digits.to_uppercase()
                )
            })
        }
        Some(other) => Some(format!("`\\{other}` is no escape of this language")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_any_reader_of_yaml_respells_is_found() {
        let respelled_words = [
            "",
            "~",
            "null",
            "True",
            "yes",
            "No",
            "ON",
            "off",
            "+5",
            "005",
            "0x20",
            "0o7",
            "1.0",
            "1e3",
            "-0",
            ".5",
            "1_000",
            ".inf",
            "-.INF",
            "0b1",
            "1:30",
            "12:30:45",
            "2001-12-14",
            "2001-12-14T21:59:43",
            "=",
            "1.",
        ];
        for word in respelled_words {
            assert!(respelled(word).is_some(), "{word}");
        }
    }

    #[test]
    fn what_all_readers_agree_on_is_a_text() {
        let texts = [
            "0",
            "5",
            "-1",
            "10000000000000005",
            "true",
            "false",
            "GET /",
            "1..",
            "..5",
            "4..6",
            "1s",
            "64KiB",
            "y",
            "n",
            "a:b",
            "127.0.0.1",
            "1.1.1",
            "now-1d",
            "one",
            "e5",
            "0x",
            "-",
            "6badness",
            "origin.test:443",
        ];
        for text in texts {
            assert_eq!(respelled(text), None, "{text}");
        }
    }

    #[test]
    fn escapes_beyond_ascii_and_strange_ones_are_found() {
        let source: Vec<char> = r#""\r\n\\xE9\x7F\xE9\a\u00e9""#.chars().collect();
        let faults: Vec<usize> = bad_escapes(&source).into_iter().map(|(at, _)| at).collect();
        assert_eq!(faults, [14, 18]);
    }
}
