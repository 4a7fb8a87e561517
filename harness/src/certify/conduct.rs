//! Rows about the adapter itself, whatever its client: what it refuses, ignores and survives.

use std::time::Duration;

use serde_json::{Value, json};
use wireproof_client::{
    bytes::Bytes,
    contract::{Answer, ToAdapter},
    job::{Body, Job},
    outcome::{GROUPS, Outcome},
};

use super::{
    certificate::{Finding, Line},
    examiner::Examiner,
    falsify,
    held::Held,
    switches,
};
use crate::{adapter::Reply, observation::Told};

/// A capability that nobody has.
const NONSENSE: &str = "x-nonsense";

/// A job that needs what nobody has, and jobs that switch on what is not declared, are refused.
pub(super) fn unsupported(examiner: &Examiner<'_>, held: &mut Held<'_>) -> Line {
    let finding = match examiner.plan("unsupported") {
        Ok(plan) => switches::refused(examiner, held, &plan, NONSENSE, |mut job| {
            job.needs.push(NONSENSE.to_owned());
            job
        })
        .and(switches::undeclared_are_refused(examiner, held, &plan)),
        Err(finding) => finding,
    };
    Line::new("unsupported", examiner.about("unsupported"), finding)
}

/// Unknown keys are ignored, and long jobs are read.
pub(super) fn tolerance(examiner: &Examiner<'_>, held: &mut Held<'_>) -> [Line; 2] {
    let unknown_keys = match examiner.plan("tolerance") {
        _ if !examiner.stand.driver().has_adapter() => {
            Finding::NotAsked("within this process a job has no unknown keys".to_owned())
        }
        Ok(plan) => examiner.examine_by(&plan, |job, _, _| {
            let asked = with_unknown_keys(&job).map(|message| held.ask_spelled(&plan, &job, &message));
            match asked {
                Ok(Some(reply)) => reply,
                Ok(None) => Reply::Broken("has no messages: our fault".to_owned()),
                Err(error) => Reply::Broken(format!("could not be asked: {error}")),
            }
        }),
        Err(finding) => finding,
    };
    let long_job = match examiner.plan("long-job") {
        Ok(plan) => examiner.examine_by(&plan, |job, surroundings, stopper| {
            held.ask(&plan, &written_out(job), &surroundings, stopper)
        }),
        Err(finding) => finding,
    };
    [
        Line::new("tolerance", examiner.about("tolerance"), unknown_keys),
        Line::new("tolerance long-job", examiner.about("long-job"), long_job),
    ]
}

/// The message of a job, with keys that no version of the contract has.
fn with_unknown_keys(job: &Job) -> Result<Value, serde_json::Error> {
    let unknown = || json!({ "of": ["a", "later", "version", 1] });
    let mut message = serde_json::to_value(ToAdapter::Job(job.clone()))?;
    message["x-unknown"] = unknown();
    message["options"]["x-unknown"] = unknown();
    for call in message["calls"].as_array_mut().into_iter().flatten() {
        call["x-unknown"] = unknown();
        call["options"]["x-unknown"] = unknown();
    }
    Ok(message)
}

/// The job with its content as one long string, in place of a short repetition.
fn written_out(mut job: Job) -> Job {
    for call in &mut job.calls {
        if let Some(Body::Bytes(bytes)) = &mut call.body {
            *bytes = Bytes::Plain(bytes.to_vec());
        }
    }
    job
}

/// Two jobs, one after the other, opposite the same servers: nothing of the first shows in the second.
pub(super) fn isolation(examiner: &Examiner<'_>, held: &mut Held<'_>) -> Line {
    let finding = examiner.plan_anyway("isolation").map_or_else(
        || Finding::not_met("the certification page has no case `isolation`: our fault"),
        |mut plan| {
            // Nobody is asked for two calls in one session here.
            plan.readiness = crate::plan::Readiness::Ready;
            examiner.examine_by(&plan, |job, surroundings, stopper| {
                let mut replies = Vec::new();
                for one in one_call_each(job) {
                    // The servers are stopped with the last one: dropping a stopper stops nothing.
                    replies.push(held.ask(&plan, &one, &surroundings, stopper.clone()));
                }
                joined(replies)
            })
        },
    );
    Line::new("isolation", examiner.about("isolation"), finding)
}

/// For each call a job of its own.
fn one_call_each(mut job: Job) -> Vec<Job> {
    job.needs.retain(|need| need != "multi-call");
    let calls = std::mem::take(&mut job.calls);
    calls.into_iter().map(|call| Job { calls: vec![call], ..job.clone() }).collect()
}

/// The outcomes of several jobs as that of one; the first reply that is none, if there is one.
fn joined(replies: Vec<Reply>) -> Reply {
    let mut calls = Vec::new();
    let mut time = Duration::ZERO;
    let mut last = Reply::Broken("was asked nothing: our fault".to_owned());
    for reply in replies {
        match reply {
            Reply::Answered { answer: Answer::Outcome(outcome), noise, stderr, usage, took } => {
                calls.extend(outcome.calls);
                time += took;
                let outcome = Outcome { id: outcome.id, calls: calls.clone() };
                last = Reply::Answered { answer: Answer::Outcome(outcome), noise, stderr, usage, took: time };
            }
            other => return other,
        }
    }
    last
}

