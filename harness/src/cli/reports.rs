//! The reports of one run: which were asked for, and where they go.

use std::{
    env,
    fs::File,
    io::{self, BufWriter, IsTerminal, Write},
    path::{Path, PathBuf},
};

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};

use super::Failure;
use crate::{
    plan::Plan,
    profile::{Profile, Subject},
    report::{CaseReport, JsonLines, RunInfo, Summary, Text, annotations, junit, markdown, tap},
    run::Run,
};

#[derive(Debug, Args)]
pub(super) struct ReportArgs {
    /// How to write the report on standard output [default: text, unless another report goes there]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Write another report to a file, `-` for standard output; KIND is jsonl, junit, tap, markdown, github or profile
    #[arg(long, value_name = "KIND=FILE", value_parser = report)]
    report: Vec<Report>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    Text,
    /// For programs: of a run JSON Lines, a line a case, each as soon as it is known
    Json,
}

/// A report besides the one for people.
#[derive(Debug, Clone)]
struct Report {
    kind: Kind,
    /// `None` is standard output.
    file: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    Jsonl,
    Junit,
    Tap,
    Markdown,
    Github,
    Profile,
}

fn report(text: &str) -> Result<Report, String> {
    let (kind, file) = text
        .split_once('=')
        .filter(|(_, file)| !file.is_empty())
        .ok_or("`KIND=FILE` is expected, as in `junit=report.xml` or `tap=-`")?;
    let kind = Kind::from_str(kind, false).map_err(|_| {
        let known: Vec<_> = Kind::value_variants().iter().filter_map(ValueEnum::to_possible_value).collect();
        let known: Vec<&str> = known.iter().map(clap::builder::PossibleValue::get_name).collect();
        format!("there is no report `{kind}`, only {}", known.join(", "))
    })?;
    Ok(Report { kind, file: (file != "-").then(|| file.into()) })
}

type Output = Box<dyn Write>;

/// All reports of one run.
pub(super) struct Reports {
    text: Option<Text<Output>>,
    lines: Vec<JsonLines<Output>>,
    /// What is written once all is known.
    at_end: Vec<(Kind, Output)>,
    bar: ProgressBar,
}

impl Reports {
    /// Opens all of them, so that one that cannot be written is known before anything runs.
    pub(super) fn begin(args: &ReportArgs, info: &RunInfo) -> Result<Self, Failure> {
        let taken = args.report.iter().filter(|report| report.takes_standard_output()).count();
        let format = args.format.or((taken == 0).then_some(Format::Text));
        if taken + usize::from(format.is_some()) > 1 {
            return Err(Failure::usage(
                "wireproof: two reports cannot share standard output; write one to a file\n",
            ));
        }
        let mut reports =
            Self { text: None, lines: Vec::new(), at_end: Vec::new(), bar: ProgressBar::hidden() };
        match format {
            Some(Format::Text) => {
                reports.text = Some(Text::begin(standard_output(), info)?);
                if io::stderr().is_terminal() {
                    reports.bar = bar(info.cases);
                }
            }
            Some(Format::Json) => reports.lines.push(JsonLines::begin(standard_output(), info)?),
            None => {}
        }
        for Report { kind, file } in &args.report {
            let out = file.as_deref().map_or_else(|| Ok(standard_output()), create)?;
            match kind {
                Kind::Jsonl => reports.lines.push(JsonLines::begin(out, info)?),
                _ => reports.at_end.push((*kind, out)),
            }
        }
        Ok(reports)
    }

    /// Tells of one case, with what was observed of it where there is a plan of it.
    pub(super) fn case(&mut self, case: &CaseReport, observed: Option<(&Plan, &Run)>) -> io::Result<()> {
        self.case_for_programs(case, observed)?;
        let (text, bar) = (&mut self.text, &self.bar);
        bar.inc(1);
        text.as_mut().map_or(Ok(()), |text| bar.suspend(|| text.case(case)))
    }

    /// Whether a report that is written at the end shows transcripts.
    pub(super) fn want_stories_at_end(&self) -> bool {
        self.at_end.iter().any(|(kind, _)| matches!(kind, Kind::Junit | Kind::Markdown))
    }

