//! Every case as a test of its own, against the reference client, or the one that `WIREPROOF_CLIENT` names.
//!
//! The verdict decides whether a test passes; the snapshot of the transcript is looked at afterwards, and for
//! the reference client only. So accepting a snapshot cannot turn a failing client green.

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{Arc, RwLock},
};

use libtest_mimic::{Arguments, Failed, Trial};
use wireproof::{
    diff::chance,
    plan::{Plan, Readiness},
    report::{CaseReport, exit, failure},
    run::Run,
    testing,
    transcript::{Detail, Transcript},
    verdict::Word,
};

/// Most timed cases only wait, so more tests than cores run side by side unless `--test-threads` says otherwise.
const SIDE_BY_SIDE: usize = 32;

fn main() -> ExitCode {
    if let Some(served) = testing::serve_if_asked() {
        return served;
    }
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(SIDE_BY_SIDE);
    let client = env::var("WIREPROOF_CLIENT").unwrap_or_else(|_| "reference".to_owned());
    let bench = match testing::Bench::open(&client) {
        Ok(bench) => Arc::new(bench),
        Err(error) => {
            anstream::eprint!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let run = Arc::new(Conformance { snapshots: client == "reference", bench, alone: RwLock::new(()) });
    let mut trials: Vec<Trial> = (0..run.bench.plans.len()).map(|index| run.trial(index)).collect();
    if run.snapshots {
        let run = Arc::clone(&run);
        trials.push(Trial::test("no-snapshot-is-left-over", move || run.left_over()));
    }
    let is_to_run = |trial: &Trial| !arguments.is_filtered_out(trial) && !arguments.is_ignored(trial);
    if !arguments.list && !trials.iter().any(is_to_run) {
        // Nothing that ran is nothing proven. Tests of other binaries are run with `--lib` or `--test NAME`.
        eprintln!(
            "no case matches what was asked for, or all that do wait for servers of a later day: nothing ran"
        );
        return ExitCode::from(exit::DOES_NOT_CONFORM);
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

struct Conformance {
    bench: Arc<testing::Bench>,
    snapshots: bool,
    /// Held by every test while it runs; by one alone that looks again at a failure in which time plays a part.
    alone: RwLock<()>,
}

impl Conformance {
    fn trial(self: &Arc<Self>, index: usize) -> Trial {
        let plan = &self.bench.plans[index];
        let run = Arc::clone(self);
        let not_run = plan.readiness != Readiness::Ready;
        Trial::test(plan.id.clone(), move || run.run(index)).with_ignored_flag(not_run)
    }

    fn run(&self, index: usize) -> Result<(), Failed> {
        let plan = &self.bench.plans[index];
        if let Readiness::NotYet(why) | Readiness::Unsupported(why) = &plan.readiness {
            return Err(format!("not run: {why}").into());
        }
        let run = self.judged(plan)?;
        let hello = self.bench.stand.driver().hello();
        let story = run.transcript(hello, plan, Detail::Stable);
        let case = CaseReport::of(hello, plan, &run, &self.bench.known);
        if case.counts_against(true) || case.verdict.word == Word::Broken {
            return Err(anstream::adapter::strip_str(&failure(&case)).to_string().into());
        }
        if let Some(story) = story.filter(|_| self.snapshots) {
            snapshot(plan, &case, &story);
        }
        Ok(())
    }

    fn judged(&self, plan: &Plan) -> Result<Run, Failed> {
        let poisoned = || Failed::from("another test panicked");
        let among_others = {
            let _shared = self.alone.read().map_err(|_| poisoned())?;
            self.bench.stand.run(plan)
        };
        if plan.timed && among_others.verdict.word.is_failure() {
            let _alone = self.alone.write().map_err(|_| poisoned())?;
            return Ok(self.bench.stand.run(plan));
        }
        Ok(among_others)
    }

    /// A snapshot whose case is gone would never be looked at again.
    fn left_over(&self) -> Result<(), Failed> {
        let ready = |plan: &&Plan| plan.readiness == Readiness::Ready;
        let expected: BTreeSet<PathBuf> = self.bench.plans.iter().filter(ready).map(snapshot_file).collect();
        let mut found = Vec::new();
        gather(&reports(), &mut found);
        let left_over: Vec<_> = found.iter().filter(|file| !expected.contains(*file)).collect();
        if left_over.is_empty() { Ok(()) } else { Err(format!("no case has these: {left_over:#?}").into()) }
    }
}

fn snapshot(plan: &Plan, case: &CaseReport, story: &Transcript) {
    let file = snapshot_file(plan);
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(file.parent().unwrap_or(Path::new(".")));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_description(&plan.about);
    let label = case.verdict.label.as_ref().map(|label| format!(" ({label})")).unwrap_or_default();
    let by_chance = chance::decides(&plan.id);
    let story = by_chance.map_or_else(|| story.to_string(), |why| format!("(not told: {why})\n"));
    let text = format!("{}{label}\n{story}", case.verdict.word);
    let name = plan.id.rsplit('/').next().unwrap_or(&plan.id);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

fn snapshot_file(plan: &Plan) -> PathBuf {
    reports().join(format!("{}.snap", plan.id))
}

fn reports() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../reports/transcripts")
}

fn gather(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            gather(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "snap") {
            found.push(path);
        }
    }
}
