//! Routes whose content is made on the way, and those that take their time.

use std::{iter, time::Duration};

use axum::response::Response;
use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use serde_json::json;

use super::{
    asked::Asked,
    inspect, json,
    paced::Paced,
    reply::{self, Refused},
    routes::{Path, number},
};

/// The most bytes of `/bytes`, `/stream-bytes` and `/range`.
const MOST_BYTES: u64 = 100 * 1024;
/// The most bytes of `/drip`.
const MOST_DRIPPED: u64 = 10 * 1024 * 1024;
/// The longest `/delay`.
const LONGEST_DELAY: Duration = Duration::from_secs(10);
/// The longest time that is waited for anywhere, in seconds.
const LONGEST: f64 = 365.0 * 86_400.0;
/// The size of chunks unless it is said.
const CHUNK: u64 = 10 * 1024;
/// How much of `/drip` goes out at once where it is faster than this many bytes.
const DRIP: u64 = 16 * 1024;
/// Pieces closer than this are one.
const TICK: Duration = Duration::from_millis(1);

const OCTETS: &str = "application/octet-stream";

/// `/delay/N`
pub(super) async fn delay(asked: Asked, Path(delay): Path<String>) -> Result<Response, Refused> {
    let delay =
        seconds(&delay).ok_or_else(|| Refused::Nonsense("the delay is no number of seconds".to_owned()))?;
    tokio::time::sleep(delay.min(LONGEST_DELAY)).await;
    let mut told = inspect::whole(&asked).await?;
    told.shift_remove("json");
    Ok(reply::json(told.into()))
}

/// A time that is not negative. Whatever is longer than a year is a year.
fn seconds(text: &str) -> Option<Duration> {
    let seconds: f64 = text.trim().parse().ok()?;
    (seconds >= 0.0).then(|| Duration::from_secs_f64(seconds.min(LONGEST)))
}

/// The parameter as a time.
fn time_of(asked: &Asked, name: &str, default: Duration) -> Result<Duration, Refused> {
    match asked.arg(name) {
        None => Ok(default),
        Some(text) => seconds(&text)
            .ok_or_else(|| Refused::Nonsense(format!("the parameter `{name}` is no number of seconds"))),
    }
}

/// The parameter as a number, which may be negative.
fn number_of(asked: &Asked, name: &str) -> Result<Option<i64>, Refused> {
    let parsed = asked.arg(name).map(|text| text.trim().parse());
    parsed.transpose().map_err(|_| Refused::Nonsense(format!("the parameter `{name}` is no number")))
}

/// The parameter `chunk_size`, at least 1.
fn chunk_size(asked: &Asked) -> Result<u64, Refused> {
    Ok(number_of(asked, "chunk_size")?.map_or(CHUNK, |size| u64::try_from(size).unwrap_or(1).max(1)))
}

/// `/drip`: `numbytes` bytes over `duration` seconds, after `delay`, with status `code`.
pub(super) async fn drip(asked: Asked) -> Result<Response, Refused> {
    let duration = time_of(&asked, "duration", Duration::from_secs(2))?;
    let delay = time_of(&asked, "delay", Duration::ZERO)?;
    let count = u64::try_from(number_of(&asked, "numbytes")?.unwrap_or(10)).unwrap_or(0).min(MOST_DRIPPED);
    let code = u16::try_from(number_of(&asked, "code")?.unwrap_or(200)).unwrap_or(0);
    let status = StatusCode::from_u16(code).ok().filter(|status| !status.is_informational());
    let Some(status) = status else {
        return Err(Refused::Nonsense("the parameter `code` is no final status".to_owned()));
    };
    if count == 0 {
        return Err(Refused::by(reply::text(StatusCode::BAD_REQUEST, "number of bytes must be positive")));
    }
    tokio::time::sleep(delay).await;
    let mut response = Response::new(Paced::of_length(count, drops(count, duration)));
    *response.status_mut() = status;
    let fields = response.headers_mut();
    fields.insert(header::CONTENT_TYPE, HeaderValue::from_static(OCTETS));
    fields.insert(header::CONTENT_LENGTH, count.into());
    Ok(response)
}

