//! Many plans at once, in two lanes: plans in which time plays a part mostly wait, so many of them run side by
//! side; plain ones are work for a core each.

use std::{
    cmp::Reverse,
    num::NonZero,
    sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc::{SyncSender, sync_channel},
    },
    thread,
};

use super::{Run, Stand};
use crate::{
    adapter::Driver,
    plan::{Plan, Readiness},
    verdict::Word,
};

/// The most timed plans that run side by side.
const MOST_TIMED: usize = 64;

/// How many plans run side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lanes {
    /// So many plain ones, and so many in which time plays a part.
    Apart {
        /// Plain ones.
        plain: usize,
        /// Those in which time plays a part.
        timed: usize,
    },
    /// So many in all.
    Together(usize),
}

impl Lanes {
    /// As many as were asked for, or as many as suit the machine and the client.
    ///
    /// A client of other processes has one process for each plan that runs at a time, and those cost memory and
    /// a start each, so fewer of its plans run side by side.
    pub fn choose(asked: Option<NonZero<usize>>, driver: &Driver) -> Self {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        match (asked, driver) {
            (Some(jobs), _) => Self::Together(jobs.get()),
            (None, Driver::InProcess(_)) => Self::Apart { plain: cores, timed: MOST_TIMED },
            (None, Driver::Processes(_) | Driver::Exec(_)) => Self::Apart { plain: cores, timed: cores * 3 },
        }
    }
}

/// Runs all plans; `done` is told of each as it ends, with its index, on the calling thread.
///
/// A plan in which time plays a part and which failed is run again, alone, once all others are over: on a busy
/// machine its failure says nothing yet. If it then passes it is flaky.
pub fn run_all(stand: &Stand, plans: &[Plan], lanes: Lanes, mut done: impl FnMut(usize, Run)) {
    let is_timed = |index: &usize| plans[*index].timed && plans[*index].readiness == Readiness::Ready;
    let (mut timed, plain): (Vec<usize>, Vec<usize>) = (0..plans.len()).partition(is_timed);
    // The last of the timed ones would hold up the run, so the longest begin first.
    timed.sort_by_key(|&index| Reverse(plans[index].expected_time()));
    let queues = match lanes {
        Lanes::Apart { plain: threads, timed: waiting } => vec![(timed, waiting), (plain, threads)],
        Lanes::Together(threads) => vec![([timed, plain].concat(), threads)],
    };
    let mut again = Vec::new();
    side_by_side(
        queues,
        |&index| stand.run(&plans[index]),
        |index, run| {
            // Who hung twice, the second time in a process of its own, has been looked at.
            let has_hung = run.repeated && run.verdict.word == Word::Hang;
            if plans[index].timed && run.verdict.word.is_failure() && !has_hung {
                again.push((index, run));
            } else {
                done(index, run);
            }
        },
    );
    again.sort_by_key(|(index, _)| *index);
    for (index, first) in again {
        let second = stand.run_alone(&plans[index]);
        done(index, first.in_the_light_of(second));
    }
}

/// Works off some queues, each with its own number of threads; `done` is told on the calling thread.
pub(crate) fn side_by_side<T: Copy + Send + Sync, R: Send>(
    queues: Vec<(Vec<T>, usize)>,
    work: impl Fn(&T) -> R + Sync,
    mut done: impl FnMut(T, R),
) {
    let queue = |(waiting, threads)| (Queue { next: AtomicUsize::new(0), waiting }, threads);
    let queues: Vec<_> = queues.into_iter().map(queue).collect();
    thread::scope(|scope| {
        // Results are large: who tells them slower than they come must not have them wait in memory.
        let (sender, receiver) = sync_channel(queues.len());
        for (queue, threads) in &queues {
            for _ in 0..queue.waiting.len().min(*threads) {
                let (sender, work) = (sender.clone(), &work);
                scope.spawn(move || queue.work_off(work, &sender));
            }
        }
        drop(sender);
        for (item, result) in receiver {
            done(item, result);
        }
    });
}

/// What waits for a thread.
struct Queue<T> {
    next: AtomicUsize,
    waiting: Vec<T>,
}

impl<T: Copy> Queue<T> {
    fn work_off<R>(&self, work: &impl Fn(&T) -> R, sender: &SyncSender<(T, R)>) {
        while let Some(item) = self.waiting.get(self.next.fetch_add(1, Ordering::Relaxed)) {
            if sender.send((*item, work(item))).is_err() {
                return;
            }
        }
    }
}
