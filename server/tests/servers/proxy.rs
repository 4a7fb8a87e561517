//! Servers in the role of a proxy.

use std::io::{self, Write};

use crate::stage::*;
use wireproof_server::{
    script::{End, Forward, Listen, Reply, ServerScript, Step},
    seen::Ended,
};

fn connect_rule() -> wireproof_server::script::Rule {
    on("CONNECT *", vec![Step::Reply(reply(200, "")), Step::Tunnel("origin".into())])
}

#[test]
fn forwards_in_origin_form() {
    let fields = vec![field("Keep-Alive", "x"), field("x-kept", "1")];
    let origin = server("origin", vec![any(vec![Step::Reply(Reply { fields, ..reply(200, "ok") })])]);
    for to in [Forward::Target, Forward::Server("origin".into())] {
        let proxy = server("proxy", vec![any(vec![Step::Forward(to)])]);
        let staged = stage_all(vec![proxy, origin.clone()]);
        let authority = staged.addresses()[1].authority().into_owned();
        let request = format!(
            "POST http://{authority}/p?q HTTP/1.1\r\nProxy-Connection: x\r\nContent-Length: 2\r\n\r\nhi"
        );
        let mut client = asking(&staged, &request.repeat(2));
        let answer = "HTTP/1.1 200 OK\r\nx-kept: 1\r\nContent-Length: 2\r\n\r\nok";
        expect(&mut client, &answer.repeat(2));
        drop(client);
        let seen = staged.finish(PATIENCE);
        assert_eq!(seen.faults, Vec::<String>::new());
        let origin = &seen.servers[1].connections;
        assert_eq!(origin.len(), 2);
        let expected = format!("POST /p?q HTTP/1.1\r\nHost: {authority}\r\nContent-Length: 2\r\n\r\nhi");
        assert_eq!(String::from_utf8_lossy(&origin[0].received), expected);
    }
}

#[test]
fn what_cannot_be_reached_is_a_bad_gateway() {
    let refused = ServerScript { listen: Listen::Refused, ..server("origin", vec![]) };
    for to in [Forward::Server("origin".into()), Forward::Target] {
        let staged = stage_all(vec![server("proxy", vec![any(vec![Step::Forward(to)])]), refused.clone()]);
        let mut client = asking(&staged, "GET http://elsewhere.test/ HTTP/1.1\r\n\r\n");
        expect(&mut client, "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");
    }
}

#[test]
fn a_broken_answer_is_passed_on_broken() {
    let broken = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello";
    for (end, kind) in [(End::Close, None), (End::Reset, Some(io::ErrorKind::ConnectionReset))] {
        let proxy = server("proxy", vec![any(vec![Step::Forward(Forward::Server("origin".into()))])]);
        let origin = server("origin", vec![any(vec![send(broken), Step::End(end)])]);
        let staged = stage_all(vec![proxy, origin]);
        let (text, ended) = read_to_end(&mut asking(&staged, GET));
        assert_eq!(text, broken);
        assert_eq!(ended.err().map(|error| error.kind()), kind);
    }
}

#[test]
fn tunnels_bytes_both_ways() {
    let staged =
        stage_all(vec![server("proxy", vec![connect_rule()]), server("origin", vec![any(vec![ok()])])]);
    let mut client = asking(&staged, "CONNECT origin:443 HTTP/1.1\r\n\r\nGET /early HTTP/1.1\r\n\r\n");
    expect(&mut client, "HTTP/1.1 200 OK\r\n\r\n");
    expect(&mut client, OK);
    client.write_all(GET.as_bytes()).unwrap();
    expect(&mut client, OK);
    drop(client);
    let seen = staged.finish(PATIENCE);
    let proxy = &seen.servers[0].connections[0];
    assert_eq!((proxy.requests.len(), proxy.ended), (1, Ended::Client));
    let origin = &seen.servers[1].connections[0];
    assert_eq!((origin.requests.len(), origin.ended), (2, Ended::Client));
}

#[test]
fn ends_pass_through_a_tunnel() {
    let reset = Some(io::ErrorKind::ConnectionReset);
    for (end, kind, ends) in [(End::Close, None, Ended::Server), (End::Reset, reset, Ended::ServerReset)] {
        let origin = server("origin", vec![any(vec![send("bye"), Step::End(end)])]);
        let staged = stage_all(vec![server("proxy", vec![connect_rule()]), origin]);
        let mut client = asking(&staged, "CONNECT origin:443 HTTP/1.1\r\n\r\n");
        expect(&mut client, "HTTP/1.1 200 OK\r\n\r\n");
        client.write_all(GET.as_bytes()).unwrap();
        let (text, ended) = read_to_end(&mut client);
        assert_eq!(text, "bye");
        assert_eq!(ended.err().map(|error| error.kind()), kind);
        drop(client);
        assert_eq!(staged.finish(PATIENCE).servers[0].connections[0].ended, ends);
    }
}

#[test]
fn a_proxy_that_asks_for_credentials() {
    let ask = Reply { fields: vec![field("Proxy-Authenticate", "Basic realm=\"p\"")], ..reply(407, "") };
    let staged = stage_all(vec![server("proxy", vec![any(vec![Step::Reply(ask)])])]);
    let mut client = asking(&staged, "CONNECT origin:443 HTTP/1.1\r\n\r\n");
    expect(
        &mut client,
        "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"p\"\r\nContent-Length: 0\r\n\r\n",
    );
}
