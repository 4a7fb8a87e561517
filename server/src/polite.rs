//! The polite engine: axum and hyper say what is well formed.
//!
//! They say only. What came is read by the tap and decided by the rules, as for the wire engine, and hyper is told that
//! an immaculate `GET` (or `HEAD`) has come for each request that is to be answered. So nothing that a client does, right or
//! wrong, makes hyper answer by itself: no 400, no `100 Continue`, no `Connection` or version of its own.

mod body;
mod can_say;

use std::{
    future::Future,
    io,
    pin::Pin,
    sync::{Arc, LazyLock, Mutex},
    task::{Context as Cx, Poll, ready},
};

use axum::{Extension, Router, body::Body, response::Response};
use hyper::{
    rt::{Read, ReadBufCursor, Write},
    server::conn::http1,
    service::service_fn,
};
use tower_service::Service as _;

use crate::{
    case::lock,
    connection::{Connection, Finish},
    events::What,
    exchange::{self, Turn},
    parser::has_token,
    script::Step,
    stream::Stream,
    text::{Context, FillError},
    wire::reply::{UNMATCHED, has_framing_field},
};
pub use can_say::polite_can_say;

/// What is to be said next; empty once it is being said.
type Next = Arc<Mutex<Option<Response>>>;

/// One route for all: which reply it is was decided before the request was told.
static ROUTER: LazyLock<Router> = LazyLock::new(|| Router::new().fallback(say));

async fn say(Extension(next): Extension<Next>) -> Response {
    // Always there: hyper learns of a request only after its reply is.
    lock(&next).take().unwrap_or_default()
}

/// Answers the requests of a connection until it is to end.
pub(crate) async fn serve(connection: &Connection, stream: &Stream) -> Finish {
    let next = Next::default();
    let line = Line::new(connection, stream, Arc::clone(&next));
    let service = service_fn(move |mut request: http::Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(Arc::clone(&next));
        ROUTER.clone().call(request)
    });
    let mut http1 = http1::Builder::new();
    http1.auto_date_header(false).title_case_headers(true).half_close(true);
    if let Err(error) = http1.serve_connection(line, service).await
        && error.is_user()
    {
        connection.fault(&format!("say a reply: {error}"));
    }
    Finish::Close
}

/// The connection as hyper sees it: requests that are told, and replies that go out over the tap.
struct Line<'a> {
    connection: &'a Connection,
    stream: &'a Stream,
    next: Next,
    state: State<'a>,
    /// The request that is being answered, or waited for.
    index: usize,
}

type Waiting<'a> = Pin<Box<dyn Future<Output = Turn> + Send + 'a>>;

enum State<'a> {
    /// For a request.
    Waiting(Waiting<'a>),
    /// Telling this.
    Telling(&'static [u8]),
    /// Told; asked again, hyper has said the reply.
    Told,
    /// No further request will come.
    Over,
}

const TOLD_GET: &[u8] = b"GET / HTTP/1.1\r\nHost: wireproof\r\n\r\n";
const TOLD_HEAD: &[u8] = b"HEAD / HTTP/1.1\r\nHost: wireproof\r\n\r\n";

impl<'a> Line<'a> {
    fn new(connection: &'a Connection, stream: &'a Stream, next: Next) -> Self {
        let state = State::Waiting(Box::pin(exchange::next(connection, 0)));
        Self { connection, stream, next, state, index: 0 }
    }

    /// What is to be said to the request that has come, and how hyper is told.
    fn prepare(&mut self, turn: Turn) -> State<'a> {
        let (rule, count) = match turn {
            Turn::Over => return State::Over,
            Turn::Rule { rule, count } => (rule, count),
            Turn::Unmatched => {
                *lock(&self.next) = Some(unmatched());
                return State::Telling(TOLD_GET);
            }
        };
        let connection = self.connection;
        let tap = connection.tap();
        let head = tap.request(self.index).is_some_and(|request| request.method == b"HEAD");
        let context = Context {
            addresses: &connection.case.addresses,
            request: tap.parts(self.index),
            count: Some(count),
            turn: None,
            now: None,
        };
        let built = match connection.server().script.rules[rule].steps.as_slice() {
            [Step::Reply(reply)] => body::response(reply, head, &context),
            _ => Err(FillError::Coding("the polite engine says single replies only".to_owned())),
        };
        drop(tap);
        match built {
            Ok(response) => {
                self.remember_challenges(&response);
                // Told of a HEAD, hyper gives a length to what can have none.
                let framed = has_framing_field(response.status().as_u16(), b"GET");
                *lock(&self.next) = Some(response);
                State::Telling(if head && framed { TOLD_HEAD } else { TOLD_GET })
            }
            Err(error) => {
                connection.fault(&error.to_string());
                State::Over
            }
        }
    }

    fn remember_challenges(&self, response: &Response) {
        let server = self.connection.server();
        if server.challenges {
            let fields = response.headers().iter();
            let fields: Vec<_> =
                fields.map(|(name, value)| (name.as_str().into(), value.as_bytes().to_vec())).collect();
            lock(&server.rules).challenge(crate::rules::challenges(&fields));
        }
    }

    /// After a reply: waits for the next request, unless the connection is not kept.
    fn after_reply(&mut self) -> State<'a> {
        let tap = self.connection.tap();
        self.connection.tell(&tap, || What::Answered(tap.seen.sent));
        let kept = tap.request(self.index).is_some_and(|request| {
            request.version != b"HTTP/1.0" || has_token(&request.fields, "connection", "keep-alive")
        });
        drop(tap);
        if !kept {
            return State::Over;
        }
        self.index += 1;
        State::Waiting(Box::pin(exchange::next(self.connection, self.index)))
    }
}

fn unmatched() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = http::StatusCode::NOT_FOUND;
    response.headers_mut().insert(http::header::CONNECTION, http::HeaderValue::from_static("close"));
    debug_assert!(UNMATCHED.starts_with(b"HTTP/1.1 404 "));
    response
}

impl Read for Line<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Cx<'_>,
        mut buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            self.state = match &mut self.state {
                State::Waiting(turn) => {
                    let turn = ready!(turn.as_mut().poll(cx));
                    self.prepare(turn)
                }
                State::Telling(told) => {
                    let here = told.len().min(buffer.remaining());
                    buffer.put_slice(&told[..here]);
                    *told = &told[here..];
                    if told.is_empty() {
                        self.state = State::Told;
                    }
                    return Poll::Ready(Ok(()));
                }
                State::Told => self.after_reply(),
                State::Over => return Poll::Ready(Ok(())),
            };
        }
    }
}

impl Write for Line<'_> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Cx<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let wrote = self.connection.poll_write(self.stream, cx, bytes, Some(self.index));
        wrote.map_err(|_| io::ErrorKind::BrokenPipe.into())
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Cx<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    /// The connection is ended by its task, for both engines alike.
    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Cx<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
