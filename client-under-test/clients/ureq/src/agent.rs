//! The session of a job: an agent, and the calls made with it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use ureq::{Agent, Proxy, config::IpFamily};
use wireproof_client::{
    adapter::{Alarm, Clock},
    contract::Unsupported,
    job::{self, Call, Cancel, Job, Options, ProxyCredentials},
    outcome::{CallResult, Error},
};

use crate::{errors, request, response};

/// The agent of one job. Its idle connections end when it is dropped.
pub(crate) struct Session<'a> {
    /// Or why ureq would not have it as configured.
    agent: Result<Agent, Error>,
    job: &'a Job,
}

/// Sets what is given. A macro, for ureq's builder has a bound that only ureq can name.
macro_rules! configured {
    ($builder:expr, $options:expr) => {{
        let (options, mut builder): (&Options, _) = ($options, $builder);
        if let Some(most) = crate::agent::most_redirects(options) {
            builder = builder.max_redirects(most);
        }
        if let Some(most) = options.max_head {
            builder = builder.max_response_header_size(usize::try_from(most).unwrap_or(usize::MAX));
        }
        if let Some(on) = options.status_errors {
            builder = builder.http_status_as_error(on);
        }
        let ms = |given: Option<u64>| given.map(std::time::Duration::from_millis);
        if options.connect_timeout.is_some() {
            builder = builder.timeout_connect(ms(options.connect_timeout));
        }
        if options.send_timeout.is_some() {
            builder = builder.timeout_per_write(ms(options.send_timeout));
        }
        if options.head_timeout.is_some() {
            builder = builder.timeout_recv_response(ms(options.head_timeout));
        }
        if options.read_timeout.is_some() {
            builder = builder.timeout_per_read(ms(options.read_timeout));
        }
        if options.total_timeout.is_some() {
            builder = builder.timeout_global(ms(options.total_timeout));
        }
        builder
    }};
}

pub(crate) use configured;

/// No redirects are none at all; switched on again they are as many as by default.
pub(crate) fn most_redirects(options: &Options) -> Option<u32> {
    let given = options.max_redirects.map(|most| u32::try_from(most).unwrap_or(u32::MAX));
    match options.redirects {
        Some(false) => Some(0),
        Some(true) => Some(given.unwrap_or(10)),
        None => given,
    }
}

impl<'a> Session<'a> {
    /// Makes the agent of a job.
    ///
    /// # Errors
    /// What ureq cannot do as it is asked.
    pub(crate) fn open(job: &'a Job) -> Result<Self, Unsupported> {
        refuse(job)?;
        for (index, call) in job.calls.iter().enumerate() {
            request::refuse(call, &job.options)?;
            let others = job.concurrent && job.calls.len() > 1 || index + 1 < job.calls.len();
            if matches!(call.cancel, Some(Cancel::Wait(_))) && others {
                return Err(Unsupported::because(&["cancel"], "the agent is shut down, with all its calls"));
            }
        }
        Ok(Self { agent: agent(&job.options), job })
    }

    /// Makes one call.
    pub(crate) fn call(&self, call: &Call) -> CallResult {
        let mut clock = Clock::start();
        let mut result = CallResult::default();
        let agent = match &self.agent {
            Ok(agent) => agent,
            Err(error) => {
                return CallResult { error: Some(error.clone()), times: Some(clock.times()), ..result };
            }
        };
        let given_up = Arc::new(AtomicBool::new(false));
        let alarm = match &call.cancel {
            Some(Cancel::Wait(wait)) => {
                let (agent, given_up) = (agent.clone(), Arc::clone(&given_up));
                Some(Alarm::set(wait, move || {
                    given_up.store(true, Ordering::SeqCst);
                    agent.shutdown();
                }))
            }
            _ => None,
        };
        let options = self.job.options.overridden_by(&call.options);
        let sent =
            request::send(agent, call, &options, self.job.needs.iter().any(|need| need == "field-case"));
        let taken =
            sent.and_then(|response| response::take(response, call, &options, &mut clock, &mut result));
        drop(alarm);
        if let Err(error) = taken {
            let cancelled = given_up.load(Ordering::SeqCst);
            response::status_alone(&error, &mut result);
            result.error = Some(errors::told(&error, call, &options, result.status.is_some(), cancelled));
        }
        result.cookies = Some(response::cookies(agent));
        result.times = Some(clock.times());
        result
    }
}

fn refuse(job: &Job) -> Result<(), Unsupported> {
    let options = &job.options;
    if let Some(ProxyCredentials { scheme: Some(scheme), .. }) = &options.proxy_auth
        && !scheme.eq_ignore_ascii_case("basic")
    {
        return Err(Unsupported::because(&["proxy-auth"], format!("there is no {scheme} for proxies")));
    }
    let given = matches!(options.proxy, Some(job::Proxy::Url(_)));
    if !given && (options.proxy_auth.is_some() || options.no_proxy.is_some()) {
        let what = if options.proxy_auth.is_some() { "proxy-auth" } else { "no-proxy" };
        return Err(Unsupported::because(&[what], "it is a part of a proxy, and none is given"));
    }
    if given && options.proxy_env == Some(true) {
        let what = ["proxy", "proxy-env"];
        return Err(Unsupported::because(&what, "a proxy is given or taken from the environment"));
    }
    let unknown = options.ip_version.filter(|version| !matches!(version, 4 | 6));
    unknown.map_or(Ok(()), |_| Err(Unsupported::because(&["ip-version"], "there are 4 and 6")))
}

fn agent(options: &Options) -> Result<Agent, Error> {
    let mut builder = configured!(Agent::config_builder().http_status_as_error(false), options);
    if options.keepalive == Some(false) {
        builder = builder.max_idle_connections(0).max_idle_connections_per_host(0);
    }
    if let Some(ms) = options.idle_timeout {
        builder = builder.max_idle_age(Duration::from_millis(ms));
    }
    match options.ip_version {
        Some(4) => builder = builder.ip_family(IpFamily::Ipv4Only),
        Some(_) => builder = builder.ip_family(IpFamily::Ipv6Only),
        None => {}
    }
    match &options.proxy {
        Some(job::Proxy::Url(url)) => {
            let proxy = proxy(url, options).map_err(|error| errors::refused(&error))?;
            builder = builder.proxy(Some(proxy));
        }
        Some(job::Proxy::None) => builder = builder.proxy(None),
        None if options.proxy_env == Some(false) => builder = builder.proxy(None),
        None => {}
    }
    Ok(builder.build().new_agent())
}

fn proxy(url: &str, options: &Options) -> Result<Proxy, ureq::Error> {
    let proxy = Proxy::new(url)?;
    if options.proxy_auth.is_none() && options.no_proxy.is_none() {
        return Ok(proxy);
    }
    let mut builder = Proxy::builder(proxy.protocol()).host(proxy.host()).port(proxy.port());
    let text = |bytes: &wireproof_client::bytes::Bytes| String::from_utf8_lossy(&bytes.to_vec()).into_owned();
    let given = options.proxy_auth.as_ref();
    let own = proxy.username().map(|user| (user.to_owned(), proxy.password().unwrap_or_default().to_owned()));
    if let Some((user, password)) = given.map(|given| (text(&given.user), text(&given.password))).or(own) {
        builder = builder.username(&user).password(&password);
    }
    for host in options.no_proxy.iter().flatten() {
        builder = builder.no_proxy(host);
    }
    builder.build()
}
