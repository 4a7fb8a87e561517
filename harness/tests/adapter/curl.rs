//! The adapter of the curl program, at the harness's end.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    path::Path,
    process::Command,
    sync::mpsc,
    thread,
};

use serde_json::{Value, json};
use wireproof::adapter::{Folder, Process, Reply};
use wireproof_client::{
    capabilities::{Support, is_known},
    contract::{Answer, Surroundings},
    job::Job,
    outcome::{CallResult, Outcome},
};

use crate::fixture::{AMPLE, outcome, python};
use crate::server;

/// What curl says of itself; nothing, visibly, where there is none.
fn curl(test: &str) -> Option<String> {
    let output = Command::new("curl").arg("--version").output().ok().filter(|output| output.status.success());
    if output.is_none() {
        eprintln!("not run: {test}: there is no curl");
    }
    output.map(|output| String::from_utf8(output.stdout).unwrap())
}

fn start(test: &str, surroundings: &Surroundings) -> Option<Process> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../client-under-test/clients/curl");
    let folder = Folder::open(&folder).unwrap();
    (curl(test).is_some() && python(test)).then(|| Process::start(&folder, surroundings).unwrap())
}

fn plain(test: &str) -> Option<Process> {
    start(test, &Surroundings::default())
}

fn ask(process: &mut Process, job: &Value) -> Reply {
    let mut whole = json!({"id": "1"});
    whole.as_object_mut().unwrap().extend(job.as_object().unwrap().clone());
    let job: Job = serde_json::from_value(whole).unwrap();
    process.ask(&job, AMPLE)
}

fn done(process: &mut Process, job: &Value) -> Outcome {
    outcome(ask(process, job))
}

/// One call, and options of its session.
fn call(process: &mut Process, call: &Value, options: &Value) -> CallResult {
    done(process, &json!({"calls": [call], "options": options})).calls.remove(0)
}

fn refused(process: &mut Process, job: &Value) -> Vec<String> {
    match ask(process, job) {
        Reply::Answered { answer: Answer::Unsupported(refused), .. } => refused.what,
        other => panic!("not refused: {other:?}"),
    }
}

const REDIRECT: &[u8] = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n";

/// A server that keeps connections, answers each request with its target, and tells each line it reads, with
/// the number of the connection.
fn keeping() -> (String, mpsc::Receiver<(usize, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        for (number, connection) in listener.incoming().enumerate() {
            let (mut connection, tell) = (connection.unwrap(), tell.clone());
            thread::spawn(move || {
                let reader = BufReader::new(connection.try_clone().unwrap());
                let (mut target, mut chunked, mut last) = (String::new(), false, String::new());
                for line in reader.lines().map_while(Result::ok) {
                    if let Some(rest) = line.strip_prefix("GET ") {
                        rest.split(' ').next().unwrap().clone_into(&mut target);
                    }
                    chunked |= line == "Transfer-Encoding: chunked";
                    if line.is_empty() && (!chunked || last == "0") {
                        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", target.len());
                        connection.write_all(format!("{head}{target}").as_bytes()).unwrap();
                    }
                    last.clone_from(&line);
                    // Nobody may listen any more.
                    drop(tell.send((number, line)));
                }
            });
        }
    });
    (url, told)
}

#[test]
fn its_hello_is_legal_and_of_the_curl_at_hand() {
    let Some(said) = curl("its_hello_is_legal") else { return };
    let Some(process) = plain("its_hello_is_legal") else { return };
    let hello = process.hello();
    assert!(said.starts_with(&format!("curl {} ", hello.version)), "{} of {said}", hello.version);
    assert_eq!(hello.support("redirects"), Support::Configurable);
    assert_eq!(hello.support("br") == Support::Yes, said.contains(" brotli"));
    let names = hello.capabilities.keys().chain(&hello.per_call);
    let unknown: Vec<_> = names.filter(|name| !is_known(name)).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    assert!(process.stop().is_clean());
}

