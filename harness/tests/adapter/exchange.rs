//! What goes well, and what surrounds it.

use std::collections::BTreeMap;

use wireproof::adapter::{Exit, Process, Reply};
use wireproof_client::contract::{Answer, Surroundings};

use crate::fixture::{AMPLE, Fixture, SHORT, big_job, job, outcome};

#[test]
fn jobs_are_answered_one_after_another() {
    let body = "hello(recycle=7)\nfor job in jobs(): answer(job, body=job['id'] + '!')";
    let Some(fixture) = Fixture::python("jobs_are_answered", body) else { return };
    let process = fixture.start().unwrap();
    assert_eq!((process.hello().client.as_str(), process.hello().recycle), ("fixture", 7));
    for id in ["1", "zwei-é😀"] {
        let reply = process.ask(&job(id), AMPLE);
        let Reply::Answered { ref noise, .. } = reply else { panic!("{reply:?}") };
        assert!(noise.is_empty());
        let outcome = outcome(reply);
        assert_eq!(outcome.id, id);
        assert_eq!(serde_json::to_value(&outcome.calls[0].body).unwrap(), format!("{id}!"));
    }
    let stopped = process.stop();
    assert!(stopped.is_clean(), "{stopped:?}");
}

#[test]
fn a_job_that_fills_every_pipe_arrives() {
    let body = "
hello()
for job in jobs():
    sys.stderr.write('e' * 300000 + 'end')
    answer(job, body=job['calls'][0]['body'][-3:])";
    let Some(fixture) = Fixture::python("a_big_job", body) else { return };
    let reply = fixture.start().unwrap().ask(&big_job("1"), AMPLE);
    assert_eq!(outcome(reply).calls[0].status, Some(200));
}

#[test]
fn refusals_and_faults_are_answers() {
    let body = "
hello()
for job in jobs():
    if job['id'] == '1': say(type='unsupported', id='1', what=['x-nonsense'], reason='no such thing')
    else: say(type='adapter-error', text='oops', more=1)";
    let Some(fixture) = Fixture::python("refusals", body) else { return };
    let process = fixture.start().unwrap();
    let reply = process.ask(&job("1"), AMPLE);
    let Reply::Answered { answer: Answer::Unsupported(unsupported), .. } = reply else { panic!("{reply:?}") };
    assert_eq!(unsupported.what, ["x-nonsense"]);
    let reply = process.ask(&job("2"), AMPLE);
    let Reply::Answered { answer: Answer::AdapterError(error), .. } = reply else { panic!("{reply:?}") };
    assert_eq!((error.id, error.text.as_str()), (None, "oops"));
}

#[test]
fn noise_is_kept_and_counted_and_harms_nothing() {
    let body = "
print('starting')
hello()
for job in jobs():
    print('send: GET'); print('half', end='')
    sys.stderr.write('for the record\\n')
    answer(job)";
    let Some(fixture) = Fixture::python("noise", body) else { return };
    let process = fixture.start().unwrap();
    for id in ["1", "2"] {
        let reply = process.ask(&job(id), AMPLE);
        let Reply::Answered { noise, stderr, .. } = reply else { panic!("{reply:?}") };
        assert_eq!(stderr, "for the record\n");
        assert_eq!((noise.lines, noise.tail.as_str()), (2, "send: GET\nhalf\n"));
    }
    let stopped = process.stop();
    assert_eq!(stopped.noise.lines, 5);
    assert_eq!(stopped.stderr, "for the record\n".repeat(2));
}

#[test]
fn endless_noise_takes_no_memory() {
    // One line of 100 MB, and 100 MB of lines.
    let body = "
hello()
for job in jobs():
    for _ in range(1600): sys.stdout.write('x' * 65536)
    for _ in range(1600): sys.stdout.write('y' * 65535 + '\\n')
    answer(job)";
    let Some(fixture) = Fixture::python("endless_noise", body) else { return };
    let process = fixture.start().unwrap();
    let before = peak_memory();
    let reply = process.ask(&job("1"), AMPLE);
    let Reply::Answered { noise, .. } = reply else { panic!("{reply:?}") };
    assert!(noise.bytes >= 2 * 1600 * 65536 && noise.lines == 1600, "{} {}", noise.bytes, noise.lines);
    assert_eq!(noise.tail.len(), 64 << 10);
    let grown = peak_memory() - before;
    assert!(grown < 48 << 10, "{grown} KiB more than before");
}

