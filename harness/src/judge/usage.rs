//! What the client used up.

use super::Findings;
use crate::{
    expect::{Check, UsageDemand, What},
    observation::Usage,
    scenario::range::Range,
    show,
    verdict::Witness,
};

/// Whether the demands on what the client used up are met, of those that there are among some checks.
///
/// # Errors
/// What is asked for and was not measured: our fault.
pub(super) fn hear(
    checks: &[Check],
    usage: Option<Usage>,
    findings: &mut Findings,
) -> Result<(), &'static str> {
    let usage = usage.unwrap_or_default();
    for check in checks {
        let What::Usage(demand) = &check.what else { continue };
        match demand {
            UsageDemand::Memory(range) => {
                let held = usage.peak_memory.ok_or("the memory of the client was not measured")?;
                if !range.contains(held) {
                    let found = format!("{} more than before the job", show::size(held));
                    findings.object(Witness::Process, check.line, "memory", span(*range), found);
                }
            }
            UsageDemand::Cpu(range) => {
                let spent = usage.cpu.ok_or("the processor time of the client was not measured")?;
                if !range.contains(spent) {
                    let expected = range.to_string();
                    findings.object(
                        Witness::Process,
                        check.line,
                        "processor time",
                        expected,
                        format!("{spent:?}"),
                    );
                }
            }
        }
    }
    Ok(())
}

/// A range of sizes.
fn span(range: Range<u64>) -> String {
    let end = |end: Option<u64>| end.map(show::size).unwrap_or_default();
    format!("{}..{}", end(range.from), end(range.to))
}
