//! Files that are no pages, and faults of several files at once.

use wireproof::{
    error::Diagnostic,
    scenario::{Known, SourceFile, parse},
};

use super::super::{faults, known, written};

fn faults_of(bytes: impl Into<Vec<u8>>) -> String {
    faults(&[written("a/b.yaml", bytes)])
}

#[test]
fn a_file_has_at_most_a_mebibyte() {
    let mut page = b"about: x\n".to_vec();
    page.resize(1024 * 1024 + 1, b'#');
    assert_eq!(faults_of(page), "error: the file has 1048577 bytes; a page has at most 1 MiB\n--> a/b.yaml");
}

#[test]
fn a_file_is_utf_8() {
    let expected = "\
error: byte 0xE9 is not UTF-8
 --> a/b.yaml:2:10
  |
2 | spec: caf\u{fffd}
  |          ^";
    assert_eq!(faults_of(b"about: x\nspec: caf\xE9\n".to_vec()), expected);
}

#[test]
fn a_number_that_no_reader_holds_is_to_be_quoted() {
    let told = faults_of("about: a\nspec: RFC 9110 1\ncases:\n  - { id: a, about: 18446744073709551621 }\n");
    assert!(told.contains("more than 64 bits") && told.contains("quote it"), "{told}");
}

#[test]
fn nesting_has_a_limit() {
    let told = |page: String| parse(&[written("a/b.yaml", page)], &known()).unwrap_err()[0].message.clone();
    let flow = format!("about: {}", "[".repeat(100_000));
    let block = format!("about:\n  {}x", "- ".repeat(100_000));
    assert_eq!([told(flow), told(block)], ["nested more than 64 deep", "nested more than 64 deep"]);
    let most = format!("about: {}{}", "[".repeat(63), "]".repeat(63));
    assert_ne!(told(most), "nested more than 64 deep");
}

#[test]
fn aliases_are_never_expanded() {
    let level =
        |level: usize| format!("a{level}: &a{level} [{}]\n", vec![format!("*a{}", level - 1); 10].join(", "));
    let page: String = std::iter::once("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned())
        .chain((1..40).map(level))
        .collect();
    let faults = parse(&[written("a/b.yaml", page)], &known()).unwrap_err();
    assert_eq!(faults.iter().filter(|fault| fault.message == "aliases are not used in pages").count(), 390);
}

#[test]
fn a_page_is_named_by_its_path() {
    let expected = "a page is a file `<chapter>/<page>.yaml`; both are slugs (`a-z0-9.-`)";
    for path in ["page.yaml", "a/b.yml", "A/b.yaml", "a/b c.yaml", "a/.yaml"] {
        let faults = parse(&[written(path, "{")], &known()).unwrap_err();
        assert!(faults.iter().any(|fault| fault.message == expected), "{path}");
    }
}

const GOOD: &str = "\
about: A page
spec: RFC 9112
servers: { origin: ok }
calls: [\"GET {origin}/\"]
cases:
  - { id: x, about: x, level: must, expect: { outcome: { status: 200 } }, kills: [m] }
";

#[test]
fn faults_of_all_files_are_told_in_their_order() {
    let sources = [
        written("b/one.yaml", GOOD.replace("GET {origin}", "GET {orgin}").replace("[m]", "[q]")),
        written("a/two.yaml", GOOD),
        written("a/three.yaml", "about: [\n"),
        written("a/four.yaml", GOOD.replace("spec", "sepc")),
        written("c/d/a/two.yaml", GOOD),
    ];
    let faults = parse(&sources, &known()).unwrap_err();
    let told: Vec<_> =
        faults.iter().map(|fault| (fault.file.as_str(), fault.line, fault.message.as_str())).collect();
    let expected = [
        ("b/one.yaml", 4, "`{orgin}` names no template, no server of the case and no column of its table"),
        ("b/one.yaml", 6, "there is no mutant `q`"),
        ("a/three.yaml", 2, "not YAML: while parsing a node, did not find expected node content"),
        ("a/four.yaml", 1, "`spec` is missing"),
        ("a/four.yaml", 2, "a page has no `sepc`"),
        ("c/d/a/two.yaml", 0, "this page is there twice: chapter and page make its name"),
    ];
    assert_eq!(told, expected);
}

#[test]
fn a_fault_is_told_once_however_many_rows_meet_it() {
    let page = GOOD.replace("{ id: x,", "{ id: \"x{a}\", each: { a: 1..40 },").replace("200", "2000x");
    let faults = parse(&[written("a/b.yaml", page)], &known()).unwrap_err();
    assert_eq!(faults.len(), 1, "{faults:?}");
}

#[test]
fn faults_are_told_the_same_every_time() {
    let tell = || parse(&[written("a/b.yaml", GOOD.replace(": ok", ": [{ x: y, z: a }, 5]"))], &known());
    let first: Vec<Diagnostic> = tell().unwrap_err();
    assert_eq!(Err(first), tell());
}

#[test]
fn nothing_is_a_suite_without_faults() {
    let none: [SourceFile; 0] = [];
    assert_eq!(parse(&none, &Known::anything()), Ok(Vec::new()));
}
