//! How bytes go out: cut, repeated, without end, in chunks.

use std::{
    io::{Read, Write},
    time::Duration,
};

use crate::stage::*;
use wireproof_server::{
    script::{Content, Cut, End, Framing, Pace, Reply, Step},
    seen::Ended,
    text::{Piece, Text},
};

fn endless(text: &str) -> Content {
    Content::Sized { of: Box::new(text.into()), size: None }
}

#[test]
fn a_split_arrives_in_two_reads() {
    let pace = Step::Pace(Pace { cut: Cut::At(vec![17, 19]), every: Duration::from_millis(30) });
    let staged = stage(vec![any(vec![pace, ok()])]);
    let mut client = asking(&staged, GET);
    let mut reads = Vec::new();
    while reads.iter().sum::<usize>() < OK.len() {
        reads.push(client.read(&mut [0; 1024]).unwrap());
    }
    assert_eq!(reads, [17, 2, OK.len() - 19]);
}

#[test]
fn byte_by_byte_without_time_between() {
    let pace = Step::Pace(Pace { cut: Cut::By(1), every: Duration::ZERO });
    let staged = stage(vec![any(vec![pace, ok()])]);
    expect(&mut asking(&staged, &GET.repeat(2)), &OK.repeat(2));
}

#[test]
fn repeats_count_their_turns() {
    let turn = Step::Send(Content::Text(Text(vec![Piece::Turn, Piece::Bytes(b",".to_vec())])));
    let repeat = Step::Repeat { times: Some(3), steps: vec![turn] };
    let staged = stage(vec![any(vec![repeat, Step::End(End::Close)])]);
    assert_eq!(read_to_end(&mut asking(&staged, GET)).0, "1,2,3,");
}

#[test]
fn endless_ends_with_the_client() {
    let interim = Step::Repeat { times: None, steps: vec![send("HTTP/1.1 100 Continue\r\n\r\n")] };
    let chunked = Step::Reply(reply(200, endless("ab")));
    for step in [interim, Step::Send(endless("ab")), chunked] {
        let staged = stage(vec![any(vec![step])]);
        let mut client = asking(&staged, GET);
        read_exact(&mut client, 100_000);
        drop(client);
        let seen = only(staged.finish(PATIENCE));
        assert!(matches!(seen.ended, Ended::Client | Ended::ClientReset));
        assert!(seen.sent >= 100_000);
    }
}

#[test]
fn chunks_are_as_asked() {
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let trailers = vec![field("checksum", "abc")];
    for (reply, chunks) in [
        (Reply { chunk: Some(3), ..reply(200, "hello") }, "3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"),
        (Reply { trailers, ..reply(200, "hello") }, "5\r\nhello\r\n0\r\nchecksum: abc\r\n\r\n"),
        (
            Reply {
                framing: Framing::Chunked,
                ..reply(200, Content::Joined(vec!["a".into(), "".into(), "bc".into()]))
            },
            "1\r\na\r\n2\r\nbc\r\n0\r\n\r\n",
        ),
        (Reply { framing: Framing::Chunked, ..reply(200, "") }, "0\r\n\r\n"),
    ] {
        let staged = stage(vec![any(vec![Step::Reply(reply)])]);
        let mut client = asking(&staged, &GET.repeat(2));
        expect(&mut client, head);
        expect(&mut client, chunks);
        expect(&mut client, head);
    }
}

#[test]
fn a_long_body_streams() {
    let size = 20_000_000;
    let body = Content::Sized { of: Box::new(Content::Random(3)), size: Some(size) };
    let staged = stage(vec![any(vec![Step::Reply(reply(200, body))])]);
    let mut client = asking(&staged, GET);
    expect(&mut client, &format!("HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n"));
    let read = std::io::copy(&mut (&mut client).take(size), &mut std::io::sink()).unwrap();
    assert_eq!(read, size);
    client.write_all(GET.as_bytes()).unwrap();
    expect(&mut client, "HTTP/1.1 200 OK");
}

#[test]
fn what_the_client_must_say() {
    let steps = || vec![send("HTTP/1.1 101 S\r\n\r\n"), Step::Receive("ping".into()), send("pong")];
    let staged = stage(vec![any([steps(), vec![Step::End(End::Close)]].concat())]);
    let mut client = asking(&staged, "GET / HTTP/1.1\r\n\r\npi");
    expect(&mut client, "HTTP/1.1 101 S\r\n\r\n");
    client.write_all(b"ng").unwrap();
    assert_eq!(read_to_end(&mut client).0, "pong");
    drop(client);
    assert_eq!(only(staged.finish(PATIENCE)).violations, Vec::<String>::new());

    let staged = stage(vec![any(steps())]);
    let mut client = asking(&staged, "GET / HTTP/1.1\r\n\r\npunk");
    assert_eq!(read_to_end(&mut client).0, "HTTP/1.1 101 S\r\n\r\n");
    drop(client);
    let seen = only(staged.finish(PATIENCE));
    assert_eq!(seen.violations, ["sent \"punk\" instead of \"ping\""]);
    assert_eq!(seen.requests.len(), 1);
}

#[test]
fn http_goes_on_after_what_was_received() {
    let staged = stage(vec![on("GET /1", vec![Step::Receive("raw!".into()), ok()]), any(vec![ok()])]);
    let mut client = asking(&staged, "GET /1 HTTP/1.1\r\n\r\nraw!GET /2 HTTP/1.1\r\n\r\n");
    expect(&mut client, &OK.repeat(2));
    drop(client);
    let seen = only(staged.finish(PATIENCE));
    assert_eq!(seen.requests[1].target, b"/2");
}
