//! Pages that parse, and what they parse to.

use std::time::Duration;

use wireproof::scenario::{
    Answer, Known, Level, Scenario,
    call::{Body, CallItem, Cancel, Read, Signal, StreamStep, Until},
    client::{Proxy, Redirects},
    expect::{BodyExpect, ConnectionsExpect, EndedBy, Grade},
    json::Json,
    range::Range,
    server::{Role, Step as ServerStep, When},
};
use wireproof_server::{
    script::{
        After, Await, Coding, Conditions, Content, Cut, End, Field, Forward, Framing, Pace, Reading, Step,
    },
    text::{AddressPart, Pattern, PatternPiece, Piece, Text},
};

use super::super::{folder, good, pages, written};

#[test]
fn the_first_pages_of_the_suite_parse() {
    let scenarios = good(&pages(&folder("pages")), &Known::anything());
    assert_eq!(scenarios.len(), 214);
}

/// The scenarios of one page; each has what the page lacks.
fn parsed(page: &str) -> Vec<Scenario> {
    let head = "about: A page\nspec: RFC 9112\nlevel: must\n";
    good(&[written("chapter/page.yaml", format!("{head}{page}"))], &Known::anything())
}

/// The one scenario with these servers, calls and expectations, as YAML in one line each.
fn case(servers: &str, calls: &str, expect: &str) -> Scenario {
    let page = format!(
        "cases:\n  - id: x\n    about: x\n    servers: {servers}\n    calls: {calls}\n    expect: {expect}\n    kills: [m]\n"
    );
    parsed(&page).remove(0)
}

const STATED: &str = "{ outcome: { status: 200 } }";
const CALLED: &str = "['GET {origin}/']";

fn text(text: &str) -> Text {
    if text.is_empty() { Text::default() } else { Text(vec![Piece::Bytes(text.into())]) }
}

fn field(name: &str, value: &str) -> Field {
    Field { name: text(name), value: text(value) }
}

fn literal(pattern: &str) -> Pattern {
    Pattern(vec![PatternPiece::Text(text(pattern))])
}

/// The steps of the first rule of the server `origin`.
fn steps(list: &str) -> Vec<ServerStep> {
    let scenario = case(&format!("{{ origin: [do: {list}] }}"), CALLED, STATED);
    let Role::Rules(mut rules) = scenario.servers[0].1.role.clone() else { panic!("no rules") };
    rules.remove(0).steps
}

fn plain(step: Step) -> ServerStep {
    ServerStep::Plain(step)
}

/// The body of the call.
fn body(body: &str) -> Body {
    let scenario = case("{ origin: ok }", &format!("['POST {{origin}}/': {{ body: {body} }}]"), STATED);
    let CallItem::Call(call) = &scenario.calls[0] else { panic!("no call") };
    call.body.clone().unwrap()
}

