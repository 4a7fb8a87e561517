//! Stored runs, over the whole suite: what is read back is what was observed, and is judged as it was then.
#![expect(clippy::unwrap_used, reason = "what tests are built of fails like they do")]

use std::{fs, path::PathBuf};

use wireproof::{
    plan::Plan,
    record::{CaseLine, Changed, NotWhole, ReadError, Recording, again},
    report::{CaseReport, JsonLines, RunInfo, Summary},
    run::{Lanes, Run, run_all},
    testing::Bench,
    verdict::{Verdict, Word},
};

/// A run of all cases that ran in this process, and the file that stores it.
struct Stored {
    bench: Bench,
    /// For each plan, in its order.
    runs: Vec<Run>,
    folder: tempfile::TempDir,
}

impl Stored {
    fn new(client: &str, filter: &str) -> Self {
        let mut bench = Bench::open(client).unwrap_or_else(|error| panic!("{error}"));
        bench.plans.retain(|plan| plan.id.contains(filter));
        let mut runs: Vec<Option<Run>> = bench.plans.iter().map(|_| None).collect();
        let lanes = Lanes::choose(None, bench.stand.driver());
        run_all(&bench.stand, &bench.plans, lanes, |index, run| runs[index] = Some(run));
        let runs: Vec<Run> = runs.into_iter().flatten().collect();
        let stored = Self { bench, runs, folder: tempfile::tempdir().unwrap() };
        fs::write(stored.file(), stored.written()).unwrap();
        stored
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("run.jsonl")
    }

    fn written(&self) -> Vec<u8> {
        let hello = self.bench.stand.driver().hello();
        let info = RunInfo {
            hello: hello.clone(),
            platform: RunInfo::platform_here(),
            asked_for: "reference".to_owned(),
            known: None,
            filters: Vec::new(),
            cases: self.runs.len(),
            strict: false,
            time_scale: 1.0,
            certification: wireproof::certify::Certification::NotNeeded,
        };
        let mut bytes = Vec::new();
        let mut lines = JsonLines::begin(&mut bytes, &info).unwrap();
        let mut cases = Vec::new();
        for (plan, run) in self.bench.plans.iter().zip(&self.runs) {
            let case = CaseReport::of(hello, plan, run, &self.bench.known);
            lines.case(&case, Some((plan, run))).unwrap();
            cases.push(case);
        }
        lines.end(&Summary::of(&cases, Vec::new(), false, std::time::Duration::ZERO)).unwrap();
        bytes
    }

    fn lines(&self) -> Vec<CaseLine> {
        let recording = Recording::open(&self.file()).unwrap();
        recording.whole().unwrap();
        recording.cases().unwrap().collect::<Result<_, _>>().unwrap()
    }

    fn judged(&self) -> impl Iterator<Item = (&Plan, &Run, Run)> {
        let lines = self.lines();
        assert_eq!(lines.len(), self.bench.plans.len());
        self.bench.plans.iter().zip(&self.runs).zip(lines).map(|((plan, run), line)| {
            assert_eq!(line.id, plan.id);
            (plan, run, again(plan, line, Changed::Leave).unwrap())
        })
    }
}

#[test]
fn every_case_comes_back_as_it_was_observed_and_is_judged_the_same() {
    let stored = Stored::new("reference", "");
    let mut observed = 0;
    for (plan, run, judged) in stored.judged() {
        if run.verdict.word == Word::NotRun {
            // What this program cannot measure, for it cannot be started again as a client.
            assert_eq!(judged.verdict.word, Word::NotRun, "{}", plan.id);
            continue;
        }
        assert_eq!(judged.verdict, run.verdict, "{}", plan.id);
        let mut expected = run.observation.clone();
        if let (Some(expected), Some(read)) = (&mut expected, &judged.observation) {
            observed += 1;
            // Stored in whole microseconds: only dates are told by it.
            let apart = expected.at.duration_since(read.at).unwrap();
            assert!(apart < std::time::Duration::from_micros(1), "{apart:?}");
            expected.at = read.at;
        }
        assert!(judged.observation == expected, "{}: not what was observed", plan.id);
    }
    assert!(observed > 800, "only {observed} cases ran");
}

