//! Binds the sockets of one server, synchronously, on the caller's thread.

use std::{
    io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    path::PathBuf,
};

use rustix::event::{PollFd, PollFlags, poll};
use socket2::{Domain, SockAddr, Socket, Type};
use tempfile::TempDir;

use crate::{
    script::{Ip, Listen},
    seen::Address,
};

/// How many connections wait to be accepted before the kernel swallows further ones.
const BACKLOG: i32 = 1024;

/// How often a port that is free on one address family is tried on the other.
const TRIES: usize = 16;

/// The sockets of one server.
#[derive(Debug)]
pub(crate) struct Bound {
    pub(crate) address: Address,
    /// Where other servers of the case connect to.
    pub(crate) target: Target,
    /// Sockets to accept from.
    pub(crate) accepting: Vec<Socket>,
    /// What is held so that the address stays as it is.
    pub(crate) held: Held,
}

/// What must live as long as the server.
#[derive(Debug, Default)]
pub(crate) struct Held {
    _sockets: Vec<Socket>,
    _folder: Option<TempDir>,
}

/// An address to connect to.
#[derive(Debug, Clone)]
pub(crate) enum Target {
    Tcp(SocketAddr),
    Unix(PathBuf),
}

impl Bound {
    pub(crate) fn new(name: &str, listen: &Listen) -> io::Result<Self> {
        match listen {
            Listen::Tcp { ip, port } => tcp(name, *ip, port.unwrap_or(0)),
            Listen::Unix => unix(name),
            Listen::Refused => {
                let (socket, at) = bind(loopback(Ip::V4, 0))?;
                Ok(Self::holding(name, at, vec![socket]))
            }
            Listen::Blackhole => {
                let (listener, at) = bind(loopback(Ip::V4, 0))?;
                let filler = fill_queue(&listener, at)?;
                Ok(Self::holding(name, at, vec![filler, listener]))
            }
        }
    }

    fn holding(name: &str, at: SocketAddr, sockets: Vec<Socket>) -> Self {
        Self {
            address: address(name, at),
            target: Target::Tcp(at),
            accepting: Vec::new(),
            held: Held { _sockets: sockets, _folder: None },
        }
    }
}

/// A listening socket on a free port of 127.0.0.1.
pub(crate) fn any_port() -> io::Result<(Socket, SocketAddr)> {
    listening(loopback(Ip::V4, 0))
}

/// A listening socket on this address.
pub(crate) fn listening(at: SocketAddr) -> io::Result<(Socket, SocketAddr)> {
    let (socket, at) = bind(at)?;
    socket.listen(BACKLOG)?;
    Ok((socket, at))
}

fn tcp(name: &str, ip: Ip, port: u16) -> io::Result<Bound> {
    if ip != Ip::Both {
        return single(name, ip, port);
    }
    let (accepting, at) = both(port)?;
    for socket in &accepting {
        socket.listen(BACKLOG)?;
    }
    let target = Target::Tcp(at);
    Ok(Bound { address: address(name, at), target, accepting, held: Held::default() })
}

/// A server on one family. Its port on the other one is held, where that can be done, and refuses: who asks
/// `localhost` tries both, and must not meet the server of another case there.
fn single(name: &str, ip: Ip, port: u16) -> io::Result<Bound> {
    let other = if ip == Ip::V6 { Ip::V4 } else { Ip::V6 };
    let mut tries = 0;
    loop {
        let (socket, at) = bind(loopback(ip, port))?;
        // A fixed port may be wanted on both by servers of one case.
        let beside = if port == 0 { bind(loopback(other, at.port())).map(Some) } else { Ok(None) };
        match beside {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && tries < TRIES => tries += 1,
            beside => {
                socket.listen(BACKLOG)?;
                let beside = beside.ok().flatten().map(|(socket, _)| socket);
                let held = Held { _sockets: beside.into_iter().collect(), _folder: None };
                let target = Target::Tcp(at);
                return Ok(Bound { address: address(name, at), target, accepting: vec![socket], held });
            }
        }
    }
}

