//! The judge on hand-written testimony: no sockets, no clock.

use std::time::{Duration, SystemTime};

use wireproof_client::contract::Unsupported;
use wireproof_client::outcome::{BodySeen, CallResult, Error, Hop, Outcome, Times};
use wireproof_server::{
    script::{Content, FieldPattern},
    seen::{Address, Answer, BodyFraming, ConnectionSeen, Ended, RequestSeen, Seen, ServerSeen},
    text::{AddressPart, Pattern, PatternPiece, Piece, Text},
};

use super::judge;
use crate::{
    expect::{
        Body, CallDemand, Check, ConnectionDemand, Expectations, Hidden, Order, Path, RequestDemand,
        RequestPart, ServerDemand, What,
    },
    observation::{Observation, Told},
    scenario::{
        expect::{Grade, HopExpect},
        range::Range,
    },
    verdict::{Verdict, Witness, Word},
};

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

fn pattern(text: &str) -> Pattern {
    let mut pieces = Vec::new();
    for (index, part) in text.split('*').enumerate() {
        if index > 0 {
            pieces.push(PatternPiece::Star);
        }
        pieces.push(PatternPiece::Text(Text::from(part)));
    }
    Pattern(pieces)
}

fn field(name: &str, value: &str) -> FieldPattern {
    FieldPattern { name: Text::from(name), value: pattern(value) }
}

/// A request whose head is `head` and whose content is `body`, answered at once.
fn request(order: u64, at: u64, head: &str, body: &str) -> (Vec<u8>, RequestSeen) {
    let bytes = format!("{head}\r\n\r\n{body}").into_bytes();
    let mut lines = head.split("\r\n");
    let mut words = lines.next().unwrap().split(' ').map(|word| word.as_bytes().to_vec());
    let fields: Vec<_> = lines
        .map(|line| line.split_once(": ").unwrap())
        .map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec()))
        .collect();
    let seen = RequestSeen {
        order,
        head: 0..head.len() + 4,
        bytes: 0..bytes.len(),
        method: words.next().unwrap(),
        target: words.next().unwrap(),
        version: words.next().unwrap(),
        framing: if body.is_empty() { BodyFraming::None } else { BodyFraming::Length(body.len() as u64) },
        fields,
        body: body.as_bytes().to_vec(),
        chunks: Vec::new(),
        trailers: Vec::new(),
        complete: true,
        malformed: None,
        head_at: ms(at),
        body_at: (!body.is_empty()).then_some(ms(at + 5)),
        complete_at: Some(ms(at + 5)),
        answered_at: Some(ms(at + 10)),
        answer: Answer::Rule(0),
        sent: 0..0,
    };
    (bytes, seen)
}

fn connection(number: u64, requests: Vec<(Vec<u8>, RequestSeen)>) -> ConnectionSeen {
    let mut received = Vec::new();
    let mut seen = Vec::new();
    for (bytes, mut request) in requests {
        let offset = received.len();
        request.head = request.head.start + offset..request.head.end + offset;
        request.bytes = request.bytes.start + offset..request.bytes.end + offset;
        received.extend(bytes);
        seen.push(request);
    }
    ConnectionSeen {
        number: Some(number),
        opened: ms(0),
        received,
        sent: 100,
        sent_bytes: Vec::new(),
        requests: seen,
        ended: Ended::Client,
        ended_at: Some(ms(400)),
        violations: Vec::new(),
    }
}

fn observed(connections: Vec<ConnectionSeen>, calls: Vec<CallResult>) -> Observation {
    Observation {
        at: SystemTime::UNIX_EPOCH,
        addresses: vec![Address {
            server: "origin".to_owned(),
            scheme: "http".to_owned(),
            host: "127.0.0.1".to_owned(),
            ip: "127.0.0.1".to_owned(),
            port: 4000,
            socket: None,
        }],
        seen: Seen {
            servers: vec![ServerSeen { name: "origin".to_owned(), connections }],
            faults: Vec::new(),
        },
        told: Told::Outcome(Outcome { id: "1".to_owned(), calls }),
        partials: Vec::new(),
        asked: ms(1),
        answered: ms(300),
        aside: String::new(),
        usage: None,
    }
}

fn response(status: u16, body: &str) -> CallResult {
    CallResult {
        status: Some(status),
        body: Some(BodySeen::Bytes(body.as_bytes().to_vec())),
        fields: Some(vec![("X-A".to_owned(), "one".into()), ("x-a".to_owned(), "two".into())]),
        times: Some(Times { head: Some(10), first: Some(20), end: 200 }),
        ..CallResult::default()
    }
}

