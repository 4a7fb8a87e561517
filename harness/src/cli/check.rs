//! `wireproof check`: pages are read and checked, nothing is run.

use super::{CheckArgs, Failure, suite};
use crate::{pages, plan::Scale, report::exit};

pub(super) fn check(args: &CheckArgs) -> Result<u8, Failure> {
    let sources = if args.paths.is_empty() {
        pages::embedded()
    } else {
        pages::read(&args.paths).map_err(|error| Failure::usage(format!("wireproof: {error}\n")))?
    };
    let scenarios = suite::parsed(&sources, Scale::ONE)?;
    anstream::println!("{} cases on {} pages, all valid", scenarios.len(), sources.len());
    if scenarios.is_empty() {
        return Err(Failure::usage("wireproof: there is no case here\n"));
    }
    Ok(exit::CONFORMS)
}
