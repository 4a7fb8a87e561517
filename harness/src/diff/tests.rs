use super::*;

/// Id, verdict, label, and what the wire and the client tell.
type Told<'a> = (&'a str, Word, Option<&'a str>, Option<(&'a str, &'a str)>);

fn side(source: &str, cases: &[Told<'_>]) -> Side {
    let of = Subject {
        client: "agent".to_owned(),
        version: source.to_owned(),
        language: "Rust".to_owned(),
        system: "linux".to_owned(),
    };
    let case = |(id, word, label, story): &Told<'_>| {
        let behaviour = Behaviour { word: *word, label: label.map(str::to_owned) };
        let story = story.map(|(wire, outcome)| Story { wire: wire.to_owned(), outcome: outcome.to_owned() });
        ((*id).to_owned(), Case { behaviour, story })
    };
    Side { source: source.to_owned(), of, cases: cases.iter().map(case).collect(), has_stories: true }
}

fn plain(comparison: &Comparison) -> String {
    anstream::adapter::strip_str(&text(comparison)).to_string()
}

#[test]
fn two_that_are_the_same_say_so() {
    let one = side("1", &[("a/b/c", Word::Pass, None, Some(("> GET\n", "200\n")))]);
    let comparison = Comparison::of(&one, &one, &[]);
    assert_eq!(comparison.exit_status(), exit::CONFORMS);
    assert_eq!(comparison.sentence(), "The same in all 1 cases.");
}

#[test]
fn what_fails_now_comes_first_and_the_same_change_is_told_once() {
    let wire = |agent: &str| format!("  > GET / HTTP/1.1\n  > User-Agent: {agent}\n");
    let (old, new) = (wire("old"), wire("new"));
    let a = side(
        "1",
        &[
            ("a/b/1", Word::Pass, None, Some((&old, "200\n"))),
            ("a/b/2", Word::Survey, Some("retries"), Some((&old, "200\n"))),
            ("a/b/3", Word::Pass, None, Some((&old, "200\n"))),
            ("a/b/4", Word::Crash, None, Some((&old, "crashed\n"))),
            ("b/b/1", Word::Unsupported, None, None),
        ],
    );
    let b = side(
        "2",
        &[
            ("a/b/1", Word::Pass, None, Some((&new, "200\n"))),
            ("a/b/2", Word::Survey, Some("gives up"), Some((&new, "200\n"))),
            ("a/b/3", Word::Fail, None, Some((&new, "error\n"))),
            ("a/b/4", Word::Pass, None, Some((&old, "crashed\n"))),
            ("b/b/2", Word::Pass, None, None),
        ],
    );
    let comparison = Comparison::of(&a, &b, &[]);
    insta::assert_snapshot!(plain(&comparison), @r"
    - agent 1 (Rust) on linux [1]
    + agent 2 (Rust) on linux [2]

    a
      a/b/3  pass -> fail
        outcome:
          -200
          +error
        wire:
             > GET / HTTP/1.1
          -  > User-Agent: old
          +  > User-Agent: new
      a/b/4  crash -> pass
      a/b/2  survey (retries) -> survey (gives up)
        wire: as in a/b/3
      a/b/1
        wire: as in a/b/3

    only in the first:
      b/b/1

    only in the second:
      b/b/2

    4 cases in common: 1 met by the first only, 1 met by the second only, 1 with another label, 1 with another outcome, 3 with other bytes on the wire, 1 in the first only, 1 in the second only.
    ");
    assert_eq!(comparison.exit_status(), exit::DOES_NOT_CONFORM);
    let verdicts = Comparison::of(&a, &b, &[Aspect::Verdict]);
    let ids: Vec<&str> = verdicts.changes.iter().map(|change| change.id.as_str()).collect();
    assert_eq!(ids, ["a/b/3", "a/b/4"]);
    let json = comparison.to_json();
    assert_eq!(json["summary"]["worse"], 1);
    assert_eq!(json["cases"][2]["turn"], "worse");
    assert_eq!(json["cases"][0]["wire"][1], "-  > User-Agent: old");
}

#[test]
fn a_broken_case_and_nothing_in_common_are_no_result() {
    let a = side("1", &[("a/b/c", Word::Broken, None, None)]);
    assert_eq!(Comparison::of(&a, &a, &[]).exit_status(), exit::BROKEN);
    let nothing = Comparison::of(&side("1", &[]), &side("2", &[]), &[]);
    assert_eq!(nothing.exit_status(), exit::DOES_NOT_CONFORM);
    assert!(nothing.sentence().starts_with("Not compared"));
}

#[test]
fn a_profile_has_no_stories_to_compare() {
    let a = side("1", &[("a/b/c", Word::Pass, None, Some(("x", "y")))]);
    let text = "client: agent\nversion: 2\nlanguage: Rust\nsystem: linux\n\na/b/c fail\n";
    let b = Side::of_profile("p", Profile::parse(text).unwrap());
    let comparison = Comparison::of(&a, &b, &[]);
    assert_eq!(comparison.compared, [Aspect::Verdict, Aspect::Label]);
    assert_eq!(comparison.turns(Turn::Worse), 1);
}
