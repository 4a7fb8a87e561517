//! What the operating system keeps a process from.

use std::{io, process::Command};

/// Whether this system keeps a process to so much address space. Others accept the limit and forget it.
pub const CAN_LIMIT_ADDRESS_SPACE: bool = cfg!(target_os = "linux");

/// Has the command, and all that it starts, run with at most so much address space each.
///
/// # Errors
/// Where no such limit can be had.
#[cfg(target_os = "linux")]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere it fails")]
pub(super) fn limit_address_space(command: &mut Command, most: u64) -> io::Result<()> {
    use std::os::unix::process::CommandExt;

    use nix::sys::resource::{Resource, setrlimit};

    #[expect(unsafe_code, reason = "between fork and exec: one system call")]
    // SAFETY: the closure makes one system call; it takes no lock and allocates nothing.
    unsafe {
        command.pre_exec(move || setrlimit(Resource::RLIMIT_AS, most, most).map_err(io::Error::from));
    }
    Ok(())
}

/// Elsewhere there is no such thing.
#[cfg(not(target_os = "linux"))]
pub(super) fn limit_address_space(_: &mut Command, _: u64) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
