//! Plans by their values: no client, no sockets.

use std::{collections::BTreeMap, time::Duration};

use wireproof_client::{
    bytes::Bytes,
    capabilities::{Hello, Isolation, Support},
    job::{self, Job, Proxy},
};
use wireproof_server::{
    script::{Engine, Gate, Listen, Step},
    seen::Address,
};

use super::{Plan, Readiness, Scale};
use crate::{
    expect::{CallDemand, What},
    scenario::{Known, SourceFile, parse},
};

fn hello(capabilities: &[(&str, Support)]) -> Hello {
    Hello {
        protocol: 1,
        client: "client".to_owned(),
        version: "1".to_owned(),
        language: "none".to_owned(),
        capabilities: capabilities.iter().map(|(name, support)| ((*name).to_owned(), *support)).collect(),
        limits: BTreeMap::new(),
        per_call: Vec::new(),
        isolation: Isolation::Session,
        parallel: 1,
        recycle: 1,
    }
}

/// The plan of one case; `rest` is what stands in it beside what every case needs.
fn plan_scaled(rest: &str, capabilities: &[(&str, Support)], scale: Scale) -> Plan {
    let rest = rest.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n");
    let page = format!(
        "about: A page\nspec: RFC 9110 1\nservers: {{ origin: ok }}\ncases:\n  - id: one\n    about: One\n    \
         level: must\n    kills: [any]\n{rest}\n"
    );
    let source = SourceFile { path: "chapter/page.yaml".to_owned(), bytes: page.into_bytes() };
    let scenarios = parse(&[source], &Known::anything()).unwrap_or_else(|faults| panic!("{faults:#?}"));
    Plan::new(&scenarios[0], &hello(capabilities), scale)
}

fn plan(rest: &str, capabilities: &[(&str, Support)]) -> Plan {
    plan_scaled(rest, capabilities, Scale::ONE)
}

fn job_of(plan: &Plan) -> Job {
    let address = Address {
        server: "origin".to_owned(),
        scheme: "http".to_owned(),
        host: "127.0.0.1".to_owned(),
        ip: "127.0.0.1".to_owned(),
        port: 4000,
        socket: None,
    };
    plan.job.resolve(&[address], &["127.0.0.1:9".parse().unwrap()]).unwrap()
}

const GET: &str = "calls: [\"GET {origin}/a\"]\nexpect: { outcome: { status: 200 } }\n";

#[test]
fn a_plain_case_asks_for_nothing_and_is_served_politely() {
    let plan = plan(GET, &[]);
    assert_eq!(plan.readiness, Readiness::Ready);
    assert_eq!(plan.script.servers[0].engine, Engine::Polite);
    assert!(!plan.timed);
    let job = job_of(&plan);
    assert_eq!(job.calls[0].url, Bytes::from("http://127.0.0.1:4000/a"));
    assert!(job.needs.is_empty() && job.options.is_empty());
}

#[test]
fn what_a_case_always_asks_for_is_asked_only_of_clients_that_have_the_switch() {
    let redirects = |support| job_of(&plan(GET, &[("redirects", support)])).options.redirects;
    assert_eq!(redirects(Support::No), None);
    assert_eq!(redirects(Support::Configurable), Some(true));
    assert_eq!(redirects(Support::Yes), None);
    assert_eq!(redirects(Support::Always), None);
    let cookies = |support| job_of(&plan(GET, &[("cookies", support)])).options.cookies;
    assert_eq!(cookies(Support::Configurable), None);
    assert_eq!(cookies(Support::Yes), Some(false));
    assert_eq!(cookies(Support::Always), None);
}

#[test]
fn what_a_case_sets_must_be_possible() {
    let off = format!("client: {{ redirects: false }}\n{GET}");
    let readiness = |support| plan(&off, &[("redirects", support)]).readiness;
    assert_eq!(readiness(Support::No), Readiness::Ready);
    assert_eq!(readiness(Support::Yes), Readiness::Ready);
    assert_eq!(readiness(Support::Always), Readiness::Unsupported("the client lacks redirects".to_owned()));
    let needed = format!("needs: [redirects]\n{GET}");
    assert_eq!(plan(&needed, &[]).readiness, Readiness::Unsupported("the client lacks redirects".to_owned()));
    let job = job_of(&plan(&needed, &[("redirects", Support::Configurable)]));
    assert_eq!((job.options.redirects, job.needs), (Some(true), vec!["redirects".to_owned()]));
}

