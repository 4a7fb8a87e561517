//! The certification page: an adapter that gets it wrong is `broken`, and says nothing about its client.
//!
//! ```text
//! harness/certification/*.yaml ─ token of this run ─▶ Plans ─┐
//! rows that no case can say (hello, switches, conduct) ──────┴─ asked, judged rightly and falsely ─▶ Certificate
//! ```
//!
//! It runs before any case. One line that is not met makes the whole column `broken`: what an adapter gets wrong
//! would look like its client's fault. Rows about what a client may lack are asked only where it is declared.
//!
//! Every row has its false twins, which the answer must not fit: those of cases are made of their demands (`falsify`), and
//! what no case can say (the hello, refusals, silence, the order and spelling of fields, `complete`) is looked at once by
//! the demand and once by its opposite. Without one are `end` and `noise`, which ask for the absence of faults on the whole
//! page, and the names that answers use: of these there is nothing opposite that could be true as well.
//!
//! In scope: whether the adapter tells the truth about plain exchanges, unmistakable failures, and whatever it declares.
//! Out of scope: whether the client conforms. Subtler damage belongs to cases.

mod certificate;
mod conduct;
mod examiner;
mod falsify;
mod fields;
mod held;
mod hello;
mod page;
mod sessions;
mod switches;
mod told;

use std::{num::NonZero, sync::Mutex, time::Instant};

pub use self::{
    certificate::{Certificate, Certification, Finding, Line},
    page::Page,
};
use self::{examiner::Examiner, held::Conduct};
use crate::{
    plan::Scale,
    run::{Stand, side_by_side},
};

/// The rows, in the order of the manual (`client-under-test/README.md`, certification).
const ROWS: [&str; 36] = [
    "hello",
    "get",
    "empty",
    "not-found",
    "post-bytes",
    "fields-out-order",
    "fields-out-case",
    "fields-out-duplicates",
    "fields-out-bytes",
    "fields-in-order",
    "fields-in-case",
    "fields-in-duplicates",
    "fields-in-bytes",
    "big",
    "refused",
    "cut",
    "garbage",
    "dns",
    "unknown-ca",
    "timeout-connect",
    "timeout-send",
    "timeout-head",
    "timeout-read",
    "timeout-total",
    "switch-on",
    "switch-off",
    "two-calls",
    "concurrent",
    "cancel",
    "stop-reading",
    "stream",
    "isolation",
    "unsupported",
    "tolerance",
    "after-error",
    "environment",
];

/// The rows behind them: what shows only when all others have been asked.
const LAST: [&str; 3] = ["hang", "end", "noise"];

/// Rows that are cases and nothing else.
const CASES: [&str; 6] = ["empty", "not-found", "post-bytes", "big", "concurrent", "stream"];

/// Rows of fields that the case language can say.
const FIELDS: [&str; 4] =
    ["fields-out-duplicates", "fields-out-bytes", "fields-in-duplicates", "fields-in-bytes"];

/// Rows of failures, behind each of which a plain call has to work.
const FAILURES: [&str; 6] = ["refused", "cut", "garbage", "dns", "unknown-ca", "cancel"];

/// Rows of limits of time.
const TIMERS: [&str; 5] =
    ["timeout-connect", "timeout-read", "timeout-total", "timeout-head", "timeout-send"];

/// How often a limit of time that struck out of time is looked at again, alone: on a busy machine it says nothing.
/// The end of a process that was late is looked at once more.
const SECOND_LOOKS: usize = 2;

/// How many parts are asked side by side at most. Most of them wait, for a timer or the start of a process.
const SIDE_BY_SIDE: usize = 6;

/// Certifies the client of a stand: asks it every row of the page. Times are stretched by `scale`; at most `jobs` parts of
/// the page are asked side by side, and six where nothing is said.
///
/// Takes as long as the slowest part: about a second, more where starting a process is slow.
pub fn certify(stand: &Stand, scale: Scale, jobs: Option<NonZero<usize>>) -> Certificate {
    let start = Instant::now();
    let hello = stand.driver().hello();
    let conduct = Conduct::default();
    let mut lines = vec![hello::line(hello)];
    match Page::draw(scale) {
        Ok(page) => {
            let examiner = Examiner::new(stand, &conduct, &page, scale);
            let side_by_side = jobs.map_or(SIDE_BY_SIDE, |jobs| jobs.get().min(SIDE_BY_SIDE));
            lines.extend(ask_all(&examiner, side_by_side));
        }
        Err(faults) => {
            lines.push(Line::new("page", "Our own pages are valid", Finding::not_met(faults)));
        }
    }
    let notes = conduct
        .leaks()
        .into_iter()
        .map(|case| format!("leaks: a connection was still open a second after the answer to `{case}`"));
    let certificate = Certificate {
        client: hello.client.clone(),
        version: hello.version.clone(),
        language: hello.language.clone(),
        lines,
        notes: notes.collect(),
        ms: 0,
    };
    certificate.with_time(start.elapsed())
}

/// Everything but the hello.
fn ask_all(examiner: &Examiner<'_>, at_once: usize) -> Vec<Line> {
    let mut held = examiner.held();
    let get = case(examiner, &mut held, "get");
    if get.finding != Finding::Met {
        // Nothing can be said by a client that cannot do this, and asking for more costs a deadline each.
        return vec![get];
    }
    let parts = parts(examiner);
    let first = Mutex::new(Some(held));
    let mut told: Vec<(usize, Vec<Line>)> = Vec::new();
    let mut late: Vec<Part> = Vec::new();
    side_by_side(
        vec![((0..parts.len()).collect(), at_once)],
        |&index| {
            let kept = if index == 0 { first.lock().ok().and_then(|mut held| held.take()) } else { None };
            let mut held = kept.unwrap_or_else(|| examiner.held());
            let lines = parts[index].ask(examiner, &mut held);
            held.end();
            (lines, held.is_late())
        },
        |index, (lines, is_late)| {
            told.push((index, lines));
            late.extend(is_late.then_some(parts[index]));
        },
    );
    told.sort_by_key(|(index, _)| *index);
    let mut lines = vec![get];
    lines.extend(told.into_iter().flat_map(|(_, lines)| lines));
    look_again(examiner, &mut lines);
    await_ends_again(examiner, &late);
    lines.extend(conduct::end(examiner));
    in_order(lines)
}

