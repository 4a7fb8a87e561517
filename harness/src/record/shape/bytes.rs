//! Bytes in a stored observation: as the client contract spells them, and packed where they are many.

use std::io::{Read as _, Write as _};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser::SerializeMap as _};
use wireproof_client::bytes::Bytes;

/// More bytes than these are packed. Nearly all long content of cases is the same few bytes again and again.
const WRITTEN_OUT: usize = 4 * 1024;

/// A string (its UTF-8), `{"base64": s}`, or, above 4 KiB, `{"gzip": s}`: a gzip member in base64.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Packed(pub(super) Vec<u8>);

impl From<Vec<u8>> for Packed {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl Serialize for Packed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.len() <= WRITTEN_OUT {
            return Bytes::from(&self.0[..]).serialize(serializer);
        }
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        let member = encoder.write_all(&self.0).and_then(|()| encoder.finish());
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry("gzip", &STANDARD.encode(member.map_err(serde::ser::Error::custom)?))?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for Packed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Packed;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(r#"bytes: a string, {"base64": string} or {"gzip": string}"#)
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Packed, E> {
                Ok(Packed(text.as_bytes().to_vec()))
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Packed, A::Error> {
                let Some((coding, text)) = map.next_entry::<String, String>()? else {
                    return Err(de::Error::custom("an empty object is no bytes"));
                };
                let bytes = STANDARD.decode(text).map_err(de::Error::custom)?;
                match coding.as_str() {
                    "base64" => Ok(Packed(bytes)),
                    "gzip" => {
                        let mut unpacked = Vec::new();
                        GzDecoder::new(&bytes[..]).read_to_end(&mut unpacked).map_err(de::Error::custom)?;
                        Ok(Packed(unpacked))
                    }
                    other => Err(de::Error::unknown_field(other, &["base64", "gzip"])),
                }
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}
