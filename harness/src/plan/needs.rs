//! What a case asks of a client, and what this one lacks of it.
//!
//! Most needs can be read off a case: options used, several calls, a streamed body. Those that cannot stand in
//! its `needs`.

use wireproof_client::capabilities::{Hello, Support};

use super::{Readiness, calls};
use crate::scenario::{
    Scenario,
    call::{Body, Call, CallItem, Read, StreamStep},
    client::{HttpVersion, Proxy},
    expect::{ConnectionsExpect, Expectations},
    server::{Role, Rule, Server, Speaks, Step, When},
};

/// Methods that every client is expected to know (RFC 9110 9.3, RFC 5789). Others are `custom-method`.
const METHODS: &[&[u8]] = &[b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"OPTIONS", b"PATCH", b"TRACE"];

/// Whether this system tells what processes use up, and limits them.
const CAN_MEASURE: bool = cfg!(target_os = "linux");

/// What keeps a case from being run.
#[derive(Debug, Default)]
pub(super) struct Shortfall {
    /// Capabilities that the client lacks, in the order in which they were found.
    lacking: Vec<String>,
    /// What Wireproof cannot stage yet.
    not_yet: Vec<&'static str>,
    /// Capabilities relied on.
    relied_on: Vec<String>,
}

impl Shortfall {
    pub(super) fn of(scenario: &Scenario, hello: &Hello) -> Self {
        let mut shortfall = Self::default();
        shortfall.staging(scenario);
        for need in scenario.needs.iter().cloned().chain(read_off(scenario)) {
            shortfall.rely_on(&need, hello);
        }
        shortfall
    }

    pub(super) fn rely_on(&mut self, capability: &str, hello: &Hello) {
        if self.relied_on.iter().any(|known| known == capability) {
            return;
        }
        self.relied_on.push(capability.to_owned());
        if hello.support(capability) == Support::No {
            self.lack(capability);
        }
    }

    pub(super) fn lack(&mut self, what: &str) {
        if !self.lacking.iter().any(|known| known == what) {
            self.lacking.push(what.to_owned());
        }
    }

    pub(super) fn not_yet(&mut self, what: &'static str) {
        if !self.not_yet.contains(&what) {
            self.not_yet.push(what);
        }
    }

    pub(super) fn relied_on(&self) -> &[String] {
        &self.relied_on
    }

    /// What Wireproof lacks comes first: whether the client could, nobody asked yet.
    pub(super) fn readiness(&self) -> Readiness {
        if !self.not_yet.is_empty() {
            return Readiness::NotYet(format!("not yet: {}", self.not_yet.join(", ")));
        }
        if !self.lacking.is_empty() {
            return Readiness::Unsupported(format!("the client lacks {}", self.lacking.join(", ")));
        }
        Readiness::Ready
    }

    fn staging(&mut self, scenario: &Scenario) {
        for (_, server) in &scenario.servers {
            self.staging_server(server);
        }
        if !scenario.names.is_empty() {
            self.not_yet("names of our own");
        }
        if scenario.client.tls.is_some() || calls(scenario).any(|call| call.with.tls.is_some()) {
            self.not_yet("TLS");
        }
        if matches!(scenario.client.http, Some(HttpVersion::V2 | HttpVersion::V2Cleartext)) {
            self.not_yet("HTTP/2");
        }
        if calls(scenario).any(|call| call.session.is_some()) {
            self.not_yet("several sessions");
        }
        if mixes_together(scenario) {
            self.not_yet("`together` among other calls");
        }
        if scenario.client.timeouts.is_some_and(|timeouts| timeouts.pool.is_some()) {
            self.not_yet("a time limit on the pool");
        }
        let by_statuses = scenario.client.retries.as_ref().is_some_and(|retries| retries.statuses.is_some());
        if by_statuses {
            self.not_yet("retries by status");
        }
        if scenario.client.address_space.is_some() && !CAN_MEASURE {
            self.not_yet("a limit on the address space of a client, elsewhere than on Linux");
        }
        let paths = scenario.expect.any.iter().map(|path| &path.expectations);
        for expectations in paths.chain([&scenario.expect.all]) {
            self.staging_expectations(expectations);
        }
    }

    fn staging_server(&mut self, server: &Server) {
        if server.tls.is_some() {
            self.not_yet("TLS");
        }
        if !server.hosts.is_empty() {
            self.not_yet("names of our own");
        }
        if server.socks.is_some() {
            self.not_yet("SOCKS");
        }
        if server.speaks == Speaks::H2 {
            self.not_yet("HTTP/2");
        }
        let Role::Rules(rules) = &server.role else { return };
        for Rule { when, steps, .. } in rules {
            match when {
                When::Hello => self.not_yet("TLS"),
                When::Preface => self.not_yet("HTTP/2"),
                When::Accept | When::Request(_) => {}
            }
            self.staging_steps(steps);
        }
    }

