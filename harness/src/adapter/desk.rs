//! Where what a process says is laid out for those who wait for it: its hello, the answers to the jobs in flight,
//! and how it ends. Everything that comes is taken at once, so that no process can fill our memory.

use std::{
    collections::BTreeMap,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use wireproof_client::{
    capabilities::Hello,
    contract::{Answer, FromAdapter, Partial},
    job::Job,
};

use super::reply::{self, Company};

/// How long the rest of the output may take once the process has ended, and the end once the output has.
const GRACE: Duration = Duration::from_secs(1);

/// How many jobs a message names at most.
const NAMED: usize = 3;

/// What a process has said and how it stands. Written by the threads at its pipes, read by those who ask it.
#[derive(Debug, Default)]
pub(super) struct Desk {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    greeted: bool,
    hello: Option<Box<Hello>>,
    /// By id.
    in_flight: BTreeMap<String, InFlight>,
    /// How many jobs have been answered.
    answered: u64,
    /// How many jobs were in flight when the first of them was given up.
    lost: Option<usize>,
    /// Nobody asks any more: what is still said is not listened to.
    closing: bool,
    fault: Option<Fault>,
    stopped: Option<Stop>,
    deaf: Option<String>,
    silent: Option<Instant>,
    exited: Option<Instant>,
}

/// A job that was sent.
#[derive(Debug)]
struct InFlight {
    calls: usize,
    answer: Option<Answer>,
    partials: BTreeMap<usize, Partial>,
}

/// A break of the contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// A sentence without its subject.
    pub(super) text: String,
    /// In the name of which job.
    pub(super) job: Option<String>,
}

/// Why we ended the process: a sentence without its subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stop {
    /// Because of one of its jobs, which knows.
    ForAnother(String),
    /// Because of what it did to the machine.
    ForAll(String),
}

/// What came for somebody who waited.
#[derive(Debug, PartialEq)]
pub(super) enum Came<T> {
    /// What was waited for.
    This(T),
    /// A break of the contract.
    Wrong(Fault),
    /// We ended the process.
    Stopped(Stop),
    /// The process has ended by itself, and all its output has been heard.
    Over,
    /// It closed its standard output and went on.
    Mute,
    /// The time was up.
    Late,
}

impl Desk {
    /// Enters a job as in flight.
    ///
    /// # Errors
    /// A sentence without its subject, where one of that id is.
    pub(super) fn enter(&self, job: &Job) -> Result<(), String> {
        let in_flight = &mut self.lock().in_flight;
        if in_flight.contains_key(&job.id) {
            return Err(format!("could not be asked: it is at job `{}` already", job.id));
        }
        let entry = InFlight { calls: job.calls.len(), answer: None, partials: BTreeMap::new() };
        in_flight.insert(job.id.clone(), entry);
        Ok(())
    }

    /// Whether a job of this id is in flight.
    pub(super) fn has(&self, id: &str) -> bool {
        self.lock().in_flight.contains_key(id)
    }

    /// Takes a job off the desk: the calls of it that had ended, and which other jobs there were.
    pub(super) fn clear(&self, id: &str) -> (Vec<Partial>, Company) {
        let mut state = self.lock();
        // Several jobs are lost at once and told so one by one: all of them have had the same company.
        let in_flight = state.in_flight.len();
        let lost = *state.lost.get_or_insert(in_flight);
        let company = Company { before: state.answered, beside: lost.saturating_sub(1) as u64 };
        let partials = state.in_flight.remove(id).map(|job| job.partials).unwrap_or_default();
        (partials.into_values().collect(), company)
    }

    /// Forgets the jobs that have been answered.
    pub(super) fn begin_anew(&self) {
        self.lock().answered = 0;
    }

    /// Waits until then for the hello.
    pub(super) fn await_hello(&self, until: Instant) -> Came<Box<Hello>> {
        self.wait(until, |state| state.hello.take())
    }

    /// Waits until then for the answer to a job, and takes it off the desk if it came.
    pub(super) fn await_answer(&self, id: &str, until: Instant) -> Came<Answer> {
        self.wait(until, |state| {
            if state.fault.as_ref().is_some_and(|fault| fault.job.as_deref() == Some(id)) {
                return None;
            }
            let answer = state.in_flight.get_mut(id)?.answer.take()?;
            state.in_flight.remove(id);
            state.answered += 1;
            Some(answer)
        })
    }

    /// Waits until then for the end, whatever is said before.
    pub(super) fn await_end(&self, until: Instant) -> Came<()> {
        let mut state = self.lock();
        state.closing = true;
        state.fault = None;
        drop(state);
        self.wait(until, |_| None)
    }

