//! Servers as they are written.

use schemars::JsonSchema;
use serde::Deserialize;
use wireproof_server::script::Ip;

use super::{
    rule::RawRule,
    tls::{RawSocks, RawTls},
};
use crate::scenario::{
    document::NodeId,
    raw::{Many, Open, Part},
    scalar::{Word, words},
    scope::{Close, Closing, Plain, Scope, all},
    server::{Role, Rule, Server, Speaks, Step, When},
    unit::Port,
};

/// A server: `ok`, `refused`, `blackhole` or `silent`; a list of rules; or a mapping.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(expecting = "a server (a word, a list of rules or a mapping)")]
#[schemars(untagged, rename = "Server")]
pub(crate) enum RawServer {
    #[serde(rename = "$text")]
    Word(Open<RoleWord>),
    #[serde(rename = "$list")]
    Rules(Many<RawRule>),
    #[serde(rename = "$map")]
    Whole(Box<RawWholeServer>),
}

words! {
    /// A server in one word.
    pub(crate) RoleWord, "`ok`, `refused`, `blackhole`, `silent`, a list of rules or a mapping" {
        /// Answers 200 with the body `ok` to everything.
        Ok = "ok",
        /// A closed port.
        Refused = "refused",
        /// Swallows SYNs.
        Blackhole = "blackhole",
        /// Accepts and never answers.
        Silent = "silent",
    }
}

/// A server at length.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a server")]
#[schemars(rename = "WholeServer")]
pub(crate) struct RawWholeServer {
    /// Tried in this order; the first that holds and is not used up fires.
    rules: Option<Many<RawRule>>,
    /// Names that lead here; also the names of its certificate.
    hosts: Option<Many<Plain>>,
    /// The port in `{origin}`; any free one unless given.
    port: Option<Open<Port>>,
    /// `v4` (default), `v6` or `both`.
    ip: Option<Open<IpWord>>,
    /// `unix` for a Unix socket.
    socket: Option<Open<SocketWord>>,
    /// How it speaks TLS; not at all unless given.
    tls: Option<Part<RawTls>>,
    /// `h1` (default) or `h2`.
    speaks: Option<Open<Speaks>>,
    /// SOCKS first, then relays to the server asked for.
    socks: Option<Part<RawSocks>>,
}

words! {
    /// Which addresses a server has.
    pub(crate) IpWord, "`v4`, `v6` or `both`" {
        /// 127.0.0.1
        V4 = "v4",
        /// `::1`
        V6 = "v6",
        /// Both.
        Both = "both",
    }
}

words! {
    /// What a server listens on.
    pub(crate) SocketWord, "`tcp` or `unix`" {
        /// A port.
        Tcp = "tcp",
        /// A path.
        Unix = "unix",
    }
}

impl RawServer {
    /// Whether it is a Unix socket, so far as can be seen before columns are filled in.
    pub(crate) fn is_unix(&self, document: &crate::scenario::document::Document) -> bool {
        match self {
            Self::Whole(whole) => {
                whole.socket.is_some_and(|socket| document.text(socket.leaf.0) == SocketWord::Unix.word())
            }
            _ => false,
        }
    }
}

impl Close for RawServer {
    type Closed = Server;

    fn close(&self, scope: &Scope<'_>) -> Closing<Server> {
        match self {
            Self::Word(word) => {
                let role = match word.close(scope)? {
                    RoleWord::Ok => Role::Ok,
                    RoleWord::Refused => Role::Refused,
                    RoleWord::Blackhole => Role::Blackhole,
                    RoleWord::Silent => Role::Silent,
                };
                Some(plain(role))
            }
            Self::Rules(rules) => {
                close_rules(rules, Abilities::default(), scope).map(|rules| plain(Role::Rules(rules)))
            }
            Self::Whole(whole) => whole.close(scope),
        }
    }
}

fn plain(role: Role) -> Server {
    Server {
        role,
        hosts: Vec::new(),
        port: None,
        ip: Ip::V4,
        unix: false,
        tls: None,
        speaks: Speaks::H1,
        socks: None,
    }
}

