//! One connection: hyper reads requests and writes replies, in between the content is read and routes answer.

use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{body::Body, response::Response};
use bytes::{Bytes, BytesMut};
use http::{HeaderName, HeaderValue, Method, Request, StatusCode, header, request::Parts};
use http_body_util::BodyExt as _;
use hyper::{
    body::{Body as _, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::{rt::TokioIo, server::graceful::Watcher};
use tokio::{net::TcpStream, time};
use tower_service::Service as _;

use super::{
    Shared,
    asked::Asked,
    journal::From,
    patience::Patience,
    reply,
    witness::{Head, Witness, Witnessed},
};
use crate::case::lock;

/// The most content a request may have; 413 is answered to more.
pub const BODY_LIMIT: usize = 16 * 1024 * 1024;

/// The most bytes of a head; 431 is answered to more.
const HEAD_LIMIT: usize = 64 * 1024;

/// How much more than it may send a client is heard out, so that it comes to read why it was refused.
const HEARD_OUT: usize = 4 * BODY_LIMIT;

/// Serves a connection from now on. Must be called within the runtime.
pub(super) fn begin(
    shared: Arc<Shared>,
    socket: TcpStream,
    peer: SocketAddr,
    connection: u64,
    watcher: Watcher,
) {
    // Fails where the client is gone already, which reading reports.
    drop(socket.set_nodelay(true));
    let from = From { connection, peer };
    let witness = Arc::new(Mutex::new(Witness::new(Arc::clone(&shared), from)));
    let witnessed = Witnessed::new(socket, Arc::clone(&witness), shared.silence);
    let silence = shared.silence;
    let service = service_fn(move |request: Request<Incoming>| {
        let (shared, witness) = (Arc::clone(&shared), Arc::clone(&witness));
        async move { Ok::<_, Infallible>(answer(&shared, &witness, peer, request).await) }
    });
    let served = http1::Builder::new()
        .timer(Patience::default())
        .header_read_timeout(silence)
        .max_buf_size(HEAD_LIMIT)
        .half_close(true)
        .title_case_headers(true)
        .serve_connection(TokioIo::new(witnessed), service);
    tokio::spawn(async move {
        // Whatever the client did wrong was answered by hyper, as far as it can be, and is in the journal.
        drop(watcher.watch(served).await);
    });
}

async fn answer(
    shared: &Shared,
    witness: &Mutex<Witness>,
    peer: SocketAddr,
    request: Request<Incoming>,
) -> Response {
    let head = lock(witness).next_head();
    let number = head.as_ref().and_then(|head| head.number);
    let (parts, body) = request.into_parts();
    let origin = parts.headers.get(header::ORIGIN).cloned();
    let preflight = (parts.method == Method::OPTIONS)
        .then(|| Preflight(parts.headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS).cloned()));
    let content = if body.is_end_stream() {
        Ok(Bytes::new())
    } else {
        // Rare and large: hyper moves this future about for every request.
        Box::pin(content(body, &parts, shared.silence)).await
    };
    let mut response = match content {
        Ok(content) => routed(shared, peer, parts, head, content).await,
        Err(refusal) => refusal.response(),
    };
    add_common_fields(&mut response, origin, preflight);
    lock(witness).replies(number, response.status().as_u16());
    response
}

/// Has a route answer.
async fn routed(
    shared: &Shared,
    peer: SocketAddr,
    parts: Parts,
    head: Option<Head>,
    content: Bytes,
) -> Response {
    let control = parts.uri.path().as_bytes() == super::witness::CONTROL;
    if control {
        return journal(shared, &parts.method);
    }
    let asked = Asked::new(&parts, head, content, peer, shared.local);
    let mut request = Request::from_parts(parts, Body::empty());
    request.extensions_mut().insert(asked);
    let Ok(response) = shared.router.clone().call(request).await;
    response
}

/// The control interface.
fn journal(shared: &Shared, method: &Method) -> Response {
    match *method {
        Method::GET | Method::HEAD => reply::json(shared.journal.told()),
        Method::DELETE => {
            shared.journal.clear();
            reply::bare(StatusCode::NO_CONTENT)
        }
        Method::OPTIONS => reply::options("DELETE, GET, HEAD, OPTIONS"),
        _ => reply::not_allowed("DELETE, GET, HEAD, OPTIONS"),
    }
}

/// `OPTIONS`, and the names that scripts want to send.
struct Preflight(Option<HeaderValue>);

/// What every answer has: those fields by which browsers let scripts of other origins read it (Fetch 3.2.2), to
/// `OPTIONS` with the names that are asked for.
fn add_common_fields(response: &mut Response, origin: Option<HeaderValue>, preflight: Option<Preflight>) {
    const SERVER: HeaderValue = HeaderValue::from_static(concat!("wireproof/", env!("CARGO_PKG_VERSION")));
    let fields = response.headers_mut();
    let mut set = |name: HeaderName, value| drop(fields.insert(name, value));
    set(header::SERVER, SERVER);
    let origin = origin.unwrap_or(HeaderValue::from_static("*"));
    set(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    set(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    if let Some(Preflight(wanted)) = preflight {
        let methods = HeaderValue::from_static("GET, POST, PUT, DELETE, PATCH, OPTIONS");
        set(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
        set(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("3600"));
        if let Some(wanted) = wanted {
            set(header::ACCESS_CONTROL_ALLOW_HEADERS, wanted);
        }
    }
}

/// Why content was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    TooLarge,
    TooSlow,
    Damaged,
}

impl Refusal {
    fn response(self) -> Response {
        let (status, why) = match self {
            Self::TooLarge => {
                (StatusCode::PAYLOAD_TOO_LARGE, format!("at most {BODY_LIMIT} bytes of content are taken\n"))
            }
            Self::TooSlow => (StatusCode::REQUEST_TIMEOUT, "nothing came for too long\n".to_owned()),
            Self::Damaged => {
                (StatusCode::BAD_REQUEST, "the content ended early or is malformed\n".to_owned())
            }
        };
        let mut response = reply::text(status, why);
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        response
    }
}

/// All content of a request. hyper says `100 Continue` as soon as it is asked for the first of it.
async fn content(mut body: Incoming, parts: &Parts, silence: Duration) -> Result<Bytes, Refusal> {
    let announced = body.size_hint().lower();
    let too_large = |length: u64| length > BODY_LIMIT as u64;
    if too_large(announced) && parts.headers.contains_key(header::EXPECT) {
        // Who asks first sends nothing when told no.
        return Err(Refusal::TooLarge);
    }
    let mut content = BytesMut::new();
    let mut came = 0;
    while let Some(frame) = time::timeout(silence, body.frame()).await.map_err(|_| Refusal::TooSlow)? {
        let Ok(data) = frame.map_err(|_| Refusal::Damaged)?.into_data() else { continue };
        came += data.len();
        if came > HEARD_OUT {
            return Err(Refusal::TooLarge);
        }
        if came <= BODY_LIMIT && !too_large(announced) {
            content.extend_from_slice(&data);
        } else {
            content = BytesMut::new();
        }
    }
    if came > BODY_LIMIT { Err(Refusal::TooLarge) } else { Ok(content.freeze()) }
}
