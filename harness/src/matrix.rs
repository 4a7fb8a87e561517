//! The kill matrix: proof that every case can fail.
//!
//! A mutant is the reference client with one decision changed. Every case names the mutants it must kill, and
//! each of them is run against it; a mutant that no case names, and one that survives, fails the proof.

use std::{collections::BTreeMap, fmt::Write as _, io, sync::Arc};

use wireproof_client::{
    mutants::{self, Mutant},
    reference::Reference,
};
use wireproof_server::Suite;

use crate::{
    adapter::Driver,
    plan::{Plan, Readiness, Scale},
    run::{SERVER_THREADS, Stand, side_by_side},
    scenario::{Level, Scenario},
    verdict::{Verdict, Word},
};

/// How many cases run side by side: most of what kills a mutant is a wait that never ends.
const SIDE_BY_SIDE: usize = 64;

/// Mutants, each opposite the same servers.
pub struct Mutants(BTreeMap<&'static str, Stand>);

impl Mutants {
    /// Puts these opposite these servers.
    pub fn beside(suite: &Arc<Suite>, mutants: impl IntoIterator<Item = &'static Mutant>) -> Self {
        let stand = |mutant: &'static Mutant| {
            let driver = Driver::in_process_as(&format!("mutant:{}", mutant.name), Arc::new(mutant.client()));
            (mutant.name, Stand::beside(Arc::clone(suite), driver))
        };
        Self(mutants.into_iter().map(stand).collect())
    }

    /// The stand of one of them.
    pub fn stand(&self, name: &str) -> &Stand {
        &self.0[name]
    }
}