fn error(class: &[&str], phase: &[&str]) -> CallResult {
    let owned = |list: &[&str]| list.iter().map(ToString::to_string).collect();
    let error = Error {
        class: owned(class),
        phase: owned(phase),
        text: Some("127.0.0.1:4000 refused".to_owned()),
        ..Error::default()
    };
    CallResult { error: Some(error), ..CallResult::default() }
}

fn call(demand: CallDemand) -> Check {
    Check { line: 7, what: What::Call { index: 0, turn: 1, demand } }
}

fn server(demand: ServerDemand) -> Check {
    Check { line: 9, what: What::Server { name: "origin".to_owned(), demand } }
}

fn judged(observation: &Observation, checks: Vec<Check>) -> Verdict {
    judge(&Expectations { checks, ..Expectations::default() }, observation)
}

fn fails(class: &str, phase: &str) -> CallDemand {
    CallDemand::Fails { classes: vec![class.to_owned()], phases: vec![phase.to_owned()], exact: false }
}

#[test]
fn what_is_not_said_is_free_and_what_is_said_holds() {
    let observation = observed(Vec::new(), vec![response(200, "hello")]);
    assert_eq!(judged(&observation, Vec::new()).word, Word::Pass);
    let demands = [
        CallDemand::Succeeds,
        CallDemand::Status(Range { from: Some(200), to: Some(299) }),
        CallDemand::Fields(vec![field("X-A", "one"), field("X-A", "t*")]),
        CallDemand::Without(vec![Text::from("X-B")]),
        CallDemand::Body(Body::Content(Content::Text(Text::from("hello")))),
        CallDemand::Within(Range { from: Some(ms(100)), to: Some(ms(200)) }),
        CallDemand::FirstByte(Range { from: None, to: Some(ms(20)) }),
    ];
    assert_eq!(judged(&observation, demands.map(call).to_vec()).mismatches, []);
}

#[test]
fn every_mismatch_is_told_with_its_line_and_witness() {
    let observation = observed(Vec::new(), vec![response(404, "gone")]);
    let verdict = judged(
        &observation,
        vec![
            call(CallDemand::Status(Range::exactly(200))),
            call(CallDemand::Body(Body::Content(Content::Text(Text::from("hello"))))),
            call(CallDemand::Fields(vec![field("X-A", "one")])),
            server(ServerDemand::Count(Range::exactly(1))),
        ],
    );
    assert_eq!(verdict.word, Word::Fail);
    let told: Vec<_> = verdict.mismatches.iter().map(|one| (one.line, one.about.as_str())).collect();
    assert_eq!(told, [(7, "status"), (7, "body"), (7, "field x-a"), (9, "requests")]);
    assert_eq!(verdict.mismatches[0].witness, Witness::Client(1));
    assert_eq!(verdict.mismatches[3].witness, Witness::Wire("origin".to_owned()));
}

#[test]
fn a_response_where_an_error_is_due_is_a_mismatch_and_the_other_way_round() {
    let answered = observed(Vec::new(), vec![response(200, "")]);
    assert_eq!(judged(&answered, vec![call(fails("reset", "body"))]).word, Word::Fail);
    let failed = observed(Vec::new(), vec![error(&["reset"], &["body"])]);
    assert_eq!(judged(&failed, vec![call(CallDemand::Succeeds)]).word, Word::Fail);
    let mut both = response(200, "");
    both.error = error(&["truncated"], &["body"]).error;
    let kept = observed(Vec::new(), vec![both]);
    assert_eq!(judged(&kept, vec![call(fails("truncated", "body"))]).word, Word::Pass);
    assert_eq!(judged(&kept, vec![call(CallDemand::Succeeds)]).word, Word::Fail);
}

#[test]
fn classes_match_within_coarsely_or_not_at_all() {
    let verdict = |class: &[&str], phase: &[&str], expected: &str| {
        let observation = observed(Vec::new(), vec![error(class, phase)]);
        let verdict = judged(&observation, vec![call(fails(expected, "head"))]);
        (verdict.word, verdict.coarse)
    };
    assert_eq!(verdict(&["reset"], &["head"], "reset"), (Word::Pass, false));
    assert_eq!(verdict(&["read-timeout"], &["head"], "timeout"), (Word::Pass, false));
    assert_eq!(verdict(&["reset", "closed"], &["head"], "reset"), (Word::Pass, true));
    assert_eq!(verdict(&["lost"], &["head"], "reset"), (Word::Pass, true));
    assert_eq!(verdict(&["reset"], &[], "reset"), (Word::Pass, true));
    assert_eq!(verdict(&["reset"], &["head", "body"], "reset"), (Word::Pass, true));
    assert_eq!(verdict(&["reset"], &["body"], "reset"), (Word::Fail, false));
    assert_eq!(verdict(&["other"], &["head"], "reset"), (Word::Fail, false));
    assert_eq!(verdict(&["proxy"], &["head"], "reset"), (Word::Fail, false));
}

