//! The command line: words are read here and given their meaning in one file a command.

mod baseline;
mod certify;
mod check;
pub(crate) mod clients;
mod diff;
mod explain;
mod httpbin;
mod judge;
mod list;
mod mutants;
mod reports;
mod run;
mod serve;
pub(crate) mod suite;
mod surveys;

use std::{net::IpAddr, num::NonZero, path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand};

use crate::{
    adapter,
    plan::Scale,
    report::exit,
    scenario::{scalar::Scalar as _, unit::Size},
};

/// Prove HTTP clients: servers that do exactly what a case says, two witnesses, one verdict.
#[derive(Debug, Parser)]
#[command(name = "wireproof", version, after_help = EXIT_STATUS, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXIT_STATUS: &str = "\
Exit status:
  0  the client conforms
  1  the command line was not understood
  2  a case is not valid; nothing was run
  3  broken: our fault, or the adapter's
  4  the client does not conform, a known failure is stale, or nothing ran;
     two sides of a diff are not the same";

#[derive(Debug, Subcommand)]
enum Command {
    /// Run cases against a client and judge it
    Run(RunArgs),
    /// Certify an adapter: whether what it says of its client can be believed
    Certify(certify::CertifyArgs),
    /// Judge a stored run by today's cases, without running anything
    Judge(judge::JudgeArgs),
    /// Compare two runs or two clients, case by case
    Diff(diff::DiffArgs),
    /// List cases
    List(ListArgs),
    /// Say what a case checks and why, what its servers do, and how the reference client fares
    Explain(ExplainArgs),
    /// Check pages of cases without running anything
    Check(CheckArgs),
    /// Serve the routes of httpbin, or hold the servers of a case open, for any client or a debugger
    Serve(ServeArgs),
    /// Print the JSON Schema of a page of cases
    Schema,
    /// Keep the list of what a client is known to fail
    #[command(subcommand)]
    Baseline(BaselineCommand),
    /// Prove that every case can fail: run each against the mutants it must kill
    Mutants(MutantsArgs),
    /// Say who does what where it is left to clients, and prove that every answer of a survey is given
    Surveys(surveys::SurveysArgs),
    /// Be the adapter of a client of this program: `--client reference` or `--client mutant:NAME`
    #[command(hide = true)]
    Adapter(AdapterArgs),
}

/// Which cases.
#[derive(Debug, Args)]
pub(crate) struct Choice {
    /// Cases whose id contains one of these; `*` stands for any run of characters [default: all]
    #[arg(value_name = "FILTER")]
    filters: Vec<String>,
    /// Take cases from this folder instead of those built in
    #[arg(long, value_name = "DIR")]
    cases: Option<PathBuf>,
}

/// Which client, and what it is known to fail.
#[derive(Debug, Args)]
pub(crate) struct ClientArgs {
    /// The client: `reference`, `mutant:NAME`, the name of a bundled one, or the folder of its adapter
    #[arg(long, value_name = "NAME|PATH", default_value = "reference", env = "WIREPROOF_CLIENT")]
    client: String,
    /// A program without an adapter, as in `curl -sS {url}`: started for each call, judged by its exit status
    /// and the wire. Also: `[-X {method}]`, `[-H {header}]`, `[--data-binary @{body}]`
    #[arg(long, value_name = "TEMPLATE", conflicts_with = "client")]
    exec: Option<String>,
    /// What the program of --exec does as its command line stands: `redirects`, `gzip`, ...; may be repeated
    #[arg(long, value_name = "CAPABILITY", requires = "exec", value_delimiter = ',')]
    can: Vec<String>,
    /// What the client is known to fail [default: known.yaml in its folder]
    #[arg(long, value_name = "FILE")]
    known: Option<PathBuf>,
}

impl ClientArgs {
    /// The client in a word, as it is stored.
    fn word(&self) -> String {
        self.exec.as_ref().map_or_else(|| self.client.clone(), |template| format!("{BY_EXEC}{template}"))
    }
}

/// What stands before the template of a client without adapter and name.
const BY_EXEC: &str = "exec: ";

#[derive(Debug, Args)]
struct RunArgs {
    #[command(flatten)]
    choice: Choice,
    #[command(flatten)]
    client: ClientArgs,
    /// Let `should` count as `must` does
    #[arg(long)]
    strict: bool,
    /// How many cases run side by side [default: by cores and client]
    #[arg(long, value_name = "N")]
    jobs: Option<NonZero<usize>>,
    /// Stretch all times by this factor, for slow machines; at least 1
    #[arg(long, value_name = "X", default_value = "1", value_parser = scale)]
    time_scale: Scale,
    /// Run the cases without certifying the adapter first; the report says so
    #[arg(long)]
    no_certify: bool,
    #[command(flatten)]
    reports: reports::ReportArgs,
}

#[derive(Debug, Args)]
struct ListArgs {
    #[command(flatten)]
    choice: Choice,
}

