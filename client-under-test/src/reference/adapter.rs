//! From a job to its outcome: the client driven as its documentation shows.

use std::{
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use crate::{
    contract::{AdapterError, Answer, Surroundings},
    job::{self, Call, Cancel, Job, Options},
    outcome::{self, CallResult, Outcome, Times},
};

use super::{
    caller::{self, Watch},
    collect::{self, millis},
    declared,
    error::{Class, Error, Phase, Result},
    head::ResponseHead,
    opener::Opener,
    policy::{DecodedFields, Policy},
    pool::Pool,
    request::Request,
    response::Response,
    session::Session,
    timeouts::{Cancellation, Limits, Timers},
    url::Url,
};

mod asked;
mod told;

use told::{failed, hop, interim, panicked, shown};

/// So long after the deadline of its job a call is over, whatever it waits for: in a process of its own it
/// would have been killed.
const GRACE: Duration = Duration::from_secs(2);

/// Does a job in a session of its own.
pub(super) fn answer(policy: &Arc<Policy>, job: &Job, surroundings: &Surroundings) -> Answer {
    let proxied = |url: &[u8], options: &Options| asked::is_proxied(url, options, surroundings, policy);
    if let Some(lacking) = declared::lacking(job, proxied) {
        return Answer::Unsupported(lacking);
    }
    let desk = match Desk::open(policy, job, surroundings) {
        Ok(desk) => desk,
        Err(text) => return Answer::AdapterError(AdapterError { id: Some(job.id.clone()), text }),
    };
    let calls =
        if job.concurrent && policy.runs_calls_at_once { desk.at_once(job) } else { desk.in_order(job) };
    if let Some(linger) = &job.linger {
        // Nothing cuts a linger short but the deadline, and then there is nothing to report.
        let _over = caller::wait(linger, &desk.timers(Limits::default(), None).anything());
    }
    desk.session.close();
    Answer::Outcome(Outcome { id: job.id.clone(), calls })
}

/// Where the calls of a job are made from.
struct Desk<'a> {
    policy: Arc<Policy>,
    session: Arc<Session>,
    options: &'a Options,
    surroundings: &'a Surroundings,
    last: Option<Instant>,
    /// The calls that are being made, for a client whose cancelling hits them all.
    running: Mutex<Vec<Arc<Cancellation>>>,
}

impl<'a> Desk<'a> {
    fn open(
        policy: &Arc<Policy>,
        job: &'a Job,
        surroundings: &'a Surroundings,
    ) -> std::result::Result<Self, String> {
        let options = &job.options;
        let limit = options.pool_limit.and_then(|limit| usize::try_from(limit).ok());
        let pool = Pool::new(limit, options.idle_timeout.map(Duration::from_millis), Arc::clone(policy));
        let dialler = asked::dialler(options)?;
        let last = Some(job.deadline).filter(|ms| *ms > 0);
        Ok(Self {
            session: Arc::new(Session::new(Arc::clone(policy), dialler, pool)),
            policy: Arc::clone(policy),
            options,
            surroundings,
            last: last.and_then(|ms| Instant::now().checked_add(Duration::from_millis(ms) + GRACE)),
            running: Mutex::default(),
        })
    }

    fn timers(&self, limits: Limits, cancellation: Option<Arc<Cancellation>>) -> Timers {
        Timers::start(limits, cancellation, &self.policy).until(self.last)
    }

    fn in_order(&self, job: &Job) -> Vec<CallResult> {
        job.calls.iter().map(|call| self.call(call)).collect()
    }

    fn at_once(&self, job: &Job) -> Vec<CallResult> {
        if !self.policy.waits_before_next_request {
            return self.pipelined(job).unwrap_or_else(|error| {
                let failure = failed(&error, Instant::now());
                vec![failure; job.calls.len()]
            });
        }
        let mut results: Vec<CallResult> = thread::scope(|scope| {
            let calls: Vec<_> = job.calls.iter().map(|call| scope.spawn(|| self.call(call))).collect();
            calls.into_iter().map(|call| call.join().unwrap_or_else(|_| panicked())).collect()
        });
        if !self.policy.matches_answers {
            results.rotate_left(1);
        }
        results
    }

