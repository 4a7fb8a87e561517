use serde_json::json;

use super::*;
use crate::verdict::{Mismatch, Witness};

fn info(strict: bool) -> RunInfo {
    let hello = json!({ "protocol": 1, "client": "agent", "version": "7.1", "language": "Python 3" });
    RunInfo {
        hello: serde_json::from_value(hello).unwrap(),
        platform: "linux x86_64".to_owned(),
        asked_for: "agent".to_owned(),
        known: None,
        filters: Vec::new(),
        cases: 0,
        strict,
        time_scale: 1.0,
        certification: Certification::NotNeeded,
    }
}

fn case(id: &str, level: Level, word: Word) -> CaseReport {
    let mismatch = Mismatch {
        witness: Witness::Wire("origin".to_owned()),
        line: 14,
        path: None,
        about: "request 2, field Host".to_owned(),
        expected: "\"a|b\"".to_owned(),
        found: "<none>, 100%".to_owned(),
    };
    let mut verdict = Verdict { word, label: None, mismatches: Vec::new(), reason: None, coarse: false };
    match word {
        Word::Fail | Word::Flaky => verdict.mismatches.push(mismatch),
        Word::Pass | Word::Lenient | Word::Survey => {}
        _ => verdict.reason = Some(format!("because #{word}\nof that")),
    }
    CaseReport {
        id: id.to_owned(),
        about: "One & two".to_owned(),
        level,
        spec: "RFC 9110 15.4".to_owned(),
        file: "cases/a/b,c.yaml".to_owned(),
        line: 9,
        dropped: 0,
        behaviour: Behaviour::of(&verdict),
        verdict,
        took: Duration::from_millis(1500),
        transcript: "origin, connection 1\n  > ```` \u{1b}\n".to_owned(),
        aside: String::new(),
    }
}

/// A case of every word, a recommendation that is not met, and an entry of known failures that matches nothing.
fn every_word() -> Vec<CaseReport> {
    let mut cases: Vec<CaseReport> =
        Word::ALL.into_iter().map(|word| case(&format!("a/b/{word}"), Level::Must, word)).collect();
    cases.push(case("c/d/recommended", Level::Should, Word::Fail));
    cases.push(case("c/d/asked", Level::Survey, Word::Hang));
    cases
}

fn summary(cases: &[CaseReport], stale: &[&str], strict: bool) -> Summary {
    let stale = stale.iter().map(|entry| (*entry).to_owned()).collect();
    Summary::of(cases, stale, strict, Duration::from_secs(2))
}

/// Compares with the report that is kept in `harness/tests/reports`.
#[expect(clippy::needless_pass_by_value, reason = "it is made for this call alone")]
fn kept(name: &str, report: String) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../tests/reports");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, report));
}

#[test]
fn tap_has_a_point_a_case() {
    let cases = every_word();
    kept(
        "report.tap",
        tap(&info(false), &cases, &summary(&cases, &["known failure `x/*` matches no case"], false)),
    );
}

#[test]
fn junit_keeps_failures_and_errors_apart() {
    let cases = every_word();
    kept(
        "report.junit.xml",
        junit(&info(false), &cases, &summary(&cases, &["known failure `x/*` matches no case"], false))
            .unwrap(),
    );
}

#[test]
fn markdown_has_a_table_and_what_failed() {
    let cases = every_word();
    kept(
        "report.md",
        markdown(&info(false), &cases, &summary(&cases, &["known failure `x/*` matches no case"], false)),
    );
}

#[test]
fn annotations_name_the_line_of_the_demand() {
    let cases = every_word();
    let summary = summary(&cases, &["known failure `x/*` matches no case"], false);
    kept("report.github", annotations(&cases, false, &summary, |page| format!("top/{page}")));
}

#[test]
fn a_summary_has_room_for_any_number_of_failures() {
    let many: Vec<CaseReport> = (0..3_000)
        .map(|index| CaseReport {
            transcript: "> x\n".repeat(1_000),
            ..case(&format!("a/b/{index}"), Level::Must, Word::Fail)
        })
        .chain((0..3_000).map(|index| case(&format!("a/c/{index}"), Level::Must, Word::ExpectedFail)))
        .chain((0..3_000).map(|index| case(&format!("a/d/{index}"), Level::Must, Word::Flaky)))
        .collect();
    let page = markdown(&info(false), &many, &summary(&many, &[], false));
    assert!(page.len() < 1024 * 1024, "{} bytes", page.len());
    assert!(page.contains("more are left out") && page.contains("3000"));
}

