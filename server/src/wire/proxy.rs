//! A server in the role of a proxy: forwards requests, and tunnels bytes, to servers of the case.

mod answer;

use std::{io, task::Poll};

use socket2::Socket;

use super::{Flow, Listing};
use crate::{
    connection::Gone,
    exchange,
    listen::Target,
    parser::{has_token, values},
    script::{End, Forward},
    seen::{Address, BodyFraming, Ended, RequestSeen},
    stream::Stream,
    tap::{Came, Wanted},
};
use answer::Answer;

const BAD_GATEWAY: &[u8] = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n";
const BUFFER: usize = 16 * 1024;

/// Fields of one hop (RFC 9110 7.6.1). `Transfer-Encoding` is dealt with apart.
const HOP_BY_HOP: [&str; 7] = [
    "connection",
    "proxy-connection",
    "keep-alive",
    "te",
    "upgrade",
    "proxy-authorization",
    "proxy-authenticate",
];

/// Relays bytes both ways until both sides have ended.
pub(super) async fn tunnel(listing: &mut Listing<'_>, server: &str) -> Flow {
    let connection = listing.connection;
    let Some(target) = connection.case.target(server) else {
        return listing.faulty(&format!("tunnel: no server is named `{server}`"));
    };
    let Ok(upstream) = Stream::connect(target).await else { return Flow::End(End::Close) };
    let from = listing.raw.unwrap_or(0);
    // An end that must be passed on at once ends the other direction too.
    let relayed = tokio::try_join!(relay_up(listing, &upstream, from), relay_down(listing, &upstream));
    if connection.tap().seen.ended == Ended::ClientReset {
        // What cannot be reset has ended already.
        drop(upstream.reset_on_close());
    }
    match relayed {
        Ok((up, ())) => {
            listing.raw = Some(up);
            listing.half_closed = true;
            Flow::On
        }
        Err(flow) => flow,
    }
}

/// What the client sends, to the other side; up to where.
async fn relay_up(listing: &Listing<'_>, upstream: &Stream, mut at: usize) -> Result<usize, Flow> {
    loop {
        let came = std::future::poll_fn(|_| {
            let tap = listing.connection.tap();
            match tap.seen.received.get(at..) {
                Some(bytes) if !bytes.is_empty() => Poll::Ready(Some(bytes.to_vec())),
                _ if tap.input_over => Poll::Ready(None),
                _ => Poll::Pending,
            }
        })
        .await;
        let Some(bytes) = came else {
            // Fails where that side has ended too.
            drop(upstream.shutdown_write());
            return Ok(at);
        };
        at += bytes.len();
        if upstream.send(&bytes).await.is_err() {
            return Ok(at);
        }
    }
}

/// What the other side sends, to the client; a reset as a reset.
async fn relay_down(listing: &Listing<'_>, upstream: &Stream) -> Result<(), Flow> {
    let mut buffer = vec![0; BUFFER];
    loop {
        match upstream.recv(&mut buffer).await {
            Ok(0) => {
                listing.connection.send_fin(listing.stream);
                return Ok(());
            }
            Ok(came) => {
                let written =
                    listing.connection.write(listing.stream, &buffer[..came], listing.request).await;
                written.map_err(|Gone| Flow::Gone)?;
            }
            Err(_) => return Err(Flow::End(End::Reset)),
        }
    }
}

/// Sends the request on in origin-form and relays the answer.
pub(super) async fn forward(listing: &mut Listing<'_>, to: &Forward) -> Flow {
    let connection = listing.connection;
    let Some(index) = listing.request else { return listing.faulty(&"forward: there is no request yet") };
    if exchange::came(connection, index, Wanted::All).await == Came::BrokeOff {
        return Flow::Gone;
    }
    let request = connection.tap().request(index).cloned();
    let Some(request) = request else { return Flow::Gone };
    let target = match to {
        Forward::Server(name) => connection.case.target(name),
        Forward::Target => authority(&request)
            .and_then(|authority| connection.case.addresses.iter().find(|address| is_at(address, authority)))
            .and_then(|address| connection.case.target(&address.server)),
    };
    let Some(target) = target else {
        if let Forward::Server(name) = to {
            return listing.faulty(&format!("forward: no server is named `{name}`"));
        }
        return listing.say_and_write(BAD_GATEWAY).await.into();
    };
    match exchange_with(target, &request).await {
        Ok(upstream) => relay_answer(listing, &upstream, &request).await,
        Err(_) => listing.say_and_write(BAD_GATEWAY).await.into(),
    }
}

async fn exchange_with(target: &Target, request: &RequestSeen) -> io::Result<Stream> {
    let upstream = Stream::connect(target).await?;
    upstream.send(&in_origin_form(request)).await?;
    Ok(upstream)
}

async fn relay_answer(listing: &mut Listing<'_>, upstream: &Stream, request: &RequestSeen) -> Flow {
    let mut answer = Answer::to(&request.method);
    let (mut buffer, mut out) = (vec![0; BUFFER], Vec::new());
    loop {
        out.clear();
        let came = upstream.recv(&mut buffer).await;
        let over = match &came {
            Ok(0) => true,
            Ok(came) => answer.relay(&buffer[..*came], &mut out),
            Err(_) => return Flow::End(End::Reset),
        };
        if listing.say_and_write(&out).await == Err(Gone) {
            return Flow::Gone;
        }
        match (over, answer.is_cut_by_end()) {
            (true, true) => return Flow::End(End::Close),
            (true, false) => return Flow::On,
            (false, _) => {}
        }
    }
}

