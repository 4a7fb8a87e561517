//! What is recorded of requests.

use std::io::Write;

use crate::stage::*;
use wireproof_server::{
    script::{Reply, Step},
    seen::{Answer, BodyFraming, Ended},
};

#[test]
fn spelling_order_chunks_and_trailers() {
    let staged = stage(vec![any(vec![ok()])]);
    let request = "PUT /a?b HTTP/1.1\r\nx-b: 2\r\nX-A:1 \r\nTransfer-Encoding: chunked\r\n\r\n";
    let mut client = asking(&staged, request);
    for piece in ["3\r\nabc\r\n", "2;x=y\r\nde\r\n", "0\r\nDigest: 7\r\n\r\n"] {
        client.write_all(piece.as_bytes()).unwrap();
    }
    expect(&mut client, OK);
    drop(client);
    let seen = only(staged.finish(PATIENCE));
    let request = &seen.requests[0];
    let names: Vec<_> = request.fields.iter().map(|(name, _)| String::from_utf8_lossy(name)).collect();
    assert_eq!(names, ["x-b", "X-A", "Transfer-Encoding"]);
    assert_eq!(request.fields[1].1, b"1");
    assert_eq!((request.framing, &request.chunks[..]), (BodyFraming::Chunked, &[3, 2][..]));
    assert_eq!(request.body, b"abcde");
    assert_eq!(request.trailers, [(b"Digest".to_vec(), b"7".to_vec())]);
    assert_eq!(request.bytes, 0..seen.received.len());
}

#[test]
fn bytes_after_the_last_request() {
    let staged = stage(vec![any(vec![ok()])]);
    let mut client = asking(&staged, "GET / HTTP/1.1\r\n\r\nrubbish");
    expect(&mut client, OK);
    drop(client);
    let seen = only(staged.finish(PATIENCE));
    assert_eq!(seen.requests.len(), 1);
    assert_eq!(&seen.received[seen.requests[0].bytes.end..], b"rubbish");
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let staged = stage(vec![on("GET /1", vec![Step::Reply(reply(200, "1"))]), any(vec![ok()])]);
    let mut client =
        asking(&staged, "GET /1 HTTP/1.1\r\n\r\nPOST /2 HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi");
    expect(&mut client, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1");
    expect(&mut client, OK);
    drop(client);
    let seen = only(staged.finish(PATIENCE));
    let answers: Vec<_> = seen.requests.iter().map(|request| (request.order, request.answer)).collect();
    assert_eq!(answers, [(0, Answer::Rule(0)), (1, Answer::Rule(1))]);
}

#[test]
fn half_a_request() {
    let staged = stage(vec![any(vec![ok()])]);
    drop(asking(&staged, "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhel"));
    let seen = only(staged.finish(PATIENCE));
    assert_eq!((seen.requests[0].complete, seen.requests[0].answer), (false, Answer::None));
    assert_eq!((&seen.requests[0].body[..], seen.ended), (&b"hel"[..], Ended::Client));
}

#[test]
fn half_a_head() {
    let staged = stage(vec![any(vec![ok()])]);
    drop(asking(&staged, "POST / HTTP/1.1\r\nCont"));
    let seen = only(staged.finish(PATIENCE));
    assert_eq!((seen.number, seen.requests.len(), seen.received.len()), (Some(1), 0, 21));
}

#[test]
fn a_client_that_ends_its_side_still_gets_its_answer() {
    let staged = stage(vec![any(vec![ok()])]);
    let mut client = asking(&staged, GET);
    half_close(&client);
    assert_eq!(read_to_end(&mut client).0, OK);
    assert_eq!(only(staged.finish(PATIENCE)).ended, Ended::Client);
}

#[test]
fn a_reset_by_the_client() {
    let staged = stage(vec![any(vec![ok(), Step::End(wireproof_server::script::End::Stall)])]);
    let mut client = asking(&staged, GET);
    expect(&mut client, OK);
    socket2::SockRef::from(&client).set_linger(Some(std::time::Duration::ZERO)).unwrap();
    drop(client);
    assert_eq!(only(staged.finish(PATIENCE)).ended, Ended::ClientReset);
}

#[test]
fn megabytes_both_ways() {
    let body = "wireproof".repeat(500_000);
    let echo = wireproof_server::text::Text(vec![wireproof_server::text::Piece::Request(
        wireproof_server::text::RequestPart::Body,
    )]);
    let staged = stage(vec![any(vec![Step::Reply(Reply { ..reply(200, echo) })])]);
    let mut client = asking(&staged, &format!("POST / HTTP/1.1\r\nContent-Length: {}\r\n\r\n", body.len()));
    client.write_all(body.as_bytes()).unwrap();
    expect(&mut client, &format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len()));
    expect(&mut client, &body);
    drop(client);
    let seen = only(staged.finish(PATIENCE));
    assert_eq!(seen.requests[0].body, body.as_bytes());
    assert_eq!(seen.sent_bytes.len(), wireproof_server::seen::SENT_KEPT);
    assert!(seen.sent > body.len() as u64);
}
