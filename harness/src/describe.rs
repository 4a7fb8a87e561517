//! A case in prose: what its servers do and what the client is asked, for `explain` and `serve`.

use std::fmt::Write as _;

use wireproof_server::{
    script::{
        After, Await, Conditions, Content, Cut, End, Field, Forward, Framing, Listen, Reading, Reply, Rule,
        Script, ServerScript, Step, When,
    },
    text::{AddressPart, DateForm, Pattern, PatternPiece, Piece, RequestPart, Text},
};

use crate::show;

/// What every server of a script does, a paragraph each.
pub fn servers(script: &Script) -> String {
    script.servers.iter().map(server).collect()
}

fn server(server: &ServerScript) -> String {
    let mut told = match &server.listen {
        Listen::Refused => return format!("{} is a closed port: connecting is refused\n", server.name),
        Listen::Blackhole => return format!("{} swallows connection attempts\n", server.name),
        Listen::Unix => format!("{} (on a Unix socket)\n", server.name),
        Listen::Tcp { port: Some(port), .. } => format!("{} (on port {port})\n", server.name),
        Listen::Tcp { .. } => format!("{}\n", server.name),
    };
    for rule in &server.rules {
        told.push_str(&self::rule(rule));
    }
    told
}

fn rule(rule: &Rule) -> String {
    let mut head = match &rule.when {
        When::Accept => "when a connection is accepted".to_owned(),
        When::Request(conditions) => format!("when {}", self::conditions(conditions)),
    };
    match rule.after {
        After::Head => head.push_str(", as soon as the head is there"),
        After::Bytes(n) => {
            let _ = write!(head, ", after {n} bytes of content");
        }
        After::Body => {}
    }
    match rule.times {
        Some(1) => head.push_str(", once"),
        Some(n) => {
            let _ = write!(head, ", {n} times");
        }
        None => {}
    }
    let mut told = format!("  {head}\n");
    steps(&rule.steps, 4, &mut told);
    told
}

fn conditions(conditions: &Conditions) -> String {
    let request = conditions.request.as_ref().map_or("a request".to_owned(), pattern);
    let mut told = format!("{request} comes");
    for field in &conditions.fields {
        let _ = write!(told, ", with {}: {}", text(&field.name), pattern(&field.value));
    }
    for name in &conditions.without {
        let _ = write!(told, ", without {}", text(name));
    }
    if let Some(body) = &conditions.body {
        let _ = write!(told, ", with the content {}", content(body));
    }
    if let Some(connection) = conditions.connection {
        let _ = write!(told, ", on connection {connection}");
    }
    if let Some(nth) = conditions.nth {
        let _ = write!(told, ", number {nth} on its connection");
    }
    if let Some(digest) = &conditions.proves {
        let _ = write!(told, ", with a Digest answer that computes for {}", text(&digest.user));
    }
    told
}

fn steps(list: &[Step], indent: usize, told: &mut String) {
    for step in list {
        let _ = writeln!(told, "{:indent$}{}", "", self::step(step));
        if let Step::Repeat { steps: inner, .. } = step {
            steps(inner, indent + 2, told);
        }
    }
}

fn step(step: &Step) -> String {
    match step {
        Step::Send(bytes) => format!("send {}", content(bytes)),
        Step::Reply(reply) => self::reply(reply),
        Step::Receive(bytes) => format!("receive exactly {}", text(bytes)),
        Step::Forward(Forward::Server(name)) => format!("send the request on to {name}, relay its answer"),
        Step::Forward(Forward::Target) => "send the request on to its target, relay the answer".to_owned(),
        Step::Tunnel(name) => format!("relay bytes to and from {name}"),
        Step::Wait(time) => format!("wait {time:?}"),
        Step::Await(what) => format!("wait for {}", awaited(what)),
        Step::Signal(name) => format!("give the signal `{name}`"),
        Step::Pace(pace) => {
            let cut = match &pace.cut {
                Cut::By(n) => format!("in pieces of {n} bytes"),
                Cut::At(offsets) => format!("cut at {offsets:?}"),
            };
            format!("from here on write {cut}, {:?} apart", pace.every)
        }
        Step::Reading(Reading::Eager) => "from here on read as fast as bytes come".to_owned(),
        Step::Reading(Reading::None) => "from here on read nothing".to_owned(),
        Step::Reading(Reading::Slow { by, every }) => format!("from here on read {by} bytes every {every:?}"),
        Step::Repeat { times: Some(n), .. } => format!("{n} times:"),
        Step::Repeat { times: None, .. } => "without end:".to_owned(),
        Step::End(End::Close) => "close (FIN)".to_owned(),
        Step::End(End::Cut) => "close (FIN) without close_notify".to_owned(),
        Step::End(End::Reset) => "reset (RST)".to_owned(),
        Step::End(End::HalfClose) => "stop writing (FIN), go on reading".to_owned(),
        Step::End(End::Stall) => "say nothing more".to_owned(),
    }
}

