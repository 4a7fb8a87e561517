//! The layers below the contract, as a Rust program would use them: connections step by step, openers.

use std::sync::Arc;

use wireproof_client::reference::{
    Policy,
    connection::{HttpConnection, Tunnel},
    dial::Dialler,
    error::Class,
    opener::{Opener, build_opener, install_opener, urlopen},
    proxy::ProxyHandler,
    request::Request,
};

use crate::bare::{OK, Server, accept, exactly, head, say};

fn connection(port: u16) -> HttpConnection {
    HttpConnection::new("127.0.0.1", port, Dialler::default(), Arc::new(Policy::default()))
}

/// The default one, but deaf to the proxies of whoever runs the tests.
fn opener() -> Opener {
    let mut opener = build_opener();
    opener.add_handler(ProxyHandler::from_environment(std::iter::empty(), Arc::default()));
    opener
}

#[test]
fn steps_come_in_their_order() {
    let server = Server::start(|listener| {
        let mut stream = accept(listener);
        let seen = head(&mut stream);
        let content = exactly(&mut stream, 3);
        say(&mut stream, OK);
        (seen, content)
    });
    let mut connection = connection(server.port);
    assert_eq!(connection.putheader("A", b"1").unwrap_err().name, "CannotSendHeader");
    assert_eq!(connection.getresponse().unwrap_err().name, "ResponseNotReady");
    connection.putrequest("PUT", b"/x", "1.1").unwrap();
    assert_eq!(connection.putrequest("PUT", b"/x", "1.1").unwrap_err().text, "Request-started");
    connection.putheader("Content-Length", b"3").unwrap();
    connection.endheaders(b"").unwrap();
    connection.send(b"abc").unwrap();
    assert_eq!(connection.getresponse().unwrap().status, 200);
    let mut content = [0; 10];
    assert_eq!(connection.read(&mut content).unwrap(), 2);
    assert_eq!(connection.read(&mut content).unwrap(), 0);
    assert!(connection.is_reusable());
    assert_eq!(server.seen(), ("PUT /x HTTP/1.1\r\nContent-Length: 3\r\n\r\n".to_owned(), b"abc".to_vec()));
}

#[test]
fn a_tunnel_carries_what_follows() {
    let server = Server::start(|listener| {
        let mut stream = accept(listener);
        let asked = head(&mut stream);
        say(
            &mut stream,
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200 Established\r\nContent-Length: 5\r\n\r\n",
        );
        let inside = head(&mut stream);
        say(&mut stream, OK);
        (asked, inside)
    });
    let mut connection = connection(server.port);
    let fields = vec![("X-Tunnel".to_owned(), b"1".to_vec())];
    connection.set_tunnel(Tunnel { host: "far.test".to_owned(), port: 80, fields }).unwrap();
    connection.putrequest("GET", b"/", "1.1").unwrap();
    connection.endheaders(b"").unwrap();
    assert_eq!(connection.getresponse().unwrap().status, 200);
    let late = Tunnel { host: "other.test".to_owned(), port: 80, fields: Vec::new() };
    assert_eq!(connection.set_tunnel(late).unwrap_err().name, "RuntimeError");
    let (asked, inside) = server.seen();
    assert_eq!(asked, "CONNECT far.test:80 HTTP/1.1\r\nHost: far.test:80\r\nX-Tunnel: 1\r\n\r\n");
    assert_eq!(inside, "GET / HTTP/1.1\r\n\r\n");
}

#[test]
fn without_opening_there_is_no_connection() {
    let mut connection = connection(1);
    connection.auto_open = false;
    connection.putrequest("GET", b"/", "1.1").unwrap();
    assert_eq!(connection.endheaders(b"").unwrap_err().name, "NotConnected");
}

#[test]
fn an_error_status_is_an_error_that_can_be_read() {
    let server = Server::start(|listener| {
        let mut stream = accept(listener);
        head(&mut stream);
        say(&mut stream, "HTTP/1.1 404 Not Here\r\nContent-Length: 4\r\n\r\ngone");
    });
    install_opener(opener());
    let request = Request::new(server.url("/").as_bytes(), &Policy::default()).unwrap();
    let error = urlopen(request).unwrap_err();
    assert_eq!(
        (error.class, error.name, error.text.as_str()),
        (Class::Status, "HTTPError", "HTTP Error 404: Not Here")
    );
    let mut response = error.response.unwrap();
    assert_eq!((response.getcode(), response.geturl()), (404, server.url("/")));
    assert_eq!(response.read_to_end().unwrap(), b"gone");
    server.seen();
}

#[test]
fn handlers_stand_in_their_order() {
    let names = opener().names();
    assert_eq!(
        names,
        [
            "ProxyHandler",
            "HTTPHandler",
            "HTTPRedirectHandler",
            "HTTPErrorProcessor",
            "HTTPDefaultErrorHandler"
        ]
    );
}
