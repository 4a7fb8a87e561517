//! Running the cases as somebody's tests.
//!
//! A client written in Rust is tested in the process of its tests, where a debugger and a profiler see it. In its
//! `Cargo.toml`:
//!
//! ```toml
//! [dev-dependencies]
//! wireproof = "0.1"
//! wireproof-client = "0.1"
//!
//! [[test]]
//! name = "http"
//! harness = false
//! ```
//!
//! and in `tests/http.rs`, next to an implementation of [`Client`](wireproof_client::contract::Client) (a whole one is
//! in [`wireproof_client::adapter`]):
//!
//! ```ignore
//! fn main() -> std::process::ExitCode {
//!     wireproof::testing::run(MyClient)
//! }
//! ```
//!
//! Then every case is a test of `cargo test` (and of nextest), under its id.

mod conformance;
mod cores;
mod room;
mod trials;

pub use self::{
    conformance::{Conformance, run},
    trials::Trials,
};

/// To be called first thing in `main`: what a client uses up is measured on a process of its own, and for a client of
/// this program that is this program, started again.
pub use crate::adapter::serve_if_asked;

use std::path::Path;

use libtest_mimic::Arguments;

use crate::{
    adapter::Driver,
    cli::{
        Failure,
        clients::{self, Chosen},
        suite,
    },
    known::KnownFailures,
    plan::{Plan, Scale},
    run::Stand,
    scenario::Scenario,
};

/// The one test that was asked for, by its whole name.
fn only(arguments: &Arguments) -> Option<&str> {
    arguments.filter.as_deref().filter(|_| arguments.exact && !arguments.list)
}

/// The names of the clients that come with Wireproof, `reference` first.
pub fn bundled_clients() -> Vec<String> {
    let folders = clients::bundled().into_iter().filter(|name| name != "reference" && !name.contains(':'));
    std::iter::once("reference".to_owned()).chain(folders).collect()
}

/// All cases chosen, planned for one client.
pub struct Bench {
    /// Servers on one side, the client on the other.
    pub stand: Stand,
    /// A plan for each case.
    pub plans: Vec<Plan>,
    /// What was read.
    pub scenarios: Vec<Scenario>,
    /// What the client is known to fail.
    pub known: KnownFailures,
}

impl Bench {
    /// Finds and starts the client, as `wireproof run --client` does; reads and plans all cases.
    ///
    /// # Errors
    /// What is wrong with the cases or the client, ready to be printed.
    pub fn open(client: &str) -> Result<Self, String> {
        Self::try_open(client, None).map_err(|failure| failure.message)
    }

    /// The same for tests that were asked for so: where that is one case by its whole id, as nextest asks for each in a
    /// process of its own, its page is all that is read.
    ///
    /// # Errors
    /// As for [`Bench::open`].
    pub fn open_for(client: &str, arguments: &Arguments) -> Result<Self, String> {
        Self::try_open(client, only(arguments)).map_err(|failure| failure.message)
    }

    /// The same; `None` where the program behind the client is not installed on this machine.
    ///
    /// # Errors
    /// As for [`Bench::open`].
    pub fn open_if_installed(client: &str) -> Result<Option<Self>, String> {
        match Self::try_open(client, None) {
            Ok(bench) => Ok(Some(bench)),
            Err(failure) if failure.is_absence => Ok(None),
            Err(failure) => Err(failure.message),
        }
    }

    fn try_open(client: &str, only: Option<&str>) -> Result<Self, Failure> {
        let chosen = Chosen::find(client)?;
        let known = chosen.known(None)?;
        Self::of(chosen.start(8)?, known, None, only)
    }

    /// Reads the cases in a folder, or those built in, and plans them for a client. With `only`, an id, the page of that
    /// case will do.
    fn of(
        driver: Driver,
        known: KnownFailures,
        cases: Option<&Path>,
        only: Option<&str>,
    ) -> Result<Self, Failure> {
        let mut sources = suite::sources(cases)?;
        if let Some(page) = only.and_then(|id| id.rsplit_once('/')).map(|(page, _)| format!("{page}.yaml"))
            && sources.iter().any(|source| Path::new(&source.path).ends_with(&page))
        {
            sources.retain(|source| Path::new(&source.path).ends_with(&page));
        }
        let scenarios = suite::parsed(&sources, Scale::ONE)?;
        let stand = Stand::new(driver)?;
        let hello = stand.driver().hello();
        let known = known.for_version(&hello.version);
        let plans = scenarios.iter().map(|scenario| Plan::new(scenario, hello, Scale::ONE)).collect();
        Ok(Self { stand, plans, scenarios, known })
    }
}
