//! Telling what was observed, line by line.

use std::ops::Range;

use wireproof_client::outcome::{BodySeen, CallResult};
use wireproof_server::seen::{ConnectionSeen, Ended, RequestSeen};

use super::{Chapter, Detail, Tokens};
use crate::{
    observation::{Observation, Told},
    show,
};

/// How many bytes of content are told.
const CONTENT_TOLD: usize = 240;

/// What is sent of an answer even if the client loses interest: servers write at least as much at once.
const SURELY_SENT: usize = 240;

/// What a TLS handshake begins with: the type of its record, and the major version (RFC 8446 5.1).
const TLS_HANDSHAKE: &[u8] = &[0x16, 0x03];

/// How many lines of a head are told.
const HEAD_LINES_TOLD: usize = 40;

pub(super) fn wire(
    observation: &Observation,
    tokens: &Tokens,
    by_request: bool,
    detail: Detail,
) -> Vec<Chapter> {
    let failed = calls(observation).iter().any(|call| call.error.is_some());
    let by_the_clock = calls(observation).iter().any(ended_by_the_clock);
    let stable = detail == Detail::Stable;
    let mut chapters = Vec::new();
    for server in &observation.seen.servers {
        for connection in &server.connections {
            let talk = Talk { connection, tokens, stable, early_end: failed, by_the_clock };
            if by_request {
                chapters.extend(connection.requests.iter().map(|request| Chapter {
                    title: format!("{}, a request", server.name),
                    lines: talk.exchange(request),
                }));
                continue;
            }
            let title = match connection.number {
                Some(number) => format!("{}, connection {number}", server.name),
                None => format!("{}, a silent connection", server.name),
            };
            chapters.push(Chapter { title, lines: talk.lines() });
        }
    }
    chapters
}

/// What was told of the calls.
fn calls(observation: &Observation) -> &[CallResult] {
    match &observation.told {
        Told::Outcome(outcome) => &outcome.calls,
        _ => &[],
    }
}

/// A limit of time struck, or the call was given up: how far things had got by then is chance.
fn ended_by_the_clock(result: &CallResult) -> bool {
    let classes = result.error.iter().flat_map(|error| &error.class);
    classes.into_iter().any(|class| class.ends_with("timeout") || class == "cancelled")
}

/// One connection.
struct Talk<'a> {
    connection: &'a ConnectionSeen,
    tokens: &'a Tokens,
    stable: bool,
    /// A call failed, so the client may have ended before all was sent.
    early_end: bool,
    by_the_clock: bool,
}

