//! Many workers, one client.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    sync::{Barrier, Mutex},
    thread,
};

use wireproof::adapter::{Driver, Pool, Reply, Terms};
use wireproof_client::contract::Surroundings;

use crate::fixture::{AMPLE, Fixture, SHORT, job, outcome};

fn ample() -> Terms {
    Terms::within(AMPLE)
}

/// Answers with the number of its process, unless the job is to be left lying or died of.
const TELLS_ITS_NUMBER: &str = "
hello(MORE)
for job in jobs():
    if job['id'] == 'die': sys.exit(1)
    if job['id'] == 'hang': signal.pause()
    answer(job, body=str(os.getpid()))";

fn fixture(test: &str, more: &str) -> Option<Fixture> {
    Fixture::python(test, &TELLS_ITS_NUMBER.replace("MORE", more))
}

fn number(reply: Reply) -> String {
    serde_json::to_string(&outcome(reply).calls[0].body).unwrap()
}

#[test]
fn one_process_serves_many_jobs_until_it_is_worn() {
    let Some(fixture) = fixture("one_process_serves", "recycle=3") else { return };
    let pool = Pool::start(fixture.open(), 4).unwrap();
    let numbers: Vec<String> = (0..7).map(|_| number(pool.ask(&job("1"), &ample()))).collect();
    assert!(numbers[0] == numbers[2] && numbers[2] != numbers[3] && numbers[3] == numbers[5], "{numbers:?}");
    assert_eq!(pool.close(), [""; 0]);
}

#[test]
fn workers_get_processes_of_their_own_up_to_the_limit() {
    let Some(fixture) = fixture("workers_get", "") else { return };
    let driver = Driver::processes(fixture.open(), 2).unwrap();
    let (numbers, barrier) = (Mutex::new(BTreeSet::new()), Barrier::new(4));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                barrier.wait();
                for _ in 0..10 {
                    let reply = driver.ask(&job("1"), &ample(), || panic!("not for processes"));
                    numbers.lock().unwrap().insert(number(reply));
                }
            });
        }
    });
    assert!((1..=2).contains(&numbers.lock().unwrap().len()));
    assert_eq!(driver.close(), [""; 0]);
}

#[test]
fn jobs_that_cannot_share_a_process_do_not() {
    let Some(fixture) = fixture("cannot_share", "isolation='process'") else { return };
    let pool = Pool::start(fixture.open(), 2).unwrap();
    let numbers: BTreeSet<String> = (0..3).map(|_| number(pool.ask(&job("1"), &ample()))).collect();
    assert_eq!(numbers.len(), 3);
}

#[test]
fn jobs_that_bring_an_environment_get_a_process_of_their_own() {
    let Some(fixture) = fixture("bring_an_environment", "") else { return };
    let pool = Pool::start(fixture.open(), 2).unwrap();
    let environment = BTreeMap::from([("A".to_owned(), "b".to_owned())]);
    let special = ample().amid(Surroundings { environment, home: None });
    let asked = [&ample(), &special, &special, &ample()];
    let numbers = asked.map(|terms| number(pool.ask(&job("1"), terms)));
    assert_eq!(numbers[0], numbers[3]);
    assert_eq!(numbers.iter().collect::<BTreeSet<_>>().len(), 3);
}

#[test]
fn killed_and_crashed_processes_are_replaced() {
    let Some(fixture) = fixture("are_replaced", "") else { return };
    let pool = Pool::start(fixture.open(), 1).unwrap();
    assert!(matches!(pool.ask(&job("hang"), &Terms::within(SHORT)), Reply::Hang { .. }));
    outcome(pool.ask(&job("1"), &ample()));
    assert!(matches!(pool.ask(&job("die"), &ample()), Reply::Crash { .. }));
    outcome(pool.ask(&job("1"), &ample()));
}

#[test]
fn three_failed_starts_are_enough() {
    // Each start leaves a mark; the first alone goes well.
    let fixture = Fixture::shell(
        r#"echo x >>starts; [ "$(wc -l <starts)" -gt 1 ] && { echo no more >&2; exit 1; }
           echo '{"type":"hello","protocol":1,"client":"c","version":"1","language":"sh"}'; read job; exit 1"#,
    );
    let pool = Pool::start(fixture.open(), 1).unwrap();
    assert!(matches!(pool.ask(&job("1"), &ample()), Reply::Crash { .. }));
    for _ in 0..2 {
        let reply = pool.ask(&job("2"), &ample());
        assert!(
            matches!(&reply, Reply::Broken(text) if text.contains("3 times") && text.contains("no more")),
            "{reply:?}"
        );
    }
    assert_eq!(fs::read_to_string(fixture.path().join("starts")).unwrap().lines().count(), 4);
    let never = Pool::start(fixture.open(), 1).unwrap_err().to_string();
    assert!(never.contains("3 times in a row") && never.contains("no more"), "{never}");
}

#[test]
fn bad_ends_are_noted() {
    let fixture = Fixture::shell(
        r#"echo '{"type":"hello","protocol":1,"client":"c","version":"1","language":"sh"}'; read job; exit 5"#,
    );
    let notes = Pool::start(fixture.open(), 1).unwrap().close();
    assert_eq!(notes, ["ended after 0 jobs with exit status 5"]);
}