#[test]
fn a_hop_is_judged_by_what_is_told_of_it() {
    let verdict = |hops: &[Option<&str>]| {
        let hop = |url: Option<&str>| Hop { status: 301, url: url.map(Into::into), fields: None };
        let result =
            CallResult { history: Some(hops.iter().copied().map(hop).collect()), ..response(200, "") };
        let status = Some(Range { from: Some(301), to: Some(301) });
        let expected = HopExpect { status, url: Some(Text::from("http://a/")), headers: Vec::new() };
        let demand = call(CallDemand::History(vec![expected]));
        let verdict = judged(&observed(Vec::new(), vec![result]), vec![demand]);
        (verdict.word, verdict.coarse)
    };
    assert_eq!(verdict(&[Some("http://a/")]), (Word::Pass, false));
    assert_eq!(verdict(&[None]), (Word::Pass, true));
    assert_eq!(verdict(&[Some("http://b/")]), (Word::Fail, false));
    assert_eq!(verdict(&[]).0, Word::Fail);
    assert_eq!(verdict(&[None, None]).0, Word::Fail);
}

#[test]
fn an_exact_class_is_not_met_coarsely() {
    let observation = observed(Vec::new(), vec![error(&["reset", "closed"], &["head"])]);
    let demand = CallDemand::Fails { classes: vec!["reset".to_owned()], phases: Vec::new(), exact: true };
    assert_eq!(judged(&observation, vec![call(demand)]).word, Word::Fail);
}

#[test]
fn blaming_the_proxy_is_coarse_where_there_is_one() {
    let observation = observed(Vec::new(), vec![error(&["proxy"], &["connect"])]);
    let expectations = Expectations {
        checks: vec![call(fails("refused", "connect"))],
        proxied: true,
        ..Expectations::default()
    };
    let verdict = judge(&expectations, &observation);
    assert_eq!((verdict.word, verdict.coarse), (Word::Pass, true));
}

#[test]
fn messages_are_searched_for_what_they_must_and_must_not_say() {
    let observation = observed(Vec::new(), vec![error(&["refused"], &["connect"])]);
    let port = Text(vec![Piece::Address { server: "origin".to_owned(), part: AddressPart::Port }]);
    assert_eq!(judged(&observation, vec![call(CallDemand::Says(vec![port.clone()]))]).word, Word::Pass);
    assert_eq!(judged(&observation, vec![call(CallDemand::NeverSays(vec![port]))]).word, Word::Fail);
}

fn post() -> Observation {
    let head = "POST /form HTTP/1.1\r\nHost: 127.0.0.1:4000\r\nContent-Length: 3";
    let first = request(0, 10, head, "a=b");
    let second = request(1, 120, "GET /done HTTP/1.1\r\nHost: 127.0.0.1:4000", "");
    observed(vec![connection(1, vec![first, second])], vec![response(200, "done")])
}

fn wanted(line: &str, parts: Vec<RequestPart>) -> RequestDemand {
    RequestDemand { line: 11, request: pattern(line), turn: 1, parts }
}

fn requests(order: Order, list: Vec<RequestDemand>) -> Vec<Check> {
    vec![server(ServerDemand::Requests { order, list })]
}

#[test]
fn requests_are_compared_one_by_one() {
    let list = vec![
        wanted(
            "POST /*",
            vec![
                RequestPart::Body(Body::Content(Content::Text(Text::from("a=b")))),
                RequestPart::Fields(vec![field("host", "127.0.0.1:*")]),
                RequestPart::Connection(1),
                RequestPart::Complete(true),
            ],
        ),
        wanted("GET /done", vec![RequestPart::Gap(Range { from: Some(ms(100)), to: None })]),
    ];
    assert_eq!(judged(&post(), requests(Order::Exactly, list)).mismatches, []);
    let wrong = vec![
        wanted("POST /form", vec![RequestPart::Without(vec![Text::from("content-length")])]),
        wanted("GET /other", vec![RequestPart::Gap(Range { from: Some(ms(101)), to: None })]),
        wanted("GET /more", Vec::new()),
    ];
    let about: Vec<String> = judged(&post(), requests(Order::Exactly, wrong))
        .mismatches
        .into_iter()
        .map(|mismatch| mismatch.about)
        .collect();
    assert_eq!(about, ["requests", "request 1, field content-length", "request 2", "request 2, gap"]);
}

