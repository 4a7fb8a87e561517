//! One request and its response on one connection: which fields go out, how the content is framed, and in
//! which order things are done.

use super::{
    chunked,
    connection::{HttpConnection, Progress, check_field, check_request_line},
    error::{Class, Error, Phase, Result},
    fields::trim,
    head::ResponseHead,
    policy::Policy,
    request::{Content, Request, SharedSource, SourceFault, Version},
};

mod framing;

use framing::Framing;

/// What this client calls itself.
pub const USER_AGENT: &str = "wireproof-reference/0.1";

/// A request made ready: everything about it that can be wrong has been looked at.
#[derive(Debug)]
pub struct Prepared {
    method: String,
    target: Vec<u8>,
    fields: Vec<(String, Vec<u8>)>,
    framing: Framing,
    expects_continue: bool,
}

impl Prepared {
    /// Whether its content is sent in chunks.
    pub(super) fn is_chunked(&self) -> bool {
        self.framing == Framing::Chunked
    }
}

/// Makes a request ready to be sent.
///
/// # Errors
/// `invalid-request` in phase prepare, before any connection is made.
pub fn prepare(request: &Request, policy: &Policy) -> Result<Prepared> {
    check_method(request, policy)?;
    check_trailers(request, policy)?;
    let framing = Framing::of(request, policy)?;
    let method = method(request, policy);
    let target = target(request, policy);
    let fields = fields(request, framing, policy);
    // What came in a Location was looked at where it was made a URL.
    if policy.encodes_location || request.url == request.first_url {
        check_request_line(&method, &target, policy)?;
    }
    let size = fields.iter().fold(target.len(), |sum, (name, value)| sum + name.len() + value.len());
    if size > policy.own_head_limit {
        return Err(Error::invalid(format!("head of more than {} bytes", policy.own_head_limit)));
    }
    for (name, value) in fields.iter().chain(&request.trailers) {
        check_field(name, value, policy)?;
    }
    let expected = fields.iter().any(|(name, value)| {
        name.eq_ignore_ascii_case("expect") && value.eq_ignore_ascii_case(b"100-continue")
    });
    let expects_continue = expected && !request.content.is_nothing() && policy.awaits_continue;
    Ok(Prepared { method, target, fields, framing, expects_continue })
}

/// Sends a request and reads the head of its response.
///
/// # Errors
/// Those of the connection; `caller` where the source of the content raised.
pub fn perform(
    connection: &mut HttpConnection,
    request: &Request,
    prepared: &Prepared,
    policy: &Policy,
) -> Result<ResponseHead> {
    send(connection, request, prepared, policy)?;
    connection.getresponse()
}

/// Sends a request, or as much of it as is worth sending.
pub(super) fn send(
    connection: &mut HttpConnection,
    request: &Request,
    prepared: &Prepared,
    policy: &Policy,
) -> Result<()> {
    let version = if request.treatment.version == Version::Http10 { "1.0" } else { "1.1" };
    if let Some(most) = request.treatment.max_head.filter(|_| policy.obeys_head_limit) {
        connection.head_limit = most;
    }
    connection.begin(&prepared.method, &prepared.target, version)?;
    for (name, value) in &prepared.fields {
        connection.putheader(name, value)?;
    }
    if prepared.expects_continue {
        connection.endheaders(b"")?;
        let answered = connection.await_continue()? == Progress::Answered;
        if answered && policy.withholds_content_after_final_status {
            return Ok(());
        }
        return send_content(connection, request, prepared.framing, policy);
    }
    if let (Content::Bytes(content), Framing::Length(_)) = (&request.content, prepared.framing) {
        return connection.endheaders(content).map(|_| ());
    }
    connection.endheaders(b"")?;
    send_content(connection, request, prepared.framing, policy)
}

