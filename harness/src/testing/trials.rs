//! Each case as a test of its own.

use std::{
    num::NonZero,
    panic::{AssertUnwindSafe, catch_unwind},
    process::ExitCode,
    sync::{
        Arc, OnceLock, RwLock,
        atomic::{AtomicBool, Ordering},
    },
};

use libtest_mimic::{Arguments, Conclusion, Failed, Trial};

use super::{Bench, cores::Cores};
use crate::{
    certify::{Certificate, certify},
    plan::{Plan, Readiness, Scale},
    report::{self, CaseReport, exit, failure},
    run::Run,
    transcript::{Detail, Transcript},
    verdict::Word,
};

/// Most timed cases only wait, so more tests than cores run side by side unless `--test-threads` says otherwise.
const SIDE_BY_SIDE: usize = 32;

/// Looks at a case that has passed: at its report, and its story without what chance decides.
type Look = Box<dyn Fn(&Plan, &CaseReport, &Transcript) + Send + Sync>;

/// The cases of a bench as tests, for a runner that behaves as the one of the standard library.
pub struct Trials {
    bench: Bench,
    strict: bool,
    certified: bool,
    /// Whether no case is run before the client is certified.
    held: AtomicBool,
    certificate: OnceLock<Certificate>,
    threads: Option<NonZero<usize>>,
    look: Option<Look>,
    /// Held by every test while it runs; by one alone that looks again at a failure in which time plays a part.
    alone: RwLock<()>,
    cores: Cores,
}

impl Trials {
    /// The cases of a bench. `strict`: whether `should` counts as `must` does.
    pub fn of(bench: Bench, strict: bool) -> Self {
        Self {
            bench,
            strict,
            certified: false,
            held: AtomicBool::new(false),
            certificate: OnceLock::new(),
            threads: None,
            look: None,
            alone: RwLock::new(()),
            cores: Cores::all(),
        }
    }

    /// The same, with the certification page as the first test: what its adapter gets wrong looks like a client's fault.
    /// So the page is asked before any case, and where a row is not met every case fails for that reason.
    ///
    /// A test that is run by itself is run without: a runner that starts a process for each test (nextest) would ask the
    /// page as often as there are cases, and has the test `certification` to tell.
    #[must_use]
    pub fn certified(self) -> Self {
        Self { certified: true, ..self }
    }

    /// The same, with something that looks at each case that has passed, and may panic.
    #[must_use]
    pub fn looked_at(
        mut self,
        look: impl Fn(&Plan, &CaseReport, &Transcript) + Send + Sync + 'static,
    ) -> Self {
        self.look = Some(Box::new(look));
        self
    }

    /// What is tested.
    pub fn bench(&self) -> &Bench {
        &self.bench
    }

    /// Runs those that the arguments choose, and some more. Fails if one does, and if there is nothing to run: nothing that
    /// ran is nothing proven. Tests of other binaries are run with `--lib` or `--test NAME`.
    pub fn run(self, arguments: &Arguments, more: Vec<Trial>) -> ExitCode {
        match self.conclude(arguments, more) {
            Some(conclusion) => conclusion.exit_code(),
            None => {
                eprintln!("no case matches what was asked for, or none that does can be run: nothing ran");
                ExitCode::from(exit::DOES_NOT_CONFORM)
            }
        }
    }

    /// What came of it; `None` if there was nothing to run.
    fn conclude(mut self, arguments: &Arguments, more: Vec<Trial>) -> Option<Conclusion> {
        let mut arguments = arguments.clone();
        self.threads = arguments.test_threads.and_then(NonZero::new);
        arguments.test_threads.get_or_insert(SIDE_BY_SIDE);
        let run = Arc::new(self);
        let mut trials: Vec<Trial> = run.certification().into_iter().collect();
        trials.extend((0..run.bench.plans.len()).map(|index| run.trial(index)));
        trials.extend(run.stale());
        trials.extend(more);
        let is_to_run = |trial: &Trial| !arguments.is_filtered_out(trial) && !arguments.is_ignored(trial);
        let to_run = trials.iter().filter(|trial| is_to_run(trial)).count();
        if !arguments.list && to_run == 0 {
            return None;
        }
        run.held.store(run.certified && to_run > 1, Ordering::Relaxed);
        let conclusion = libtest_mimic::run(&arguments, trials);
        // The tests are over and have let go of it.
        for amiss in Arc::into_inner(run).map(|run| run.bench.stand.close()).into_iter().flatten() {
            anstream::eprintln!("note: {amiss}");
        }
        Some(conclusion)
    }

