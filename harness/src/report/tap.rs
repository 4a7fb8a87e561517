//! TAP, version 14: <https://testanything.org/tap-version-14-specification.html>.
//!
//! What was not asked is skipped; an excused failure is a `not ok` with `# TODO`, which consumers take for green.

use std::fmt::Write as _;

use serde_json::Value;

use super::{CaseReport, RunInfo, Standing, Summary, standing::excuse};
use crate::verdict::Word;

/// The whole report as TAP.
pub fn tap(info: &RunInfo, cases: &[CaseReport], summary: &Summary) -> String {
    let complaints = summary.complaints();
    let mut out = format!(
        "TAP version 14\n# {} ({})\n1..{}\n",
        plain(&info.client()),
        plain(&info.hello.language),
        cases.len() + complaints.len()
    );
    for (index, case) in cases.iter().enumerate() {
        out.push_str(&point(index + 1, case, info.strict));
    }
    for (index, complaint) in complaints.iter().enumerate() {
        let number = cases.len() + index + 1;
        let _ = write!(
            out,
            "not ok {number} - {}\n  ---\n  severity: error\n  message: {}\n  ...\n",
            described(&complaint.name),
            quoted(&complaint.text)
        );
    }
    for untold in summary.untold() {
        let _ = writeln!(out, "# {untold}");
    }
    let _ = writeln!(out, "# {}", plain(&summary.sentence()));
    out
}

fn point(number: usize, case: &CaseReport, strict: bool) -> String {
    let standing = Standing::of(case, strict);
    let (ok, directive) = match standing {
        Standing::Met => ("ok", String::new()),
        Standing::Against | Standing::Broken => ("not ok", String::new()),
        Standing::Excused => ("not ok", format!(" # TODO {}", plain(&excuse(case)))),
        Standing::Skipped => {
            let why = case.verdict.reason.as_deref().unwrap_or_default();
            ("ok", format!(" # SKIP {}: {}", case.verdict.word, plain(why)))
        }
    };
    let mut point = format!("{ok} {number} - {}{directive}\n", described(&case.id));
    if matches!(standing, Standing::Met if case.verdict.word != Word::Flaky) || standing == Standing::Skipped
    {
        return point;
    }
    let severity = match standing {
        Standing::Met | Standing::Excused => "comment",
        Standing::Against | Standing::Skipped => "fail",
        Standing::Broken => "error",
    };
    let _ = write!(
        point,
        "  ---\n  message: {}\n  severity: {severity}\n  verdict: {}\n  level: {}\n  spec: {}\n  at:\n    file: {}\n    \
         line: {}\n",
        quoted(&case.headline()),
        case.verdict.word,
        case.level_word(),
        quoted(&case.spec),
        quoted(&case.file),
        case.line
    );
    if let Some(label) = &case.verdict.label {
        let _ = writeln!(point, "  behaviour: {}", quoted(label));
    }
    if let Some(reason) = &case.verdict.reason {
        let _ = writeln!(point, "  reason: {}", quoted(reason));
    }
    if !case.verdict.mismatches.is_empty() {
        point.push_str("  mismatches:\n");
    }
    for mismatch in &case.verdict.mismatches {
        let _ = write!(
            point,
            "    - witness: {}\n      about: {}\n      expected: {}\n      found: {}\n      line: {}\n",
            quoted(&mismatch.witness.to_string()),
            quoted(&mismatch.about),
            quoted(&mismatch.expected),
            quoted(&mismatch.found),
            mismatch.line
        );
    }
    point.push_str("  ...\n");
    point
}

/// A description: its `#` and `\` are escaped.
fn described(text: &str) -> String {
    plain(text).replace('\\', "\\\\").replace('#', "\\#")
}

/// On one line.
fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A string of JSON is one of YAML.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
