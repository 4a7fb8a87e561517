//! The twin of a client of this program: the same client in a process of its own, behind the contract, for jobs whose
//! process has to be measured or limited.
//!
//! The process is this program, started again with `adapter --client NAME`. Only a program that answers to that may be
//! started so, and it says so by calling [`serve_if_asked`] before all else.

use std::{
    env,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::OnceLock,
};

use wireproof_client::{contract, mutants, reference::Reference};

use super::folder::Folder;

/// This program, once it has said that it serves.
static PROGRAM: OnceLock<PathBuf> = OnceLock::new();

/// Serves a client over standard input and output if this program was started for that, and then tells its exit
/// status; otherwise takes note that it would have. To be called first thing in `main`.
pub fn serve_if_asked() -> Option<ExitCode> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [command, option, name] = &arguments[..]
        && command == COMMAND
        && option == OPTION
        && let Some(client) = named(name)
    {
        return Some(contract::serve(&client));
    }
    if let Ok(program) = env::current_exe() {
        // Said twice is said.
        let _ = PROGRAM.set(program);
    }
    None
}

const COMMAND: &str = "adapter";
const OPTION: &str = "--client";

/// The client of this name: `reference` or `mutant:NAME`.
pub fn named(name: &str) -> Option<Reference> {
    match name.strip_prefix("mutant:") {
        Some(mutant) => mutants::find(mutant).map(mutants::Mutant::client),
        None => (name == "reference").then(Reference::default),
    }
}

/// The twin of the client of this name, if this program serves it.
pub(super) fn of(name: &str) -> Option<Folder> {
    let program = PROGRAM.get()?.to_str()?;
    let command = [program, COMMAND, OPTION, name].map(str::to_owned).to_vec();
    Some(Folder::bare(name, Path::new("/"), command))
}
