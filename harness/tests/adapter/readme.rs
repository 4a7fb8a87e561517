//! The adapter printed in the manual for authors is a working one.

use std::fs;

use wireproof_client::job::Body;

use crate::fixture::{AMPLE, Fixture, job, outcome, python};
use crate::server;

/// The block of this language in the manual.
fn block(language: &str) -> &'static str {
    let readme = include_str!("../../../client-under-test/README.md");
    let start = readme.find(&format!("```{language}\n")).unwrap() + language.len() + 4;
    &readme[start..start + readme[start..].find("```").unwrap()]
}

#[test]
fn the_adapter_in_the_readme_works() {
    if !python("the_adapter_in_the_readme_works") {
        return;
    }
    let fixture = Fixture::new("command: [none]\n");
    fs::write(fixture.path().join("client.yaml"), block("yaml")).unwrap();
    fs::write(fixture.path().join("adapter.py"), block("python")).unwrap();
    assert_eq!(fixture.open().name(), "my-client");
    let process = fixture.start().unwrap();
    assert_eq!(process.hello().client, "http.client");

    let ask = |url: String| {
        let mut job = job("1");
        job.calls[0].url = url.into();
        job.calls[0].method = "POST".to_owned();
        job.calls[0].body = Some(Body::Bytes(b"\0\xff".as_slice().into()));
        job.calls[0].fields = vec![("X-A".to_owned(), Some("1".into()))];
        outcome(process.ask(&job, AMPLE)).calls.remove(0)
    };
    let plain = ask(server::answering(b"HTTP/1.1 404 Gone\r\nContent-Length: 1\r\n\r\n\x80"));
    assert_eq!(plain.status, Some(404));
    assert_eq!(serde_json::to_value(&plain.body).unwrap(), serde_json::json!({"base64": "gA=="}));
    for (url, class) in server::damaged() {
        let error = ask(url).error.unwrap();
        assert!(error.class.iter().any(|named| named == class), "{class}: {error:?}");
    }
    let mut odd = job("2");
    odd.needs = vec!["x-nonsense".to_owned()];
    let refused = serde_json::to_string(&format!("{:?}", process.ask(&odd, AMPLE))).unwrap();
    assert!(refused.contains("x-nonsense"), "{refused}");
    assert!(process.stop().is_clean());
}