#[test]
fn answers_and_damage_are_told() {
    let Some(mut process) = plain("answers_and_damage") else { return };
    let url = server::answering(
        b"HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 404 Not \xe9\r\nx-A: \xe9\r\nX-a: 2\r\n\
          Transfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\nX-T: t\r\n\r\n",
    );
    let seen = serde_json::to_value(call(&mut process, &json!({"url": url}), &json!({}))).unwrap();
    assert_eq!(
        (&seen["status"], &seen["body"], &seen["version"]),
        (&json!(404), &json!("no"), &json!("1.1"))
    );
    let fields = json!([["x-A", {"base64": "6Q=="}], ["X-a", "2"], ["Transfer-Encoding", "chunked"]]);
    assert_eq!(seen["fields"], fields);
    assert_eq!(seen["interim"], json!([{"status": 103, "fields": [["Link", "x"]]}]));
    assert_eq!(seen["trailers"], json!([["X-T", "t"]]));
    // What --head puts out is the head. It is no content.
    let url = server::answering(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n");
    let seen = call(&mut process, &json!({"url": url, "method": "HEAD"}), &json!({}));
    assert_eq!((seen.error, serde_json::to_value(seen.body).unwrap()), (None, json!("")));
    for (url, class) in server::damaged() {
        let error = call(&mut process, &json!({"url": url}), &json!({})).error.unwrap();
        assert!(error.class.iter().any(|one| one == class), "{class}: {error:?}");
    }
}

#[test]
fn redirects_are_a_switch() {
    let Some(mut process) = plain("redirects_are_a_switch") else { return };
    let asked = json!({"url": server::answering(REDIRECT)});
    let left = call(&mut process, &asked, &json!({}));
    assert_eq!((left.status, left.error), (Some(302), None));
    let followed = call(&mut process, &asked, &json!({"redirects": true}));
    assert_eq!((followed.status, followed.history.unwrap().len()), (None, 1));
    assert!(followed.error.unwrap().class.contains(&"refused".to_owned()));
}

#[test]
fn calls_share_a_run_and_its_connection_across_waits() {
    let Some(mut process) = plain("calls_share_a_run") else { return };
    let (url, told) = keeping();
    let calls = json!([
        {"url": format!("{url}/a")},
        {"url": format!("{url}/b"), "before": {"ms": 20}},
        {"url": format!("{url}/c")},
    ]);
    let results = done(&mut process, &json!({"calls": calls, "linger": {"ms": 20}})).calls;
    let bodies: Vec<_> = results.iter().map(|one| serde_json::to_value(&one.body).unwrap()).collect();
    assert_eq!(bodies, ["/a", "/b", "/c"]);
    let requests: Vec<_> = told.try_iter().filter(|(_, line)| line.ends_with("HTTP/1.1")).collect();
    let on_one = |line: &str| (0, format!("{line} HTTP/1.1"));
    assert_eq!(requests, ["GET /a", "GET /b", "GET /c"].map(on_one));
}

#[test]
fn a_wait_opens_when_its_gate_is_closed() {
    let Some(mut process) = plain("a_wait_opens") else { return };
    let (url, told) = keeping();
    let gate = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = gate.local_addr().unwrap().to_string();
    let keeper = thread::spawn(move || {
        let (mut held, _) = gate.accept().unwrap();
        // The first call is over, for this is the wait before the second.
        let before: Vec<_> = told.try_iter().filter(|(_, line)| line.starts_with("GET")).collect();
        held.write_all(b"not yet").unwrap();
        before.len()
    });
    let calls =
        json!([{"url": format!("{url}/a")}, {"url": format!("{url}/b"), "before": {"gate": address}}]);
    assert_eq!(done(&mut process, &json!({"calls": calls})).calls[1].status, Some(200));
    assert_eq!(keeper.join().unwrap(), 1);
}

#[test]
fn what_is_enough_is_enough() {
    let Some(mut process) = plain("what_is_enough") else { return };
    // Half of the content, and nothing more ever.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            connection.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello").unwrap();
            thread::spawn(move || while connection.read(&mut [0; 4096]).is_ok_and(|read| read > 0) {});
        }
    });
    let url = format!("http://{address}/");
    let few = call(&mut process, &json!({"url": url, "read": {"bytes": 3}}), &json!({}));
    assert_eq!((few.status, few.complete, few.error), (Some(200), Some(false), None));
    assert_eq!(serde_json::to_value(few.body).unwrap(), json!("hel"));
    for given_up in [json!({"ms": 300}), json!({"on": "head"}), json!({"bytes": 5})] {
        let result = call(&mut process, &json!({"url": url, "cancel": given_up}), &json!({}));
        assert_eq!(result.error.unwrap().class, ["cancelled"], "{given_up}");
    }
}