impl Talk<'_> {
    fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let mut sent = 0;
        let mut received = 0;
        for request in &self.connection.requests {
            self.sent(sent..request.sent.start, &mut lines);
            self.received_raw(received..request.bytes.start, &mut lines);
            lines.extend(self.exchange(request));
            sent = request.sent.end;
            received = request.bytes.end;
        }
        self.sent(sent..self.connection.sent, &mut lines);
        self.received_raw(received..self.connection.received.len(), &mut lines);
        lines.extend(self.connection.violations.iter().map(|violation| format!("! {violation}")));
        lines.extend(self.end());
        lines
    }

    /// One request and what answered it.
    fn exchange(&self, request: &RequestSeen) -> Vec<String> {
        let mut lines = Vec::new();
        self.request(request, &mut lines);
        self.sent(request.sent.clone(), &mut lines);
        lines
    }

    fn request(&self, request: &RequestSeen, lines: &mut Vec<String>) {
        let head = &self.connection.received[request.head.clone()];
        told_head("> ", &self.tokens.apply(head), HEAD_LINES_TOLD, lines);
        if !request.complete {
            let why = request.malformed.as_deref().map(|why| format!(": {why}")).unwrap_or_default();
            lines.push(format!("> (the content was cut short{why})"));
            return;
        }
        if !request.chunks.is_empty() {
            let sizes: Vec<String> = request.chunks.iter().take(12).map(ToString::to_string).collect();
            let more = if request.chunks.len() > 12 { "..." } else { "" };
            lines.push(format!("> (chunks of {}{more})", sizes.join(", ")));
        }
        // Within one message the boundary is spelled in the head, so both are normalised together.
        let whole = [head, &request.body].concat();
        let normal = self.tokens.apply(&whole);
        let body_start =
            normal.windows(4).position(|four| four == b"\r\n\r\n").map_or(normal.len(), |at| at + 4);
        if !request.body.is_empty() {
            told_content("> ", &normal[body_start..], true, lines);
        }
        for (name, value) in &request.trailers {
            lines.push(format!("> (trailer) {}: {}", show::escaped(name), show::escaped(value)));
        }
    }

    /// A stretch of what was sent.
    fn sent(&self, range: Range<u64>, lines: &mut Vec<String>) {
        let kept = self.connection.sent_bytes.len();
        let index = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(kept);
        let bytes = &self.connection.sent_bytes[index(range.start)..index(range.end).max(index(range.start))];
        if bytes.is_empty() || self.stable && self.by_the_clock {
            return;
        }
        if self.stable && self.early_end && bytes.len() > SURELY_SENT {
            // How many lines or messages of a flood got out is chance.
            return told_content("< ", &self.tokens.apply(&bytes[..SURELY_SENT]), false, lines);
        }
        let mut rest = bytes;
        while rest.starts_with(b"HTTP/") {
            let Some(end) = memchr::memmem::find(rest, b"\r\n\r\n") else { break };
            told_head("< ", &self.tokens.apply(&rest[..end + 4]), HEAD_LINES_TOLD, lines);
            rest = &rest[end + 4..];
        }
        if !rest.is_empty() {
            let all = index(range.end) == usize::try_from(range.end).unwrap_or(usize::MAX);
            told_content("< ", &self.tokens.apply(rest), all && !(self.stable && self.early_end), lines);
        }
    }

    fn received_raw(&self, range: Range<usize>, lines: &mut Vec<String>) {
        let Some(bytes) = self.connection.received.get(range).filter(|bytes| !bytes.is_empty()) else {
            return;
        };
        if self.stable && bytes.starts_with(TLS_HANDSHAKE) {
            // Its random bytes are new every time.
            return lines.push("> (raw) a TLS handshake".to_owned());
        }
        told_content("> (raw) ", &self.tokens.apply(bytes), !self.stable, lines);
    }

    /// Who was first to end the connection is often chance: where the server ends it behind its answer, the
    /// client may be quicker.
    fn end(&self) -> Option<String> {
        let told = match self.connection.ended {
            Ended::Open => "still open",
            _ if self.stable => return None,
            Ended::Client => "ended by the client",
            Ended::ClientReset => "reset by the client",
            Ended::Server => "ended by the server",
            Ended::ServerReset => "reset by the server",
        };
        Some(told.to_owned())
    }
}

fn told_head(mark: &str, head: &[u8], most: usize, lines: &mut Vec<String>) {
    let text = head.strip_suffix(b"\r\n").unwrap_or(head);
    let all: Vec<&[u8]> = text.split(|&byte| byte == b'\n').collect();
    for line in all.iter().take(most) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        lines.push(format!("{mark}{}", shortened(line)));
    }
    if all.len() > most {
        lines.push(format!("{mark}... ({} lines)", all.len()));
    }
}

fn shortened(line: &[u8]) -> String {
    if line.len() <= CONTENT_TOLD {
        return show::escaped_plain(line);
    }
    format!("{}... ({} bytes)", show::escaped_plain(&line[..CONTENT_TOLD]), line.len())
}

fn told_content(mark: &str, content: &[u8], counted: bool, lines: &mut Vec<String>) {
    let shown = &content[..content.len().min(CONTENT_TOLD)];
    let more = match content.len() > CONTENT_TOLD {
        true if counted => format!("... ({} bytes)", content.len()),
        true => "...".to_owned(),
        false => String::new(),
    };
    lines.push(format!("{mark}{}{more}", show::quoted(shown)));
}

