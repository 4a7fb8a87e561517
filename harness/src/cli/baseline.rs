//! `wireproof baseline`: the list of what a client is known to fail, written, added to, cleared up.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anstyle::AnsiColor;

use super::{BaselineArgs, BaselineCommand, Failure, clients::Chosen, run::default_places, suite};
use crate::{
    certify::certify,
    known::edit::{self, Edited, Judged},
    plan::{Plan, Scale},
    report::{self, exit},
    run::{Lanes, Stand, run_all},
    verdict::{Verdict, Word},
};

pub(super) fn baseline(command: &BaselineCommand) -> Result<u8, Failure> {
    let (BaselineCommand::Write(args) | BaselineCommand::Update(args) | BaselineCommand::Prune(args)) =
        command;
    let scenarios = suite::chosen(&args.choice, Scale::ONE)?;
    let client = Chosen::of(&args.client)?;
    let path = list(args, &client)?;
    let known = match command {
        BaselineCommand::Write(_) if path.exists() => {
            let path = path.display();
            return Err(Failure::usage(format!(
                "wireproof: {path} exists: `baseline update` adds to it, `baseline prune` clears it up\n"
            )));
        }
        BaselineCommand::Write(_) => String::new(),
        BaselineCommand::Update(_) | BaselineCommand::Prune(_) => {
            // A list that is not there is empty; one that cannot be read must not be taken for empty.
            if path.exists() { fs::read_to_string(&path)? } else { String::new() }
        }
    };
    let stand = Stand::new(client.start(default_places())?)?;
    refuse_uncertified(&stand)?;
    let hello = stand.driver().hello().clone();
    let plans: Vec<Plan> = scenarios.iter().map(|scenario| Plan::new(scenario, &hello, Scale::ONE)).collect();
    let verdicts = judged_twice(&stand, &plans)?;
    let cases: Vec<Judged<'_>> =
        plans.iter().zip(&verdicts).map(|(plan, verdict)| (&*plan.id, verdict)).collect();
    let edited = match command {
        BaselineCommand::Write(_) => {
            let text = edit::write(&hello.client, &cases);
            let added = text.lines().map(str::to_owned).collect();
            Edited { text, added, removed: Vec::new() }
        }
        BaselineCommand::Update(_) => {
            edit::update(&known, &hello.version, &cases).map_err(|error| wrong(&path, &error))?
        }
        BaselineCommand::Prune(_) => {
            let all = args.choice.filters.is_empty();
            edit::prune(&known, &hello.version, &cases, all).map_err(|error| wrong(&path, &error))?
        }
    };
    show(&edited);
    for amiss in stand.close() {
        anstream::eprintln!("note: {amiss}");
    }
    if edited.is_same() {
        anstream::println!("{} is as it should be.", path.display());
    } else if args.dry_run {
        anstream::println!("{} would change so.", path.display());
    } else {
        fs::write(&path, &edited.text)?;
        anstream::println!("{} is written.", path.display());
    }
    Ok(exit::CONFORMS)
}

/// What an adapter gets wrong is no failure of its client's, known or not.
fn refuse_uncertified(stand: &Stand) -> Result<(), Failure> {
    if !stand.driver().has_adapter() {
        return Ok(());
    }
    let certificate = certify(stand, Scale::ONE, None);
    if certificate.is_met() { Ok(()) } else { Err(Failure::broken(report::brief(&certificate))) }
}

/// Where the list is.
fn list(args: &BaselineArgs, client: &Chosen) -> Result<PathBuf, Failure> {
    args.client.known.clone().or_else(|| client.list()).ok_or_else(|| {
        Failure::usage(
            "wireproof: this client has no folder of its own: --known FILE says where its list is\n",
        )
    })
}

fn wrong(path: &Path, error: &str) -> Failure {
    Failure::usage(format!("wireproof: {}: {error}\n", path.display()))
}

/// The verdicts of all plans. What failed is run once more, alone: what then passes is flaky, and no known failure.
///
/// Nothing is known of a client while something is broken.
fn judged_twice(stand: &Stand, plans: &[Plan]) -> Result<Vec<Verdict>, Failure> {
    let lanes = Lanes::choose(None, stand.driver());
    let mut verdicts = vec![Verdict::bare(Word::NotRun, "no result"); plans.len()];
    run_all(stand, plans, lanes, |index, run| verdicts[index] = run.verdict);
    for (plan, verdict) in plans.iter().zip(&mut verdicts) {
        if verdict.word.is_failure() {
            let again = stand.run(plan).verdict;
            *verdict = if again.word.is_failure() {
                again
            } else {
                Verdict { word: Word::Flaky, ..verdict.clone() }
            };
        }
        match verdict.word {
            Word::Broken => {
                let reason = verdict.reason.as_deref().unwrap_or("for no known reason");
                return Err(Failure::broken(format!("wireproof: {} is broken: {reason}\n", plan.id)));
            }
            Word::Flaky => anstream::eprintln!("note: {} failed once and passed alone: not listed", plan.id),
            _ => {}
        }
    }
    Ok(verdicts)
}

fn show(edited: &Edited) {
    let changes = [("-", AnsiColor::Red, &edited.removed), ("+", AnsiColor::Green, &edited.added)];
    for (sign, colour, lines) in changes {
        let style = colour.on_default();
        for line in lines {
            anstream::println!("{style}{sign} {line}{style:#}");
        }
    }
}
