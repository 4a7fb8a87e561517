//! A request as routes see it.

use std::net::SocketAddr;

use axum::extract::FromRequestParts;
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, request::Parts};
use serde_json::{Map, Value};

use super::witness::Head;
use crate::parser::values;

/// A request, all of it.
///
/// It is kept as it came; texts made of it are Latin-1 where they are not ASCII, as WSGI has it: no byte is lost or
/// replaced.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) method: Method,
    pub(super) target: Vec<u8>,
    /// The field lines in order, names as spelled.
    fields: Vec<(Vec<u8>, Vec<u8>)>,
    pub(super) content: Bytes,
    peer: SocketAddr,
    local: SocketAddr,
}

impl Asked {
    /// From what the witness saw, else from what hyper read.
    pub(super) fn new(
        parts: &Parts,
        head: Option<Head>,
        content: Bytes,
        peer: SocketAddr,
        local: SocketAddr,
    ) -> Self {
        let (target, fields) = match head {
            Some(head) => (head.target, head.fields),
            None => (parts.uri.to_string().into_bytes(), fields_of(&parts.headers)),
        };
        Self { method: parts.method.clone(), target, fields, content, peer, local }
    }

    /// The value of a field; those of several lines are joined by commas, as WSGI has it.
    pub(super) fn field(&self, name: &str) -> Option<String> {
        let values: Vec<String> = values(&self.fields, name).map(latin1).collect();
        (!values.is_empty()).then(|| values.join(","))
    }

    /// The parameters of the query, decoded.
    pub(super) fn args(&self) -> Vec<(String, String)> {
        let mut parts = self.target.splitn(2, |byte| *byte == b'?');
        let query = parts.nth(1).unwrap_or_default();
        form_urlencoded::parse(query).into_owned().collect()
    }

    /// The first parameter of this name, in any case.
    pub(super) fn arg(&self, name: &str) -> Option<String> {
        self.args().into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Whether there is a parameter of this very name.
    pub(super) fn has_arg(&self, name: &str) -> bool {
        self.args().iter().any(|(known, _)| known == name)
    }

    /// The cookies sent; of several with one name the first.
    pub(super) fn cookies(&self) -> Vec<(String, String)> {
        let mut cookies: Vec<(String, String)> = Vec::new();
        let lines: Vec<String> = values(&self.fields, "cookie").map(latin1).collect();
        for pair in lines.iter().flat_map(|value| value.split(';')) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (name.trim(), value.trim());
            let unquoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
            if !name.is_empty() && !cookies.iter().any(|(known, _)| known == name) {
                cookies.push((utf8(name), utf8(unquoted)));
            }
        }
        cookies
    }

    /// Where it came from, or says it came from.
    pub(super) fn origin(&self) -> String {
        self.field("x-forwarded-for").unwrap_or_else(|| self.peer.ip().to_string())
    }

    /// The host and port it was sent to, by its own word.
    pub(super) fn host(&self) -> String {
        self.field("host").filter(|host| !host.is_empty()).unwrap_or_else(|| self.local.to_string())
    }

    fn scheme(&self) -> String {
        let told = |name| self.field(name).filter(|scheme| !scheme.is_empty());
        told("x-forwarded-proto").or_else(|| told("x-forwarded-protocol")).unwrap_or_else(|| {
            let tls = self.field("x-forwarded-ssl").is_some_and(|flag| flag == "on");
            if tls { "https" } else { "http" }.to_owned()
        })
    }

    /// The URL of something on this server.
    pub(super) fn url_of(&self, path: &str) -> String {
        format!("http://{}{path}", self.host())
    }

    /// The URL that was asked for.
    pub(super) fn url(&self) -> String {
        let target = latin1(&self.target);
        match target.split_once("://") {
            Some((_, rest)) if !target.starts_with('/') => format!("{}://{rest}", self.scheme()),
            _ => format!("{}://{}{target}", self.scheme(), self.host()),
        }
    }

    /// Its field lines by name, names as spelled at first.
    pub(super) fn headers(&self) -> Value {
        let shows_all = self.has_arg("show_env");
        let mut headers: Vec<(String, String)> = Vec::new();
        for (name, value) in &self.fields {
            let (name, value) = (latin1(name), latin1(value));
            if !shows_all && HIDDEN.iter().any(|hidden| name.eq_ignore_ascii_case(hidden)) {
                continue;
            }
            match headers.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(&name)) {
                Some((_, values)) => {
                    values.push(',');
                    values.push_str(&value);
                }
                None => headers.push((name, value)),
            }
        }
        headers.into_iter().map(|(name, value)| (name, Value::from(value))).collect::<Map<_, _>>().into()
    }
}

/// What the proxies in front of the public httpbin add. It is shown only where `show_env` is among the parameters.
const HIDDEN: [&str; 15] = [
    "X-Varnish",
    "X-Request-Start",
    "X-Heroku-Queue-Depth",
    "X-Real-Ip",
    "X-Forwarded-Proto",
    "X-Forwarded-Protocol",
    "X-Forwarded-Ssl",
    "X-Heroku-Queue-Wait-Time",
    "X-Forwarded-For",
    "X-Heroku-Dynos-In-Use",
    "X-Forwarded-Port",
    "X-Request-Id",
    "Via",
    "Total-Route-Time",
    "Connect-Time",
];

/// Names once, each with its value, or all its values where there are several.
pub(super) fn by_name(pairs: impl IntoIterator<Item = (String, String)>) -> Value {
    let mut named: Map<String, Value> = Map::new();
    for (name, value) in pairs {
        match named.get_mut(&name) {
            None => {
                named.insert(name, value.into());
            }
            Some(Value::Array(values)) => values.push(value.into()),
            Some(first) => *first = vec![first.take(), value.into()].into(),
        }
    }
    named.into()
}

fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

/// What was read as Latin-1, as UTF-8 if it is.
pub(super) fn utf8(latin1: &str) -> String {
    let bytes: Option<Vec<u8>> =
        latin1.chars().map(|character| u8::try_from(u32::from(character)).ok()).collect();
    bytes.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_else(|| latin1.to_owned())
}

fn fields_of(fields: &HeaderMap) -> Vec<(Vec<u8>, Vec<u8>)> {
    fields.iter().map(|(name, value)| (name.as_str().into(), value.as_bytes().to_vec())).collect()
}

impl<S: Sync> FromRequestParts<S> for Asked {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        // Always there: the service puts it in.
        parts.extensions.remove().ok_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}