fn method(request: &Request, policy: &Policy) -> String {
    let is_known = |known: &[&str]| known.contains(&request.method.as_str());
    match policy.methods_sent {
        Some(known) if !is_known(known) => "POST".to_owned(),
        _ if !policy.keeps_method_case => request.method.to_ascii_uppercase(),
        _ => request.method.clone(),
    }
}

/// What some methods must not be used for.
fn check_method(request: &Request, policy: &Policy) -> Result<()> {
    match request.method.as_str() {
        method if policy.methods_known.is_some_and(|known| !known.contains(&method)) => {
            Err(Error::invalid(format!("unknown method: {method:?}")))
        }
        "CONNECT" if policy.keeps_connect_to_itself => Err(Error::invalid("CONNECT is for tunnels only")),
        "TRACE" if !request.content.is_nothing() && policy.keeps_content_from_trace => {
            Err(Error::invalid("TRACE has no content"))
        }
        _ => Ok(()),
    }
}

/// Fields for framing, routing, credentials and the interpretation of content are of no use behind it, and
/// a danger (RFC 9110 6.5.1).
fn check_trailers(request: &Request, policy: &Policy) -> Result<()> {
    const KEPT: &[&str] = &[
        "authorization",
        "cache-control",
        "connection",
        "content-encoding",
        "content-length",
        "content-range",
        "content-type",
        "cookie",
        "expect",
        "host",
        "max-forwards",
        "proxy-authorization",
        "range",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ];
    let is_kept = |name: &str| KEPT.iter().any(|kept| name.eq_ignore_ascii_case(kept));
    match request.trailers.iter().find(|(name, _)| is_kept(name)) {
        Some((name, _)) if policy.keeps_head_fields_from_trailers => {
            Err(Error::invalid(format!("{name} is no trailer field")))
        }
        _ => Ok(()),
    }
}

fn target(request: &Request, policy: &Policy) -> Vec<u8> {
    if let Some(target) = &request.target {
        return target.clone();
    }
    let through_proxy = request.proxy.is_some() && request.url.scheme == "http";
    let shows_userinfo = !policy.hides_userinfo_in_target && request.url.userinfo.is_some();
    if (through_proxy && policy.sends_absolute_form) || shows_userinfo {
        request.url.absolute_form(policy).into_bytes()
    } else {
        request.url.origin_form(policy).into_bytes()
    }
}

/// The client's own field lines, where the caller neither replaces nor suppresses them, and the caller's.
fn fields(request: &Request, framing: Framing, policy: &Policy) -> Vec<(String, Vec<u8>)> {
    let is_sent = |name: &str| {
        let suppressed = request.suppressed.iter().any(|known| known.eq_ignore_ascii_case(name));
        let doubled = (name == "Host" && !policy.sends_one_host)
            || (name == "Accept-Encoding" && !policy.keeps_own_accept_encoding)
            || (name == "Content-Type" && !policy.sends_one_content_type)
            || (name == "Content-Length" && !policy.sends_one_length);
        let silent = name == "Accept-Encoding" && wants_part(request) && !policy.asks_for_plain_parts;
        !suppressed && !silent && (doubled || !request.has_header(name))
    };
    let defaults = defaults(request, framing, policy).into_iter().filter(|(name, _)| is_sent(name));
    let mut fields = defaults.map(|(name, value)| (name.to_owned(), value.into_bytes())).collect();
    add_own_fields(&mut fields, request, policy);
    for (name, value) in &mut fields {
        if !policy.keeps_case_of_names {
            name.make_ascii_lowercase();
        }
        if !policy.keeps_octets_of_values {
            *value = in_latin1(value);
        }
    }
    fields
}

/// Letters that ISO-8859-1 has, as it has them.
fn in_latin1(value: &[u8]) -> Vec<u8> {
    String::from_utf8_lossy(value).chars().map(|letter| u8::try_from(letter).unwrap_or(b'?')).collect()
}

