//! A client within this process, and the one thread that watches over all deadlines.

use std::{
    any::Any,
    collections::BTreeMap,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc::channel},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use wireproof_client::{
    capabilities::{Hello, Isolation},
    contract::{Answer, Client, Surroundings},
    job::Job,
};

use super::{
    folder::Folder,
    reply::{self, Company, Exit, Noise, Reply},
    starter::Starter,
    terms::Terms,
    twin,
};

/// A client that is a value of this program. What needs a process is asked of a twin in a process of its own.
pub struct InProcess {
    client: Arc<dyn Client>,
    hello: Hello,
    twin: Option<Starter>,
    /// It is not known to end once its sockets have failed, and finds variables and files around its process only.
    foreign: bool,
    watchdog: Watchdog,
}

/// How long a foreign client may go on once its sockets have failed.
const GRACE: Duration = Duration::from_secs(2);

impl fmt::Debug for InProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InProcess").field("hello", &self.hello).finish_non_exhaustive()
    }
}

impl InProcess {
    /// Takes the client and asks what it is.
    pub fn new(client: Arc<dyn Client>) -> Self {
        Self { hello: client.hello(), client, twin: None, foreign: false, watchdog: Watchdog::default() }
    }

    /// The same, known to this program by a name under which it can serve it in another process.
    #[must_use]
    pub fn known_as(self, name: &str) -> Self {
        Self { twin: twin::of(name).map(Starter::new), ..self }
    }

    /// The same as a foreign one, served by this program too.
    #[must_use]
    pub fn served_by(self, program: Folder) -> Self {
        Self { twin: Some(Starter::new(program)), foreign: true, ..self }
    }

    /// Whether there is a twin.
    pub fn has_twin(&self) -> bool {
        self.twin.is_some()
    }

    /// What was amiss with the twin, one sentence each.
    pub fn close(self) -> Vec<String> {
        self.twin.map(Starter::notes).unwrap_or_default()
    }

    /// What the client said of itself.
    pub fn hello(&self) -> &Hello {
        &self.hello
    }

    /// Has a job done. Once the deadline has passed, `on_deadline` is called from another thread and has to make the
    /// client's sockets fail; whatever the client then answers is a hang. A client of our own works on this thread and
    /// is waited for. A foreign one may wait for something else than a socket, or spin: it works on a thread of its own,
    /// and is left to itself if it does not end soon after, as no thread can be killed.
    pub fn ask(&self, job: &Job, terms: &Terms, on_deadline: impl FnOnce() + Send + 'static) -> Reply {
        if self.needs_the_twin(terms) {
            return match &self.twin {
                Some(twin) => twin.ask_alone(job, terms),
                None => Reply::Broken("cannot be had in a process of its own".to_owned()),
            };
        }
        let watch = match self.watchdog.watch(Instant::now() + terms.deadline, Box::new(on_deadline)) {
            Ok(watch) => watch,
            Err(error) => return Reply::Broken(format!("could not be watched over: {error}")),
        };
        let asked = Instant::now();
        let answer = if self.foreign {
            self.answer_within(terms.deadline + GRACE, job, terms)
        } else {
            Some(answer(&*self.client, job, &terms.surroundings))
        };
        let took = asked.elapsed();
        let late = watch.end();
        let (partials, noise, stderr) = (Vec::new(), Noise::default(), String::new());
        let (usage, company) = (None, Company::default());
        let Some(answer) = answer else { return Reply::Hang { partials, noise, stderr, usage, company } };
        match answer {
            _ if late => Reply::Hang { partials, noise, stderr, usage, company },
            Err(panic) => {
                let exit = Exit::Panic(panic_text(panic.as_ref()));
                Reply::Crash { exit, partials, noise, stderr, usage, company }
            }
            Ok(answer) => match reply::check(&answer, job) {
                Ok(()) => Reply::Answered { answer, noise, stderr, usage, took },
                Err(text) => Reply::Broken(text),
            },
        }
    }
}

