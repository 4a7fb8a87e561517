//! `wireproof mutants`: the kill matrix.

use std::fs;

use super::{Failure, MutantsArgs, suite};
use crate::{matrix::Matrix, plan::Scale, report::exit};

pub(super) fn mutants(args: &MutantsArgs) -> Result<u8, Failure> {
    let scenarios = suite::chosen(&args.choice, Scale::ONE)?;
    let mut matrix = Matrix::of(&scenarios)?;
    if !args.choice.filters.is_empty() {
        // A part of the cases cannot name all mutants.
        matrix.unnamed.clear();
    }
    let faults = matrix.faults();
    for fault in &faults {
        anstream::println!("{fault}");
    }
    let pairs: usize = matrix.cases.iter().map(|(_, row)| row.len()).sum();
    anstream::println!(
        "{} cases and {} mutants: {} of {pairs} named kills happen",
        matrix.cases.len(),
        wireproof_client::mutants::all().len(),
        pairs - matrix.survivors().len(),
    );
    if let Some(path) = &args.write {
        fs::write(path, matrix.to_markdown())?;
    }
    if let Some(path) = &args.check
        && fs::read_to_string(path)? != matrix.to_markdown()
    {
        anstream::println!("{} is out of date: run `wireproof mutants --write {0}`", path.display());
        return Ok(exit::DOES_NOT_CONFORM);
    }
    Ok(if matrix.is_proof() { exit::CONFORMS } else { exit::DOES_NOT_CONFORM })
}