#[test]
fn needs_are_read_off_a_case() {
    let lacks = |rest: &str| match plan(rest, &[]).readiness {
        Readiness::Unsupported(why) => why.trim_start_matches("the client lacks ").to_owned(),
        other => format!("{other:?}"),
    };
    let two = "calls: [\"GET {origin}/\", \"GET {origin}/\"]\nexpect: { outcomes: [{ status: 200 }, { status: 200 }] }";
    assert_eq!(lacks(two), "multi-call");
    let call =
        |details: &str| format!("calls: [{{ \"{details} }}]\nexpect: {{ outcome: {{ status: 200 }} }}\n");
    assert_eq!(lacks(&call("BREW {origin}/\": {}")), "custom-method");
    assert_eq!(lacks(&call("GET {origin}/\": { body: a }")), "get-body");
    assert_eq!(lacks(&call("GET {origin}/\": { headers: { Host: a } }")), "custom-host");
    assert_eq!(lacks(&call("GET {origin}/\": { headers: [A: 1, a: 2] }")), "field-duplicates");
    assert_eq!(lacks(&call("GET {origin}/\": { cancel: 1s }")), "cancel");
    assert_eq!(lacks(&call("GET {origin}/\": { read: 5 }")), "streaming-response");
    assert_eq!(lacks(&call("POST {origin}/\": { body: { stream: [send: a] } }")), "streaming-upload");
    assert_eq!(lacks(&call("POST {origin}/\": { body: a, trailers: { A: b } }")), "request-trailers");
}

#[test]
fn what_cannot_be_staged_yet_is_said_so_whatever_the_client_can() {
    let names = format!("names: {{ gone.test: nxdomain }}\nneeds: [redirects]\n{GET}");
    assert_eq!(plan(&names, &[]).readiness, Readiness::NotYet("not yet: names of our own".to_owned()));
    let tls = "servers: { origin: { tls: {}, rules: [reply: 200] } }\n".to_owned() + GET;
    assert_eq!(plan(&tls, &[]).readiness, Readiness::NotYet("not yet: TLS".to_owned()));
}

#[test]
fn times_are_scaled_wherever_they_stand() {
    let rest = "client: { timeouts: { read: 1s } }\nservers: { origin: [do: [wait: 100ms, reply: 200]] }\n\
                deadline: 3s\ncalls: [\"GET {origin}/\"]\nexpect: { outcome: { status: 200, within: ..2s } }\n";
    let scale = Scale::new(2.0).unwrap();
    let plan = plan_scaled(rest, &[("read-timeout", Support::Configurable)], scale);
    assert!(plan.timed);
    assert_eq!(plan.deadline, Duration::from_secs(6));
    assert_eq!(plan.script.servers[0].rules[0].steps[0], Step::Wait(Duration::from_millis(200)));
    assert_eq!(job_of(&plan).options.read_timeout, Some(2000));
    let within = plan.expectations.checks.iter().find_map(|check| match &check.what {
        What::Call { demand: CallDemand::Within(range), .. } => range.to,
        _ => None,
    });
    assert_eq!(within, Some(Duration::from_secs(4)));
    assert_eq!(Scale::new(0.5), None);
}

#[test]
fn a_client_is_held_to_nothing_that_it_does_not_show() {
    let rest =
        "calls: [\"GET {origin}/\"]\nexpect: { outcome: { status: 200, reason: OK, url: \"{origin}/\" } }\n";
    let dropped = |capabilities: &[(&str, Support)]| plan(rest, capabilities).expectations.dropped;
    assert_eq!(dropped(&[]), 2);
    assert_eq!(dropped(&[("sees-reason", Support::Yes), ("sees-url", Support::Yes)]), 0);
}

#[test]
fn a_form_is_encoded_for_clients_that_have_no_encoder() {
    let rest = "calls: [{ \"POST {origin}/\": { body: { form: { a: b c } } } }]\n\
                expect: { outcome: { status: 200 } }\n";
    let body = |capabilities: &[(&str, Support)]| job_of(&plan(rest, capabilities)).calls.remove(0);
    let encoded = body(&[]);
    assert_eq!(encoded.body, Some(job::Body::Bytes(Bytes::from("a=b+c"))));
    assert_eq!(encoded.fields[0].0, "Content-Type");
    let own = body(&[("form", Support::Yes)]);
    assert_eq!(own.body, Some(job::Body::Form(vec![("a".to_owned(), "b c".to_owned())])));
    assert!(own.fields.is_empty());
}

