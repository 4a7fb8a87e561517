//! GitHub annotations: workflow commands that mark the line of a case in the files of a pull request.
//!
//! GitHub shows the first ten errors and the first ten warnings of a step; all of them stand in its log.

use std::fmt::Write as _;

use super::{CaseReport, Standing, Summary, standing::excuse};
use crate::verdict::Word;

/// The whole report as workflow commands: first what makes the run red, then what is only worth a look. `place` gives a
/// page's path below the top of the repository.
pub fn annotations(
    cases: &[CaseReport],
    strict: bool,
    summary: &Summary,
    place: impl Fn(&str) -> String,
) -> String {
    let mut errors = String::new();
    let mut warnings = String::new();
    for complaint in summary.complaints() {
        let _ = writeln!(errors, "::error title={}::{}", property("wireproof"), data(&complaint.text));
    }
    for case in cases {
        let (out, command, text) = match Standing::of(case, strict) {
            Standing::Against | Standing::Broken => (&mut errors, "error", objections(case)),
            Standing::Met if case.verdict.word == Word::Flaky => (&mut warnings, "warning", objections(case)),
            Standing::Excused if case.verdict.word != Word::ExpectedFail => {
                (&mut warnings, "warning", excuse(case))
            }
            Standing::Met | Standing::Excused | Standing::Skipped => continue,
        };
        let _ = writeln!(
            out,
            "::{command} file={},line={},title={}::{}",
            property(&place(&case.file)),
            first_line(case),
            property(&format!("{} {}", case.verdict.word, case.id)),
            data(&text)
        );
    }
    errors + &warnings
}

/// The line of the demand that was not met, else that of the case.
fn first_line(case: &CaseReport) -> usize {
    let demanded = case.verdict.mismatches.iter().map(|mismatch| mismatch.line).find(|line| *line > 0);
    demanded.unwrap_or(case.line)
}

fn objections(case: &CaseReport) -> String {
    let mut lines = vec![format!("{} ({}, {})", case.about, case.level_word(), case.spec)];
    match case.verdict.word {
        Word::UnexpectedPass => lines.push(case.headline()),
        _ => lines.extend(case.verdict.reason.clone()),
    }
    lines.extend(case.verdict.mismatches.iter().map(ToString::to_string));
    lines.join("\n")
}

/// The message of a command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property of a command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
