//! Adapters of a few lines, each in a folder of its own.

use std::{fs, path::Path, process::Command, sync::OnceLock, time::Duration};

use tempfile::TempDir;
use wireproof::adapter::{Folder, Process, Reply, StartError};
use wireproof_client::{
    contract::{Answer, Surroundings},
    job::{Body, Call, Job},
    outcome::Outcome,
};

/// Long enough for anything that is to succeed, however busy the machine.
pub(crate) const AMPLE: Duration = Duration::from_secs(20);

/// Short, for what is to hang.
pub(crate) const SHORT: Duration = Duration::from_millis(300);

/// What all Python fixtures begin with.
const PRELUDE: &str = r#"
import json, os, signal, subprocess, sys
def say(**message):
    sys.stdout.write("\n" + json.dumps(message) + "\n")
    sys.stdout.flush()
def hello(**more):
    say(type="hello", **dict(dict(protocol=1, client="fixture", version="1", language="Python"), **more))
def jobs():
    return map(json.loads, iter(sys.stdin.readline, ""))
def answer(job, **result):
    say(type="outcome", id=job["id"], calls=[dict(status=200, **result) for _ in job["calls"]])
"#;

/// Whether there is a Python; where not, says visibly that the test has not been run.
pub(crate) fn python(test: &str) -> bool {
    static FOUND: OnceLock<bool> = OnceLock::new();
    let runs =
        || Command::new("python3").arg("--version").output().is_ok_and(|output| output.status.success());
    let found = *FOUND.get_or_init(runs);
    if !found {
        eprintln!("not run: {test}: there is no python3");
    }
    found
}

/// An adapter made for one test.
pub(crate) struct Fixture {
    folder: TempDir,
}

impl Fixture {
    /// One in Python, after the prelude. `None` where there is no Python.
    pub(crate) fn python(test: &str, body: &str) -> Option<Self> {
        if !python(test) {
            return None;
        }
        let fixture = Self::new("command: [python3, -u, adapter.py]\nenvironment: { FIXED: yes-it-is }\n");
        fs::write(fixture.path().join("adapter.py"), format!("{PRELUDE}{body}")).unwrap();
        Some(fixture)
    }

    /// One in the shell.
    pub(crate) fn shell(body: &str) -> Self {
        let fixture = Self::new("command: [sh, adapter.sh]\n");
        fs::write(fixture.path().join("adapter.sh"), body).unwrap();
        fixture
    }

    /// One with this `client.yaml`, its name apart.
    pub(crate) fn new(description: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("client.yaml"), format!("name: fixture\n{description}")).unwrap();
        Self { folder }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn open(&self) -> Folder {
        Folder::open(self.path()).unwrap()
    }

    pub(crate) fn start(&self) -> Result<Process, StartError> {
        Process::start(&self.open(), &Surroundings::default())
    }

    /// Starts it and has one job done.
    pub(crate) fn ask(&self, deadline: Duration) -> Reply {
        self.start().unwrap().ask(&job("1"), deadline)
    }
}

/// A job of one plain call.
pub(crate) fn job(id: &str) -> Job {
    let call = Call { url: "http://127.0.0.1:1/".into(), method: "GET".to_owned(), ..Call::default() };
    Job { id: id.to_owned(), calls: vec![call], deadline: 1000, ..Job::default() }
}

/// A job whose line is so long that no pipe takes it at once.
pub(crate) fn big_job(id: &str) -> Job {
    let mut job = job(id);
    job.calls[0].body = Some(Body::Bytes("x".repeat(900 << 10).into()));
    job
}

/// The outcome in a reply that should hold one.
pub(crate) fn outcome(reply: Reply) -> Outcome {
    match reply {
        Reply::Answered { answer: Answer::Outcome(outcome), .. } => outcome,
        other => panic!("no outcome: {other:?}"),
    }
}