#[test]
fn lists_of_requests_are_exact_any_order_include_or_never() {
    let word = |order, lines: &[&str]| {
        let list = lines.iter().map(|line| wanted(line, Vec::new())).collect();
        judged(&post(), requests(order, list)).word
    };
    assert_eq!(word(Order::Exactly, &["GET /done", "POST /form"]), Word::Fail);
    assert_eq!(word(Order::AnyOrder, &["GET /done", "POST /form"]), Word::Pass);
    assert_eq!(word(Order::AnyOrder, &["* /*", "POST /form"]), Word::Pass);
    assert_eq!(word(Order::AnyOrder, &["POST /form", "POST /form"]), Word::Fail);
    assert_eq!(word(Order::Include, &["GET /done"]), Word::Pass);
    assert_eq!(word(Order::Include, &["GET /done", "POST /form"]), Word::Fail);
    assert_eq!(word(Order::Never, &["PUT *"]), Word::Pass);
    assert_eq!(word(Order::Never, &["GET *"]), Word::Fail);
}

#[test]
fn connections_and_bytes_are_counted() {
    let ended_late = ConnectionDemand {
        line: 13,
        ended: Some(Ended::ClientReset),
        within: Some(Range { from: None, to: Some(ms(50)) }),
        at_once: Some(Range::exactly(2)),
        ..ConnectionDemand::default()
    };
    let checks = vec![
        server(ServerDemand::Connections(Range::exactly(1))),
        server(ServerDemand::Bytes(vec![Text::from("a=bGET")])),
        server(ServerDemand::NeverBytes(vec![Text::from("POST /form")])),
        server(ServerDemand::EachConnection(vec![ended_late])),
    ];
    let verdict = judged(&post(), checks);
    let about: Vec<&str> = verdict.mismatches.iter().map(|one| one.about.as_str()).collect();
    let expected = [
        "bytes \"POST /form\"",
        "connection 1, ended",
        "connection 1, ended within",
        "connection 1, requests at once",
    ];
    assert_eq!(about, expected);
}

#[test]
fn no_connection_at_all_means_no_silent_one_either() {
    let mut silent = connection(1, Vec::new());
    silent.number = None;
    let observation = observed(vec![silent], vec![response(200, "")]);
    let none = Range::exactly(0);
    assert_eq!(judged(&observation, vec![server(ServerDemand::Connections(none))]).word, Word::Fail);
    let any = Range { from: Some(0), to: Some(1) };
    assert_eq!(judged(&observation, vec![server(ServerDemand::Connections(any))]).word, Word::Pass);
}

#[test]
fn an_unmatched_request_is_never_right() {
    let mut observation = post();
    observation.seen.servers[0].connections[0].requests[1].answer = Answer::Unmatched;
    assert_eq!(judged(&observation, Vec::new()).word, Word::Fail);
}

fn path(label: &str, grade: Grade, status: u64) -> Path {
    let checks = vec![call(CallDemand::Status(Range::exactly(status)))];
    Path { label: label.to_owned(), grade, line: 5, checks }
}

#[test]
fn the_first_path_that_holds_names_the_behaviour() {
    let observation = observed(Vec::new(), vec![response(200, "")]);
    let with = |paths: Vec<Path>, survey| {
        let verdict = judge(&Expectations { paths, survey, ..Expectations::default() }, &observation);
        (verdict.word, verdict.label)
    };
    let good = || path("good", Grade::Pass, 200);
    let bad = || path("bad", Grade::Pass, 404);
    let so_so = || path("so-so", Grade::Lenient, 200);
    let label = |text: &str| Some(text.to_owned());
    assert_eq!(with(vec![bad(), good(), so_so()], false), (Word::Pass, label("good")));
    assert_eq!(with(vec![so_so(), good()], false), (Word::Lenient, label("so-so")));
    assert_eq!(with(vec![bad()], false), (Word::Fail, None));
    assert_eq!(with(vec![bad(), good()], true), (Word::Survey, label("good")));
    assert_eq!(with(vec![bad()], true), (Word::Survey, label("unlisted")));
}

