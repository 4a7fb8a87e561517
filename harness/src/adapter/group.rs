//! A process and the group it leads: killed together, reaped once.

use std::{
    process::Child,
    sync::{Mutex, MutexGuard, PoisonError},
};

use nix::{
    errno::Errno,
    sys::{
        signal::{Signal, killpg},
        wait::{Id, WaitPidFlag, WaitStatus, waitid},
    },
    unistd::Pid,
};

use super::reply::Exit;

/// A process group with its leader. Shared by all that may have to end it.
#[derive(Debug)]
pub(super) struct Group {
    id: Pid,
    leader: Mutex<Leader>,
}

#[derive(Debug)]
enum Leader {
    /// Not reaped, so that the id of the group cannot have passed to another.
    Held(Child),
    Reaped(Exit),
}

impl Group {
    /// The group that this process leads.
    pub(super) fn of(child: Child) -> Self {
        Self { id: Pid::from_raw(child.id().cast_signed()), leader: Mutex::new(Leader::Held(child)) }
    }

    /// The id of the group, and of its leader.
    pub(super) fn id(&self) -> Pid {
        self.id
    }

    /// Kills whoever is left of the group.
    pub(super) fn kill(&self) {
        if let Leader::Held(_) = *self.lock() {
            self.kill_held();
        }
    }

    /// Kills the group and reaps its leader. Tells how that ended: by itself, if it had already.
    pub(super) fn end(&self) -> Exit {
        let mut leader = self.lock();
        let exit = match &mut *leader {
            Leader::Reaped(exit) => return exit.clone(),
            Leader::Held(child) => {
                self.kill_held();
                match child.wait() {
                    Ok(status) => status.into(),
                    Err(error) => Exit::Unknown(error.to_string()),
                }
            }
        };
        *leader = Leader::Reaped(exit.clone());
        exit
    }

    /// Whether the leader still runs, as far as the operating system knows.
    pub(super) fn is_alive(&self) -> bool {
        let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT | WaitPidFlag::WNOHANG;
        matches!(*self.lock(), Leader::Held(_))
            && waitid(Id::Pid(self.id), flags) == Ok(WaitStatus::StillAlive)
    }

    /// Waits until the leader has ended, and leaves it unreaped.
    pub(super) fn await_end(&self) {
        while waitid(Id::Pid(self.id), WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT) == Err(Errno::EINTR) {}
    }

    fn kill_held(&self) {
        match killpg(self.id, Signal::SIGKILL) {
            // No member is alive (some systems say EPERM of a group of zombies): nothing is to be done.
            Ok(()) | Err(Errno::ESRCH | Errno::EPERM) => {}
            // Not ours to mend; whoever wonders why the run does not end is told.
            Err(error) => eprintln!("note: process group {} cannot be killed: {error}", self.id),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Leader> {
        // Nothing can panic half way, so a poisoned lock still holds sound data.
        self.leader.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