/// The most memory this process has had, in KiB; 0 where the system does not tell.
pub(crate) fn peak_memory() -> u64 {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else { return 0 };
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

const SHOWS_SURROUNDINGS: &str = "
hello()
for job in jobs():
    home = os.environ['HOME']
    answer(job, json=dict(environment=dict(os.environ), folder=os.getcwd(), group=os.getpgid(0) == os.getpid(),
        home=sorted(os.listdir(home)), tmp=os.listdir(os.environ['TMPDIR'])))";

#[test]
fn the_environment_is_bare() {
    let fixture = Fixture::shell(
        r#"env >&2; echo '{"type":"hello","protocol":1,"client":"c","version":"1","language":"sh"}'"#,
    );
    let environment = fixture.start().unwrap().stop().stderr;
    let mut environment: BTreeMap<_, _> =
        environment.lines().filter_map(|line| line.split_once('=')).collect();
    for given in ["PATH", "HOME", "TMPDIR"] {
        assert!(environment.remove(given).is_some_and(|value| !value.is_empty()), "{given}");
    }
    // What shells set for themselves.
    environment.retain(|name, _| !matches!(*name, "_" | "PWD" | "OLDPWD" | "SHLVL"));
    let fixed = [("LANG", "C.UTF-8"), ("TZ", "UTC"), ("WIREPROOF_PROTOCOL", "1")];
    assert_eq!(environment, BTreeMap::from(fixed));
}

#[test]
fn home_is_empty_and_the_folder_is_the_client_s() {
    let Some(fixture) = Fixture::python("home_is_empty", SHOWS_SURROUNDINGS) else { return };
    let seen = outcome(fixture.ask(AMPLE)).calls[0].json.clone().unwrap();
    assert_eq!(seen["environment"]["FIXED"], "yes-it-is");
    assert_eq!(seen["folder"], fixture.open().path().to_str().unwrap());
    assert_eq!((&seen["home"], &seen["tmp"]), (&serde_json::json!([]), &serde_json::json!([])));
    assert_eq!(seen["group"], true);
}

/// What a client takes for a name may hold a password.
#[test]
fn no_name_server_is_asked() {
    const LOOKS_UP: &str = r#"
import socket
def found(name):
    try:
        return [address[4][0] for address in socket.getaddrinfo(name, 80, socket.AF_INET, socket.SOCK_STREAM)]
    except OSError:
        return []
hello()
for job in jobs():
    servers = [line.split()[1] for line in open("/etc/resolv.conf") if line.startswith("nameserver")]
    answer(job, json=dict(servers=servers, here=found("localhost"), there=found("bob:secret@127.0.0.1")))
"#;
    if !wireproof::adapter::can_seclude() {
        eprintln!("not run: no_name_server_is_asked: this system has no namespaces for it");
        return;
    }
    let Some(fixture) = Fixture::python("no_name_server_is_asked", LOOKS_UP) else { return };
    let seen = outcome(fixture.ask(AMPLE)).calls[0].json.clone().unwrap();
    let expected = serde_json::json!({"servers": ["127.0.0.1"], "here": ["127.0.0.1"], "there": []});
    assert_eq!(seen, expected);
}

#[test]
fn surroundings_are_passed_on() {
    let Some(fixture) = Fixture::python("surroundings", SHOWS_SURROUNDINGS) else { return };
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join(".netrc"), "machine here\n").unwrap();
    let surroundings = Surroundings {
        environment: BTreeMap::from([("http_proxy".to_owned(), "http://127.0.0.1:1".to_owned())]),
        home: Some(home.path().to_owned()),
    };
    let process = Process::start(&fixture.open(), &surroundings).unwrap();
    let seen = outcome(process.ask(&job("1"), AMPLE)).calls[0].json.clone().unwrap();
    assert_eq!(seen["environment"]["http_proxy"], "http://127.0.0.1:1");
    assert_eq!(seen["home"], serde_json::json!([".netrc"]));
}

#[test]
fn an_adapter_that_does_not_end_is_killed() {
    let body = "hello()\nfor job in jobs(): answer(job)\nsignal.pause()";
    let Some(fixture) = Fixture::python("does_not_end", body) else { return };
    let process = fixture.start().unwrap();
    outcome(process.ask(&job("1"), AMPLE));
    let stopped = process.stop();
    assert_eq!((stopped.in_time, stopped.exit), (false, Exit::Signal(9)));
}

#[test]
fn a_job_too_long_for_a_line_is_never_sent() {
    let fixture = Fixture::shell(
        r#"echo '{"type":"hello","protocol":1,"client":"c","version":"1","language":"sh"}'
           read job; echo '{"type":"unsupported","id":"1","what":["x"]}'; read end"#,
    );
    let process = fixture.start().unwrap();
    let mut job = big_job("1");
    job.calls.push(job.calls[0].clone());
    assert!(matches!(process.ask(&job, SHORT), Reply::Broken(text) if text.contains("1048576")));
    job.calls.pop();
    assert!(process.is_alive());
    assert!(matches!(process.ask(&job, AMPLE), Reply::Answered { .. }));
}
