//! The shape in which an observation is stored: its own types, so that the format is changed on purpose only.
//!
//! Nothing is rounded or left out that the judge looks at. Times are microseconds with decimals, from the staging;
//! bytes are as the client contract spells them, long ones packed.

mod bytes;

use std::{
    ops::Range,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};
use wireproof_client::{
    contract::{Partial, Unsupported},
    outcome::Outcome,
};
use wireproof_server::seen::{
    Address, Answer, BodyFraming, ConnectionSeen, Ended, RequestSeen, Seen, ServerSeen,
};

use self::bytes::Packed;
use crate::observation::{Observation, Told, Usage};

/// An observation, as it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct StoredObservation {
    /// Microseconds since 1970.
    at: u64,
    asked: Micros,
    answered: Micros,
    addresses: Vec<StoredAddress>,
    servers: Vec<StoredServer>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    faults: Vec<String>,
    told: StoredTold,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    partials: Vec<Partial>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    aside: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    usage: Option<StoredUsage>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct StoredUsage {
    /// Bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    peak_memory: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cpu: Option<Micros>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct StoredAddress {
    server: String,
    scheme: String,
    host: String,
    ip: String,
    port: u16,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    socket: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct StoredServer {
    name: String,
    connections: Vec<StoredConnection>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct StoredConnection {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    number: Option<u64>,
    opened: Micros,
    received: Packed,
    sent: u64,
    sent_bytes: Packed,
    requests: Vec<StoredRequest>,
    ended: StoredEnd,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ended_at: Option<Micros>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    violations: Vec<String>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum StoredEnd {
    Client,
    ClientReset,
    Server,
    ServerReset,
    Open,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct StoredRequest {
    order: u64,
    /// From and to, in what the connection received.
    head: [usize; 2],
    bytes: [usize; 2],
    method: Packed,
    target: Packed,
    version: Packed,
    fields: Vec<(Packed, Packed)>,
    framing: StoredFraming,
    /// Absent where it is what was received behind the head.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body: Option<Packed>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    chunks: Vec<u64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    trailers: Vec<(Packed, Packed)>,
    complete: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    malformed: Option<String>,
    head_at: Micros,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body_at: Option<Micros>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    complete_at: Option<Micros>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    answered_at: Option<Micros>,
    answer: StoredAnswer,
    /// From and to, in what was sent on the connection.
    sent: [u64; 2],
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum StoredFraming {
    None,
    Length(u64),
    Chunked,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum StoredAnswer {
    Rule(usize),
    Unmatched,
    None,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum StoredTold {
    Outcome(Outcome),
    Unsupported(Unsupported),
    Hang,
    Crash(String),
    Stopped(String),
    Broken(String),
}

/// Microseconds, with as many decimals as it takes: the order of two moments survives.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(transparent)]
struct Micros(f64);

impl From<Duration> for Micros {
    #[expect(clippy::cast_precision_loss, reason = "a case takes hours at the most: 2^53 ns are 104 days")]
    fn from(time: Duration) -> Self {
        Self(time.as_nanos() as f64 / 1000.0)
    }
}

impl From<Micros> for Duration {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a number that is no time becomes the nearest that is one"
    )]
    fn from(Micros(time): Micros) -> Self {
        Self::from_nanos((time * 1000.0).round() as u64)
    }
}

impl From<&Observation> for StoredObservation {
    fn from(observation: &Observation) -> Self {
        // Taken apart whole, here and below, so that what is added to them cannot be forgotten here.
        let Observation { at, addresses, seen, told, partials, asked, answered, aside, usage } = observation;
        let Seen { servers, faults } = seen;
        let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            at: u64::try_from(since.as_micros()).unwrap_or(u64::MAX),
            asked: (*asked).into(),
            answered: (*answered).into(),
            addresses: addresses.iter().map(StoredAddress::from).collect(),
            servers: servers.iter().map(StoredServer::from).collect(),
            faults: faults.clone(),
            told: told.into(),
            partials: partials.clone(),
            aside: aside.clone(),
            usage: usage.map(StoredUsage::from),
        }
    }
}

impl TryFrom<StoredObservation> for Observation {
    type Error = String;

    fn try_from(stored: StoredObservation) -> Result<Self, String> {
        let servers: Result<_, String> = stored.servers.into_iter().map(ServerSeen::try_from).collect();
        Ok(Self {
            at: SystemTime::checked_add(&UNIX_EPOCH, Duration::from_micros(stored.at))
                .ok_or("a time that no clock shows")?,
            addresses: stored.addresses.into_iter().map(Address::from).collect(),
            seen: Seen { servers: servers?, faults: stored.faults },
            told: stored.told.into(),
            partials: stored.partials,
            asked: stored.asked.into(),
            answered: stored.answered.into(),
            aside: stored.aside,
            usage: stored.usage.map(Usage::from),
        })
    }
}

impl From<Usage> for StoredUsage {
    fn from(Usage { peak_memory, cpu }: Usage) -> Self {
        Self { peak_memory, cpu: cpu.map(Micros::from) }
    }
}

impl From<StoredUsage> for Usage {
    fn from(StoredUsage { peak_memory, cpu }: StoredUsage) -> Self {
        Self { peak_memory, cpu: cpu.map(Duration::from) }
    }
}

impl From<&Address> for StoredAddress {
    fn from(address: &Address) -> Self {
        let Address { server, scheme, host, ip, port, socket } = address.clone();
        Self { server, scheme, host, ip, port, socket }
    }
}

impl From<StoredAddress> for Address {
    fn from(stored: StoredAddress) -> Self {
        let StoredAddress { server, scheme, host, ip, port, socket } = stored;
        Self { server, scheme, host, ip, port, socket }
    }
}

impl From<&ServerSeen> for StoredServer {
    fn from(server: &ServerSeen) -> Self {
        let ServerSeen { name, connections } = server;
        Self { name: name.clone(), connections: connections.iter().map(StoredConnection::from).collect() }
    }
}

impl TryFrom<StoredServer> for ServerSeen {
    type Error = String;

    fn try_from(stored: StoredServer) -> Result<Self, String> {
        let connections: Result<_, String> =
            stored.connections.into_iter().map(ConnectionSeen::try_from).collect();
        Ok(Self { name: stored.name, connections: connections? })
    }
}

impl From<&ConnectionSeen> for StoredConnection {
    fn from(connection: &ConnectionSeen) -> Self {
        let ConnectionSeen {
            number,
            opened,
            received,
            sent,
            sent_bytes,
            requests,
            ended,
            ended_at,
            violations,
        } = connection;
        Self {
            number: *number,
            opened: (*opened).into(),
            received: received.clone().into(),
            sent: *sent,
            sent_bytes: sent_bytes.clone().into(),
            requests: requests.iter().map(|request| StoredRequest::of(request, received)).collect(),
            ended: (*ended).into(),
            ended_at: ended_at.map(Micros::from),
            violations: violations.clone(),
        }
    }
}

impl TryFrom<StoredConnection> for ConnectionSeen {
    type Error = String;

    fn try_from(stored: StoredConnection) -> Result<Self, String> {
        let received = stored.received.0;
        let requests: Result<_, String> =
            stored.requests.into_iter().map(|request| request.seen(&received)).collect();
        Ok(Self {
            number: stored.number,
            opened: stored.opened.into(),
            requests: requests?,
            received,
            sent: stored.sent,
            sent_bytes: stored.sent_bytes.0,
            ended: stored.ended.into(),
            ended_at: stored.ended_at.map(Duration::from),
            violations: stored.violations,
        })
    }
}

impl StoredRequest {
    fn of(request: &RequestSeen, received: &[u8]) -> Self {
        let RequestSeen {
            order,
            head,
            bytes,
            method,
            target,
            version,
            fields,
            framing,
            body,
            chunks,
            trailers,
            complete,
            malformed,
            head_at,
            body_at,
            complete_at,
            answered_at,
            answer,
            sent,
        } = request;
        let as_received = received.get(head.end..bytes.end) == Some(&body[..]);
        let packed = |lines: &[(Vec<u8>, Vec<u8>)]| {
            lines.iter().map(|(name, value)| (name.clone().into(), value.clone().into())).collect()
        };
        Self {
            order: *order,
            head: [head.start, head.end],
            bytes: [bytes.start, bytes.end],
            method: method.clone().into(),
            target: target.clone().into(),
            version: version.clone().into(),
            fields: packed(fields),
            framing: (*framing).into(),
            body: (!as_received).then(|| body.clone().into()),
            chunks: chunks.clone(),
            trailers: packed(trailers),
            complete: *complete,
            malformed: malformed.clone(),
            head_at: (*head_at).into(),
            body_at: body_at.map(Micros::from),
            complete_at: complete_at.map(Micros::from),
            answered_at: answered_at.map(Micros::from),
            answer: (*answer).into(),
            sent: [sent.start, sent.end],
        }
    }

    fn seen(self, received: &[u8]) -> Result<RequestSeen, String> {
        let (head, bytes) = (self.head[0]..self.head[1], self.bytes[0]..self.bytes[1]);
        let lies_within = |range: &Range<usize>| received.get(range.clone()).is_some();
        if !lies_within(&head) || !lies_within(&bytes) {
            return Err("a request lies outside of what its connection received".to_owned());
        }
        let body = match self.body {
            Some(body) => body.0,
            None => received.get(head.end..bytes.end).ok_or("a request ends within its head")?.to_vec(),
        };
        let plain =
            |lines: Vec<(Packed, Packed)>| lines.into_iter().map(|(name, value)| (name.0, value.0)).collect();
        Ok(RequestSeen {
            order: self.order,
            head,
            bytes,
            method: self.method.0,
            target: self.target.0,
            version: self.version.0,
            fields: plain(self.fields),
            framing: self.framing.into(),
            body,
            chunks: self.chunks,
            trailers: plain(self.trailers),
            complete: self.complete,
            malformed: self.malformed,
            head_at: self.head_at.into(),
            body_at: self.body_at.map(Duration::from),
            complete_at: self.complete_at.map(Duration::from),
            answered_at: self.answered_at.map(Duration::from),
            answer: self.answer.into(),
            sent: self.sent[0]..self.sent[1],
        })
    }
}

/// Enumerations whose variants have the same names on both sides.
macro_rules! mirrored {
    ($stored:ident, $seen:ident: $($unit:ident)*; $($tuple:ident)*) => {
        impl From<$seen> for $stored {
            fn from(seen: $seen) -> Self {
                match seen {
                    $($seen::$unit => Self::$unit,)*
                    $($seen::$tuple(value) => Self::$tuple(value),)*
                }
            }
        }

        impl From<$stored> for $seen {
            fn from(stored: $stored) -> Self {
                match stored {
                    $($stored::$unit => Self::$unit,)*
                    $($stored::$tuple(value) => Self::$tuple(value),)*
                }
            }
        }
    };
}

mirrored!(StoredEnd, Ended: Client ClientReset Server ServerReset Open;);
mirrored!(StoredFraming, BodyFraming: None Chunked; Length);
mirrored!(StoredAnswer, Answer: Unmatched None; Rule);
mirrored!(StoredTold, Told: Hang; Outcome Unsupported Crash Stopped Broken);

impl From<&Told> for StoredTold {
    fn from(told: &Told) -> Self {
        told.clone().into()
    }
}

#[cfg(test)]
mod tests;
