//! The table of routes.
//!
//! Where this differs from httpbin, it is on purpose:
//! - names in `headers` are spelled as they came, and so is `url`;
//! - a request that makes no sense (a redirect to nowhere, a delay that is no number) is answered with 400, not 500;
//! - Digest answers only count for nonces of this server, and for the `qop` asked for;
//! - `/status` takes a weight for a single status as well, and no other statuses than 200 to 999;
//! - `/response-headers` leaves framing fields alone;
//! - files of one name are all listed; texts and pictures are our own; `/zstd` and `/__journal` are not in httpbin.

use std::sync::Arc;

use axum::{
    Router,
    extract::FromRequestParts,
    handler::Handler,
    routing::{MethodFilter, MethodRouter, on},
};
use http::request::Parts;

use super::{
    auth::{self, Nonces},
    caching, cookies, dynamic, formats, inspect, redirects,
    reply::{self, Refused},
    status,
};

/// Methods of a route, with what OPTIONS says of them.
#[derive(Clone, Copy)]
struct Methods {
    filter: MethodFilter,
    said: &'static str,
}

/// GET, and so HEAD.
const GET: Methods = Methods { filter: MethodFilter::GET, said: "GET, HEAD, OPTIONS" };
const POST: Methods = Methods { filter: MethodFilter::POST, said: "OPTIONS, POST" };
const PUT: Methods = Methods { filter: MethodFilter::PUT, said: "OPTIONS, PUT" };
const PATCH: Methods = Methods { filter: MethodFilter::PATCH, said: "OPTIONS, PATCH" };
const DELETE: Methods = Methods { filter: MethodFilter::DELETE, said: "DELETE, OPTIONS" };
const GET_POST: Methods =
    Methods { filter: MethodFilter::GET.or(MethodFilter::POST), said: "GET, HEAD, OPTIONS, POST" };
const ALL: Methods = Methods {
    filter: MethodFilter::GET
        .or(MethodFilter::POST)
        .or(MethodFilter::PUT)
        .or(MethodFilter::PATCH)
        .or(MethodFilter::DELETE)
        .or(MethodFilter::TRACE),
    said: "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT, TRACE",
};

/// A table of routes, and the list of them.
#[derive(Default)]
struct Table {
    router: Router,
    listed: Vec<(&'static str, &'static str)>,
}

impl Table {
    fn add<T: 'static, H: Handler<T, ()>>(
        mut self,
        methods: Methods,
        path: &'static str,
        handler: H,
    ) -> Self {
        let said = methods.said;
        let route: MethodRouter = on(methods.filter, handler)
            .on(MethodFilter::OPTIONS, async move || reply::options(said))
            .fallback(async move || reply::not_allowed(said));
        self.router = self.router.route(path, route);
        self.listed.push((path, said));
        self
    }

    fn finished(self) -> Router {
        let Self { router, mut listed } = self;
        let said = GET.said;
        listed.push(("/", said));
        listed.push(("/__journal", "DELETE, GET, HEAD, OPTIONS"));
        let index = formats::index(&listed);
        let index = on(GET.filter, async move || reply::html(index.clone()))
            .on(MethodFilter::OPTIONS, async move || reply::options(said))
            .fallback(async move || reply::not_allowed(said));
        router.route("/", index).fallback(async || reply::not_found())
    }
}

/// All routes.
pub(super) fn router(nonces: &Arc<Nonces>) -> Router {
    let digest = || {
        let nonces = Arc::clone(nonces);
        async move |asked, path| auth::digest(&nonces, &asked, path)
    };
    let table = Table::default()
        .add(GET, "/get", inspect::get)
        .add(POST, "/post", inspect::with_content)
        .add(PUT, "/put", inspect::with_content)
        .add(PATCH, "/patch", inspect::with_content)
        .add(DELETE, "/delete", inspect::with_content)
        .add(ALL, "/anything", inspect::anything)
        .add(ALL, "/anything/{*path}", inspect::anything)
        .add(GET, "/headers", inspect::headers)
        .add(GET, "/ip", inspect::ip)
        .add(GET, "/user-agent", inspect::user_agent)
        .add(ALL, "/status/{codes}", status::status)
        .add(GET, "/redirect/{n}", redirects::redirect)
        .add(GET, "/relative-redirect/{n}", redirects::relative)
        .add(GET, "/absolute-redirect/{n}", redirects::absolute)
        .add(ALL, "/redirect-to", redirects::to)
        .add(GET, "/basic-auth/{user}/{password}", auth::basic)
        .add(GET, "/hidden-basic-auth/{user}/{password}", auth::hidden_basic)
        .add(GET, "/bearer", auth::bearer)
        .add(GET, "/digest-auth/{qop}/{user}/{password}", digest())
        .add(GET, "/digest-auth/{qop}/{user}/{password}/{algorithm}", digest())
        .add(GET, "/digest-auth/{qop}/{user}/{password}/{algorithm}/{stale_after}", digest())
        .add(GET, "/cookies", cookies::shown)
        .add(GET, "/cookies/set", cookies::set)
        .add(GET, "/cookies/set/{name}/{value}", cookies::set_one)
        .add(GET, "/cookies/delete", cookies::delete)
        .add(GET, "/cache", caching::cache)
        .add(GET, "/cache/{seconds}", caching::cache_for)
        .add(GET, "/etag/{etag}", caching::etag)
        .add(GET_POST, "/response-headers", caching::response_headers);
    let table = table
        .add(ALL, "/delay/{seconds}", dynamic::delay)
        .add(GET, "/drip", dynamic::drip)
        .add(GET, "/stream/{n}", dynamic::stream)
        .add(GET, "/stream-bytes/{n}", dynamic::stream_bytes)
        .add(GET, "/bytes/{n}", dynamic::bytes)
        .add(GET, "/range/{n}", dynamic::range)
        .add(GET, "/links/{n}", dynamic::links)
        .add(GET, "/links/{n}/{offset}", dynamic::link_page)
        .add(GET, "/uuid", dynamic::uuid)
        .add(GET, "/base64/{value}", dynamic::base64)
        .add(GET, "/gzip", formats::gzip)
        .add(GET, "/deflate", formats::deflate)
        .add(GET, "/brotli", formats::brotli)
        .add(GET, "/zstd", formats::zstd)
        .add(GET, "/encoding/utf8", formats::utf8)
        .add(GET, "/html", formats::page)
        .add(GET, "/xml", formats::xml)
        .add(GET, "/json", formats::json)
        .add(GET, "/robots.txt", formats::robots)
        .add(GET, "/deny", formats::deny)
        .add(GET, "/forms/post", formats::form)
        .add(GET, "/image", formats::image)
        .add(GET, "/image/{kind}", formats::image_of);
    table.finished()
}

/// The variable parts of a path, decoded. 404 where they are not UTF-8.
pub(super) struct Path<T>(pub(super) T);

impl<T: serde::de::DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        let path = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        path.map(|axum::extract::Path(path)| Self(path)).map_err(|_| Refused::NotFound)
    }
}

/// A part of a path that is a number: digits, as flask has it. 404 where it is none.
pub(super) fn number(text: &str) -> Result<u64, Refused> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // Whatever does not fit is more than any route gives.
    if digits { Ok(text.parse().unwrap_or(u64::MAX)) } else { Err(Refused::NotFound) }
}
