//! What the reference client declares of itself. A name stands here only if the feature works.

use std::collections::BTreeMap;

use serde_json::json;

use crate::{
    capabilities::{Hello, Isolation, PROTOCOL, Support},
    contract::Unsupported,
    job::{Job, Options, Proxy},
};

use super::{exchange::USER_AGENT, policy::Policy};

/// On unless switched off.
const SWITCHED_ON: &[&str] = &["redirects", "keepalive", "proxy-env", "decompress"];

/// Off unless asked for.
const CONFIGURABLE: &[&str] = &[
    "expect-continue",
    "status-errors",
    "max-redirects",
    "retry",
    "max-body",
    "max-head",
    "pool-limit",
    "connect-timeout",
    "send-timeout",
    "head-timeout",
    "read-timeout",
    "total-timeout",
    "idle-timeout",
    "basic-auth",
    "bearer",
    "proxy",
    "proxy-auth",
    "no-proxy",
    "http-version",
    "resolve",
    "ip-version",
    "unix-socket",
    "local-address",
];

/// Things without a switch.
const ABLE: &[&str] = &[
    "proxy-connect",
    "ipv6",
    "gzip",
    "deflate",
    "br",
    "zstd",
    "multi-call",
    "concurrent",
    "custom-method",
    "get-body",
    "custom-host",
    "request-target",
    "query",
    "form",
    "json",
    "multipart",
    "streaming-upload",
    "upload-flush",
    "upload-replay",
    "request-trailers",
    "streaming-response",
    "cancel",
    "upgrade",
    "retry-resume",
    "range",
    "charset",
    "json-response",
    "lines",
    "url-bytes",
    "field-duplicates",
    "field-order",
    "field-case",
    "field-bytes",
    "field-suppress",
    "sees-reason",
    "sees-version",
    "sees-url",
    "sees-history",
    "sees-interim",
    "sees-trailers",
    "sees-order",
    "sees-case",
    "sees-duplicates",
    "sees-bytes",
];

/// Options that each call may have its own of: those that do not shape the session.
const PER_CALL: &[&str] = &[
    "redirects",
    "keepalive",
    "proxy-env",
    "decompress",
    "expect-continue",
    "status-errors",
    "max-redirects",
    "retry",
    "max-body",
    "max-head",
    "connect-timeout",
    "send-timeout",
    "head-timeout",
    "read-timeout",
    "total-timeout",
    "basic-auth",
    "bearer",
    "proxy",
    "proxy-auth",
    "no-proxy",
    "http-version",
];

/// The first message.
pub(super) fn hello(policy: &Policy) -> Hello {
    let mut capabilities = BTreeMap::new();
    for (names, support) in
        [(SWITCHED_ON, Support::Yes), (CONFIGURABLE, Support::Configurable), (ABLE, Support::Yes)]
    {
        capabilities.extend(names.iter().map(|name| ((*name).to_owned(), support)));
    }
    let limits = [
        ("max-redirects", json!(policy.redirect_limit)),
        ("retry", json!(0)),
        ("head-bytes", json!(policy.head_limit)),
        ("field-count", json!(policy.field_limit)),
        ("pool-per-host", json!("none")),
        ("expect-wait", json!(u64::try_from(policy.continue_patience.as_millis()).unwrap_or(u64::MAX))),
        ("connect-timeout", json!("none")),
        ("read-timeout", json!("none")),
        ("total-timeout", json!("none")),
    ];
    let (client, version) = USER_AGENT.split_once('/').unwrap_or((USER_AGENT, ""));
    Hello {
        protocol: PROTOCOL,
        client: client.to_owned(),
        version: version.to_owned(),
        language: "Rust".to_owned(),
        capabilities,
        limits: limits.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        per_call: PER_CALL.iter().map(|name| (*name).to_owned()).collect(),
        isolation: Isolation::Session,
        parallel: 1,
        recycle: 500,
    }
}

fn is_declared(name: &str) -> bool {
    [SWITCHED_ON, CONFIGURABLE, ABLE].iter().any(|names| names.contains(&name))
}

/// What of a job this client cannot do. Looked at before any connection is made. `proxied`: whether a call of
/// this URL with these options goes through a proxy, for only then can https be had without TLS.
pub(super) fn lacking(job: &Job, proxied: impl Fn(&[u8], &Options) -> bool) -> Option<Unsupported> {
    let mut what: Vec<String> = Vec::new();
    let harmless = harmless(&job.options);
    let mut need = |name: &str| {
        if !is_declared(name) && !harmless.contains(&name) && !what.iter().any(|known| known == name) {
            what.push(name.to_owned());
        }
    };
    job.needs.iter().for_each(|name| need(name));
    job.options.given().into_iter().for_each(&mut need);
    for call in &job.calls {
        call.options.given().into_iter().for_each(&mut need);
        let options = job.options.overridden_by(&call.options);
        let url = call.url.to_vec();
        let secure = url.len() >= 6 && url[..6].eq_ignore_ascii_case(b"https:");
        if secure && !proxied(&url, &options) {
            need("tls");
        }
        match &options.proxy {
            Some(Proxy::Url(proxy)) if proxy.starts_with("socks") => need("socks"),
            Some(Proxy::Url(proxy)) if proxy.starts_with("https:") => need("proxy-https"),
            _ => {}
        }
        if options.http_version.as_deref().is_some_and(|version| !matches!(version, "1.0" | "1.1")) {
            need("http2");
        }
        let scheme = options.proxy_auth.as_ref().and_then(|auth| auth.scheme.as_deref());
        if scheme.is_some_and(|scheme| !scheme.eq_ignore_ascii_case("basic")) {
            need("digest");
        }
    }
    let reason = Some("the reference client has not declared it".to_owned());
    (!what.is_empty()).then(|| Unsupported { id: job.id.clone(), what, reason })
}

/// Switches that are off and have nothing to switch off.
fn harmless(options: &Options) -> Vec<&'static str> {
    let switches = [
        ("cookies", options.cookies),
        ("netrc", options.netrc),
        ("hsts", options.hsts),
        ("http-cache", options.http_cache),
        ("alt-svc", options.alt_svc),
        ("insecure", options.insecure),
        ("insecure-host", options.insecure_host),
    ];
    switches.into_iter().filter(|(_, value)| *value == Some(false)).map(|(name, _)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capabilities::is_known;

    #[test]
    fn every_name_is_known() {
        let hello = hello(&Policy::default());
        for name in hello.capabilities.keys().chain(&hello.per_call) {
            assert!(is_known(name), "{name}");
        }
        assert!(hello.per_call.iter().all(|name| hello.support(name) != Support::No));
    }

    #[test]
    fn what_is_lacking_is_named() {
        let job = |text: &str| serde_json::from_str::<Job>(text).unwrap();
        let lacking = |text: &str, proxied| lacking(&job(text), |_, _| proxied);
        let found = |text: &str| lacking(text, false).map(|lacking| lacking.what).unwrap_or_default();
        assert!(
            found(r#"{"id":"1","calls":[{"url":"http://h/"}],"options":{"decompress":false}}"#).is_empty()
        );
        assert_eq!(
            found(r#"{"id":"1","needs":["x-nonsense"],"calls":[{"url":"http://h/"}]}"#),
            ["x-nonsense"]
        );
        assert_eq!(
            found(r#"{"id":"1","calls":[{"url":"https://h/"}],"options":{"cookies":true}}"#),
            ["cookies", "tls"]
        );
        assert_eq!(lacking(r#"{"id":"1","calls":[{"url":"https://h/"}]}"#, true), None);
    }
}
