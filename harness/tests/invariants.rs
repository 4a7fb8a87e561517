//! What must be true of the cases as a whole (`ARCHITECTURE.md` prints it), as far as it can be seen without
//! running any: `wireproof mutants` proves the rest.

use std::collections::BTreeSet;

use wireproof::{
    scenario::{Level, Scenario, expect::Expectations},
    testing::Bench,
};
use wireproof_client::mutants;

fn bench() -> Bench {
    Bench::open("reference").unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn the_reference_client_has_no_known_failures() {
    assert!(bench().known.is_empty());
}

#[test]
fn every_binding_case_names_what_it_kills_and_every_mutant_is_named() {
    let bench = bench();
    let toothless: Vec<String> = bench
        .scenarios
        .iter()
        .filter(|scenario| scenario.level != Level::Survey && scenario.kills.is_empty())
        .map(|scenario| scenario.id.to_string())
        .collect();
    assert_eq!(toothless, Vec::<String>::new());
    let named: BTreeSet<&str> =
        bench.scenarios.iter().flat_map(|scenario| &scenario.kills).map(String::as_str).collect();
    let all: BTreeSet<&str> = mutants::all().iter().map(|mutant| mutant.name).collect();
    assert_eq!(all.difference(&named).collect::<Vec<_>>(), Vec::<&&str>::new());
}

/// A process that is started with the variables of a case is not warmed up, as that would go through the case's proxy.
#[test]
fn no_case_judges_times_in_a_process_that_was_not_warmed_up() {
    let bench = bench();
    let cold: Vec<&str> = bench
        .scenarios
        .iter()
        .zip(&bench.plans)
        .filter(|(scenario, plan)| plan.timed && scenario.client.environment.is_some())
        .map(|(_, plan)| plan.id.as_str())
        .collect();
    assert_eq!(cold, [""; 0]);
}

/// A case that can only end in an error proves nothing where everything ends in errors.
#[test]
fn every_negative_case_has_a_control_on_its_page() {
    let bench = bench();
    let without: Vec<String> = bench
        .scenarios
        .iter()
        .filter(|scenario| scenario.level != Level::Survey && is_negative(scenario))
        .filter(|scenario| scenario.control.is_none() && !row_succeeds(scenario, &bench.scenarios))
        .map(|scenario| scenario.id.to_string())
        .collect();
    assert_eq!(without, Vec::<String>::new());
}

/// Whether every path of a case ends in errors alone. Where another call succeeds, that is the control.
fn is_negative(scenario: &Scenario) -> bool {
    let fails = |expectations: &Expectations| {
        let outcomes = &expectations.outcomes;
        outcomes.iter().any(|one| !one.error.is_empty())
            && !outcomes.iter().any(|one| one.error.is_empty() && one.status.is_some())
    };
    let paths = &scenario.expect.any;
    fails(&scenario.expect.all) || !paths.is_empty() && paths.iter().all(|path| fails(&path.expectations))
}

/// Whether another row of the same table succeeds.
fn row_succeeds(scenario: &Scenario, all: &[Scenario]) -> bool {
    let same_table = |other: &&Scenario| {
        other.source.file == scenario.source.file && other.source.line == scenario.source.line
    };
    all.iter().filter(same_table).any(|other| !is_negative(other))
}
