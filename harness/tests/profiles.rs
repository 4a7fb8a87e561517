//! The behaviour profile of every bundled client: a line a case, so that an upgrade shows as a diff.
//!
//! A client within this process has the version that this repository builds; one of another process has the version that
//! is installed, and a profile of another one says nothing about it. Such a profile is not run, visibly.
//! `INSTA_UPDATE=always` writes it anew.

use std::{
    env,
    path::{Path, PathBuf},
    process::ExitCode,
};

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use wireproof::{
    adapter::Driver,
    profile::{Profile, Subject},
    run::{Lanes, run_all},
    testing::{Bench, bundled_clients},
    verdict::{Behaviour, Word},
};

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // Each of them runs many cases side by side as it is.
    arguments.test_threads.get_or_insert(1);
    let trial = |client: String| Trial::ignorable_test(format!("profile-of-{client}"), move || hold(&client));
    libtest_mimic::run(&arguments, bundled_clients().into_iter().map(trial).collect()).exit_code()
}

/// Holds a client against its profile.
fn hold(client: &str) -> Result<Completion, Failed> {
    let Some(bench) = Bench::open_if_installed(client)? else {
        return Ok(Completion::ignored_with("not run: it is not installed on this machine"));
    };
    let here = Subject::here(bench.stand.driver().hello());
    let recorded = recorded(client)?;
    let is_installed = !matches!(bench.stand.driver(), Driver::InProcess(_));
    let renewed = env::var("INSTA_UPDATE").is_ok_and(|how| how == "always");
    let is_of_another = |recorded: &&Profile| is_installed && !renewed && recorded.of != here;
    if let Some(recorded) = recorded.as_ref().filter(is_of_another) {
        let why = format!("not run: the profile is of {}, this machine has {here}", recorded.of);
        return Ok(Completion::ignored_with(why));
    }
    let profile = profile(bench, here, recorded.as_ref())?;
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(folder());
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(client, profile.to_string()));
    Ok(Completion::Completed)
}

/// Runs all cases. One that is not as recorded is run again, alone: on a busy machine it says nothing yet.
fn profile(bench: Bench, of: Subject, recorded: Option<&Profile>) -> Result<Profile, Failed> {
    let lanes = Lanes::choose(None, bench.stand.driver());
    let mut profile = Profile::new(of, []);
    let mut doubtful = Vec::new();
    run_all(&bench.stand, &bench.plans, lanes, |index, run| {
        let plan = &bench.plans[index];
        profile.enter(plan.id.clone(), Behaviour::of(&run.undisturbed().verdict));
        if recorded.is_some_and(|recorded| recorded.cases.get(&plan.id) != profile.cases.get(&plan.id)) {
            doubtful.push(plan);
        }
    });
    for plan in doubtful {
        profile.enter(plan.id.clone(), Behaviour::of(&bench.stand.run(plan).verdict));
    }
    let broken: Vec<&String> =
        profile.cases.iter().filter(|(_, one)| one.word == Word::Broken).map(|(id, _)| id).collect();
    if profile.cases.is_empty() || !broken.is_empty() {
        return Err(format!("{} cases, broken: {broken:#?}", profile.cases.len()).into());
    }
    let amiss = bench.stand.close();
    if amiss.is_empty() { Ok(profile) } else { Err(amiss.join("\n").into()) }
}

/// The profile in the repository; `None` where there is none yet, which the snapshot then says.
fn recorded(client: &str) -> Result<Option<Profile>, Failed> {
    let file = folder().join(format!("{client}.snap"));
    if !file.exists() {
        return Ok(None);
    }
    let text = std::fs::read_to_string(&file)?;
    Ok(Some(Profile::parse(&text).map_err(|why| format!("{}: {why}", file.display()))?))
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../reports/clients")
}
