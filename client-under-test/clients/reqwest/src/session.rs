//! The session of a job: a client, and the calls made with it.

use std::{
    collections::BTreeMap,
    io,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use futures_util::future::{Either, join_all, select};
use reqwest::{Client, ClientBuilder, NoProxy, Proxy, redirect::Policy};
use tokio::{
    io::AsyncReadExt,
    net::TcpStream,
    runtime::{Builder, Runtime},
    time::sleep,
};
use wireproof_client::{
    adapter::Clock,
    bytes::Bytes,
    contract::Unsupported,
    job::{self, Call, Cancel, Job, Options, Wait},
    outcome::{CallResult, Error},
};

use crate::{errors, request, response};

/// How long the end of a session waits for a source that nobody wants any more.
pub(crate) const SHUTDOWN: Duration = Duration::from_millis(100);

/// A runtime on this thread: connections are worked on whenever the caller waits, and in no other moment, so that who of
/// the two comes first is not left to chance.
pub(crate) fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

/// The client of one job.
pub(crate) struct Session<'a> {
    /// Or why reqwest would not have it as configured.
    client: Result<Client, Error>,
    options: &'a Options,
}

impl<'a> Session<'a> {
    /// Makes the client of a job.
    pub(crate) fn open(job: &'a Job) -> Self {
        let client = client(&job.options).map_err(|error| errors::refused(&error));
        Self { client, options: &job.options }
    }

    /// Makes the calls of a job as it says, and waits for its end.
    pub(crate) async fn run(&self, job: &Job) -> Vec<CallResult> {
        let calls = job.calls.iter().map(|call| async {
            if let Some(before) = &call.before {
                pass(before).await;
            }
            let result = self.call(call).await;
            rest().await;
            result
        });
        let results = if job.concurrent {
            join_all(calls).await
        } else {
            let mut results = Vec::new();
            for call in calls {
                results.push(call.await);
            }
            results
        };
        if let Some(linger) = &job.linger {
            pass(linger).await;
        }
        results
    }

    /// Makes one call.
    async fn call(&self, call: &Call) -> CallResult {
        let mut clock = Clock::start();
        let mut result = CallResult::default();
        let error = match &call.cancel {
            Some(Cancel::Wait(wait)) => {
                let made = std::pin::pin!(self.make(call, &mut clock, &mut result));
                let until = std::pin::pin!(pass(wait));
                match select(made, until).await {
                    Either::Left((made, _)) => made.err(),
                    Either::Right(_) => Some(Error::new(&["cancelled"], &[])),
                }
            }
            _ => self.make(call, &mut clock, &mut result).await.err(),
        };
        result.error = result.error.or(error);
        result.times = Some(clock.times());
        result
    }

    async fn make(&self, call: &Call, clock: &mut Clock, result: &mut CallResult) -> Result<(), Error> {
        let client = self.client.as_ref().map_err(Clone::clone)?;
        let options = self.options.overridden_by(&call.options);
        let request = request::of(client, call, &options).map_err(|error| errors::refused(&*error))?;
        let sent = client.execute(request).await;
        let response = sent.map_err(|error| errors::told(&error, call, &options, false))?;
        let taken = response::take(response, call, &options, clock, result).await;
        taken.map_err(|error| errors::told(&error, call, &options, true))
    }
}

/// Lets the others have their turn, as a caller does who has something else to do: reqwest hands a connection back to the
/// pool by a task of its own.
async fn rest() {
    for _ in 0..4 {
        tokio::task::yield_now().await;
    }
}

/// Waits as a job says, without keeping others waiting.
pub(crate) async fn pass(wait: &Wait) {
    match wait {
        Wait::Ms(ms) => sleep(Duration::from_millis(*ms)).await,
        Wait::Gate(address) => {
            // By the contract an error opens the gate, too.
            if let Ok(mut gate) = TcpStream::connect(address).await {
                let mut buffer = [0; 64];
                while gate.read(&mut buffer).await.is_ok_and(|count| count > 0) {}
            }
        }
    }
}