/// The order of `urllib`, but for Host, which comes first (RFC 9112 3.2).
fn defaults(request: &Request, framing: Framing, policy: &Policy) -> Vec<(&'static str, String)> {
    let treatment = &request.treatment;
    let mut fields =
        vec![("Host", host(request, policy)), ("Accept-Encoding", accepted_codings(request, policy))];
    let media_type = request.content_type.iter().filter(|_| policy.names_type_of_content);
    fields.extend(media_type.map(|media_type| ("Content-Type", media_type.clone())));
    fields.extend(framing.fields(request, policy));
    if !request.trailers.is_empty() && policy.sends_trailers {
        let names: Vec<&str> = request.trailers.iter().map(|(name, _)| name.as_str()).collect();
        fields.push(("Trailer", names.join(", ")));
    }
    fields.push(("User-Agent", USER_AGENT.to_owned()));
    let wanted = !request.content.is_nothing() || !policy.expects_with_content_only;
    if treatment.expect_continue && wanted && treatment.version == Version::Http11 {
        fields.push(("Expect", "100-continue".to_owned()));
    }
    match (treatment.version, keeps_alive(request, policy)) {
        (Version::Http11, false) => fields.push(("Connection", "close".to_owned())),
        (Version::Http10, true) => fields.push(("Connection", "keep-alive".to_owned())),
        _ => {}
    }
    fields
}

/// The codings that can be decoded (RFC 9110 12.5.3). A part of coded content cannot be decoded by itself, so none
/// is asked for where the caller asks for a part.
fn accepted_codings(request: &Request, policy: &Policy) -> String {
    let plain = !request.treatment.decompress || wants_part(request);
    if plain { "identity" } else { policy.offered_codings }.to_owned()
}

fn wants_part(request: &Request) -> bool {
    request.fields.iter().any(|(name, _)| name.eq_ignore_ascii_case("range"))
}

fn add_own_fields(fields: &mut Vec<(String, Vec<u8>)>, request: &Request, policy: &Policy) {
    let defaults = fields.len();
    let nothing_to_send = request.content.is_nothing() && policy.expects_with_content_only;
    for (name, value) in request.fields.iter().chain(&request.unredirected) {
        let is_ours = name.eq_ignore_ascii_case("accept-encoding") && !policy.keeps_own_accept_encoding;
        let is_range = name.eq_ignore_ascii_case("range") && !policy.keeps_own_range;
        let is_expectation = nothing_to_send
            && name.eq_ignore_ascii_case("expect")
            && value.eq_ignore_ascii_case(b"100-continue");
        if is_ours || is_range || is_expectation {
            continue;
        }
        let known = fields[defaults..].iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(name));
        match known {
            Some(known) if !policy.keeps_own_duplicates => known.1.clone_from(value),
            _ => fields.push((name.clone(), value.clone())),
        }
    }
    if !policy.keeps_own_order {
        fields[defaults..].sort();
    }
    // The caller's Host comes first as well.
    if let Some(at) = fields.iter().position(|(name, _)| name.eq_ignore_ascii_case("host")) {
        fields[..=at].rotate_right(1);
    }
}

/// Whether the connection is to be kept behind this request.
pub fn keeps_alive(request: &Request, policy: &Policy) -> bool {
    let ends = !request.treatment.keepalive || (policy.obeys_own_close && says_close(request));
    !ends || !policy.obeys_keepalive_switch
}

/// Whether the caller itself has sent the connection option `close` (RFC 9112 9.6).
fn says_close(request: &Request) -> bool {
    let own = request.fields.iter().filter(|(name, _)| name.eq_ignore_ascii_case("connection"));
    own.flat_map(|(_, value)| value.split(|&byte| byte == b','))
        .any(|option| trim(option).eq_ignore_ascii_case(b"close"))
}

