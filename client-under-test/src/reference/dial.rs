//! From a host and a port to a transport: names, addresses in turn, sockets.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs as _},
    os::fd::AsFd,
    path::PathBuf,
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use rustix::event::PollFlags;
use socket2::{Domain, SockAddr, Socket, Type};

use super::{
    error::{Class, Error, Phase, Result},
    policy::Policy,
    timeouts::{Fault, Patience},
    transport::{SocketTransport, Transport},
};

/// How connections are made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dialler {
    /// Addresses that replace the lookup of a name at a port.
    pub resolve: Vec<(String, u16, Vec<IpAddr>)>,
    /// 4 or 6: only addresses of this kind. Default: both.
    pub ip_version: Option<u8>,
    /// Where connections come from.
    pub local_address: Option<IpAddr>,
    /// A Unix socket that is connected to instead, whatever the host.
    pub unix_socket: Option<PathBuf>,
}

impl Dialler {
    /// Connects to one of the addresses of this host, trying each in turn; the last error counts.
    ///
    /// # Errors
    /// `dns`, `refused`, `unreachable` or a timeout, in phase connect, naming host and port.
    pub fn dial(
        &self,
        host: &str,
        port: u16,
        policy: &Policy,
        patience: &Patience<'_>,
    ) -> Result<Box<dyn Transport>> {
        let place = if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
        let named = |error: Error| if policy.names_target_in_errors { error.at(&place) } else { error };
        if let Some(path) = &self.unix_socket {
            let connected = SockAddr::unix(path)
                .map_err(Fault::Io)
                .and_then(|address| connect(Domain::UNIX, &address, None, patience));
            return connected.map_err(|fault| named(failure(fault, policy)));
        }
        let addresses = self.look_up(host, port, policy, patience).map_err(named)?;
        let mut last = Error::new(Class::Dns, Phase::Connect, "URLError", "no address of the wanted kind");
        let mut left = u32::try_from(addresses.len()).unwrap_or(u32::MAX);
        for address in addresses {
            match self.try_address(address, &share(patience, left)) {
                Ok(transport) => return Ok(transport),
                Err(fault @ Fault::Cancelled) => return Err(named(failure(fault, policy))),
                Err(fault) => last = failure(fault, policy),
            }
            if last.class == Class::Reset && !policy.notices_reset {
                patience.sleep(HANG).map_err(|fault| named(fault.error(Phase::Connect, policy)))?;
            }
            if patience.check().is_err() || !policy.tries_every_address {
                break;
            }
            left -= 1;
        }
        Err(named(last))
    }

    fn try_address(
        &self,
        address: SocketAddr,
        patience: &Patience<'_>,
    ) -> std::result::Result<Box<dyn Transport>, Fault> {
        let local = self.local_address.map(|ip| SockAddr::from(SocketAddr::new(ip, 0)));
        connect(Domain::for_address(address), &SockAddr::from(address), local.as_ref(), patience)
    }

    /// The addresses of a host, of the wanted kind.
    ///
    /// # Errors
    /// `dns` or a timeout in phase connect.
    pub fn look_up(
        &self,
        host: &str,
        port: u16,
        policy: &Policy,
        patience: &Patience<'_>,
    ) -> Result<Vec<SocketAddr>> {
        let addresses = if let Ok(ip) = host.parse::<IpAddr>() {
            vec![SocketAddr::new(ip, port)]
        } else if let Some((_, _, ips)) =
            self.resolve.iter().find(|(name, at, _)| name.eq_ignore_ascii_case(host) && *at == port)
        {
            ips.iter().map(|ip| SocketAddr::new(*ip, port)).collect()
        } else if is_localhost(host) {
            vec![(Ipv6Addr::LOCALHOST, port).into(), (Ipv4Addr::LOCALHOST, port).into()]
        } else {
            ask_system(host, port, policy, patience)?
        };
        Ok(addresses.into_iter().filter(|address| self.is_wanted(address)).collect())
    }

    fn is_wanted(&self, address: &SocketAddr) -> bool {
        match self.ip_version {
            Some(4) => address.is_ipv4(),
            Some(6) => address.is_ipv6(),
            _ => true,
        }
    }
}

/// A dead address may use up its share of the time, never that of the addresses behind it.
fn share<'a>(patience: &Patience<'a>, left: u32) -> Patience<'a> {
    match patience.until {
        Some((moment, class)) if left > 1 => {
            let now = Instant::now();
            patience.no_longer_than(now + moment.saturating_duration_since(now) / left, class)
        }
        _ => *patience,
    }
}

