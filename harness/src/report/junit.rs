//! `JUnit` XML. A client's fault is a failure, ours is an error; what was not asked is skipped.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::{CaseReport, RunInfo};
use crate::verdict::Word;

/// The whole report as XML.
pub fn junit(info: &RunInfo, cases: &[CaseReport]) -> Result<String, quick_junit::SerializeError> {
    let mut report = Report::new(format!("wireproof: {} {}", info.client, info.version));
    let mut chapters: Vec<&str> = cases.iter().map(CaseReport::chapter).collect();
    chapters.sort_unstable();
    chapters.dedup();
    for chapter in chapters {
        let mut suite = TestSuite::new(chapter);
        suite.add_test_cases(cases.iter().filter(|case| case.chapter() == chapter).map(test_case));
        report.add_test_suite(suite);
    }
    report.to_string()
}

fn test_case(case: &CaseReport) -> TestCase {
    let mut test = TestCase::new(&case.id, status(case));
    test.set_classname(case.chapter()).set_time(case.took);
    test.extra.insert("file".into(), case.file.as_str().into());
    test.extra.insert("line".into(), case.line.to_string().into());
    if !case.transcript.is_empty() {
        test.set_system_out(&case.transcript);
    }
    test
}

fn status(case: &CaseReport) -> TestCaseStatus {
    let verdict = &case.verdict;
    let mut status = match verdict.word {
        Word::Pass | Word::Lenient | Word::Survey | Word::Flaky => return TestCaseStatus::success(),
        Word::Unsupported | Word::NotRun | Word::ExpectedFail => TestCaseStatus::skipped(),
        Word::Fail | Word::Hang | Word::Crash | Word::UnexpectedPass => {
            TestCaseStatus::non_success(NonSuccessKind::Failure)
        }
        Word::Broken => TestCaseStatus::non_success(NonSuccessKind::Error),
    };
    let first = verdict.mismatches.first().map(ToString::to_string);
    status.set_message(first.or_else(|| verdict.reason.clone()).unwrap_or_else(|| verdict.word.to_string()));
    status.set_type(verdict.word.as_str());
    if verdict.word != Word::ExpectedFail {
        let all: Vec<String> = verdict.mismatches.iter().map(ToString::to_string).collect();
        status.set_description(all.join("\n"));
    }
    status
}