/// Closes rules, each with what it needs of its server.
fn close_rules(rules: &Many<RawRule>, abilities: Abilities, scope: &Scope<'_>) -> Closing<Vec<Rule>> {
    let close = |part: &Part<RawRule>| {
        let rule = part.get()?.close(part.at, scope)?;
        abilities.check(&rule, part.at, scope)?;
        Some(rule)
    };
    let rules: Vec<Option<Rule>> = rules.items.iter().map(close).collect();
    rules.into_iter().collect()
}

impl RawWholeServer {
    fn close(&self, scope: &Scope<'_>) -> Closing<Server> {
        all! {
            speaks = self.speaks.close(scope);
            rules = self.rules(scope);
            hosts = self.hosts.close(scope);
            port = self.port.close(scope);
            ip = self.ip.close(scope);
            socket = self.socket.close(scope);
            tls = self.tls.close(scope);
            socks = self.socks(scope);
        }
        let ip = match ip {
            None | Some(IpWord::V4) => Ip::V4,
            Some(IpWord::V6) => Ip::V6,
            Some(IpWord::Both) => Ip::Both,
        };
        let server = Server {
            role: Role::Rules(rules),
            hosts: hosts.unwrap_or_default(),
            port: port.map(|Port(port)| port),
            ip,
            unix: socket == Some(SocketWord::Unix),
            tls,
            speaks: speaks.unwrap_or(Speaks::H1),
            socks,
        };
        self.check_socket(&server, scope)?;
        Some(server)
    }

    fn rules(&self, scope: &Scope<'_>) -> Closing<Vec<Rule>> {
        let Some(rules) = &self.rules else { return Some(Vec::new()) };
        // What is wrong with `speaks` is noted where the server is closed.
        let h2 =
            self.speaks.is_some_and(|speaks| scope.whole(speaks.leaf).as_deref() == Some(Speaks::H2.word()));
        close_rules(rules, Abilities { tls: self.tls.is_some(), h2 }, scope)
    }

    fn socks(&self, scope: &Scope<'_>) -> Closing<Option<crate::scenario::server::Socks>> {
        match &self.socks {
            Some(socks) => socks.get()?.close(socks.at, scope).map(Some),
            None => Some(None),
        }
    }

    /// A Unix socket has neither port nor address.
    fn check_socket(&self, server: &Server, scope: &Scope<'_>) -> Closing<()> {
        let wrong = self.port.map(|port| port.leaf).or(self.ip.map(|ip| ip.leaf));
        match wrong {
            Some(leaf) if server.unix => {
                scope.fault(leaf.0, "a Unix socket has neither port nor address");
                None
            }
            _ => Some(()),
        }
    }
}

/// What a server can do beside HTTP/1.1 over TCP.
#[derive(Clone, Copy, Default)]
struct Abilities {
    tls: bool,
    h2: bool,
}

impl Abilities {
    /// Rules about TLS need TLS, rules about HTTP/2 need HTTP/2.
    fn check(self, rule: &Rule, at: NodeId, scope: &Scope<'_>) -> Closing<()> {
        let uses = |wanted: fn(&Step) -> bool| rule.steps.iter().any(|step| uses(step, wanted));
        let checks = [
            (rule.when == When::Hello && !self.tls, "`hello`", "`tls`"),
            (rule.when == When::Preface && !self.h2, "`preface`", "`speaks: h2`"),
            (!self.tls && uses(is_tls), "a step of this rule (`alert` or `tls`)", "`tls`"),
            (!self.h2 && uses(is_frame), "a step of this rule (`frame`)", "`speaks: h2`"),
        ];
        let mut is_good = true;
        for (_, what, needed) in checks.into_iter().filter(|(is_lacking, ..)| *is_lacking) {
            scope.fault(at, format!("{what} needs a server with {needed}"));
            is_good = false;
        }
        is_good.then_some(())
    }
}

fn uses(step: &Step, wanted: fn(&Step) -> bool) -> bool {
    match step {
        Step::Repeat { steps, .. } => steps.iter().any(|step| uses(step, wanted)),
        step => wanted(step),
    }
}

fn is_tls(step: &Step) -> bool {
    matches!(step, Step::Alert(_) | Step::Tls(_))
}

fn is_frame(step: &Step) -> bool {
    matches!(step, Step::Frame(_))
}
