//! Every word a verdict can be, met by running a case, and again by judging what was stored of it.
#![expect(clippy::unwrap_used, reason = "what tests are built of fails like they do")]

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{Read, Write},
    net::TcpStream,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use wireproof::{
    adapter::Driver,
    known::KnownFailures,
    plan::{Plan, Scale},
    record::{Changed, again},
    report::{CaseReport, JsonLines, RunInfo},
    run::{Lanes, Run, Stand, run_all},
    scenario::{self, Known, SourceFile},
    verdict::{Verdict, Word},
};
use wireproof_client::{
    capabilities::{Hello, Isolation, PROTOCOL},
    contract::{AdapterError, Answer, Client, Surroundings},
    job::Job,
    outcome::{CallResult, Outcome},
};

/// A client that does with a job what the path of its first URL says.
#[derive(Default)]
struct Actor {
    asked: AtomicUsize,
}

impl Client for Actor {
    fn hello(&self) -> Hello {
        Hello {
            protocol: PROTOCOL,
            client: "actor".to_owned(),
            version: "1".to_owned(),
            language: "Rust".to_owned(),
            capabilities: BTreeMap::new(),
            limits: BTreeMap::new(),
            per_call: Vec::new(),
            isolation: Isolation::Session,
            parallel: 1,
            recycle: 1000,
        }
    }

    fn answer(&self, job: &Job, _: &Surroundings) -> Answer {
        let url = String::from_utf8(job.calls[0].url.to_vec()).unwrap();
        let (authority, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
        match path {
            "panics" => panic!("as the case has it"),
            "breaks" => {
                return Answer::AdapterError(AdapterError { id: None, text: "my own fault".to_owned() });
            }
            "waits" => {
                let mut stream = TcpStream::connect(authority).unwrap();
                stream.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
                let mut answer = Vec::new();
                // Ends, one way or the other, once the servers are stopped.
                let _ = stream.read_to_end(&mut answer);
            }
            _ => {}
        }
        let first = self.asked.fetch_add(1, Ordering::Relaxed) == 0;
        let status = if path == "fails-at-first" && first { 500 } else { 200 };
        let result = CallResult { status: Some(status), ..CallResult::default() };
        Answer::Outcome(Outcome { id: job.id.clone(), calls: vec![result] })
    }
}

/// The words that one case comes to.
fn word(level: &str, rest: &str) -> Word {
    let page = format!(
        "about: Words\nspec: RFC 9110 1\nservers: {{ origin: silent }}\ncases:\n  - id: one\n    about: One\n    \
         level: {level}\n    {}\n{rest}",
        if level == "survey" { "covers: []" } else { "kills: [any]" }
    );
    let source = SourceFile { path: "words/page.yaml".to_owned(), bytes: page.clone().into_bytes() };
    let known = Known { mutants: None, covers: None, time_scale: 1.0 };
    let scenarios = scenario::parse(&[source], &known).unwrap_or_else(|faults| panic!("{page}\n{faults:?}"));
    let stand = Stand::new(Driver::in_process(Arc::new(Actor::default()))).unwrap();
    let plan = Plan::new(&scenarios[0], stand.driver().hello(), Scale::ONE);
    let failures = KnownFailures::parse("- { case: words/*/one, reason: it is known }").unwrap();
    let failures = if rest.contains("# known") { failures } else { KnownFailures::default() };
    let mut words = Vec::new();
    let plans = [plan];
    run_all(&stand, &plans, Lanes::Together(1), |index, run| {
        let case = CaseReport::of(stand.driver().hello(), &plans[index], &run, &failures);
        assert_eq!(failures.apply(&case.id, stored_and_judged(&case, &plans[index], &run)), case.verdict);
        words.push(case.verdict.word);
    });
    words[0]
}

/// The verdict on what was stored.
fn stored_and_judged(case: &CaseReport, plan: &Plan, run: &Run) -> Verdict {
    let mut bytes = Vec::new();
    let info = RunInfo {
        hello: Actor::default().hello(),
        platform: RunInfo::platform_here(),
        asked_for: "actor".to_owned(),
        known: None,
        filters: Vec::new(),
        cases: 1,
        strict: false,
        time_scale: 1.0,
        certification: wireproof::certify::Certification::NotNeeded,
    };
    let mut lines = JsonLines::begin(&mut bytes, &info).unwrap();
    lines.case(case, Some((plan, run))).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let line = serde_json::from_str(text.lines().nth(1).unwrap()).unwrap();
    again(plan, line, Changed::Leave).unwrap().verdict
}

fn calls(path: &str, expect: &str) -> String {
    format!("    calls: [\"GET {{origin}}/{path}\"]\n    expect: {expect}\n")
}

#[test]
fn every_word_can_occur() {
    let slow = "    deadline: 50ms\n";
    let names = "    names: { gone.test: nxdomain }\n";
    let any = |grade: &str| format!("{{ any: [{{ label: a, {grade}outcome: {{ status: 200 }} }}] }}");
    let met: [(Word, Word); 12] = [
        (Word::Pass, word("must", &calls("", "{ outcome: { status: 200 } }"))),
        (Word::Lenient, word("must", &calls("", &any("grade: lenient, ")))),
        (Word::Survey, word("survey", &calls("", &any("")))),
        (Word::Fail, word("must", &calls("", "{ outcome: { status: 404 } }"))),
        (Word::ExpectedFail, word("must", &(calls("", "{ outcome: { status: 404 } }") + "# known"))),
        (Word::UnexpectedPass, word("must", &(calls("", "{ outcome: { status: 200 } }") + "# known"))),
        (Word::Flaky, word("must", &calls("fails-at-first", "{ outcome: { status: 200, within: ..9s } }"))),
        (Word::Hang, word("must", &(slow.to_owned() + &calls("waits", "{ outcome: { status: 200 } }")))),
        (Word::Crash, word("must", &calls("panics", "{ outcome: { status: 200 } }"))),
        (Word::Broken, word("must", &calls("breaks", "{ outcome: { status: 200 } }"))),
        (
            Word::Unsupported,
            word(
                "must",
                &("    needs: [redirects]\n".to_owned() + &calls("", "{ outcome: { status: 200 } }")),
            ),
        ),
        (Word::NotRun, word("must", &(names.to_owned() + &calls("", "{ outcome: { status: 200 } }")))),
    ];
    for (expected, word) in met {
        assert_eq!(word, expected);
    }
    let words: BTreeSet<Word> = met.into_iter().map(|(word, _)| word).collect();
    assert_eq!(words, BTreeSet::from(Word::ALL));
}
