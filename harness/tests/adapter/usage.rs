//! What the processes of a client use up, measured and limited. Linux only: elsewhere such cases are not run, and the
//! plan says so.

#![cfg(target_os = "linux")]

use wireproof::verdict::Word;

use crate::{
    fixture::Fixture,
    runs::{Ran, ran},
};

/// A client that does what the path of its URL says, and has had 100 MB before.
const GREEDY: &str = "
import resource, time
hello()
past = bytearray(100_000_000)
del past
def hold(megabytes): return b'x' * (megabytes * 1_000_000)
def burn(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end: pass
for job in jobs():
    what = job['calls'][0]['url'].rsplit('/', 1)[1]
    if what == 'little': held = hold(5)
    if what == 'much': held = hold(150)
    if what == 'much-for-a-moment':
        held = hold(150)
        del held
    if what == 'much-in-a-child':
        subprocess.run([sys.executable, '-c', 'x = b\"x\" * 150_000_000; import sys; sys.stdin.read()'], input=b'')
    if what == 'bomb':
        held = []
        while True: held.append(hold(10))
    if what == 'bomb-and-hang':
        held = hold(150)
        signal.pause()
    if what == 'limited':
        try: hold(2000)
        except MemoryError: answer(job, reason='none left')
        else: answer(job, reason='plenty')
        continue
    if what == 'busy': burn(0.5)
    if what == 'busy-in-a-child':
        subprocess.run([sys.executable, '-c', 'import time\\nwhile time.process_time() < 0.5: pass'])
    if what == 'idle': time.sleep(0.5)
    answer(job)";

fn page(cases: &[(&str, &str, &str)], deadline: &str) -> String {
    let case = |(path, client, expect): &(&str, &str, &str)| {
        format!(
            "  - id: {path}\n    about: A plain exchange\n    level: must\n    deadline: {deadline}\n    client: {client}\n    \
             servers: {{ origin: ok }}\n    calls: ['GET {{origin}}/{path}']\n    \
             expect: {{ outcome: {{ status: 200 }}, {expect} }}\n    kills: [m]\n"
        )
    };
    let cases: Vec<String> = cases.iter().map(case).collect();
    format!("about: Usage\nspec: RFC 9110\ncases:\n{}", cases.concat())
}

fn greedy(test: &str, cases: &[(&str, &str, &str)], deadline: &str) -> Option<Ran> {
    let fixture = Fixture::python(test, GREEDY)?;
    Some(ran(&fixture, &page(cases, deadline), 2))
}

const MEMORY: &str = "client: { memory: ..64MiB }";
const CPU: &str = "client: { cpu: ..300ms }";

#[test]
fn memory_is_that_of_the_job_and_of_all_its_processes() {
    let names = ["little", "much", "much-for-a-moment", "much-in-a-child"];
    let Some(ran) = greedy("memory_is", &names.map(|name| (name, "{}", MEMORY)), "20s") else { return };
    let words = ran.words();
    assert_eq!(words["little"], Word::Pass, "{:?}", ran.runs["little"].verdict);
    for much in &names[1..] {
        let verdict = &ran.runs[*much].verdict;
        assert_eq!(verdict.word, Word::Fail, "{much}: {verdict:?}");
        assert_eq!(verdict.mismatches.len(), 1);
        let mismatch = &verdict.mismatches[0];
        assert_eq!((mismatch.about.as_str(), mismatch.expected.as_str()), ("memory", "..64 MiB"));
        let usage = ran.runs[*much].observation.as_ref().unwrap().usage.unwrap();
        assert!((120 << 20..200 << 20).contains(&usage.peak_memory.unwrap()), "{much}: {usage:?}");
    }
    assert!(ran.text.contains("client's process: memory"), "{}", ran.text);
}

#[test]
fn a_bomb_is_ended_before_it_takes_the_machine() {
    let Some(ran) = greedy("a_bomb_is_ended", &[("bomb", "{}", MEMORY)], "20s") else { return };
    assert_eq!(ran.words()["bomb"], Word::Fail, "{:?}", ran.runs["bomb"].verdict);
    assert!(ran.reason("bomb").contains("ended by Wireproof"), "{}", ran.reason("bomb"));
    assert_eq!(ran.runs["bomb"].verdict.mismatches.len(), 1);
}

#[test]
fn a_hang_tells_what_was_used_up_as_well() {
    let Some(ran) = greedy("a_hang_tells", &[("bomb-and-hang", "{}", MEMORY)], "5s") else { return };
    assert_eq!(ran.words()["bomb-and-hang"], Word::Hang);
    assert_eq!(ran.runs["bomb-and-hang"].verdict.mismatches.len(), 1);
}

#[test]
fn processor_time_is_that_of_the_job_and_of_all_its_processes() {
    let names = ["busy", "busy-in-a-child", "idle"];
    let Some(ran) = greedy("processor_time_is", &names.map(|name| (name, "{}", CPU)), "20s") else { return };
    assert_eq!(ran.words()["idle"], Word::Pass, "{:?}", ran.runs["idle"].verdict);
    for busy in ["busy", "busy-in-a-child"] {
        let verdict = &ran.runs[busy].verdict;
        assert_eq!(verdict.word, Word::Fail, "{busy}: {verdict:?}");
        assert_eq!(verdict.mismatches[0].about, "processor time");
    }
}

#[test]
fn address_space_is_limited_where_a_case_asks() {
    let cases = [("limited", "{ address-space: 1GiB }", "client: { memory: ..64MiB }")];
    let Some(ran) = greedy("address_space", &cases, "20s") else { return };
    assert_eq!(ran.words()["limited"], Word::Pass, "{:?}", ran.runs["limited"].verdict);
    assert_eq!(ran.told_reason("limited"), "none left");
}
