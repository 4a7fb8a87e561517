//! What every process of a client finds around it (`client-under-test/README.md`, processes).

use std::{
    ffi::OsStr,
    io,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use tempfile::TempDir;
use wireproof_client::{capabilities::PROTOCOL, contract::Surroundings};

use super::seclusion;

/// A command, ready to be started: a process group of its own, three pipes, an environment that holds nothing of
/// ours, no name servers. The folder holds its home and temporary files, and has to outlive it.
///
/// # Errors
/// Where its folders cannot be made.
pub(super) fn command<'a>(
    program: &Path,
    arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
    folder: &Path,
    variables: impl IntoIterator<Item = (&'a str, String)>,
    surroundings: &Surroundings,
) -> io::Result<(TempDir, Command)> {
    let rooms = tempfile::Builder::new().prefix("wireproof-").tempdir()?;
    let home = match &surroundings.home {
        Some(home) => home.clone(),
        None => room(rooms.path(), "home")?,
    };
    let mut command = Command::new(program);
    command
        .args(arguments)
        .current_dir(folder)
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into()))
        .env("HOME", home)
        .env("TMPDIR", room(rooms.path(), "tmp")?)
        .env("LANG", "C.UTF-8")
        .env("TZ", "UTC")
        .env("WIREPROOF_PROTOCOL", PROTOCOL.to_string())
        .envs(variables)
        .envs(&surroundings.environment);
    if seclusion::is_possible() {
        seclusion::seclude(&mut command, rooms.path())?;
    }
    Ok((rooms, command))
}

fn room(rooms: &Path, name: &str) -> io::Result<PathBuf> {
    let path = rooms.join(name);
    std::fs::create_dir(&path)?;
    Ok(path)
}