    fn staging_steps(&mut self, steps: &[Step]) {
        for step in steps {
            match step {
                Step::Plain(_) => {}
                Step::Repeat { steps, .. } => self.staging_steps(steps),
                Step::Frame(_) => self.not_yet("HTTP/2"),
                Step::Alert(_) | Step::Tls(_) => self.not_yet("TLS"),
            }
        }
    }

    fn staging_expectations(&mut self, expectations: &Expectations) {
        if expectations.client.is_asked() && !CAN_MEASURE {
            self.not_yet("the memory and processor time of a client, elsewhere than on Linux");
        }
        if expectations.names.is_some() {
            self.not_yet("names of our own");
        }
        for (_, server) in &expectations.servers {
            if !server.frames.is_empty() || !server.never_frames.is_empty() {
                self.not_yet("HTTP/2");
            }
            if let Some(ConnectionsExpect::Each(list)) = &server.connections
                && list.iter().any(|one| one.tls.is_some())
            {
                self.not_yet("TLS");
            }
        }
    }
}

/// `together` is a job of its own; what the contract cannot say is a job that is partly so.
fn mixes_together(scenario: &Scenario) -> bool {
    let together = scenario.calls.iter().filter(|item| matches!(item, CallItem::Together(_))).count();
    let single = scenario.calls.iter().filter(|item| matches!(item, CallItem::Call(_))).count();
    together > 1 || together == 1 && single > 0
}

/// The needs that can be read off a case.
fn read_off(scenario: &Scenario) -> Vec<String> {
    let mut needs: Vec<&str> = Vec::new();
    let total: u64 = calls(scenario).map(|call| call.times).sum();
    if scenario.calls.iter().any(|item| matches!(item, CallItem::Together(_))) {
        needs.push("concurrent");
    } else if total > 1 {
        needs.push("multi-call");
    }
    let proxied = match &scenario.client.proxy {
        Some(Proxy::Url(url)) => Some(url),
        Some(Proxy::ByScheme { http, https, .. }) => http.as_ref().or(https.as_ref()),
        Some(Proxy::None) | None => None,
    };
    if proxied.is_some_and(has_userinfo) {
        needs.push("proxy-auth");
    }
    // A proxy of the environment may serve as well.
    let proxied = proxied.is_some() || scenario.client.environment.is_some();
    for call in calls(scenario) {
        needs.extend(read_off_call(call, proxied));
    }
    if scenario.servers.iter().any(|(_, server)| server.ip != wireproof_server::script::Ip::V4) {
        needs.push("ipv6");
    }
    if scenario.servers.iter().any(|(_, server)| server.tls.is_some()) {
        needs.push("tls");
    }
    needs.into_iter().map(str::to_owned).collect()
}

fn has_userinfo(url: &wireproof_server::text::Text) -> bool {
    let text = super::job::outline(url);
    memchr::memchr(b'@', &text).is_some()
}

fn read_off_call(call: &Call, proxied: bool) -> Vec<&'static str> {
    let mut needs = Vec::new();
    let method = super::job::outline(&call.method);
    if !METHODS.contains(&&method[..]) {
        needs.push("custom-method");
    }
    if call.body.is_some() && (method == b"GET" || method == b"HEAD") {
        needs.push("get-body");
    }
    if super::job::outline(&call.url).starts_with(b"https:") {
        needs.push(if proxied { "proxy-connect" } else { "tls" });
    }
    let names: Vec<Vec<u8>> =
        call.headers.iter().map(|field| super::job::outline(&field.name).to_ascii_lowercase()).collect();
    if names.iter().any(|name| name == b"host") {
        needs.push("custom-host");
    }
    if (1..names.len()).any(|at| names[..at].contains(&names[at])) {
        needs.push("field-duplicates");
    }
    if call.headers.iter().any(|field| std::str::from_utf8(&super::job::outline(&field.value)).is_err()) {
        needs.push("field-bytes");
    }
    if let Some(Body::Stream(stream)) = &call.body {
        needs.push("streaming-upload");
        if stream.steps.iter().any(waits_for_servers) {
            needs.push("upload-flush");
        }
    }
    if !call.trailers.is_empty() {
        needs.push("request-trailers");
    }
    if call.target.is_some() {
        needs.push("request-target");
    }
    if call.cancel.is_some() {
        needs.push("cancel");
    }
    if !call.then.is_empty() {
        needs.push("upgrade");
    }
    match call.read {
        Read::All if call.hold.is_none() => {}
        Read::All | Read::Head | Read::Bytes(_) => needs.push("streaming-response"),
        Read::Text => needs.push("charset"),
        Read::Json => needs.push("json-response"),
    }
    needs
}

fn waits_for_servers(step: &StreamStep) -> bool {
    match step {
        StreamStep::Await(_) => true,
        StreamStep::Repeat { steps, .. } => steps.iter().any(waits_for_servers),
        StreamStep::Send(_) | StreamStep::Wait(_) | StreamStep::Fail => false,
    }
}
