//! The cases a command speaks of.

use std::path::Path;

use super::{Choice, Failure};
use crate::{
    covers,
    error::Diagnostic,
    known::glob,
    pages,
    plan::Scale,
    scenario::{self, Known, Scenario, SourceFile},
};

/// Reads the pages, checks them all, and keeps the cases chosen.
pub(crate) fn chosen(choice: &Choice, scale: Scale) -> Result<Vec<Scenario>, Failure> {
    let scenarios = parsed(&sources(choice.cases.as_deref())?, scale)?;
    let chosen: Vec<Scenario> =
        scenarios.into_iter().filter(|scenario| matches(&choice.filters, &scenario.id.to_string())).collect();
    if chosen.is_empty() && !choice.filters.is_empty() {
        let message = format!("wireproof: no case matches {}\n", choice.filters.join(" "));
        return Err(Failure::new(message, crate::report::exit::DOES_NOT_CONFORM));
    }
    Ok(chosen)
}

/// The pages in a folder, or those built in.
pub(crate) fn sources(folder: Option<&Path>) -> Result<Vec<SourceFile>, Failure> {
    match folder {
        Some(folder) => {
            pages::read(&[folder.to_owned()]).map_err(|error| Failure::usage(format!("wireproof: {error}\n")))
        }
        None => Ok(pages::embedded()),
    }
}

/// All cases of some pages, or all that is wrong with them.
pub(crate) fn parsed(sources: &[SourceFile], scale: Scale) -> Result<Vec<Scenario>, Failure> {
    scenario::parse(sources, &known(scale)).map_err(|diagnostics| Failure::invalid_case(told(&diagnostics)))
}

/// What names in pages may refer to.
pub(crate) fn known(scale: Scale) -> Known {
    let mutants = wireproof_client::mutants::all().iter().map(|mutant| mutant.name.to_owned()).collect();
    Known { mutants: Some(mutants), covers: Some(covers::ids()), time_scale: scale.factor() }
}

fn told(diagnostics: &[Diagnostic]) -> String {
    let plural = if diagnostics.len() == 1 { "fault" } else { "faults" };
    let faults = crate::error::render(diagnostics, true);
    format!("{faults}\n{} {plural} in pages of cases; nothing was run\n", diagnostics.len())
}

/// The one case with this id.
pub(crate) fn one(scenarios: Vec<Scenario>, id: &str) -> Result<Scenario, Failure> {
    let near: Vec<String> =
        scenarios.iter().map(|scenario| scenario.id.to_string()).filter(|other| other.contains(id)).collect();
    let found = scenarios
        .into_iter()
        .find(|scenario| scenario.id.to_string() == id || near == [scenario.id.to_string()]);
    found.ok_or_else(|| {
        let near =
            if near.is_empty() { String::new() } else { format!("; near it:\n  {}", near.join("\n  ")) };
        Failure::usage(format!("wireproof: there is no case `{id}`{near}\n"))
    })
}

pub(crate) fn matches(filters: &[String], id: &str) -> bool {
    filters.is_empty()
        || filters
            .iter()
            .any(|filter| if filter.contains('*') { glob(filter, id) } else { id.contains(filter) })
}
