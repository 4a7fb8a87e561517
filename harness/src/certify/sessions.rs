//! Rows of calls and sessions of which a case alone cannot say enough.

use wireproof_client::capabilities::Support;

use super::{certificate::Line, examiner::Examiner, held::Held, switches};

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