#[test]
fn failures_are_judged_the_same() {
    let stored = Stored::new("mutant:keeps-method-on-303", "redirects/method/");
    let failures = stored.judged().filter(|(plan, run, judged)| {
        assert_eq!(judged.verdict, run.verdict, "{}", plan.id);
        judged.verdict.word == Word::Fail && !judged.verdict.mismatches.is_empty()
    });
    assert!(failures.count() > 0, "the mutant met everything");
}

#[test]
fn what_was_changed_cut_or_continued_is_not_whole() {
    let stored = Stored::new("reference", "redirects/method/");
    let whole = fs::read(stored.file()).unwrap();
    let text = String::from_utf8(whole.clone()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let check = |bytes: &[u8]| {
        fs::write(stored.file(), bytes).unwrap();
        Recording::open(&stored.file()).map(|recording| recording.whole().err())
    };
    let cut = |count: usize| lines[..count].join("\n") + "\n";
    let footer = *lines.last().unwrap();
    let cases = lines.len() - 2;
    assert_eq!(check(&whole).unwrap(), None);
    assert_eq!(check(cut(lines.len() - 1).as_bytes()).unwrap(), Some(NotWhole::NoFooter));
    let one_less = cut(lines.len() - 2) + footer + "\n";
    let told = NotWhole::Lines { said: cases + 1, found: cases };
    assert_eq!(check(one_less.as_bytes()).unwrap(), Some(told));
    let changed = text.replacen("\"word\":\"pass\"", "\"word\":\"fail\"", 1);
    assert_eq!(check(changed.as_bytes()).unwrap(), Some(NotWhole::Changed));
    assert_eq!(check((text.clone() + "{}\n").as_bytes()).unwrap(), Some(NotWhole::MoreBehind));
    assert!(matches!(check(b"{}\n"), Err(ReadError::NoRun(_))));
    assert!(matches!(check(b"not JSON\n"), Err(ReadError::NoRun(_))));
    let newer = text.replacen("\"format\":2", "\"format\":99", 1);
    assert!(matches!(check(newer.as_bytes()), Err(ReadError::Format { theirs: 99 })));
}

#[test]
fn of_a_run_that_did_not_end_the_whole_lines_are_left() {
    let stored = Stored::new("reference", "redirects/method/");
    let whole = fs::read(stored.file()).unwrap();
    let footer = whole.windows(16).rposition(|window| window == b"{\"type\":\"footer\"").unwrap();
    // In the middle of the last case.
    fs::write(stored.file(), &whole[..footer - 100]).unwrap();
    let recording = Recording::open(&stored.file()).unwrap();
    assert_eq!(recording.whole().unwrap_err(), NotWhole::NoFooter);
    let lines: Vec<CaseLine> = recording.cases().unwrap().collect::<Result<_, _>>().unwrap();
    assert_eq!(lines.len(), stored.bench.plans.len() - 1);
}

#[test]
fn a_case_whose_servers_or_calls_changed_is_left_unless_it_is_wanted() {
    let stored = Stored::new("reference", "redirects/method/303-post-becomes-get");
    let (one, other) = (&stored.bench.plans[0], Bench::open("reference").unwrap());
    let mut changed = one.clone();
    changed.script = other.plans[0].script.clone();
    let line = || stored.lines().remove(0);
    let left = again(&changed, line(), Changed::Leave).unwrap();
    assert_eq!(left.verdict.word, Word::NotRun);
    assert!(left.verdict.reason.unwrap().contains("any more"));
    assert_eq!(again(&changed, line(), Changed::Judge).unwrap().verdict, stored.runs[0].verdict);
}

#[test]
fn what_broke_before_anything_was_observed_stays_broken() {
    let stored = Stored::new("reference", "redirects/method/303-post-becomes-get");
    let plan = &stored.bench.plans[0];
    let unobserved = |word: Word| {
        let text = String::from_utf8(stored.written()).unwrap();
        let mut line: serde_json::Value = serde_json::from_str(text.lines().nth(1).unwrap()).unwrap();
        line.as_object_mut().unwrap().remove("observation");
        line["verdict"] = serde_json::to_value(Verdict::bare(word, "for a reason")).unwrap();
        again(plan, serde_json::from_value(line).unwrap(), Changed::Leave).unwrap().verdict
    };
    assert_eq!(unobserved(Word::Broken), Verdict::bare(Word::Broken, "for a reason"));
    let missing = unobserved(Word::Unsupported);
    assert_eq!(missing.word, Word::NotRun);
    assert!(missing.reason.unwrap().contains("for a reason"));
}
