//! Markdown for the summary of a CI job: the sentence, a table by chapter, and what failed, folded.

use std::{borrow::Cow, fmt::Write as _};

use super::{CaseReport, RunInfo, Standing, Summary, exit, standing::excuse};
use crate::{show, verdict::Word};

/// What one step may write to `GITHUB_STEP_SUMMARY` is 1 MiB; more is refused as a whole.
const MOST: usize = 1024 * 1024;

/// What is left for what comes behind the failures.
const RESERVED: usize = 64 * 1024;

/// How many lines of a transcript are shown with a failure.
const STORY_LINES: usize = 60;

/// The whole report as Markdown, less than 1 MiB of it.
pub fn markdown(info: &RunInfo, cases: &[CaseReport], summary: &Summary) -> String {
    let mark = match summary.exit_status() {
        exit::CONFORMS => "✅",
        exit::BROKEN => "⚠️",
        _ => "❌",
    };
    let mut page = format!(
        "### {mark} {}\n\n{} ({}), {} cases in {:.1} s{}\n\n",
        escaped(&summary.sentence()),
        escaped(&info.client()),
        escaped(&info.hello.language),
        cases.len(),
        summary.took.as_secs_f64(),
        if info.strict { ", strict" } else { "" },
    );
    for complaint in summary.complaints() {
        let _ = writeln!(page, "- {}", escaped(&complaint.text));
    }
    page.push_str(&table(summary));
    for untold in summary.untold() {
        let _ = writeln!(page, "{untold}  ");
    }
    let of = |wanted: &[Standing]| -> Vec<&CaseReport> {
        cases.iter().filter(|case| wanted.contains(&Standing::of(case, info.strict))).collect()
    };
    let wrong = of(&[Standing::Against, Standing::Broken]);
    let left = failures(&mut page, &wrong);
    if left > 0 {
        let _ = writeln!(page, "\n{left} more are left out: a summary has room for 1 MiB.");
    }
    let excused = of(&[Standing::Excused]);
    page.push_str(&list("Excused", &excused, excuse));
    let flaky: Vec<&CaseReport> = cases.iter().filter(|case| case.verdict.word == Word::Flaky).collect();
    page.push_str(&list("Flaky", &flaky, CaseReport::headline));
    page
}

/// A column a word, a row a chapter.
fn table(summary: &Summary) -> String {
    let words: Vec<Word> = Word::ALL.into_iter().filter(|word| summary.count(*word) > 0).collect();
    let mut table = String::from("\n| chapter |");
    for word in &words {
        let _ = write!(table, " {word} |");
    }
    table.push_str("\n|---|");
    table.push_str(&"--:|".repeat(words.len()));
    let rows = summary.chapters.iter().map(|(chapter, counts)| (chapter.as_str(), counts));
    for (chapter, counts) in rows.chain([("**all**", &summary.words)]) {
        let _ = write!(table, "\n| {chapter} |");
        for word in &words {
            let _ = match counts.get(word) {
                Some(count) => write!(table, " {count} |"),
                None => write!(table, " |"),
            };
        }
    }
    table.push_str("\n\n");
    table
}

/// Each failure, folded; how many there was no room for.
fn failures(page: &mut String, cases: &[&CaseReport]) -> usize {
    for (index, case) in cases.iter().enumerate() {
        let shown = failure(case);
        if page.len() + shown.len() > MOST - RESERVED {
            return cases.len() - index;
        }
        page.push_str(&shown);
    }
    0
}

fn failure(case: &CaseReport) -> String {
    let mut shown = format!(
        "<details><summary><b>{}</b> <code>{}</code>: {}</summary>\n\n{}, {}, `{}:{}`\n\n",
        case.verdict.word,
        html(&case.id),
        html(&case.about),
        case.level_word(),
        escaped(&case.spec),
        case.file,
        case.line
    );
    if let Some(reason) = &case.verdict.reason {
        let _ = writeln!(shown, "{}\n", escaped(&show::line(reason)));
    }
    for mismatch in &case.verdict.mismatches {
        let path =
            mismatch.path.as_ref().map(|path| format!("not \"{}\": ", escaped(path))).unwrap_or_default();
        let _ = writeln!(
            shown,
            "- {path}**{}**: {} (line {})\n  - expected {}\n  - found {}",
            escaped(&mismatch.witness.to_string()),
            escaped(&show::line(&mismatch.about)),
            mismatch.line,
            escaped(&show::line(&mismatch.expected)),
            escaped(&show::line(&mismatch.found))
        );
    }
    for (title, text) in [("Both witnesses", &case.transcript), ("The client wrote", &case.aside)] {
        if !text.is_empty() {
            let _ = writeln!(shown, "\n{title}:\n\n{}", fenced(text));
        }
    }
    shown + "\n</details>\n\n"
}

/// A folded list of cases, a line each, as far as there is room.
fn list(title: &str, cases: &[&CaseReport], why: impl Fn(&CaseReport) -> String) -> String {
    if cases.is_empty() {
        return String::new();
    }
    let mut shown = format!("<details><summary>{title}: {}</summary>\n\n", cases.len());
    for (index, case) in cases.iter().enumerate() {
        let line = format!("- `{}` {}: {}\n", case.id, case.verdict.word, escaped(&show::line(&why(case))));
        if shown.len() + line.len() > RESERVED / 2 - 256 {
            let _ = writeln!(shown, "- and {} more", cases.len() - index);
            break;
        }
        shown.push_str(&line);
    }
    shown + "\n</details>\n\n"
}

/// A block of code that nothing within it can end.
fn fenced(text: &str) -> String {
    let longest = text.split(|character| character != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let lines: Vec<Cow<'_, str>> = text.lines().take(STORY_LINES).map(show::line).collect();
    let left = text.lines().count() - lines.len();
    let more = if left > 0 { format!("\n... {left} more lines") } else { String::new() };
    format!("{fence}text\n{}{more}\n{fence}", lines.join("\n"))
}

/// Text that is no HTML, where Markdown is not read.
fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Text that is neither HTML nor Markdown, on one line.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in html(text).chars() {
        match character {
            '\n' | '\r' => escaped.push(' '),
            '\\' | '`' | '*' | '_' | '|' | '[' | ']' | '~' | '#' => {
                escaped.push('\\');
                escaped.push(character);
            }
            other => escaped.push(other),
        }
    }
    escaped
}
