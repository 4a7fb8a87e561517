//! `wireproof judge`: a stored run, judged by today's cases.

use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
    time::Duration,
};

use clap::Args;

use super::{
    BY_EXEC, Choice, Failure,
    clients::Chosen,
    reports::{ReportArgs, Reports},
    suite,
};
use crate::{
    known::KnownFailures,
    plan::{Plan, Scale},
    record::{CaseLine, Changed, Header, NotWhole, Recording, again, missing},
    report::{CaseReport, RunInfo, Summary},
    run::Run,
    scenario::{Level, Scenario, scalar::Scalar as _},
    verdict::{Behaviour, Verdict, Word},
};

#[derive(Debug, Args)]
pub(super) struct JudgeArgs {
    /// A stored run: what `run --report jsonl=FILE` wrote
    run: PathBuf,
    #[command(flatten)]
    choice: Choice,
    /// Whose known failures count [default: those of the client that was run]
    #[arg(long, value_name = "NAME|PATH")]
    client: Option<String>,
    /// What the client is known to fail [default: the list that was named for the run, else that of the client]
    #[arg(long, value_name = "FILE")]
    known: Option<PathBuf>,
    /// Let `should` count as `must` does [default: as in the run]
    #[arg(long)]
    strict: bool,
    /// Judge also what is left of a run that did not end
    #[arg(long)]
    partial: bool,
    /// Judge also cases whose servers or calls are not those of the run any more
    #[arg(long)]
    changed: bool,
    #[command(flatten)]
    reports: ReportArgs,
}

pub(super) fn judge(args: &JudgeArgs) -> Result<u8, Failure> {
    let recording = open(&args.run, args.partial)?;
    let header = recording.header();
    let scale =
        Scale::new(header.time_scale).ok_or_else(|| no_run(&args.run, "its time scale is below 1"))?;
    let known = known(args, header)?.for_version(&header.version);
    let plans = plans(args, header, scale)?;
    let info = RunInfo {
        hello: header.hello.clone(),
        platform: header.platform.clone(),
        asked_for: header.asked_for.clone(),
        known: args.known.as_ref().map(|path| path.to_string_lossy().into_owned()).or(header.known.clone()),
        filters: header.filters.clone(),
        cases: plans.len(),
        strict: args.strict || header.strict,
        time_scale: header.time_scale,
        certification: header.certification.clone(),
    };
    let reports = Reports::begin(&args.reports, &info)?;
    let mut session = Session::new(args, info, known, plans, reports);
    for line in recording.cases()? {
        session.hear(line.map_err(|error| no_run(&args.run, &error.to_string()))?)?;
    }
    let passed_over = session.waiting.len();
    session.pass_over(match recording.whole() {
        Ok(_) => "it was not among the cases of the run",
        Err(_) => "the run ended before it, or without it",
    })?;
    // Of a run that did not end nobody knows how long it took.
    let (took, unfinished) = match recording.whole() {
        Ok(footer) => (Duration::from_millis(footer.ms), 0),
        Err(_) => (Duration::ZERO, passed_over),
    };
    session.close(took, unfinished)
}

/// The judging of one run.
struct Session<'a> {
    args: &'a JudgeArgs,
    info: RunInfo,
    known: KnownFailures,
    plans: Vec<Plan>,
    /// The index of the plan of each case that was not heard yet.
    waiting: HashMap<String, usize>,
    /// The cases that were heard.
    heard: HashSet<String>,
    /// For each plan, in its order.
    cases: Vec<Option<CaseReport>>,
    /// Cases of the run that are none any more.
    gone: Vec<CaseReport>,
    reports: Reports,
}

impl<'a> Session<'a> {
    fn new(
        args: &'a JudgeArgs,
        info: RunInfo,
        known: KnownFailures,
        plans: Vec<Plan>,
        reports: Reports,
    ) -> Self {
        Self {
            args,
            info,
            known,
            waiting: plans.iter().enumerate().map(|(index, plan)| (plan.id.clone(), index)).collect(),
            heard: HashSet::new(),
            cases: vec![None; plans.len()],
            gone: Vec::new(),
            plans,
            reports,
        }
    }

    /// Judges a case as it was stored.
    fn hear(&mut self, line: CaseLine) -> Result<(), Failure> {
        let id = line.id.clone();
        if !self.heard.insert(id.clone()) {
            return Err(no_run(&self.args.run, &format!("has {id} twice")));
        }
        let Some(index) = self.waiting.remove(&id) else {
            if suite::matches(&self.args.choice.filters, &id) {
                self.gone.push(unknown(line));
            }
            return Ok(());
        };
        let changed = if self.args.changed { Changed::Judge } else { Changed::Leave };
        let run = again(&self.plans[index], line, changed)
            .map_err(|why| no_run(&self.args.run, &format!("cannot be understood in {id}: {why}")))?;
        self.report(index, &run)
    }

