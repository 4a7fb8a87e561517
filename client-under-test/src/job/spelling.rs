//! How the unions of a job are spelled in JSON. Written out, because derived unions report useless errors.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser::SerializeMap};
use serde_json::Value;

use super::{Body, Cancel, Pause, Piece, Wait};

impl Serialize for Body {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Bytes(bytes) => bytes.serialize(serializer),
            Self::Stream(stream) => stream.serialize(serializer),
            Self::Form(fields) => entry(serializer, "form", fields),
            Self::Json(value) => entry(serializer, "json", value),
            Self::Multipart(parts) => entry(serializer, "multipart", parts),
        }
    }
}

impl<'de> Deserialize<'de> for Body {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut value = Value::deserialize(deserializer)?;
        let mut take = |key: &str| value.get_mut(key).map(Value::take);
        if let Some(fields) = take("form") {
            return read(fields).map(Self::Form);
        }
        if let Some(json) = take("json") {
            return Ok(Self::Json(json));
        }
        if let Some(parts) = take("multipart") {
            return read(parts).map(Self::Multipart);
        }
        if value.get("stream").is_some() {
            return read(value).map(Self::Stream);
        }
        read(value).map(Self::Bytes)
    }
}

impl Serialize for Piece {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Bytes(bytes) => bytes.serialize(serializer),
            Self::Wait(wait) => wait.serialize(serializer),
            Self::Fail(text) => entry(serializer, "fail", text),
        }
    }
}

impl<'de> Deserialize<'de> for Piece {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        if let Some(text) = value.get("fail") {
            return read(text.clone()).map(Self::Fail);
        }
        if value.get("ms").is_some() || value.get("gate").is_some() {
            return read(value).map(Self::Wait);
        }
        read(value).map(Self::Bytes)
    }
}

impl Serialize for Cancel {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Wait(wait) => wait.serialize(serializer),
            Self::Head => entry(serializer, "on", "head"),
            Self::Bytes(n) => entry(serializer, "bytes", n),
        }
    }
}

impl<'de> Deserialize<'de> for Cancel {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        if let Some(at) = value.get("on") {
            return match at.as_str() {
                Some("head") => Ok(Self::Head),
                _ => Err(de::Error::custom(format!("a call is cancelled on `head`, not on {at}"))),
            };
        }
        if let Some(n) = value.get("bytes") {
            return read(n.clone()).map(Self::Bytes);
        }
        read(value).map(Self::Wait)
    }
}

impl Serialize for Pause {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("after", &self.after)?;
        match &self.wait {
            Wait::Ms(ms) => map.serialize_entry("ms", ms)?,
            Wait::Gate(address) => map.serialize_entry("gate", address)?,
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Pause {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut value = Value::deserialize(deserializer)?;
        let after = value.as_object_mut().and_then(|map| map.remove("after"));
        let after = after.ok_or_else(|| de::Error::missing_field("after"))?;
        Ok(Self { after: read(after)?, wait: read(value)? })
    }
}

fn entry<S: Serializer, T: Serialize + ?Sized>(
    serializer: S,
    key: &str,
    value: &T,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(1))?;
    map.serialize_entry(key, value)?;
    map.end()
}

fn read<T: de::DeserializeOwned, E: de::Error>(value: Value) -> Result<T, E> {
    serde_json::from_value(value).map_err(E::custom)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{Call, Job};

    #[test]
    fn jobs_survive_being_written_and_read() {
        let text = json!({
            "id": "17", "needs": ["redirects"], "options": {"redirects": false, "proxy": false}, "deadline": 10000,
            "calls": [
                {"url": "http://h/", "body": {"stream": ["one", {"ms": 5}, {"fail": "oops"}], "length": 3}},
                {"url": "http://h/", "fields": [["A", {"base64": "6Q=="}], ["B", null]], "cancel": {"on": "head"}},
                {"url": "http://h/", "body": {"repeat": "x", "times": 9}, "read": {"pause": {"after": 0, "ms": 7}}},
                {"url": "http://h/", "body": {"json": [1]}, "before": {"gate": "127.0.0.1:1"}},
            ],
        });
        let job: Job = serde_json::from_value(text.clone()).unwrap();
        assert_eq!(serde_json::to_value(&job).unwrap(), text);
    }

    #[test]
    fn a_wrong_union_says_what_was_expected() {
        let error =
            serde_json::from_value::<Call>(json!({"url": "u", "cancel": {"on": "body"}})).unwrap_err();
        assert!(error.to_string().contains("on `head`"), "{error}");
    }
}
