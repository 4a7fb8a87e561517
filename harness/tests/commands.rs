//! The commands that store, judge again, compare and report, as a user types them.
#![expect(clippy::unwrap_used, reason = "what tests are built of fails like they do")]

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

const PAGE: &str = r#"about: A page of one's own
spec: RFC 9110 15.3
servers:
  origin:
    - { when: GET /, reply: { status: 200, body: here } }
cases:
  - id: plain
    about: Content is handed over
    level: must
    calls: ["GET {origin}/"]
    expect: { outcome: { status: 200, body: here } }
    kills: [keeps-method-on-303]
  - id: wished
    about: Content would be something else
    level: should
    calls: ["GET {origin}/"]
    expect: { outcome: { status: 200, body: there } }
    kills: [keeps-method-on-303]
"#;

/// A folder with a page of cases, in which commands are run.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        fs::create_dir_all(place.path().join("pages/own")).unwrap();
        place.write("pages/own/page.yaml", PAGE);
        place
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, file: &str, text: &str) {
        fs::write(self.path().join(file), text).unwrap();
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path().join(file)).unwrap()
    }

    fn run(&self, words: &str) -> Done {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wireproof"));
        let output = command.args(words.split(' ')).current_dir(self.path()).env_remove("WIREPROOF_CLIENT");
        Done::of(&output.output().unwrap())
    }
}

#[derive(Debug)]
struct Done {
    status: i32,
    out: String,
    err: String,
}

impl Done {
    fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Self { status: output.status.code().unwrap(), out: text(&output.stdout), err: text(&output.stderr) }
    }
}

#[test]
fn a_changed_expectation_shows_without_running() {
    let place = Place::new();
    let ran = place.run("run --cases pages --report jsonl=run.jsonl");
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.out.contains("Conforms; 1 of 1 recommendations is not met."), "{ran:?}");
    let same = place.run("judge run.jsonl --cases pages");
    assert_eq!(same.status, 0, "{same:?}");
    assert_eq!(place.run("judge run.jsonl --cases pages --strict").status, 4);

    place.write(
        "pages/own/page.yaml",
        &PAGE.replacen("body: here } }\n    kills", "body: gone } }\n    kills", 1),
    );
    let changed = place.run("judge run.jsonl --cases pages");
    assert_eq!(changed.status, 4, "{changed:?}");
    assert!(changed.out.contains("expected \"gone\""), "{changed:?}");

    place.write("pages/own/page.yaml", &PAGE.replacen("reply: { status: 200", "reply: { status: 201", 1));
    let other_server = place.run("judge run.jsonl --cases pages");
    assert_eq!(other_server.status, 4, "{other_server:?}");
    assert!(other_server.out.contains("no case was run"), "{other_server:?}");
    assert_eq!(place.run("judge run.jsonl --cases pages --changed").status, 0);
}

#[test]
fn cases_that_only_one_of_run_and_pages_has_are_listed() {
    let place = Place::new();
    place.run("run --cases pages --report jsonl=run.jsonl");
    let renamed = PAGE.replacen("id: plain", "id: simple", 1);
    place.write("pages/own/page.yaml", &renamed);
    let judged = place.run("judge run.jsonl --cases pages --format json");
    let reasons = |id: &str| {
        let line =
            judged.out.lines().find(|line| line.contains(&format!("\"id\":\"own/page/{id}\""))).unwrap();
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        (value["verdict"]["word"].as_str().unwrap().to_owned(), value["verdict"]["reason"].to_string())
    };
    assert_eq!(
        reasons("simple"),
        ("not-run".to_owned(), "\"it was not among the cases of the run\"".to_owned())
    );
    assert_eq!(
        reasons("plain"),
        ("not-run".to_owned(), "\"there is no case of this name any more\"".to_owned())
    );
    assert_eq!(reasons("wished").0, "fail");
}

#[test]
fn a_run_that_is_not_whole_is_refused_unless_that_is_wanted() {
    let place = Place::new();
    place.run("run --cases pages --report jsonl=run.jsonl");
    let text = place.read("run.jsonl");
    let first_two: Vec<&str> = text.lines().take(2).collect();
    place.write("run.jsonl", &(first_two.join("\n") + "\n{\"type\":\"case\",\"id\":\"own/pa"));
    let refused = place.run("judge run.jsonl --cases pages");
    assert_eq!(refused.status, 1, "{refused:?}");
    assert!(refused.err.contains("is not whole: it has no footer"), "{refused:?}");
    assert_eq!(place.run("diff run.jsonl run.jsonl").status, 1);
    let taken = place.run("judge run.jsonl --cases pages --partial");
    assert!(taken.err.contains("not whole") && taken.out.contains("not-run"), "{taken:?}");
    assert!(taken.status == 4 && taken.out.contains("Not proven: the run ended before 1 case."), "{taken:?}");
    assert_eq!(place.run("judge pages/own/page.yaml").status, 1);
    assert_eq!(place.run("judge no-such.jsonl").status, 1);
}

