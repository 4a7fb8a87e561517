//! Running plans: stage the servers, ask the client, gather what both witnesses say, have it judged.

mod home;
mod lanes;
mod second;
mod warm_up;

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    io,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant, SystemTime},
};

use wireproof_client::{
    capabilities::Hello,
    contract::{Answer, Partial, Surroundings},
    job::Job,
    outcome::{Outcome, PHASES, is_class},
};
use wireproof_server::{Staged, Stopper, Suite, seen::Seen, text::FillError};

pub(crate) use lanes::side_by_side;
pub use lanes::{Lanes, run_all};

use self::{home::Home, second::Doubt, warm_up::WarmUp};
use crate::{
    adapter::{Driver, Exit, Measure, Noise, Reply, Terms},
    judge::judge,
    observation::{Observation, Told, Usage},
    plan::{Plan, Readiness},
    transcript::{Detail, Tokens, Transcript},
    verdict::{Verdict, Word},
};

/// How long connections may stay open after the client has answered. It answers once its session is closed, so
/// all that is left is on its way.
pub(crate) const PATIENCE: Duration = Duration::from_secs(1);

/// Threads that serve. One is enough for thousands of plain cases a second; a second one keeps servers that flood
/// their client from holding up the others.
pub(crate) const SERVER_THREADS: usize = 2;

/// The last lines of what a client wrote before it crashed that are part of the verdict.
const LAST_LINES: usize = 10;

/// After so many hangs in a row that came again, the next is believed at once.
const BELIEVED_AFTER: usize = 3;

/// So many cases that were run again through no fault of theirs are named at the end.
const NAMED: usize = 5;

/// Servers on one side, a client on the other.
pub struct Stand {
    suite: Arc<Suite>,
    driver: Driver,
    warm_up: Mutex<Option<WarmUp>>,
    /// Cases that were run again as their process was lost, and how.
    lost: Mutex<Vec<String>>,
    /// Words of the adapter that the contract does not know, and what they are taken for.
    strange: Mutex<BTreeSet<String>>,
    /// How many hangs in a row have come again when they were looked at alone.
    hangs_repeated: AtomicUsize,
}

/// What came of one run of one plan.
#[derive(Debug)]
pub struct Run {
    /// What was observed, if anything ran.
    pub observation: Option<Observation>,
    /// The judgement.
    pub verdict: Verdict,
    /// From staging to judging.
    pub took: Duration,
    /// Whether it was run twice, as its process was lost, the second time in a process that did nothing else.
    pub repeated: bool,
    /// Where it failed among others and passed alone: the run alone.
    pub alone: Option<Box<Run>>,
}

impl Run {
    /// A run in which nothing was observed.
    pub fn without(verdict: Verdict, took: Duration) -> Self {
        Self { observation: None, verdict, took, repeated: false, alone: None }
    }

    /// What was observed, judged by today's plan. No I/O.
    pub fn judged(plan: &Plan, observation: Observation, took: Duration) -> Self {
        let verdict = judge(&plan.expectations, &observation);
        Self { observation: Some(observation), verdict, took, repeated: false, alone: None }
    }

    /// The run that shows what the client does when it is not disturbed.
    pub fn undisturbed(&self) -> &Self {
        self.alone.as_deref().unwrap_or(self)
    }

    /// Both witnesses' story.
    pub fn transcript(&self, hello: &Hello, plan: &Plan, detail: Detail) -> Option<Transcript> {
        let observation = self.observation.as_ref()?;
        let tokens = Tokens::new(&observation.addresses, hello, observation.at);
        Some(Transcript::tell(observation, &tokens, plan.expectations.concurrent, detail))
    }
}

impl Stand {
    /// Puts a client opposite servers of its own.
    pub fn new(driver: Driver) -> io::Result<Self> {
        Ok(Self::beside(Arc::new(Suite::start(SERVER_THREADS)?), driver))
    }

    /// Puts a client opposite servers that others use as well.
    pub fn beside(suite: Arc<Suite>, driver: Driver) -> Self {
        Self {
            suite,
            driver,
            warm_up: Mutex::default(),
            lost: Mutex::default(),
            strange: Mutex::default(),
            hangs_repeated: 0.into(),
        }
    }

    /// The client.
    pub fn driver(&self) -> &Driver {
        &self.driver
    }

    /// Ends the client in order; what was amiss with its end, and with processes before.
    pub fn close(self) -> Vec<String> {
        let lost = self.lost.into_inner().unwrap_or_else(PoisonError::into_inner);
        let more = lost.len().saturating_sub(NAMED);
        let mut notes: Vec<String> = lost.into_iter().take(NAMED).collect();
        if more > 0 {
            notes.push(format!("so were {more} more"));
        }
        notes.extend(self.strange.into_inner().unwrap_or_else(PoisonError::into_inner));
        notes.extend(self.driver.close());
        notes
    }

