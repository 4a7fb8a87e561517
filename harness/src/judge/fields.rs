//! Field lines, wherever they are compared: of requests, of responses, in trailers.

use wireproof_server::{
    script::FieldPattern,
    text::{FillError, Text},
};

use super::{Bench, Findings};
use crate::{show, verdict::Witness};

/// Where field lines were found, for the mismatch.
pub(super) struct Place {
    pub(super) witness: Witness,
    pub(super) line: usize,
    pub(super) turn: u64,
    /// `field`, `request 2, field`, `trailer`.
    pub(super) noun: String,
    /// Whether outer white space is no part of a value: on the wire it is not, what a caller is given is as it is.
    pub(super) trimmed: bool,
}

/// A field line as either witness has it.
pub(super) type Line<'a> = (&'a [u8], &'a [u8]);

impl Bench<'_> {
    /// For each name that is demanded, its lines must be exactly those demanded, in that order.
    pub(super) fn hear_fields(
        &self,
        place: &Place,
        demanded: &[FieldPattern],
        lines: &[Line<'_>],
        findings: &mut Findings,
    ) -> Result<(), FillError> {
        let mut names: Vec<Vec<u8>> = Vec::new();
        for demand in demanded {
            let name = self.fill(&demand.name, place.turn)?.to_ascii_lowercase();
            if !names.contains(&name) {
                names.push(name);
            }
        }
        for name in names {
            let mut patterns = Vec::new();
            for demand in demanded {
                if self.fill(&demand.name, place.turn)?.eq_ignore_ascii_case(&name) {
                    patterns.push(self.pattern(&demand.value, place.turn)?);
                }
            }
            let found = values(lines, &name, place.trimmed);
            let all = patterns.len() == found.len()
                && patterns.iter().zip(&found).all(|(pattern, value)| pattern.matches(value));
            if !all {
                let expected: Vec<String> = patterns.iter().map(show::pattern).collect();
                findings.object(
                    place.witness.clone(),
                    place.line,
                    format!("{} {}", place.noun, show::escaped(&name)),
                    if expected.is_empty() { "none".to_owned() } else { expected.join(", ") },
                    show::list(&found),
                );
            }
        }
        Ok(())
    }

    /// Fields that must be absent.
    pub(super) fn hear_absent(
        &self,
        place: &Place,
        names: &[Text],
        lines: &[Line<'_>],
        findings: &mut Findings,
    ) -> Result<(), FillError> {
        for name in self.fill_all(names, place.turn)? {
            let found = values(lines, &name, place.trimmed);
            if !found.is_empty() {
                findings.object(
                    place.witness.clone(),
                    place.line,
                    format!("{} {}", place.noun, show::escaped(&name)),
                    "none",
                    show::list(&found),
                );
            }
        }
        Ok(())
    }
}

/// The values of all lines of this name.
fn values<'a>(lines: &[Line<'a>], name: &[u8], trimmed: bool) -> Vec<&'a [u8]> {
    lines
        .iter()
        .filter(|(spelled, _)| spelled.eq_ignore_ascii_case(name))
        .map(|(_, value)| if trimmed { value.trim_ascii() } else { *value })
        .collect()
}
