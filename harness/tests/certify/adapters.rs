//! What only a process can get wrong, and the adapters that are printed or bundled.

use std::{fs, path::Path, process::Command};

use wireproof::{
    adapter::{Driver, Folder},
    certify::{Certificate, Finding, certify},
    plan::Scale,
    run::Stand,
};

/// The adapter of the manual, which is a whole one: what is wrong here is wrong in one place of it.
fn printed() -> &'static str {
    let readme = include_str!("../../../client-under-test/README.md");
    let start = readme.find("```python\n").unwrap() + "```python\n".len();
    &readme[start..start + readme[start..].find("```").unwrap()]
}

/// Whether there is a Python; where not, says visibly that the test has not been run.
pub(crate) fn python(test: &str) -> bool {
    let runs = Command::new("python3").arg("--version").output().is_ok_and(|output| output.status.success());
    if !runs {
        eprintln!("not run: {test}: there is no python3");
    }
    runs
}

fn certificate(folder: &Path) -> Certificate {
    let stand = Stand::new(Driver::processes(Folder::open(folder).unwrap(), 1).unwrap()).unwrap();
    certify(&stand, Scale::ONE, None)
}

/// The printed adapter with this part of it in place of that.
pub(crate) fn folder(part: &str, instead: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    assert!(printed().contains(part), "{part}");
    fs::write(folder.path().join("adapter.py"), printed().replacen(part, instead, 1)).unwrap();
    fs::write(folder.path().join("client.yaml"), "name: wrong\ncommand: [python3, adapter.py]\n").unwrap();
    folder
}

fn red(part: &str, instead: &str) -> Vec<(String, String)> {
    let folder = folder(part, instead);
    let certificate = certificate(folder.path());
    let why = |finding: &Finding| match finding {
        Finding::NotMet(why) => why.join("; "),
        Finding::Met | Finding::NotAsked(_) => String::new(),
    };
    certificate.red().map(|line| (line.row.clone(), why(&line.finding))).collect()
}

#[test]
fn the_adapter_in_the_readme_is_certified() {
    if python("the_adapter_in_the_readme_is_certified") {
        let found = red("say(type=\"hello\"", "say(type=\"hello\"");
        assert_eq!(found, []);
    }
}

#[test]
fn the_bundled_adapter_of_urllib_is_certified() {
    if python("the_bundled_adapter_of_urllib_is_certified") {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../client-under-test/clients/urllib");
        let certificate = certificate(&folder);
        assert!(certificate.is_met(), "{:#?}", certificate.red().collect::<Vec<_>>());
        assert_eq!(certificate.notes, [""; 0]);
    }
}

#[test]
fn noise_is_told() {
    if python("noise_is_told") {
        let found = red(
            "    job = json.loads(line)\n",
            "    job = json.loads(line)\n    out.write(b'debug: here\\n')\n",
        );
        let [(row, why)] = found.as_slice() else { panic!("{found:?}") };
        assert!(row == "noise" && why.contains("debug: here"), "{why}");
    }
}

#[test]
fn a_bad_exit_is_told() {
    if python("a_bad_exit_is_told") {
        let end = "    say(type=\"outcome\", id=job[\"id\"], calls=[call(*one) for one in asked])\n";
        let found = red(end, &format!("{end}sys.exit(3)\n"));
        let [(row, why)] = found.as_slice() else { panic!("{found:?}") };
        assert!(row == "end" && why.contains("exit status 3"), "{why}");
    }
}

#[test]
fn an_end_that_does_not_come_is_told() {
    if python("an_end_that_does_not_come_is_told") {
        let end = "    say(type=\"outcome\", id=job[\"id\"], calls=[call(*one) for one in asked])\n";
        let found = red(end, &format!("{end}import signal; signal.pause()\n"));
        assert!(found.iter().any(|(row, why)| row == "end" && why.contains("was killed")), "{found:?}");
        assert_eq!(found.len(), 1, "{found:?}");
    }
}

/// `hashes-nothing` of the page.
#[test]
fn a_megabyte_in_plain_is_told() {
    if python("a_megabyte_in_plain_is_told") {
        let found = red("    if len(data) > 65536:", "    if False:");
        let [(row, why)] = found.as_slice() else { panic!("{found:?}") };
        assert!(row == "big" && why.contains("a body of 1000000 bytes is told as it is"), "{why}");
    }
}

/// `refuses-unknown-keys` of the page.
#[test]
fn a_dislike_of_unknown_keys_is_told() {
    if python("a_dislike_of_unknown_keys_is_told") {
        for place in ["job", "job['options']", "job['calls'][0]", "job['calls'][0]['options']"] {
            let strict = format!(
                "    job = json.loads(line)\n    try: keys = set({place})\n    except KeyError: keys = set()\n    \
                 if 'x-unknown' in keys:\n        say(type='unsupported', id=job['id'], what=['x-unknown'])\n        continue\n"
            );
            let found = red("    job = json.loads(line)\n", &strict);
            let [(row, why)] = found.as_slice() else { panic!("{place}: {found:?}") };
            assert!(row == "tolerance" && why.contains("x-unknown"), "{place}: {why}");
        }
    }
}

/// `starts-once` of the page: what a killed process leaves behind keeps the next one from starting.
#[test]
fn a_start_that_only_works_once_is_told() {
    if python("a_start_that_only_works_once_is_told") {
        let start = "out = os.fdopen(os.dup(1), \"wb\")\n";
        let folder = folder(start, &format!("if os.path.exists('lock'): sys.exit('locked')\n{start}"));
        let adapter = folder.path().join("adapter.py");
        let locking = fs::read_to_string(&adapter).unwrap().replacen(
            "    job = json.loads(line)\n",
            "    job = json.loads(line)\n    if job['id'].endswith('/hang'): open('lock', 'w').close()\n",
            1,
        );
        fs::write(&adapter, locking).unwrap();
        let certificate = certificate(folder.path());
        // Others that start behind the lock are told as well: which ones is chance.
        let hang =
            certificate.red().find(|line| line.row == "hang").map(|line| format!("{:?}", line.finding));
        assert!(hang.unwrap().contains("locked"), "{certificate:#?}");
    }
}