#[test]
fn runs_profiles_and_clients_are_compared() {
    let place = Place::new();
    place.run("run redirects/method/303-post --report jsonl=a.jsonl --report profile=a.txt");
    let mutant = "run redirects/method/303-post --client mutant:keeps-method-on-303 --report jsonl=b.jsonl";
    assert_eq!(place.run(mutant).status, 4);
    let same = place.run("diff a.jsonl reference redirects/method/303-post");
    assert_eq!((same.status, same.out.contains("The same in all 1 cases.")), (0, true), "{same:?}");
    let apart = place.run("diff a.jsonl b.jsonl");
    assert_eq!(apart.status, 4, "{apart:?}");
    assert!(apart.out.contains("pass -> fail") && apart.out.contains("\n      +  > POST /done"), "{apart:?}");
    let profiled = place.run("diff a.txt mutant:keeps-method-on-303 redirects/method/303-post --format json");
    let value: serde_json::Value = serde_json::from_str(&profiled.out).unwrap();
    assert_eq!((profiled.status, &value["summary"]["worse"]), (4, &1.into()), "{profiled:?}");
    assert_eq!(value["compared"], serde_json::json!(["verdict", "label"]));
    assert_eq!(place.run("diff a.jsonl no-such-client").status, 1);
}

#[test]
fn where_reports_go() {
    let place = Place::new();
    let tap = place.run("run --cases pages --report tap=-");
    assert!(tap.out.starts_with("TAP version 14\n") && !tap.out.contains("Conforms. "), "{tap:?}");
    let both = place.run("run --cases pages --report github=- --strict");
    assert!(
        both.out.contains("::error file=pages/own/page.yaml,line=17,title=fail own/page/wished::"),
        "{both:?}"
    );
    assert!(both.out.contains("Does not conform"), "{both:?}");
    let two = place.run("run --cases pages --report tap=- --report junit=-");
    assert_eq!(two.status, 1, "{two:?}");
    let no_folder = place.run("run --cases pages --report junit=no/such/folder.xml");
    assert_eq!(no_folder.status, 1, "{no_folder:?}");
    assert!(no_folder.out.is_empty() || !no_folder.out.contains("chapter"), "{no_folder:?}");
}

#[test]
fn no_case_is_never_green() {
    let place = Place::new();
    assert_eq!(place.run("run no-such-case").status, 4);
    assert_eq!(place.run("diff reference reference no-such-case").status, 4);
    place.run("run --cases pages --report jsonl=run.jsonl");
    let nothing = place.run("judge run.jsonl no-such-case --cases pages");
    assert_eq!(nothing.status, 4, "{nothing:?}");
    place.write("pages/own/page.yaml", &PAGE.replacen("spec:", "needs: [x-nonsense]\nspec:", 1));
    let unsupported =
        "run --cases pages --report tap=t --report junit=j --report markdown=m --report github=g";
    assert_eq!(place.run(unsupported).status, 4);
    assert!(place.read("t").contains("not ok 3 - cases-were-run"));
    assert!(place.read("j").contains("<error"));
    assert!(place.read("m").starts_with("### ❌"));
    assert!(place.read("g").contains("::error title=wireproof::no case was run"));
}

/// A client that cannot be started is one line to people, and to programs every case of the run.
#[test]
fn a_client_that_never_says_hello_has_a_whole_report() {
    let place = Place::new();
    fs::create_dir(place.path().join("mute")).unwrap();
    place.write("mute/client.yaml", "name: mute\ncommand: [sh, -c, 'echo gone wrong >&2; exit 7']\n");
    let asked = "run --client ./mute --cases pages --report jsonl=run.jsonl --report junit=run.xml --report tap=run.tap";
    let ran = place.run(asked);
    assert_eq!(ran.status, 3, "{ran:?}");
    assert!(ran.out.contains("hello") && ran.out.contains("gone wrong"), "{ran:?}");
    assert!(ran.out.contains("2 cases are broken"), "{ran:?}");
    let lines = place.read("run.jsonl");
    assert_eq!(lines.matches(r#""verdict":{"word":"broken""#).count(), 2, "{lines}");
    assert!(lines.lines().last().unwrap().contains(r#""exit-status":3"#), "{lines}");
    assert_eq!(place.read("run.xml").matches("<error").count(), 2);
    assert_eq!(place.read("run.tap").matches("not ok").count(), 2);
    let judged = place.run("judge run.jsonl --cases pages --client ./mute");
    assert_eq!(judged.status, 3, "{judged:?}");

    let certified = place.run("certify --client ./mute --format json");
    assert_eq!(certified.status, 3, "{certified:?}");
    assert!(
        certified.out.contains(r#""row":"hello""#) && certified.out.contains("exit status 7"),
        "{certified:?}"
    );
}