pub(super) fn told(observation: &Observation, tokens: &Tokens, detail: Detail) -> Vec<Chapter> {
    let of_call = |index: usize, result: &CallResult| Chapter {
        title: title(index, result, tokens),
        lines: result_lines(result, tokens, detail == Detail::Stable),
    };
    let partials = observation.partials.iter().map(|partial| of_call(partial.call, &partial.result));
    let end = match &observation.told {
        Told::Outcome(outcome) => {
            outcome.calls.iter().enumerate().map(|(index, result)| of_call(index, result)).collect()
        }
        Told::Unsupported(unsupported) => {
            vec![bare(format!("the client cannot do that: {}", unsupported.what.join(", ")))]
        }
        Told::Hang => vec![bare("the client did not answer by the deadline".to_owned())],
        Told::Crash(how) => {
            vec![bare(format!("the client crashed: {}", how.lines().next().unwrap_or_default()))]
        }
        Told::Stopped(how) => vec![bare(format!("the client was {how}"))],
        Told::Broken(how) => vec![bare(format!("the adapter failed: {how}"))],
    };
    partials.chain(end).collect()
}

fn bare(title: String) -> Chapter {
    Chapter { title, lines: Vec::new() }
}

fn title(index: usize, result: &CallResult, tokens: &Tokens) -> String {
    let mut title = format!("client, call {}", index + 1);
    if let Some(status) = result.status {
        let reason = result.reason.as_ref().map(|reason| tokens.apply(reason).into_owned());
        let reason = show::escaped_plain(&reason.unwrap_or_default());
        title = format!("{title}: {status} {reason}");
        title.truncate(title.trim_end().len());
    }
    if let Some(error) = &result.error {
        title = format!("{title}: error {}", error.class.join(" or "));
        if !error.phase.is_empty() {
            title = format!("{title} in {}", error.phase.join(" or "));
        }
    }
    title
}

fn result_lines(result: &CallResult, tokens: &Tokens, stable: bool) -> Vec<String> {
    let mut lines = Vec::new();
    let normal = |bytes: &[u8]| show::escaped_plain(&tokens.apply(bytes));
    if let Some(error) = &result.error {
        let kind = error.kind.as_deref().unwrap_or("error");
        lines.push(format!("{kind}: {}", normal(error.text.as_deref().unwrap_or_default().as_bytes())));
        lines.extend(
            error.causes.iter().map(|(kind, text)| format!("caused by {kind}: {}", normal(text.as_bytes()))),
        );
    }
    for interim in result.interim.iter().flatten() {
        lines.push(format!("interim {}", interim.status));
    }
    for hop in result.history.iter().flatten() {
        let url = hop.url.as_ref().map(|url| normal(url)).unwrap_or_default();
        lines.push(format!("via {} {url}", hop.status).trim_end().to_owned());
    }
    if let Some(url) = &result.url {
        lines.push(format!("url {}", normal(url)));
    }
    for (name, value) in result.fields.iter().flatten() {
        lines.push(format!("field {name}: {}", normal(value)));
    }
    for (name, value) in result.trailers.iter().flatten() {
        lines.push(format!("trailer {name}: {}", normal(value)));
    }
    if let Some(upgraded) = &result.upgraded {
        lines.push(format!("upgraded {}", show::quoted(upgraded)));
    }
    if let Some(text) = &result.text {
        lines.push(format!("text {}", show::quoted(text.as_bytes())));
    }
    if let Some(json) = &result.json {
        lines.push(format!("json {json}"));
    }
    match &result.body {
        Some(_) if stable && ended_by_the_clock(result) => {
            lines.push("body (as much as came by then)".to_owned());
        }
        Some(BodySeen::Bytes(bytes)) if !bytes.is_empty() => {
            let counted = !(stable && result.error.is_some());
            told_content("body ", &tokens.apply(bytes), counted, &mut lines);
        }
        Some(BodySeen::Digest { length, sha256 }) => {
            lines.push(format!("body of {length} bytes, SHA-256 {sha256}"));
        }
        Some(BodySeen::Bytes(_)) | None => {}
    }
    if result.complete == Some(false) {
        lines.push("(the caller stopped early)".to_owned());
    }
    lines
}