#[test]
fn a_case_takes_from_its_page_what_it_does_not_say() {
    let scenarios = parsed(
        "\
needs: [redirects]
deadline: 3s
servers: { a: ok, b: refused }
names: { x.test: a, y.test: nxdomain }
client: { cookies: true, timeouts: { read: 1s } }
calls: ['GET {a}/']
cases:
  - { id: Plain.Case, about: One, covers: [c], expect: { outcome: { status: 200 } }, kills: [m] }
  - id: other
    about: Two
    spec: RFC 9110
    level: should
    needs: [cookies, redirects]
    servers: { b: silent, c: ok }
    names: { y.test: [c, a] }
    client: { timeouts: { total: 5s }, redirects: false }
    calls: ['GET {c}/']
    deadline: 1m
    control: plain.case
    expect: { outcome: { error: dns } }
    kills: [m, n]
",
    );
    let [first, second] = scenarios.as_slice() else { panic!("two cases") };
    assert_eq!(first.id.to_string(), "chapter/page/plain.case");
    assert_eq!(
        (first.level, first.spec.as_str(), first.deadline),
        (Level::Must, "RFC 9112", Duration::from_secs(3))
    );
    assert_eq!(
        (first.needs.as_slice(), first.covers.as_slice()),
        (["redirects".to_owned()].as_slice(), ["c".to_owned()].as_slice())
    );
    assert_eq!(first.client.timeouts.unwrap().read, Some(Duration::from_secs(1)));

    assert_eq!(
        (second.level, second.spec.as_str(), second.deadline),
        (Level::Should, "RFC 9110", Duration::from_mins(1))
    );
    assert_eq!(second.needs, ["redirects", "cookies"]);
    let servers: Vec<_> = second.servers.iter().map(|(name, server)| (name.as_str(), &server.role)).collect();
    assert_eq!(servers, [("a", &Role::Ok), ("b", &Role::Silent), ("c", &Role::Ok)]);
    let names = [
        ("x.test".to_owned(), Answer::Servers(vec!["a".to_owned()])),
        ("y.test".to_owned(), Answer::Servers(vec!["c".to_owned(), "a".to_owned()])),
    ];
    assert_eq!(second.names, names);
    let timeouts = second.client.timeouts.unwrap();
    assert_eq!((timeouts.read, timeouts.total), (None, Some(Duration::from_secs(5))));
    assert_eq!(second.client.redirects, Some(Redirects { follow: Some(false), max: None }));
    assert_eq!(second.client.cookies, Some(true));
    assert_eq!((second.control.as_deref(), second.kills.len()), (Some("plain.case"), 2));
}

#[test]
fn a_table_makes_a_case_of_each_row() {
    let page = "\
servers: { origin: ok }
cases:
  - id: 'Rows-{name}'
    about: Listed
    each: [{ name: a, value: '0x20' }, { name: b, value: '{now+1h}' }]
    calls: ['GET {origin}/': { headers: { X: '{value}' } }]
    expect: { outcome: { status: 200 } }
    kills: [m]
  - id: '{status}-{n-th}'
    about: Combined
    each: { status: [307, 308], n-th: 1..2 }
    calls: ['GET {origin}/{{{n-th}}}/{repeat {n-th} ab}': { times: '{n-th}' }]
    expect: { outcomes: [{ status: '{status}', times: '{n-th}' }] }
    kills: [m]
";
    let scenarios = parsed(page);
    let ids: Vec<_> = scenarios.iter().map(|scenario| scenario.id.case.as_str()).collect();
    assert_eq!(ids, ["rows-a", "rows-b", "307-1", "307-2", "308-1", "308-2"]);
    let last = scenarios.last().unwrap();
    let CallItem::Call(call) = &last.calls[0] else { panic!("no call") };
    let origin = Piece::Address { server: "origin".to_owned(), part: AddressPart::Origin };
    assert_eq!(call.url, Text(vec![origin, Piece::Bytes(b"/{2}/abab".to_vec())]));
    assert_eq!(last.expect.all.outcomes[0].status, Some(Range::exactly(308)));
    assert_eq!((call.times, last.expect.all.outcomes[0].times), (2, 2));
}

#[test]
fn seconds_and_dates_in_texts_are_scaled_and_nothing_else() {
    let page = "about: x\nspec: x\nlevel: must\nservers: { origin: [do: [wait: 1s, reply: { headers: { A: '{seconds 1s}' } }]] }\ncalls: ['GET {origin}/']\ncases:\n  - { id: x, about: x, expect: { outcome: { status: 200 } }, kills: [m] }\n";
    let known = Known { time_scale: 2.5, ..Known::anything() };
    let scenarios = good(&[written("a/b.yaml", page)], &known);
    let Role::Rules(rules) = &scenarios[0].servers[0].1.role else { panic!("no rules") };
    assert_eq!(rules[0].steps[0], plain(Step::Wait(Duration::from_secs(1))));
    let ServerStep::Plain(Step::Reply(reply)) = &rules[0].steps[1] else { panic!("no reply") };
    assert_eq!(reply.fields, [field("A", "3")]);
}