/// The same port on both families. A free one is found by trying.
fn both(port: u16) -> io::Result<(Vec<Socket>, SocketAddr)> {
    let mut tries = 0;
    loop {
        let (v4, at) = bind(loopback(Ip::V4, port))?;
        match bind(loopback(Ip::V6, at.port())) {
            Ok((v6, _)) => return Ok((vec![v4, v6], at)),
            Err(error) if port != 0 || tries == TRIES => return Err(error),
            Err(_) => tries += 1,
        }
    }
}

fn unix(name: &str) -> io::Result<Bound> {
    let folder = tempfile::Builder::new().prefix("wireproof-").tempdir()?;
    let path = folder.path().join("socket");
    let socket = Socket::new(Domain::UNIX, kind(), None)?;
    socket.bind(&SockAddr::unix(&path)?)?;
    socket.listen(BACKLOG)?;
    let address = Address {
        server: name.to_owned(),
        scheme: "http".to_owned(),
        host: "localhost".to_owned(),
        ip: String::new(),
        port: 0,
        socket: Some(path.to_string_lossy().into_owned()),
    };
    Ok(Bound {
        address,
        target: Target::Unix(path),
        accepting: vec![socket],
        held: Held { _sockets: Vec::new(), _folder: Some(folder) },
    })
}

fn loopback(ip: Ip, port: u16) -> SocketAddr {
    match ip {
        Ip::V4 | Ip::Both => (Ipv4Addr::LOCALHOST, port).into(),
        Ip::V6 => (Ipv6Addr::LOCALHOST, port).into(),
    }
}

fn bind(at: SocketAddr) -> io::Result<(Socket, SocketAddr)> {
    let socket = Socket::new(Domain::for_address(at), kind(), None)?;
    if at.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    if at.port() != 0 {
        // The case before this one may have left connections in TIME-WAIT at a fixed port.
        socket.set_reuse_address(true)?;
    }
    socket.bind(&at.into())?;
    let bound = socket.local_addr()?.as_socket();
    Ok((socket, bound.ok_or_else(|| io::Error::other("a TCP socket without an address"))?))
}

/// Listening sockets never block: they are drained until nothing waits.
#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
fn kind() -> Type {
    Type::STREAM.nonblocking()
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
fn kind() -> Type {
    Type::STREAM
}

/// Listens, and connects until nobody else can: a queue of length 0 holds one connection (Linux), and a SYN
/// that finds it full is dropped. The connection counts once the listener is readable, which is waited for.
fn fill_queue(listener: &Socket, at: SocketAddr) -> io::Result<Socket> {
    listener.listen(0)?;
    let filler = Socket::new(Domain::for_address(at), Type::STREAM, None)?;
    filler.connect(&at.into())?;
    poll(&mut [PollFd::new(listener, PollFlags::IN)], None)?;
    Ok(filler)
}

fn address(name: &str, at: SocketAddr) -> Address {
    let ip = at.ip().to_string();
    Address {
        server: name.to_owned(),
        scheme: "http".to_owned(),
        host: if at.is_ipv6() { format!("[{ip}]") } else { ip.clone() },
        ip,
        port: at.port(),
        socket: None,
    }
}

/// A connection from the queue, ready for use; fails with `WouldBlock` where none waits.
pub(crate) fn accept(listener: &Socket) -> io::Result<Socket> {
    #[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
    let socket = {
        use rustix::net::{SocketFlags, accept_with};
        Socket::from(accept_with(listener, SocketFlags::NONBLOCK | SocketFlags::CLOEXEC)?)
    };
    #[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
    let socket = {
        let (socket, _) = listener.accept()?;
        socket.set_nonblocking(true)?;
        socket
    };
    Ok(socket)
}