fn connect(
    domain: Domain,
    address: &SockAddr,
    local: Option<&SockAddr>,
    patience: &Patience<'_>,
) -> std::result::Result<Box<dyn Transport>, Fault> {
    let socket = Socket::new(domain, Type::STREAM, None).map_err(Fault::Io)?;
    if domain != Domain::UNIX {
        // A request is written at once and is not to wait for the acknowledgement of the one before.
        socket.set_tcp_nodelay(true).map_err(Fault::Io)?;
    }
    if let Some(local) = local {
        socket.bind(local).map_err(Fault::Io)?;
    }
    socket.set_nonblocking(true).map_err(Fault::Io)?;
    match socket.connect(address) {
        Ok(()) => {}
        Err(error) if is_in_progress(&error) => {
            patience.wait(socket.as_fd(), PollFlags::OUT)?;
            if let Some(error) = socket.take_error().map_err(Fault::Io)? {
                return Err(Fault::Io(error));
            }
        }
        Err(error) => return Err(Fault::Io(error)),
    }
    Ok(Box::new(SocketTransport::new(socket)))
}

fn is_in_progress(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock
        || error.raw_os_error() == Some(rustix::io::Errno::INPROGRESS.raw_os_error())
}

/// Names that nobody has to be asked about: none below `invalid` has an address (RFC 6761 6.4).
fn is_invalid(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    host == "invalid" || host.ends_with(".invalid")
}

/// Names that mean this host, whatever the system says of them (RFC 6761 6.3).
fn is_localhost(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    host == "localhost" || host.ends_with(".localhost")
}

/// The system's resolver knows no limit of time, so with one it gets a thread that may be left behind.
fn ask_system(host: &str, port: u16, policy: &Policy, patience: &Patience<'_>) -> Result<Vec<SocketAddr>> {
    if is_invalid(host) {
        return no_address(host, Ok(Vec::new()), policy);
    }
    if !patience.is_limited() || !policy.connect_timeout_covers_name {
        return no_address(host, (host, port).to_socket_addrs().map(Iterator::collect), policy);
    }
    let (answer, answers) = mpsc::channel();
    let (done, finished) = io::pipe().map_err(|cause| {
        Error::new(Class::Other, Phase::Connect, "OSError", cause.to_string()).because(cause)
    })?;
    let name = host.to_owned();
    thread::spawn(move || {
        let found = (name.as_str(), port).to_socket_addrs().map(Iterator::collect);
        // Nobody may be waiting any more, and then nobody wants to know.
        let _unheard = answer.send(found);
        drop(finished);
    });
    patience.wait(done.as_fd(), PollFlags::IN).map_err(|fault| fault.error(Phase::Connect, policy))?;
    let found = answers.recv().unwrap_or_else(|_| Err(io::Error::other("the resolver gave no answer")));
    no_address(host, found, policy)
}

fn no_address(host: &str, found: io::Result<Vec<SocketAddr>>, policy: &Policy) -> Result<Vec<SocketAddr>> {
    let class = if policy.tells_names_from_ports { Class::Dns } else { Class::Refused };
    match found {
        Ok(addresses) if addresses.is_empty() => {
            Err(Error::new(class, Phase::Connect, "URLError", format!("{host} has no address")))
        }
        Ok(addresses) => Ok(addresses),
        Err(cause) => {
            Err(Error::new(class, Phase::Connect, "URLError", format!("{host}: {cause}")).because(cause))
        }
    }
}

fn failure(fault: Fault, policy: &Policy) -> Error {
    use io::ErrorKind as Kind;
    let Fault::Io(cause) = fault else { return fault.error(Phase::Connect, policy) };
    let class = match cause.kind() {
        Kind::ConnectionRefused => Class::Refused,
        Kind::ConnectionReset => Class::Reset,
        Kind::TimedOut => Class::ConnectTimeout,
        // A prohibited route answers EACCES; a Unix socket that is not there ENOENT.
        Kind::HostUnreachable
        | Kind::NetworkUnreachable
        | Kind::PermissionDenied
        | Kind::AddrNotAvailable
        | Kind::NotFound => Class::Unreachable,
        _ => Class::Other,
    };
    Error::new(class, Phase::Connect, "URLError", cause.to_string()).because(cause)
}

/// The wait that a mutant does where the client should have noticed the end: never longer than this.
pub(super) const HANG: Duration = Duration::from_secs(15);
