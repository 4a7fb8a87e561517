//! Clients that tell of a call only whether it succeeded, and the content (`opaque-results`): programs without an
//! adapter, judged by their exit status. What they do not show is dropped; where alternatives can then not be told
//! apart, the case is not asked at all, for its verdict would be a guess.

use crate::{
    expect::{CallDemand, Check, Expectations, What},
    plan::needs::Shortfall,
    scenario::{expect::OutcomeExpect, range::Range},
};

/// The first status code that programs may make a failure of, or not: a redirect they cannot follow, an error.
const FIRST_ARGUABLE_STATUS: u64 = 300;

/// Whether a call that comes out so is one of which every program says that it succeeded.
pub(super) fn succeeds(outcome: &OutcomeExpect) -> bool {
    let below = |range: &Range<u64>| range.to.is_some_and(|last| last < FIRST_ARGUABLE_STATUS);
    outcome.error.is_empty() && outcome.status.as_ref().is_none_or(below)
}

/// Drops demands on what is not shown; how many.
pub(super) fn drop_unseen(demands: &mut Vec<(&'static str, CallDemand)>, succeeds: bool) -> usize {
    let all = demands.len();
    demands.retain(|(_, demand)| match demand {
        // What the program wrote to standard output, if it took the call for a success.
        CallDemand::Body(_) => succeeds,
        // The harness keeps the time, and standard error is the message.
        CallDemand::Within(_) | CallDemand::NeverSays(_) => true,
        _ => false,
    });
    all - demands.len()
}

/// Names as lacking what it would take to tell alternatives apart.
pub(super) fn refuse_guesses(expectations: &Expectations, shortfall: &mut Shortfall) {
    let every = || expectations.paths.iter().flat_map(|path| &path.checks).chain(&expectations.checks);
    let exact = |check: &Check| {
        matches!(&check.what, What::Call { demand: CallDemand::Fails { exact: true, .. }, .. })
    };
    if every().any(exact) {
        shortfall.lack("classes of errors");
    }
    let paths = &expectations.paths;
    for (at, later) in paths.iter().enumerate() {
        let differs = |earlier: &crate::expect::Path| expectations.survey || earlier.grade != later.grade;
        // The earlier would be met wherever the later is.
        if paths[..at].iter().any(|earlier| differs(earlier) && covers(&earlier.checks, &later.checks)) {
            shortfall.lack("any way to tell what the case tells apart");
            return;
        }
    }
}

/// Whether everything demanded by the one is demanded by the other, as far as this client shows it.
fn covers(one: &[Check], other: &[Check]) -> bool {
    one.iter().all(|check| other.iter().any(|also| same(&check.what, &also.what)))
}

fn same(one: &What, other: &What) -> bool {
    let failing = |what: &What| match what {
        What::Call { index, demand: CallDemand::Fails { .. }, .. } => Some(*index),
        _ => None,
    };
    // Of an error no class is shown.
    failing(one).is_some() && failing(one) == failing(other) || one == other
}
