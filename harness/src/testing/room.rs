//! Where a client is tested within the process of its tests: with what an adapter's process would find around it.
//!
//! A process cannot change its own variables safely, nor its view of name servers once it has threads. So the test
//! program is started again with them, and what is started first only waits for it.

use std::{
    env, fs, io,
    process::{Command, ExitCode},
};

use crate::adapter::{can_seclude, seclude};

/// Set within the room. Whoever sets it gets no room: a debugger then has but one process.
const IN_PLACE: &str = "WIREPROOF_IN_PLACE";

/// Runs this program again, in a room, and tells how it ended; `None` within the room.
///
/// There, variables that name proxies are gone, the home is empty, language and time zone are fixed, and only the hosts
/// file knows names, where the system lets that be had.
pub(super) fn enter() -> io::Result<Option<ExitCode>> {
    if env::var_os(IN_PLACE).is_some() {
        return Ok(None);
    }
    let room = tempfile::Builder::new().prefix("wireproof-").tempdir()?;
    let home = room.path().join("home");
    fs::create_dir(&home)?;
    let mut command = Command::new(env::current_exe()?);
    command.args(env::args_os().skip(1));
    command.env(IN_PLACE, "1").env("HOME", home).env("LANG", "C.UTF-8").env("TZ", "UTC");
    for (name, _) in env::vars_os().filter(|(name, _)| is_of_proxies(&name.to_string_lossy())) {
        command.env_remove(name);
    }
    if can_seclude() {
        seclude(&mut command, room.path())?;
    }
    let status = command.status()?;
    // The runner's own codes are below 256; a signal has none, and has been seen on the way.
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    if code.is_none() {
        eprintln!("the tests ended with {status}");
    }
    Ok(Some(code.map_or(ExitCode::FAILURE, ExitCode::from)))
}

/// `http_proxy`, `NO_PROXY` and their like.
fn is_of_proxies(name: &str) -> bool {
    name.to_ascii_lowercase().ends_with("_proxy")
}

#[cfg(test)]
mod tests {
    use super::is_of_proxies;

    #[test]
    fn variables_of_proxies_are_known_by_their_ends() {
        assert!(["http_proxy", "HTTPS_PROXY", "all_proxy", "No_Proxy"].into_iter().all(is_of_proxies));
        assert!(!["PATH", "PROXY_HINT", "CARGO_HTTP_MULTIPLEXING"].into_iter().any(is_of_proxies));
    }
}