    /// The same, but to programs alone.
    pub(super) fn case_for_programs(
        &mut self,
        case: &CaseReport,
        observed: Option<(&Plan, &Run)>,
    ) -> io::Result<()> {
        self.lines.iter_mut().try_for_each(|lines| lines.case(case, observed))
    }

    /// Tells what all came to.
    pub(super) fn end(self, info: &RunInfo, cases: &[CaseReport], summary: &Summary) -> io::Result<()> {
        self.bar.finish_and_clear();
        for lines in self.lines {
            lines.end(summary)?;
        }
        for (kind, mut out) in self.at_end {
            let told = match kind {
                // Written line by line, above.
                Kind::Jsonl => continue,
                Kind::Junit => junit(info, cases, summary).map_err(io::Error::other)?,
                Kind::Tap => tap(info, cases, summary),
                Kind::Markdown => markdown(info, cases, summary),
                Kind::Github => annotations(cases, info.strict, summary, in_repository),
                Kind::Profile => profile(info, cases).to_string(),
            };
            out.write_all(told.as_bytes())?;
            out.flush()?;
        }
        self.text.map_or(Ok(()), |text| text.end(summary))
    }
}

impl Report {
    /// Annotations are lines that can stand among those for people: GitHub looks for them in all that a step prints.
    fn takes_standard_output(&self) -> bool {
        self.file.is_none() && self.kind != Kind::Github
    }
}

fn standard_output() -> Output {
    Box::new(anstream::AutoStream::auto(io::stdout()))
}

fn create(path: &Path) -> Result<Output, Failure> {
    let file = File::create(path).map_err(|error| {
        Failure::usage(format!("wireproof: failed to write {}: {error}\n", path.display()))
    })?;
    Ok(Box::new(BufWriter::new(file)))
}

/// The behaviour that a run found.
fn profile(info: &RunInfo, cases: &[CaseReport]) -> Profile {
    let behaviours = cases.iter().map(|case| (case.id.clone(), case.behaviour.clone()));
    Profile::new(Subject::here(&info.hello), behaviours)
}

/// A page's path as GitHub wants it: below the top of the repository that holds it. Pages built in are named so already.
fn in_repository(page: &str) -> String {
    let Ok(whole) = Path::new(page).canonicalize() else { return page.to_owned() };
    let workspace = env::var_os("GITHUB_WORKSPACE").and_then(|top| PathBuf::from(top).canonicalize().ok());
    let top = workspace.filter(|top| whole.starts_with(top));
    let top = top.or_else(|| whole.ancestors().find(|top| top.join(".git").exists()).map(Path::to_owned));
    let below =
        top.and_then(|top| whole.strip_prefix(top).ok().map(|path| path.to_string_lossy().into_owned()));
    below.unwrap_or_else(|| page.to_owned())
}

fn bar(cases: usize) -> ProgressBar {
    let bar = ProgressBar::new(cases as u64);
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} {elapsed}");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_a_kind_and_a_file() {
        let read = report("junit=a=b.xml").unwrap();
        assert_eq!((read.kind, read.file.as_deref()), (Kind::Junit, Some(Path::new("a=b.xml"))));
        assert_eq!(report("tap=-").unwrap().file, None);
        assert!(report("tap").is_err() && report("tap=").is_err());
        assert!(report("html=x").unwrap_err().contains("jsonl, junit, tap, markdown, github, profile"));
    }

    #[test]
    fn pages_are_named_from_the_top_of_their_repository() {
        let top = tempfile::tempdir().unwrap();
        let folder = top.path().join("tests/cases/a");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::create_dir(top.path().join(".git")).unwrap();
        std::fs::write(folder.join("b.yaml"), "").unwrap();
        let page = folder.join("b.yaml").to_string_lossy().into_owned();
        assert_eq!(in_repository(&page), "tests/cases/a/b.yaml");
        assert_eq!(in_repository("cases/no/such.yaml"), "cases/no/such.yaml");
    }
}