/// What became of every case and mutant.
#[derive(Debug, Default)]
pub struct Matrix {
    /// For each case in its order: its id, and for each mutant it names what that mutant came to.
    pub cases: Vec<(String, Vec<(&'static str, Word)>)>,
    /// Cases that the reference client does not pass, and how it fares.
    pub not_passed: Vec<(String, Verdict)>,
    /// Cases that name no mutant though they must.
    pub toothless: Vec<String>,
    /// Mutants that no case names.
    pub unnamed: Vec<&'static str>,
    /// Cases that cannot be run here, and why.
    pub not_run: Vec<(String, String)>,
}

impl Matrix {
    /// Runs the reference client and all mutants.
    pub fn of(scenarios: &[Scenario]) -> io::Result<Self> {
        let suite = Arc::new(Suite::start(SERVER_THREADS)?);
        let reference = Driver::in_process_as("reference", Arc::new(Reference::default()));
        let reference = Stand::beside(Arc::clone(&suite), reference);
        let plans: Vec<Plan> = scenarios
            .iter()
            .map(|scenario| Plan::new(scenario, reference.driver().hello(), Scale::ONE))
            .collect();
        let mutants = Mutants::beside(&suite, mutants::all());
        let mut matrix = Self::default();
        let runs = matrix.trials(&plans);
        let (timed, plain) = runs.into_iter().partition(|trial| plans[trial.plan].timed);
        let run = |trial: &Trial| {
            let stand = trial.mutant.map_or(&reference, |name| mutants.stand(name));
            stand.run(&plans[trial.plan]).verdict
        };
        let mut results = BTreeMap::new();
        let mut doubtful = Vec::new();
        side_by_side(vec![(timed, SIDE_BY_SIDE), (plain, SIDE_BY_SIDE)], run, |trial, verdict| {
            // On a busy machine a limit of time strikes too early, the deadline among them, or two pieces arrive as
            // one.
            let as_it_should = verdict.word.is_failure() == trial.mutant.is_some();
            let chance = plans[trial.plan].timed || verdict.word == Word::Hang;
            if chance && !as_it_should {
                doubtful.push(trial);
            }
            results.insert(trial, verdict);
        });
        for trial in doubtful {
            results.insert(trial, run(&trial));
        }
        matrix.enter(&plans, results);
        Ok(matrix)
    }

    /// All runs there are to be made, and what can be said without any.
    fn trials(&mut self, plans: &[Plan]) -> Vec<Trial> {
        let mut trials = Vec::new();
        let mut named = Vec::new();
        for (index, plan) in plans.iter().enumerate() {
            if let Readiness::NotYet(why) | Readiness::Unsupported(why) = &plan.readiness {
                self.not_run.push((plan.id.clone(), why.clone()));
                continue;
            }
            if plan.kills.is_empty() && plan.level != Level::Survey {
                self.toothless.push(plan.id.clone());
            }
            trials.push(Trial { plan: index, mutant: None });
            for name in &plan.kills {
                let Some(mutant) = mutants::find(name) else { continue };
                named.push(mutant.name);
                trials.push(Trial { plan: index, mutant: Some(mutant.name) });
            }
        }
        // What only a case of a later day can notice is not unnamed.
        let waiting = plans.iter().filter(|plan| plan.readiness != Readiness::Ready);
        let waiting: Vec<&String> = waiting.flat_map(|plan| &plan.kills).collect();
        self.unnamed = mutants::all()
            .iter()
            .map(|mutant| mutant.name)
            .filter(|name| !named.contains(name) && !waiting.iter().any(|waiting| waiting == name))
            .collect();
        trials
    }

    fn enter(&mut self, plans: &[Plan], results: BTreeMap<Trial, Verdict>) {
        for (trial, verdict) in results {
            let plan = &plans[trial.plan];
            match trial.mutant {
                None => {
                    if !matches!(verdict.word, Word::Pass | Word::Survey) {
                        self.not_passed.push((plan.id.clone(), verdict));
                    }
                    self.cases.push((plan.id.clone(), Vec::new()));
                }
                // The trial without a mutant sorts first, so its case was entered just now.
                Some(mutant) => {
                    if let Some((_, row)) = self.cases.last_mut() {
                        row.push((mutant, verdict.word));
                    }
                }
            }
        }
    }

    /// Mutants that a case names and does not kill.
    pub fn survivors(&self) -> Vec<(&str, &'static str, Word)> {
        let pairs =
            self.cases.iter().flat_map(|(case, row)| row.iter().map(move |(name, word)| (case, name, word)));
        pairs
            .filter(|(_, _, word)| !word.is_failure())
            .map(|(case, name, word)| (case.as_str(), *name, *word))
            .collect()
    }

    /// Whether everything is proven that was to be proven.
    pub fn is_proof(&self) -> bool {
        self.faults().is_empty()
    }

    /// Everything that is wrong, a line each.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for (case, verdict) in &self.not_passed {
            faults.push(format!("the reference client does not pass {case}: {}", verdict.word));
            faults.extend(verdict.mismatches.iter().map(|mismatch| format!("    {mismatch}")));
            faults.extend(verdict.reason.iter().map(|reason| format!("    {reason}")));
        }
        for case in &self.toothless {
            faults.push(format!("{case} names no mutant that it kills"));
        }
        for (case, mutant, word) in self.survivors() {
            faults.push(format!("{mutant} survives {case}: {word}"));
        }
        for mutant in &self.unnamed {
            faults.push(format!("{mutant} is named by no case"));
        }
        faults
    }

    /// The matrix as it is kept in the repository: what each mutant does wrong, and which cases notice.
    pub fn to_markdown(&self) -> String {
        let mut killers: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (case, row) in &self.cases {
            for (mutant, _) in row {
                killers.entry(mutant).or_default().push(format!("`{case}`"));
            }
        }
        let mut page = String::from(
            "# The kill matrix\n\n\
             Every mutant is the reference client with one decision changed. Each case below must fail for it, and\n\
             does: `wireproof mutants` proves it. Generated; do not edit.\n\n\
             | mutant | what it does wrong | cases that notice |\n|---|---|---|\n",
        );
        for mutant in mutants::all() {
            let cases = killers.get(mutant.name).map(|cases| cases.join("<br>")).unwrap_or_default();
            let _ = writeln!(page, "| `{}` | {} | {cases} |", mutant.name, mutant.about);
        }
        let surveys = self.cases.iter().filter(|(_, row)| row.is_empty()).count();
        let _ = writeln!(
            page,
            "\n{} cases, {} mutants, {surveys} surveys, {} cases that wait for servers of a later day.",
            self.cases.len(),
            mutants::all().len(),
            self.not_run.len()
        );
        page
    }
}

/// One run: a plan, and the mutant it is run with; `None` is the reference client itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Trial {
    plan: usize,
    mutant: Option<&'static str>,
}
