//! A client's own tests: one function, or a few words more.

use std::{env, fs, path::PathBuf, process::ExitCode, sync::Arc};

use libtest_mimic::Arguments;
use wireproof_client::contract::{Client, serve};

use super::{Bench, Trials, only, room};
use crate::{
    adapter::{Driver, Folder},
    cli::Failure,
    known::KnownFailures,
};

/// Started with this argument, a test program is an adapter: for the jobs that need a process of their own.
const AS_ADAPTER: &str = "--wireproof-adapter";

/// Runs every case against a client as the tests of a program with `harness = false`. What its command line says is
/// what `cargo test -- --help` describes: filters, `--list`, `--exact`, `--test-threads`.
///
/// As [`Conformance::of`] the client, and nothing more said.
pub fn run(client: impl Client + 'static) -> ExitCode {
    Conformance::of(client).run()
}

/// The tests of a client written in Rust.
///
/// ```no_run
/// use wireproof::testing::Conformance;
/// use wireproof_client::reference::Reference;
///
/// fn main() -> std::process::ExitCode {
///     Conformance::of(Reference::default()).known("tests/known.yaml").cases("tests/cases").run()
/// }
/// ```
///
/// The client is driven in this process, a thread a case. Three things need more:
///
/// - The program is started again before anything else, with an environment without proxies, an empty home, and no name
///   servers; set `WIREPROOF_IN_PLACE` to have it run in one process, as a debugger wants it.
/// - Jobs that bring variables or files, and all jobs of a client that says `isolation: process`, are done by processes
///   of their own: this program once more, serving the client over its standard input and output.
/// - A job that misses its deadline has its sockets closed. A client that waits for anything else is waited for.
///
/// The certification page is the first test, `certification`, and is asked before any case: where a row is not met, every
/// case fails for that reason. Only a test that is run by itself is run without; so a runner that starts a process for
/// each (nextest) has the failure of `certification` alone to tell that the others say nothing.
///
/// A case is a test under its id. Those the client cannot be asked are ignored, and the reason shows; known failures run,
/// marked as such. A failing `must` fails its test, so does a known failure that passes, and so does an entry without a
/// case, as a test of its own. A failing `should` is told, and fails its test if [`strict`](Self::strict). A failure in
/// which time plays a part is looked at again alone; what then passes is told to be flaky, and passes.
pub struct Conformance {
    client: Arc<dyn Client>,
    known: Option<PathBuf>,
    cases: Option<PathBuf>,
    strict: bool,
}

impl Conformance {
    /// The tests of this client: all cases built in, no known failures, `should` does not count.
    pub fn of(client: impl Client + 'static) -> Self {
        Self { client: Arc::new(client), known: None, cases: None, strict: false }
    }

    /// What it is known to fail: the path of a `known.yaml`, from the folder of the package (where cargo and nextest
    /// start tests).
    #[must_use]
    pub fn known(mut self, file: impl Into<PathBuf>) -> Self {
        self.known = Some(file.into());
        self
    }

    /// Takes cases from a folder, or a file, instead of those built in.
    #[must_use]
    pub fn cases(mut self, folder: impl Into<PathBuf>) -> Self {
        self.cases = Some(folder.into());
        self
    }

    /// Lets `should` count as `must` does.
    #[must_use]
    pub fn strict(mut self) -> Self {
        self.strict = true;
        self
    }

    /// Does what the command line says. Fails if a test does, or if not one case can be run.
    pub fn run(self) -> ExitCode {
        if env::args().nth(1).as_deref() == Some(AS_ADAPTER) {
            return serve(&*self.client);
        }
        let arguments = Arguments::from_args();
        // To list them takes no room.
        let done = if arguments.list { Ok(None) } else { room::enter().map_err(Failure::from) };
        let done = done.and_then(|code| match code {
            Some(code) => Ok(code),
            None => self
                .bench(&arguments)
                .map(|bench| Trials::of(bench, self.strict).certified().run(&arguments, Vec::new())),
        });
        done.unwrap_or_else(|failure| {
            anstream::eprint!("{}", failure.message);
            ExitCode::FAILURE
        })
    }

    /// This program, as one that serves the client.
    fn itself(&self) -> Result<Folder, Failure> {
        let program = env::current_exe()?;
        let program =
            program.to_str().ok_or_else(|| Failure::usage("the path of this program is no text\n"))?;
        let command = vec![program.to_owned(), AS_ADAPTER.to_owned()];
        Ok(Folder::bare(&self.client.hello().client, &env::current_dir()?, command))
    }

    fn bench(&self, arguments: &Arguments) -> Result<Bench, Failure> {
        let known = match &self.known {
            None => KnownFailures::default(),
            Some(path) => {
                let told = |why: String| Failure::usage(format!("{}: {why}\n", path.display()));
                let text = fs::read_to_string(path).map_err(|error| told(error.to_string()))?;
                KnownFailures::parse(&text).map_err(told)?
            }
        };
        let itself = self.itself()?;
        let driver = Driver::in_process_or(Arc::clone(&self.client), itself);
        Bench::of(driver, known, self.cases.as_deref(), only(arguments))
    }
}
