//! A process, its pipes and its end; nothing of what is said through them.

use std::sync::{
    Arc, Mutex, PoisonError,
    mpsc::{Sender, channel},
};

use tempfile::TempDir;
use wireproof_client::contract::Surroundings;

use super::{
    desk::Desk,
    folder::Folder,
    group::Group,
    launch, limits,
    process::StartError,
    reply::{Exit, Noise},
    streams::{self, Errors},
    tail::{Mark, Tail},
};

/// A process group of its own, with threads at its pipes. Killed and reaped when dropped.
#[derive(Debug)]
pub(super) struct Running {
    group: Arc<Group>,
    desk: Arc<Desk>,
    input: Mutex<Option<Sender<Vec<u8>>>>,
    noise: Arc<Tail>,
    errors: Arc<Errors>,
    /// Home and temporary folder; removed with the process.
    _rooms: TempDir,
}

/// Where noise and errors stood at some moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Marks {
    noise: Mark,
    errors: Mark,
}

impl Running {
    /// Starts the program of a folder.
    pub(super) fn start(
        folder: &Folder,
        surroundings: &Surroundings,
        address_space: Option<u64>,
    ) -> Result<Self, StartError> {
        let (program, arguments) = folder.command().ok_or(StartError::NoCa)?;
        let variables = folder.environment().ok_or(StartError::NoCa)?;
        let (rooms, mut command) =
            launch::command(&program, arguments, folder.path(), variables, surroundings)
                .map_err(StartError::Prepare)?;
        if let Some(most) = address_space {
            limits::limit_address_space(&mut command, most).map_err(StartError::Prepare)?;
        }
        let mut child = command.spawn().map_err(|source| StartError::Spawn {
            program: command.get_program().to_string_lossy().into_owned(),
            source,
        })?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(stdin), Some(stdout), Some(stderr)) = pipes else { unreachable!("all three are piped") };
        let (input, lines) = channel();
        let (group, desk) = (Arc::new(Group::of(child)), Arc::new(Desk::default()));
        // From here on an early return kills the process again.
        let running = Self {
            group: Arc::clone(&group),
            desk: Arc::clone(&desk),
            input: Mutex::new(Some(input)),
            noise: Arc::new(Tail::default()),
            errors: Errors::new(stderr),
            _rooms: rooms,
        };
        streams::await_end(Arc::clone(&group), Arc::clone(&desk))
            .and_then(|()| streams::read_output(stdout, running.noise.clone(), Arc::clone(&desk), group))
            .and_then(|()| running.errors.keep_draining())
            .and_then(|()| streams::write_input(stdin, lines, desk))
            .map_err(StartError::Prepare)?;
        Ok(running)
    }

    /// What it has said.
    pub(super) fn desk(&self) -> &Arc<Desk> {
        &self.desk
    }

    /// Its process group.
    pub(super) fn group(&self) -> &Arc<Group> {
        &self.group
    }

    /// Hands a line to the process. Returns at once, whether it reads or not.
    pub(super) fn write(&self, line: Vec<u8>) {
        // If the writer is gone it has said why.
        if let Some(input) = &*self.input.lock().unwrap_or_else(PoisonError::into_inner) {
            drop(input.send(line));
        }
    }

    /// No more lines will come.
    pub(super) fn end_input(&self) {
        *self.input.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Kills the whole group and reaps the process. Tells how it ended: by itself, if it had already.
    pub(super) fn end(&self) -> Exit {
        self.end_input();
        self.group.end()
    }

    /// Where noise and errors stand.
    pub(super) fn marks(&self) -> Marks {
        self.errors.drain();
        Marks { noise: self.noise.mark(), errors: self.errors.tail().mark() }
    }

    /// The noise since then.
    pub(super) fn noise_since(&self, marks: Marks) -> Noise {
        let now = self.noise.mark();
        Noise {
            lines: now.lines - marks.noise.lines,
            bytes: now.bytes - marks.noise.bytes,
            tail: self.noise.since(marks.noise),
        }
    }

    /// All noise.
    pub(super) fn noise(&self) -> Noise {
        self.noise_since(Marks { noise: Mark::default(), errors: Mark::default() })
    }

    /// The end of what was written to standard error since then.
    pub(super) fn errors_since(&self, marks: Marks) -> String {
        self.errors.drain();
        self.errors.tail().since(marks.errors)
    }

    /// The end of all that was written to standard error.
    pub(super) fn errors(&self) -> String {
        self.errors.drain();
        self.errors.tail().all()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}
