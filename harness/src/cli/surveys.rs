//! `wireproof surveys`: what clients do where it is left to them.

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::Args;
use wireproof_client::contract::Client as _;
use wireproof_client::reference::Reference;

use super::{Choice, Failure, suite};
use crate::{
    plan::{Plan, Scale},
    profile::Profile,
    report::exit,
    surveys::Surveys,
};

#[derive(Debug, Args)]
pub(super) struct SurveysArgs {
    #[command(flatten)]
    choice: Choice,
    /// The profiles of the clients that were asked
    #[arg(long, value_name = "DIR", default_value = "reports/clients")]
    profiles: PathBuf,
    /// Write the page to this file
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
    /// Fail if this file does not hold the page
    #[arg(long, value_name = "FILE", conflicts_with = "write")]
    check: Option<PathBuf>,
}

pub(super) fn surveys(args: &SurveysArgs) -> Result<u8, Failure> {
    let hello = Reference::default().hello();
    let scenarios = suite::chosen(&args.choice, Scale::ONE)?;
    let plans: Vec<Plan> = scenarios.iter().map(|scenario| Plan::new(scenario, &hello, Scale::ONE)).collect();
    let mut surveys = Surveys::of(&plans, &profiles(&args.profiles)?)?;
    if !args.choice.filters.is_empty() {
        // A part of the surveys cannot need all variants.
        surveys.idle.clear();
    }
    let faults = surveys.faults();
    for fault in &faults {
        anstream::println!("{fault}");
    }
    anstream::println!(
        "{} surveys list {} answers; {} faults",
        surveys.questions(),
        surveys.answers(),
        faults.len()
    );
    let page = surveys.to_markdown();
    if let Some(path) = &args.write {
        fs::write(path, &page)?;
    }
    if let Some(path) = &args.check
        && fs::read_to_string(path)? != page
    {
        anstream::println!("{} is out of date: run `wireproof surveys --write {0}`", path.display());
        return Ok(exit::DOES_NOT_CONFORM);
    }
    Ok(if faults.is_empty() { exit::CONFORMS } else { exit::DOES_NOT_CONFORM })
}

/// All profiles in a folder, by the names of their files.
fn profiles(folder: &Path) -> Result<Vec<Profile>, Failure> {
    let unread = |path: &Path, why: &dyn std::fmt::Display| {
        Failure::usage(format!("wireproof: {}: {why}\n", path.display()))
    };
    let entries = fs::read_dir(folder).map_err(|error| unread(folder, &error))?;
    let mut files = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<PathBuf>, _>>()
        .map_err(|error| unread(folder, &error))?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "snap"));
    files.sort();
    let read = |file: &PathBuf| {
        let text = fs::read_to_string(file).map_err(|error| unread(file, &error))?;
        Profile::parse(&text).map_err(|why| unread(file, &why))
    };
    files.iter().map(read).collect()
}