    /// What was wrong with what was said, if anything was.
    pub(super) fn fault(&self) -> Option<Fault> {
        self.lock().fault.clone()
    }

    /// Why the process takes no more input, if so.
    pub(super) fn deaf(&self) -> Option<String> {
        self.lock().deaf.clone()
    }

    /// Takes a message. Whether the process may go on.
    pub(super) fn take(&self, message: FromAdapter) -> bool {
        let mut state = self.lock();
        if state.fault.is_none() && !state.closing {
            state.fault = state.place(message).err();
        }
        let sound = state.fault.is_none();
        drop(state);
        self.changed.notify_all();
        sound
    }

    /// Takes a break of the contract: a sentence without its subject.
    pub(super) fn wrong(&self, text: String) {
        self.change(|state| {
            if !state.closing {
                state.fault.get_or_insert(Fault { text, job: None });
            }
        });
    }

    /// We end the process. The first reason counts.
    pub(super) fn stop(&self, why: Stop) {
        self.change(|state| {
            state.stopped.get_or_insert(why);
        });
    }

    /// Standard output has ended.
    pub(super) fn silent(&self) {
        self.change(|state| state.silent = Some(Instant::now()));
    }

    /// Standard input takes no more.
    pub(super) fn is_deaf(&self, why: String) {
        self.change(|state| state.deaf = Some(why));
    }

    /// The process has ended.
    pub(super) fn exited(&self) {
        self.change(|state| state.exited = Some(Instant::now()));
    }

    fn change(&self, how: impl FnOnce(&mut State)) {
        how(&mut self.lock());
        self.changed.notify_all();
    }

    fn wait<T>(&self, until: Instant, mut found: impl FnMut(&mut State) -> Option<T>) -> Came<T> {
        let mut state = self.lock();
        loop {
            if let Some(found) = found(&mut state) {
                return Came::This(found);
            }
            if let Some(end) = state.end() {
                return end;
            }
            let graced = state.exited.or(state.silent).map(|since| since + GRACE);
            let wake = graced.map_or(until, |graced| graced.min(until));
            let left = wake.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return match (state.exited, state.silent) {
                    (Some(_), _) => Came::Over,
                    (None, Some(_)) if wake < until => Came::Mute,
                    (None, _) => Came::Late,
                };
            }
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing here can panic half way, so a poisoned lock still holds sound data.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Lays a message where it is waited for.
    fn place(&mut self, message: FromAdapter) -> Result<(), Fault> {
        let nameless = |text: String| Fault { text, job: None };
        let answer = match message {
            FromAdapter::Hello(_) if self.greeted => {
                return Err(nameless("said hello a second time".to_owned()));
            }
            FromAdapter::Hello(hello) => {
                self.greeted = true;
                self.hello = Some(hello);
                return Ok(());
            }
            other if !self.greeted => {
                return Err(nameless(format!("began with {other:?}, not with a hello")));
            }
            FromAdapter::Outcome(outcome) => Answer::Outcome(outcome),
            FromAdapter::Unsupported(unsupported) => Answer::Unsupported(unsupported),
            FromAdapter::AdapterError(error) => Answer::AdapterError(error),
            FromAdapter::Partial(partial) => return self.keep(partial),
            FromAdapter::Bye { .. } => return Ok(()),
        };
        self.answer(answer)
    }

    fn answer(&mut self, answer: Answer) -> Result<(), Fault> {
        // Who fails without saying at what fails at the only thing there is to be done.
        let only = self.in_flight.keys().next().filter(|_| self.in_flight.len() == 1);
        let Some(id) = reply::id_of(&answer).or(only.map(String::as_str)).map(str::to_owned) else {
            let text = match &answer {
                Answer::AdapterError(error) => {
                    format!("failed, and did not say at which job: {}", error.text)
                }
                Answer::Outcome(_) | Answer::Unsupported(_) => unreachable!("these bear an id"),
            };
            return Err(Fault { text, job: None });
        };
        let at_hand = self.at_hand();
        let Some(job) = self.in_flight.get_mut(&id) else {
            return Err(Fault { text: format!("answered job `{id}` while {at_hand}"), job: None });
        };
        if job.answer.is_some() {
            return Err(Fault { text: format!("answered job `{id}` twice"), job: Some(id) });
        }
        reply::check_results(&answer, job.calls).map_err(|text| Fault { text, job: Some(id) })?;
        job.answer = Some(answer);
        Ok(())
    }

    fn keep(&mut self, partial: Partial) -> Result<(), Fault> {
        let (id, call) = (partial.id.clone(), partial.call);
        match self.in_flight.get_mut(&id) {
            Some(job) if call < job.calls => {
                job.partials.insert(call, partial);
                Ok(())
            }
            known => {
                let job = known.map(|_| id.clone());
                Err(Fault {
                    text: format!("sent a part of call {call} of job `{id}`, which is not at hand"),
                    job,
                })
            }
        }
    }

    fn at_hand(&self) -> String {
        let ids: Vec<String> = self.in_flight.keys().take(NAMED).map(|id| format!("`{id}`")).collect();
        match (ids.len(), self.in_flight.len()) {
            (0, _) => "none was at hand".to_owned(),
            (1, _) => format!("job {} was the one at hand", ids[0]),
            (named, all) if named < all => {
                format!("jobs {} and {} more were at hand", ids.join(", "), all - named)
            }
            _ => format!("jobs {} were at hand", ids.join(", ")),
        }
    }

    /// How it has ended, if it has. What we did comes before what we saw of it.
    fn end<T>(&self) -> Option<Came<T>> {
        if let Some(why) = &self.stopped {
            return Some(Came::Stopped(why.clone()));
        }
        if let Some(fault) = &self.fault {
            return Some(Came::Wrong(fault.clone()));
        }
        (self.exited.is_some() && self.silent.is_some()).then_some(Came::Over)
    }
}

#[cfg(test)]
mod tests {
    use wireproof_client::{
        contract::AdapterError,
        job::Call,
        outcome::{CallResult, Outcome},
    };

