//! The command line: what a certificate does to a run, and where it shows.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use serde_json::Value;

use crate::adapters::{folder, python};

fn wireproof(arguments: &[&str], client: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wireproof"));
    command.args(arguments).arg("--client").arg(client).env("NO_COLOR", "1").output().unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The printed adapter, whose client is right and whose 404s are not told.
fn broken() -> tempfile::TempDir {
    folder(
        "        return dict(result, body=",
        "        if response.status == 404: raise ValueError('404')\n        return dict(result, body=",
    )
}

fn sound() -> tempfile::TempDir {
    folder("say(type=\"hello\"", "say(type=\"hello\"")
}

#[test]
fn the_rows_are_shown_and_decide_the_exit_status() {
    if !python("the_rows_are_shown") {
        return;
    }
    let good = wireproof(&["certify"], sound().path());
    assert_eq!(good.status.code(), Some(0), "{}", text(&good));
    assert!(
        text(&good).contains("\nmet        get ") && text(&good).contains("Certified."),
        "{}",
        text(&good)
    );
    let bad = wireproof(&["certify"], broken().path());
    assert_eq!(bad.status.code(), Some(3), "{}", text(&bad));
    assert!(text(&bad).contains("\nnot met    not-found "), "{}", text(&bad));
    assert!(text(&bad).contains("The adapter is to be mended"), "{}", text(&bad));
}

#[test]
fn it_can_be_had_as_json() {
    if !python("it_can_be_had_as_json") {
        return;
    }
    let output = wireproof(&["certify", "--format", "json"], broken().path());
    let certificate: Value = serde_json::from_str(&text(&output)).unwrap();
    let lines = certificate["lines"].as_array().unwrap();
    let red: Vec<&Value> = lines.iter().filter(|line| line["finding"] == "not-met").collect();
    assert_eq!(red.iter().map(|line| &line["row"]).collect::<Vec<_>>(), ["not-found"]);
    assert!(red[0]["why"][0].as_str().unwrap().contains("404"), "{}", red[0]);
}

#[test]
fn no_case_is_run_by_an_adapter_that_is_not_certified() {
    if !python("no_case_is_run") {
        return;
    }
    let client = broken();
    let (junit, lines) = (client.path().join("junit.xml"), client.path().join("run.jsonl"));
    let (junit_to, lines_to) = (format!("junit={}", junit.display()), format!("jsonl={}", lines.display()));
    let arguments = ["run", "status/codes", "--report", &junit_to, "--report", &lines_to];
    let output = wireproof(&arguments, client.path());
    assert_eq!(output.status.code(), Some(3));
    let shown = text(&output);
    assert!(shown.contains("not met    not-found") && shown.contains("Not proven: "), "{shown}");
    // The row says it; the cases behind it need not.
    assert!(!shown.contains("status/codes/"), "{shown}");

    let lines = fs::read_to_string(lines).unwrap();
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0]["certification"]["was"], "asked");
    let cases: Vec<&Value> = lines.iter().filter(|line| line["type"] == "case").collect();
    assert!(cases.len() > 5);
    for case in &cases {
        assert_eq!(case["verdict"]["word"], "broken");
        assert!(case["verdict"]["reason"].as_str().unwrap().starts_with("not certified: not-found: "));
    }
    let junit = fs::read_to_string(junit).unwrap();
    assert_eq!(junit.matches("<error ").count(), cases.len());
}

#[test]
fn no_client_is_compared_whose_adapter_is_not_certified() {
    if !python("no_client_is_compared") {
        return;
    }
    let client = broken();
    let diff = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wireproof"));
        command.args(["diff", "reference"]).arg(client.path()).args(["status/codes/204"]).args(more);
        command.env("NO_COLOR", "1").output().unwrap()
    };
    let refused = diff(&[]);
    let why = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(3), "{why}");
    assert!(why.contains("cannot be compared") && why.contains("not met    not-found"), "{why}");
    assert_eq!(text(&refused), "");
    let compared = diff(&["--no-certify", "--jobs", "1"]);
    let note = String::from_utf8_lossy(&compared.stderr);
    assert_ne!(compared.status.code(), Some(3), "{note}");
    assert!(note.contains("not certified: skipped") && !text(&compared).is_empty(), "{note}");
    // Who is certified is compared.
    let sound = sound();
    let mut command = Command::new(env!("CARGO_BIN_EXE_wireproof"));
    command.args(["diff", "reference"]).arg(sound.path()).args(["status/codes/204", "--jobs", "2"]);
    let output = command.env("NO_COLOR", "1").output().unwrap();
    assert!([Some(0), Some(4)].contains(&output.status.code()), "{}", text(&output));
}

#[test]
fn a_run_says_whether_it_was_certified() {
    if !python("a_run_says_whether") {
        return;
    }
    let client = sound();
    let certified = wireproof(&["run", "status/codes"], client.path());
    assert!(text(&certified).contains("\nCertified. "), "{}", text(&certified));
    let skipped = wireproof(&["run", "status/codes", "--no-certify"], client.path());
    assert!(text(&skipped).contains("\nNot certified: skipped.\n"), "{}", text(&skipped));
    for output in [certified, skipped] {
        assert_ne!(output.status.code(), Some(3), "{}", text(&output));
    }
}
