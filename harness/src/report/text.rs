//! The report for people: what failed and why, then a table by chapter, then one sentence.

use std::{
    fmt::Write as _,
    io::{self, Write},
};

use anstyle::{AnsiColor, Style};

use super::{CaseReport, Certification, RunInfo, Summary, certificate::brief};
use crate::{
    scenario::scalar::Word as _,
    show,
    verdict::{Mismatch, Verdict, Word},
};

/// How many lines of a transcript are shown with a failure.
const STORY_LINES: usize = 40;

/// How many of the last lines are shown that a client's process wrote beside its answer.
const ASIDE_LINES: usize = 8;

/// Writes the report for people. Styles are always written: a stream that wants none strips them.
pub struct Text<W> {
    writer: W,
}

impl<W: Write> Text<W> {
    /// Writes what is about to be run.
    pub fn begin(mut writer: W, info: &RunInfo) -> io::Result<Self> {
        let bold = Style::new().bold();
        let dim = Style::new().dimmed();
        // A client that was never heard has not said what it is written in.
        let language = Some(&info.hello.language).filter(|language| !language.is_empty());
        let mut about: Vec<String> = language.map(|language| format!("({language})")).into_iter().collect();
        about.push(format!("{} cases", info.cases));
        if info.strict {
            about.push("strict".to_owned());
        }
        if (info.time_scale - 1.0).abs() > f64::EPSILON {
            about.push(format!("times x{}", info.time_scale));
        }
        writeln!(writer, "{bold}{}{bold:#} {dim}{}{dim:#}\n", info.client(), about.join(", "))?;
        match &info.certification {
            Certification::NotNeeded => {}
            Certification::Skipped => writeln!(writer, "{dim}Not certified: skipped.{dim:#}\n")?,
            Certification::Asked(certificate) => write!(writer, "{}", brief(certificate))?,
        }
        Ok(Self { writer })
    }

    /// Writes a case, if there is anything to say about it.
    pub fn case(&mut self, case: &CaseReport) -> io::Result<()> {
        match case.verdict.word {
            Word::Fail | Word::Hang | Word::Crash | Word::Broken | Word::UnexpectedPass | Word::Flaky => {
                write!(self.writer, "{}", failure(case))
            }
            _ => Ok(()),
        }
    }

    /// Writes the table and the sentence.
    pub fn end(mut self, summary: &Summary) -> io::Result<()> {
        write!(self.writer, "{}", table(summary))?;
        self.writer.flush()
    }
}

/// The colour of a word.
fn style(word: Word) -> Style {
    let colour = match word {
        Word::Pass => AnsiColor::Green,
        Word::Lenient | Word::ExpectedFail | Word::Flaky => AnsiColor::Yellow,
        Word::Survey => AnsiColor::Cyan,
        Word::Fail | Word::Hang | Word::Crash | Word::UnexpectedPass => AnsiColor::Red,
        Word::Broken => AnsiColor::Magenta,
        Word::Unsupported | Word::NotRun => return Style::new().dimmed(),
    };
    colour.on_default()
}

/// Everything there is to know about a case that went wrong.
pub fn failure(case: &CaseReport) -> String {
    let (word, bold, dim) = (style(case.verdict.word).bold(), Style::new().bold(), Style::new().dimmed());
    let mut shown = format!(
        "{word}{}{word:#} {bold}{}{bold:#}\n     {}\n     {dim}{} {}, {}:{}{dim:#}\n",
        case.verdict.word,
        case.id,
        case.about,
        case.level.word(),
        case.spec,
        case.file,
        case.line
    );
    shown.push_str(&explain(&case.verdict, &case.file));
    if !case.transcript.is_empty() {
        shown.push('\n');
        let lines: Vec<&str> = case.transcript.lines().collect();
        for line in lines.iter().take(STORY_LINES) {
            let _ = writeln!(shown, "     {dim}|{dim:#} {}", show::line(line));
        }
        if lines.len() > STORY_LINES {
            let left = lines.len() - STORY_LINES;
            let _ = writeln!(
                shown,
                "     {dim}| ... {left} more lines (wireproof explain, --format json){dim:#}"
            );
        }
    }
    // The reason of a crash holds the end of what was written.
    let said: Vec<&str> =
        if case.verdict.word == Word::Crash { Vec::new() } else { case.aside.lines().collect() };
    for line in &said[said.len().saturating_sub(ASIDE_LINES)..] {
        let _ = writeln!(shown, "     {dim}the client wrote:{dim:#} {line}");
    }
    shown.push('\n');
    shown
}

