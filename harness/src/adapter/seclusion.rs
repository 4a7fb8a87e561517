//! Keeps clients from asking the world's name servers.
//!
//! A client that takes `bob:secret@127.0.0.1` for a name has it looked up, password and all, and no packet of a run
//! may leave the machine. So on Linux a client's process gets a mount namespace of its own (no root needed where user
//! namespaces may be had), in which the files that say where names are looked up name nobody: names in the hosts file
//! still resolve, all others do not, at once.

use std::{io, path::Path, process::Command};

/// What stands in place of the system's files.
#[cfg(target_os = "linux")]
const FILES: [(&std::ffi::CStr, &str, &str); 2] = [
    (c"/etc/nsswitch.conf", "nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n"),
    (c"/etc/resolv.conf", "resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n"),
];

/// Has the command run where only the hosts file knows names; `room` is a folder for what that takes.
///
/// # Errors
/// Where the files cannot be written.
#[cfg(target_os = "linux")]
pub(crate) fn seclude(command: &mut Command, room: &Path) -> io::Result<()> {
    use std::{ffi::CString, os::unix::ffi::OsStrExt, os::unix::process::CommandExt};

    let mut mounts = Vec::new();
    for (place, name, content) in FILES {
        let file = room.join(name);
        std::fs::write(&file, content)?;
        mounts.push((CString::new(file.as_os_str().as_bytes())?, place));
    }
    let identity = Identity::current();
    #[expect(
        unsafe_code,
        reason = "between fork and exec: system calls on memory that was made before, no more"
    )]
    // SAFETY: the closure makes system calls only; it takes no lock and allocates nothing.
    unsafe {
        command.pre_exec(move || enter(&identity, &mounts).map_err(io::Error::from));
    }
    Ok(())
}

/// Who the process is, for the maps of a user namespace. Root needs none.
#[cfg(target_os = "linux")]
struct Identity {
    root: bool,
    users: String,
    groups: String,
}

#[cfg(target_os = "linux")]
impl Identity {
    fn current() -> Self {
        let (user, group) = (nix::unistd::geteuid(), nix::unistd::getegid());
        Self { root: user.is_root(), users: format!("{user} {user} 1"), groups: format!("{group} {group} 1") }
    }
}

#[cfg(target_os = "linux")]
fn enter(identity: &Identity, mounts: &[(std::ffi::CString, &std::ffi::CStr)]) -> nix::Result<()> {
    use nix::{
        errno::Errno,
        mount::{MsFlags, mount},
        sched::{CloneFlags, unshare},
    };

    const NOTHING: Option<&std::ffi::CStr> = None;
    if identity.root {
        unshare(CloneFlags::CLONE_NEWNS)?;
    } else {
        unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNS)?;
        write(c"/proc/self/setgroups", b"deny")?;
        write(c"/proc/self/uid_map", identity.users.as_bytes())?;
        write(c"/proc/self/gid_map", identity.groups.as_bytes())?;
    }
    mount(NOTHING, c"/", NOTHING, MsFlags::MS_REC | MsFlags::MS_PRIVATE, NOTHING)?;
    for (file, place) in mounts {
        match mount(Some(file.as_c_str()), *place, NOTHING, MsFlags::MS_BIND, NOTHING) {
            // What is not there cannot be replaced; the other of the two says enough.
            Err(Errno::ENOENT) => {}
            done => done?,
        }
    }
    Ok(())
}

#[cfg(target_os = "linux")]
fn write(file: &std::ffi::CStr, text: &[u8]) -> nix::Result<()> {
    use nix::{
        fcntl::{OFlag, open},
        sys::stat::Mode,
    };

    let file = open(file, OFlag::O_WRONLY, Mode::empty())?;
    nix::unistd::write(&file, text).map(drop)
}

/// Elsewhere there is no such thing.
#[cfg(not(target_os = "linux"))]
pub(crate) fn seclude(_: &mut Command, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Whether this system lets a process be secluded. Tried once, with a process that does nothing; where it cannot be
/// had it is said so on standard error, as names may then be asked of real name servers.
pub fn is_possible() -> bool {
    static POSSIBLE: std::sync::OnceLock<bool> = std::sync::OnceLock::new();
    *POSSIBLE.get_or_init(|| {
        let tried = tempfile::tempdir().and_then(|room| {
            let mut command = Command::new("true");
            seclude(&mut command, room.path())?;
            command.status()
        });
        if let Err(error) = &tried {
            eprintln!("note: clients cannot be kept from asking name servers here: {error}");
        }
        tried.is_ok_and(|status| status.success())
    })
}