#[test]
fn rules_have_conditions() {
    let servers = "{ origin: [{ when: accept, do: [end: reset] }, { when: 'GET /*', times: 2, after: 64KiB, reply: 204 }, \
                   { when: { request: 'GET /b', headers: { A: x* }, without: [B], body: c, connection: 1, nth: 2 }, reply: 200 }, reply: 404] }";
    let scenario = case(servers, CALLED, STATED);
    let Role::Rules(rules) = &scenario.servers[0].1.role else { panic!("no rules") };
    assert_eq!(rules[0].when, When::Accept);
    assert_eq!((rules[1].times, rules[1].after), (Some(2), After::Bytes(65_536)));
    let get = Pattern(vec![PatternPiece::Text(text("GET /")), PatternPiece::Star]);
    assert_eq!(rules[1].when, When::Request(Conditions { request: Some(get), ..Conditions::default() }));
    let When::Request(conditions) = &rules[2].when else { panic!("no conditions") };
    assert_eq!(conditions.fields[0].value, Pattern(vec![PatternPiece::Text(text("x")), PatternPiece::Star]));
    assert_eq!((conditions.connection, conditions.nth), (Some(1), Some(2)));
    assert_eq!((&conditions.without, &conditions.body), (&vec![text("B")], &Some(Content::Text(text("c")))));
    assert_eq!((&rules[3].when, rules[3].after), (&When::Request(Conditions::default()), After::Body));
}

#[test]
fn steps_are_those_of_the_server() {
    let list = "[send: \"a\\r\\n\", receive: b, forward: '{request.target}', tunnel: origin, wait: 5ms, await: body, await: 10, \
                await: { request: 'GET /' }, signal: s, await: { signal: s, times: 2 }, pace: { by: 7 }, pace: { at: [1, 5], every: 5ms }, \
                reading: none, reading: { by: 1KiB, every: 1s }, end: half-close, await: close, end: stall]";
    let expected = [
        Step::Send(Content::Text(text("a\r\n"))),
        Step::Receive(text("b")),
        Step::Forward(Forward::Target),
        Step::Tunnel("origin".to_owned()),
        Step::Wait(Duration::from_millis(5)),
        Step::Await(Await::Body),
        Step::Await(Await::Bytes(10)),
        Step::Await(Await::Request(literal("GET /"))),
        Step::Signal("s".to_owned()),
        Step::Await(Await::Signal { name: "s".to_owned(), times: 2 }),
        Step::Pace(Pace { cut: Cut::By(7), every: Duration::ZERO }),
        Step::Pace(Pace { cut: Cut::At(vec![1, 5]), every: Duration::from_millis(5) }),
        Step::Reading(Reading::None),
        Step::Reading(Reading::Slow { by: 1024, every: Duration::from_secs(1) }),
        Step::End(End::HalfClose),
        Step::Await(Await::Close),
        Step::End(End::Stall),
    ];
    assert_eq!(steps(list), expected.map(plain));
    let repeat = steps("[repeat: { times: endless, do: [send: 'X-{n}: v'] }]");
    let line = Text(vec![Piece::Bytes(b"X-".to_vec()), Piece::Turn, Piece::Bytes(b": v".to_vec())]);
    let send = plain(Step::Send(Content::Text(line)));
    assert_eq!(repeat, [ServerStep::Repeat { times: None, steps: vec![send] }]);
}

#[test]
fn replies_are_framed_as_they_need() {
    let reply = |written: &str| match steps(&format!("[reply: {written}]")).remove(0) {
        ServerStep::Plain(Step::Reply(reply)) => reply,
        other => panic!("{other:?}"),
    };
    assert_eq!(reply("204").status, 204);
    let fields = reply("{ headers: [Set-Cookie: a, X: 5, set-cookie: b], body: ok }");
    assert_eq!(fields.fields, [field("Set-Cookie", "a"), field("X", "5"), field("set-cookie", "b")]);
    assert_eq!((fields.status, fields.framing), (200, Framing::Length));
    let framings = [
        "{ chunk: 3 }",
        "{ trailers: { A: b } }",
        "{ body: { of: x, size: endless } }",
        "{ framing: chunked }",
    ];
    assert_eq!(framings.map(|written| reply(written).framing), [Framing::Chunked; 4]);
    assert_eq!(reply("{ framing: close }").framing, Framing::Close);
}