/// A part of the page that is asked of one process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Exchanges,
    /// What fails, and what is switched.
    Answers,
    /// A switch that needs surroundings of its own.
    Surrounded(&'static str),
    Timer(&'static str),
    Hang,
}

/// The slow ones begin first, but for the one whose process runs already.
fn parts(examiner: &Examiner<'_>) -> Vec<Part> {
    let mut parts = vec![Part::Exchanges];
    parts.extend(TIMERS.map(Part::Timer));
    parts.extend([Part::Hang, Part::Answers]);
    parts.extend(switches::declared(examiner, true).into_iter().map(Part::Surrounded));
    parts
}

impl Part {
    fn ask(self, examiner: &Examiner<'_>, held: &mut held::Held<'_>) -> Vec<Line> {
        match self {
            Self::Exchanges => {
                let mut lines: Vec<Line> =
                    CASES.iter().chain(&FIELDS).map(|row| case(examiner, held, row)).collect();
                lines.extend(fields::LOOKS.map(|(row, whose, look)| {
                    let finding = match examiner.plan(row) {
                        Ok(plan) => fields::examine(examiner, held, &plan, whose, look),
                        Err(finding) => finding,
                    };
                    Line::new(row, examiner.about(row), finding)
                }));
                lines.push(sessions::two_calls(examiner, held));
                lines.push(sessions::stop_reading(examiner, held));
                lines.push(conduct::isolation(examiner, held));
                lines.push(conduct::unsupported(examiner, held));
                lines.extend(conduct::tolerance(examiner, held));
                lines
            }
            Self::Answers => {
                let mut lines: Vec<Line> =
                    FAILURES.iter().flat_map(|row| failure(examiner, held, row)).collect();
                for name in switches::declared(examiner, false) {
                    lines.extend(switches::lines(examiner, held, name));
                }
                lines
            }
            Self::Timer(row) => match examiner.plan(row) {
                Ok(_) => {
                    // The times of a first job say nothing about the client.
                    let warm = examiner.examine(held, "after-error");
                    let mut lines = failure(examiner, held, row);
                    lines.push(Line::new("after-error", examiner.about("after-error"), warm));
                    lines
                }
                Err(finding) => vec![Line::new(row, examiner.about(row), finding)],
            },
            Self::Surrounded(name) => switches::lines(examiner, held, name).into(),
            Self::Hang => vec![conduct::hang(examiner, held)],
        }
    }
}

fn case(examiner: &Examiner<'_>, held: &mut held::Held<'_>, row: &str) -> Line {
    Line::new(row, examiner.about(row), examiner.examine(held, row))
}

/// A failure, and a plain call behind it.
fn failure(examiner: &Examiner<'_>, held: &mut held::Held<'_>, row: &str) -> Vec<Line> {
    let failure = case(examiner, held, row);
    if matches!(failure.finding, Finding::NotAsked(_)) {
        return vec![failure];
    }
    let after = match examiner.examine(held, "after-error") {
        Finding::NotMet(why) => {
            Finding::NotMet(why.into_iter().map(|why| format!("behind `{row}`: {why}")).collect())
        }
        other => other,
    };
    vec![failure, Line::new("after-error", examiner.about("after-error"), after)]
}

/// Limits of time that struck out of time, each alone.
fn look_again(examiner: &Examiner<'_>, lines: &mut [Line]) {
    for line in lines.iter_mut().filter(|line| TIMERS.contains(&line.row.as_str())) {
        for _ in 0..SECOND_LOOKS {
            if !matches!(line.finding, Finding::NotMet(_)) {
                break;
            }
            let mut held = examiner.held();
            if examiner.examine(&mut held, "after-error") == Finding::Met {
                let again = examiner.examine(&mut held, &line.row);
                // It may be that nothing more is asked, since it hangs too often: then the first look stands.
                if !matches!(again, Finding::NotAsked(_)) {
                    line.finding = again;
                }
            }
            held.end();
        }
    }
}

/// Parts whose process did not end in time, each alone: all of it is asked again, since what was asked may have kept the
/// process. One that is late again is enough.
fn await_ends_again(examiner: &Examiner<'_>, late: &[Part]) {
    for part in late {
        let mut held = examiner.held();
        part.ask(examiner, &mut held);
        held.end();
        if held.is_late() {
            return examiner.conduct.late();
        }
    }
}

/// In the order of the manual; what was asked of `after-error` many times is one line.
fn in_order(lines: Vec<Line>) -> Vec<Line> {
    let mut ordered: Vec<Line> = Vec::new();
    for line in lines {
        match ordered.iter_mut().find(|other| other.row == "after-error" && line.row == other.row) {
            Some(other) => other.finding = other.finding.clone().and(line.finding),
            None => ordered.push(line),
        }
    }
    let place = |line: &Line| {
        let row = line.row.split(' ').next().unwrap_or_default();
        ROWS.iter().chain(&LAST).position(|one| *one == row).unwrap_or(usize::MAX)
    };
    ordered.sort_by_key(place);
    ordered
}