#[test]
fn waits_for_signals_are_gates() {
    let rest = "servers: { origin: [do: [signal: go, reply: 200]] }\n\
                calls: [\"GET {origin}/\", await: { signal: go }, \"GET {origin}/\"]\n\
                expect: { outcomes: [{ status: 200 }, { status: 200 }] }\n";
    let plan = plan(rest, &[("multi-call", Support::Yes)]);
    assert_eq!(plan.script.gates, [Gate { signal: "go".to_owned(), times: 1 }]);
    assert_eq!(job_of(&plan).calls[1].before, Some(job::Wait::Gate("127.0.0.1:9".to_owned())));
}

#[test]
fn no_proxy_at_all_can_be_asked_for() {
    let rest = format!("client: {{ proxy: false }}\n{GET}");
    let job = job_of(&plan(&rest, &[("proxy", Support::Configurable)]));
    assert_eq!(job.options.proxy, Some(Proxy::None));
}

#[test]
fn who_knows_no_proxy_is_as_asked_without_one() {
    let rest = format!("client: {{ proxy: false }}\n{GET}");
    let asked = plan(&rest, &[]);
    assert_eq!(asked.readiness, Readiness::Ready);
    assert_eq!(job_of(&asked).options.proxy, None);
    let looks = plan(&rest, &[("proxy-env", Support::Always)]);
    assert_eq!(looks.readiness, Readiness::Unsupported("the client lacks proxy".to_owned()));
}

#[test]
fn large_content_that_repeats_itself_stays_short_in_a_job() {
    let rest = "calls: [{ \"POST {origin}/\": { body: { of: ab, size: 8MiB } } }]\n\
                expect: { outcome: { status: 200 } }\n";
    let job = job_of(&plan(rest, &[]));
    assert_eq!(
        job.calls[0].body,
        Some(job::Body::Bytes(Bytes::Repeat { of: Box::new("ab".into()), times: 4 << 20 }))
    );
}

/// An adapter may rely on it that `needs` has the name of all that it is asked to use.
#[test]
fn a_job_needs_whatever_of_the_client_is_used() {
    let needs = |call: &str, capabilities: &[&str]| {
        let rest = format!(
            "calls: [{{ \"POST {{origin}}/\": {call} }}]\nexpect: {{ outcome: {{ status: 200 }} }}\n"
        );
        let declared: Vec<_> = capabilities.iter().map(|name| (*name, Support::Yes)).collect();
        job_of(&plan(&rest, &declared)).needs
    };
    for kind in ["form", "json", "multipart"] {
        let value = if kind == "multipart" { "[{ name: a, body: b }]" } else { "{ a: b }" };
        let call = format!("{{ body: {{ {kind}: {value} }} }}");
        assert_eq!(needs(&call, &[kind]), [kind]);
        assert_eq!(needs(&call, &[]), [""; 0]);
    }
    let stream = "{ body: { stream: [send: a] } }";
    assert_eq!(needs(stream, &["streaming-upload", "upload-replay"]), ["streaming-upload", "upload-replay"]);
    assert_eq!(needs(stream, &["streaming-upload"]), ["streaming-upload"]);
}

#[test]
fn each_of_several_calls_at_once_has_its_wait() {
    let rest = "calls: [{ wait: 500ms }, { together: [{ \"GET {origin}/\": { times: 2 } }, \"GET {origin}/b\"] }]\n\
                expect: { outcomes: [{ status: 200, times: 2 }, { status: 200 }] }\n";
    let job = job_of(&plan(rest, &[("concurrent", Support::Yes)]));
    let wait = Some(job::Wait::Ms(500));
    assert_eq!(
        job.calls.iter().map(|call| call.before.clone()).collect::<Vec<_>>(),
        [wait.clone(), wait.clone(), wait]
    );
    let rest = "calls: [{ wait: 500ms }, { \"GET {origin}/\": { times: 2 } }, { wait: 1s }]\n\
                expect: { outcomes: [{ status: 200, times: 2 }] }\n";
    let job = job_of(&plan(rest, &[("multi-call", Support::Yes)]));
    assert_eq!(job.calls.iter().map(|call| call.before.is_some()).collect::<Vec<_>>(), [true, false]);
    assert_eq!(job.linger, Some(job::Wait::Ms(1000)));
}

