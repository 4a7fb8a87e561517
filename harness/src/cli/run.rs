//! `wireproof run`: the main job.

use std::{
    fs::File,
    io::{self, BufWriter, IsTerminal, Write},
    time::Instant,
};

use indicatif::{ProgressBar, ProgressStyle};

use super::{Failure, Format, ReportFile, RunArgs, clients::Chosen, suite};
use crate::{
    plan::Plan,
    report::{CaseReport, JsonLines, RunInfo, Summary, Text, junit},
    run::{Lanes, Stand, run_all},
};

pub(super) fn run(args: &RunArgs) -> Result<u8, Failure> {
    let scenarios = suite::chosen(&args.choice, args.time_scale)?;
    let client = Chosen::of(&args.client)?;
    let known = client.known(args.client.known.as_deref())?;
    let places = args.jobs.map_or_else(default_places, std::num::NonZero::get);
    let stand = Stand::new(client.start(places)?)?;
    let lanes = Lanes::choose(args.jobs, stand.driver());
    let hello = stand.driver().hello();
    let known = known.for_version(&hello.version);
    let plans: Vec<Plan> =
        scenarios.iter().map(|scenario| Plan::new(scenario, hello, args.time_scale)).collect();
    let info = RunInfo {
        client: hello.client.clone(),
        version: hello.version.clone(),
        language: hello.language.clone(),
        cases: plans.len(),
        strict: args.strict,
        time_scale: args.time_scale.factor(),
    };
    let mut reports = Reports::begin(args, &info)?;
    let start = Instant::now();
    let mut cases: Vec<Option<CaseReport>> = vec![None; plans.len()];
    let mut failed = None;
    run_all(&stand, &plans, lanes, |index, run| {
        let case = CaseReport::of(&stand, &plans[index], run, &known);
        if let Err(error) = reports.case(&case) {
            failed.get_or_insert(error);
        }
        cases[index] = Some(case);
    });
    if let Some(error) = failed {
        return Err(error.into());
    }
    let cases: Vec<CaseReport> = cases.into_iter().flatten().collect();
    let ids: Vec<&str> = cases.iter().map(|case| case.id.as_str()).collect();
    let all = args.choice.filters.is_empty();
    let stale = if all { known.stale(&ids) } else { Vec::new() };
    let summary = Summary::of(&cases, stale, args.strict, start.elapsed());
    reports.end(args, &info, &cases, &summary)?;
    if known.unexplained() > 0 {
        anstream::eprintln!(
            "note: {} known failures have no reason yet but `unexplained:`",
            known.unexplained()
        );
    }
    for amiss in stand.close() {
        anstream::eprintln!("note: {amiss}");
    }
    Ok(summary.exit_status())
}

pub(super) fn default_places() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get) * 4
}

type Output = Box<dyn Write>;

/// All reports of one run.
struct Reports {
    text: Option<Text<Output>>,
    lines: Vec<JsonLines<Output>>,
    bar: ProgressBar,
}

impl Reports {
    fn begin(args: &RunArgs, info: &RunInfo) -> io::Result<Self> {
        let mut reports = Self { text: None, lines: Vec::new(), bar: ProgressBar::hidden() };
        let out: Output = Box::new(anstream::AutoStream::auto(io::stdout()));
        match args.format {
            Format::Text => {
                reports.text = Some(Text::begin(out, info)?);
                if io::stderr().is_terminal() {
                    reports.bar = bar(info.cases);
                }
            }
            Format::Json => reports.lines.push(JsonLines::begin(out, info)?),
        }
        for report in &args.report {
            if let ReportFile::Jsonl(path) = report {
                let file: Output = Box::new(BufWriter::new(File::create(path)?));
                reports.lines.push(JsonLines::begin(file, info)?);
            }
        }
        Ok(reports)
    }

    fn case(&mut self, case: &CaseReport) -> io::Result<()> {
        for lines in &mut self.lines {
            lines.case(case)?;
        }
        let (text, bar) = (&mut self.text, &self.bar);
        bar.inc(1);
        text.as_mut().map_or(Ok(()), |text| bar.suspend(|| text.case(case)))
    }

    fn end(self, args: &RunArgs, info: &RunInfo, cases: &[CaseReport], summary: &Summary) -> io::Result<()> {
        self.bar.finish_and_clear();
        for lines in self.lines {
            lines.end(summary)?;
        }
        for report in &args.report {
            if let ReportFile::Junit(path) = report {
                let xml = junit(info, cases).map_err(io::Error::other)?;
                std::fs::write(path, xml)?;
            }
        }
        self.text.map_or(Ok(()), |text| text.end(summary))
    }
}

fn bar(cases: usize) -> ProgressBar {
    let bar = ProgressBar::new(cases as u64);
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} {elapsed}");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
