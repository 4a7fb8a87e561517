//! Options of a job: asked only where they change what the client does anyway (`client-under-test/README.md`, capabilities).

use wireproof_client::{
    bytes::Bytes,
    capabilities::{Hello, Support},
    job::{Credentials, Options, Proxy},
};
use wireproof_server::text::{FillError, Text};

use super::{Filling, outline};
use crate::{
    plan::{Scale, needs::Shortfall},
    scenario::client::{self, ClientOptions, HttpVersion},
};

/// Options, some of which hold addresses.
#[derive(Debug, Clone, Default)]
pub(super) struct OptionsPlan {
    /// Those without.
    pub(super) fixed: Options,
    proxy: Option<Text>,
    no_proxy: Vec<Text>,
    credentials: Option<(CredentialsFor, Text, Text)>,
    bearer: Option<Text>,
    socket: Option<Text>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CredentialsFor {
    Basic,
    Digest,
}

impl OptionsPlan {
    /// Those of the session: what the case asks for, and the defaults that a case always asks for.
    pub(super) fn of_session(
        options: &ClientOptions,
        needs: &[String],
        hello: &Hello,
        scale: Scale,
        shortfall: &mut Shortfall,
    ) -> Self {
        let mut asking = Asking { hello, shortfall, plan: Self::default() };
        let needed = |name: &str| needs.iter().any(|need| need == name);
        asking.switches(options, &needed);
        asking.numbers(options, scale);
        asking.texts(options, &needed);
        asking.plan
    }

    /// Those of one call. What a client cannot change from call to call is unsupported.
    pub(super) fn of_call(
        options: &ClientOptions,
        hello: &Hello,
        scale: Scale,
        shortfall: &mut Shortfall,
    ) -> Self {
        if *options == ClientOptions::default() {
            return Self::default();
        }
        let mut asking = Asking { hello, shortfall, plan: Self::default() };
        asking.explicit_switches(options, &|_| false);
        asking.numbers(options, scale);
        asking.texts(options, &|_| false);
        let plan = asking.plan;
        for name in plan.given() {
            if !hello.per_call.iter().any(|one| one == name) {
                shortfall.lack(&format!("{name} per call"));
            }
        }
        plan
    }

    /// The names of all options that will be sent.
    pub(super) fn given(&self) -> Vec<&'static str> {
        let mut names = self.fixed.given();
        let mut also = |given: bool, name| {
            if given {
                names.push(name);
            }
        };
        also(self.proxy.is_some(), "proxy");
        also(!self.no_proxy.is_empty(), "no-proxy");
        also(self.bearer.is_some(), "bearer");
        also(self.socket.is_some(), "unix-socket");
        match self.credentials {
            Some((CredentialsFor::Basic, ..)) => also(true, "basic-auth"),
            Some((CredentialsFor::Digest, ..)) => also(true, "digest"),
            None => {}
        }
        names
    }

    /// The longest time limit, in milliseconds.
    pub(super) fn time_limit(&self) -> u64 {
        let o = &self.fixed;
        let limits = [o.connect_timeout, o.send_timeout, o.head_timeout, o.read_timeout, o.total_timeout];
        limits.into_iter().flatten().max().unwrap_or(0)
    }

    pub(super) fn fill(&self, options: &mut Options, filling: Filling<'_>) -> Result<(), FillError> {
        if let Some(proxy) = &self.proxy {
            options.proxy = Some(Proxy::Url(filling.string(proxy)?));
        }
        if !self.no_proxy.is_empty() {
            let hosts: Result<_, _> = self.no_proxy.iter().map(|host| filling.string(host)).collect();
            options.no_proxy = Some(hosts?);
        }
        if let Some((scheme, user, password)) = &self.credentials {
            let credentials = Credentials { user: filling.bytes(user)?, password: filling.bytes(password)? };
            match scheme {
                CredentialsFor::Basic => options.basic_auth = Some(credentials),
                CredentialsFor::Digest => options.digest = Some(credentials),
            }
        }
        if let Some(token) = &self.bearer {
            options.bearer = Some(Bytes::from(filling.fill(token)?));
        }
        if let Some(socket) = &self.socket {
            options.unix_socket = Some(filling.string(socket)?);
        }
        Ok(())
    }
}

/// Collects options, and what the client lacks for them.
struct Asking<'a> {
    hello: &'a Hello,
    shortfall: &'a mut Shortfall,
    plan: OptionsPlan,
}