/// Asterisks, evenly over a time, one at a time where there is time for that. The n-th of N is due after n/N of it,
/// the first at once.
fn drops(count: u64, duration: Duration) -> impl Iterator<Item = (Duration, Bytes)> + Send + Unpin {
    let due = move |at| share(duration, at, count);
    let mut at = 0;
    iter::from_fn(move || {
        if at == count {
            return None;
        }
        let begun = at;
        while at < count && at - begun < DRIP && (at == begun || due(at) < due(begun) + TICK) {
            at += 1;
        }
        Some((due(begun), asterisks(at - begun)))
    })
}

/// So many parts of a time.
fn share(time: Duration, part: u64, parts: u64) -> Duration {
    let nanos = time.as_nanos() * u128::from(part) / u128::from(parts);
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

fn asterisks(count: u64) -> Bytes {
    vec![b'*'; usize::try_from(count).unwrap_or(0)].into()
}

/// `/stream/N`: so many lines of JSON, at most 100.
pub(super) async fn stream(asked: Asked, Path(n): Path<String>) -> Result<Response, Refused> {
    let lines = number(&n)?.min(100);
    let mut told = inspect::plain(&asked);
    let lines = (0..lines).map(move |id| {
        told.insert("id".to_owned(), id.into());
        (Duration::ZERO, json::line(&told.clone().into()).into())
    });
    let mut response = Response::new(Paced::chunked(lines));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

/// Random bytes; with the parameter `seed` always the same.
fn random(asked: &Asked, n: &str) -> Result<Bytes, Refused> {
    let count = usize::try_from(number(n)?.min(MOST_BYTES)).unwrap_or(0);
    let mut source = match number_of(asked, "seed")? {
        Some(seed) => fastrand::Rng::with_seed(seed.cast_unsigned()),
        None => fastrand::Rng::new(),
    };
    Ok(iter::repeat_with(|| source.u8(..)).take(count).collect())
}

/// `/bytes/N`
pub(super) async fn bytes(asked: Asked, Path(n): Path<String>) -> Result<Response, Refused> {
    Ok(reply::typed(OCTETS, random(&asked, &n)?))
}

/// `/stream-bytes/N`: in chunks of `chunk_size` bytes.
pub(super) async fn stream_bytes(asked: Asked, Path(n): Path<String>) -> Result<Response, Refused> {
    let pieces = pieces(random(&asked, &n)?, chunk_size(&asked)?, |_| Duration::ZERO);
    let mut response = Response::new(Paced::chunked(pieces));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(OCTETS));
    Ok(response)
}

/// Content cut to a size; `due` says when the piece is due that ends with the n-th byte.
fn pieces(
    mut bytes: Bytes,
    size: u64,
    due: impl Fn(u64) -> Duration + Send + Unpin + 'static,
) -> impl Iterator<Item = (Duration, Bytes)> + Send + Unpin {
    let mut sent = 0;
    iter::from_fn(move || {
        if bytes.is_empty() {
            return None;
        }
        let piece = bytes.split_to(usize::try_from(size).unwrap_or(usize::MAX).min(bytes.len()));
        sent += piece.len() as u64;
        Some((due(sent), piece))
    })
}

const ALPHABET: &[u8; 26] = b"abcdefghijklmnopqrstuvwxyz";

/// `/range/N`: the alphabet again and again, with `Range` understood, over `duration` seconds.
pub(super) async fn range(asked: Asked, Path(n): Path<String>) -> Result<Response, Refused> {
    let length = number(&n)?;
    let tagged = |response: Response| {
        let response = reply::with(response, header::ETAG, &format!("range{length}"));
        reply::with(response, header::ACCEPT_RANGES, "bytes")
    };
    if length == 0 || length > MOST_BYTES {
        let why = "number of bytes must be in the range (0, 102400]";
        return Err(Refused::by(tagged(reply::text(StatusCode::NOT_FOUND, why))));
    }
    let size = chunk_size(&asked)?;
    let duration = time_of(&asked, "duration", Duration::ZERO)?;
    let wanted = wanted(asked.field("range").as_deref(), length);
    let Some((first, last)) = wanted.filter(|(first, last)| first <= last && *last < length) else {
        let refused = reply::with(
            reply::text(StatusCode::RANGE_NOT_SATISFIABLE, ""),
            header::CONTENT_RANGE,
            &format!("bytes */{length}"),
        );
        return Err(Refused::by(tagged(refused)));
    };
    let content: Bytes = (first..=last).map(|at| ALPHABET[(at % 26) as usize]).collect();
    let due = move |bytes| share(duration, bytes, length);
    let whole = last - first + 1 == length;
    let mut response = Response::new(Paced::of_length(content.len() as u64, pieces(content, size, due)));
    *response.status_mut() = if whole { StatusCode::OK } else { StatusCode::PARTIAL_CONTENT };
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(OCTETS));
    let content_range = format!("bytes {first}-{last}/{length}");
    Ok(tagged(reply::with(response, header::CONTENT_RANGE, &content_range)))
}

