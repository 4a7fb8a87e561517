//! Routes that say what came.

use axum::{
    body::Body,
    extract::{DefaultBodyLimit, FromRequest as _, Multipart},
    response::Response,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use http::{Request, header};
use serde_json::{Map, Value, json};

use super::{
    asked::{Asked, by_name},
    reply::{self, Refused},
};

/// `/get`
pub(super) async fn get(asked: Asked) -> Response {
    reply::json(plain(&asked).into())
}

/// What is said of a request without content.
pub(super) fn plain(asked: &Asked) -> Map<String, Value> {
    let told = [
        ("url", asked.url().into()),
        ("args", by_name(asked.args())),
        ("headers", asked.headers()),
        ("origin", asked.origin().into()),
    ];
    told.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// `/post` and its like.
pub(super) async fn with_content(asked: Asked) -> Result<Response, Refused> {
    Ok(reply::json(whole(&asked).await?.into()))
}

/// `/anything`
pub(super) async fn anything(asked: Asked) -> Result<Response, Refused> {
    let mut told = whole(&asked).await?;
    told.insert("method".to_owned(), asked.method.as_str().into());
    Ok(reply::json(told.into()))
}

/// `/headers`
pub(super) async fn headers(asked: Asked) -> Response {
    reply::json(json!({ "headers": asked.headers() }))
}

/// `/ip`
pub(super) async fn ip(asked: Asked) -> Response {
    reply::json(json!({ "origin": asked.origin() }))
}

/// `/user-agent`
pub(super) async fn user_agent(asked: Asked) -> Response {
    reply::json(json!({ "user-agent": asked.field("user-agent") }))
}

/// What is said of a request with content.
///
/// # Errors
/// 400, where a multipart content cannot be read.
pub(super) async fn whole(asked: &Asked) -> Result<Map<String, Value>, Refused> {
    let Content { form, files, data, json } = Content::of(asked).await?;
    let mut told = plain(asked);
    for (name, value) in [("form", form), ("files", files), ("data", data.into()), ("json", json)] {
        told.insert(name.to_owned(), value);
    }
    Ok(told)
}

/// Content, taken apart by its type.
struct Content {
    form: Value,
    files: Value,
    /// What is neither of a form nor of a file.
    data: String,
    json: Value,
}

impl Content {
    async fn of(asked: &Asked) -> Result<Self, Refused> {
        let nothing = || Value::Object(Map::new());
        let media_type = asked.field("content-type").unwrap_or_default();
        let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        Ok(match essence.as_str() {
            "application/x-www-form-urlencoded" => Self {
                form: by_name(form_urlencoded::parse(&asked.content).into_owned()),
                files: nothing(),
                data: String::new(),
                json: Value::Null,
            },
            "multipart/form-data" => {
                let (form, files) = parts(&media_type, asked).await?;
                Self { form, files, data: String::new(), json: Value::Null }
            }
            _ => Self {
                form: nothing(),
                files: nothing(),
                data: shown(&asked.content, "application/octet-stream"),
                json: serde_json::from_slice(&asked.content).unwrap_or_default(),
            },
        })
    }
}

/// The fields and the files of a multipart content.
async fn parts(media_type: &str, asked: &Asked) -> Result<(Value, Value), Refused> {
    let mut request = Request::builder()
        .header(header::CONTENT_TYPE, media_type)
        .body(Body::from(asked.content.clone()))
        .map_err(|error| Refused::Nonsense(error.to_string()))?;
    // How much there may be was decided before.
    DefaultBodyLimit::disable().apply(&mut request);
    let mut multipart =
        Multipart::from_request(request, &()).await.map_err(|error| Refused::Nonsense(error.body_text()))?;
    let (mut form, mut files) = (Vec::new(), Vec::new());
    while let Some(field) =
        multipart.next_field().await.map_err(|error| Refused::Nonsense(error.body_text()))?
    {
        let name = field.name().unwrap_or_default().to_owned();
        let media_type = field.content_type().unwrap_or("application/octet-stream").to_owned();
        let is_file = field.file_name().is_some();
        let content = field.bytes().await.map_err(|error| Refused::Nonsense(error.body_text()))?;
        if is_file {
            files.push((name, shown(&content, &media_type)));
        } else {
            form.push((name, String::from_utf8_lossy(&content).into_owned()));
        }
    }
    Ok((by_name(form), by_name(files)))
}

/// As text, else as a `data` URL (RFC 2397).
fn shown(content: &[u8], media_type: &str) -> String {
    match std::str::from_utf8(content) {
        Ok(text) => text.to_owned(),
        Err(_) => format!("data:{media_type};base64,{}", BASE64_STANDARD.encode(content)),
    }
}
