//! The step that builds a client, before its first start.

use std::{
    io,
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
};

use serde::Deserialize;

/// Why a client could not be built. Messages fit after "the adapter".
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The program could not be started: `build` in `client.yaml` is wrong, or something is not installed.
    #[error("cannot be built: `{program}`: {source}")]
    Spawn {
        /// The program.
        program: String,
        /// Why.
        source: io::Error,
    },
    /// It ran and failed.
    #[error("cannot be built: `{command}` ended with {status}\n{output}")]
    Failed {
        /// The whole command.
        command: String,
        /// How it ended.
        status: ExitStatus,
        /// All that it wrote.
        output: String,
    },
    /// `{built}` is asked for, and cargo named no program.
    #[error(
        "cannot be built: `{command}` named no program for `{{built}}` \
         (it takes --message-format=json-render-diagnostics, and a package with one)"
    )]
    NoProgram {
        /// The whole command.
        command: String,
    },
}

/// Builds in this folder, in the environment of whoever runs the harness: a compiler needs its caches and its home.
/// Gives the program that cargo named last, if it did. What the step writes is shown if it fails.
pub(super) fn build(folder: &Path, step: &[String]) -> Result<Option<PathBuf>, BuildError> {
    let Some((program, arguments)) = step.split_first() else { return Ok(None) };
    let place = if program.contains('/') { folder.join(program) } else { PathBuf::from(program) };
    let done = Command::new(place).args(arguments).current_dir(folder).stdin(Stdio::null()).output();
    let done = done.map_err(|source| BuildError::Spawn { program: program.clone(), source })?;
    let told = String::from_utf8_lossy(&done.stdout);
    if !done.status.success() {
        let said = told.lines().filter(|line| !line.starts_with('{')).map(|line| format!("{line}\n"));
        let output = said.collect::<String>() + &String::from_utf8_lossy(&done.stderr);
        return Err(BuildError::Failed { command: step.join(" "), status: done.status, output });
    }
    Ok(told.lines().filter_map(program_of).next_back())
}

/// The program in one of cargo's messages.
fn program_of(line: &str) -> Option<PathBuf> {
    #[derive(Deserialize)]
    struct Message {
        reason: String,
        executable: Option<PathBuf>,
    }
    let message: Message = serde_json::from_str(line).ok()?;
    message.executable.filter(|_| message.reason == "compiler-artifact")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(script: &str) -> Result<Option<PathBuf>, BuildError> {
        build(Path::new("/"), &["sh", "-c", script].map(str::to_owned))
    }

    #[test]
    fn the_program_is_the_last_that_cargo_names() {
        let artifact = |path: &str| format!(r#"{{"reason":"compiler-artifact","executable":{path}}}"#);
        let lines = [
            artifact(r#""/a""#),
            artifact(r#""/b""#),
            artifact("null"),
            r#"{"reason":"build-finished","success":true}"#.to_owned(),
        ];
        let found = built(&format!("echo '{}'", lines.join("\n"))).unwrap();
        assert_eq!(found.as_deref(), Some(Path::new("/b")));
        assert_eq!(built("echo done").unwrap(), None);
    }

    #[test]
    fn a_failure_shows_all_that_was_written() {
        let error = built("echo one; echo '{}'; echo two >&2; exit 3").unwrap_err().to_string();
        assert!(error.contains("exit status: 3\none\ntwo\n"), "{error}");
        let nothing = build(Path::new("/"), &["no-such-compiler".to_owned()]).unwrap_err().to_string();
        assert!(nothing.contains("`no-such-compiler`"), "{nothing}");
    }
}