fn host(request: &Request, policy: &Policy) -> String {
    let named = if policy.renews_host { &request.url } else { &request.first_url };
    let mut host = if policy.sends_port_in_host { named.authority() } else { named.host.clone() };
    if !policy.keeps_brackets_in_host {
        host = host.replace(['[', ']'], "");
    }
    match &named.userinfo {
        Some(userinfo) if !policy.hides_userinfo_in_host => format!("{userinfo}@{host}"),
        _ => host,
    }
}

fn send_content(
    connection: &mut HttpConnection,
    request: &Request,
    framing: Framing,
    policy: &Policy,
) -> Result<()> {
    match &request.content {
        Content::Nothing if framing == Framing::Chunked => {
            finish_chunked(connection, request, Vec::new(), policy)
        }
        Content::Nothing => Ok(()),
        Content::Bytes(content) if framing == Framing::Chunked => {
            let mut output = Vec::with_capacity(content.len() + 32);
            chunked::encode(content, &mut output, policy);
            finish_chunked(connection, request, output, policy)
        }
        Content::Bytes(content) => connection.send(content).map(|_| ()),
        Content::Source { source, .. } => match framing {
            Framing::Length(length) => send_counted(connection, source, length, policy),
            _ => send_pieces(connection, request, source, policy),
        },
    }
}

/// A source of known length: what it yields goes out as it is, and has to be as long as announced.
fn send_counted(
    connection: &mut HttpConnection,
    source: &SharedSource,
    length: u64,
    policy: &Policy,
) -> Result<()> {
    let mut left = length;
    while let Some(piece) = next_piece(connection, source, policy)? {
        let count = piece.len() as u64;
        if count > left && policy.checks_announced_length {
            return Err(wrong_length(length, "more"));
        }
        left = left.saturating_sub(count);
        if connection.has_answer()? || connection.send(&piece)? == Progress::Answered {
            return Ok(());
        }
    }
    if left > 0 && policy.checks_announced_length { Err(wrong_length(length, "less")) } else { Ok(()) }
}

fn wrong_length(length: u64, than: &str) -> Error {
    let text = format!("the content has {than} than the {length} bytes that were announced");
    Error::new(Class::Caller, Phase::Send, "ValueError", text)
}

/// A source of unknown length: each piece is a chunk, sent when it comes.
fn send_pieces(
    connection: &mut HttpConnection,
    request: &Request,
    source: &SharedSource,
    policy: &Policy,
) -> Result<()> {
    let mut output = Vec::new();
    loop {
        let piece = match next_piece(connection, source, policy) {
            Ok(piece) => piece,
            Err(error) if error.class == Class::Caller && !policy.leaves_failed_content_open => None,
            Err(error) => return Err(error),
        };
        let Some(piece) = piece else { break };
        chunked::encode(&piece, &mut output, policy);
        if output.is_empty() || !policy.sends_pieces_as_they_come {
            continue;
        }
        if connection.has_answer()? || connection.send(&output)? == Progress::Answered {
            return Ok(());
        }
        output.clear();
    }
    finish_chunked(connection, request, output, policy)
}

fn next_piece(
    connection: &HttpConnection,
    source: &SharedSource,
    policy: &Policy,
) -> Result<Option<Vec<u8>>> {
    source.lock().next(&connection.timers().anything()).map_err(|fault| match fault {
        SourceFault::Raised(text) => Error::new(Class::Caller, Phase::Send, "CallerError", text),
        SourceFault::Fault(fault) => fault.error(Phase::Send, policy),
    })
}

fn finish_chunked(
    connection: &mut HttpConnection,
    request: &Request,
    mut output: Vec<u8>,
    policy: &Policy,
) -> Result<()> {
    output.extend_from_slice(b"0\r\n");
    for (name, value) in request.trailers.iter().filter(|_| policy.sends_trailers) {
        for part in [name.as_bytes(), b": ", value, b"\r\n"] {
            output.extend_from_slice(part);
        }
    }
    output.extend_from_slice(b"\r\n");
    connection.send(&output).map(|_| ())
}