#[test]
fn no_message_may_tell_a_secret() {
    let secrets = |rest: &str| {
        let plan = plan(rest, &[("basic-auth", Support::Yes)]);
        let said = plan.expectations.checks.iter().filter_map(|check| match &check.what {
            What::Call { demand: CallDemand::NeverSays(texts), .. } => Some(texts.clone()),
            _ => None,
        });
        said.flatten().collect::<Vec<_>>()
    };
    let fails = "expect: { outcome: { error: refused } }\n";
    let credentials =
        "client: { credentials: { user: bob, password: swordfish } }\ncalls: [\"GET {origin}/\"]\n";
    assert_eq!(secrets(&format!("{credentials}{fails}")), ["swordfish".into()]);
    assert_eq!(secrets(&format!("{credentials}expect: {{ outcome: {{ status: 200 }} }}\n")), []);
    let in_the_url = "calls: [\"GET http://bob:swordfish@{origin.authority}/\"]\n";
    assert_eq!(secrets(&format!("{in_the_url}{fails}")), ["swordfish".into()]);
}

#[test]
fn values_that_are_no_text_are_not_asked_of_who_does_not_show_them() {
    let rest = "calls: [\"GET {origin}/\"]\nexpect: { outcome: { status: 200, headers: { A: \"caf{0xE9}\", B: b } } }\n";
    let asked = |capabilities: &[_]| {
        let plan = plan(rest, capabilities);
        let fields = plan.expectations.checks.iter().find_map(|check| match &check.what {
            What::Call { demand: CallDemand::Fields(fields), .. } => Some(fields.len()),
            _ => None,
        });
        (fields, plan.expectations.dropped)
    };
    assert_eq!(asked(&[]), (Some(1), 1));
    assert_eq!(asked(&[("sees-bytes", Support::Yes)]), (Some(2), 0));
}

#[test]
fn refused_servers_listen_for_nothing() {
    let rest =
        "servers: { origin: refused }\ncalls: [\"GET {origin}/\"]\nexpect: { outcome: { error: refused } }\n";
    assert_eq!(plan(rest, &[]).script.servers[0].listen, Listen::Refused);
}

/// A client of whose calls only success and content are known.
const OPAQUE: &[(&str, Support)] = &[("opaque-results", Support::Yes)];

#[test]
fn of_an_opaque_client_success_and_content_are_demanded() {
    let demands = |expect: &str| {
        let plan = plan(&format!("calls: [\"GET {{origin}}/\"]\nexpect: {expect}\n"), OPAQUE);
        let demand = |check: &crate::expect::Check| match &check.what {
            What::Call { demand, .. } => format!("{demand:?}").split([' ', '(']).next().map(str::to_owned),
            What::Server { .. } => Some("Server".to_owned()),
            What::Usage(_) => Some("Usage".to_owned()),
        };
        plan.expectations.checks.iter().filter_map(demand).collect::<Vec<_>>()
    };
    assert_eq!(demands("{ outcome: { status: 200, headers: { A: b }, body: c } }"), ["NoError", "Body"]);
    // Whether that is a failure, programs decide as they like.
    assert_eq!(demands("{ outcome: { status: 404, body: c }, origin: [GET /] }"), ["Server"]);
    assert_eq!(demands("{ outcome: { error: closed, phase: head } }"), ["Fails"]);
}

#[test]
fn an_opaque_client_is_not_asked_what_its_answer_would_not_tell() {
    let readiness = |any: &str| {
        let rest = format!("calls: [\"GET {{origin}}/\"]\nexpect: {{ any: [{any}] }}\n");
        plan(&rest, OPAQUE).readiness
    };
    let fails = |second: &str| {
        let a = "{ label: a, grade: pass, outcome: { error: closed } }";
        format!("{a}, {{ label: b, grade: {second}, outcome: {{ error: malformed }} }}")
    };
    assert_eq!(readiness(&fails("pass")), Readiness::Ready);
    assert!(matches!(readiness(&fails("lenient")), Readiness::Unsupported(_)));
    let apart = "{ label: a, grade: pass, outcome: { error: closed } }, { label: b, grade: lenient, outcome: { status: 200 } }";
    assert_eq!(readiness(apart), Readiness::Ready);
}