fn awaited(what: &Await) -> String {
    match what {
        Await::Body => "the whole content of the request".to_owned(),
        Await::Bytes(n) => format!("{n} bytes of content"),
        Await::Close => "the client's end of the connection".to_owned(),
        Await::Request(request) => format!("{} on any connection", pattern(request)),
        Await::Signal { name, times: 1 } => format!("the signal `{name}`"),
        Await::Signal { name, times } => format!("the signal `{name}`, given {times} times"),
    }
}

fn reply(reply: &Reply) -> String {
    let mut told = format!("reply {}", reply.status);
    if let Some(reason) = &reply.reason {
        let _ = write!(told, " {}", text(reason));
    }
    for Field { name, value } in &reply.fields {
        let _ = write!(told, ", {}: {}", text(name), text(value));
    }
    match reply.framing {
        Framing::Length => {}
        Framing::Chunked => told.push_str(", chunked"),
        Framing::Close => told.push_str(", ended by closing"),
    }
    if let Some(chunk) = reply.chunk {
        let _ = write!(told, ", {chunk} bytes a chunk");
    }
    if reply.body != Content::default() {
        let _ = write!(told, ", content {}", content(&reply.body));
    }
    for Field { name, value } in &reply.trailers {
        let _ = write!(told, ", trailer {}: {}", text(name), text(value));
    }
    told
}

fn content(content: &Content) -> String {
    match content {
        Content::Text(text) => format!("\"{}\"", self::text(text)),
        Content::Joined(parts) => parts.iter().map(self::content).collect::<Vec<_>>().join(" and "),
        Content::Random(seed) => format!("random bytes (seed {seed})"),
        Content::Sized { of, size: Some(size) } => format!("{size} bytes of {}", self::content(of)),
        Content::Sized { of, size: None } => format!("{} without end", self::content(of)),
        Content::Coded { of, coding } => format!("{} in {coding:?}", self::content(of)).to_lowercase(),
        Content::Kept { of, keep } if *keep < 0 => {
            format!("{} but for its last {} bytes", self::content(of), keep.unsigned_abs())
        }
        Content::Kept { of, keep } => format!("the first {keep} bytes of {}", self::content(of)),
        Content::Flipped { of, at } => format!("{} with byte {at} inverted", self::content(of)),
    }
}

/// A text as the case language spells it.
pub fn text(text: &Text) -> String {
    text.0.iter().map(piece).collect()
}

fn piece(piece: &Piece) -> String {
    match piece {
        Piece::Bytes(bytes) => show::escaped(bytes),
        Piece::Address { server, part } => match part {
            AddressPart::Origin => format!("{{{server}}}"),
            AddressPart::Scheme => format!("{{{server}.scheme}}"),
            AddressPart::Host => format!("{{{server}.host}}"),
            AddressPart::Port => format!("{{{server}.port}}"),
            AddressPart::Authority => format!("{{{server}.authority}}"),
            AddressPart::Address => format!("{{{server}.address}}"),
            AddressPart::Socket => format!("{{{server}.socket}}"),
        },
        Piece::Date { offset, form } => {
            let form = match form {
                DateForm::Imf => "",
                DateForm::Rfc850 => " as rfc850",
                DateForm::Asctime => " as asctime",
                DateForm::Unix => " as unix",
            };
            let sign = if offset.back { '-' } else { '+' };
            format!("{{now{sign}{}s{form}}}", offset.by.as_secs())
        }
        Piece::Request(RequestPart::Method) => "{request.method}".to_owned(),
        Piece::Request(RequestPart::Target) => "{request.target}".to_owned(),
        Piece::Request(RequestPart::Body) => "{request.body}".to_owned(),
        Piece::Request(RequestPart::Head) => "{request.head}".to_owned(),
        Piece::Request(RequestPart::Field(name)) => format!("{{request.headers.{name}}}"),
        Piece::Count => "{count}".to_owned(),
        Piece::Turn => "{n}".to_owned(),
    }
}

fn pattern(pattern: &Pattern) -> String {
    pattern
        .0
        .iter()
        .map(|piece| match piece {
            PatternPiece::Star => "*".to_owned(),
            PatternPiece::Text(text) => self::text(text),
        })
        .collect()
}
