//! JSON Lines: a header, a line a case as it ends, a footer that vouches for all of it. `record` reads them.

use std::io::{self, Write};

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::{CaseReport, RunInfo, Summary, millis};
use crate::{
    plan::Plan,
    record::{CaseLine, FORMAT, Footer, Header},
    run::Run,
    scenario::scalar::Word as _,
    show,
};

/// Writes JSON Lines, each flushed as soon as it is known.
pub struct JsonLines<W> {
    writer: W,
    hash: Sha256,
    lines: usize,
}

impl<W: Write> JsonLines<W> {
    /// Writes the header.
    pub fn begin(writer: W, info: &RunInfo) -> io::Result<Self> {
        let mut lines = Self { writer, hash: Sha256::new(), lines: 0 };
        lines.line(&Header {
            format: FORMAT,
            wireproof: env!("CARGO_PKG_VERSION").to_owned(),
            client: info.hello.client.clone(),
            version: info.hello.version.clone(),
            language: info.hello.language.clone(),
            platform: info.platform.clone(),
            asked_for: info.asked_for.clone(),
            known: info.known.clone(),
            filters: info.filters.clone(),
            cases: info.cases,
            strict: info.strict,
            time_scale: info.time_scale,
            certification: info.certification.clone(),
            hello: info.hello.clone(),
        })?;
        Ok(lines)
    }

    /// Writes one case, with what was observed of it where there is a plan of it.
    pub fn case(&mut self, case: &CaseReport, observed: Option<(&Plan, &Run)>) -> io::Result<()> {
        let mut line = CaseLine {
            id: case.id.clone(),
            about: case.about.clone(),
            level: case.level.word().to_owned(),
            spec: case.spec.clone(),
            file: case.file.clone(),
            line: case.line,
            verdict: case.verdict.clone(),
            behaviour: case.behaviour.clone(),
            dropped: case.dropped,
            ms: millis(case.took),
            transcript: case.transcript.clone(),
            aside: case.aside.clone(),
            asked: None,
            concurrent: false,
            observation: None,
            alone: None,
        };
        if let Some((plan, run)) = observed {
            line.observe(plan, run);
        }
        self.line(&line)
    }

    /// Writes the footer: how many lines stand above it, their hash, and what the cases come to.
    pub fn end(mut self, summary: &Summary) -> io::Result<()> {
        let verdicts = summary.words.iter().map(|(word, count)| (word.as_str().to_owned(), *count));
        let footer = Footer {
            cases: self.lines - 1,
            lines: self.lines,
            sha256: show::hex(&self.hash.clone().finalize()),
            verdicts: verdicts.collect(),
            coarse: summary.coarse,
            dropped: summary.dropped,
            stale: summary.stale.clone(),
            ms: millis(summary.took),
            exit_status: summary.exit_status(),
        };
        self.line(&footer)
    }

    fn line<T: Serialize>(&mut self, value: &T) -> io::Result<()> {
        let mut line = serde_json::to_vec(value)?;
        line.push(b'\n');
        self.hash.update(&line);
        self.lines += 1;
        self.writer.write_all(&line)?;
        self.writer.flush()
    }
}