    fn pipelined(&self, job: &Job) -> Result<Vec<CallResult>> {
        let timers = self.timers(asked::limits(self.options), None);
        let requests: Result<Vec<Request>> = job
            .calls
            .iter()
            .map(|call| {
                let request = asked::request(call, self.options, &self.policy)?;
                Ok(Request { timers: timers.clone(), ..request })
            })
            .collect();
        let answers = self.session.pipeline(&requests?)?;
        let result = |(head, content): (ResponseHead, Vec<u8>)| CallResult {
            status: Some(head.status),
            fields: Some(shown(&head.fields)),
            body: Some(outcome::BodySeen::Bytes(content)),
            times: Some(Times { end: millis(timers.started(), Instant::now()), ..Times::default() }),
            ..CallResult::default()
        };
        Ok(answers.into_iter().map(result).collect())
    }

    fn call(&self, call: &Call) -> CallResult {
        if let Some(before) = &call.before
            && let Err(fault) = caller::wait(before, &self.timers(Limits::default(), None).anything())
        {
            return failed(&fault.error(Phase::Prepare, &self.policy), Instant::now());
        }
        match &call.cancel {
            Some(Cancel::Wait(until)) => self.cancelled_call(call, until),
            _ if !self.policy.cancels_one_call => match Cancellation::new() {
                Ok(cancellation) => self.tracked_call(call, &Arc::new(cancellation)),
                Err(error) => failed(
                    &Error::new(Class::Other, Phase::Prepare, "OSError", error.to_string()),
                    Instant::now(),
                ),
            },
            _ => self.made_call(call, None),
        }
    }

    fn cancelled_call(&self, call: &Call, until: &job::Wait) -> CallResult {
        let made = Cancellation::new().and_then(|cancellation| {
            let cancellation = Arc::new(cancellation);
            thread::scope(|scope| {
                let watched = Arc::clone(&cancellation);
                let watch = Watch::start(scope, until, move || self.cancel(&watched))?;
                let effective = self.policy.cancels_at_once.then(|| Arc::clone(&cancellation));
                let mut result = match effective {
                    Some(cancellation) => self.tracked_call(call, &cancellation),
                    None => self.made_call(call, None),
                };
                if cancellation.is_cancelled() && !self.policy.cancels_at_once {
                    result.error =
                        Some(Error::new(Class::Cancelled, Phase::Body, "CancelledError", "late").report());
                }
                drop(watch);
                Ok(result)
            })
        });
        made.unwrap_or_else(|error| {
            failed(&Error::new(Class::Other, Phase::Prepare, "OSError", error.to_string()), Instant::now())
        })
    }

    fn cancel(&self, cancellation: &Cancellation) {
        cancellation.cancel();
        if !self.policy.cancels_one_call {
            self.session.drop_idle();
            let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
            running.iter().for_each(|other| other.cancel());
        }
    }

