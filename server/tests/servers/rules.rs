//! Which rule fires, and what follows from its reply.

use std::io::Write;

use crate::stage::*;
use wireproof_server::{
    script::{After, Conditions, Digest, FieldPattern, NonceCount, Reply, Rule, Step, When},
    seen::Answer,
    text::{Piece, Text},
};

fn given(conditions: Conditions, status: u16) -> Rule {
    Rule { when: When::Request(conditions), ..any(vec![Step::Reply(reply(status, ""))]) }
}

/// The status that answers this on a connection of its own.
fn status(staged: &wireproof_server::Staged, request: &str) -> String {
    let mut client = asking(staged, request);
    let line = read_exact(&mut client, "HTTP/1.1 200".len());
    line[9..].to_owned()
}

#[test]
fn the_first_that_holds() {
    let field = |name: &str, value: &str| FieldPattern { name: name.into(), value: value.into() };
    let staged = stage(vec![
        given(Conditions { fields: vec![field("a", "1"), field("A", "2*")], ..Conditions::default() }, 201),
        given(
            Conditions { without: vec!["b".into()], request: Some("GET *".into()), ..Conditions::default() },
            202,
        ),
        given(Conditions { body: Some("hi".into()), ..Conditions::default() }, 203),
        given(Conditions { nth: Some(2), ..Conditions::default() }, 205),
        given(Conditions { request: Some("POST /*x".into()), ..Conditions::default() }, 206),
    ]);
    for (request, expected) in [
        ("GET / HTTP/1.1\r\nA: 1\r\na: 2x\r\nB: 1\r\n\r\n", "201"),
        ("GET / HTTP/1.1\r\nA: 1\r\n\r\n", "202"),
        ("GET / HTTP/1.1\r\nA: 1\r\na: 2\r\na: 3\r\n\r\n", "202"),
        ("PUT / HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi", "203"),
        ("PUT / HTTP/1.1\r\nContent-Length: 2\r\n\r\nho", "404"),
        ("POST /ax HTTP/1.1\r\nContent-Length: 2\r\n\r\nho", "206"),
    ] {
        assert_eq!(status(&staged, request), expected, "{request}");
    }
    let mut twice = asking(&staged, "GET / HTTP/1.1\r\n\r\nPATCH / HTTP/1.1\r\n\r\n");
    expect(&mut twice, "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\nHTTP/1.1 205");
}

#[test]
fn times_and_count() {
    let counted = Text(vec![Piece::Bytes(b"turn ".to_vec()), Piece::Count]);
    let rule = Rule { times: Some(2), ..any(vec![Step::Reply(reply(200, counted))]) };
    let staged = stage(vec![rule, any(vec![ok()])]);
    let mut client = asking(&staged, &GET.repeat(3));
    expect(&mut client, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nturn 1");
    expect(&mut client, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nturn 2");
    expect(&mut client, OK);
}

#[test]
fn unmatched_is_404_and_closes() {
    let staged = stage(vec![on("GET /known", vec![ok()])]);
    let mut client = asking(&staged, GET);
    let (text, end) = read_to_end(&mut client);
    end.unwrap();
    assert_eq!(text, "HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    drop(client);
    let seen = only(staged.finish(PATIENCE));
    assert_eq!(seen.requests[0].answer, Answer::Unmatched);
    assert!(seen.requests[0].answered_at.is_some());
}

#[test]
fn after_the_head_or_some_bytes() {
    let early = |after| Rule { after, ..any(vec![ok()]) };
    for (rule, first) in [(early(After::Head), ""), (early(After::Bytes(3)), "abc")] {
        let staged = stage(vec![rule]);
        let head = format!("POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\n{first}");
        let mut client = asking(&staged, &head);
        expect(&mut client, OK);
        client.write_all(&b"0123456789"[first.len()..]).unwrap();
        client.write_all(GET.as_bytes()).unwrap();
        expect(&mut client, OK);
        drop(client);
        let seen = only(staged.finish(PATIENCE));
        assert_eq!(seen.requests.len(), 2);
        assert!(seen.requests[0].complete && seen.requests[0].answered_at < seen.requests[0].complete_at);
    }
}

#[test]
fn which_replies_end_the_connection() {
    let close = Reply { framing: wireproof_server::script::Framing::Close, ..reply(200, "x") };
    let said = Reply { fields: vec![field("connection", "Close")], ..reply(200, "x") };
    for step in [
        Step::Reply(close),
        Step::Reply(said),
        send("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx"),
        send("HTTP/1.1 200 OK\r\n\r\nx"),
    ] {
        let staged = stage(vec![any(vec![step])]);
        let (text, end) = read_to_end(&mut asking(&staged, GET));
        end.unwrap();
        assert!(text.ends_with("\r\n\r\nx"), "{text}");
    }
    let staged = stage(vec![any(vec![ok()])]);
    assert_eq!(read_to_end(&mut asking(&staged, "GET / HTTP/1.0\r\n\r\n")).0, OK);
    let mut kept = asking(&staged, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    expect(&mut kept, OK);
    kept.write_all(GET.as_bytes()).unwrap();
    expect(&mut kept, OK);
}

#[test]
fn head_has_the_length_only() {
    let staged = stage(vec![any(vec![ok()])]);
    let mut client = asking(&staged, "HEAD / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n");
    expect(&mut client, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
    expect(&mut client, OK);
}

#[test]
fn a_digest_is_proved() {
    let digest = Digest { user: "Mufasa".into(), password: "Circle of Life".into(), count: NonceCount::Next };
    let proved = given(Conditions { proves: Some(digest), ..Conditions::default() }, 200);
    let ask = Reply {
        fields: vec![field(
            "WWW-Authenticate",
            "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm=SHA-256, \
             nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\"",
        )],
        ..reply(401, "")
    };
    let answer = "GET /dir/index.html HTTP/1.1\r\nAuthorization: Digest username=\"Mufasa\", \
        realm=\"http-auth@example.org\", uri=\"/dir/index.html\", algorithm=SHA-256, \
        nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", nc=00000001, \
        cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\", qop=auth, \
        response=\"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1\"\r\n\r\n";
    let staged = stage(vec![proved, any(vec![Step::Reply(ask)])]);
    assert_eq!(status(&staged, answer), "401", "nothing was asked yet");
    assert_eq!(status(&staged, answer), "200");
    assert_eq!(status(&staged, answer), "401", "the count was used");
}