#[test]
fn modifiers_are_applied_in_their_order() {
    let made = "{ flip: -8, keep: 9, coded: [gzip, br], size: 10, of: [a, { random: 7, size: 1KiB }] }";
    let random = Content::Sized { of: Box::new(Content::Random(7)), size: Some(1024) };
    let joined = Content::Joined(vec![Content::Text(text("a")), random]);
    let sized = Content::Sized { of: Box::new(joined), size: Some(10) };
    let gzip = Content::Coded { of: Box::new(sized), coding: Coding::Gzip };
    let br = Content::Coded { of: Box::new(gzip), coding: Coding::Br };
    let kept = Content::Kept { of: Box::new(br), keep: 9 };
    assert_eq!(body(made), Body::Bytes(Content::Flipped { of: Box::new(kept), at: -8 }));
    assert_eq!(
        body("{ json: { a: [1, x] }, keep: 5 }"),
        Body::Bytes(Content::Kept { of: Box::new(Content::Text(text(r#"{"a":[1,"x"]}"#))), keep: 5 })
    );
}

#[test]
fn the_client_has_encoders_of_its_own() {
    assert_eq!(body("{ form: { name: Somebody Here } }"), Body::Form(vec![field("name", "Somebody Here")]));
    let json = Json::Object(vec![
        (text("a"), Json::List(vec![Json::Number(5.into()), Json::Bool(true), Json::Null])),
        (text("b"), Json::Text(text("5"))),
    ]);
    assert_eq!(body("{ json: { a: [5, true, null], b: '5' } }"), Body::Json(json));
    let Body::Multipart(parts) =
        body("{ multipart: [{ name: f, filename: a.txt, type: text/plain, body: x }] }")
    else {
        panic!("no parts")
    };
    assert_eq!((&parts[0].name, &parts[0].body), (&text("f"), &Content::Text(text("x"))));
}

#[test]
fn a_body_may_be_a_stream() {
    let Body::Stream(stream) = body(
        "{ stream: [send: one, wait: 1s, repeat: { times: 2, do: [send: x] }, end: fail], length: 1KiB, replay: false }",
    ) else {
        panic!("no stream")
    };
    let send = |bytes| StreamStep::Send(Content::Text(text(bytes)));
    let expected = [
        send("one"),
        StreamStep::Wait(Duration::from_secs(1)),
        StreamStep::Repeat { times: 2, steps: vec![send("x")] },
        StreamStep::Fail,
    ];
    assert_eq!(stream.steps, expected);
    assert_eq!((stream.length, stream.replay), (Some(1024), false));
}

#[test]
fn calls_have_details() {
    let calls = "[{ 'G{0x20}T {origin}/a b': { headers: { A: '*' }, target: '*', session: two, with: { proxy: { http: 'http://p', except: [x] } }, \
                 read: 10, hold: { signal: s }, cancel: 300ms, then: [send: a, receive: b] } }, wait: 2s, await: { signal: s, times: 2 }, \
                 together: ['GET {origin}/', { 'GET {origin}/{n}': { times: 3 } }], end: session]";
    let expect = "{ outcomes: [{ status: 200 }, { status: 200 }, { status: 200, times: 3 }] }";
    let scenario = case("{ origin: [do: [signal: s, reply: 200]] }", calls, expect);
    let CallItem::Call(call) = &scenario.calls[0] else { panic!("no call") };
    let signal = |times| Signal { name: "s".to_owned(), times };
    assert_eq!(call.method, text("G T"));
    assert_eq!(call.url.0.last(), Some(&Piece::Bytes(b"/a b".to_vec())));
    assert_eq!((&call.headers, &call.target), (&vec![field("A", "*")], &Some(text("*"))));
    assert!(matches!(&call.with.proxy, Some(Proxy::ByScheme { https: None, .. })));
    assert_eq!((call.read, call.session.as_deref()), (Read::Bytes(10), Some("two")));
    assert_eq!(call.hold, Some(Until::Signal(signal(1))));
    assert_eq!(call.cancel, Some(Cancel::When(Until::Elapsed(Duration::from_millis(300)))));
    assert_eq!(call.then, [Step::Send(Content::Text(text("a"))), Step::Receive(text("b"))]);
    assert_eq!(scenario.calls[1..3], [CallItem::Wait(Duration::from_secs(2)), CallItem::Await(signal(2))]);
    let CallItem::Together(together) = &scenario.calls[3] else { panic!("not together") };
    assert_eq!((together.len(), together[1].times), (2, 3));
    assert_eq!(scenario.calls[4], CallItem::EndSession);
}

#[test]
fn expectations_are_on_both_witnesses() {
    let expect = "{ outcome: { error: [timeout, reset], phase: head, within: 1s.., received: ab, says: [x] }, client: { memory: ..1MiB }, names: [], \
                  origin: { requests: ['GET /': { headers: { A: b* }, body: { form: { a: b } }, complete: false, gap: ..1s }], count: 1..2, \
                  connections: [{ ended: client-reset }, {}], never-bytes: [secret] }, \
                  any: [{ label: a, grade: pass, outcome: { reason: x } }, { label: b c, grade: lenient, origin: [] }] }";
    let Scenario { expect, .. } = case("{ origin: ok }", CALLED, expect);
    let outcome = &expect.all.outcomes[0];
    assert_eq!(
        (&outcome.error, &outcome.phase),
        (&vec!["timeout".to_owned(), "reset".to_owned()], &vec!["head".to_owned()])
    );
    assert_eq!(outcome.within, Some(Range { from: Some(Duration::from_secs(1)), to: None }));
    assert_eq!(expect.all.client.memory, Some(Range { from: None, to: Some(1 << 20) }));
    assert_eq!(expect.all.names.unwrap().requests, Some(vec![]));
    let (name, origin) = &expect.all.servers[0];
    let request = &origin.requests.as_ref().unwrap()[0];
    assert_eq!((name.as_str(), &request.line), ("origin", &literal("GET /")));
    assert_eq!((request.complete, &request.body), (false, &Some(BodyExpect::Form(vec![field("a", "b")]))));
    let Some(ConnectionsExpect::Each(connections)) = &origin.connections else { panic!("no connections") };
    assert_eq!((connections.len(), connections[0].ended), (2, Some(EndedBy::ClientReset)));
    let alternatives: Vec<_> = expect.any.iter().map(|any| (any.label.as_str(), any.grade)).collect();
    assert_eq!(alternatives, [("a", Some(Grade::Pass)), ("b c", Some(Grade::Lenient))]);
    assert_eq!(expect.any[1].expectations.servers[0].1.requests, Some(vec![]));
}

#[test]
fn an_expectation_knows_its_line() {
    let page = "\
servers: { origin: ok }
calls:
  - GET {origin}/
cases:
  - id: x
    about: x
    expect:
      outcome:
        status: 200
      origin:
        - GET /
        - GET /b:
            headers:
              A: b
      any:
        - { label: y, grade: pass }
        - label: z
          grade: pass
          origin:
            include:
              - GET /
    kills: [m]
";
    let source = parsed(page).remove(0).source;
    let lines = [
        ("", 8),
        ("expect.outcome.status", 12),
        ("expect.outcomes[0]", 12),
        ("expect.outcomes[0].body", 12),
        ("expect.origin[0]", 14),
        ("expect.origin[1].headers", 16),
        ("expect.origin.requests[1].headers.A", 17),
        ("expect.origin.requests[1].without", 15),
        ("expect.any[0].label", 19),
        ("expect.any[1].origin.include[0]", 24),
        ("calls[0]", 6),
    ];
    for (path, line) in lines {
        assert_eq!(source.line_of(path), line, "{path}");
    }
    assert_eq!((source.file.as_str(), source.line), ("chapter/page.yaml", 8));
}