impl Asking<'_> {
    /// Switches that the case sets, those its needs name, and those that every case asks for.
    fn switches(&mut self, options: &ClientOptions, needed: &dyn Fn(&str) -> bool) {
        self.explicit_switches(options, needed);
        let redirects = options.redirects.and_then(|redirects| redirects.follow);
        let fixed = &mut self.plan.fixed;
        let defaults: [(&str, bool, bool, &mut Option<bool>); 4] = [
            ("cookies", options.cookies.is_some(), false, &mut fixed.cookies),
            ("decompress", options.decompress.is_some(), true, &mut fixed.decompress),
            ("redirects", redirects.is_some(), true, &mut fixed.redirects),
            ("http-cache", options.cache.is_some(), false, &mut fixed.http_cache),
        ];
        for (name, explicit, default, place) in defaults {
            // A client without the switch is left alone: the default is a wish, not a demand.
            if !explicit && !needed(name) && differs(self.hello.support(name), default) {
                *place = Some(default);
            }
        }
    }

    fn explicit_switches(&mut self, options: &ClientOptions, needed: &dyn Fn(&str) -> bool) {
        let follow = options.redirects.and_then(|redirects| redirects.follow);
        for name in SWITCHES {
            let said = match *name {
                "cookies" => options.cookies,
                "decompress" => options.decompress,
                "redirects" => follow,
                "http-cache" => options.cache,
                _ => None,
            };
            let Some(on) = said.or_else(|| needed(name).then_some(true)) else { continue };
            let support = self.hello.support(name);
            match (support, on) {
                (Support::No, true) | (Support::Always, false) => self.shortfall.lack(name),
                (support, on) if differs(support, on) => *self.switch(name) = Some(on),
                _ => {}
            }
        }
    }

    fn switch(&mut self, name: &str) -> &mut Option<bool> {
        let fixed = &mut self.plan.fixed;
        match name {
            "cookies" => &mut fixed.cookies,
            "decompress" => &mut fixed.decompress,
            "redirects" => &mut fixed.redirects,
            "http-cache" => &mut fixed.http_cache,
            "keepalive" => &mut fixed.keepalive,
            "expect-continue" => &mut fixed.expect_continue,
            "netrc" => &mut fixed.netrc,
            "proxy-env" => &mut fixed.proxy_env,
            "hsts" => &mut fixed.hsts,
            "alt-svc" => &mut fixed.alt_svc,
            _ => &mut fixed.status_errors,
        }
    }

    fn numbers(&mut self, options: &ClientOptions, scale: Scale) {
        let timeouts = options.timeouts.unwrap_or_default();
        let limits = options.limits.unwrap_or_default();
        let pool = options.pool.unwrap_or_default();
        let ms = |time: Option<std::time::Duration>| time.map(|time| scale.millis(time));
        let fixed = &mut self.plan.fixed;
        fixed.connect_timeout = ms(timeouts.connect);
        fixed.send_timeout = ms(timeouts.write);
        fixed.head_timeout = ms(timeouts.head);
        fixed.read_timeout = ms(timeouts.read);
        fixed.total_timeout = ms(timeouts.total);
        fixed.idle_timeout = ms(timeouts.idle);
        fixed.conn_lifetime = ms(pool.lifetime);
        fixed.pool_limit = pool.per_host;
        fixed.max_body = limits.body;
        fixed.max_head = limits.head;
        fixed.max_redirects = options.redirects.and_then(|redirects| redirects.max);
        fixed.retry = options.retries.as_ref().and_then(|retries| retries.max);
        fixed.http_version = options.http.map(|http| match http {
            HttpVersion::V10 => "1.0".to_owned(),
            HttpVersion::V11 => "1.1".to_owned(),
            HttpVersion::V2 => "2".to_owned(),
            HttpVersion::V2Cleartext => "h2c".to_owned(),
        });
        for name in self.plan.fixed.given() {
            if !SWITCHES.contains(&name) {
                self.shortfall.rely_on(name, self.hello);
            }
        }
    }

    fn texts(&mut self, options: &ClientOptions, needed: &dyn Fn(&str) -> bool) {
        match &options.proxy {
            // Who knows no proxy, and looks for none in the environment, is as asked.
            Some(client::Proxy::None) => {
                let looks = matches!(self.hello.support("proxy-env"), Support::Yes | Support::Always);
                if looks || self.hello.support("proxy") != Support::No {
                    self.plan.fixed.proxy = Some(Proxy::None);
                }
            }
            Some(client::Proxy::Url(url)) => self.plan.proxy = Some(url.clone()),
            Some(client::Proxy::ByScheme { http, https, except }) => {
                match (http, https) {
                    (Some(http), Some(https)) if outline(http) == outline(https) && http == https => {
                        self.plan.proxy = Some(http.clone());
                    }
                    _ => self.shortfall.not_yet("a proxy for each scheme"),
                }
                self.plan.no_proxy.clone_from(except);
            }
            None => {}
        }
        if let Some(credentials) = &options.credentials {
            self.plan.bearer.clone_from(&credentials.bearer);
            let scheme = if needed("digest") { CredentialsFor::Digest } else { CredentialsFor::Basic };
            if let (Some(user), Some(password)) = (&credentials.user, &credentials.password) {
                self.plan.credentials = Some((scheme, user.clone(), password.clone()));
            }
        }
        self.plan.socket.clone_from(&options.socket);
        for name in self.plan.given() {
            if !SWITCHES.contains(&name) {
                self.shortfall.rely_on(name, self.hello);
            }
        }
    }
}

/// Capabilities whose option is a boolean that a case may ask for.
const SWITCHES: &[&str] = &[
    "cookies",
    "decompress",
    "redirects",
    "http-cache",
    "keepalive",
    "expect-continue",
    "netrc",
    "proxy-env",
    "hsts",
    "alt-svc",
    "status-errors",
];

/// Whether a switch has to be set for the client to be as asked: it can be, and is not so by itself.
fn differs(support: Support, on: bool) -> bool {
    matches!((support, on), (Support::Configurable, true) | (Support::Yes, false))
}