    fn certification(self: &Arc<Self>) -> Option<Trial> {
        let run = Arc::clone(self);
        let certify = move || {
            let certificate = run.certificate();
            let told = || anstream::adapter::strip_str(&report::certificate(certificate)).to_string();
            if certificate.is_met() { Ok(()) } else { Err(told().into()) }
        };
        self.certified.then(|| Trial::test("certification", certify))
    }

    /// The client is certified once, by who asks first; everybody else waits.
    fn certificate(&self) -> &Certificate {
        self.certificate.get_or_init(|| {
            // Its own times are looked at twice where they are out. Whoever panicked has left nothing half done.
            let _shared = self.alone.read();
            certify(&self.bench.stand, Scale::ONE, self.threads)
        })
    }

    fn trial(self: &Arc<Self>, index: usize) -> Trial {
        let plan = &self.bench.plans[index];
        let run = Arc::clone(self);
        let trial = Trial::test(plan.id.clone(), move || run.run_one(index));
        match &plan.readiness {
            Readiness::NotYet(why) | Readiness::Unsupported(why) => {
                trial.with_kind(why).with_ignored_flag(true)
            }
            Readiness::Ready if self.bench.known.find(&plan.id).is_some() => trial.with_kind("known failure"),
            Readiness::Ready => trial,
        }
    }

    /// Known failures and flakes that match no case: a failing test each.
    fn stale(&self) -> Vec<Trial> {
        let ids: Vec<&str> = self.bench.plans.iter().map(|plan| plan.id.as_str()).collect();
        let fails = |what: String| Trial::test(format!("stale/{what}"), move || Err(what.into()));
        self.bench.known.stale(&ids).into_iter().map(fails).collect()
    }

    fn run_one(&self, index: usize) -> Result<(), Failed> {
        let plan = &self.bench.plans[index];
        if let Readiness::NotYet(why) | Readiness::Unsupported(why) = &plan.readiness {
            return Err(format!("not run: {why}").into());
        }
        if self.held.load(Ordering::Relaxed)
            && let Some(why) = self.certificate().reason()
        {
            return Err(format!("not run: {why}").into());
        }
        let run = self.judged(plan)?;
        let hello = self.bench.stand.driver().hello();
        let case = CaseReport::of(hello, plan, &run, &self.bench.known);
        let word = case.verdict.word;
        // A flake says more of a busy machine than of the client: it is told, and what was seen alone counts. So is a
        // failure that does not count.
        if word == Word::Flaky || word.is_failure() && !case.counts_against(self.strict) {
            anstream::eprint!("{}", failure(&case));
        }
        let run = run.undisturbed();
        let case = CaseReport::of(hello, plan, run, &self.bench.known);
        if case.counts_against(self.strict) || case.verdict.word == Word::Broken {
            return Err(anstream::adapter::strip_str(&failure(&case)).to_string().into());
        }
        if let Some(look) = &self.look
            && let Some(story) = run.transcript(hello, plan, Detail::Stable)
        {
            return self.let_look(look, plan, &case, &story);
        }
        Ok(())
    }

