//! `JUnit` XML. What counts against a client is a failure, what is broken an error; what was not asked, and what is
//! excused, is skipped with its reason.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestRerun, TestSuite};

use super::{CaseReport, RunInfo, Standing, Summary, standing::excuse};
use crate::verdict::Word;

/// The whole report as XML: a suite a chapter, and one for what is wrong with the run as a whole.
pub fn junit(
    info: &RunInfo,
    cases: &[CaseReport],
    summary: &Summary,
) -> Result<String, quick_junit::SerializeError> {
    let mut report = Report::new(format!("wireproof: {}", info.client()));
    report.set_time(summary.took);
    for chapter in summary.chapters.keys() {
        let mut suite = TestSuite::new(chapter);
        let of_chapter = cases.iter().filter(|case| case.chapter() == chapter);
        suite.add_test_cases(of_chapter.map(|case| test_case(case, info.strict)));
        for (name, count) in [("coarse", coarse(cases, chapter)), ("dropped", dropped(cases, chapter))] {
            if count > 0 {
                suite.add_property((name, count.to_string().as_str()));
            }
        }
        suite.set_time(cases.iter().filter(|case| case.chapter() == chapter).map(|case| case.took).sum());
        report.add_test_suite(suite);
    }
    let complaints = summary.complaints();
    if !complaints.is_empty() {
        let mut suite = TestSuite::new("wireproof");
        suite.add_test_cases(complaints.iter().map(|complaint| {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_type("run").set_message(&complaint.text);
            let mut test = TestCase::new(&complaint.name, status);
            test.set_classname("wireproof");
            test
        }));
        report.add_test_suite(suite);
    }
    report.to_string()
}

/// How many verdicts of a chapter stand on an answer that tells less than was asked.
fn coarse(cases: &[CaseReport], chapter: &str) -> usize {
    cases.iter().filter(|case| case.chapter() == chapter && case.verdict.coarse).count()
}

/// How many expectations of a chapter were left out, as the client does not show what they speak of.
fn dropped(cases: &[CaseReport], chapter: &str) -> usize {
    cases.iter().filter(|case| case.chapter() == chapter).map(|case| case.dropped).sum()
}

fn test_case(case: &CaseReport, strict: bool) -> TestCase {
    let mut test = TestCase::new(&case.id, status(case, strict));
    test.set_classname(case.chapter()).set_time(case.took);
    test.extra.insert("file".into(), case.file.as_str().into());
    test.extra.insert("line".into(), case.line.to_string().into());
    if !case.transcript.is_empty() {
        test.set_system_out(&case.transcript);
    }
    if !case.aside.is_empty() {
        test.set_system_err(&case.aside);
    }
    test
}

fn status(case: &CaseReport, strict: bool) -> TestCaseStatus {
    let all: Vec<String> = case.verdict.mismatches.iter().map(ToString::to_string).collect();
    let mut status = match Standing::of(case, strict) {
        Standing::Met => {
            let mut status = TestCaseStatus::success();
            if case.verdict.word == Word::Flaky {
                let mut first = TestRerun::new(NonSuccessKind::Failure);
                first.set_type(case.verdict.word.as_str()).set_message(case.headline());
                first.set_description(all.join("\n"));
                status.add_rerun(first);
            }
            return status;
        }
        Standing::Against => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Standing::Broken => TestCaseStatus::non_success(NonSuccessKind::Error),
        Standing::Excused | Standing::Skipped => TestCaseStatus::skipped(),
    };
    status.set_type(case.verdict.word.as_str());
    if Standing::of(case, strict) == Standing::Excused {
        status.set_message(excuse(case));
    } else {
        status.set_message(case.headline());
    }
    status.set_description(all.join("\n"));
    status
}