#[derive(Debug, Args)]
struct ExplainArgs {
    /// The id of a case
    case: String,
    /// Take cases from this folder instead of those built in
    #[arg(long, value_name = "DIR")]
    cases: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct CheckArgs {
    /// Files and folders [default: the pages built in]
    paths: Vec<PathBuf>,
}

#[derive(Debug, Args)]
struct ServeArgs {
    /// The id of a case, or of a page to hold all its cases open [default: serve the routes of httpbin]
    case: Option<String>,
    /// Take cases from this folder instead of those built in
    #[arg(long, value_name = "DIR", requires = "case")]
    cases: Option<PathBuf>,
    /// Print only the line that says where to connect
    #[arg(long)]
    quiet: bool,
    #[command(flatten)]
    httpbin: HttpbinArgs,
}

/// How `serve` without a case serves.
#[derive(Debug, Args)]
struct HttpbinArgs {
    /// The address to listen on; others than loopback let in whoever reaches this machine
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1", conflicts_with = "case")]
    bind: IpAddr,
    /// The port to listen on [default: a free one]
    #[arg(long, value_name = "N", default_value = "0", hide_default_value = true, conflicts_with = "case")]
    port: u16,
    /// How much of the requests that came is kept for `/__journal`, such as `64KiB`; 0 keeps nothing
    #[arg(long, value_name = "SIZE", default_value = "1MiB", value_parser = size, conflicts_with = "case")]
    journal_bytes: usize,
}

#[derive(Debug, Subcommand)]
enum BaselineCommand {
    /// Write the list of a client that has none: everything that fails now
    Write(BaselineArgs),
    /// Add what fails and is not in the list
    Update(BaselineArgs),
    /// Take out what passes now, and what matches no case
    Prune(BaselineArgs),
}

#[derive(Debug, Args)]
struct BaselineArgs {
    #[command(flatten)]
    choice: Choice,
    #[command(flatten)]
    client: ClientArgs,
    /// Only show what would change
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Args)]
struct MutantsArgs {
    #[command(flatten)]
    choice: Choice,
    /// Write the matrix to this file
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
    /// Fail if this file does not hold the matrix
    #[arg(long, value_name = "FILE", conflicts_with = "write")]
    check: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct AdapterArgs {
    #[arg(long, value_name = "NAME")]
    client: String,
}

fn scale(text: &str) -> Result<Scale, String> {
    text.parse().ok().and_then(Scale::new).ok_or_else(|| "a number of at least 1 is expected".to_owned())
}

/// As pages spell sizes, also with a space before the unit.
fn size(text: &str) -> Result<usize, String> {
    let size = Size::read(&text.replacen(' ', "", 1)).and_then(|Size(bytes)| usize::try_from(bytes).ok());
    size.ok_or_else(|| format!("{} is expected", Size::EXPECTED))
}

/// Why a command ended without doing its work: what to print, and the exit status.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) message: String,
    status: u8,
    /// The program of a client is not installed.
    pub(crate) is_absence: bool,
}

impl Failure {
    fn new(message: impl Into<String>, status: u8) -> Self {
        Self { message: message.into(), status, is_absence: false }
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(message, exit::USAGE)
    }

    fn invalid_case(message: impl Into<String>) -> Self {
        Self::new(message, exit::INVALID_CASE)
    }

    fn broken(message: impl Into<String>) -> Self {
        Self::new(message, exit::BROKEN)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        // Whoever closed the pipe has read enough, and knows.
        let told = error.kind() != std::io::ErrorKind::BrokenPipe;
        Self::broken(if told { format!("wireproof: {error}\n") } else { String::new() })
    }
}

/// Reads the command line, does what it says, and gives the exit status.
pub fn main() -> ExitCode {
    if let Some(served) = adapter::serve_if_asked() {
        return served;
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let asked_for = !error.use_stderr();
            // Nobody is left to be told that standard output is closed.
            let _ = error.print();
            return ExitCode::from(if asked_for { exit::CONFORMS } else { exit::USAGE });
        }
    };
    let done = match cli.command {
        Command::Run(args) => run::run(&args),
        Command::Certify(args) => certify::run(&args),
        Command::Judge(args) => judge::judge(&args),
        Command::Diff(args) => diff::diff(&args),
        Command::List(args) => list::list(&args),
        Command::Explain(args) => explain::explain(&args),
        Command::Check(args) => check::check(&args),
        Command::Serve(args) => match &args.case {
            Some(case) => serve::serve(case, &args),
            None => httpbin::serve(&args),
        },
        Command::Schema => {
            anstream::print!("{}", crate::scenario::schema());
            Ok(exit::CONFORMS)
        }
        Command::Baseline(command) => baseline::baseline(&command),
        Command::Mutants(args) => mutants::mutants(&args),
        Command::Surveys(args) => surveys::surveys(&args),
        // Whoever can be served has been.
        Command::Adapter(AdapterArgs { client }) => {
            Err(Failure::usage(format!("wireproof: `{client}` is no client of this program\n")))
        }
    };
    ExitCode::from(done.unwrap_or_else(|failure| {
        anstream::eprint!("{}", failure.message);
        failure.status
    }))
}