/// Whether each format says that all is well.
fn greens(cases: &[CaseReport], stale: &[&str], strict: bool) -> [(&'static str, bool); 5] {
    let (info, summary) = (info(strict), summary(cases, stale, strict));
    let tap = tap(&info, cases, &summary);
    let red_point = |line: &str| line.starts_with("not ok") && !line.contains(" # TODO ");
    let xml = junit(&info, cases, &summary).unwrap();
    [
        ("exit status", summary.exit_status() == exit::CONFORMS),
        ("tap", !tap.lines().any(red_point) && !tap.contains("\n1..0")),
        ("junit", !xml.contains("<failure") && !xml.contains("<error") && xml.contains("<testcase")),
        ("markdown", markdown(&info, cases, &summary).starts_with("### ✅")),
        ("annotations", !annotations(cases, strict, &summary, str::to_owned).contains("::error")),
    ]
}

#[test]
fn every_format_is_green_if_and_only_if_the_exit_status_is() {
    let levels = [Level::Must, Level::Should, Level::Survey];
    let runs = Word::ALL.into_iter().flat_map(|word| levels.map(|level| vec![case("a/b/c", level, word)]));
    let passes = case("a/b/d", Level::Must, Word::Pass);
    let mut runs: Vec<Vec<CaseReport>> = runs.collect();
    runs.extend(runs.clone().into_iter().map(|run| [run, vec![passes.clone()]].concat()));
    runs.push(Vec::new());
    let mut reds = 0;
    for run in &runs {
        for (strict, stale) in [(false, &[][..]), (true, &[]), (false, &["x"])] {
            let greens = greens(run, stale, strict);
            let words: Vec<_> = run.iter().map(|case| (case.level, case.verdict.word)).collect();
            assert!(greens.iter().all(|(_, green)| *green == greens[0].1), "{words:?} {strict} {greens:?}");
            reds += usize::from(!greens[0].1);
        }
    }
    assert!(reds > 0 && reds < runs.len() * 3);
}

#[test]
fn a_run_that_was_ended_is_green_nowhere() {
    let cases = [case("a/b/c", Level::Must, Word::Pass), case("a/b/d", Level::Must, Word::NotRun)];
    let summary = Summary { unfinished: 1, ..summary(&cases, &[], false) };
    assert_eq!(summary.exit_status(), exit::DOES_NOT_CONFORM);
    assert!(tap(&info(false), &cases, &summary).contains("\nnot ok 3 - the-run-ended\n"));
    assert!(junit(&info(false), &cases, &summary).unwrap().contains("<error"));
    assert!(markdown(&info(false), &cases, &summary).starts_with("### ❌ Not proven"));
    assert!(annotations(&cases, false, &summary, str::to_owned).starts_with("::error"));
}

#[test]
fn recommendations_that_are_not_met_are_told_in_the_sentence() {
    let mut cases = vec![case("a/b/c", Level::Must, Word::Pass), case("a/b/d", Level::Should, Word::Pass)];
    assert_eq!(summary(&cases, &[], false).sentence(), "Conforms.");
    cases.push(case("a/b/e", Level::Should, Word::Fail));
    assert_eq!(summary(&cases, &[], false).sentence(), "Conforms; 1 of 2 recommendations is not met.");
    assert_eq!(summary(&cases, &[], true).sentence(), "Does not conform: 1 binding case fails.");
    cases.push(case("a/b/f", Level::Must, Word::ExpectedFail));
    cases.push(case("a/b/g", Level::Should, Word::Hang));
    let told = "Conforms, but for 1 known failure; 2 of 3 recommendations are not met.";
    assert_eq!(summary(&cases, &[], false).sentence(), told);
    cases.push(case("a/b/h", Level::Must, Word::Fail));
    let told = "Does not conform: 1 binding case fails; 2 of 3 recommendations are not met.";
    assert_eq!(summary(&cases, &[], false).sentence(), told);
}

#[test]
fn what_a_client_does_not_tell_is_counted_in_every_format() {
    let pass = case("a/b/c", Level::Must, Word::Pass);
    let coarse = Verdict { coarse: true, ..pass.verdict.clone() };
    let cases = [CaseReport { dropped: 2, verdict: coarse, ..pass.clone() }, pass];
    let (info, summary) = (info(false), summary(&cases, &[], false));
    assert_eq!((summary.coarse, summary.dropped), (1, 2));
    let all = summary.untold();
    assert!(all[0].starts_with("1 judged on") && all[1].starts_with("2 expectations left out"), "{all:?}");
    for page in [markdown(&info, &cases, &summary), tap(&info, &cases, &summary)] {
        assert!(all.iter().all(|one| page.contains(one)), "{page}");
    }
    let junit = junit(&info, &cases, &summary).unwrap();
    for property in [r#"name="coarse" value="1""#, r#"name="dropped" value="2""#] {
        assert!(junit.contains(property), "{junit}");
    }
}
