//! Expectations as they are written, and what must be true of them as a whole.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;

use super::{client::RawUsage, outcome::RawOutcome, request::RawServerExpect};
use crate::scenario::{
    case::Level,
    document::NodeId,
    expect::{Alternative, Expect, Expectations, Grade, OutcomeExpect, ServerExpect},
    raw::{Entries, Leaf, Many, Open, Part},
    scope::{Close, Closing, Plain, Scope, all},
};

/// Names that no server may have, since they mean something here.
pub(crate) const RESERVED: &[&str] = &["label", "grade", "outcome", "outcomes", "client", "any", "names"];

/// What must then be true, or one of several things that may be.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct RawExpect(Entries<RawExpectation>);

/// One expectation, by its key.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", expecting = "an expectation")]
enum RawExpectation {
    Outcome(Part<Box<RawOutcome>>),
    Outcomes(Many<RawOutcome>),
    Client(Part<RawUsage>),
    Names(Part<RawServerExpect>),
    Any(Many<RawExpect>),
    Label(Plain),
    Grade(Open<Grade>),
    #[serde(rename = "$other")]
    Server(Leaf, Part<RawServerExpect>),
}

/// What must then be true. Every other key is the name of a server of the case.
#[derive(JsonSchema)]
#[schemars(rename = "Expect", extend("additionalProperties" = { "$ref": "#/$defs/ServerExpectation" }))]
#[expect(dead_code, reason = "only its schema is used: serde reads the same keys as an enumeration")]
struct ExpectSchema {
    /// The outcome of the one call.
    outcome: Option<RawOutcome>,
    /// The outcomes, one a call, in the order written.
    outcomes: Option<Many<RawOutcome>>,
    /// What the client may use up.
    client: Option<RawUsage>,
    /// What our DNS is asked; request lines are `A origin.test`.
    names: Option<RawServerExpect>,
    /// Alternatives, the first of which that holds counts.
    any: Option<Many<AlternativeSchema>>,
}

/// One of several things that may be true. Every other key is the name of a server of the case.
#[derive(JsonSchema)]
#[schemars(rename = "Alternative", extend("additionalProperties" = { "$ref": "#/$defs/ServerExpectation" }))]
#[expect(dead_code, reason = "only its schema is used: serde reads the same keys as an enumeration")]
struct AlternativeSchema {
    /// Its name in the report.
    #[schemars(required)]
    label: Option<Plain>,
    /// `pass` or `lenient`; not in a survey.
    grade: Option<Open<Grade>>,
    /// The outcome of the one call.
    outcome: Option<RawOutcome>,
    /// The outcomes, one a call, in the order written.
    outcomes: Option<Many<RawOutcome>>,
    /// What the client may use up.
    client: Option<RawUsage>,
    /// What our DNS is asked; request lines are `A origin.test`.
    names: Option<RawServerExpect>,
}

impl JsonSchema for RawExpect {
    fn schema_name() -> Cow<'static, str> {
        ExpectSchema::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        ExpectSchema::json_schema(generator)
    }
}

/// What the expectations of a case depend on.
pub(crate) struct Shape {
    pub(crate) level: Option<Level>,
    /// For each call, in the order written, its `times`; `None` where calls are broken.
    pub(crate) calls: Option<Vec<u64>>,
}

/// Expectations and where they say something about outcomes.
struct Closed {
    expectations: Expectations,
    outcomes_at: Option<NodeId>,
}

impl RawExpect {
    fn label(&self) -> Option<Plain> {
        self.0
            .0
            .iter()
            .find_map(|entry| if let RawExpectation::Label(label) = entry { Some(*label) } else { None })
    }

    fn grade(&self) -> Option<Open<Grade>> {
        self.0
            .0
            .iter()
            .find_map(|entry| if let RawExpectation::Grade(grade) = entry { Some(*grade) } else { None })
    }

    fn any(&self) -> Option<&Many<Self>> {
        self.0.0.iter().find_map(|entry| if let RawExpectation::Any(any) = entry { Some(any) } else { None })
    }

