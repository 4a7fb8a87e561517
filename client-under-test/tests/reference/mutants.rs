//! Mutants against a bare socket: all of them come to an end, and nearly all can do a plain GET.

use serde_json::json;
use wireproof_client::{
    contract::{Answer, Client, Surroundings},
    mutants,
};

use crate::bare::{OK, Server, accept, answers, body, failure, head, mutant_answers, rest, say};

/// Those whose fault is seen in any answer there is.
const WRONG_IN_EVERYTHING: &[&str] =
    &["loses-bytes-behind-the-head", "reads-to-close-despite-content-length"];

#[test]
fn a_plain_get_is_done_by_nearly_all() {
    for mutant in mutants::all() {
        let server = Server::start(|listener| {
            let mut stream = accept(listener);
            head(&mut stream);
            say(&mut stream, OK);
            head(&mut stream)
        });
        let job = json!({"id": "1", "deadline": 1, "calls": [{"url": server.url("/")}]});
        let answer = mutant.client().answer(&serde_json::from_value(job).unwrap(), &Surroundings::default());
        let Answer::Outcome(outcome) = answer else { panic!("{}: {answer:?}", mutant.name) };
        let wrong = outcome.calls[0].error.is_some();
        assert_eq!(wrong, WRONG_IN_EVERYTHING.contains(&mutant.name), "{}: {outcome:?}", mutant.name);
        // A leaking client would have to be waited for.
        if mutant.name != "leaks-idle-connections" {
            server.seen();
        }
    }
}

/// One connection answers all of these requests; the client ends it afterwards.
fn answering(answers: &'static [&'static str]) -> Server<Vec<String>> {
    Server::start(move |listener| {
        let mut stream = accept(listener);
        let mut seen = Vec::new();
        for answer in answers {
            seen.push(head(&mut stream));
            say(&mut stream, answer);
        }
        seen
    })
}

#[test]
fn a_connection_is_used_again_after_an_own_close() {
    let server = answering(&[OK, OK]);
    let first = json!({"url": server.url("/a"), "fields": [["Connection", "close"]]});
    let job = json!({"id": "1", "calls": [first, {"url": server.url("/b")}]});
    let results = mutant_answers("reuses-connection-after-own-close", job);
    assert!(results.iter().all(|result| result.status == Some(200)));
    assert!(server.seen()[1].starts_with("GET /b "));
}

#[test]
fn a_connection_is_used_again_after_an_early_answer() {
    let server = answering(&[OK, OK]);
    let first = json!({
        "url": server.url("/a"), "method": "POST", "body": "withheld", "fields": [["Expect", "100-continue"]],
    });
    let job = json!({"id": "1", "calls": [first, {"url": server.url("/b")}]});
    let results = mutant_answers("reuses-connection-after-early-answer", job);
    assert!(results.iter().all(|result| result.status == Some(200)));
    assert!(server.seen()[1].starts_with("GET /b "));
}

#[test]
fn a_post_is_repeated_with_retries_by_a_mutant_only() {
    const BUSY: &str = "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n";
    for (mutant, expected) in [(false, 503), (true, 200)] {
        let server = Server::start(move |listener| {
            for answer in [BUSY, OK].iter().take(if mutant { 2 } else { 1 }) {
                let mut stream = accept(listener);
                head(&mut stream);
                say(&mut stream, &answer.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
                rest(&mut stream);
            }
        });
        let call = json!({"url": server.url("/"), "method": "POST", "body": "x"});
        let job = json!({"id": "1", "options": {"retry": 2}, "calls": [call]});
        let results = if mutant { mutant_answers("repeats-post-with-retries", job) } else { answers(job) };
        assert_eq!(results[0].status, Some(expected));
        server.seen();
    }
}

#[test]
fn a_cut_head_is_taken_for_whole() {
    for cut in
        ["HTTP/1.1 200 OK\r\nA: 1\r\n", "HTTP/1.1 200 OK\r\nA: 1\r\nConte", "HTTP/1.1 200 OK\r\nA: 1\r"]
    {
        let server = Server::start(move |listener| {
            let mut stream = accept(listener);
            head(&mut stream);
            say(&mut stream, cut);
        });
        let job = json!({"id": "1", "calls": [{"url": server.url("/")}]});
        let result = mutant_answers("takes-a-cut-head-for-whole", job).remove(0);
        assert_eq!((result.status, body(&result)), (Some(200), &b""[..]), "{cut:?}");
        assert_eq!(result.fields, Some(vec![("A".to_owned(), "1".into())]), "{cut:?}");
        server.seen();
    }
}

#[test]
fn a_head_in_two_pieces_fails() {
    let server = Server::start(|listener| {
        let mut stream = accept(listener);
        head(&mut stream);
        say(&mut stream, "HTTP/1.1 200");
        // The first piece is read before the second is written: the client ends the connection.
        rest(&mut stream)
    });
    let job = json!({"id": "1", "calls": [{"url": server.url("/")}]});
    let results = mutant_answers("expects-crlf-in-one-read", job);
    assert_eq!(failure(&results[0]), ("malformed", "head"));
    assert!(server.seen().is_empty());
}
