//! What a client told its caller (`README.md` of this crate, outcomes).
//!
//! An absent field means that the client does not tell; none seen is an empty list.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser::SerializeMap};

use crate::bytes::Octets;

/// A field line as a client shows it.
pub type FieldLine = (String, Octets);

/// What came of one job.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Outcome {
    /// The job's id.
    pub id: String,
    /// One for each call, in the order of the job.
    pub calls: Vec<CallResult>,
}

/// What came of one call.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct CallResult {
    /// Present if and only if the caller was given a response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The reason phrase.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Octets>,
    /// `1.1`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// As the client shows them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fields: Option<Vec<FieldLine>>,
    /// What the caller got, after any decoding. With an error: what the caller holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<BodySeen>,
    /// For `read.as: text`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// For `read.as: json`.
    #[serde(default, deserialize_with = "told", skip_serializing_if = "Option::is_none")]
    pub json: Option<serde_json::Value>,
    /// For `read.as: lines`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<Vec<String>>,
    /// False when the caller itself stopped early.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complete: Option<bool>,
    /// The final URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<Octets>,
    /// Redirects (and answered challenges, where the client counts them), oldest first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history: Option<Vec<Hop>>,
    /// Interim responses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interim: Option<Vec<Interim>>,
    /// Trailer fields.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trailers: Option<Vec<FieldLine>>,
    /// What followed a 101.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upgraded: Option<Octets>,
    /// The jar after the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cookies: Option<Vec<Cookie>>,
    /// Milliseconds from the start of the call, by a monotonic clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<Times>,
    /// The call failed. With `status`: after the response was handed over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Error>,
}

/// A body: itself, or, above 65,536 bytes, its length and SHA-256.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BodySeen {
    /// The bytes.
    Bytes(Vec<u8>),
    /// A large body.
    Digest {
        /// Bytes.
        length: u64,
        /// SHA-256 in lower-case hex.
        sha256: String,
    },
}

impl BodySeen {
    /// Above this many bytes a body is reported by length and hash.
    pub const LARGEST: usize = 65_536;
}

impl Serialize for BodySeen {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Bytes(bytes) => Octets(bytes.clone()).serialize(serializer),
            Self::Digest { length, sha256 } => {
                let mut map = serializer.serialize_map(Some(2))?;
                map.serialize_entry("length", length)?;
                map.serialize_entry("sha256", sha256)?;
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for BodySeen {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Large {
            length: u64,
            sha256: String,
        }
        let value = serde_json::Value::deserialize(deserializer)?;
        if value.get("sha256").is_some() {
            let Large { length, sha256 } = serde_json::from_value(value).map_err(de::Error::custom)?;
            return Ok(Self::Digest { length, sha256 });
        }
        let Octets(bytes) = serde_json::from_value(value).map_err(de::Error::custom)?;
        Ok(Self::Bytes(bytes))
    }
}

/// One redirect.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Hop {
    /// Its status.
    pub status: u16,
    /// The URL that answered so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<Octets>,
    /// Its fields.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fields: Option<Vec<FieldLine>>,
}

/// One interim response.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Interim {
    /// Its status.
    pub status: u16,
    /// Its fields.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fields: Option<Vec<FieldLine>>,
}

/// A cookie in the jar.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Cookie {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Its domain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// Its path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

/// Milliseconds from the start of the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Times {
    /// The head was there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<u64>,
    /// The first byte of content was there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<u64>,
    /// The call was over.
    pub end: u64,
}

/// Why a call failed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Error {
    /// A class, several (at most 5), or a group: see [`CLASSES`] and [`GROUPS`].
    #[serde(deserialize_with = "one_or_more", serialize_with = "as_one_or_more")]
    pub class: Vec<String>,
    /// When: see [`PHASES`]. Empty is unknown.
    #[serde(
        default,
        deserialize_with = "one_or_more",
        serialize_with = "as_one_or_more",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub phase: Vec<String>,
    /// The client's own name of it.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Its message, unaltered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Type and text of its causes, outermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<(String, String)>,
}

/// The error classes.
pub const CLASSES: &[&str] = &[
    "dns",
    "refused",
    "unreachable",
    "tls",
    "certificate",
    "proxy",
    "closed",
    "truncated",
    "reset",
    "malformed",
    "too-large",
    "decode",
    "too-many-redirects",
    "bad-redirect",
    "auth",
    "invalid-request",
    "caller",
    "cancelled",
    "status",
    "other",
    "connect-timeout",
    "send-timeout",
    "head-timeout",
    "read-timeout",
    "total-timeout",
];

/// The groups of error classes that stand for all their members.
pub const GROUPS: &[(&str, &[&str])] = &[
    ("timeout", &["connect-timeout", "send-timeout", "head-timeout", "read-timeout", "total-timeout"]),
    ("connect", &["dns", "refused", "unreachable", "connect-timeout"]),
    ("lost", &["closed", "reset", "truncated"]),
    ("protocol", &["malformed", "truncated", "too-large", "closed"]),
    (
        "failed",
        &[
            "dns",
            "refused",
            "unreachable",
            "tls",
            "certificate",
            "proxy",
            "closed",
            "truncated",
            "reset",
            "malformed",
            "too-large",
            "decode",
            "too-many-redirects",
            "bad-redirect",
            "auth",
        ],
    ),
];

/// Whether this is a class or a group of the contract.
pub fn is_class(name: &str) -> bool {
    CLASSES.contains(&name) || GROUPS.iter().any(|(group, _)| *group == name)
}

/// The phases of a call, of the last hop where redirects were followed.
pub const PHASES: &[&str] = &["prepare", "connect", "send", "head", "body"];

/// A value that is there, be it `null`: content may be that.
fn told<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<serde_json::Value>, D::Error> {
    serde_json::Value::deserialize(deserializer).map(Some)
}

fn one_or_more<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    match serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::String(one) => Ok(vec![one]),
        list => serde_json::from_value(list).map_err(de::Error::custom),
    }
}

fn as_one_or_more<S: Serializer>(list: &[String], serializer: S) -> Result<S::Ok, S::Error> {
    match list {
        [one] => one.serialize(serializer),
        list => list.serialize(serializer),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_is_a_value_and_absence_is_none() {
        let read = |text: &str| serde_json::from_str::<CallResult>(text).unwrap();
        assert_eq!(read(r#"{"status":200,"json":null}"#).json, Some(serde_json::Value::Null));
        assert_eq!(read(r#"{"status":200}"#).json, None);
        let null = CallResult { json: Some(serde_json::Value::Null), ..CallResult::default() };
        assert_eq!(serde_json::to_string(&null).unwrap(), r#"{"json":null}"#);
    }
    #[test]
    fn what_was_received_is_told_as_it_is() {
        let times = "\"times\":2305843009213693952}";
        for part in ["\"reason\":", "\"url\":", "\"body\":", "\"fields\":[[\"A\","] {
            let end = if part.contains("fields") { "]]" } else { "" };
            let line = format!("{{\"status\":200,{part}{{\"repeat\":\"aaaa\",{times}{end}}}");
            let error = serde_json::from_str::<CallResult>(&line).unwrap_err().to_string();
            assert!(error.contains("`repeat` is for jobs only"), "{line}: {error}");
        }
        let read = serde_json::from_str::<CallResult>(r#"{"reason":{"base64":"/w=="}}"#).unwrap();
        assert_eq!(read.reason.as_deref(), Some(&[0xFF][..]));
    }
}