    /// Has a case looked at. A story in which time plays a part says nothing yet on a busy machine, no more than a failure
    /// does: if it is objected to, the case is run again, alone, and looked at once more.
    fn let_look(
        &self,
        look: &Look,
        plan: &Plan,
        case: &CaseReport,
        story: &Transcript,
    ) -> Result<(), Failed> {
        if !plan.timed {
            look(plan, case, story);
            return Ok(());
        }
        if catch_unwind(AssertUnwindSafe(|| look(plan, case, story))).is_ok() {
            return Ok(());
        }
        let run = {
            let _alone = self.alone.write().map_err(|_| Failed::from("another test panicked"))?;
            self.bench.stand.run_alone(plan)
        };
        let hello = self.bench.stand.driver().hello();
        let story =
            run.transcript(hello, plan, Detail::Stable).ok_or("nothing was observed the second time")?;
        look(plan, &CaseReport::of(hello, plan, &run, &self.bench.known), &story);
        Ok(())
    }

    fn judged(&self, plan: &Plan) -> Result<Run, Failed> {
        let poisoned = || Failed::from("another test panicked");
        let among_others = {
            let _shared = self.alone.read().map_err(|_| poisoned())?;
            let _core = (!plan.timed).then(|| self.cores.take());
            self.bench.stand.run(plan)
        };
        if plan.timed && among_others.verdict.word.is_failure() {
            let _alone = self.alone.write().map_err(|_| poisoned())?;
            return Ok(among_others.in_the_light_of(self.bench.stand.run_alone(plan)));
        }
        Ok(among_others)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use wireproof_client::{
        capabilities::Hello,
        contract::{Answer, Client, Surroundings},
        job::Job,
        outcome::BodySeen,
        reference::Reference,
    };

    use super::*;
    use crate::{adapter::Driver, known::KnownFailures};

    const PAGE: &str = "\
about: Tests of tests
spec: RFC 9110 15
cases:
  - id: passes
    about: As it should be
    level: must
    kills: [fails-on-unknown-status]
    servers: { origin: [reply: { body: ok }] }
    calls: [\"GET {origin}/\"]
    expect: { outcome: { status: 200 } }
  - id: fails
    about: As it should not be
    level: {level}
    kills: [fails-on-unknown-status]
    servers: { origin: [reply: { body: ok }] }
    calls: [\"GET {origin}/\"]
    expect: { outcome: { status: 201 } }
";

    const CANNOT: &str = "\
about: What the reference client cannot
spec: RFC 9110 15
needs: [cookies]
cases:
  - id: cannot
    about: It has no cookies
    level: must
    kills: [fails-on-unknown-status]
    servers: { origin: [reply: { body: ok }] }
    calls: [\"GET {origin}/\"]
    expect: { outcome: { status: 200 } }
";

    /// How many pass, fail and are ignored; `None` if nothing is to be run.
    fn concluded(pages: &[&str], known: &str, strict: bool) -> Option<[u64; 3]> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("t")).unwrap();
        for (index, page) in pages.iter().enumerate() {
            std::fs::write(folder.path().join(format!("t/p{index}.yaml")), page).unwrap();
        }
        let bench = bench(Arc::new(Reference::default()), folder.path(), known, None);
        numbers(Trials::of(bench, strict), folder.path(), None)
    }

    fn bench(client: Arc<dyn Client>, folder: &Path, known: &str, only: Option<&str>) -> Bench {
        let known = KnownFailures::parse(known).unwrap();
        let bench = Bench::of(Driver::in_process(client), known, Some(folder), only);
        bench.unwrap_or_else(|failure| panic!("{}", failure.message))
    }

    fn numbers(trials: Trials, folder: &Path, only: Option<&str>) -> Option<[u64; 3]> {
        // What is told of these tests within a test is nobody's business: CI reads the lines of the runner.
        let log = folder.join("log").to_str().map(str::to_owned);
        let filter = only.map(str::to_owned);
        let exact = only.is_some();
        let arguments = Arguments { quiet: true, logfile: log, filter, exact, ..Arguments::default() };
        let done = trials.conclude(&arguments, Vec::new());
        done.map(|done| [done.num_passed, done.num_failed, done.num_ignored])
    }

    /// The reference client behind an adapter that says nothing of empty bodies.
    struct LeavesOutEmptyBodies(Reference);

    impl Client for LeavesOutEmptyBodies {
        fn hello(&self) -> Hello {
            self.0.hello()
        }

        fn answer(&self, job: &Job, surroundings: &Surroundings) -> Answer {
            let mut answer = self.0.answer(job, surroundings);
            if let Answer::Outcome(outcome) = &mut answer {
                let empty = Some(BodySeen::Bytes(Vec::new()));
                outcome
                    .calls
                    .iter_mut()
                    .for_each(|call| _ = call.body.take_if(|body| empty.as_ref() == Some(body)));
            }
            answer
        }
    }

    #[test]
    fn no_case_passes_by_an_adapter_that_is_not_certified() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("t")).unwrap();
        std::fs::write(folder.path().join("t/p0.yaml"), PAGE.replace("{level}", "must")).unwrap();
        let known = "- { case: t/p0/fails, reason: it does }";
        let trials = |wrong| {
            let client: Arc<dyn Client> = if wrong {
                Arc::new(LeavesOutEmptyBodies(Reference::default()))
            } else {
                Arc::new(Reference::default())
            };
            Trials::of(bench(client, folder.path(), known, None), false).certified()
        };
        // The page and both cases, what they are known to fail or not.
        assert_eq!(numbers(trials(false), folder.path(), None), Some([3, 0, 0]));
        assert_eq!(numbers(trials(true), folder.path(), None), Some([0, 3, 0]));
        // By itself a case is run without, and the page tells.
        assert_eq!(numbers(trials(true), folder.path(), Some("t/p0/passes")), Some([1, 0, 0]));
        assert_eq!(numbers(trials(true), folder.path(), Some("certification")), Some([0, 1, 0]));
    }

