//! A case of the page, asked, judged, and judged once more with false expectations.

use std::time::Duration;

use wireproof_client::{
    capabilities::{Hello, Support},
    contract::Surroundings,
    job::Job,
};
use wireproof_server::{Stopper, seen::Ended};

use super::{
    certificate::Finding,
    falsify,
    held::{Conduct, Held},
    page::Page,
    told,
};
use crate::{
    adapter::Reply,
    expect::{Expectations, ServerDemand, What},
    judge::judge,
    observation::{Observation, Told},
    plan::{Plan, Readiness, Scale},
    run::{PATIENCE, Stand},
    verdict::{Verdict, Word},
};

/// Everything a certification is made with.
pub(super) struct Examiner<'a> {
    pub(super) stand: &'a Stand,
    pub(super) conduct: &'a Conduct,
    page: &'a Page,
    scale: Scale,
}

impl<'a> Examiner<'a> {
    pub(super) fn new(stand: &'a Stand, conduct: &'a Conduct, page: &'a Page, scale: Scale) -> Self {
        Self { stand, conduct, page, scale }
    }

    /// What the client said of itself.
    pub(super) fn hello(&self) -> &'a Hello {
        self.stand.driver().hello()
    }

    /// A client to ask, of which nobody else knows.
    pub(super) fn held(&self) -> Held<'a> {
        Held::new(self.stand.driver(), self.conduct)
    }

    /// The plan of a case, or why it is not asked.
    pub(super) fn plan(&self, case: &str) -> Result<Plan, Finding> {
        let Some(scenario) = self.page.case(case) else {
            return Err(Finding::not_met(format!("the certification page has no case `{case}`: our fault")));
        };
        let plan = Plan::new(scenario, self.hello(), self.scale);
        match &plan.readiness {
            Readiness::Ready => Ok(plan),
            Readiness::Unsupported(why) | Readiness::NotYet(why) => Err(Finding::NotAsked(why.clone())),
        }
    }

    /// The plan of a case whose job is made otherwise, so that the client need not be able to do it as it stands.
    pub(super) fn plan_anyway(&self, case: &str) -> Option<Plan> {
        self.page.case(case).map(|scenario| Plan::new(scenario, self.hello(), self.scale))
    }

    /// What a case is about.
    pub(super) fn about(&self, case: &str) -> String {
        self.page.case(case).map(|scenario| scenario.about.clone()).unwrap_or_default()
    }

    /// Asks a case as it stands, and judges it.
    pub(super) fn examine(&self, held: &mut Held<'_>, case: &str) -> Finding {
        match self.plan(case) {
            Ok(plan) => self.examine_plan(held, &plan),
            Err(finding) => finding,
        }
    }

    /// Asks a plan as it stands, and judges it.
    pub(super) fn examine_plan(&self, held: &mut Held<'_>, plan: &Plan) -> Finding {
        self.examine_by(plan, |job, surroundings, stopper| held.ask(plan, &job, &surroundings, stopper))
    }

    /// Has a plan asked by `ask`, and judges it.
    pub(super) fn examine_by(
        &self,
        plan: &Plan,
        ask: impl FnOnce(Job, Surroundings, Stopper) -> Reply,
    ) -> Finding {
        self.observe(plan, ask).map_or_else(|finding| finding, |observation| self.judge(plan, &observation))
    }

    /// Has a plan asked by `ask`. An answer that cannot be right whatever was asked is none.
    pub(super) fn observe(
        &self,
        plan: &Plan,
        ask: impl FnOnce(Job, Surroundings, Stopper) -> Reply,
    ) -> Result<Observation, Finding> {
        if self.conduct.hangs_always() {
            return Err(Finding::NotAsked("it hangs too often".to_owned()));
        }
        let ends = speaks_of_ends(&plan.expectations);
        let patience = if self.conduct.leaks_always() && !ends { Duration::ZERO } else { PATIENCE };
        let mut asked = Job::default();
        let observed = self.stand.observe_by(plan, patience, |job, surroundings, stopper| {
            asked = job.clone();
            ask(job, surroundings, stopper)
        });
        let observation = observed.map_err(|error| Finding::not_met(format!("{error}: our fault")))?;
        let open = observation.seen.servers.iter().flat_map(|server| &server.connections);
        if matches!(observation.told, Told::Outcome(_) | Told::Unsupported(_))
            && open.into_iter().any(|connection| connection.ended == Ended::Open)
        {
            self.conduct.leaked(case_of(plan));
        }
        if let Told::Outcome(outcome) = &observation.told {
            let amiss = told::amiss(outcome, &asked);
            if !amiss.is_empty() {
                return Err(Finding::NotMet(amiss));
            }
        }
        Ok(observation)
    }

    /// Rightly, and then once for each demand with that demand turned into a false one.
    pub(super) fn judge(&self, plan: &Plan, observation: &Observation) -> Finding {
        let verdict = judge(&plan.expectations, observation);
        match verdict.word {
            Word::Pass | Word::Lenient | Word::Survey => {}
            Word::Hang => {
                self.conduct.hung();
                return Finding::not_met(format!("no answer within {:?}", plan.deadline));
            }
            _ => return Finding::NotMet(objections(&verdict)),
        }
        let opaque = self.hello().support("opaque-errors") != Support::No;
        let answer = falsify::Answer { met: verdict.label.as_deref(), opaque, told: &observation.told };
        let toothless = falsify::twins(&plan.expectations, &answer)
            .into_iter()
            .find(|(_, twin)| !matches!(judge(twin, observation).word, Word::Fail));
        toothless.map_or(Finding::Met, |(line, _)| {
            Finding::not_met(format!(
                "the answer fits a false expectation as well (in place of that of {}:{line})",
                plan.file
            ))
        })
    }
}

/// The id of a case, chapter and page left out.
pub(super) fn case_of(plan: &Plan) -> &str {
    plan.id.rsplit('/').next().unwrap_or(&plan.id)
}

/// Everything that is wrong, a sentence each.
fn objections(verdict: &Verdict) -> Vec<String> {
    let mut why: Vec<String> = verdict.reason.clone().into_iter().collect();
    why.extend(verdict.mismatches.iter().map(ToString::to_string));
    match verdict.word {
        Word::Unsupported => vec![format!("answered unsupported: {}", why.join(", "))],
        Word::Crash => vec![format!("ended without an answer: {}", why.join(", "))],
        Word::Broken => {
            let why = why.join(", ");
            vec![if why.starts_with("the adapter") { why } else { format!("the adapter {why}") }]
        }
        _ => why,
    }
}

/// Whether the ends of connections are part of what is asked.
fn speaks_of_ends(expectations: &Expectations) -> bool {
    let paths = expectations.paths.iter().flat_map(|path| &path.checks);
    expectations
        .checks
        .iter()
        .chain(paths)
        .any(|check| matches!(&check.what, What::Server { demand: ServerDemand::EachConnection(_), .. }))
}
