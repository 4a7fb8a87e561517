//! What the processes of a client use up while they do a job.
//!
//! Memory is what is resident (RSS), as growth over what the processes held right before the job: runtimes differ by
//! hundreds of megabytes before they have done anything. Each process of the group, and each descendant that left the
//! group, counts with its own peak since then, as the kernel keeps it; pages that several processes share count for
//! each. A process that is neither there at a look nor waited for by one of the tree is not seen; looks are
//! [`EVERY`] apart, so of a process that has ended its last moments are missing.
//!
//! Processor time is user and system time of all of them, those included that were started and waited for meanwhile.
//! The kernel tells it in ticks, mostly of 10 ms.

#[cfg(target_os = "linux")]
pub(super) use on_linux::Meter;

/// Whether this system tells what processes use up.
pub const CAN_MEASURE: bool = cfg!(target_os = "linux");

#[cfg(target_os = "linux")]
mod on_linux {
    use std::{
        collections::{BTreeMap, BTreeSet},
        fs, io,
        sync::{
            Arc,
            mpsc::{RecvTimeoutError, Sender, channel},
        },
        thread::{self, JoinHandle},
        time::Duration,
    };

    use nix::unistd::{SysconfVar, sysconf};

    use super::super::group::Group;
    use crate::observation::Usage;

    /// How long it is between two looks.
    const EVERY: Duration = Duration::from_millis(10);

    /// Measures from its start until it is read.
    pub(in super::super) struct Meter {
        end: Sender<()>,
        thread: JoinHandle<Tree>,
    }

    impl Meter {
        /// Begins. When the processes hold so much more than they do now, `on_excess` is told how much, and they are
        /// killed.
        ///
        /// # Errors
        /// Where `/proc` does not tell.
        pub(in super::super) fn start(
            group: Arc<Group>,
            ceiling: u64,
            on_excess: impl FnOnce(u64) + Send + 'static,
        ) -> io::Result<Self> {
            let mut tree = Tree::new(group.id().as_raw())?;
            let (end, ended) = channel();
            let thread = thread::Builder::new().name("meter".to_owned()).spawn(move || {
                let mut on_excess = Some(on_excess);
                while ended.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
                    tree.look();
                    if tree.growth() > ceiling
                        && let Some(tell) = on_excess.take()
                    {
                        tell(tree.growth());
                        group.kill();
                    }
                }
                tree.look();
                tree
            })?;
            Ok(Self { end, thread })
        }

