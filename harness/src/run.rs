//! Running plans: stage the servers, ask the client, gather what both witnesses say, have it judged.

mod lanes;

use std::{
    fs, io,
    path::Path,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use wireproof_client::contract::{Answer, Surroundings};
use wireproof_server::{Staged, Suite, seen::Seen, text::FillError};

pub(crate) use lanes::side_by_side;
pub use lanes::{Lanes, run_all};

use crate::{
    adapter::{Driver, Noise, Reply},
    judge::judge,
    observation::{Observation, Told},
    plan::{Plan, Readiness},
    transcript::{Detail, Tokens, Transcript},
    verdict::{Verdict, Word},
};

/// How long connections may stay open after the client has answered. It answers once its session is closed, so
/// all that is left is on its way.
const PATIENCE: Duration = Duration::from_secs(1);

/// Threads that serve. One is enough for thousands of plain cases a second; a second one keeps servers that flood
/// their client from holding up the others.
pub(crate) const SERVER_THREADS: usize = 2;

/// Servers on one side, a client on the other.
pub struct Stand {
    suite: Arc<Suite>,
    driver: Driver,
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
}

impl Run {
    fn without(verdict: Verdict, took: Duration) -> Self {
        Self { observation: None, verdict, took }
    }

    /// Both witnesses' story.
    pub fn transcript(&self, stand: &Stand, plan: &Plan, detail: Detail) -> Option<Transcript> {
        let observation = self.observation.as_ref()?;
        let tokens = Tokens::new(&observation.addresses, stand.driver.hello(), observation.at);
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
        Self { suite, driver }
    }

    /// The client.
    pub fn driver(&self) -> &Driver {
        &self.driver
    }

    /// Ends the client in order; what was amiss with its end.
    pub fn close(self) -> Vec<String> {
        self.driver.close()
    }

    /// Runs one plan, once.
    pub fn run(&self, plan: &Plan) -> Run {
        let start = Instant::now();
        match &plan.readiness {
            Readiness::Ready => {}
            Readiness::Unsupported(why) => {
                return Run::without(Verdict::bare(Word::Unsupported, why), Duration::ZERO);
            }
            Readiness::NotYet(why) => {
                return Run::without(Verdict::bare(Word::NotRun, why), Duration::ZERO);
            }
        }
        match self.observe(plan) {
            Ok(observation) => {
                let verdict = judge(&plan.expectations, &observation);
                Run { observation: Some(observation), verdict, took: start.elapsed() }
            }
            Err(error) => Run::without(Verdict::bare(Word::Broken, error.to_string()), start.elapsed()),
        }
    }

    fn observe(&self, plan: &Plan) -> Result<Observation, StagingError> {
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
        let asked = started.elapsed();
        let reply = self.driver.ask(&job, &surroundings, plan.deadline, move || stopper.stop());
        let answered = started.elapsed();
        let seen = Self::gather(staged, &reply);
        let (told, aside) = told(reply);
        Ok(Observation { at, addresses, seen, told, asked, answered, aside, usage: None })
    }

    /// Waits for the client's connections to end, which they do once its session is closed. One that hung is
    /// not waited for.
    fn gather(staged: Staged, reply: &Reply) -> Seen {
        match reply {
            Reply::Answered { .. } | Reply::Crash { .. } => staged.finish(PATIENCE),
            Reply::Hang { .. } | Reply::Broken(_) => staged.finish(Duration::ZERO),
        }
    }
}

fn told(reply: Reply) -> (Told, String) {
    match reply {
        Reply::Answered { answer, noise, stderr, .. } => {
            let told = match answer {
                Answer::Outcome(outcome) => Told::Outcome(outcome),
                Answer::Unsupported(unsupported) => Told::Unsupported(unsupported),
                Answer::AdapterError(error) => Told::Broken(error.text),
            };
            (told, aside(&noise, stderr))
        }
        Reply::Hang { noise, stderr, .. } => (Told::Hang, aside(&noise, stderr)),
        Reply::Crash { exit, noise, stderr, .. } => {
            let last = stderr.lines().last().map(|line| format!(": {line}")).unwrap_or_default();
            (Told::Crash(format!("{exit}{last}")), aside(&noise, stderr))
        }
        Reply::Broken(how) => (Told::Broken(how), String::new()),
    }
}

fn aside(noise: &Noise, stderr: String) -> String {
    if noise.is_empty() { stderr } else { format!("{}{stderr}", noise.tail) }
}

/// A home folder with the files of a case; gone when dropped.
struct Home(tempfile::TempDir);

impl Home {
    fn furnish(
        plan: &Plan,
        addresses: &[wireproof_server::seen::Address],
    ) -> Result<Option<Self>, StagingError> {
        let files = plan.surroundings.files(addresses)?;
        if files.is_empty() {
            return Ok(None);
        }
        let home = tempfile::tempdir().map_err(StagingError::Home)?;
        for (name, content) in files {
            let path = home.path().join(name);
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder).map_err(StagingError::Home)?;
            }
            fs::write(path, content).map_err(StagingError::Home)?;
        }
        Ok(Some(Self(home)))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

/// Why a case could not be staged: our fault.
#[derive(Debug, thiserror::Error)]
enum StagingError {
    #[error("failed to stage the servers: {0}")]
    Stage(#[source] io::Error),
    #[error("failed to furnish a home folder: {0}")]
    Home(#[source] io::Error),
    #[error("failed to fill in a template: {0}")]
    Fill(#[from] FillError),
}
