//! Challenges (RFC 9110 11): what a server or a proxy asks for. No sockets here.

use super::{
    fields::{Fields, is_token, trim},
    policy::Policy,
};

/// One challenge (RFC 9110 11.3).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Challenge {
    /// The scheme, as spelled.
    pub scheme: String,
    /// Its parameters: names in lower case, values unquoted.
    pub parameters: Vec<(String, String)>,
}

impl Challenge {
    /// A parameter.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// The challenges of a field, over all its lines (RFC 9110 11.6.1).
pub fn challenges(fields: &Fields, name: &str, policy: &Policy) -> Vec<Challenge> {
    let mut found: Vec<Challenge> = Vec::new();
    for value in fields.all(name) {
        for part in split(value, policy) {
            add_part(&mut found, &part);
        }
    }
    if !policy.reads_every_challenge {
        found.truncate(1);
    }
    found
}

/// Splits at commas outside of quoted strings.
fn split(value: &[u8], policy: &Policy) -> Vec<String> {
    let mut parts = vec![Vec::new()];
    let (mut quoted, mut escaped) = (false, false);
    for &byte in value {
        match byte {
            b',' if !quoted || !policy.respects_quotes_in_challenges => {
                parts.push(Vec::new());
                continue;
            }
            b'"' if !escaped => quoted = !quoted,
            _ => {}
        }
        escaped = quoted && byte == b'\\' && !escaped;
        if let Some(part) = parts.last_mut() {
            part.push(byte);
        }
    }
    parts
        .iter()
        .map(|part| String::from_utf8_lossy(trim(part)).into_owned())
        .filter(|part| !part.is_empty())
        .collect()
}

/// A part is a scheme, a scheme with its first parameter or token68, or a further parameter.
fn add_part(found: &mut Vec<Challenge>, part: &str) {
    let token = part.bytes().take_while(|byte| is_token(*byte)).count();
    let rest = part[token..].trim_start();
    if let (true, Some(challenge)) = (rest.starts_with('='), found.last_mut()) {
        challenge.parameters.extend(parameter(part));
        return;
    }
    let scheme = part[..token].to_owned();
    found.push(Challenge { scheme, parameters: parameter(rest).into_iter().collect() });
}

fn parameter(text: &str) -> Option<(String, String)> {
    let (name, value) = text.split_once('=')?;
    Some((name.trim().to_ascii_lowercase(), unquote(value.trim())))
}

fn unquote(value: &str) -> String {
    let Some(inner) = value.strip_prefix('"') else { return value.to_owned() };
    let inner = inner.strip_suffix('"').unwrap_or(inner);
    let mut unquoted = String::with_capacity(inner.len());
    let mut letters = inner.chars();
    while let Some(letter) = letters.next() {
        unquoted.push(if letter == '\\' { letters.next().unwrap_or('\\') } else { letter });
    }
    unquoted
}

/// The realm of the Basic challenge among these, if there is one.
pub fn basic_realm(challenges: &[Challenge], policy: &Policy) -> Option<String> {
    let is_basic = |challenge: &&Challenge| {
        !policy.answers_known_schemes_only
            || if policy.folds_scheme_case {
                challenge.scheme.eq_ignore_ascii_case("basic")
            } else {
                challenge.scheme == "Basic"
            }
    };
    let challenge = challenges.iter().find(is_basic)?;
    match challenge.parameter("realm") {
        Some(realm) => Some(realm.to_owned()),
        None if policy.demands_realm => None,
        None => Some(String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(lines: &[&str]) -> Vec<Challenge> {
        let line = |value: &&str| ("WWW-Authenticate".to_owned(), value.as_bytes().to_vec());
        challenges(&Fields(lines.iter().map(line).collect()), "www-authenticate", &Policy::default())
    }

    #[test]
    fn challenges_are_told_apart() {
        let all = found(&[
            r#"Newauth realm="apps", type=1, title="Login to \"apps\", please", Basic realm="simple""#,
        ]);
        assert_eq!(all.iter().map(|one| one.scheme.as_str()).collect::<Vec<_>>(), ["Newauth", "Basic"]);
        assert_eq!(all[0].parameter("title"), Some(r#"Login to "apps", please"#));
        assert_eq!(basic_realm(&all, &Policy::default()).as_deref(), Some("simple"));
        let all = found(&["Negotiate", "bAsIc REALM = \"x\" , charset=\"UTF-8\""]);
        assert_eq!(basic_realm(&all, &Policy::default()).as_deref(), Some("x"));
        assert_eq!(basic_realm(&found(&["Digest realm=\"d\", nonce=\"n\""]), &Policy::default()), None);
        assert_eq!(basic_realm(&found(&["Basic"]), &Policy::default()), None);
        assert_eq!(found(&["Negotiate dG9rZW4=, Basic realm=a"]).len(), 2);
    }
}