impl InProcess {
    fn needs_the_twin(&self, terms: &Terms) -> bool {
        let around = self.foreign && terms.surroundings != Surroundings::default();
        let apart = self.foreign && self.hello.isolation == Isolation::Process;
        terms.ask_for_a_measured_one() || around || apart
    }

    /// Has a foreign client answer on a thread of its own, which is left to itself after so long: `None`. It may spin or
    /// wait until the process ends. A job that relies on what is not declared does not reach it.
    fn answer_within(&self, patience: Duration, job: &Job, terms: &Terms) -> Option<Answered> {
        if let Some(lacking) = self.hello.lacking(job) {
            return Some(Ok(Answer::Unsupported(lacking)));
        }
        let (client, job, surroundings) = (Arc::clone(&self.client), job.clone(), terms.surroundings.clone());
        let (sender, receiver) = channel();
        let work = move || {
            // Nobody waits any more if it is late.
            let _ = sender.send(answer(&*client, &job, &surroundings));
        };
        match thread::Builder::new().name("client".to_owned()).spawn(work) {
            Ok(_) => receiver.recv_timeout(patience).ok(),
            Err(error) => Some(Err(Box::new(format!("no thread for the client: {error}")))),
        }
    }
}

/// An answer, or a panic.
type Answered = thread::Result<Answer>;

fn answer(client: &dyn Client, job: &Job, surroundings: &Surroundings) -> Answered {
    catch_unwind(AssertUnwindSafe(|| client.answer(job, surroundings)))
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("a value that is no text").to_owned()
}

type Callback = Box<dyn FnOnce() + Send>;

/// Calls back at deadlines. One thread for all, started with the first, asleep until the next deadline.
#[derive(Default)]
struct Watchdog {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// By deadline; the number tells equal ones apart.
    watched: BTreeMap<(Instant, u64), Callback>,
    number: u64,
    /// Until when the thread sleeps; `None` is until it is woken.
    sleeps_until: Option<Instant>,
    ended: bool,
}

/// One deadline being watched.
struct Watch<'a> {
    shared: &'a Shared,
    key: (Instant, u64),
}

impl Watchdog {
    fn watch(&self, deadline: Instant, callback: Callback) -> std::io::Result<Watch<'_>> {
        self.start()?;
        let mut state = self.shared.lock();
        state.number += 1;
        let key = (deadline, state.number);
        state.watched.insert(key, callback);
        // Woken only for what it would otherwise oversleep. It may sleep until a deadline that is watched no more:
        // then it wakes once for nothing, which is cheaper than being woken for every job.
        if state.sleeps_until.is_none_or(|until| deadline < until) {
            self.shared.changed.notify_one();
        }
        Ok(Watch { shared: &self.shared, key })
    }

    fn start(&self) -> std::io::Result<()> {
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        if thread.is_none() {
            let shared = Arc::clone(&self.shared);
            let named = thread::Builder::new().name("watchdog".to_owned());
            *thread = Some(named.spawn(move || shared.keep_watch())?);
        }
        Ok(())
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.shared.lock().ended = true;
        self.shared.changed.notify_one();
        let thread = self.thread.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            eprintln!("the watchdog panicked: a callback at a deadline did");
        }
    }
}