/// The first and last byte that a `Range` field asks for; all, where it makes no sense. `None` is one that cannot be.
fn wanted(field: Option<&str>, length: u64) -> Option<(u64, u64)> {
    let all = Some((0, length - 1));
    let Some(range) = field.and_then(|field| field.trim().strip_prefix("bytes=")) else { return all };
    let Some((first, last)) = range.split_once('-') else { return all };
    let parsed = |text: &str| text.trim().parse::<u64>().ok();
    match (parsed(first), parsed(last)) {
        (None, None) => all,
        (None, Some(0)) => None,
        (None, Some(suffix)) => Some((length.saturating_sub(suffix), length - 1)),
        (Some(first), None) => Some((first, length - 1)),
        (Some(first), Some(last)) => Some((first, last)),
    }
}

/// `/links/N`
pub(super) async fn links(Path(n): Path<String>) -> Result<Response, Refused> {
    Ok(reply::redirect_page(&format!("/links/{}/0", number(&n)?)))
}

/// `/links/N/OFFSET`: so many links, at most 200, but none to the page itself.
pub(super) async fn link_page(Path((n, offset)): Path<(String, String)>) -> Result<Response, Refused> {
    let (n, offset) = (number(&n)?.clamp(1, 200), number(&offset)?);
    let link = |at: u64| {
        if at == offset { format!("{at} ") } else { format!("<a href='/links/{n}/{at}'>{at}</a> ") }
    };
    let links: String = (0..n).map(link).collect();
    Ok(reply::html(format!("<html><head><title>Links</title></head><body>{links}</body></html>")))
}

/// `/uuid`: version 4 (RFC 9562 5.4).
pub(super) async fn uuid() -> Response {
    let random = fastrand::u128(..);
    let uuid = (random & !(0xF << 76) & !(0b11 << 62)) | (4 << 76) | (0b10 << 62);
    let hex = format!("{uuid:032x}");
    let groups = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
    reply::json(json!({ "uuid": groups.join("-") }))
}

/// 128 random bits.
pub(super) fn random_hex() -> String {
    format!("{:032x}", fastrand::u128(..))
}

/// `/base64/V`: decoded, in the alphabet for URLs.
pub(super) async fn base64(Path(value): Path<String>) -> Response {
    const CONFIG: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    const ENGINE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, CONFIG);
    let decoded = ENGINE.decode(value).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    reply::html(decoded.unwrap_or_else(|| "Incorrect Base64 data try: SFRUUEJJTiBpcyBhd2Vzb21l".to_owned()))
}