/// What of a job reqwest cannot do as it is asked.
pub(crate) fn refuse(job: &Job) -> Result<(), Unsupported> {
    let options = &job.options;
    let scheme = options.proxy_auth.as_ref().and_then(|given| given.scheme.as_deref());
    if let Some(scheme) = scheme.filter(|scheme| !scheme.eq_ignore_ascii_case("basic")) {
        return Err(Unsupported::because(&["proxy-auth"], format!("there is no {scheme} for proxies")));
    }
    let given = matches!(options.proxy, Some(job::Proxy::Url(_)));
    if !given && (options.proxy_auth.is_some() || options.no_proxy.is_some()) {
        let what = if options.proxy_auth.is_some() { "proxy-auth" } else { "no-proxy" };
        return Err(Unsupported::because(&[what], "it is a part of a proxy, and none is given"));
    }
    if given && options.proxy_env == Some(true) {
        let what = ["proxy", "proxy-env"];
        return Err(Unsupported::because(&what, "a proxy that is given switches the environment's off"));
    }
    if overrides(options).is_none() {
        return Err(Unsupported::because(
            &["resolve"],
            "a name resolves to the same addresses for all ports",
        ));
    }
    if options.local_address.as_ref().is_some_and(|address| address.parse::<IpAddr>().is_err()) {
        return Err(Unsupported::because(&["local-address"], "it is an IP address"));
    }
    let credentials = options.basic_auth.iter().flat_map(|given| [&given.user, &given.password]);
    let of_proxy = options.proxy_auth.iter().flat_map(|given| [&given.user, &given.password]);
    if credentials.chain(of_proxy).chain(&options.bearer).any(|bytes| text(bytes).is_none()) {
        return Err(Unsupported::because(&["basic-auth", "bearer", "proxy-auth"], "credentials are text"));
    }
    job.calls.iter().try_for_each(|call| request::refuse(call, options))
}

/// Bytes as the text that reqwest takes.
pub(crate) fn text(bytes: &Bytes) -> Option<String> {
    String::from_utf8(bytes.to_vec()).ok()
}

/// The addresses of each name; `None` if a name has several lists, or one that is none of addresses.
fn overrides(options: &Options) -> Option<BTreeMap<&str, Vec<SocketAddr>>> {
    let mut found = BTreeMap::new();
    for (host, _, addresses) in options.resolve.iter().flatten() {
        // Ports are those of URLs.
        let parsed = addresses.iter().map(|address| Some(SocketAddr::new(address.parse().ok()?, 0)));
        let addresses: Vec<SocketAddr> = parsed.collect::<Option<_>>()?;
        let known = found.entry(host.as_str()).or_insert_with(|| addresses.clone());
        if *known != addresses {
            return None;
        }
    }
    Some(found)
}

fn client(options: &Options) -> reqwest::Result<Client> {
    let mut builder = limited(Client::builder(), options);
    if let Some(on) = options.cookies {
        builder = builder.cookie_store(on);
    }
    if options.decompress == Some(false) {
        builder = builder.no_gzip().no_brotli().no_deflate();
    }
    if options.keepalive == Some(false) {
        builder = builder.pool_max_idle_per_host(0);
    }
    match &options.proxy {
        Some(job::Proxy::Url(url)) => builder = builder.proxy(proxy(url, options)?),
        Some(job::Proxy::None) => builder = builder.no_proxy(),
        None if options.proxy_env == Some(false) => builder = builder.no_proxy(),
        None => {}
    }
    for (host, addresses) in overrides(options).into_iter().flatten() {
        builder = builder.resolve_to_addrs(host, &addresses);
    }
    if let Some(path) = &options.unix_socket {
        builder = builder.unix_socket(path.as_str());
    }
    if let Some(address) = &options.local_address {
        builder = builder.local_address(address.parse::<IpAddr>().ok());
    }
    builder.build()
}

fn limited(mut builder: ClientBuilder, options: &Options) -> ClientBuilder {
    match (options.redirects, options.max_redirects) {
        (Some(false), _) => builder = builder.redirect(Policy::none()),
        (_, Some(most)) => {
            builder = builder.redirect(Policy::limited(usize::try_from(most).unwrap_or(usize::MAX)));
        }
        (_, None) => {}
    }
    let ms = Duration::from_millis;
    if let Some(limit) = options.connect_timeout {
        builder = builder.connect_timeout(ms(limit));
    }
    if let Some(limit) = options.read_timeout {
        builder = builder.read_timeout(ms(limit));
    }
    if let Some(limit) = options.total_timeout {
        builder = builder.timeout(ms(limit));
    }
    if let Some(limit) = options.idle_timeout {
        builder = builder.pool_idle_timeout(ms(limit));
    }
    builder
}

fn proxy(url: &str, options: &Options) -> reqwest::Result<Proxy> {
    let mut proxy = Proxy::all(url)?;
    if let Some(given) = &options.proxy_auth {
        let (user, password) = (text(&given.user), text(&given.password));
        proxy = proxy.basic_auth(&user.unwrap_or_default(), &password.unwrap_or_default());
    }
    if let Some(hosts) = &options.no_proxy {
        proxy = proxy.no_proxy(NoProxy::from_string(&hosts.join(",")));
    }
    Ok(proxy)
}