impl Shared {
    fn keep_watch(&self) {
        let mut state = self.lock();
        while !state.ended {
            let now = Instant::now();
            let first = state.watched.first_key_value().map(|((deadline, _), _)| *deadline);
            state.sleeps_until = first;
            state = match first {
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(deadline) if deadline > now => {
                    let wait = self.changed.wait_timeout(state, deadline - now);
                    wait.unwrap_or_else(PoisonError::into_inner).0
                }
                Some(_) => {
                    let due = state.watched.pop_first();
                    drop(state);
                    if let Some((_, callback)) = due {
                        callback();
                    }
                    self.lock()
                }
            };
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Callbacks run without the lock, so a poisoned one still guards sound data.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watch<'_> {
    /// Ends the watch; whether the deadline had passed.
    fn end(self) -> bool {
        self.shared.lock().watched.remove(&self.key).is_none()
    }
}

#[cfg(test)]
mod tests {
    use std::{path::Path, sync::mpsc::Receiver};

    use wireproof_client::outcome::{CallResult, Outcome};

    use super::*;

    /// Does with a job whatever its id says.
    struct Fake(Mutex<Receiver<()>>);

    impl Client for Fake {
        fn hello(&self) -> Hello {
            serde_json::from_str(r#"{"protocol":1,"client":"fake","version":"0","language":"Rust"}"#).unwrap()
        }

        fn answer(&self, job: &Job, _: &Surroundings) -> Answer {
            match job.id.as_str() {
                "panics" => panic!("oops"),
                "hangs" => self.0.lock().unwrap().recv().unwrap(),
                _ => {}
            }
            let id = if job.id == "lies" { "other" } else { &job.id };
            Answer::Outcome(Outcome {
                id: id.to_owned(),
                calls: vec![CallResult::default(); job.calls.len()],
            })
        }
    }

    fn ask(
        client: &InProcess,
        id: &str,
        deadline: Duration,
        on_deadline: impl FnOnce() + Send + 'static,
    ) -> Reply {
        let job = Job { id: id.to_owned(), ..Job::default() };
        client.ask(&job, &Terms::within(deadline), on_deadline)
    }

    fn foreign(wait: Receiver<()>) -> InProcess {
        let nowhere = Folder::bare("fake", Path::new("/"), vec!["/nowhere".to_owned()]);
        InProcess::new(Arc::new(Fake(Mutex::new(wait)))).served_by(nowhere)
    }

    #[test]
    fn a_foreign_client_that_does_not_end_is_left_to_itself() {
        let (free, wait) = channel();
        let client = foreign(wait);
        let hung = ask(&client, "hangs", Duration::from_millis(1), || ());
        assert!(matches!(hung, Reply::Hang { .. }), "{hung:?}");
        let panicked = ask(&client, "panics", Duration::from_hours(1), || ());
        assert!(matches!(panicked, Reply::Crash { .. }), "{panicked:?}");
        free.send(()).unwrap();
    }

    #[test]
    fn jobs_with_variables_are_asked_of_the_twin() {
        let environment = [("A".to_owned(), "1".to_owned())].into();
        let terms = Terms::within(Duration::from_hours(1)).amid(Surroundings { environment, home: None });
        let reply = foreign(channel().1).ask(&Job::default(), &terms, || ());
        let Reply::Broken(text) = reply else { panic!("{reply:?}") };
        assert!(text.contains("/nowhere"), "{text}");
    }

    #[test]
    fn hangs_panics_and_lies_are_told_apart() {
        let (free, wait) = channel();
        let client = InProcess::new(Arc::new(Fake(Mutex::new(wait))));
        let hour = Duration::from_hours(1);
        for _ in 0..3 {
            assert!(matches!(ask(&client, "1", hour, || panic!("called")), Reply::Answered { .. }));
        }
        let free_again = free.clone();
        let hung = ask(&client, "hangs", Duration::from_millis(10), move || free_again.send(()).unwrap());
        assert!(matches!(hung, Reply::Hang { .. }), "{hung:?}");
        let Reply::Crash { exit, .. } = ask(&client, "panics", hour, || ()) else { panic!("no crash") };
        assert_eq!(exit, Exit::Panic("oops".to_owned()));
        assert!(matches!(ask(&client, "lies", hour, || ()), Reply::Broken(_)));
        let hung = ask(&client, "hangs", Duration::from_millis(1), move || free.send(()).unwrap());
        assert!(matches!(hung, Reply::Hang { .. }), "{hung:?}");
    }
}