    /// Runs one plan. If its process is lost, and that may be the doing of another case, it is run again, alone: who
    /// repeats it is guilty, and every other case has its true verdict.
    ///
    /// To hang a second time costs a second deadline. Once a few have done so in a row, a client is believed to hang
    /// where nothing else was in flight.
    pub fn run(&self, plan: &Plan) -> Run {
        let (first, doubt) = self.run_once(plan, false);
        let Some(doubt) = doubt else { return first };
        let hung = doubt == Doubt::Itself && first.verdict.word == Word::Hang;
        if hung && self.hangs_repeated.load(Ordering::Relaxed) >= BELIEVED_AFTER {
            return first;
        }
        let mut second = self.run_alone(plan);
        second.took += first.took;
        if hung {
            let in_a_row = if second.verdict.word == Word::Hang {
                self.hangs_repeated.load(Ordering::Relaxed) + 1
            } else {
                0
            };
            self.hangs_repeated.store(in_a_row, Ordering::Relaxed);
        }
        if doubt == Doubt::Others {
            let how = first.verdict.reason.as_deref().unwrap_or_default().lines().next().unwrap_or_default();
            let note = format!("{} was run again alone, its process being lost: {how}", plan.id);
            guarded(&self.lost).push(note);
        }
        Run { repeated: true, ..doubt.settle(first, second) }
    }

    /// Runs one plan, once. A client of other processes does it in one that does nothing else.
    pub fn run_alone(&self, plan: &Plan) -> Run {
        self.run_once(plan, true).0
    }

    fn run_once(&self, plan: &Plan, alone: bool) -> (Run, Option<Doubt>) {
        let start = Instant::now();
        let without = |word, why: &str| (Run::without(Verdict::bare(word, why), Duration::ZERO), None);
        match &plan.readiness {
            Readiness::Ready => {}
            Readiness::Unsupported(why) => return without(Word::Unsupported, why),
            Readiness::NotYet(why) => return without(Word::NotRun, why),
        }
        if plan.wants_a_measured_process() && !self.driver.can_be_measured() {
            return without(Word::NotRun, "this client cannot be had in a process of its own");
        }
        match self.observe(plan, alone) {
            Ok((observation, doubt)) => {
                let run = Run::judged(plan, observation, Duration::ZERO);
                (Run { took: start.elapsed(), ..run }, doubt)
            }
            Err(error) => {
                (Run::without(Verdict::bare(Word::Broken, error.to_string()), start.elapsed()), None)
            }
        }
    }

    fn observe(&self, plan: &Plan, alone: bool) -> Result<(Observation, Option<Doubt>), StagingError> {
        let warm_up = self.warm_up(plan)?;
        self.witness(plan, PATIENCE, |job, surroundings, stopper| {
            let terms = Terms {
                surroundings,
                deadline: plan.deadline,
                alone,
                measure: plan.ceiling.map(|ceiling| Measure { ceiling }),
                address_space: plan.address_space,
                warm_up,
            };
            self.driver.ask(&job, &terms, move || stopper.stop())
        })
    }

    /// Stages the servers of a plan and has them witness whatever `ask` does with its job. `patience` is how long
    /// connections may stay open once the client has answered.
    pub(crate) fn observe_by(
        &self,
        plan: &Plan,
        patience: Duration,
        ask: impl FnOnce(Job, Surroundings, Stopper) -> Reply,
    ) -> Result<Observation, StagingError> {
        self.witness(plan, patience, ask).map(|(observation, _)| observation)
    }

    fn witness(
        &self,
        plan: &Plan,
        patience: Duration,
        ask: impl FnOnce(Job, Surroundings, Stopper) -> Reply,
    ) -> Result<(Observation, Option<Doubt>), StagingError> {
        let at = SystemTime::now();
        let staged = self.suite.stage(plan.script.clone()).map_err(StagingError::Stage)?;
        let started = staged.started();
        let addresses = staged.addresses().to_vec();
        let job = plan.job.resolve(&addresses, staged.gates())?;
        let home = Home::furnish(plan, &addresses)?;
        let surroundings = Surroundings {
            environment: plan.surroundings.environment(&addresses)?,
            home: home.as_ref().map(|home| home.path().to_owned()),
        };
        let stopper = staged.stopper();
        let handed = started.elapsed();
        let reply = ask(job, surroundings, stopper);
        let answered = started.elapsed();
        // Between the two a process may have been waited for, started and warmed up.
        let asked = match &reply {
            Reply::Answered { took, .. } => answered.saturating_sub(*took),
            _ => handed,
        };
        let seen = Self::gather(staged, &reply, patience);
        let doubt = Doubt::of(&reply);
        let Testimony { told, partials, aside, usage } = Testimony::of(reply);
        if let Told::Outcome(outcome) = &told {
            guarded(&self.strange).extend(strange_words(outcome));
        }
        Ok((Observation { at, addresses, seen, told, partials, asked, answered, aside, usage }, doubt))
    }

