//! The adapter of CPython's urllib.request, at the harness's end.

use std::{collections::BTreeMap, path::Path, time::Duration};

use serde_json::json;
use wireproof::adapter::{Folder, Process, Reply};
use wireproof_client::{
    capabilities::{Support, is_known},
    contract::{Answer, Surroundings},
    job::Job,
    outcome::CallResult,
};

use crate::fixture::{AMPLE, outcome, python};
use crate::server;

fn start(test: &str, surroundings: &Surroundings) -> Option<Process> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../client-under-test/clients/urllib");
    let folder = Folder::open(&folder).unwrap();
    python(test).then(|| Process::start(&folder, surroundings).unwrap())
}

fn call(process: &mut Process, url: &str, more: &serde_json::Value) -> CallResult {
    let mut job = json!({"id": "1", "calls": [{"url": url}]});
    job.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let job: Job = serde_json::from_value(job).unwrap();
    outcome(process.ask(&job, AMPLE)).calls.remove(0)
}

const REDIRECT: &[u8] = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n";

#[test]
fn its_hello_is_legal() {
    let Some(process) = start("its_hello_is_legal", &Surroundings::default()) else { return };
    let hello = process.hello();
    assert_eq!(hello.support("redirects"), Support::Yes);
    let unknown: Vec<_> = hello.capabilities.keys().filter(|name| !is_known(name)).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    assert!(process.stop().is_clean());
}

#[test]
fn answers_and_damage_are_told() {
    let Some(mut process) = start("answers_and_damage", &Surroundings::default()) else { return };
    let url =
        server::answering(b"HTTP/1.1 404 Not \xe9\r\nx-A: \xe9\r\nX-a: 2\r\nContent-Length: 2\r\n\r\nno");
    let result = call(&mut process, &url, &json!({}));
    let seen = serde_json::to_value(&result).unwrap();
    assert_eq!((result.status, &seen["body"], &seen["version"]), (Some(404), &json!("no"), &json!("1.1")));
    assert_eq!(seen["fields"], json!([["x-A", {"base64": "6Q=="}], ["X-a", "2"], ["Content-Length", "2"]]));
    for (url, class) in server::damaged() {
        let error = call(&mut process, &url, &json!({})).error.unwrap();
        assert_eq!(error.class, [class], "{error:?}");
    }
}

#[test]
fn redirects_are_a_switch() {
    let Some(mut process) = start("redirects_are_a_switch", &Surroundings::default()) else { return };
    let url = server::answering(REDIRECT);
    let followed = call(&mut process, &url, &json!({}));
    assert_eq!(followed.error.unwrap().class, ["refused"]);
    let left = call(&mut process, &url, &json!({"needs": ["redirects"], "options": {"redirects": false}}));
    assert_eq!((left.status, left.error), (Some(302), None));
}

#[test]
fn one_timer_cannot_be_two() {
    let Some(mut process) = start("one_timer", &Surroundings::default()) else { return };
    let url = server::answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    let equal = json!({"options": {"connect-timeout": 5000, "read-timeout": 5000}});
    assert_eq!(call(&mut process, &url, &equal).status, Some(200));
    let differ =
        json!({"id": "1", "calls": [{"url": url}], "options": {"connect-timeout": 1, "read-timeout": 2}});
    let reply = process.ask(&serde_json::from_value(differ).unwrap(), AMPLE);
    let Reply::Answered { answer: Answer::Unsupported(refused), .. } = reply else { panic!("{reply:?}") };
    assert_eq!(refused.what, ["connect-timeout", "read-timeout"]);
}

#[test]
fn the_read_timeout_strikes() {
    let Some(mut process) = start("the_read_timeout", &Surroundings::default()) else { return };
    // A backlog that nobody accepts from: connected, and silent.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", silent.local_addr().unwrap());
    let limit = Duration::from_millis(200);
    let result = call(&mut process, &url, &json!({"options": {"read-timeout": 200}}));
    let error = result.error.unwrap();
    assert_eq!(
        (error.class.as_slice(), error.phase.as_slice()),
        (&["read-timeout".to_owned()][..], &["head".to_owned()][..])
    );
    assert!(result.times.unwrap().end >= u64::try_from(limit.as_millis()).unwrap());
}

#[test]
fn the_environment_names_the_proxy() {
    let proxy = server::answering(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nproxy");
    let environment = BTreeMap::from([("http_proxy".to_owned(), proxy)]);
    let surroundings = Surroundings { environment, home: None };
    let Some(mut process) = start("the_environment_names_the_proxy", &surroundings) else { return };
    assert_eq!(call(&mut process, "http://there.invalid/", &json!({})).status, Some(200));
    let without = call(&mut process, "http://127.0.0.1:1/", &json!({"options": {"proxy-env": false}}));
    assert_eq!(without.error.unwrap().class, ["refused"]);
}
