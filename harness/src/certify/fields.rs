//! Order and spelling of field lines, of which the case language cannot speak: it compares them by name.

use super::{certificate::Finding, examiner::Examiner, falsify, held::Held};
use crate::{
    observation::{Observation, Told},
    plan::Plan,
};

/// What is looked at beside the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// That the fields of these names come in this order, however they are spelled.
    Order(&'static [&'static str]),
    /// That these names are spelled so.
    Case(&'static [&'static str]),
}

/// Whose field lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    /// Those of the request, as they went out.
    Request,
    /// Those of the response, as the caller saw them.
    Response,
}

/// The cases, and what is looked at in each.
pub(super) const LOOKS: [(&str, Whose, Look); 4] = [
    ("fields-out-order", Whose::Request, Look::Order(&["x-token-b", "x-token-c", "x-token-a"])),
    ("fields-out-case", Whose::Request, Look::Case(&["x-ToKeN"])),
    ("fields-in-order", Whose::Response, Look::Order(&["x-token-b", "x-token-c", "x-token-a"])),
    ("fields-in-case", Whose::Response, Look::Case(&["x-ToKeN"])),
];

/// Asks the case, judges it, and looks at the field lines.
pub(super) fn examine(
    examiner: &Examiner<'_>,
    held: &mut Held<'_>,
    plan: &Plan,
    whose: Whose,
    look: Look,
) -> Finding {
    let observed =
        examiner.observe(plan, |job, surroundings, stopper| held.ask(plan, &job, &surroundings, stopper));
    match observed {
        Ok(observation) => {
            examiner.judge(plan, &observation).and(looked_at(look, &names(&observation, whose)))
        }
        Err(finding) => finding,
    }
}

fn names(observation: &Observation, whose: Whose) -> Vec<String> {
    match whose {
        Whose::Request => {
            let connections = observation.seen.servers.iter().flat_map(|server| &server.connections);
            let fields = connections.flat_map(|connection| &connection.requests).flat_map(|one| &one.fields);
            fields.map(|(name, _)| String::from_utf8_lossy(name).into_owned()).collect()
        }
        Whose::Response => {
            let Told::Outcome(outcome) = &observation.told else { return Vec::new() };
            let fields = outcome.calls.iter().filter_map(|call| call.fields.as_ref()).flatten();
            fields.map(|(name, _)| name.clone()).collect()
        }
    }
}

/// As it should be with these names, and not with the other order or the other spelling as well.
fn looked_at(look: Look, names: &[String]) -> Finding {
    let (Look::Order(expected) | Look::Case(expected)) = look;
    let swapped = |letter: char| {
        if letter.is_ascii_uppercase() { letter.to_ascii_lowercase() } else { letter.to_ascii_uppercase() }
    };
    let expected: Vec<String> = expected.iter().map(|name| (*name).to_owned()).collect();
    let opposite = match look {
        Look::Order(_) => expected.iter().rev().cloned().collect(),
        Look::Case(_) => expected.iter().map(|name| name.chars().map(swapped).collect()).collect(),
    };
    falsify::both_ways(&expected, &[opposite], |expected| amiss(look, expected, names))
}

/// What is not as it should be with these names, if anything.
fn amiss(look: Look, expected: &[String], names: &[String]) -> Vec<String> {
    let shown: fn(&String) -> String = match look {
        Look::Order(_) => |name| name.to_lowercase(),
        Look::Case(_) => String::clone,
    };
    let wanted = |name: &&String| expected.iter().any(|one| one.eq_ignore_ascii_case(name));
    let found: Vec<String> = names.iter().filter(wanted).map(shown).collect();
    if found == expected {
        return Vec::new();
    }
    vec![format!("expected {}, found {}", expected.join(", "), found.join(", "))]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looked(look: Look, names: &[&str]) -> Finding {
        looked_at(look, &names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn order_is_order_alone() {
        let look = Look::Order(&["b", "a"]);
        assert_eq!(looked(look, &["Host", "B", "Accept", "a"]), Finding::Met);
        assert_eq!(looked(look, &["a", "b"]), Finding::not_met("expected b, a, found a, b"));
        assert_ne!(looked(look, &["b"]), Finding::Met);
    }

    #[test]
    fn spelling_is_to_the_letter() {
        let look = Look::Case(&["x-ToKeN"]);
        assert_eq!(looked(look, &["Host", "x-ToKeN"]), Finding::Met);
        assert_ne!(looked(look, &["X-Token"]), Finding::Met);
        assert_ne!(looked(look, &[]), Finding::Met);
    }

    /// A look that finds nothing amiss with any names would be told by its twin: these have none but themselves.
    #[test]
    fn what_is_its_own_opposite_proves_nothing() {
        let toothless = Finding::not_met("the answer fits a false demand as well");
        assert_eq!(looked(Look::Order(&["a"]), &["a"]), toothless);
        assert_eq!(looked(Look::Case(&["1"]), &["1"]), toothless);
    }
}
