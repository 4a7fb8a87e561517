//! Tunnels through a proxy (RFC 9110 9.3.6), and TLS at their far end.

use std::{sync::Arc, time::Instant};

use super::{HttpConnection, check_field, open, write_field};
use crate::reference::{
    error::{Class, Error, Phase, Result},
    framing::{self, Framing},
    head::ResponseHead,
    policy::Policy,
    timeouts::Fault,
    transport::Sent,
};

/// A tunnel through the peer (RFC 9110 9.3.6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tunnel {
    /// The host at its far end, with brackets if it is an IPv6 literal.
    pub host: String,
    /// The port there.
    pub port: u16,
    /// Field lines of the CONNECT request.
    pub fields: Vec<(String, Vec<u8>)>,
}

impl HttpConnection {
    pub(super) fn start_tls(&mut self, begun: Instant) -> Result<()> {
        let lost = || Error::new(Class::Tls, Phase::Connect, "URLError", "this client has no TLS");
        let (Some(transport), Some(tls)) = (self.transport.take(), &self.tls) else { return Err(lost()) };
        let host = self.tunnel.as_ref().map_or(&self.host, |tunnel| &tunnel.host);
        self.transport = Some(tls.wrap(transport, host, &self.timers.connecting(begun))?);
        Ok(())
    }

    pub(super) fn open_tunnel(&mut self, tunnel: &Tunnel, begun: Instant) -> Result<()> {
        let request = connect_request(tunnel, &self.policy)?;
        let policy = Arc::clone(&self.policy);
        let in_connect = |fault: Fault| fault.error(Phase::Connect, &policy);
        let mut rest = request.as_slice();
        while !rest.is_empty() {
            let patience = self.timers.connecting(begun);
            match open(&mut self.transport)?.send(rest, false, &patience).map_err(in_connect)? {
                Sent::Bytes(count) => rest = &rest[count..],
                Sent::Heard => break,
            }
        }
        let head = loop {
            let head = self.read_head(Phase::Connect, Some(begun))?;
            if !head.is_interim() {
                break head;
            }
        };
        let opened = head.status / 100 == 2 && (head.status == 200 || self.policy.takes_any_2xx_for_tunnel);
        if !opened && self.policy.takes_only_2xx_for_tunnel {
            return Err(self.refused(head));
        }
        if let (false, Ok(Framing::Length(length))) =
            (self.policy.connect_has_no_content, framing::framing("CONNECT", &head, &self.policy))
        {
            self.skip(length, Phase::Connect)?;
        }
        Ok(())
    }

    pub(super) fn refused(&self, head: ResponseHead) -> Error {
        let class = if head.status == 407 { Class::Auth } else { Class::Proxy };
        let reason = String::from_utf8_lossy(&head.reason).into_owned();
        let text = format!("{}:{}: Tunnel connection failed: {} {reason}", self.host, self.port, head.status);
        let mut error = Error::new(class, Phase::Connect, "OSError", text);
        error.refusal = Some(Box::new(head));
        error
    }
}

fn connect_request(tunnel: &Tunnel, policy: &Policy) -> Result<Vec<u8>> {
    let authority = format!("{}:{}", tunnel.host, tunnel.port);
    let target = if policy.names_port_in_connect { &authority } else { &tunnel.host };
    let mut request = format!("CONNECT {target} HTTP/1.1\r\n").into_bytes();
    let has_host = tunnel.fields.iter().any(|(name, _)| name.eq_ignore_ascii_case("host"));
    if policy.sends_host_in_connect && !has_host {
        write_field(&mut request, "Host", authority.as_bytes());
    }
    for (name, value) in &tunnel.fields {
        check_field(name, value, policy)?;
        write_field(&mut request, name, value);
    }
    request.extend_from_slice(b"\r\n");
    Ok(request)
}
