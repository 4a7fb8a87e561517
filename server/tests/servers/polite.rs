//! Both engines write the same bytes.

use std::io::Write;

use crate::stage::*;
use wireproof_server::{
    polite_can_say,
    script::{Content, Engine, Framing, Reply, Rule, ServerScript, Step},
    seen::Answer,
};

/// What a rule answers to these bytes, up to the client's own end, by one engine.
fn said(engine: Engine, rule: &Rule, bytes: &str) -> String {
    let staged = stage_all(vec![ServerScript { engine, ..server("origin", vec![rule.clone()]) }]);
    let mut client = asking(&staged, bytes);
    half_close(&client);
    let (text, end) = read_to_end(&mut client);
    end.unwrap();
    let seen = staged.finish(PATIENCE);
    assert_eq!(seen.faults, Vec::<String>::new());
    let connection = &seen.servers[0].connections[0];
    assert!(text.as_bytes().starts_with(&connection.sent_bytes) && connection.sent == text.len() as u64);
    text
}

#[test]
fn both_engines_write_the_same_bytes() {
    let random = Content::Sized { of: Box::new("0123456789".into()), size: Some(300_000) };
    let cookies = vec![field("Set-Cookie", "a=1"), field("Set-Cookie", "b=2"), field("X-Empty", "")];
    let replies = [
        reply(200, "ok"),
        reply(200, ""),
        reply(404, "not here"),
        reply(422, "odd phrase"),
        reply(204, ""),
        reply(304, ""),
        reply(205, ""),
        Reply { fields: cookies, ..reply(200, "ok") },
        Reply { reason: Some("Fine".into()), ..reply(299, "ok") },
        Reply {
            fields: vec![field("Location", "/x"), field("Content-Type", "text/plain")],
            ..reply(302, "")
        },
        Reply { framing: Framing::Chunked, ..reply(200, "hello") },
        Reply { chunk: Some(2), ..reply(200, "hello") },
        Reply { framing: Framing::Chunked, ..reply(200, "") },
        reply(200, random),
        reply(200, Content::Joined(vec!["a".into(), "b".into()])),
    ];
    let requests = [
        "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        "HEAD / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.0\r\n\r\n",
        "GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\nConnection: close\r\n\r\nGET /3 HTTP/1.1\r\n\r\n",
        "POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi",
        "b@d / HTTP/9.9\r\nno colon\r\n: x\r\n\r\n",
    ];
    for reply in replies {
        let mut rule = any(vec![Step::Reply(reply.clone())]);
        let chunked = reply.framing == Framing::Chunked || reply.chunk.is_some();
        if chunked {
            rule = on("GET *", vec![Step::Reply(reply.clone())]);
        }
        assert!(polite_can_say(&rule), "{reply:?}");
        for request in requests {
            let (polite, wire) = (said(Engine::Polite, &rule, request), said(Engine::Wire, &rule, request));
            assert!(polite == wire, "{reply:?} to {request:?}: {polite:.200?} and {wire:.200?}");
            assert!(wire.starts_with("HTTP/1.1 "));
        }
    }
}

#[test]
fn unmatched_by_the_polite_engine() {
    let rule = on("GET /known", vec![ok()]);
    assert_eq!(said(Engine::Polite, &rule, GET), said(Engine::Wire, &rule, GET));
}

#[test]
fn what_the_polite_engine_remembers() {
    let servers = vec![ServerScript { engine: Engine::Polite, ..server("origin", vec![any(vec![ok()])]) }];
    let staged = stage_all(servers);
    let mut client = asking(&staged, GET);
    expect(&mut client, OK);
    client.write_all(b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n").unwrap();
    client.write_all(b"hi").unwrap();
    expect(&mut client, OK);
    drop(client);
    let seen = only(staged.finish(PATIENCE));
    assert_eq!(seen.requests.len(), 2);
    for request in &seen.requests {
        assert_eq!(request.answer, Answer::Rule(0));
        assert!(request.answered_at >= request.complete_at);
    }
}