        /// Takes a last look and tells what was used up.
        pub(in super::super) fn read(self) -> Usage {
            drop(self.end);
            match self.thread.join() {
                Ok(tree) => Usage { peak_memory: Some(tree.growth()), cpu: Some(tree.processor_time()) },
                // Said to be unmeasured, which the judge calls broken.
                Err(_) => Usage::default(),
            }
        }
    }

    /// The processes of a client.
    struct Tree {
        leader: i32,
        members: BTreeMap<i32, Member>,
        memory_before: u64,
        memory_most: u64,
        ticks_before: u64,
        ticks_most: u64,
        tick: Duration,
    }

    /// One process.
    #[derive(Clone, Copy, Default)]
    struct Member {
        /// The peak the kernel kept of it from before the job, if it could not be reset.
        old_peak: u64,
        /// The most seen of it.
        most: u64,
    }

    impl Tree {
        fn new(leader: i32) -> io::Result<Self> {
            let a_second =
                sysconf(SysconfVar::CLK_TCK)?.and_then(|ticks| u32::try_from(ticks).ok()).unwrap_or(100);
            let mut tree = Self {
                leader,
                members: BTreeMap::new(),
                memory_before: 0,
                memory_most: 0,
                ticks_before: 0,
                ticks_most: 0,
                tick: Duration::from_secs(1) / a_second.max(1),
            };
            let now = tree.alive();
            if !now.contains_key(&leader) {
                return Err(io::Error::new(io::ErrorKind::NotFound, "/proc does not show the process"));
            }
            tree.ticks_before = now.values().sum();
            for pid in now.keys() {
                // 5 resets the peak (proc(5)); where that is not allowed, a higher one than before still tells.
                let reset = fs::write(format!("/proc/{pid}/clear_refs"), "5");
                let Some(memory) = Memory::of(*pid) else { continue };
                let old_peak = if reset.is_ok() { 0 } else { memory.peak };
                tree.members.insert(*pid, Member { old_peak, most: memory.resident });
                tree.memory_before += memory.resident;
            }
            (tree.memory_most, tree.ticks_most) = (tree.memory_before, tree.ticks_before);
            Ok(tree)
        }

        /// Looks once.
        fn look(&mut self) {
            let now = self.alive();
            let mut total = 0;
            for pid in now.keys() {
                let Some(memory) = Memory::of(*pid) else { continue };
                let member = self.members.entry(*pid).or_default();
                let peak = if memory.peak > member.old_peak { memory.peak } else { memory.resident };
                member.most = member.most.max(peak);
                total += member.most;
            }
            self.members.retain(|pid, _| now.contains_key(pid));
            self.memory_most = self.memory_most.max(total);
            self.ticks_most = self.ticks_most.max(now.values().sum());
        }

        fn growth(&self) -> u64 {
            self.memory_most.saturating_sub(self.memory_before)
        }

        fn processor_time(&self) -> Duration {
            let ticks = self.ticks_most.saturating_sub(self.ticks_before);
            self.tick * u32::try_from(ticks).unwrap_or(u32::MAX)
        }

        /// The processes there are, each with the ticks it has used up.
        fn alive(&self) -> BTreeMap<i32, u64> {
            let all: Vec<Process> = fs::read_dir("/proc")
                .into_iter()
                .flatten()
                .flatten()
                .filter_map(|entry| Process::of(entry.file_name().to_str()?.parse().ok()?))
                .collect();
            let mut ours: BTreeSet<i32> = [self.leader].into();
            loop {
                let known = ours.len();
                let belongs =
                    |process: &&Process| process.group == self.leader || ours.contains(&process.parent);
                let found: Vec<i32> = all.iter().filter(belongs).map(|process| process.pid).collect();
                ours.extend(found);
                if ours.len() == known {
                    break;
                }
            }
            all.iter().filter(|one| ours.contains(&one.pid)).map(|one| (one.pid, one.ticks)).collect()
        }
    }

    /// A line of `/proc/PID/stat`.
    #[derive(Debug, PartialEq)]
    struct Process {
        pid: i32,
        parent: i32,
        group: i32,
        /// Its own and those of children it has waited for.
        ticks: u64,
    }

    impl Process {
        fn of(pid: i32) -> Option<Self> {
            Self::parse(pid, &fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
        }

        /// The name, in parentheses, may hold anything; after it come state, parent, group; utime, stime, cutime and
        /// cstime are fields 14 to 17 of the whole line (proc(5)).
        fn parse(pid: i32, line: &str) -> Option<Self> {
            let fields: Vec<&str> = line.rsplit_once(')')?.1.split_ascii_whitespace().collect();
            let ticks = fields.get(11..15)?.iter().map(|field| field.parse::<u64>().ok());
            Some(Self {
                pid,
                parent: fields.get(1)?.parse().ok()?,
                group: fields.get(2)?.parse().ok()?,
                ticks: ticks.sum::<Option<u64>>()?,
            })
        }
    }

    /// What `/proc/PID/status` says of memory, in bytes.
    #[derive(Debug, PartialEq)]
    struct Memory {
        peak: u64,
        resident: u64,
    }

    impl Memory {
        /// `None` for one that has ended.
        fn of(pid: i32) -> Option<Self> {
            Self::parse(&fs::read_to_string(format!("/proc/{pid}/status")).ok()?)
        }

        fn parse(status: &str) -> Option<Self> {
            let field = |name: &str| {
                let value = status.lines().find_map(|line| line.strip_prefix(name))?;
                let kib: u64 = value.trim().strip_suffix("kB")?.trim().parse().ok()?;
                Some(kib * 1024)
            };
            Some(Self { peak: field("VmHWM:")?, resident: field("VmRSS:")? })
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn names_of_processes_may_hold_anything() {
            let line = "7 (a) b (c)) S 3 5 5 0 -1 4194304 1 2 3 4 10 20 30 40 20 0 1 0 9 10 11";
            let process = Process { pid: 7, parent: 3, group: 5, ticks: 100 };
            assert_eq!(Process::parse(7, line), Some(process));
            assert_eq!(Process::parse(7, "7 (a) S 3"), None);
        }

        #[test]
        fn memory_is_told_in_kib() {
            let status = "Name:\tx\nVmHWM:\t    2048 kB\nVmRSS:\t  1024 kB\n";
            assert_eq!(Memory::parse(status), Some(Memory { peak: 2 << 20, resident: 1 << 20 }));
            assert_eq!(Memory::parse("Name:\tzombie\n"), None);
        }
    }
}

/// Elsewhere there is no such thing.
#[cfg(not(target_os = "linux"))]
pub(super) struct Meter(std::convert::Infallible);

#[cfg(not(target_os = "linux"))]
impl Meter {
    pub(super) fn start(
        _: std::sync::Arc<super::group::Group>,
        _: u64,
        _: impl FnOnce(u64) + Send + 'static,
    ) -> std::io::Result<Self> {
        Err(std::io::ErrorKind::Unsupported.into())
    }

    pub(super) fn read(self) -> crate::observation::Usage {
        match self.0 {}
    }
}