    /// Says of all cases that were not heard why not.
    fn pass_over(&mut self, why: &str) -> Result<(), Failure> {
        let mut left: Vec<usize> = self.waiting.drain().map(|(_, index)| index).collect();
        left.sort_unstable();
        left.into_iter().try_for_each(|index| self.report(index, &missing(why)))
    }

    fn report(&mut self, index: usize, run: &Run) -> Result<(), Failure> {
        let plan = &self.plans[index];
        let case = CaseReport::of(&self.info.hello, plan, run, &self.known);
        self.reports.case(&case, Some((plan, run)))?;
        self.cases[index] = Some(case);
        Ok(())
    }

    /// Sums up, and gives the exit status. A run that did not get to all of its cases proves nothing.
    fn close(mut self, took: Duration, unfinished: usize) -> Result<u8, Failure> {
        for case in &self.gone {
            self.reports.case(case, None)?;
        }
        let cases: Vec<CaseReport> = self.cases.into_iter().flatten().chain(self.gone).collect();
        let ids: Vec<&str> = cases.iter().map(|case| case.id.as_str()).collect();
        let all = self.args.choice.filters.is_empty() && self.info.filters.is_empty();
        let stale = if all { self.known.stale(&ids) } else { Vec::new() };
        let summary = Summary { unfinished, ..Summary::of(&cases, stale, self.info.strict, took) };
        self.reports.end(&self.info, &cases, &summary)?;
        Ok(summary.exit_status())
    }
}

/// Opens a stored run; one that is not whole only where that is asked for, and then with a note.
pub(super) fn open(path: &Path, partial: bool) -> Result<Recording, Failure> {
    let recording = Recording::open(path).map_err(|error| no_run(path, &error.to_string()))?;
    if let Err(why) = recording.whole() {
        if !partial {
            let hint = match why {
                NotWhole::NoFooter => "the run did not end, or has not yet",
                _ => "it was changed or cut",
            };
            let why = format!("is not whole: {why} ({hint}); `--partial` takes what is left");
            return Err(no_run(path, &why));
        }
        anstream::eprintln!("note: {} is not whole: {why}", path.display());
    }
    Ok(recording)
}

fn no_run(path: &Path, why: &str) -> Failure {
    Failure::usage(format!("wireproof: {} {why}\n", path.display()))
}

/// Today's cases that the run was asked for, planned for its client.
fn plans(args: &JudgeArgs, header: &Header, scale: Scale) -> Result<Vec<Plan>, Failure> {
    let scenarios = suite::parsed(&suite::sources(args.choice.cases.as_deref())?, scale)?;
    let is_asked_for = |scenario: &&Scenario| {
        let id = scenario.id.to_string();
        suite::matches(&args.choice.filters, &id) && suite::matches(&header.filters, &id)
    };
    let asked_for = scenarios.iter().filter(is_asked_for);
    Ok(asked_for.map(|scenario| Plan::new(scenario, &header.hello, scale)).collect())
}

/// What the client is known to fail today. A client that is not here any more has no list, and that is said.
fn known(args: &JudgeArgs, header: &Header) -> Result<KnownFailures, Failure> {
    let named = args.known.clone().or_else(|| header.known.as_ref().map(PathBuf::from));
    if let Some(client) = &args.client {
        return Chosen::find(client)?.known(args.known.as_deref());
    }
    let client = match header.asked_for.strip_prefix(BY_EXEC) {
        Some(template) => Chosen::exec(template, &[]),
        None => Chosen::find(&header.asked_for),
    };
    match (client, &named) {
        (Ok(client), _) => client.known(named.as_deref()),
        // A list that was named is read for any client.
        (Err(_), Some(list)) => Chosen::find("reference")?.known(Some(list)),
        (Err(_), None) => {
            anstream::eprintln!(
                "note: there is no client `{}` here, so no failure is a known one; `--client` names another",
                header.asked_for
            );
            Ok(KnownFailures::default())
        }
    }
}

/// A case of the run that is none any more.
fn unknown(line: CaseLine) -> CaseReport {
    let verdict = Verdict::bare(Word::NotRun, "there is no case of this name any more");
    CaseReport {
        level: Level::read(&line.level).unwrap_or(Level::Survey),
        id: line.id,
        about: line.about,
        spec: line.spec,
        file: line.file,
        line: line.line,
        behaviour: Behaviour::of(&verdict),
        dropped: 0,
        verdict,
        took: Duration::ZERO,
        transcript: String::new(),
        aside: String::new(),
    }
}
