//! Every case as a test of its own, against the reference client, or the one that `WIREPROOF_CLIENT` names.
//!
//! The verdict decides whether a test passes; the snapshot of the transcript is looked at afterwards, and for
//! the reference client only. So accepting a snapshot cannot turn a failing client green.

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use libtest_mimic::{Arguments, Failed, Trial};
use wireproof::{
    plan::{Plan, Readiness},
    profile::chance,
    report::CaseReport,
    testing::{self, Bench, Trials},
    transcript::Transcript,
    verdict::Behaviour,
};

fn main() -> ExitCode {
    if let Some(served) = testing::serve_if_asked() {
        return served;
    }
    let arguments = Arguments::from_args();
    let client = env::var("WIREPROOF_CLIENT").unwrap_or_else(|_| "reference".to_owned());
    let bench = match Bench::open_for(&client, &arguments) {
        Ok(bench) => bench,
        Err(error) => {
            anstream::eprint!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let expected: BTreeSet<PathBuf> = expected(&bench);
    let trials = Trials::of(bench, true);
    if client != "reference" {
        return trials.run(&arguments, Vec::new());
    }
    let left_over = Trial::test("no-snapshot-is-left-over", move || left_over(&expected));
    trials.looked_at(snapshot).run(&arguments, vec![left_over])
}

fn expected(bench: &Bench) -> BTreeSet<PathBuf> {
    let ready = |plan: &&Plan| plan.readiness == Readiness::Ready;
    bench.plans.iter().filter(ready).map(snapshot_file).collect()
}

/// A snapshot whose case is gone would never be looked at again.
fn left_over(expected: &BTreeSet<PathBuf>) -> Result<(), Failed> {
    let mut found = Vec::new();
    gather(&reports(), &mut found);
    let left_over: Vec<_> = found.iter().filter(|file| !expected.contains(*file)).collect();
    if left_over.is_empty() { Ok(()) } else { Err(format!("no case has these: {left_over:#?}").into()) }
}

fn snapshot(plan: &Plan, case: &CaseReport, story: &Transcript) {
    let file = snapshot_file(plan);
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(file.parent().unwrap_or(Path::new(".")));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_description(&plan.about);
    let by_chance = chance::decides(&plan.id);
    let story = by_chance.map_or_else(|| story.to_string(), |why| format!("(not told: {why})\n"));
    let behaviour = chance::settled(&plan.id, Behaviour::of(&case.verdict));
    let text = format!("{behaviour}\n{story}");
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
