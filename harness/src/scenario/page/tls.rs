//! TLS and SOCKS of servers as they are written.

use schemars::JsonSchema;
use serde::Deserialize;

use super::step::RawPace;
use crate::scenario::{
    document::NodeId,
    raw::{Leaf, Many, Open, Part, Table},
    scope::{Close, Closing, Plain, Scope, all},
    server::{Certificate, Chain, ClientCertificate, Issuer, Moment, Socks, Tls, TlsVersion},
};

/// How a server speaks TLS; `{}` is a good certificate for its hosts and address.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", expecting = "`tls`")]
#[schemars(rename = "Tls")]
pub(crate) struct RawTls {
    /// Its certificate.
    certificate: Option<Part<RawCertificate>>,
    /// Other certificates, by the name the client asks for.
    by_name: Option<Table<RawCertificate>>,
    /// The versions it speaks, quoted: `["1.2", "1.3"]`.
    versions: Option<Many<Open<TlsVersion>>>,
    /// The protocols it offers.
    alpn: Option<Many<Plain>>,
    /// Whether it wants a certificate of the client: `asked` or `required`.
    client_certificate: Option<Open<ClientCertificate>>,
}

impl Close for RawTls {
    type Closed = Tls;

    fn close(&self, scope: &Scope<'_>) -> Closing<Tls> {
        all! {
            certificate = self.certificate.close(scope);
            by_name = self.by_name.close(scope);
            versions = self.versions.close(scope);
            alpn = self.alpn.close(scope);
            client_certificate = self.client_certificate.close(scope);
        }
        Some(Tls {
            certificate: certificate.unwrap_or_default(),
            by_name: by_name.unwrap_or_default(),
            versions: versions.unwrap_or_default(),
            alpn: alpn.unwrap_or_default(),
            client_certificate,
        })
    }
}

/// A certificate. What is not said is right.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a certificate")]
#[schemars(rename = "Certificate")]
pub(crate) struct RawCertificate {
    /// Subject alternative names.
    names: Option<Many<Leaf>>,
    /// The common name.
    cn: Option<Leaf>,
    /// Valid from: `now-1d`.
    from: Option<Open<Moment>>,
    /// Valid until: `now+1d`.
    until: Option<Open<Moment>>,
    /// Who signed it: `ca`, `self`, `unknown` or `leaf`.
    issuer: Option<Open<Issuer>>,
    /// What is sent along: `full`, `no-intermediate` or `misordered`.
    chain: Option<Open<Chain>>,
}

impl Close for RawCertificate {
    type Closed = Certificate;

    fn close(&self, scope: &Scope<'_>) -> Closing<Certificate> {
        all! {
            names = self.names.close(scope);
            cn = self.cn.close(scope);
            from = self.from.close(scope);
            until = self.until.close(scope);
            issuer = self.issuer.close(scope);
            chain = self.chain.close(scope);
        }
        Some(Certificate { names, cn, from, until, issuer, chain })
    }
}

/// A SOCKS server: SOCKS first, then relays to the server asked for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "`socks`")]
#[schemars(rename = "Socks")]
pub(crate) struct RawSocks {
    /// 4 or 5.
    version: Open<u64>,
    /// The user asked for.
    user: Option<Leaf>,
    /// The password asked for.
    password: Option<Leaf>,
    /// The reply code (success).
    reply: Option<Open<u64>>,
    /// How its own messages are cut.
    pace: Option<Part<RawPace>>,
}

impl RawSocks {
    pub(crate) fn close(&self, at: NodeId, scope: &Scope<'_>) -> Closing<Socks> {
        all! {
            version = self.version.close(scope);
            user = self.user.close(scope);
            password = self.password.close(scope);
            reply = self.reply.close(scope);
            pace = self.pace(scope);
        }
        let is_known = matches!(version, 4 | 5);
        if !is_known {
            scope.fault(self.version.leaf.0, format!("expected version 4 or 5, found `{version}`"));
        }
        let is_byte = reply.is_none_or(|code| code <= 255);
        if !is_byte {
            scope.fault(at, "the reply code of SOCKS is one byte");
        }
        (is_known && is_byte).then_some(Socks { version, user, password, reply, pace })
    }

    fn pace(&self, scope: &Scope<'_>) -> Closing<Option<wireproof_server::script::Pace>> {
        match &self.pace {
            Some(pace) => pace.get()?.close(pace.at, scope).map(Some),
            None => Some(None),
        }
    }
}
