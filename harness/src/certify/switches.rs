//! Switches: whether each obeys both ways, as its value says.

use wireproof_client::{
    capabilities::{Support, WITHOUT_OPTION},
    job::{Job, Options},
};

use super::{
    certificate::{Finding, Line},
    examiner::Examiner,
    falsify,
    held::Held,
};
use crate::{
    observation::{Observation, Told},
    plan::Plan,
};

/// The switches there are whose state can be seen from outside, each with a case for on and one for off.
const SEEN: [&str; 11] = [
    "redirects",
    "cookies",
    "decompress",
    "keepalive",
    "expect-continue",
    "netrc",
    "proxy-env",
    "status-errors",
    "http-cache",
    "insecure",
    "insecure-host",
];

/// The others: what they do shows with TLS only.
const UNSEEN: [&str; 2] = ["hsts", "alt-svc"];

/// What comes of asking for a switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    On,
    Off,
    Refused,
}

/// What a value promises, by what is asked: nothing, on, off (`client-under-test/README.md`, capabilities).
fn promised(support: Support) -> [(Option<bool>, State); 3] {
    let (left, on, off) = match support {
        Support::No => (State::Off, State::Refused, State::Off),
        Support::Configurable => (State::Off, State::On, State::Off),
        Support::Yes => (State::On, State::On, State::Off),
        Support::Always => (State::On, State::On, State::Refused),
    };
    [(None, left), (Some(true), on), (Some(false), off)]
}

/// All switches there are.
pub(super) fn all() -> impl Iterator<Item = &'static str> {
    SEEN.into_iter().chain(UNSEEN)
}

/// Those that the client speaks of and that need no surroundings of their own, or those that do.
pub(super) fn declared(examiner: &Examiner<'_>, with_surroundings: bool) -> Vec<&'static str> {
    let speaks_of = |name: &&str| examiner.hello().capabilities.contains_key(*name);
    let surrounded = |name: &str| matches!(name, "netrc" | "proxy-env");
    all().filter(speaks_of).filter(|name| surrounded(name) == with_surroundings).collect()
}

/// The two rows of a switch.
pub(super) fn lines(examiner: &Examiner<'_>, held: &mut Held<'_>, name: &str) -> [Line; 2] {
    let support = examiner.hello().support(name);
    let of_environment = name == "proxy-env";
    let mut findings = [None::<Finding>, None];
    if UNSEEN.contains(&name) {
        findings = [(); 2].map(|()| Some(Finding::NotAsked("not yet: TLS".to_owned())));
    } else {
        for (asked, state) in promised(support) {
            // Refusing is part of the way that cannot be gone.
            let on = state == State::On || state == State::Refused && asked == Some(true);
            let finding = examine(examiner, held, name, asked, state);
            let place = &mut findings[usize::from(!on)];
            *place = Some(match place.take() {
                Some(before) => before.and(finding),
                None => finding,
            });
        }
    }
    let [on, off] = findings.map(|finding| finding.unwrap_or(Finding::Met));
    let row = |way: &str| {
        if of_environment { format!("environment {way}") } else { format!("switch-{way} {name}") }
    };
    let word = format!("{support:?}").to_lowercase();
    let about = |way: &str| format!("{} ({name} is `{word}`)", examiner.about(&format!("{name}-{way}")));
    [Line::new(row("on"), about("on"), on), Line::new(row("off"), about("off"), off)]
}

fn examine(
    examiner: &Examiner<'_>,
    held: &mut Held<'_>,
    name: &str,
    asked: Option<bool>,
    state: State,
) -> Finding {
    let support = examiner.hello().support(name);
    let case = format!("{name}-{}", if state == State::On { "on" } else { "off" });
    let plan = match examiner.plan(&case) {
        Ok(plan) => plan,
        // A refusal takes no more than a job that asks for it.
        Err(finding) => match examiner.plan_anyway("unsupported").filter(|_| state == State::Refused) {
            Some(plan) => plan,
            None => return finding,
        },
    };
    let finding = if state == State::Refused {
        refused(examiner, held, &plan, name, |job| with(job, name, asked, support))
    } else {
        examiner.examine_by(&plan, |job, surroundings, stopper| {
            held.ask(&plan, &with(job, name, asked, support), &surroundings, stopper)
        })
    };
    let how = match asked {
        None => "left alone",
        Some(true) => "asked on",
        Some(false) => "asked off",
    };
    match finding {
        Finding::NotMet(why) => Finding::NotMet(why.into_iter().map(|why| format!("{how}: {why}")).collect()),
        other => other,
    }
}

/// Whether undeclared switches are refused when they are asked on.
pub(super) fn undeclared_are_refused(examiner: &Examiner<'_>, held: &mut Held<'_>, plan: &Plan) -> Finding {
    let undeclared = all().filter(|name| examiner.hello().support(name) == Support::No);
    undeclared.fold(Finding::Met, |finding, name| {
        finding.and(refused(examiner, held, plan, name, |job| with(job, name, Some(true), Support::No)))
    })
}

/// Whether a job that needs this is refused by that name, and no server hears of it.
pub(super) fn refused(
    examiner: &Examiner<'_>,
    held: &mut Held<'_>,
    plan: &Plan,
    name: &str,
    make: impl FnOnce(Job) -> Job,
) -> Finding {
    let mut asked = Job::default();
    let observed = examiner.observe(plan, |job, surroundings, stopper| {
        asked = make(job);
        held.ask(plan, &asked, &surroundings, stopper)
    });
    let observation = match observed {
        Ok(observation) => observation,
        Err(finding) => return finding,
    };
    if observation.told == Told::Hang {
        examiner.conduct.hung();
        return Finding::not_met(format!("no answer within {:?}", plan.deadline));
    }
    of_refusal(&observation, name, &asked)
}

/// How a job is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Refusal<'a> {
    /// For want of this.
    name: &'a str,
    /// Behind a connection.
    contacted: bool,
}

