//! Programs without an adapter. All of them are `sh`.

use std::{path::Path, time::Duration};

use wireproof::adapter::{Driver, Exec, Exit, Measure, Reply, Template, Terms};
use wireproof_client::{
    capabilities::Support,
    contract::Answer,
    job::{Body, Call, Job, Options},
    outcome::{BodySeen, CallResult},
};

const LONG: Duration = Duration::from_mins(1);

fn driver(template: &str, capabilities: &[&str]) -> Driver {
    let template = Template::parse(template).unwrap();
    Driver::exec(Exec::new(template, Path::new("/"), capabilities.iter().copied()).unwrap())
}

fn get() -> Call {
    Call { url: "http://h/".into(), method: "GET".to_owned(), ..Call::default() }
}

fn ask(template: &str, call: Call, deadline: Duration) -> Reply {
    let job = Job { id: "1".to_owned(), calls: vec![call], ..Job::default() };
    driver(template, &[]).ask(&job, &Terms::within(deadline), || ())
}

fn result(template: &str, call: Call) -> CallResult {
    match ask(template, call, LONG) {
        Reply::Answered { answer: Answer::Outcome(mut outcome), .. } => outcome.calls.remove(0),
        other => panic!("{other:?}"),
    }
}

#[test]
fn status_zero_is_success_and_standard_output_the_content() {
    let result = result("sh -c 'printf %s $0; echo aside >&2' {url}", get());
    assert_eq!(result.body, Some(BodySeen::Bytes(b"http://h/".to_vec())));
    assert_eq!((result.status, result.error), (None, None));
}

#[test]
fn any_other_status_is_a_failure_of_no_known_class() {
    let error = result("sh -c 'echo no route >&2; exit 7' {url}", get()).error.unwrap();
    assert_eq!((error.kind.as_deref(), error.text.as_deref()), (Some("exit status 7"), Some("no route")));
    assert_eq!(error.class, ["failed", "timeout", "invalid-request"]);
}

#[test]
fn much_content_is_told_by_length_and_hash() {
    let result = result("sh -c 'head -c 3000000 /dev/zero' {url}", get());
    let Some(BodySeen::Digest { length, sha256 }) = result.body else { panic!("{:?}", result.body) };
    assert_eq!(length, 3_000_000);
    assert_eq!(sha256, "35bce4eae54ec8e6cc2868baa8d157914d6ae2858811b4cc0c078c94460fa26f");
}

#[test]
fn a_signal_is_a_crash() {
    let Reply::Crash { exit, stderr, .. } = ask("sh -c 'echo oops >&2; kill -SEGV $$' {url}", get(), LONG)
    else {
        panic!("no crash")
    };
    assert_eq!((exit, stderr.as_str()), (Exit::Signal(11), "oops\n"));
}

#[test]
fn what_is_late_is_killed_with_its_children() {
    let reply = ask("sh -c 'sleep 600 & echo waiting >&2; wait' {url}", get(), Duration::from_millis(200));
    let Reply::Hang { stderr, .. } = reply else { panic!("{reply:?}") };
    assert_eq!(stderr, "waiting\n");
}

#[test]
fn a_child_that_holds_the_pipes_holds_up_nobody() {
    assert_eq!(
        result("sh -c 'sleep 600 & echo done' {url}", get()).body,
        Some(BodySeen::Bytes(b"done\n".to_vec()))
    );
}

#[test]
fn content_is_handed_over_in_a_file() {
    let call = Call { method: "POST".to_owned(), body: Some(Body::Bytes("some content".into())), ..get() };
    let template = "sh -c 'printf \"%s %s \" $1 $2; cat $3' sh {url} [{method}] [{body}]";
    assert_eq!(result(template, call).body, Some(BodySeen::Bytes(b"http://h/ POST some content".to_vec())));
}

#[test]
fn what_the_template_cannot_say_is_unsupported() {
    let call = Call { method: "POST".to_owned(), ..get() };
    let Reply::Answered { answer: Answer::Unsupported(unsupported), .. } = ask("sh {url}", call, LONG) else {
        panic!("it was asked")
    };
    assert_eq!(unsupported.what, ["{method}"]);
}

#[test]
fn what_its_user_says_it_does_can_be_asked_for_and_not_switched_off() {
    let driver = driver("sh -c true {url}", &["redirects"]);
    assert_eq!(driver.hello().support("redirects"), Support::Always);
    let options = Options { redirects: Some(true), ..Options::default() };
    let job = Job { id: "1".to_owned(), options, calls: vec![get()], ..Job::default() };
    let reply = driver.ask(&job, &Terms::within(LONG), || ());
    assert!(matches!(reply, Reply::Answered { answer: Answer::Outcome(_), .. }), "{reply:?}");
}

#[test]
fn a_program_that_is_not_there_is_no_finding() {
    assert!(matches!(ask("no-such-program {url}", get(), LONG), Reply::Broken(_)));
}

#[test]
#[cfg(target_os = "linux")]
fn what_a_program_uses_up_is_measured() {
    let ask = |template: &str, ceiling: u64| {
        let job = Job { id: "1".to_owned(), calls: vec![get()], ..Job::default() };
        let terms = Terms { measure: Some(Measure { ceiling }), ..Terms::within(LONG) };
        driver(template, &[]).ask(&job, &terms, || ())
    };
    let Reply::Answered { usage, .. } = ask("true {url}", 1 << 30) else { panic!("no answer") };
    assert!(usage.is_some_and(|usage| usage.peak_memory.is_some() && usage.cpu.is_some()), "{usage:?}");
    // The shell holds all of what it reads in a variable, and does not end before it has been looked at.
    let held = "sh -c 'x=$(head -c 50000000 /dev/zero | tr \"\\0\" x); tail -f /dev/null' {url}";
    let Reply::Crash { exit, usage, .. } = ask(held, 20 << 20) else { panic!("it was not stopped") };
    assert!(matches!(exit, Exit::Stopped(_)), "{exit:?}");
    assert!(usage.and_then(|usage| usage.peak_memory) > Some(20 << 20), "{usage:?}");
}
