//! `wireproof diff`: two runs, or two clients, case by case.

use std::{fs, io::Read as _, num::NonZero, path::Path};

use clap::Args;

use super::{
    Choice, Failure, certify::before_a_run, clients::Chosen, judge::open, reports::Format,
    run::default_places, suite,
};
use crate::{
    certify::Certification,
    diff::{Aspect, Case, Comparison, Side, Story, text},
    plan::{Plan, Scale},
    profile::{Profile, Subject},
    record::{CaseLine, Recording},
    report,
    run::{Lanes, Run, Stand, run_all},
    scenario::Scenario,
    transcript::{Detail, Tokens, Transcript},
    verdict::Behaviour,
};

#[derive(Debug, Args)]
pub(super) struct DiffArgs {
    /// A stored run (`run --report jsonl=FILE`), a profile (`profile=FILE`), or a client, which is then run
    a: String,
    /// The other
    b: String,
    #[command(flatten)]
    choice: Choice,
    /// Show only cases that differ in this; may be given several times [default: all]
    #[arg(long, value_enum, value_name = "WHAT")]
    only: Vec<Aspect>,
    /// Take also what is left of a run that did not end
    #[arg(long)]
    partial: bool,
    /// How many cases of a client run side by side [default: by cores and client]
    #[arg(long, value_name = "N")]
    jobs: Option<NonZero<usize>>,
    /// Stretch all times by this factor where a client is run; at least 1
    #[arg(long, value_name = "X", default_value = "1", value_parser = super::scale)]
    time_scale: Scale,
    /// Run the cases of a client without certifying its adapter first
    #[arg(long)]
    no_certify: bool,
    /// How to write the comparison on standard output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(super) fn diff(args: &DiffArgs) -> Result<u8, Failure> {
    let (a, b) = (Source::find(&args.a)?, Source::find(&args.b)?);
    // What is not certified costs no run, of its own or of the other's.
    let (a, b) = (a.ready(args)?, b.ready(args)?);
    let (a, b) = (a.side(args)?, b.side(args)?);
    let comparison = Comparison::of(&a, &b, &args.only);
    match args.format {
        Format::Text => anstream::print!("{}", text(&comparison)),
        Format::Json => anstream::println!("{}", comparison.to_json()),
    }
    Ok(comparison.exit_status())
}

/// What one of the two was named.
enum Source<'a> {
    Run(&'a Path),
    Profile(&'a Path),
    Client(&'a str, Box<Chosen>),
}

/// The same, with nothing left that could keep it from being compared.
enum Ready<'a> {
    Run(&'a Path),
    Profile(&'a Path),
    Client(&'a str, Box<Stand>, Vec<Scenario>),
}

impl<'a> Source<'a> {
    /// A file is a stored run or a profile, everything else a client.
    fn find(name: &'a str) -> Result<Self, Failure> {
        let path = Path::new(name);
        if !path.is_file() {
            return Ok(Self::Client(name, Box::new(Chosen::find(name)?)));
        }
        let mut first = [0];
        let read = fs::File::open(path).and_then(|mut file| file.read(&mut first));
        read.map_err(|error| unreadable(path, &error))?;
        Ok(if first == *b"{" { Self::Run(path) } else { Self::Profile(path) })
    }

    /// A client is started, and certified as it would be by `run`: what its adapter gets wrong is no difference.
    fn ready(self, args: &DiffArgs) -> Result<Ready<'a>, Failure> {
        let (name, client) = match self {
            Self::Run(path) => return Ok(Ready::Run(path)),
            Self::Profile(path) => return Ok(Ready::Profile(path)),
            Self::Client(name, client) => (name, client),
        };
        let scenarios = suite::chosen(&args.choice, args.time_scale)?;
        let places = args.jobs.map_or_else(default_places, NonZero::get);
        let stand = Stand::new(client.start(places)?)?;
        match before_a_run(&stand, args.time_scale, args.jobs, args.no_certify) {
            Certification::Asked(certificate) if !certificate.is_met() => {
                return Err(Failure::broken(format!(
                    "wireproof: {name} cannot be compared:\n{}",
                    report::brief(&certificate)
                )));
            }
            Certification::Skipped => anstream::eprintln!("note: {name}: not certified: skipped"),
            Certification::Asked(_) | Certification::NotNeeded => {}
        }
        Ok(Ready::Client(name, Box::new(stand), scenarios))
    }
}

impl Ready<'_> {
    fn side(self, args: &DiffArgs) -> Result<Side, Failure> {
        match self {
            Self::Run(path) => stored(path, args),
            Self::Profile(path) => {
                let text = fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
                let mut profile = Profile::parse(&text).map_err(|why| unreadable(path, &why))?;
                profile.cases.retain(|id, _| suite::matches(&args.choice.filters, id));
                Ok(Side::of_profile(&path.to_string_lossy(), profile))
            }
            Self::Client(name, stand, scenarios) => Ok(run(name, *stand, &scenarios, args)),
        }
    }
}

fn unreadable(path: &Path, why: &dyn std::fmt::Display) -> Failure {
    Failure::usage(format!("wireproof: {} cannot be read: {why}\n", path.display()))
}

fn stored(path: &Path, args: &DiffArgs) -> Result<Side, Failure> {
    let recording = open(path, args.partial)?;
    let header = recording.header();
    let system = header.platform.split(' ').next().unwrap_or_default().to_owned();
    let of = Subject {
        client: header.client.clone(),
        version: header.version.clone(),
        language: header.language.clone(),
        system,
    };
    let mut side =
        Side { source: path.to_string_lossy().into_owned(), of, cases: [].into(), has_stories: true };
    for line in recording.cases()? {
        let line = line.map_err(|error| unreadable(path, &error))?;
        if suite::matches(&args.choice.filters, &line.id) {
            let id = line.id.clone();
            let case = told(&recording, line).map_err(|why| unreadable(path, &format!("{id}: {why}")))?;
            side.cases.insert(id, case);
        }
    }
    Ok(side)
}

fn told(recording: &Recording, line: CaseLine) -> Result<Case, String> {
    let (behaviour, concurrent) = (line.behaviour.clone(), line.concurrent);
    let story = line.undisturbed()?.map(|observation| {
        let tokens = Tokens::new(&observation.addresses, &recording.header().hello, observation.at);
        Story::from(Transcript::tell(&observation, &tokens, concurrent, Detail::Stable))
    });
    Ok(Case { behaviour, story })
}

/// Runs a client on the spot.
fn run(name: &str, stand: Stand, scenarios: &[Scenario], args: &DiffArgs) -> Side {
    let hello = stand.driver().hello();
    let plans: Vec<Plan> =
        scenarios.iter().map(|scenario| Plan::new(scenario, hello, args.time_scale)).collect();
    let mut side =
        Side { source: name.to_owned(), of: Subject::here(hello), cases: [].into(), has_stories: true };
    run_all(&stand, &plans, Lanes::choose(args.jobs, stand.driver()), |index, run: Run| {
        let run = run.undisturbed();
        let story = run.transcript(hello, &plans[index], Detail::Stable).map(Story::from);
        let case = Case { behaviour: Behaviour::of(&run.verdict), story };
        side.cases.insert(plans[index].id.clone(), case);
    });
    for amiss in stand.close() {
        anstream::eprintln!("note: {name}: {amiss}");
    }
    side
}