    fn close_expectations(&self, scope: &Scope<'_>, shape: &Shape) -> Closing<Closed> {
        let mut all = Expectations::default();
        let mut outcomes_at = None;
        let mut is_good = true;
        for entry in &self.0.0 {
            let closed = match entry {
                RawExpectation::Outcome(outcome) => {
                    outcomes_at = Some(outcome.at);
                    one_outcome(outcome, scope, shape).map(|outcome| all.outcomes.insert(0, outcome))
                }
                RawExpectation::Outcomes(outcomes) => {
                    if let Some(first) = outcomes_at {
                        scope.fault(first, "`outcome` and `outcomes` say the same; keep one");
                    }
                    outcomes_at = Some(outcomes.at);
                    many_outcomes(outcomes, scope, shape).map(|outcomes| all.outcomes.extend(outcomes))
                }
                RawExpectation::Client(usage) => usage.close(scope).map(|usage| all.client = usage),
                RawExpectation::Names(names) => {
                    close_names(names, scope).map(|names| all.names = Some(names))
                }
                RawExpectation::Server(name, expect) => {
                    close_server(*name, expect, scope).map(|server| all.servers.push(server))
                }
                RawExpectation::Any(_) | RawExpectation::Label(_) | RawExpectation::Grade(_) => Some(()),
            };
            is_good &= closed.is_some();
        }
        is_good.then_some(Closed { expectations: all, outcomes_at })
    }
}

fn close_server(
    name: Leaf,
    expect: &Part<RawServerExpect>,
    scope: &Scope<'_>,
) -> Closing<(String, ServerExpect)> {
    let servers = scope.servers.iter().map(|server| server.name.as_str());
    let words: Vec<&str> = servers.chain(["outcome", "outcomes", "client", "names", "any"]).collect();
    all! {
        name = scope.word_of(name, "server of this case", &words);
        expect = expect.close(scope);
    }
    Some((name, expect))
}

/// DNS has requests and nothing else.
fn close_names(names: &Part<RawServerExpect>, scope: &Scope<'_>) -> Closing<ServerExpect> {
    let closed = names.close(scope)?;
    let ServerExpect { requests, any_order, include, never, count, .. } = closed.clone();
    let asked = ServerExpect { requests, any_order, include, never, count, ..ServerExpect::default() };
    if asked != closed {
        let message = "of names only `requests`, `any-order`, `include`, `never` and `count` can be expected";
        scope.fault(names.at, message);
        return None;
    }
    Some(closed)
}

fn one_outcome(outcome: &Part<Box<RawOutcome>>, scope: &Scope<'_>, shape: &Shape) -> Closing<OutcomeExpect> {
    let closed = outcome.close(scope).filter(|closed| names_its_error(closed, outcome.at, scope, shape));
    match shape.calls.as_deref() {
        Some([1]) | None => closed,
        Some(calls) => {
            let calls: u64 = calls.iter().sum();
            scope.fault(
                outcome.at,
                format!("`outcome` is for one call; this case has {calls}: say `outcomes`"),
            );
            None
        }
    }
}

fn many_outcomes(
    outcomes: &Many<RawOutcome>,
    scope: &Scope<'_>,
    shape: &Shape,
) -> Closing<Vec<OutcomeExpect>> {
    let closed = outcomes.close(scope);
    let Some(calls) = &shape.calls else { return closed };
    if outcomes.items.len() != calls.len() {
        let message =
            format!("{} outcomes for {} calls; there is one a call", outcomes.items.len(), calls.len());
        scope.fault(outcomes.at, message);
        return None;
    }
    let closed = closed?;
    let mut is_good = true;
    for ((outcome, times), part) in closed.iter().zip(calls).zip(&outcomes.items) {
        is_good &= names_its_error(outcome, part.at, scope, shape);
        if outcome.times != *times {
            scope.fault(
                part.at,
                format!("this outcome stands for {} calls, its call is made {times} times", outcome.times),
            );
            is_good = false;
        }
    }
    is_good.then_some(closed)
}

/// Whether a case that binds names the error that it expects. `other` is what an adapter has no name for: it says nothing
/// of the client, and whoever improves the adapter would break the case. A survey may ask who has none.
fn names_its_error(outcome: &OutcomeExpect, at: NodeId, scope: &Scope<'_>, shape: &Shape) -> bool {
    let names = shape.level == Some(Level::Survey) || !outcome.error.iter().any(|class| class == "other");
    if !names {
        scope.fault(
            at,
            "`other` is an error that its adapter has no name for, and matches nothing; name a class",
        );
    }
    names
}

/// Closes all that a case expects.
pub(crate) fn close(part: &Part<RawExpect>, scope: &Scope<'_>, shape: &Shape) -> Closing<Expect> {
    let raw = part.get()?;
    refuse_outside(raw, scope);
    let outside = raw.close_expectations(scope, shape);
    let any = match raw.any() {
        Some(any) => close_any(any, outside.as_ref(), scope, shape),
        None => close_without_any(part.at, outside.as_ref(), scope, shape),
    };
    let (all, any) = (outside?, any?);
    Some(Expect { all: all.expectations, any })
}

