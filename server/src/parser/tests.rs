use super::*;

const NOW: Duration = Duration::from_secs(1);

/// Parses all at once and byte by byte, and insists on the same result.
fn parse(bytes: &[u8]) -> Vec<RequestSeen> {
    let mut at_once = Vec::new();
    Parser::default().advance(bytes, NOW, &mut at_once);
    let (mut parser, mut stepwise) = (Parser::default(), Vec::new());
    for end in 0..=bytes.len() {
        parser.advance(&bytes[..end], NOW, &mut stepwise);
    }
    assert_eq!(at_once, stepwise);
    at_once
}

/// Parses byte by byte and keeps no byte that was taken; the requests without their ranges.
fn parse_forgetting(bytes: &[u8]) -> Vec<RequestSeen> {
    let (mut parser, mut requests, mut kept) = (Parser::default(), Vec::new(), Vec::new());
    for byte in bytes {
        kept.push(*byte);
        parser.advance(&kept, NOW, &mut requests);
        kept.drain(..parser.forget());
    }
    without_ranges(requests)
}

fn without_ranges(requests: Vec<RequestSeen>) -> Vec<RequestSeen> {
    requests.into_iter().map(|request| RequestSeen { head: 0..0, bytes: 0..0, ..request }).collect()
}

#[test]
fn what_was_taken_can_be_forgotten() {
    let bytes = b"\r\nPOST /a HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello\r\nPUT /b HTTP/1.1\r\n\
        Transfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n1\r\n!\r\n0\r\nA: b\r\n\r\nGET /c HTTP/1.1\r\n\r\n";
    let requests = parse_forgetting(bytes);
    assert_eq!(requests.len(), 3);
    assert_eq!(requests, without_ranges(parse(bytes)));
}

fn pairs(fields: &[(Vec<u8>, Vec<u8>)]) -> Vec<(String, String)> {
    let text = |bytes: &Vec<u8>| String::from_utf8_lossy(bytes).into_owned();
    fields.iter().map(|(name, value)| (text(name), text(value))).collect()
}

#[test]
fn spelling_and_order_survive() {
    let requests = parse(b"gEt /a b?c HTTP/1.1\r\nhOST:  x \r\nB: 1\r\nA:\r\nb: 2\r\n\r\n");
    let [request] = requests.as_slice() else { panic!("one request") };
    assert_eq!((&request.method[..], &request.target[..]), (&b"gEt"[..], &b"/a b?c"[..]));
    assert_eq!(request.version, b"HTTP/1.1");
    let expected = [("hOST", "x"), ("B", "1"), ("A", ""), ("b", "2")];
    assert_eq!(pairs(&request.fields), expected.map(|(n, v)| (n.to_owned(), v.to_owned())));
    assert!(request.complete);
    assert_eq!(request.framing, BodyFraming::None);
}

#[test]
fn content_of_a_length() {
    let bytes = b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhelloGET /b HTTP/1.1\r\n\r\n";
    let requests = parse(bytes);
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0].body, b"hello");
    assert_eq!(requests[0].framing, BodyFraming::Length(5));
    assert_eq!(&bytes[requests[0].bytes.clone()][requests[0].head.len()..], b"hello");
    assert_eq!(requests[1].target, b"/b");
    assert_eq!(requests[0].body_at, Some(NOW));
}

#[test]
fn chunks_and_trailers() {
    let bytes = b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n\
                  005;a=b\r\nhello\r\n1\r\n!\r\n0\r\nA: b\r\na: c\r\n\r\n";
    let requests = parse(bytes);
    let [request] = requests.as_slice() else { panic!("one request") };
    assert_eq!((&request.body[..], &request.chunks[..]), (&b"hello!"[..], &[5, 1][..]));
    assert_eq!(pairs(&request.trailers), [("A", "b"), ("a", "c")].map(|(n, v)| (n.into(), v.into())));
    assert!(request.complete);
    assert_eq!(request.bytes, 0..bytes.len());
}

#[test]
fn a_request_that_breaks_off() {
    let requests = parse(b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhel");
    assert_eq!((requests[0].complete, &requests[0].body[..]), (false, &b"hel"[..]));
    assert_eq!(requests[0].complete_at, None);
    assert!(parse(b"GET / HTTP/1.1\r\nHost: x\r\n").is_empty());
}

#[test]
fn what_cannot_be_read_is_said() {
    let why = |bytes: &[u8]| parse(bytes)[0].malformed.clone().unwrap();
    assert_eq!(why(b"POST / HTTP/1.1\r\nContent-Length: +5\r\n\r\nhello"), "Content-Length is not a number");
    assert_eq!(
        why(b"POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello"),
        "the Content-Length values differ"
    );
    assert_eq!(
        why(b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n"),
        "the last transfer coding of the request is not chunked"
    );
    assert_eq!(
        why(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0x5\r\nhello"),
        "the chunk size is not 1*HEXDIG"
    );
    assert_eq!(
        why(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nhello\r\n"),
        "a chunk is longer than its size"
    );
}

#[test]
fn equal_lengths_are_one() {
    let requests = parse(b"POST / HTTP/1.1\r\nContent-Length: 2, 2\r\n\r\nhi");
    assert_eq!(requests[0].framing, BodyFraming::Length(2));
}

#[test]
fn bare_line_feeds_and_blank_lines_before() {
    let requests = parse(b"\r\n\nGET / HTTP/1.0\nA: b\n c\n\nGET /2 HTTP/1.1\r\n\r\n");
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0].head, 3..requests[0].head.end);
    assert_eq!(pairs(&requests[0].fields), [("A".to_owned(), "b c".to_owned())]);
}

#[test]
fn request_lines_of_odd_shapes() {
    let line = |bytes: &[u8]| {
        let request = parse(bytes).remove(0);
        (request.method, request.target, request.version)
    };
    assert_eq!(line(b"FOO\r\n\r\n"), (b"FOO".to_vec(), vec![], vec![]));
    assert_eq!(line(b"GET /\r\n\r\n"), (b"GET".to_vec(), b"/".to_vec(), vec![]));
    assert_eq!(line(b" / HTTP/1.1\r\n\r\n"), (vec![], b"/".to_vec(), b"HTTP/1.1".to_vec()));
}

#[test]
fn beyond_the_limit_nothing_is_http() {
    let bytes = b"GET /1 HTTP/1.1\r\n\r\nraw!GET /2 HTTP/1.1\r\n\r\n";
    let (mut parser, mut requests) = (Parser::default(), Vec::new());
    parser.set_limit(Some(1));
    parser.advance(bytes, NOW, &mut requests);
    assert_eq!((requests.len(), parser.position()), (1, 19));
    parser.resume(23);
    parser.set_limit(None);
    parser.advance(bytes, NOW, &mut requests);
    assert_eq!(requests[1].target, b"/2");
}

#[test]
fn a_token_in_a_list() {
    let fields = vec![(b"Connection".to_vec(), b"TE, Close".to_vec())];
    assert!(has_token(&fields, "connection", "close"));
    assert!(!has_token(&fields, "connection", "clos"));
}
