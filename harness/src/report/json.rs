//! JSON Lines: a header, a line a case as it ends, a footer. A file without its footer is not whole.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use serde::Serialize;
use serde_json::json;

use super::{CaseReport, RunInfo, Summary};

/// The version of the format; rises when a field changes meaning or goes away.
const FORMAT: u32 = 1;

/// Writes JSON Lines, each flushed as soon as it is known.
pub struct JsonLines<W> {
    writer: W,
    written: usize,
}

#[derive(Serialize)]
struct Tagged<'a, T> {
    r#type: &'static str,
    #[serde(flatten)]
    rest: &'a T,
}

impl<W: Write> JsonLines<W> {
    /// Writes the header.
    pub fn begin(mut writer: W, info: &RunInfo) -> io::Result<Self> {
        let mut header = serde_json::to_value(Tagged { r#type: "header", rest: info })?;
        header["format"] = FORMAT.into();
        header["wireproof"] = env!("CARGO_PKG_VERSION").into();
        line(&mut writer, &header)?;
        Ok(Self { writer, written: 0 })
    }

    /// Writes one case.
    pub fn case(&mut self, case: &CaseReport) -> io::Result<()> {
        self.written += 1;
        line(&mut self.writer, &Tagged { r#type: "case", rest: case })
    }

    /// Writes the footer: how many cases stand above it, and what they come to.
    pub fn end(mut self, summary: &Summary) -> io::Result<()> {
        let verdicts: BTreeMap<_, _> = summary.words.iter().map(|(word, n)| (word.as_str(), n)).collect();
        let footer = json!({
            "type": "footer",
            "cases": self.written,
            "verdicts": verdicts,
            "stale": summary.stale,
            "ms": u64::try_from(summary.took.as_millis()).unwrap_or(u64::MAX),
            "exit-status": summary.exit_status(),
        });
        line(&mut self.writer, &footer)
    }
}

fn line<W: Write, T: Serialize>(writer: &mut W, value: &T) -> io::Result<()> {
    serde_json::to_writer(&mut *writer, value)?;
    writer.write_all(b"\n")?;
    writer.flush()
}