    /// The warm-up for fresh processes. Its server is opened once one may be needed.
    fn warm_up(&self, plan: &Plan) -> Result<Option<Arc<Job>>, StagingError> {
        if matches!(self.driver, Driver::InProcess(_)) && !plan.wants_a_measured_process() {
            return Ok(None);
        }
        let mut warm_up = guarded(&self.warm_up);
        let open = match warm_up.take() {
            Some(open) => open,
            None => WarmUp::open(&self.suite).map_err(StagingError::Stage)?,
        };
        Ok(Some(warm_up.insert(open).job()))
    }

    /// Waits for the client's connections to end, which they do once its session is closed. One that hung is
    /// not waited for.
    fn gather(staged: Staged, reply: &Reply, patience: Duration) -> Seen {
        match reply {
            Reply::Answered { .. } | Reply::Crash { .. } => staged.finish(patience),
            Reply::Hang { .. } | Reply::Lost(_) | Reply::Broken(_) => staged.finish(Duration::ZERO),
        }
    }
}

fn guarded<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // No step that holds one of these locks can fail half way, so a poisoned one still guards sound data.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the client's side says of a run.
struct Testimony {
    told: Told,
    partials: Vec<Partial>,
    aside: String,
    usage: Option<Usage>,
}

impl Testimony {
    fn of(reply: Reply) -> Self {
        let (told, partials, aside, usage) = match reply {
            Reply::Answered { answer, noise, stderr, usage, .. } => {
                let told = match answer {
                    Answer::Outcome(outcome) => Told::Outcome(outcome),
                    Answer::Unsupported(unsupported) => Told::Unsupported(unsupported),
                    Answer::AdapterError(error) => Told::Broken(error.text),
                };
                (told, Vec::new(), aside(&noise, stderr), usage)
            }
            Reply::Hang { partials, noise, stderr, usage, .. } => {
                (Told::Hang, partials, aside(&noise, stderr), usage)
            }
            Reply::Crash { exit, partials, noise, stderr, usage, .. } => {
                let told = match &exit {
                    Exit::Stopped(_) => Told::Stopped(exit.to_string()),
                    _ => Told::Crash(crash(&exit, &stderr)),
                };
                (told, partials, aside(&noise, stderr), usage)
            }
            Reply::Lost(how) | Reply::Broken(how) => (Told::Broken(how), Vec::new(), String::new(), None),
        };
        Self { told, partials, aside, usage }
    }
}

/// What an outcome says in words that the contract does not know: a slip of the adapter, or a contract of a later day.
fn strange_words(outcome: &Outcome) -> impl Iterator<Item = String> {
    let errors = outcome.calls.iter().filter_map(|result| result.error.as_ref());
    errors.flat_map(|error| {
        let classes = error.class.iter().filter(|class| !is_class(class) && !is_private(class));
        let phases =
            error.phase.iter().filter(|phase| !PHASES.contains(&phase.as_str()) && !is_private(phase));
        let classes =
            classes.map(|class| format!("the adapter names an error class `{class}`, taken for `other`"));
        let phases = phases.map(|phase| format!("the adapter names a phase `{phase}`, taken for none"));
        classes.chain(phases)
    })
}

fn is_private(name: &str) -> bool {
    name.starts_with("x-")
}

/// How a process ended, and the end of what it wrote to standard error.
fn crash(exit: &Exit, stderr: &str) -> String {
    let mut told = exit.to_string();
    let lines: Vec<&str> = stderr.trim_end().lines().collect();
    let last = &lines[lines.len().saturating_sub(LAST_LINES)..];
    if !last.is_empty() {
        told.push_str("\nits standard error ends:");
    }
    for line in last {
        let _ = write!(told, "\n{line}");
    }
    told
}

fn aside(noise: &Noise, stderr: String) -> String {
    if noise.is_empty() { stderr } else { format!("{}{stderr}", noise.tail) }
}

/// Why a case could not be staged: our fault.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StagingError {
    #[error("failed to stage the servers: {0}")]
    Stage(#[source] io::Error),
    #[error("failed to furnish a home folder: {0}")]
    Home(#[source] io::Error),
    #[error("failed to fill in a template: {0}")]
    Fill(#[from] FillError),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crash_tells_the_end_of_standard_error() {
        assert_eq!(crash(&Exit::Status(3), " \n"), "exit status 3");
        let lines: Vec<String> = (1..=12).map(|n| format!("line {n}")).collect();
        let stderr = lines.join("\n");
        let told = crash(&Exit::Signal(11), &stderr);
        assert!(told.starts_with("signal 11 (SIGSEGV)\nits standard error ends:\nline 3\n"), "{told}");
        assert!(told.ends_with("\nline 12"), "{told}");
    }
}
