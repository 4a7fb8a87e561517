//! Whole runs against clients that behave in every way they should not: the guilty case is named, and all others have
//! their true verdicts.

use std::{
    collections::BTreeMap,
    fs,
    io::Read,
    net::TcpListener,
    sync::{Mutex, mpsc},
    thread,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use wireproof::{
    adapter::Driver,
    known::KnownFailures,
    observation::Told,
    plan::{Plan, Scale},
    report::{CaseReport, failure},
    run::{Lanes, Run, Stand, run_all},
    scenario::{Known, SourceFile, parse},
    verdict::Word,
};

use crate::fixture::{AMPLE, Fixture};

/// What all fixtures here begin with: a job does whatever the number at the end of its URL stands for.
const NUMBERED: &str = "
import threading
def number(job): return int(job['calls'][0]['url'].rsplit('/', 1)[1] or 0)
";

/// How many cases a page has.
const CASES: usize = 8;

/// The case that goes wrong.
const GUILTY: usize = 5;

/// A page of plain exchanges, the n-th of which asks for `/n`.
fn page(deadline: &str) -> String {
    format!(
        "about: Plain exchanges\nspec: RFC 9110\ncases:\n  - id: \"n{{number}}\"\n    about: A plain exchange\n    \
         level: must\n    deadline: {deadline}\n    each: {{ number: 1..{CASES} }}\n    servers: {{ origin: ok }}\n    \
         calls: ['GET {{origin}}/{{number}}']\n    expect: {{ outcome: {{ status: 200 }} }}\n    kills: [m]\n"
    )
}

/// What came of a run.
pub(crate) struct Ran {
    /// By the last part of the case's id.
    pub(crate) runs: BTreeMap<String, Run>,
    /// As people are shown those that went wrong.
    pub(crate) text: String,
    pub(crate) notes: Vec<String>,
    pub(crate) took: Duration,
}

impl Ran {
    /// The words, in the order of the ids.
    pub(crate) fn words(&self) -> BTreeMap<&str, Word> {
        self.runs.iter().map(|(id, run)| (id.as_str(), run.verdict.word)).collect()
    }

    pub(crate) fn reason(&self, case: &str) -> &str {
        self.runs[case].verdict.reason.as_deref().unwrap_or_default()
    }

    /// The reason phrase that the client told of the first call of a case.
    pub(crate) fn told_reason(&self, case: &str) -> String {
        let Told::Outcome(outcome) = &self.runs[case].observation.as_ref().unwrap().told else {
            panic!("no outcome")
        };
        let reason = serde_json::to_value(outcome.calls[0].reason.as_ref().unwrap()).unwrap();
        reason.as_str().unwrap().to_owned()
    }

    /// All cases but these pass, and these came to this word.
    fn only(&self, word: Word, guilty: &[usize]) {
        for n in 1..=CASES {
            let expected = if guilty.contains(&n) { word } else { Word::Pass };
            let run = &self.runs[&format!("n{n}")];
            assert_eq!(run.verdict.word, expected, "n{n}: {:?} {:?}", run.verdict, self.notes);
        }
    }
}

/// Runs a page against a fixture, so many cases at a time.
pub(crate) fn ran(fixture: &Fixture, page: &str, lanes: usize) -> Ran {
    let source = SourceFile { path: "tests/page.yaml".to_owned(), bytes: page.as_bytes().to_vec() };
    let scenarios = parse(&[source], &Known::anything()).unwrap();
    let stand = Stand::new(Driver::processes(fixture.open(), lanes).unwrap()).unwrap();
    let hello = stand.driver().hello();
    let plans: Vec<Plan> = scenarios.iter().map(|scenario| Plan::new(scenario, hello, Scale::ONE)).collect();
    let (mut runs, mut text) = (BTreeMap::new(), String::new());
    let start = Instant::now();
    run_all(&stand, &plans, Lanes::Together(lanes), |index, run| {
        let name = plans[index].id.rsplit('/').next().unwrap().to_owned();
        let case = CaseReport::of(hello, &plans[index], &run, &KnownFailures::default());
        if case.verdict.word != Word::Pass {
            text += &anstream::adapter::strip_str(&failure(&case)).to_string();
        }
        assert!(runs.insert(name, run).is_none(), "told twice");
    });
    let took = start.elapsed();
    assert_eq!(runs.len(), plans.len(), "every case has a verdict");
    Ran { runs, text, notes: stand.close(), took }
}

/// Runs the numbered page against a Python fixture that does this with each job; `None` where there is no Python.
fn numbered(test: &str, hello: &str, job: &str, lanes: usize, deadline: &str) -> Option<(Ran, Fixture)> {
    let body = format!(
        "{NUMBERED}\nhello({hello})\nfor job in jobs():\n    n = number(job)\n{job}\n    answer(job)"
    );
    let fixture = Fixture::python(test, &body)?;
    Some((ran(&fixture, &page(deadline), lanes), fixture))
}

#[test]
fn who_hangs_is_named() {
    // SIGTERM would not do.
    let job = "
    if n == 5:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        sys.stderr.write('thinking\\n')
        say(type='partial', id=job['id'], call=0, result=dict(status=299))
        while True: signal.pause()";
    let Some((ran, _fixture)) = numbered("who_hangs", "", job, 2, "2s") else { return };
    ran.only(Word::Hang, &[GUILTY]);
    for told in ["no answer by the deadline", "thinking", "call 1: 299", "did not answer"] {
        assert!(ran.text.contains(told), "{told}: {}", ran.text);
    }
}

#[test]
fn who_crashes_is_named_with_status_and_last_words() {
    let job = "
    if n == 5:
        for line in ('first', 'second', 'third'): sys.stderr.write(line + ' line\\n')
        sys.stderr.flush()
        os._exit(3)";
    let Some((ran, _fixture)) = numbered("who_crashes", "", job, 2, "20s") else { return };
    ran.only(Word::Crash, &[GUILTY]);
    assert_eq!(
        ran.reason("n5"),
        "exit status 3\nits standard error ends:\nfirst line\nsecond line\nthird line"
    );
    for line in ["exit status 3", "first line", "second line", "third line"] {
        let told = ran.text.matches(line).count();
        assert!(told == 1 || line.starts_with("exit") && told == 2, "{}", ran.text);
    }
    let job = "    if n == 5: os.kill(os.getpid(), signal.SIGSEGV)";
    let Some((ran, _fixture)) = numbered("who_crashes", "", job, 2, "20s") else { return };
    ran.only(Word::Crash, &[GUILTY]);
    assert_eq!(ran.reason("n5"), "signal 11 (SIGSEGV)");
}

#[test]
fn a_crash_that_does_not_come_again_is_flaky() {
    // Each process, the warm-up apart, does three jobs and dies of the fourth.
    let job = "
    done = globals().get('done', -1) + 1
    if done == 4: os._exit(7)";
    let Some((ran, _fixture)) = numbered("does_not_come_again", "", job, 1, "20s") else { return };
    ran.only(Word::Flaky, &[4, 8]);
    assert_eq!(ran.reason("n4"), "crashed among others, passed alone: exit status 7");
}

#[test]
fn who_crashes_each_time_costs_a_start_each() {
    let job = "
    if n: os._exit(1)";
    let Some((ran, fixture)) = numbered("each_time", "", job, 2, "20s") else { return };
    ran.only(Word::Crash, &(1..=CASES).collect::<Vec<_>>());
    assert!(ran.runs.values().all(|run| !run.repeated), "alone in a fresh process: nothing to find out");
    drop(fixture);
    // Even the warm-up: then there is none.
    let job = "
    with open('starts', 'a') as starts: starts.write('x')
    os._exit(1)";
    let Some((ran, fixture)) = numbered("each_time", "", job, 1, "20s") else { return };
    ran.only(Word::Crash, &(1..=CASES).collect::<Vec<_>>());
    let jobs = fs::read_to_string(fixture.path().join("starts")).unwrap().len();
    assert_eq!(jobs, CASES + 2, "two warm-ups in vain, then one job a process");
    assert!(ran.notes.iter().any(|note| note.contains("warm-up")), "{:?}", ran.notes);
}

#[test]
fn who_can_no_longer_be_started_is_broken_at_once() {
    let body = format!(
        "{NUMBERED}
with open('starts', 'a') as starts: starts.write('x')
if os.path.exists('over'): sys.exit('no more')
hello()
for job in jobs():
    if number(job) == 3:
        open('over', 'w')
        os._exit(1)
    answer(job)"
    );
    let Some(fixture) = Fixture::python("no_longer", &body) else { return };
    let ran = ran(&fixture, &page("20s"), 1);
    for n in 1..=CASES {
        let expected = if n < 3 { Word::Pass } else { Word::Broken };
        assert_eq!(ran.words()[format!("n{n}").as_str()], expected, "n{n}");
    }
    assert!(ran.reason("n8").contains("failed to start 3 times") && ran.reason("n8").contains("no more"));
    assert_eq!(
        fs::read_to_string(fixture.path().join("starts")).unwrap(),
        "xxxx",
        "one good start, three bad"
    );
}

#[test]
fn noise_and_half_lines_harm_nobody_else() {
    let job = "
    if n == 3: print('send: b\"GET /\"')
    if n == 4: sys.stdout.write('half a line')
    if n == 5:
        sys.stdout.write('{\"type\":\"outcome\",\"id\":')
        sys.stdout.flush()
        signal.pause()";
    let Some((ran, _fixture)) = numbered("half_lines", "", job, 2, "2s") else { return };
    ran.only(Word::Hang, &[GUILTY]);
    assert!(ran.text.contains("no answer by the deadline"), "{}", ran.text);
    assert!(ran.runs["n3"].observation.as_ref().unwrap().aside.contains("send: b\"GET /\""));
}

#[test]
fn a_hundred_megabytes_harm_nobody() {
    let job = "
    if n == 3:
        for _ in range(1600): sys.stdout.write('x' * 65536)
    if n == 4:
        for _ in range(1600): sys.stdout.write('y' * 65535 + '\\n')
    if n == 5:
        sys.stdout.write('{\"type\":\"outcome\",\"text\":\"')
        for _ in range(1600): sys.stdout.write('z' * 65536)
    if n == 6:
        for _ in range(1600): sys.stderr.write('e' * 65535 + '\\n')";
    let before = crate::exchange::peak_memory();
    let Some((ran, _fixture)) = numbered("a_hundred_megabytes", "", job, 1, "60s") else { return };
    ran.only(Word::Broken, &[GUILTY]);
    assert!(ran.reason("n5").contains("more than 8388608 bytes"), "{}", ran.reason("n5"));
    let grown = crate::exchange::peak_memory() - before;
    assert!(grown < 64 << 10, "{grown} KiB more than before");
}

#[test]
fn who_answers_twice_is_named() {
    let job = "    if n == 5: answer(job)";
    let Some((ran, _fixture)) = numbered("answers_twice", "", job, 1, "20s") else { return };
    // Heard together with the first answer it breaks the case; heard later it can only be noted.
    let is_broken = ran.words()["n5"] == Word::Broken;
    ran.only(Word::Broken, if is_broken { &[GUILTY] } else { &[] });
    let told = if is_broken { vec![ran.reason("n5").to_owned()] } else { ran.notes };
    assert!(told.iter().any(|told| told.contains("answered job `tests/page/n5`")), "{told:?}");
}

#[test]
fn who_answers_an_unknown_id_is_named() {
    let job = "    if n == 5: answer(dict(job, id='nobody'))";
    let Some((ran, _fixture)) = numbered("unknown_id", "", job, 2, "20s") else { return };
    ran.only(Word::Broken, &[GUILTY]);
    assert!(
        ran.reason("n5").contains("answered job `nobody` while job `tests/page/n5` was"),
        "{}",
        ran.reason("n5")
    );
}

#[test]
fn a_child_that_holds_the_pipes_holds_up_nobody() {
    // The child leaves the group, so that it outlives its parent; its end is the test's to see to.
    let job = "
    if n in (4, 5):
        child = subprocess.Popen(['sleep', '1000'], start_new_session=(n == 4))
        if n == 4:
            with open('child', 'a') as file: file.write(str(child.pid) + '\\n')
    if n == 5: os._exit(9)";
    let Some((ran, fixture)) = numbered("holds_the_pipes", "recycle=1", job, 2, "20s") else { return };
    ran.only(Word::Crash, &[GUILTY]);
    assert_eq!(ran.reason("n5"), "exit status 9");
    assert!(ran.took < AMPLE, "{:?}", ran.took);
    for child in fs::read_to_string(fixture.path().join("child")).unwrap().lines() {
        kill(Pid::from_raw(child.parse().unwrap()), Signal::SIGKILL).unwrap();
    }
}

#[test]
fn who_never_reads_hangs_in_every_case() {
    let hello = r#"echo '{"type":"hello","protocol":1,"client":"c","version":"1","language":"sh"}'"#;
    let fixture = Fixture::shell(&format!("{hello}; sleep 1000"));
    let page = page("1s").replace("1..8", "1..3");
    let source = SourceFile { path: "tests/page.yaml".to_owned(), bytes: page.into_bytes() };
    let scenarios = parse(&[source], &Known::anything()).unwrap();
    // Without a stand's warm-up, which would take its time.
    let driver = Driver::processes(fixture.open(), 3).unwrap();
    let plans: Vec<Plan> =
        scenarios.iter().map(|scenario| Plan::new(scenario, driver.hello(), Scale::ONE)).collect();
    let stand = Stand::new(driver).unwrap();
    let mut words = Vec::new();
    run_all(&stand, &plans, Lanes::Together(3), |_, run| words.push(run.verdict.word));
    assert_eq!(words, [Word::Hang; 3]);
}

/// Answers only once four jobs are in flight, the last first, so that nothing but the real thing works. The warm-up is
/// answered at once.
const TOGETHER: &str = "
hello(parallel=4)
waiting = []
for job in jobs():
    if number(job) == 0:
        answer(job)
        continue
    waiting.append(job)
    if len(waiting) == 4:
        for job in reversed(waiting): answer(job)
        waiting = []";

#[test]
fn a_process_is_at_as_many_jobs_as_it_says() {
    let body = format!("{NUMBERED}{TOGETHER}");
    let Some(fixture) = Fixture::python("as_many_jobs", &body) else { return };
    let ran = ran(&fixture, &page("20s"), 4);
    ran.only(Word::Pass, &[]);
    assert_eq!(ran.notes, [""; 0]);
}

/// A process is at four jobs; one of them takes it down when all four are in flight. Alone, it does so as well.
fn taken_down(test: &str, how: &str) -> Option<Ran> {
    let body = format!(
        "{NUMBERED}
hello(parallel=4)
waiting = []
for job in jobs():
    n = number(job)
    if n == 0 or os.path.exists('met'):
        if n == 5: {how}
        answer(job)
        continue
    waiting.append(job)
    if len(waiting) == 4:
        open('met', 'w')
        {how}"
    );
    let fixture = Fixture::python(test, &body)?;
    // In the order of the page, so that the first four meet, none of which is the guilty one.
    Some(ran(&fixture, &page("2s"), 4))
}

#[test]
fn the_innocent_are_judged_truly_when_a_process_crashes() {
    let Some(ran) = taken_down("process_crashes", "os._exit(3)") else { return };
    ran.only(Word::Crash, &[GUILTY]);
    assert_eq!(ran.reason("n5"), "exit status 3");
    let again = ran.runs.values().filter(|run| run.repeated).count();
    assert!((4..=CASES).contains(&again), "{again}");
    assert!(ran.notes.iter().any(|note| note.contains("run again alone") && note.contains("exit status 3")));
}

#[test]
fn the_innocent_are_judged_truly_when_a_process_hangs() {
    let Some(ran) = taken_down("process_hangs", "signal.pause()") else { return };
    ran.only(Word::Hang, &[GUILTY]);
}

#[test]
fn killing_a_client_by_hand_costs_only_the_case_in_flight() {
    // The first time that case is met, it says who it is and waits to be killed.
    let body = format!(
        "{NUMBERED}
import socket
hello()
for job in jobs():
    if number(job) == 5 and not os.path.exists('killed'):
        open('killed', 'w')
        gate = socket.create_connection(('127.0.0.1', int(open('port').read())))
        gate.sendall(str(os.getpid()).encode())
        gate.shutdown(socket.SHUT_WR)
        while True: signal.pause()
    answer(job)"
    );
    let Some(fixture) = Fixture::python("by_hand", &body) else { return };
    let gate = TcpListener::bind("127.0.0.1:0").unwrap();
    fs::write(fixture.path().join("port"), gate.local_addr().unwrap().port().to_string()).unwrap();
    let killer = thread::spawn(move || {
        let mut pid = String::new();
        gate.accept().unwrap().0.read_to_string(&mut pid).unwrap();
        kill(Pid::from_raw(pid.parse().unwrap()), Signal::SIGKILL).unwrap();
    });
    let ran = ran(&fixture, &page("20s"), 2);
    killer.join().unwrap();
    ran.only(Word::Pass, &[]);
    let again: Vec<&String> = ran.runs.iter().filter(|(_, run)| run.repeated).map(|(id, _)| id).collect();
    assert_eq!(again, ["n5"]);
    assert!(ran.notes.iter().any(|note| note.contains("n5") && note.contains("SIGKILL")), "{:?}", ran.notes);
}

#[test]
fn every_process_is_warmed_up_first() {
    let job = "
    with open('jobs', 'a') as log: log.write('%d %s %s\\n' % (os.getpid(), job['id'], job['calls'][0]['url']))";
    for (hello, processes) in [("recycle=2", CASES / 2), ("isolation='process'", CASES)] {
        let Some((ran, fixture)) = numbered("is_warmed_up", hello, job, 1, "20s") else { return };
        ran.only(Word::Pass, &[]);
        let log = fs::read_to_string(fixture.path().join("jobs")).unwrap();
        let mut seen: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for line in log.lines() {
            let mut words = line.split(' ');
            seen.entry(words.next().unwrap()).or_default().push(words.next().unwrap());
        }
        assert_eq!(seen.len(), processes, "{log}");
        for jobs in seen.values() {
            assert_eq!(jobs.iter().filter(|id| **id == "warm-up").count(), 1, "{log}");
            assert_eq!(jobs[0], "warm-up", "{log}");
        }
    }
}

#[test]
fn variables_of_a_case_are_found_by_its_own_process_only() {
    let body = format!(
        "{NUMBERED}
hello(capabilities=dict())
for job in jobs():
    home = sorted(os.listdir(os.environ['HOME']))
    answer(job, reason=' '.join([str(os.getpid()), os.environ.get('FROM_THE_CASE', 'none')] + home))"
    );
    let Some(fixture) = Fixture::python("variables_of_a_case", &body) else { return };
    let case = |id: &str, client: &str| {
        format!(
            "  - id: {id}\n    about: A plain exchange\n    level: must\n    {client}\n    servers: {{ origin: ok }}\n    \
             calls: ['GET {{origin}}/1']\n    expect: {{ outcome: {{ status: 200 }} }}\n    kills: [m]\n"
        )
    };
    let cases = [
        case("plain", "client: {}"),
        case("variable", "client: { environment: { FROM_THE_CASE: here } }"),
        case("file", "client: { files: { .netrc: 'machine x' } }"),
        case("after", "client: {}"),
    ];
    let page = format!("about: Surroundings\nspec: RFC 9110\ncases:\n{}", cases.concat());
    let ran = ran(&fixture, &page, 1);
    let told = |case: &str| {
        let reason = ran.told_reason(case);
        let (pid, rest) = reason.split_once(' ').unwrap();
        (pid.to_owned(), rest.to_owned())
    };
    let [plain, variable, file, after] = ["plain", "variable", "file", "after"].map(told);
    assert_eq!([&plain.1, &variable.1, &file.1, &after.1], ["none", "here", "none .netrc", "none"]);
    assert_eq!(plain.0, after.0);
    assert!(variable.0 != plain.0 && file.0 != plain.0 && variable.0 != file.0);
}

#[test]
fn jobs_of_many_threads_share_processes() {
    let body = format!("{NUMBERED}{TOGETHER}");
    let Some(fixture) = Fixture::python("many_threads", &body) else { return };
    let driver = Driver::processes(fixture.open(), 4).unwrap();
    let (sender, replies) = mpsc::channel();
    let numbers = Mutex::new(1..);
    thread::scope(|scope| {
        for _ in 0..4 {
            let (sender, driver, numbers) = (sender.clone(), &driver, &numbers);
            scope.spawn(move || {
                for _ in 0..5 {
                    let n = numbers.lock().unwrap().next().unwrap();
                    let mut job = crate::fixture::job(&n.to_string());
                    job.calls[0].url = format!("http://127.0.0.1:1/{n}").as_str().into();
                    let terms = wireproof::adapter::Terms::within(AMPLE);
                    let outcome = crate::fixture::outcome(driver.ask(&job, &terms, || panic!("a process")));
                    sender.send(outcome.id == n.to_string()).unwrap();
                }
            });
        }
        drop(sender);
    });
    assert_eq!(replies.iter().collect::<Vec<_>>(), [true; 20]);
    assert_eq!(driver.close(), [""; 0]);
}