/// A silent server: the client is killed at the deadline, started again, and does the next job right.
pub(super) fn hang(examiner: &Examiner<'_>, held: &mut Held<'_>) -> Line {
    let finding = match examiner.plan("hang") {
        Ok(plan) => {
            let observed = examiner
                .observe(&plan, |job, surroundings, stopper| held.ask(&plan, &job, &surroundings, stopper));
            match observed {
                Ok(observation) => of_silence(&observation.told).and(examiner.examine(held, "after-hang")),
                Err(finding) => finding,
            }
        }
        Err(finding) => finding,
    };
    Line::new("hang", "A client that hangs is killed at the deadline, and its next process works", finding)
}

/// What a server is told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Server {
    /// It says nothing: no answer, or that of a client whose own limit of time has struck before.
    Silent,
    /// It does something, be it wrong: the opposite.
    Heard,
}

fn of_silence(told: &Told) -> Finding {
    falsify::both_ways(&Server::Silent, &[Server::Heard], |server| objections(told, *server))
}

/// What speaks against a server of this kind.
fn objections(told: &Told, server: Server) -> Vec<String> {
    let why = match told {
        Told::Hang if server == Server::Silent => return Vec::new(),
        Told::Hang => "a server that answers was waited for".to_owned(),
        Told::Outcome(outcome) => {
            let errors = outcome.calls.iter().filter_map(|call| call.error.as_ref());
            let classes: Vec<&String> = errors.flat_map(|error| &error.class).collect();
            let timeouts = GROUPS.iter().find(|(group, _)| *group == "timeout").map_or(&[][..], |one| one.1);
            let is_timeout = |class: &&String| *class == "timeout" || timeouts.contains(&class.as_str());
            let of_silence = !classes.is_empty() && classes.iter().all(is_timeout);
            let of_an_answer = !of_silence || outcome.calls.iter().any(|call| call.status.is_some());
            match server {
                Server::Silent if of_silence => return Vec::new(),
                Server::Heard if of_an_answer => return Vec::new(),
                Server::Silent => "a server that says nothing was told of as one that answered".to_owned(),
                Server::Heard => "a server that answered was told of as one that says nothing".to_owned(),
            }
        }
        Told::Unsupported(answer) => format!("answered unsupported: {}", answer.what.join(", ")),
        Told::Crash(how) | Told::Stopped(how) => format!("ended without an answer: {how}"),
        Told::Broken(how) => format!("the adapter {how}"),
    };
    vec![why]
}

/// What its processes did with the end of their input, and what they printed. Neither has a false twin: what is asked is
/// that nothing has been amiss on the whole page, and of nothing there is no opposite that an adapter could fit as well.
pub(super) fn end(examiner: &Examiner<'_>) -> [Line; 2] {
    let (ended, amiss) = examiner.conduct.ends();
    let (end, noise) = if examiner.stand.driver().has_adapter() {
        let end = match (ended, amiss) {
            (0, amiss) if amiss.is_empty() => {
                Finding::not_met("no process lived to see the end of its input")
            }
            (_, amiss) => Finding::unless(amiss),
        };
        (end, Finding::unless(examiner.conduct.noise()))
    } else {
        let none = || Finding::NotAsked("within this process there is nothing to end".to_owned());
        (none(), none())
    };
    [
        Line::new("end", "At the end of its input it exits with status 0 within 5 s", end),
        Line::new("noise", "Nothing but messages on standard output", noise),
    ]
}

#[cfg(test)]
mod tests {
    use wireproof_client::{job::Call, outcome::CallResult, outcome::Error};

    use super::*;

    #[test]
    fn unknown_keys_are_everywhere() {
        let job = Job { id: "1".to_owned(), calls: vec![Call::default(), Call::default()], ..Job::default() };
        let message = with_unknown_keys(&job).unwrap();
        assert_eq!(message["type"], "job");
        assert_eq!(message.to_string().matches("x-unknown").count(), 6);
        assert_eq!(serde_json::from_value::<ToAdapter>(message).unwrap(), ToAdapter::Job(job));
    }

    #[test]
    fn silence_is_silence_or_a_limit_of_time() {
        let told = |class: &str| {
            let error = Error { class: vec![class.to_owned()], ..Error::default() };
            let call = CallResult { error: Some(error), ..CallResult::default() };
            Told::Outcome(Outcome { id: "1".to_owned(), calls: vec![call] })
        };
        assert_eq!(of_silence(&Told::Hang), Finding::Met);
        assert_eq!(of_silence(&told("read-timeout")), Finding::Met);
        assert_ne!(of_silence(&told("closed")), Finding::Met);
        let both = Error { class: vec!["total-timeout".to_owned()], ..Error::default() };
        let both = CallResult { status: Some(200), error: Some(both), ..CallResult::default() };
        let both = of_silence(&Told::Outcome(Outcome { id: "1".to_owned(), calls: vec![both] }));
        assert_eq!(both, Finding::not_met("the answer fits a false demand as well"));
        let nothing = Outcome { id: "1".to_owned(), calls: vec![CallResult::default()] };
        assert_ne!(of_silence(&Told::Outcome(nothing)), Finding::Met);
    }
}