#[test]
fn the_objections_of_every_path_are_told() {
    let observation = observed(Vec::new(), vec![response(200, "")]);
    let paths = vec![path("first", Grade::Pass, 404), path("second", Grade::Pass, 500)];
    let verdict = judge(&Expectations { paths, ..Expectations::default() }, &observation);
    let told: Vec<_> = verdict.mismatches.iter().map(|one| one.path.as_deref()).collect();
    assert_eq!(told, [Some("first"), Some("second")]);
}

#[test]
fn what_is_no_outcome_has_a_word_of_its_own() {
    let word = |told| {
        let observation = Observation { told, ..observed(Vec::new(), Vec::new()) };
        judge(&Expectations::default(), &observation).word
    };
    assert_eq!(word(Told::Hang), Word::Hang);
    assert_eq!(word(Told::Crash("signal 11".to_owned())), Word::Crash);
    assert_eq!(word(Told::Broken("no".to_owned())), Word::Broken);
    assert_eq!(
        word(Told::Unsupported(wireproof_client::contract::Unsupported::default())),
        Word::Unsupported
    );
    let mut faulty = observed(Vec::new(), vec![response(200, "")]);
    faulty.seen.faults.push("bind failed".to_owned());
    assert_eq!(judge(&Expectations::default(), &faulty).word, Word::Broken);
}

#[test]
fn an_answer_that_breaks_the_contract_is_the_adapters_fault() {
    let fails = Expectations { checks: vec![call(refused_in_connect(false))], ..Expectations::default() };
    let word = |expectations: &Expectations, result| {
        let verdict = judge(expectations, &observed(Vec::new(), vec![result]));
        (verdict.word, verdict.reason.unwrap_or_default())
    };
    let (broken, why) = word(&fails, CallResult::default());
    assert_eq!(broken, Word::Broken);
    assert!(why.ends_with("call 1 has neither status nor error"), "{why}");
    let six = ["dns", "refused", "unreachable", "tls", "proxy", "reset"];
    let (broken, why) = word(&fails, error(&six, &["connect"]));
    assert!(broken == Word::Broken && why.contains("6 classes"), "{why}");
    assert_eq!(word(&fails, error(&six[..5], &["connect"])).0, Word::Pass);
    assert_eq!(word(&fails, error(&[], &["connect"])).0, Word::Broken);
    assert_eq!(word(&fails, error(&["failed"], &["connect"])).0, Word::Broken);
    let hidden = Hidden { errors: true, results: false };
    let opaque = Expectations { hidden, ..fails };
    assert_eq!(word(&opaque, error(&["failed"], &["connect"])).0, Word::Pass);
    let hidden = Hidden { errors: false, results: true };
    let tool = Expectations { hidden, ..Expectations::default() };
    assert_eq!(word(&tool, CallResult::default()).0, Word::Pass);
}

#[test]
fn unsupported_is_an_answer_of_who_has_done_nothing_yet() {
    let told =
        || Told::Unsupported(Unsupported { id: "1".to_owned(), what: vec!["whim".to_owned()], reason: None });
    let judged = |connections| {
        judge(&Expectations::default(), &Observation { told: told(), ..observed(connections, Vec::new()) })
            .word
    };
    assert_eq!(judged(Vec::new()), Word::Unsupported);
    assert_eq!(judged(vec![connection(1, Vec::new())]), Word::Broken);
}

#[test]
fn a_class_that_the_contract_does_not_know_is_other() {
    let judged = |exact, result| {
        let checks = vec![call(refused_in_connect(exact))];
        judge(&Expectations { checks, ..Expectations::default() }, &observed(Vec::new(), vec![result]))
    };
    assert_eq!(judged(false, error(&["exploded"], &["connect"])).word, Word::Fail);
    let in_part = judged(false, error(&["exploded", "refused"], &["connect"]));
    assert!(in_part.word == Word::Pass && in_part.coarse);
    // A phase that there is not tells as little as none, and none is coarse.
    for phases in [&[][..], &["lunch"]] {
        let told = judged(false, error(&["refused"], phases));
        assert!(told.word == Word::Pass && told.coarse, "{told:?}");
        assert_eq!(judged(true, error(&["refused"], phases)).word, Word::Fail);
    }
    assert_eq!(judged(true, error(&["refused"], &["connect"])).word, Word::Pass);
}

fn refused_in_connect(exact: bool) -> CallDemand {
    CallDemand::Fails { classes: vec!["refused".to_owned()], phases: vec!["connect".to_owned()], exact }
}
