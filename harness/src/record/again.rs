//! Judging what was observed by what is expected today.

use std::time::Duration;

use super::{CaseLine, fingerprint};
use crate::{
    observation::Observation,
    plan::{Plan, Readiness},
    run::Run,
    verdict::{Verdict, Word},
};

/// What to do with a case whose servers or calls are not those of the run any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// Not to judge it: its observation is one of another case.
    Leave,
    /// To judge it all the same: who asks knows that the change does not matter.
    Judge,
}

/// A stored case, judged by today's plan of it.
///
/// # Errors
/// Where what is stored contradicts itself.
pub fn again(plan: &Plan, line: CaseLine, changed: Changed) -> Result<Run, String> {
    let took = Duration::from_millis(line.ms);
    match &plan.readiness {
        Readiness::Ready => {}
        Readiness::Unsupported(why) => {
            return Ok(Run::without(Verdict::bare(Word::Unsupported, why), Duration::ZERO));
        }
        Readiness::NotYet(why) => return Ok(missing(why)),
    }
    let Some(observation) = line.observation else {
        return Ok(unobserved(&line.verdict));
    };
    if changed == Changed::Leave && line.asked.as_ref() != Some(&fingerprint(plan)) {
        return Ok(missing("its servers or calls are not those of the run any more"));
    }
    let judged =
        |stored| Observation::try_from(stored).map(|observation| Run::judged(plan, observation, took));
    let among_others = judged(observation)?;
    match line.alone {
        Some(alone) if among_others.verdict.word.is_failure() => {
            Ok(among_others.in_the_light_of(judged(alone)?))
        }
        _ => Ok(among_others),
    }
}

/// What broke before anything was observed stays broken; what was not asked then cannot be judged now.
fn unobserved(then: &Verdict) -> Run {
    if then.word == Word::Broken {
        return Run::without(then.clone(), Duration::ZERO);
    }
    let why = then.reason.as_deref().map(|why| format!(": {why}")).unwrap_or_default();
    missing(&format!("nothing was observed of it, it was {} then{why}", then.word))
}

/// A case that cannot be judged, and why.
pub fn missing(why: &str) -> Run {
    Run::without(Verdict::bare(Word::NotRun, why), Duration::ZERO)
}