/// The mismatches of a verdict, each with its line; or its reason.
pub(crate) fn explain(verdict: &Verdict, file: &str) -> String {
    let mut shown = String::new();
    for (index, line) in verdict.reason.iter().flat_map(|reason| reason.lines()).enumerate() {
        let indent = if index == 0 { "     " } else { "         " };
        let _ = writeln!(shown, "{indent}{line}");
    }
    let mut path: Option<&str> = None;
    for mismatch in &verdict.mismatches {
        if mismatch.path.as_deref() != path {
            path = mismatch.path.as_deref();
            let _ = writeln!(shown, "     not \"{}\":", path.unwrap_or_default());
        }
        shown.push_str(&objection(mismatch, file));
    }
    shown
}

fn objection(mismatch: &Mismatch, file: &str) -> String {
    let dim = Style::new().dimmed();
    let indent = if mismatch.path.is_some() { "       " } else { "     " };
    let place = match mismatch.line {
        0 => String::new(),
        line => format!(" {dim}({file}:{line}){dim:#}"),
    };
    format!(
        "{indent}{}: {}{place}\n{indent}    expected {}\n{indent}    found    {}\n",
        mismatch.witness,
        mismatch.about,
        show::line(&mismatch.expected),
        show::line(&mismatch.found)
    )
}

/// A column a word, a row a chapter.
fn table(summary: &Summary) -> String {
    let words: Vec<Word> = Word::ALL.into_iter().filter(|word| summary.count(*word) > 0).collect();
    let first = summary.chapters.keys().map(String::len).max().unwrap_or(0).max("chapter".len());
    let (dim, bold) = (Style::new().dimmed(), Style::new().bold());
    let mut shown = format!("{dim}{:first$}", "chapter");
    for word in &words {
        let _ = write!(shown, "  {word}");
    }
    let _ = writeln!(shown, "{dim:#}");
    let row = |shown: &mut String, count: &dyn Fn(Word) -> usize| {
        for word in &words {
            let width = word.as_str().len();
            let _ = match count(*word) {
                0 => write!(shown, "  {dim}{:>width$}{dim:#}", "."),
                n => write!(shown, "  {0}{n:>width$}{0:#}", style(*word)),
            };
        }
        shown.push('\n');
    };
    for (chapter, counts) in &summary.chapters {
        let _ = write!(shown, "{chapter:first$}");
        row(&mut shown, &|word| counts.get(&word).copied().unwrap_or_default());
    }
    let _ = write!(shown, "{bold}{:first$}{bold:#}", "all");
    row(&mut shown, &|word| summary.count(word));
    shown.push('\n');
    for (level, (judged, met)) in &summary.levels {
        let _ = writeln!(shown, "{level:first$}  {met} of {judged} met");
    }
    for untold in summary.untold() {
        let _ = writeln!(shown, "{untold}");
    }
    for stale in &summary.stale {
        let _ = writeln!(shown, "{stale}");
    }
    let word = match summary.exit_status() {
        super::exit::CONFORMS => Word::Pass,
        super::exit::BROKEN => Word::Broken,
        _ => Word::Fail,
    };
    let verdict = style(word).bold();
    let _ = writeln!(
        shown,
        "\n{verdict}{}{verdict:#} {dim}{} cases in {:.1} s{dim:#}",
        summary.sentence(),
        summary.words.values().sum::<usize>(),
        summary.took.as_secs_f64()
    );
    shown
}
