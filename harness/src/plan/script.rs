//! What the servers do: durations scaled, shorthands spelled out, an engine chosen for each server.

use std::time::Duration;

use wireproof_server::{
    polite_can_say,
    script::{
        After, Conditions, Content, End, Engine, Gate, Listen, Pace, Reading, Reply, Rule, Script,
        ServerScript, Step, When,
    },
    text::Text,
};

use super::Scale;
use crate::scenario::{Scenario, server};

pub(super) fn script(scenario: &Scenario, scale: Scale, gates: &[Gate]) -> Script {
    let servers = scenario.servers.iter().map(|(name, server)| server_script(name, server, scale)).collect();
    Script { servers, gates: gates.to_vec() }
}

fn server_script(name: &str, server: &server::Server, scale: Scale) -> ServerScript {
    let rules = match &server.role {
        server::Role::Rules(rules) => rules.iter().filter_map(|one| rule(one, scale)).collect(),
        server::Role::Ok => vec![always(Step::Reply(ok()))],
        server::Role::Silent => vec![always(Step::End(End::Stall))],
        server::Role::Refused | server::Role::Blackhole => Vec::new(),
    };
    let listen = match server.role {
        server::Role::Refused => Listen::Refused,
        server::Role::Blackhole => Listen::Blackhole,
        _ if server.unix => Listen::Unix,
        _ => Listen::Tcp { ip: server.ip, port: server.port },
    };
    let polite = matches!(listen, Listen::Tcp { .. }) && !rules.is_empty() && rules.iter().all(is_polite);
    let engine = if polite { Engine::Polite } else { Engine::Wire };
    ServerScript { name: name.to_owned(), listen, engine, rules }
}

fn always(step: Step) -> Rule {
    Rule {
        when: When::Request(Conditions::default()),
        times: None,
        after: if matches!(step, Step::Reply(_)) { After::Body } else { After::Head },
        steps: vec![step],
    }
}

fn ok() -> Reply {
    Reply {
        status: 200,
        reason: None,
        fields: Vec::new(),
        body: Content::Text(Text::from("ok")),
        framing: wireproof_server::script::Framing::Length,
        chunk: None,
        trailers: Vec::new(),
    }
}

fn is_polite(rule: &Rule) -> bool {
    polite_can_say(rule)
}

/// `None` where the rule is for a protocol that cannot be staged yet: the plan is not ready then.
fn rule(rule: &server::Rule, scale: Scale) -> Option<Rule> {
    let when = match &rule.when {
        server::When::Accept => When::Accept,
        server::When::Request(conditions) => When::Request(conditions.clone()),
        server::When::Hello | server::When::Preface => return None,
    };
    Some(Rule { when, times: rule.times, after: rule.after, steps: steps(&rule.steps, scale) })
}

fn steps(list: &[server::Step], scale: Scale) -> Vec<Step> {
    list.iter().filter_map(|one| step(one, scale)).collect()
}

fn step(step: &server::Step, scale: Scale) -> Option<Step> {
    Some(match step {
        server::Step::Plain(plain) => scaled(plain, scale),
        server::Step::Repeat { times, steps: list } => {
            Step::Repeat { times: *times, steps: steps(list, scale) }
        }
        server::Step::Frame(_) | server::Step::Alert(_) | server::Step::Tls(_) => return None,
    })
}

fn scaled(step: &Step, scale: Scale) -> Step {
    match step {
        Step::Wait(time) => Step::Wait(scale.apply(*time)),
        Step::Pace(pace) => Step::Pace(Pace { cut: pace.cut.clone(), every: scale.apply(pace.every) }),
        Step::Reading(Reading::Slow { by, every }) => {
            Step::Reading(Reading::Slow { by: *by, every: scale.apply(*every) })
        }
        other => other.clone(),
    }
}

/// Whether time plays a part in what the servers do.
pub(super) fn takes_time(script: &Script) -> bool {
    script.servers.iter().any(|server| server.listen == Listen::Blackhole) || waits(script) > Duration::ZERO
}

/// The time that all servers wait, were each rule to fire once.
pub(super) fn waits(script: &Script) -> Duration {
    let rules = script.servers.iter().flat_map(|server| &server.rules);
    rules.map(|rule| waits_of(&rule.steps)).sum()
}

fn waits_of(steps: &[Step]) -> Duration {
    steps
        .iter()
        .map(|step| match step {
            Step::Wait(time) => *time,
            Step::Pace(pace) => pace.every,
            Step::Reading(Reading::Slow { every, .. }) => *every,
            Step::Repeat { steps, .. } => waits_of(steps),
            _ => Duration::ZERO,
        })
        .sum()
}
