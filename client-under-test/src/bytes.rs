//! Bytes as the contract spells them (`README.md` of this crate).

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser::SerializeMap};

/// Bytes: a string (its UTF-8), `{"base64": s}`, or, in jobs only, `{"repeat": Bytes, "times": n}`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Bytes {
    /// These bytes. Written as a string where they are UTF-8, else as base64.
    Plain(Vec<u8>),
    /// These bytes, so many times.
    Repeat {
        /// What is repeated.
        of: Box<Bytes>,
        /// How often.
        times: u64,
    },
}

impl Bytes {
    /// How many bytes these are.
    pub fn len(&self) -> u64 {
        match self {
            Self::Plain(bytes) => bytes.len() as u64,
            Self::Repeat { of, times } => of.len() * times,
        }
    }

    /// Whether there is not one.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes themselves, written out.
    pub fn to_vec(&self) -> Vec<u8> {
        match self {
            Self::Plain(bytes) => bytes.clone(),
            Self::Repeat { of, times } => of.to_vec().repeat(usize::try_from(*times).unwrap_or(usize::MAX)),
        }
    }
}

impl Default for Bytes {
    fn default() -> Self {
        Self::Plain(Vec::new())
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Plain(bytes)
    }
}

impl From<&[u8]> for Bytes {
    fn from(bytes: &[u8]) -> Self {
        Self::Plain(bytes.to_vec())
    }
}

impl From<&str> for Bytes {
    fn from(text: &str) -> Self {
        Self::Plain(text.as_bytes().to_vec())
    }
}

impl From<String> for Bytes {
    fn from(text: String) -> Self {
        Self::Plain(text.into_bytes())
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Plain(bytes) => spelled(bytes, serializer),
            Self::Repeat { of, times } => {
                let mut map = serializer.serialize_map(Some(2))?;
                map.serialize_entry("repeat", of)?;
                map.serialize_entry("times", times)?;
                map.end()
            }
        }
    }
}

/// As a string where they are UTF-8, else as base64.
fn spelled<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    match std::str::from_utf8(bytes) {
        Ok(text) => serializer.serialize_str(text),
        Err(_) => {
            let mut map = serializer.serialize_map(Some(1))?;
            map.serialize_entry("base64", &STANDARD.encode(bytes))?;
            map.end()
        }
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Bytes;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(r#"bytes: a string, {"base64": string} or {"repeat": bytes, "times": number}"#)
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Bytes, E> {
                Ok(text.into())
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Bytes, A::Error> {
                let (mut plain, mut repeat, mut times) = (None, None, None);
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "base64" => plain = Some(map.next_value::<String>()?),
                        "repeat" => repeat = Some(map.next_value::<Bytes>()?),
                        "times" => times = Some(map.next_value::<u64>()?),
                        _ => drop(map.next_value::<de::IgnoredAny>()?),
                    }
                }
                match (plain, repeat, times) {
                    (Some(text), None, None) => {
                        STANDARD.decode(text).map(Bytes::Plain).map_err(de::Error::custom)
                    }
                    (None, Some(of), Some(times)) => Ok(Bytes::Repeat { of: Box::new(of), times }),
                    _ => Err(de::Error::custom("bytes are either `base64`, or `repeat` with `times`")),
                }
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

/// Bytes in an outcome: a string (its UTF-8) or `{"base64": s}`. What was received is told as it is: `repeat` is for
/// jobs, and a line that repeats without bound would be more than a harness can hold.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Octets(pub Vec<u8>);

impl std::ops::Deref for Octets {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl<T: Into<Vec<u8>>> From<T> for Octets {
    fn from(bytes: T) -> Self {
        Self(bytes.into())
    }
}

impl Serialize for Octets {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        spelled(self, serializer)
    }
}

impl<'de> Deserialize<'de> for Octets {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Bytes::deserialize(deserializer)? {
            Bytes::Plain(bytes) => Ok(Self(bytes)),
            Bytes::Repeat { .. } => Err(de::Error::custom("`repeat` is for jobs only")),
        }
    }
}
