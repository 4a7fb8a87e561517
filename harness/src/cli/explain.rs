//! `wireproof explain`: one case, in words, with the story of the reference client.

use std::fmt::Write as _;

use anstyle::Style;
use wireproof_client::mutants;

use super::{ExplainArgs, Failure, clients::Chosen, suite};
use crate::{
    covers, describe,
    plan::{Plan, Readiness, Scale},
    report::exit,
    run::{Run, Stand},
    scenario::{Scenario, SourceFile, scalar::Word as _},
    transcript::Detail,
};

pub(super) fn explain(args: &ExplainArgs) -> Result<u8, Failure> {
    let sources = suite::sources(args.cases.as_deref())?;
    let scenario = suite::one(suite::parsed(&sources, Scale::ONE)?, &args.case)?;
    let stand = Stand::new(Chosen::find("reference")?.start(1)?)?;
    let plan = Plan::new(&scenario, stand.driver().hello(), Scale::ONE);
    let run = stand.run(&plan);
    anstream::print!("{}", told(&scenario, &sources, &plan, &stand, &run));
    Ok(exit::CONFORMS)
}

fn told(scenario: &Scenario, sources: &[SourceFile], plan: &Plan, stand: &Stand, run: &Run) -> String {
    let (bold, dim) = (Style::new().bold(), Style::new().dimmed());
    let mut told = format!("{bold}{}{bold:#}\n{}\n", scenario.id, scenario.about);
    let _ = writeln!(
        told,
        "{dim}{}, {}, {}:{}{dim:#}",
        scenario.level.word(),
        scenario.spec,
        scenario.source.file,
        scenario.source.line
    );
    let mut part = |title: &str, lines: String| {
        if !lines.is_empty() {
            let _ = write!(told, "\n{bold}{title}{bold:#}\n");
            lines.lines().for_each(|line| {
                let _ = writeln!(told, "  {line}");
            });
        }
    };
    part("Why", covered(scenario));
    part("Servers", describe::servers(&plan.script));
    part("As written", source_of(scenario, sources));
    part("Fails for", killed(scenario));
    let title = format!("The reference client: {}", run.verdict.word);
    let story = match &plan.readiness {
        Readiness::Ready => run
            .transcript(stand.driver().hello(), plan, Detail::Full)
            .map(|story| story.to_string())
            .unwrap_or_default(),
        Readiness::Unsupported(why) | Readiness::NotYet(why) => why.clone(),
    };
    let mut objections = crate::report::explain(&run.verdict, &scenario.source.file);
    if let Some(label) = &run.verdict.label {
        let _ = write!(objections, "\nbehaviour: {label}\n");
    }
    part(&title, format!("{story}{objections}"));
    told
}

fn covered(scenario: &Scenario) -> String {
    let texts = covers::texts();
    let line = |id: &String| format!("{id}: {}", texts.get(id.as_str()).copied().unwrap_or("?"));
    scenario.covers.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn killed(scenario: &Scenario) -> String {
    let about = |name: &String| mutants::find(name).map_or("?", |mutant| mutant.about);
    scenario.kills.iter().map(|name| format!("{name}: {}", about(name))).collect::<Vec<_>>().join("\n")
}

/// The lines of the page from the case's first to the one before the next case.
fn source_of(scenario: &Scenario, sources: &[SourceFile]) -> String {
    let Some(source) = sources.iter().find(|source| source.path == scenario.source.file) else {
        return String::new();
    };
    let text = String::from_utf8_lossy(&source.bytes);
    let mut lines = text.lines().skip(scenario.source.line.saturating_sub(1));
    let Some(first) = lines.next() else { return String::new() };
    let indent = first.len() - first.trim_start().len();
    let inner = |line: &&str| line.trim().is_empty() || line.len() - line.trim_start().len() > indent;
    let mut taken = vec![first];
    taken.extend(lines.take_while(inner));
    while taken.last().is_some_and(|line| line.trim().is_empty()) {
        taken.pop();
    }
    let unindented = |line: &&str| line.get(indent..).unwrap_or_default().to_owned() + "\n";
    taken.iter().map(unindented).collect()
}