    #[test]
    fn cases_pass_fail_or_are_ignored() {
        let page = PAGE.replace("{level}", "must");
        assert_eq!(concluded(&[&page, CANNOT], "", false), Some([1, 1, 1]));
    }

    #[test]
    fn a_should_fails_where_it_is_meant_to_count() {
        let page = PAGE.replace("{level}", "should");
        assert_eq!(concluded(&[&page], "", false), Some([2, 0, 0]));
        assert_eq!(concluded(&[&page], "", true), Some([1, 1, 0]));
    }

    #[test]
    fn known_failures_pass_and_stale_ones_fail() {
        let page = PAGE.replace("{level}", "must");
        assert_eq!(concluded(&[&page], "- { case: t/p0/fails, reason: it does }", false), Some([2, 0, 0]));
        let stale =
            "- { case: t/p0/*, reason: one of them passes }\n- { case: t/none, reason: there is none }";
        assert_eq!(concluded(&[&page], stale, false), Some([1, 2, 0]));
    }

    /// Each test of nextest is a process of its own: reading all pages a thousand times would take an hour.
    #[test]
    fn who_asks_for_one_case_has_its_page_read() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("t")).unwrap();
        for page in ["p0", "p1"] {
            let text = PAGE.replace("{level}", "must");
            std::fs::write(folder.path().join(format!("t/{page}.yaml")), text).unwrap();
        }
        let read = |only| {
            let bench = bench(Arc::new(Reference::default()), folder.path(), "", only);
            bench.plans.iter().map(|plan| plan.id.clone()).collect::<Vec<_>>()
        };
        let all = ["t/p0/passes", "t/p0/fails", "t/p1/passes", "t/p1/fails"];
        assert_eq!(read(None), all);
        assert_eq!(read(Some("t/p1/passes")), all[2..]);
        // What is no case may be a test all the same.
        for other in ["certification", "stale/known failure `t/p1/*`", "t/p2/passes"] {
            assert_eq!(read(Some(other)), all, "{other}");
        }
    }

    #[test]
    fn nothing_run_is_a_failure() {
        assert_eq!(concluded(&[CANNOT], "", false), None);
    }
}