#[test]
fn a_stream_is_sent_as_it_comes() {
    let Some(mut process) = plain("a_stream") else { return };
    let (url, told) = keeping();
    let body = json!({"stream": ["one", {"ms": 20}, "two"]});
    let asked =
        json!({"url": format!("{url}/"), "method": "POST", "fields": [["Expect", null]], "body": body});
    assert_eq!(call(&mut process, &asked, &json!({})).status, Some(200));
    let lines: Vec<_> = told.try_iter().map(|(_, line)| line).collect();
    assert_eq!(lines[0], "POST / HTTP/1.1");
    let content: Vec<_> =
        lines.iter().skip_while(|line| !line.is_empty()).filter(|line| line.len() > 1).collect();
    assert_eq!(content.into_iter().map(String::as_str).collect::<String>(), "onetwo");
}

#[test]
fn what_a_command_line_cannot_say_is_refused() {
    let Some(mut process) = plain("what_a_command_line_cannot_say") else { return };
    let nowhere = "http://127.0.0.1:1/";
    let asked = |call: Value, options: Value| json!({"calls": [call], "options": options});
    let user = json!({"user": "a:b", "password": "c"});
    let stream = json!({"stream": ["x"], "length": 1});
    for (job, what) in [
        (asked(json!({"url": "http://127.0.0.1:1/\0"}), json!({})), "url-bytes"),
        (asked(json!({"url": nowhere}), json!({"basic-auth": user})), "basic-auth"),
        (asked(json!({"url": nowhere}), json!({"retry": 1, "total-timeout": 1000})), "retry"),
        (asked(json!({"url": nowhere, "body": stream}), json!({})), "streaming-upload"),
        (asked(json!({"url": nowhere, "method": "HEAD", "body": "x"}), json!({})), "get-body"),
    ] {
        assert_eq!(refused(&mut process, &job)[0], what);
    }
    let two = json!({"calls": [{"url": nowhere, "cancel": {"ms": 1}}, {"url": nowhere}]});
    assert_eq!(refused(&mut process, &two), ["cancel", "multi-call"]);
}

#[test]
fn a_time_limit_strikes() {
    let Some(mut process) = plain("a_time_limit_strikes") else { return };
    // A backlog that nobody accepts from: connected, and silent.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", silent.local_addr().unwrap());
    let result = call(&mut process, &json!({"url": url}), &json!({"total-timeout": 200}));
    let error = result.error.unwrap();
    assert_eq!((error.class, error.phase), (vec!["total-timeout".to_owned()], vec!["head".to_owned()]));
    assert!(result.times.unwrap().end >= 200);
}

#[test]
fn the_environment_names_the_proxy() {
    let proxy = server::answering(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nproxy");
    let environment = BTreeMap::from([("http_proxy".to_owned(), proxy)]);
    let surroundings = Surroundings { environment, home: None };
    let Some(mut process) = start("the_environment_names_the_proxy", &surroundings) else { return };
    let asked = json!({"url": "http://there.invalid/"});
    assert_eq!(call(&mut process, &asked, &json!({})).status, Some(200));
    let without = call(&mut process, &json!({"url": "http://127.0.0.1:1/"}), &json!({"proxy-env": false}));
    assert!(without.error.unwrap().class.contains(&"refused".to_owned()));
}