    fn tracked_call(&self, call: &Call, cancellation: &Arc<Cancellation>) -> CallResult {
        if !self.policy.cancels_one_call {
            self.running.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(cancellation));
        }
        self.made_call(call, Some(Arc::clone(cancellation)))
    }

    fn made_call(&self, call: &Call, cancellation: Option<Arc<Cancellation>>) -> CallResult {
        let options = self.options.overridden_by(&call.options);
        let request = asked::request(call, &options, &self.policy);
        // Making up the content is the caller's own time.
        let timers = self.timers(asked::limits(&options), cancellation);
        let mut result =
            CallResult { times: Some(Times { end: 0, ..Times::default() }), ..CallResult::default() };
        let done = request.and_then(|request| {
            let request = Request { timers: timers.clone(), ..request };
            self.exchange(request, call, &options, &timers, &mut result)
        });
        if let Err(error) = done {
            self.report(error, call, &mut result);
        }
        if let Some(times) = &mut result.times {
            times.end = millis(timers.started(), Instant::now());
        }
        result
    }

    fn exchange(
        &self,
        request: Request,
        call: &Call,
        options: &Options,
        timers: &Timers,
        result: &mut CallResult,
    ) -> Result<()> {
        let opener = self.opener(&request.url, options)?;
        let first_url = request.url.clone();
        let mut response = match opener.open(request) {
            Ok(response) => response,
            Err(mut error) => match error.response.take() {
                Some(response) => {
                    self.take(*response, call, &first_url, timers, result)?;
                    return Err(error);
                }
                None => return Err(error),
            },
        };
        if let (Some(upgrade), 101) = (&call.upgrade, response.status) {
            self.show(&response, &first_url, timers, result);
            result.upgraded = Some(switch(&mut response, upgrade)?.into());
            return Ok(());
        }
        self.take(response, call, &first_url, timers, result)
    }

    fn take(
        &self,
        mut response: Response,
        call: &Call,
        first_url: &Url,
        timers: &Timers,
        result: &mut CallResult,
    ) -> Result<()> {
        self.show(&response, first_url, timers, result);
        let taken = collect::take(&mut response, call, timers, &self.policy, result);
        if !self.policy.keeps_trailers_apart || self.policy.decoded_fields != DecodedFields::Keep {
            result.fields = Some(shown(&response.fields));
        }
        result.trailers = Some(shown(response.trailers())).filter(|_| self.policy.shows_trailers);
        taken
    }

    fn show(&self, response: &Response, first_url: &Url, timers: &Timers, result: &mut CallResult) {
        result.status = Some(response.status);
        result.reason = Some(response.reason.clone().into());
        let minor = if self.policy.shows_version { response.minor } else { 1 };
        result.version = Some(format!("1.{minor}"));
        result.fields = Some(shown(&response.fields));
        let url = if self.policy.shows_final_url { &response.url } else { first_url };
        result.url = Some(url.to_string().into());
        if self.policy.shows_history {
            result.history = Some(response.history.iter().map(hop).collect());
        }
        result.interim = Some(response.interim.iter().map(interim).collect());
        if let Some(times) = &mut result.times {
            times.head = Some(millis(timers.started(), response.head_at));
        }
    }

    fn report(&self, mut error: Error, call: &Call, result: &mut CallResult) {
        if !self.policy.hides_passwords_in_errors {
            error.text = format!("{}: {}", String::from_utf8_lossy(&call.url.to_vec()), error.text);
        }
        if result.body.is_none() && !error.partial.is_empty() {
            result.body = Some(outcome::BodySeen::Bytes(std::mem::take(&mut error.partial)));
        }
        result.error = Some(error.report());
    }

    fn opener(&self, url: &Url, options: &Options) -> Result<Opener> {
        let proxies = asked::proxy_handler(options, self.surroundings, &self.policy)?;
        let mut opener = Opener::for_session(&self.session, proxies);
        let passwords = asked::passwords(url, options, &self.policy)?;
        opener.add_credentials(passwords, &self.session);
        Ok(opener)
    }
}

/// Speaks the new protocol: writes, then reads.
fn switch(response: &mut Response, upgrade: &job::Upgrade) -> Result<Vec<u8>> {
    let Some(connection) = response.switched() else { return Ok(Vec::new()) };
    connection.write_switched(&upgrade.send.to_vec())?;
    let mut read = Vec::new();
    let mut buffer = [0; 4096];
    while (read.len() as u64) < upgrade.read {
        let left = usize::try_from(upgrade.read - read.len() as u64).unwrap_or(usize::MAX);
        match connection.read_switched(&mut buffer[..left.min(4096)])? {
            0 => break,
            count => read.extend_from_slice(&buffer[..count]),
        }
    }
    Ok(read)
}
