//! Servers of one answer, for what adapters make of it.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    thread,
};

/// The URL of a server that answers one connection after another with these bytes, each time a request is
/// complete or the client waits, and then ends the connection in order.
pub(crate) fn answering(answer: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    thread::spawn(move || {
        for connection in listener.incoming() {
            if let Err(error) = answer_one(connection.unwrap(), answer) {
                eprintln!("a client left early: {error}");
            }
        }
    });
    url
}

fn answer_one(mut connection: TcpStream, answer: &[u8]) -> std::io::Result<()> {
    let mut head: Vec<u8> = Vec::new();
    let mut buffer = [0; 4096];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        match connection.read(&mut buffer)? {
            0 => return Ok(()),
            n => head.extend(&buffer[..n]),
        }
    }
    connection.write_all(answer)?;
    connection.shutdown(Shutdown::Write)?;
    // Reads on, so that no RST takes the answer away.
    while connection.read(&mut buffer)? > 0 {}
    Ok(())
}

/// Servers that damage their answer, and the class of error that is.
pub(crate) fn damaged() -> [(String, &'static str); 4] {
    [
        ("http://127.0.0.1:1/".to_owned(), "refused"),
        (answering(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel"), "truncated"),
        (answering(b"HTTP/1.1 abc OK\r\n\r\n"), "malformed"),
        (answering(b""), "closed"),
    ]
}
