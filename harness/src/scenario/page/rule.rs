//! Rules of servers as they are written.

use schemars::JsonSchema;
use serde::Deserialize;
use wireproof_server::{
    script::{After, Conditions, Digest, NonceCount},
    text::Pattern,
};

use super::{
    content::RawFinite,
    fields::{RawFieldPatterns, request_line},
    list::close_list,
    reply::{RawReplyAt, is_interim},
    step::RawStep,
};
use crate::scenario::{
    document::{NodeId, did_you_mean},
    raw::{Leaf, Many, Open, Part, same_schema},
    scalar::words,
    scope::{Close, Closing, Scope, all},
    server::{Rule, Step, When},
    template,
    unit::Positive,
};

/// When something happens, and what: `when`, `times`, `after`, and one of `reply` or `do`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a rule")]
#[schemars(rename = "Rule")]
pub(crate) struct RawRule {
    /// A request line, `accept`, `hello`, `preface`, or conditions; every request unless given.
    when: Option<Part<RawWhen>>,
    /// How often it fires; then it is passed over (unlimited).
    times: Option<Open<Positive>>,
    /// How much of the request is read before it fires: `head`, `body` or a size (`body`).
    after: Option<Open<After>>,
    /// Short for `do: [reply: ...]`.
    reply: Option<RawReplyAt>,
    /// What is done, in this order.
    #[serde(rename = "do")]
    steps: Option<Many<RawStep>>,
}

impl RawRule {
    /// The rule; it stands at this node.
    pub(crate) fn close(&self, at: NodeId, scope: &Scope<'_>) -> Closing<Rule> {
        let in_rule = scope.in_rule().in_turn(self.times.is_some());
        all! {
            when = self.when.close(scope);
            times = self.times.close(scope);
            after = self.after.close(scope);
            steps = self.steps(at, &in_rule);
        }
        let when = when.unwrap_or_else(|| When::Request(Conditions::default()));
        if let (Some(after), false) = (self.after, matches!(when, When::Request(_))) {
            scope.fault(after.leaf.0, "there is no request to read yet; `after` is for rules about requests");
            return None;
        }
        Some(Rule {
            when,
            times: times.map(|Positive(times)| times),
            after: after.unwrap_or_default(),
            steps,
        })
    }

    fn steps(&self, at: NodeId, scope: &Scope<'_>) -> Closing<Vec<Step>> {
        match (&self.reply, &self.steps) {
            (Some(reply), None) => {
                let closed = reply.close(scope)?;
                if is_interim(&closed) {
                    scope.fault(reply.0.at, "more must follow an interim response (1xx): say `do`");
                    return None;
                }
                Some(vec![Step::Plain(wireproof_server::script::Step::Reply(closed))])
            }
            (None, Some(steps)) => close_list(steps, scope),
            (Some(_), Some(_)) => {
                scope.fault(at, "a rule has `reply` or `do`, not both");
                None
            }
            (None, None) => {
                scope.fault(at, "a rule needs `reply` or `do`");
                None
            }
        }
    }
}

/// A request line, `accept`, `hello`, `preface`, or conditions that must all hold.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(expecting = "`when` (a request line, a word or conditions)")]
#[schemars(untagged, rename = "When")]
pub(crate) enum RawWhen {
    #[serde(rename = "$text")]
    Line(Leaf),
    #[serde(rename = "$map")]
    Conditions(Box<RawConditions>),
}

impl Close for RawWhen {
    type Closed = When;

    fn close(&self, scope: &Scope<'_>) -> Closing<When> {
        match self {
            Self::Line(leaf) => event_or_line(*leaf, scope),
            Self::Conditions(conditions) => conditions.close(scope).map(When::Request),
        }
    }
}

fn event_or_line(leaf: Leaf, scope: &Scope<'_>) -> Closing<When> {
    let filled = scope.filled(leaf)?;
    match filled.as_str() {
        "accept" => return Some(When::Accept),
        "hello" => return Some(When::Hello),
        "preface" => return Some(When::Preface),
        _ => {}
    }
    if template::first_space(&filled).is_none() {
        let help = did_you_mean(&filled, ["accept", "hello", "preface"]);
        let message = format!("expected a request line, `accept`, `hello` or `preface`, found `{filled}`");
        scope.fault_of_leaf(leaf, message, help);
        return None;
    }
    let request = Some(scope.pattern_of(leaf, &filled)?);
    Some(When::Request(Conditions { request, ..Conditions::default() }))
}

/// Conditions on a request, which must all hold.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "`when`")]
#[schemars(rename = "Conditions")]
pub(crate) struct RawConditions {
    /// A request line; `*` stands for any run of bytes.
    request: Option<Line>,
    /// Field lines: for each name exactly these, in this order; `*` stands for any run of bytes.
    headers: Option<Part<RawFieldPatterns>>,
    /// Names of fields that must be absent.
    without: Option<Many<Leaf>>,
    /// The exact content; waits for it.
    body: Option<RawFinite>,
    /// The number of the connection on this server, from 1.
    connection: Option<Open<Positive>>,
    /// The n-th request on its connection.
    nth: Option<Open<Positive>>,
    /// The request answers the last challenge of this server.
    proves: Option<Part<RawProves>>,
}

/// A request line that is matched or expected.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(transparent)]
pub(crate) struct Line(pub(crate) Leaf);

same_schema!(Line as Leaf);

impl Close for Line {
    type Closed = Pattern;

    fn close(&self, scope: &Scope<'_>) -> Closing<Pattern> {
        request_line(self.0, scope)
    }
}

impl Close for RawConditions {
    type Closed = Conditions;

    fn close(&self, scope: &Scope<'_>) -> Closing<Conditions> {
        all! {
            request = self.request.close(scope);
            fields = self.headers.close(scope);
            without = self.without.close(scope);
            body = self.body.close(scope);
            connection = self.connection.close(scope);
            nth = self.nth.close(scope);
            proves = self.proves.close(scope);
        }
        Some(Conditions {
            request,
            fields: fields.unwrap_or_default(),
            without: without.unwrap_or_default(),
            body,
            connection: connection.map(|Positive(number)| number),
            nth: nth.map(|Positive(number)| number),
            proves,
        })
    }
}

/// What a request proves.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "`proves`")]
#[schemars(rename = "Proves")]
pub(crate) struct RawProves {
    /// That the client knows these credentials (RFC 7616).
    digest: Part<RawDigest>,
}

/// Credentials that a Digest answer must compute for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "`digest`")]
#[schemars(rename = "Digest")]
pub(crate) struct RawDigest {
    /// The user.
    user: Leaf,
    /// The password.
    password: Leaf,
    /// What the nonce count must be: `any` (default), `fresh` (never used before with this nonce) or `next`.
    count: Option<Open<CountWord>>,
}

words! {
    /// What the nonce count of a Digest answer must be.
    pub(crate) CountWord, "`any`, `fresh` or `next`" {
        /// Anything.
        Any = "any",
        /// Never used before with this nonce.
        Fresh = "fresh",
        /// The last one plus one.
        Next = "next",
    }
}

impl Close for RawProves {
    type Closed = Digest;

    fn close(&self, scope: &Scope<'_>) -> Closing<Digest> {
        let digest = self.digest.get()?;
        all! {
            user = digest.user.close(scope);
            password = digest.password.close(scope);
            count = digest.count.close(scope);
        }
        let count = match count {
            None | Some(CountWord::Any) => NonceCount::Any,
            Some(CountWord::Fresh) => NonceCount::Fresh,
            Some(CountWord::Next) => NonceCount::Next,
        };
        Some(Digest { user, password, count })
    }
}