/// By that name, and not by any that the job does not speak of.
fn of_refusal(observation: &Observation, name: &str, job: &Job) -> Finding {
    let demand = Refusal { name, contacted: false };
    let given = job.options.given();
    let spoken_of = |name: &str| job.needs.iter().any(|need| need == name) || given.contains(&name);
    let others = Options::NAMES.iter().chain(WITHOUT_OPTION).filter(|name| !spoken_of(name));
    let mut opposites: Vec<Refusal<'_>> = others.map(|name| Refusal { name, ..demand }).collect();
    opposites.push(Refusal { contacted: true, ..demand });
    falsify::both_ways(&demand, &opposites, |refusal| objections(observation, *refusal))
}

/// What speaks against such a refusal.
fn objections(observation: &Observation, refusal: Refusal<'_>) -> Vec<String> {
    let Refusal { name, contacted } = refusal;
    let heard = observation.seen.servers.iter().any(|server| !server.connections.is_empty());
    let why = match &observation.told {
        Told::Unsupported(answer) if !answer.what.iter().any(|what| what == name) => {
            format!("refused for {}, not for `{name}`", answer.what.join(", "))
        }
        Told::Unsupported(_) if heard && !contacted => {
            format!("refused for `{name}` behind a connection that was opened all the same")
        }
        Told::Unsupported(_) if !heard && contacted => format!("refused for `{name}` before a connection"),
        Told::Unsupported(_) => return Vec::new(),
        Told::Outcome(_) => format!("answered a job that needs `{name}`, not refused it"),
        Told::Hang => "no answer".to_owned(),
        Told::Crash(how) | Told::Stopped(how) => format!("ended without an answer: {how}"),
        Told::Broken(how) => format!("the adapter {how}"),
    };
    vec![why]
}

/// The job with this switch, and no other, set so.
pub(super) fn with(mut job: Job, name: &str, asked: Option<bool>, support: Support) -> Job {
    job.needs.retain(|need| need != name);
    job.options = set(&job.options, name, asked);
    // What is off anyway may be switched off undeclared: nothing is relied on then.
    let relied_on = asked == Some(true) || asked == Some(false) && support != Support::No;
    if relied_on {
        job.needs.push(name.to_owned());
    }
    job
}

/// Options by name: their keys are those of the contract.
fn set(options: &Options, name: &str, asked: Option<bool>) -> Options {
    let mut spelled = serde_json::to_value(options).unwrap_or_default();
    if let Some(members) = spelled.as_object_mut() {
        members.remove(name);
        members.extend(asked.map(|asked| (name.to_owned(), asked.into())));
    }
    serde_json::from_value(spelled).unwrap_or_else(|_| options.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_set_by_name() {
        let job = Job {
            needs: vec!["cookies".to_owned(), "multi-call".to_owned()],
            options: Options { cookies: Some(true), redirects: Some(true), ..Options::default() },
            ..Job::default()
        };
        let off = with(job.clone(), "cookies", Some(false), Support::Yes);
        assert_eq!((off.options.cookies, off.options.redirects), (Some(false), Some(true)));
        assert_eq!(off.needs, ["multi-call", "cookies"]);
        let undeclared = with(job.clone(), "cookies", Some(false), Support::No);
        assert_eq!(
            (undeclared.options.cookies, undeclared.needs),
            (Some(false), vec!["multi-call".to_owned()])
        );
        let left = with(job, "cookies", None, Support::Yes);
        assert_eq!((left.options.cookies, left.needs), (None, vec!["multi-call".to_owned()]));
    }

    #[test]
    fn every_switch_is_an_option() {
        for name in all() {
            let options = set(&Options::default(), name, Some(true));
            assert_eq!(options.given(), [name]);
        }
    }
}
