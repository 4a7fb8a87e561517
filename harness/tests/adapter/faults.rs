//! Adapters that hang, crash and break the contract.

use std::{
    collections::BTreeMap,
    io::Read,
    net::TcpListener,
    time::{Duration, Instant},
};

use wireproof::adapter::{Exit, Process, Reply, StartError};
use wireproof_client::contract::Surroundings;

use crate::fixture::{AMPLE, Fixture, SHORT, big_job, job, outcome};

/// Says hello in the shell.
const HELLO: &str = r#"echo '{"type":"hello","protocol":1,"client":"c","version":"1","language":"sh"}'
"#;

fn shell(body: &str) -> Fixture {
    Fixture::shell(&format!("{HELLO}{body}"))
}

fn broken(reply: Reply) -> String {
    match reply {
        Reply::Broken(text) => text,
        other => panic!("not broken: {other:?}"),
    }
}

#[test]
fn a_hang_is_killed_with_all_descendants() {
    // The grandchild ignores what can be ignored, and holds a connection that ends only when it does.
    let body = "
import socket
hello()
gate = socket.create_connection(('127.0.0.1', int(os.environ['GATE'])))
for job in jobs():
    say(type='partial', id=job['id'], call=0, result=dict(status=204))
    ready, done = os.pipe()
    if os.fork() == 0:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP): signal.signal(number, signal.SIG_IGN)
        os.write(done, b'x')
        while True: signal.pause()
    os.read(ready, 1)
    sys.stderr.write('stuck')
    signal.pause()";
    let Some(fixture) = Fixture::python("a_hang", body) else { return };
    let gate = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = gate.local_addr().unwrap().port().to_string();
    let environment = BTreeMap::from([("GATE".to_owned(), port)]);
    let process = Process::start(&fixture.open(), &Surroundings { environment, home: None }).unwrap();
    let (mut held, _) = gate.accept().unwrap();
    let asked = Instant::now();
    let deadline = Duration::from_secs(2);
    let reply = process.ask(&job("1"), deadline);
    let Reply::Hang { partials, stderr, .. } = reply else { panic!("{reply:?}") };
    assert!(asked.elapsed() >= deadline);
    assert_eq!((partials.len(), partials[0].result.status), (1, Some(204)));
    assert_eq!(stderr, "stuck");
    assert!(!process.is_alive());
    held.set_read_timeout(Some(AMPLE)).unwrap();
    assert_eq!(held.read(&mut [0]).ok(), Some(0), "the grandchild is still there");
}

#[test]
fn a_crash_tells_its_status_or_signal() {
    let Reply::Crash { exit, stderr, .. } = shell("read job; echo no luck >&2; exit 3").ask(AMPLE) else {
        panic!("no crash")
    };
    assert_eq!((exit, stderr.as_str()), (Exit::Status(3), "no luck\n"));
    let Reply::Crash { exit, .. } = shell("read job; kill -SEGV $$").ask(AMPLE) else { panic!("no crash") };
    assert_eq!(exit.to_string(), "signal 11 (SIGSEGV)");
}

#[test]
fn a_crash_is_noticed_though_a_child_holds_the_pipes() {
    let reply = shell("read job; sleep 1000 & exit 4").ask(Duration::from_hours(1));
    assert!(matches!(reply, Reply::Crash { exit: Exit::Status(4), .. }), "{reply:?}");
}

