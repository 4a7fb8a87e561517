//! Lists of steps as they are written, and what no list of steps can be.

use schemars::JsonSchema;
use serde::Deserialize;
use wireproof_server::script::{End, Step as Plainly};

use super::{reply::is_interim, step::RawStep};
use crate::scenario::{
    raw::{Many, Open},
    scope::{Close, Closing, Scope, all},
    server::Step,
    unit::TimesOrEndless,
};

/// Steps that are done again and again.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "`repeat`")]
#[schemars(rename = "Repeat")]
pub(crate) struct RawRepeat {
    /// How often; `endless` is until the client ends the connection.
    times: Open<TimesOrEndless>,
    /// What.
    #[serde(rename = "do")]
    steps: Many<RawStep>,
}

impl Close for RawRepeat {
    type Closed = Step;

    fn close(&self, scope: &Scope<'_>) -> Closing<Step> {
        all! {
            times = self.times.close(scope);
            steps = self.steps.close(&scope.in_turn(true));
        }
        check_ends(&self.steps, &steps, scope)?;
        Some(Step::Repeat { times: times.0, steps })
    }
}

/// Closes the steps of a rule, and notes what no list of steps can be.
pub(crate) fn close_list(list: &Many<RawStep>, scope: &Scope<'_>) -> Closing<Vec<Step>> {
    if list.is_written_empty(scope.document) {
        scope.fault(list.at, "there is no step here");
        return None;
    }
    let steps = list.close(scope)?;
    all! {
        ends = check_ends(list, &steps, scope);
        interim = check_interim(list, &steps, scope);
    }
    let ((), ()) = (ends, interim);
    Some(steps)
}

/// Nothing comes after an end, a half-close apart.
fn check_ends(list: &Many<RawStep>, steps: &[Step], scope: &Scope<'_>) -> Closing<()> {
    let ends = |step: &Step| matches!(step, Step::Plain(Plainly::End(end)) if *end != End::HalfClose);
    let end = steps.iter().position(ends).unwrap_or(steps.len());
    match list.items.get(end + 1) {
        Some(unreached) => {
            scope.fault(unreached.at, "this is never reached: the step before ends the list");
            None
        }
        None => Some(()),
    }
}

/// After an interim response something must come that may be the final one.
fn check_interim(list: &Many<RawStep>, steps: &[Step], scope: &Scope<'_>) -> Closing<()> {
    let last_word = steps.iter().rposition(|step| says_something(step).is_some());
    match last_word.and_then(|at| says_something(&steps[at]).map(|is_final| (at, is_final))) {
        Some((at, false)) => {
            let message =
                "more must follow an interim response (1xx): a final one, or how the connection ends";
            scope.fault(list.items[at].at, message);
            None
        }
        _ => Some(()),
    }
}

/// Whether a step leaves the client with something final; `None` where it says nothing at all.
fn says_something(step: &Step) -> Option<bool> {
    match step {
        Step::Plain(Plainly::Reply(reply)) => Some(!is_interim(reply)),
        Step::Plain(Plainly::Send(_) | Plainly::Forward(_) | Plainly::Tunnel(_) | Plainly::End(_))
        | Step::Frame(_)
        | Step::Alert(_)
        | Step::Tls(_)
        | Step::Repeat { times: None, .. } => Some(true),
        Step::Repeat { steps, .. } => steps.iter().rev().find_map(says_something),
        Step::Plain(_) => None,
    }
}
