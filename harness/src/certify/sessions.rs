//! Rows of calls and sessions of which a case alone cannot say enough.

use wireproof_client::{capabilities::Support, outcome::Outcome};

use super::{
    certificate::{Finding, Line},
    examiner::Examiner,
    falsify,
    held::Held,
    switches,
};
use crate::observation::Told;

/// Two calls are in one session: by whatever the client declares that shows it. One connection does so best.
pub(super) fn two_calls(examiner: &Examiner<'_>, held: &mut Held<'_>) -> Line {
    let declared = |name: &&str| examiner.hello().support(name) != Support::No;
    let shown_by = ["keepalive", "cookies"].into_iter().find(declared);
    let case = match shown_by {
        Some("keepalive") => "two-calls-connected",
        Some(_) => "two-calls-remembered",
        None => "two-calls",
    };
    let finding = match examiner.plan(case) {
        Ok(plan) => examiner.examine_by(&plan, |job, surroundings, stopper| {
            let job = match shown_by {
                Some(name) => switches::with(job, name, Some(true), examiner.hello().support(name)),
                None => job,
            };
            held.ask(&plan, &job, &surroundings, stopper)
        }),
        Err(finding) => finding,
    };
    Line::new("two-calls", examiner.about(case), finding)
}

/// Ten bytes are taken, the connection ends, and nothing is told of the whole.
pub(super) fn stop_reading(examiner: &Examiner<'_>, held: &mut Held<'_>) -> Line {
    let looked = examiner.plan("stop-reading").and_then(|plan| {
        let observed = examiner
            .observe(&plan, |job, surroundings, stopper| held.ask(&plan, &job, &surroundings, stopper));
        observed.map(|observation| {
            let found = examiner.judge(&plan, &observation);
            let Told::Outcome(outcome) = &observation.told else { return found };
            found.and(of_completeness(outcome))
        })
    });
    let finding = looked.unwrap_or_else(|finding| finding);
    Line::new("stop-reading", examiner.about("stop-reading"), finding)
}

/// That the caller itself has stopped is told, or nothing is.
fn of_completeness(outcome: &Outcome) -> Finding {
    let told = outcome.calls.iter().find_map(|call| call.complete);
    let looked = |complete: &bool| {
        let amiss = told.filter(|told| told != complete);
        amiss.map(|told| format!("expected complete: {complete}, found {told}")).into_iter().collect()
    };
    // What is not told is not to be turned round.
    let opposite = told.map(|_| true);
    falsify::both_ways(&false, opposite.as_slice(), looked)
}

#[cfg(test)]
mod tests {
    use wireproof_client::outcome::CallResult;

    use super::*;

    #[test]
    fn who_stopped_early_has_not_got_all() {
        let told = |complete| {
            let call = CallResult { complete, ..CallResult::default() };
            of_completeness(&Outcome { id: "1".to_owned(), calls: vec![call] })
        };
        assert_eq!(told(Some(false)), Finding::Met);
        assert_eq!(told(None), Finding::Met);
        assert_eq!(told(Some(true)), Finding::not_met("expected complete: false, found true"));
    }
}
