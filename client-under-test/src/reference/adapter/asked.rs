//! What a job asks, in the client's own terms.

use std::{path::PathBuf, sync::Arc, time::Duration};

use crate::{
    bytes::Bytes,
    contract::Surroundings,
    job::{self, Body, Call, Options},
    reference::{
        auth::{Credentials, PasswordManager},
        caller::JobSource,
        dial::Dialler,
        encode,
        error::{Error, Result},
        policy::Policy,
        proxy::{Choice, ProxyHandler, ProxyServer},
        request::{Content, Request, SharedSource, Treatment, Version},
        timeouts::Limits,
        url::Url,
    },
};

/// The request of a call.
pub(super) fn request(call: &Call, options: &Options, policy: &Policy) -> Result<Request> {
    let url = encode::with_query(&call.url.to_vec(), &call.query, policy);
    let mut request = Request::new(&url, policy)?;
    request.method.clone_from(&call.method);
    request.treatment = treatment(call, options, policy);
    request.target = call.target.as_ref().map(Bytes::to_vec);
    request.trailers = call.trailers.iter().map(|(name, value)| (name.clone(), value.to_vec())).collect();
    for (name, value) in &call.fields {
        match value {
            Some(value) => request.add_own_header(name, &value.to_vec(), policy)?,
            None => request.suppressed.push(name.clone()),
        }
    }
    let shown = request.method == "TRACE" && policy.keeps_credentials_from_trace;
    if let Some(token) = options.bearer.as_ref().filter(|_| !shown && !request.has_header("authorization")) {
        request.add_header("Authorization", &[b"Bearer ", token.to_vec().as_slice()].concat());
    }
    if options.unix_socket.is_some() && !policy.names_host_over_sockets && !request.has_header("host") {
        request.add_header("Host", b"localhost");
    }
    if let Some(body) = &call.body {
        (request.content, request.content_type) = content(body, policy)?;
    }
    Ok(request)
}

/// The credentials of a call, for the origin of its URL.
pub(super) fn passwords(url: &Url, options: &Options, policy: &Policy) -> Result<PasswordManager> {
    let root = Url { path: "/".to_owned(), ..url.clone() };
    let userinfo = url.credentials(policy).filter(|_| policy.uses_userinfo);
    let mut passwords = PasswordManager::default();
    if let Some(given) = &options.basic_auth {
        let credentials = Credentials { user: given.user.to_vec(), password: given.password.to_vec() };
        if credentials.user.contains(&b':') {
            return Err(Error::invalid("a user of Basic authentication has no colon"));
        }
        credentials.check(policy)?;
        passwords.add_password(None, &root, credentials);
    } else if let Some((user, password)) = userinfo {
        let credentials = Credentials { user, password };
        credentials.check(policy)?;
        passwords.add_password(None, &root, credentials);
    }
    Ok(passwords)
}

/// Whether such a call goes through a proxy, or does not even get that far.
pub(super) fn is_proxied(
    url: &[u8],
    options: &Options,
    surroundings: &Surroundings,
    policy: &Arc<Policy>,
) -> bool {
    let Ok(url) = Url::parse(url, policy) else { return true };
    let proxies = proxy_handler(options, surroundings, policy);
    proxies.and_then(|proxies| proxies.proxy_of(&url)).map_or(true, |proxy| proxy.is_some())
}

pub(super) fn proxy_handler(
    options: &Options,
    surroundings: &Surroundings,
    policy: &Arc<Policy>,
) -> Result<ProxyHandler> {
    let obeyed = options.proxy_env != Some(false) || !policy.obeys_proxy_env_switch;
    let variables = surroundings.environment.iter().filter(|_| obeyed);
    let variables = variables.map(|(name, value)| (name.clone(), value.clone()));
    let handler = ProxyHandler::from_environment(variables, Arc::clone(policy));
    let choice = match &options.proxy {
        None => Choice::Environment,
        Some(job::Proxy::None) => Choice::Direct,
        Some(job::Proxy::Url(url)) => Choice::One(Box::new(ProxyServer::parse(url, policy)?)),
    };
    let credentials = options
        .proxy_auth
        .as_ref()
        .map(|given| Credentials { user: given.user.to_vec(), password: given.password.to_vec() });
    credentials.iter().try_for_each(|credentials| credentials.check(policy))?;
    Ok(handler.choosing(choice, credentials, options.no_proxy.clone().unwrap_or_default()))
}

pub(super) fn dialler(options: &Options) -> std::result::Result<Dialler, String> {
    let ip = |text: &String| text.parse().map_err(|_| format!("{text:?} is no address"));
    let resolve = options.resolve.iter().flatten().map(|(host, port, ips)| {
        let ips: std::result::Result<_, String> = ips.iter().map(ip).collect();
        ips.map(|ips| (host.clone(), *port, ips))
    });
    Ok(Dialler {
        resolve: resolve.collect::<std::result::Result<_, String>>()?,
        ip_version: options.ip_version.and_then(|version| u8::try_from(version).ok()),
        local_address: options.local_address.as_ref().map(ip).transpose()?,
        unix_socket: options.unix_socket.as_ref().map(PathBuf::from),
    })
}

pub(super) fn limits(options: &Options) -> Limits {
    let limit = |ms: Option<u64>| ms.map(Duration::from_millis);
    Limits {
        connect: limit(options.connect_timeout),
        send: limit(options.send_timeout),
        head: limit(options.head_timeout),
        read: limit(options.read_timeout),
        total: limit(options.total_timeout),
    }
}

fn treatment(call: &Call, options: &Options, policy: &Policy) -> Treatment {
    let old = options.http_version.as_deref() == Some("1.0") && policy.obeys_version_option;
    Treatment {
        redirects: options.redirects != Some(false),
        max_redirects: options.max_redirects,
        keepalive: options.keepalive != Some(false),
        expect_continue: options.expect_continue == Some(true),
        status_errors: options.status_errors == Some(true),
        retry: options.retry.unwrap_or(0),
        decompress: options.decompress != Some(false) || !policy.obeys_decompress_switch,
        max_body: options.max_body,
        max_head: options.max_head.and_then(|most| usize::try_from(most).ok()),
        version: if old { Version::Http10 } else { Version::Http11 },
        upgrade: call.upgrade.is_some(),
    }
}

fn content(body: &Body, policy: &Policy) -> Result<(Content, Option<String>)> {
    let bytes = |bytes: Vec<u8>| Content::Bytes(Arc::new(bytes));
    Ok(match body {
        Body::Bytes(content) => (bytes(content.to_vec()), None),
        Body::Form(pairs) => {
            (bytes(encode::form(pairs, policy).into_bytes()), Some(policy.type_of_forms.to_owned()))
        }
        Body::Json(value) => (bytes(encode::json(value, policy)), Some("application/json".to_owned())),
        Body::Multipart(parts) => {
            let (media_type, content) = encode::multipart(parts, policy)?;
            (bytes(content), Some(media_type))
        }
        Body::Stream(stream) => {
            let source = SharedSource::new(JobSource::new(stream.clone()));
            (Content::Source { length: stream.length, source }, None)
        }
    })
}
