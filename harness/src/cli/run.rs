//! `wireproof run`: the main job.

use std::time::Instant;

use wireproof_client::capabilities::Hello;

use super::{Failure, RunArgs, certify::before_a_run, clients::Chosen, reports::Reports, suite};
use crate::{
    certify::{Certificate, Certification},
    plan::Plan,
    report::{CaseReport, RunInfo, Summary},
    run::{Lanes, Stand, run_all},
};

pub(super) fn run(args: &RunArgs) -> Result<u8, Failure> {
    let scenarios = suite::chosen(&args.choice, args.time_scale)?;
    let client = Chosen::of(&args.client)?;
    let known = client.known(args.client.known.as_deref())?;
    let places = args.jobs.map_or_else(default_places, std::num::NonZero::get);
    let (stand, hello, certification) = match client.start(places) {
        Ok(driver) => {
            let stand = Stand::new(driver)?;
            let certification = before_a_run(&stand, args.time_scale, args.jobs, args.no_certify);
            let hello = stand.driver().hello().clone();
            (Some(stand), hello, certification)
        }
        // Whoever reads the reports of a run reads there, too, that it came to nothing.
        Err(unstarted) => {
            let certificate = Certificate::without_hello(&unstarted.name, &unstarted.why);
            let hello = Hello { language: String::new(), ..Hello::new(&unstarted.name, "") };
            (None, hello, Certification::Asked(certificate))
        }
    };
    let known = known.for_version(&hello.version);
    let plans: Vec<Plan> =
        scenarios.into_iter().map(|scenario| Plan::new(&scenario, &hello, args.time_scale)).collect();
    let info = RunInfo {
        hello: hello.clone(),
        platform: RunInfo::platform_here(),
        asked_for: args.client.word(),
        known: args.client.known.as_ref().map(|path| path.to_string_lossy().into_owned()),
        filters: args.choice.filters.clone(),
        cases: plans.len(),
        strict: args.strict,
        time_scale: args.time_scale.factor(),
        certification,
    };
    let mut reports = Reports::begin(&args.reports, &info)?;
    let start = Instant::now();
    let mut cases: Vec<Option<CaseReport>> = vec![None; plans.len()];
    let mut failed = None;
    let not_certified = info.certification.reason();
    match stand.as_ref().filter(|_| not_certified.is_none()) {
        Some(stand) => run_all(stand, &plans, Lanes::choose(args.jobs, stand.driver()), |index, run| {
            let mut case = CaseReport::of(&hello, &plans[index], &run, &known);
            if let Err(error) = reports.case(&case, Some((&plans[index], &run))) {
                failed.get_or_insert(error);
            }
            if !reports.want_stories_at_end() {
                // It has been told, and would be most of what a run holds in memory.
                case.transcript = String::new();
            }
            cases[index] = Some(case);
        }),
        None => {
            // The rows say all there is to say to people.
            let why = not_certified.as_deref().unwrap_or_default();
            for (place, plan) in cases.iter_mut().zip(&plans) {
                let case = CaseReport::uncertified(plan, why);
                reports.case_for_programs(&case, None)?;
                *place = Some(case);
            }
        }
    }
    if let Some(error) = failed {
        return Err(error.into());
    }
    let cases: Vec<CaseReport> = cases.into_iter().flatten().collect();
    let ids: Vec<&str> = cases.iter().map(|case| case.id.as_str()).collect();
    let all = args.choice.filters.is_empty();
    let stale = if all { known.stale(&ids) } else { Vec::new() };
    let summary = Summary::of(&cases, stale, args.strict, start.elapsed());
    reports.end(&info, &cases, &summary)?;
    if known.unexplained() > 0 {
        anstream::eprintln!(
            "note: {} known failures have no reason yet but `unexplained:`",
            known.unexplained()
        );
    }
    for amiss in stand.map(Stand::close).into_iter().flatten() {
        anstream::eprintln!("note: {amiss}");
    }
    Ok(summary.exit_status())
}

pub(super) fn default_places() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get) * 4
}
