//! The calls of a job, in their order or at once, and the waits between them.

use std::{
    io::{self, Read},
    net::TcpStream,
    panic::resume_unwind,
    thread,
    time::Duration,
};

use crate::{
    contract::Answer,
    job::{Call, Job, Wait},
    outcome::{CallResult, Outcome},
};

/// Makes the calls of a job as it says: one after the other, or at once with a thread each; each after its `before`;
/// then waits for `linger`. Options of the session and of a call are the caller's to join
/// ([`overridden_by`](crate::job::Options::overridden_by)).
///
/// The session has to live until this returns, and to be closed before the answer is handed on.
///
/// # Panics
/// When a call does: a panic is a crash of the client, also where it strikes on another thread.
pub fn run(job: &Job, call: impl Fn(&Call) -> CallResult + Sync) -> Answer {
    let one = |asked: &Call| {
        if let Some(before) = &asked.before {
            pass(before);
        }
        call(asked)
    };
    let calls = if job.concurrent {
        thread::scope(|scope| {
            let threads: Vec<_> = job.calls.iter().map(|asked| scope.spawn(|| one(asked))).collect();
            let end = |thread: thread::ScopedJoinHandle<'_, CallResult>| {
                thread.join().unwrap_or_else(|panic| resume_unwind(panic))
            };
            threads.into_iter().map(end).collect()
        })
    } else {
        job.calls.iter().map(one).collect()
    };
    if let Some(linger) = &job.linger {
        pass(linger);
    }
    Answer::Outcome(Outcome { id: job.id.clone(), calls })
}

/// Waits as a job says: so long, or until the gate opens. By the contract an error opens a gate, too.
pub fn pass(wait: &Wait) {
    match wait {
        Wait::Ms(ms) => thread::sleep(Duration::from_millis(*ms)),
        Wait::Gate(address) => {
            let opened = TcpStream::connect(address)
                .and_then(|gate| io::copy(&mut gate.take(u64::MAX), &mut io::sink()));
            drop(opened);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{net::TcpListener, sync::Barrier};

    use super::*;

    fn job(text: &str) -> Job {
        serde_json::from_str(text).unwrap()
    }

    fn status(code: u16) -> CallResult {
        CallResult { status: Some(code), ..CallResult::default() }
    }

    #[test]
    fn calls_at_once_meet_and_keep_their_order() {
        let job = job(r#"{"id":"1","concurrent":true,"calls":[{"url":"200"},{"url":"201"}]}"#);
        let both = Barrier::new(2);
        let answer = run(&job, |call| {
            both.wait();
            status(String::from_utf8(call.url.to_vec()).unwrap().parse().unwrap())
        });
        let calls = vec![status(200), status(201)];
        assert_eq!(answer, Answer::Outcome(Outcome { id: "1".to_owned(), calls }));
    }

    #[test]
    fn a_gate_holds_until_it_is_closed() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        thread::scope(|scope| {
            let passing = scope.spawn(|| pass(&Wait::Gate(address.clone())));
            let (gate, _) = listener.accept().unwrap();
            assert!(!passing.is_finished());
            drop(gate);
            passing.join().unwrap();
        });
        drop(listener);
        pass(&Wait::Gate(address));
    }

    #[test]
    #[should_panic(expected = "oops")]
    fn a_panic_on_another_thread_is_one_here() {
        run(&job(r#"{"id":"1","concurrent":true,"calls":[{"url":"u"}]}"#), |_| panic!("oops"));
    }
}