#[test]
fn an_answer_before_the_end_counts() {
    let fixture = shell(r#"read job; printf '{"type":"unsupported","id":"1","what":["x"]}'; exit 1"#);
    assert!(matches!(fixture.ask(AMPLE), Reply::Answered { .. }));
}

#[test]
fn adapters_that_do_not_start_say_why() {
    let ended = Fixture::shell("echo what is this; echo no module named x >&2; exit 1").start().unwrap_err();
    assert!(matches!(ended, StartError::Ended { exit: Exit::Status(1), .. }));
    let text = ended.to_string();
    assert!(
        text.contains("no module") && text.contains("what is this") && text.contains("status 1"),
        "{text}"
    );

    let missing = Fixture::new("command: [no-such-program-anywhere]\n").start().unwrap_err();
    assert!(missing.to_string().contains("no-such-program-anywhere"), "{missing}");

    let certificate = Fixture::new("command: [sh, '{ca}']\n").start().unwrap_err();
    assert!(matches!(certificate, StartError::NoCa));

    let silent = Fixture::shell("read job");
    let silent = Process::start_within(&silent.open(), &Surroundings::default(), SHORT).unwrap_err();
    assert!(silent.to_string().contains("hello within"), "{silent}");
}

#[test]
fn a_wrong_hello_is_refused() {
    let say =
        |line: &str| Fixture::shell(&format!("echo '{line}'; read job")).start().unwrap_err().to_string();
    let other = say(r#"{"type":"hello","protocol":7,"client":"c","version":"1","language":"sh"}"#);
    assert!(other.contains("version 7") && other.contains("harness version 1"), "{other}");
    let wrong = say(r#"{"type":"hello","protocol":1,"client":"c","version":"1","language":"sh",
        "capabilities":{"redirects":"maybe"}}"#
        .replace('\n', "")
        .as_str());
    assert!(wrong.contains("hello") && wrong.contains("maybe"), "{wrong}");
    assert!(say(r#"{"type":"bye"}"#).contains("Bye"));
}

#[test]
fn a_deaf_adapter_hangs_or_is_broken() {
    let reply = shell("sleep 1000").start().unwrap().ask(&big_job("1"), SHORT);
    assert!(matches!(reply, Reply::Hang { .. }), "{reply:?}");
    let reply = shell("exec <&-; echo >&2; sleep 1000").start().unwrap().ask(&big_job("1"), SHORT * 5);
    assert!(broken(reply).contains("stopped reading"));
}

#[test]
fn a_mute_adapter_is_broken() {
    let reply = shell("read job; exec >&-; sleep 1000").ask(Duration::from_hours(1));
    assert!(broken(reply).contains("closed its standard output"));
}

#[test]
fn answers_to_other_jobs_are_refused() {
    let text =
        broken(shell(r#"read job; echo '{"type":"outcome","id":"9","calls":[{}]}'; read job"#).ask(AMPLE));
    assert!(text.contains("`9`") && text.contains("`1`"), "{text}");
    let text =
        broken(shell(r#"read job; echo '{"type":"outcome","id":"1","calls":[]}'; read job"#).ask(AMPLE));
    assert!(text.contains("0 results"), "{text}");
    let text = broken(shell(r#"read job; echo '{"type":"outcome","id":"1"}'; read job"#).ask(AMPLE));
    assert!(text.contains("missing field `calls`"), "{text}");
    let text = broken(
        shell(r#"read job; echo '{"type":"partial","id":"1","call":1,"result":{}}'; read job"#).ask(AMPLE),
    );
    assert!(text.contains("call 1"), "{text}");
}

#[test]
fn a_second_answer_is_refused() {
    let answer = r#"echo '{"type":"outcome","id":"1","calls":[{"status":200}]}'"#;
    let process = shell(&format!("read job; {answer}; {answer}; read job; read job")).start().unwrap();
    // Its name is told where the second answer is heard together with the first, or else by the process afterwards.
    match process.ask(&job("1"), AMPLE) {
        Reply::Broken(text) => assert!(text.contains("`1` twice"), "{text}"),
        answered => {
            outcome(answered);
            let Reply::Lost(text) = process.ask(&job("2"), AMPLE) else { panic!("job 2 is not to blame") };
            assert!(text.contains("answered job `1`"), "{text}");
        }
    }
    assert!(!process.is_alive());
}

#[test]
fn a_message_beyond_all_measure_is_refused() {
    let body = "
hello()
for job in jobs(): answer(job, body='x' * (8 << 20))";
    let Some(fixture) = Fixture::python("beyond_measure", body) else { return };
    assert!(broken(fixture.ask(AMPLE)).contains("8388608"));
}
