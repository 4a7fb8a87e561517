//! Each row can fail: the client that gets it wrong is told so.

use std::{
    collections::{BTreeMap, BTreeSet},
    num::NonZero,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use wireproof::{
    adapter::Driver,
    certify::{Certificate, Finding, Page, certify},
    plan::Scale,
    run::Stand,
};
use wireproof_client::{
    capabilities::Hello,
    contract::{Answer, Client, Surroundings},
    job::Job,
    reference::Reference,
};

use crate::wrong;

fn certificate(client: Arc<dyn Client>) -> Certificate {
    certify(&Stand::new(Driver::in_process(client)).unwrap(), Scale::ONE, None)
}

/// Rows whose names are not those of their cases.
const RENAMED: [(&str, &str); 6] = [
    ("proxy-env-on", "environment on"),
    ("proxy-env-off", "environment off"),
    ("long-job", "tolerance long-job"),
    ("after-hang", "hang"),
    ("two-calls-connected", "two-calls"),
    ("two-calls-remembered", "two-calls"),
];

/// Rows that are no cases, and who fails them.
const BESIDE_THE_PAGES: [(&str, &str); 1] = [("hello", "makes-up-names")];

/// Who is there in `adapters`, as it takes a process.
const ADAPTERS: [&str; 3] = ["hashes-nothing", "refuses-unknown-keys", "starts-once"];

/// By client, the rows it must fail.
fn expected() -> BTreeMap<String, BTreeSet<String>> {
    let page = Page::draw(Scale::ONE).unwrap();
    let mut rows: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (row, client) in BESIDE_THE_PAGES {
        rows.entry(client.to_owned()).or_default().insert(row.to_owned());
    }
    for case in page.cases() {
        let id = case.id.case.as_str();
        let renamed = RENAMED.iter().find(|(from, _)| *from == id).map(|(_, to)| (*to).to_owned());
        let switch = || {
            let (name, way) = id.rsplit_once('-')?;
            (case.id.page == "switches").then(|| format!("switch-{way} {name}"))
        };
        let row = renamed.or_else(switch).unwrap_or_else(|| id.to_owned());
        for client in &case.kills {
            rows.entry(client.clone()).or_default().insert(row.clone());
        }
    }
    rows
}

#[test]
fn every_row_has_somebody_who_fails_it_and_nobody_fails_none() {
    let named: BTreeSet<String> = expected().into_keys().collect();
    let there: BTreeSet<String> =
        wrong::NAMES.iter().chain(&ADAPTERS).map(|name| (*name).to_owned()).collect();
    assert_eq!(named, there);
}

#[test]
fn the_reference_client_is_certified() {
    let certificate = certificate(Arc::new(Reference::default()));
    assert!(certificate.is_met(), "{certificate:#?}");
    // All of its switches and timers, and not what takes a process or TLS.
    assert!(certificate.met() > 40 && certificate.not_asked() == 4, "{certificate:#?}");
    assert_eq!(certificate.notes, [""; 0]);
}

#[test]
fn what_the_reference_client_lacks_can_be_met_as_well() {
    let certificate = certificate(Arc::new(wrong::able()));
    assert!(certificate.is_met(), "{:#?}", certificate.red().collect::<Vec<_>>());
    for row in ["cookies", "netrc", "http-cache"] {
        for way in ["on", "off"] {
            let row = format!("switch-{way} {row}");
            let line = certificate.lines.iter().find(|line| line.row == row).unwrap();
            assert_eq!(line.finding, Finding::Met, "{row}");
        }
    }
}

#[test]
fn connections_that_stay_open_are_noted_and_no_fault() {
    let certificate = certificate(Arc::new(wrong::find("leaves-connections-open")));
    assert!(certificate.is_met(), "{:#?}", certificate.red().collect::<Vec<_>>());
    assert!(certificate.notes.iter().any(|note| note.starts_with("leaks: ")), "{certificate:#?}");
}

/// What keeps no connection and no cookie may be one session or two: the row says so.
#[test]
fn where_only_order_can_be_seen_the_row_says_so() {
    let certificate = certificate(Arc::new(wrong::find("shows-no-session")));
    assert!(certificate.is_met(), "{:#?}", certificate.red().collect::<Vec<_>>());
    let row = certificate.lines.iter().find(|line| line.row == "two-calls").unwrap();
    assert_eq!(row.finding, Finding::Met);
    assert!(row.about.contains("cannot be seen without `keepalive` or `cookies`"), "{}", row.about);
}

/// The reference client, and how many jobs it has had at once.
#[derive(Default)]
struct Counting {
    reference: Reference,
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Client for Counting {
    fn hello(&self) -> Hello {
        self.reference.hello()
    }

    fn answer(&self, job: &Job, surroundings: &Surroundings) -> Answer {
        self.most.fetch_max(self.now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        let answer = self.reference.answer(job, surroundings);
        self.now.fetch_sub(1, Ordering::SeqCst);
        answer
    }
}

#[test]
fn no_more_is_asked_at_once_than_there_may_be_jobs() {
    let most = |jobs| {
        let client = Arc::new(Counting::default());
        let stand = Stand::new(Driver::in_process(Arc::clone(&client) as Arc<dyn Client>)).unwrap();
        assert!(certify(&stand, Scale::ONE, NonZero::new(jobs)).is_met());
        client.most.load(Ordering::SeqCst)
    };
    assert_eq!(most(1), 1);
    assert_eq!(most(2), 2);
    // None were asked for: as many as are sensible.
    assert!((2..=6).contains(&most(0)));
}

/// One test for each client that gets something wrong.
macro_rules! fails {
    ($($test:ident: $name:literal;)*) => {
        $(#[test]
        fn $test() {
            told_of($name);
        })*

        #[test]
        fn every_wrong_client_has_a_test() {
            assert_eq!([$($name),*], wrong::NAMES);
        }
    };
}

fn told_of(name: &'static str) {
    let certificate = certificate(Arc::new(wrong::find(name)));
    let red: BTreeSet<String> = certificate.red().map(|line| line.row.clone()).collect();
    let not_yet = |row: &str| {
        let line = certificate.lines.iter().find(|line| line.row == row);
        line.is_some_and(|line| matches!(&line.finding, Finding::NotAsked(why) if why.starts_with("not yet")))
    };
    let missed: Vec<String> =
        expected()[name].iter().filter(|row| !red.contains(*row) && !not_yet(row)).cloned().collect();
    // What cannot be staged yet may be all that somebody fails; nobody here is such a one.
    assert!(!red.is_empty() && missed.is_empty(), "{name} was not told of {missed:?}: {certificate:#?}");
    assert!(certificate.reason().unwrap().starts_with("not certified: "));
}

fails! {
    cans_its_answers: "cans-its-answers";
    is_broken: "is-broken";
    leaves_out_empty_bodies: "leaves-out-empty-bodies";
    takes_404_for_an_error: "takes-404-for-an-error";
    takes_bytes_for_text: "takes-bytes-for-text";
    forgets_content_type: "forgets-content-type";
    sends_everything_by_get: "sends-everything-by-get";
    hashes_what_it_kept: "hashes-what-it-kept";
    sorts_the_fields_it_sends: "sorts-the-fields-it-sends";
    lower_cases_the_fields_it_sends: "lower-cases-the-fields-it-sends";
    keeps_one_field_of_a_name: "keeps-one-field-of-a-name";
    mends_the_fields_it_sends: "mends-the-fields-it-sends";
    sorts_the_fields_it_shows: "sorts-the-fields-it-shows";
    lower_cases_the_fields_it_shows: "lower-cases-the-fields-it-shows";
    shows_one_field_of_a_name: "shows-one-field-of-a-name";
    mends_the_fields_it_shows: "mends-the-fields-it-shows";
    knows_no_errors: "knows-no-errors";
    says_every_class: "says-every-class";
    says_every_phase: "says-every-phase";
    makes_up_classes: "makes-up-classes";
    makes_up_phases: "makes-up-phases";
    says_six_classes: "says-six-classes";
    takes_what_it_got: "takes-what-it-got";
    does_not_recover: "does-not-recover";
    has_no_timers: "has-no-timers";
    strikes_late: "strikes-late";
    strikes_early: "strikes-early";
    has_no_switches: "has-no-switches";
    turns_switches_round: "turns-switches-round";
    declares_what_it_lacks: "declares-what-it-lacks";
    keeps_cookies_unasked: "keeps-cookies-unasked";
    announces_unasked: "announces-unasked";
    authenticates_unasked: "authenticates-unasked";
    caches_unasked: "caches-unasked";
    ignores_its_environment: "ignores-its-environment";
    makes_one_call: "makes-one-call";
    makes_one_call_without_keepalive: "makes-one-call-without-keepalive";
    makes_a_session_of_each_call: "makes-a-session-of-each-call";
    forgets_between_calls: "forgets-between-calls";
    makes_one_call_at_a_time: "makes-one-call-at-a-time";
    says_cancelled: "says-cancelled";
    reads_to_the_end: "reads-to-the-end";
    takes_ten_bytes_for_all: "takes-ten-bytes-for-all";
    never_has_it_all: "never-has-it-all";
    mixes_up_parts: "mixes-up-parts";
    keeps_cookies: "keeps-cookies";
    keeps_connections: "keeps-connections";
    does_the_impossible: "does-the-impossible";
    connects_before_it_refuses: "connects-before-it-refuses";
    refuses_without_a_name: "refuses-without-a-name";
    refuses_by_every_name: "refuses-by-every-name";
    reads_short_jobs: "reads-short-jobs";
    takes_silence_for_an_answer: "takes-silence-for-an-answer";
    hears_and_waits: "hears-and-waits";
    makes_up_names: "makes-up-names";
}
