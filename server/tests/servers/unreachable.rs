//! Addresses where nobody answers, and those that are not TCP over IPv4.

use std::{
    io::{self, Write},
    net::{SocketAddr, TcpStream},
    os::unix::net::UnixStream,
    time::Duration,
};

use crate::stage::*;
use wireproof_server::script::{Ip, Listen, ServerScript};

fn listening(listen: Listen) -> ServerScript {
    ServerScript { listen, ..server("origin", vec![any(vec![ok()])]) }
}

fn at(staged: &wireproof_server::Staged) -> SocketAddr {
    let address = &staged.addresses()[0];
    (address.ip.parse::<std::net::IpAddr>().unwrap(), address.port).into()
}

#[test]
fn refused_refuses() {
    let staged = stage_all(vec![listening(Listen::Refused)]);
    assert_eq!(TcpStream::connect(at(&staged)).unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
    assert_eq!(staged.finish(PATIENCE).servers[0].connections, []);
}

#[test]
fn a_swallowed_connect_times_out() {
    for _ in 0..20 {
        let staged = stage_all(vec![listening(Listen::Blackhole)]);
        let connect = TcpStream::connect_timeout(&at(&staged), Duration::from_millis(50));
        assert_eq!(connect.unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert_eq!(staged.finish(PATIENCE).servers[0].connections, []);
    }
}

#[test]
fn both_families_at_one_port() {
    let staged = stage_all(vec![listening(Listen::Tcp { ip: Ip::Both, port: None })]);
    let port = at(&staged).port();
    for ip in ["127.0.0.1", "::1"] {
        let mut client = TcpStream::connect((ip, port)).unwrap();
        client.write_all(GET.as_bytes()).unwrap();
        expect(&mut client, OK);
    }
    assert_eq!(staged.finish(PATIENCE).servers[0].connections.len(), 2);
}

#[test]
fn version_6() {
    let staged = stage_all(vec![listening(Listen::Tcp { ip: Ip::V6, port: None })]);
    let address = &staged.addresses()[0];
    assert_eq!((address.host.as_str(), address.ip.as_str()), ("[::1]", "::1"));
    let mut client = asking(&staged, GET);
    expect(&mut client, OK);
}

#[test]
fn a_fixed_port_is_free_again_at_once() {
    let port = at(&stage(vec![])).port();
    for _ in 0..20 {
        let staged = stage_all(vec![listening(Listen::Tcp { ip: Ip::V4, port: Some(port) })]);
        assert_eq!(at(&staged).port(), port);
        let mut client = asking(&staged, GET);
        expect(&mut client, OK);
    }
}

#[test]
fn a_unix_socket() {
    let staged = stage_all(vec![listening(Listen::Unix)]);
    let path = staged.addresses()[0].socket.clone().unwrap();
    let mut client = UnixStream::connect(&path).unwrap();
    client.write_all(GET.as_bytes()).unwrap();
    let mut came = vec![0; OK.len()];
    io::Read::read_exact(&mut client, &mut came).unwrap();
    assert_eq!(came, OK.as_bytes());
    drop(client);
    assert_eq!(only(staged.finish(PATIENCE)).received, GET.as_bytes());
    assert!(!std::path::Path::new(&path).exists());
}