/// The request as it is sent on: origin-form, without the fields of one hop, content framed anew.
fn in_origin_form(request: &RequestSeen) -> Vec<u8> {
    let path = match split_target(&request.target) {
        Some((_, b"")) => b"/",
        Some((_, path)) => path,
        None => &request.target[..],
    };
    let mut out = [&request.method[..], b" ", path, b" HTTP/1.1\r\n"].concat();
    // In absolute-form the target decides, not the Host field (RFC 9112 3.2.2).
    let host = split_target(&request.target).map(|(authority, _)| authority);
    if let Some(host) = host.filter(|_| values(&request.fields, "host").next().is_none()) {
        write_field(b"Host", host, &mut out);
    }
    for (name, value) in &request.fields {
        let is = |other: &str| name.eq_ignore_ascii_case(other.as_bytes());
        if is_of_one_hop(name, &request.fields) || is("transfer-encoding") || is("trailer") {
            continue;
        }
        write_field(name, host.filter(|_| is("host")).unwrap_or(value), &mut out);
    }
    if request.framing == BodyFraming::Chunked && values(&request.fields, "content-length").next().is_none() {
        write_field(b"Content-Length", request.body.len().to_string().as_bytes(), &mut out);
    }
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(&request.body);
    out
}

fn write_field(name: &[u8], value: &[u8], out: &mut Vec<u8>) {
    for part in [name, b": ", value, b"\r\n"] {
        out.extend_from_slice(part);
    }
}

/// Whether a field is meant for the next hop only.
fn is_of_one_hop(name: &[u8], fields: &[(Vec<u8>, Vec<u8>)]) -> bool {
    HOP_BY_HOP.iter().any(|known| name.eq_ignore_ascii_case(known.as_bytes()))
        || has_token(fields, "connection", &String::from_utf8_lossy(name))
}

/// Authority, and path with query, of an `http` target in absolute-form.
fn split_target(target: &[u8]) -> Option<(&[u8], &[u8])> {
    let (scheme, rest) = target.split_at_checked("http://".len())?;
    if !scheme.eq_ignore_ascii_case(b"http://") {
        return None;
    }
    let end = rest.iter().position(|byte| matches!(byte, b'/' | b'?')).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host = authority.iter().rposition(|byte| *byte == b'@').map_or(0, |at| at + 1);
    Some((&authority[host..], path))
}

/// Where the request wants to go.
fn authority(request: &RequestSeen) -> Option<&[u8]> {
    match split_target(&request.target) {
        Some((authority, _)) => Some(authority),
        None => values(&request.fields, "host").next(),
    }
}

/// Whether an authority names this server, by host or address.
fn is_at(address: &Address, authority: &[u8]) -> bool {
    let authority = String::from_utf8_lossy(authority).to_lowercase();
    let full = match authority.rsplit_once(':') {
        Some((_, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !port.is_empty() => {
            authority.clone()
        }
        _ => format!("{}:80", authority.trim_end_matches(':')),
    };
    let ip = if address.ip.contains(':') { format!("[{}]", address.ip) } else { address.ip.clone() };
    [address.host.to_lowercase(), ip].iter().any(|host| full == format!("{host}:{}", address.port))
}

impl Listing<'_> {
    async fn say_and_write(&mut self, bytes: &[u8]) -> Result<(), Gone> {
        self.say(bytes);
        self.write(bytes).await
    }
}

impl Stream {
    async fn send(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let attempt = |socket: &Socket| Stream::write_to(socket, bytes);
            let wrote = std::future::poll_fn(|cx| self.poll_write_with(cx, attempt)).await?;
            bytes = &bytes[wrote..];
        }
        Ok(())
    }

    async fn recv(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let room = buffer.len();
        std::future::poll_fn(|cx| {
            self.poll_read_with(cx, |socket| Stream::read_from(socket, buffer).map(|came| (room, came)))
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parser::Parser;

    fn sent_on(bytes: &str) -> String {
        let mut requests = Vec::new();
        Parser::default().advance(bytes.as_bytes(), std::time::Duration::ZERO, &mut requests);
        String::from_utf8(in_origin_form(&requests[0])).unwrap()
    }

    #[test]
    fn origin_form() {
        assert_eq!(
            sent_on(
                "GET http://u@A.test:81/p?q HTTP/1.1\r\nhost: b\r\nProxy-Authorization: x\r\nX: 1\r\n\
                 Connection: close, y\r\nY: 2\r\n\r\n"
            ),
            "GET /p?q HTTP/1.1\r\nhost: A.test:81\r\nX: 1\r\n\r\n"
        );
        assert_eq!(sent_on("GET http://a HTTP/1.0\r\n\r\n"), "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_eq!(sent_on("GET /x HTTP/1.1\r\nHost: a\r\n\r\n"), "GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_eq!(
            sent_on("POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"),
            "POST /x HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi"
        );
    }

    #[test]
    fn who_is_meant() {
        let address = Address {
            server: "a".into(),
            scheme: "http".into(),
            host: "a.test".into(),
            ip: "::1".into(),
            port: 80,
            socket: None,
        };
        for (authority, meant) in
            [("a.test", true), ("A.TEST:80", true), ("[::1]:80", true), ("[::1]", true), ("a.test:81", false)]
        {
            assert_eq!(is_at(&address, authority.as_bytes()), meant, "{authority}");
        }
    }
}