    use super::*;

    fn desk() -> Desk {
        let desk = Desk::default();
        let hello = r#"{"type":"hello","protocol":1,"client":"c","version":"1","language":"x"}"#;
        assert!(desk.take(serde_json::from_str(hello).unwrap()));
        for id in ["1", "2"] {
            let job = Job { id: id.to_owned(), calls: vec![Call::default()], ..Job::default() };
            desk.enter(&job).unwrap();
            assert!(desk.enter(&job).is_err());
        }
        desk
    }

    fn outcome(id: &str) -> FromAdapter {
        FromAdapter::Outcome(Outcome { id: id.to_owned(), calls: vec![CallResult::default()] })
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_millis(1)
    }

    #[test]
    fn answers_go_to_their_jobs_in_any_order() {
        let desk = desk();
        assert!(desk.take(outcome("2")));
        assert_eq!(desk.await_answer("1", soon()), Came::Late);
        assert!(
            matches!(desk.await_answer("2", soon()), Came::This(Answer::Outcome(outcome)) if outcome.id == "2")
        );
        assert_eq!(desk.clear("1"), (Vec::new(), Company { before: 1, beside: 0 }));
    }

    #[test]
    fn faults_bear_the_name_of_their_job_where_they_have_one() {
        let fault = |messages: Vec<FromAdapter>| {
            let desk = desk();
            let sound = messages.into_iter().map(|message| desk.take(message)).last().unwrap();
            assert!(!sound);
            let Came::Wrong(fault) = desk.await_end_of("1") else { panic!("nothing is wrong") };
            (fault.job, fault.text)
        };
        let (job, text) = fault(vec![outcome("1"), outcome("1")]);
        assert!(job.as_deref() == Some("1") && text.contains("twice"), "{text}");
        let (job, text) = fault(vec![outcome("9")]);
        assert!(job.is_none() && text.contains("`9`") && text.contains("`1`, `2`"), "{text}");
        let nameless = AdapterError { id: None, text: "oops".to_owned() };
        let (job, text) = fault(vec![FromAdapter::AdapterError(nameless)]);
        assert!(job.is_none() && text.contains("oops"), "{text}");
        let empty = FromAdapter::Outcome(Outcome { id: "2".to_owned(), calls: Vec::new() });
        let (job, text) = fault(vec![empty]);
        assert!(job.as_deref() == Some("2") && text.contains("0 results"), "{text}");
    }

    #[test]
    fn the_only_job_is_the_one_that_failed() {
        let desk = desk();
        desk.clear("2");
        let nameless = AdapterError { id: None, text: "oops".to_owned() };
        assert!(desk.take(FromAdapter::AdapterError(nameless)));
        assert!(matches!(desk.await_answer("1", soon()), Came::This(Answer::AdapterError(_))));
    }

    #[test]
    fn an_answer_counts_though_the_process_is_gone() {
        let desk = desk();
        desk.exited();
        assert!(desk.take(outcome("1")));
        desk.silent();
        assert!(matches!(desk.await_answer("1", soon()), Came::This(_)));
        assert_eq!(desk.await_answer("2", soon()), Came::Over);
    }

    impl Desk {
        /// What ends the wait for a job, whether it was answered or not.
        fn await_end_of(&self, _: &str) -> Came<()> {
            self.wait(soon(), |_| None)
        }
    }
}