/// `label` and `grade` belong to alternatives.
fn refuse_outside(raw: &RawExpect, scope: &Scope<'_>) {
    let leaves = [raw.label().map(|label| label.0), raw.grade().map(|grade| grade.leaf)];
    for leaf in leaves.into_iter().flatten() {
        scope.fault(leaf.0, "labels and grades belong to the alternatives of `any`");
    }
}

fn close_without_any(
    at: NodeId,
    all: Option<&Closed>,
    scope: &Scope<'_>,
    shape: &Shape,
) -> Closing<Vec<Alternative>> {
    if shape.level == Some(Level::Survey) {
        scope.fault(at, "a survey tells behaviours apart: it needs `any` with labels");
        return None;
    }
    check_stated(at, all?, None, scope, shape)?;
    Some(Vec::new())
}

fn close_any(
    any: &Many<RawExpect>,
    all: Option<&Closed>,
    scope: &Scope<'_>,
    shape: &Shape,
) -> Closing<Vec<Alternative>> {
    if any.is_written_empty(scope.document) {
        scope.fault(any.at, "`any` needs at least one alternative");
        return None;
    }
    let alternatives: Vec<Option<Alternative>> =
        any.items.iter().map(|part| close_alternative(part, all, scope, shape)).collect();
    check_labels(any, scope);
    alternatives.into_iter().collect()
}

/// No two alternatives have the same label.
fn check_labels(any: &Many<RawExpect>, scope: &Scope<'_>) {
    let mut seen = Vec::new();
    for label in any.iter().filter_map(RawExpect::label) {
        let Some(text) = scope.filled(label.0) else { continue };
        if seen.contains(&text) {
            scope.fault_of_leaf(label.0, format!("the label `{text}` is there twice"), None);
        }
        seen.push(text);
    }
}

fn close_alternative(
    part: &Part<RawExpect>,
    all: Option<&Closed>,
    scope: &Scope<'_>,
    shape: &Shape,
) -> Closing<Alternative> {
    let raw = part.get()?;
    if let Some(any) = raw.any() {
        scope.fault(any.at, "`any` is not nested");
        return None;
    }
    all! {
        label = close_label(part.at, raw, scope);
        grade = close_grade(part.at, raw, scope, shape);
        closed = raw.close_expectations(scope, shape);
    }
    check_stated(part.at, all?, Some(&closed), scope, shape)?;
    Some(Alternative { label, grade, expectations: closed.expectations })
}

fn close_label(at: NodeId, raw: &RawExpect, scope: &Scope<'_>) -> Closing<String> {
    match raw.label() {
        Some(label) => label.close(scope),
        None => {
            scope.fault(at, "an alternative needs a `label`");
            None
        }
    }
}

fn close_grade(at: NodeId, raw: &RawExpect, scope: &Scope<'_>, shape: &Shape) -> Closing<Option<Grade>> {
    match (raw.grade(), shape.level) {
        (Some(grade), Some(Level::Survey)) => {
            scope.fault(grade.leaf.0, "a survey has no grades: it tells behaviours apart and never fails");
            None
        }
        (Some(grade), _) => grade.close(scope).map(Some),
        (None, Some(Level::Must | Level::Should)) => {
            scope.fault(at, "an alternative needs a `grade`: `pass` or `lenient`");
            None
        }
        (None, _) => Some(None),
    }
}

/// Every path states the outcome of every call: there is no "any error".
fn check_stated(
    at: NodeId,
    all: &Closed,
    alternative: Option<&Closed>,
    scope: &Scope<'_>,
    shape: &Shape,
) -> Closing<()> {
    let calls = shape.calls.as_ref()?;
    let states = |closed: &Closed, call: usize| {
        closed
            .expectations
            .outcomes
            .get(call)
            .is_some_and(|outcome| outcome.status.is_some() || !outcome.error.is_empty())
    };
    let unstated: Vec<usize> = (0..calls.len())
        .filter(|call| !states(all, *call) && !alternative.is_some_and(|closed| states(closed, *call)))
        .collect();
    let Some(first) = unstated.first() else { return Some(()) };
    let outcomes_at = alternative.map_or(all.outcomes_at, |closed| closed.outcomes_at);
    let which = if calls.len() == 1 { "the call".to_owned() } else { format!("call {}", first + 1) };
    let message = format!("the outcome of {which} is not stated: say `status` or `error`");
    scope.fault(outcomes_at.unwrap_or(at), message);
    None
}
