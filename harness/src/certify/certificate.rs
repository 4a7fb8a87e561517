//! What certification found, row by row.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Whether an adapter may speak for its client: each row of the certification page, and what was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Certificate {
    /// What was certified: the client's name.
    pub client: String,
    /// Its version.
    pub version: String,
    /// What it is written in.
    pub language: String,
    /// The rows that were looked at, in the order of the page.
    pub lines: Vec<Line>,
    /// What is worth knowing and no fault: connections that are left open, for one.
    pub notes: Vec<String>,
    /// How long it took, in milliseconds.
    pub ms: u64,
}

/// One row, or one thing that a row asks of many: a switch, say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Line {
    /// The row: `get`, `switch-on redirects`.
    pub row: String,
    /// What must be true, in a sentence.
    pub about: String,
    /// What was found.
    #[serde(flatten)]
    pub finding: Finding,
}

/// What was found of a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "finding", content = "why", rename_all = "kebab-case")]
pub enum Finding {
    /// It is so.
    Met,
    /// It is not so: why, a sentence each.
    NotMet(Vec<String>),
    /// It was not asked: why not.
    NotAsked(String),
}

impl Finding {
    /// Not met, for one reason.
    pub(super) fn not_met(why: impl Into<String>) -> Self {
        Self::NotMet(vec![why.into()])
    }

    /// Met, unless something is amiss.
    pub(super) fn unless(amiss: Vec<String>) -> Self {
        if amiss.is_empty() { Self::Met } else { Self::NotMet(amiss) }
    }

    /// Both together: what is amiss with either; what was asked counts before what was not.
    #[must_use]
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::NotMet(one), Self::NotMet(two)) => Self::NotMet([one, two].concat()),
            (Self::NotMet(why), _) | (_, Self::NotMet(why)) => Self::NotMet(why),
            (Self::Met, _) | (_, Self::Met) => Self::Met,
            (Self::NotAsked(why), Self::NotAsked(_)) => Self::NotAsked(why),
        }
    }
}

impl Line {
    pub(super) fn new(row: impl Into<String>, about: impl Into<String>, finding: Finding) -> Self {
        Self { row: row.into(), about: about.into(), finding }
    }
}

impl Certificate {
    /// Of a client whose adapter gave no hello: the row that asks for one is all there is.
    pub fn without_hello(client: &str, why: &str) -> Self {
        let about = "A hello that can be understood comes within 30 s of the start";
        Self {
            client: client.to_owned(),
            version: String::new(),
            language: String::new(),
            lines: vec![Line::new("hello", about, Finding::not_met(why))],
            notes: Vec::new(),
            ms: 0,
        }
    }

    /// Whether nothing is amiss.
    pub fn is_met(&self) -> bool {
        self.red().next().is_none()
    }

    /// The rows that are not met.
    pub fn red(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|line| matches!(line.finding, Finding::NotMet(_)))
    }

    /// How many rows are met.
    pub fn met(&self) -> usize {
        self.lines.iter().filter(|line| line.finding == Finding::Met).count()
    }

    /// How many rows were not asked.
    pub fn not_asked(&self) -> usize {
        self.lines.len() - self.met() - self.red().count()
    }

    /// Why every verdict on this client would be worthless, in one sentence; `None` if none would.
    pub fn reason(&self) -> Option<String> {
        let red: Vec<&Line> = self.red().collect();
        let first = red.first()?;
        let why = match &first.finding {
            Finding::NotMet(why) => why.first().map(String::as_str).unwrap_or_default(),
            Finding::Met | Finding::NotAsked(_) => "",
        };
        let more = match red.len() - 1 {
            0 => String::new(),
            n => format!(" (and {n} more)"),
        };
        Some(format!("not certified: {}: {why}{more}", first.row))
    }

    pub(super) fn with_time(mut self, took: Duration) -> Self {
        self.ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        self
    }
}

/// What became of the certification page before a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "was", rename_all = "kebab-case")]
pub enum Certification {
    /// There is no adapter: the client is Wireproof's own, within this process.
    #[default]
    NotNeeded,
    /// Skipped, as was asked: what an adapter gets wrong looks like its client's fault.
    Skipped,
    /// Asked, with this result.
    Asked(Certificate),
}

impl Certification {
    /// Why no case can be run, if that is so.
    pub fn reason(&self) -> Option<String> {
        match self {
            Self::Asked(certificate) => certificate.reason(),
            Self::NotNeeded | Self::Skipped => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certificate(findings: &[Finding]) -> Certificate {
        let lines = findings.iter().map(|finding| Line::new("row", "about", finding.clone())).collect();
        Certificate {
            client: "c".to_owned(),
            version: "1".to_owned(),
            language: "l".to_owned(),
            lines,
            notes: Vec::new(),
            ms: 0,
        }
    }

    #[test]
    fn one_red_line_is_enough() {
        let red = Finding::not_met("so");
        let not_asked = Finding::NotAsked("the client lacks it".to_owned());
        let met = certificate(&[Finding::Met, not_asked.clone()]);
        assert!(met.is_met() && met.reason().is_none());
        assert_eq!((met.met(), met.not_asked()), (1, 1));
        let broken = certificate(&[Finding::Met, red.clone(), not_asked, red]);
        assert_eq!(broken.reason().unwrap(), "not certified: row: so (and 1 more)");
    }

    #[test]
    fn findings_add_up() {
        let red = Finding::not_met("so");
        assert_eq!(Finding::Met.and(Finding::NotAsked("x".to_owned())), Finding::Met);
        assert_eq!(Finding::Met.and(red.clone()), red);
        assert_eq!(red.clone().and(red), Finding::NotMet(vec!["so".to_owned(), "so".to_owned()]));
    }

    #[test]
    fn it_can_be_written_and_read() {
        let one = certificate(&[Finding::Met, Finding::not_met("so"), Finding::NotAsked("no".to_owned())]);
        let text = serde_json::to_string(&one).unwrap();
        assert!(text.contains(r#""finding":"not-met","why":["so"]"#), "{text}");
        assert_eq!(serde_json::from_str::<Certificate>(&text).unwrap(), one);
    }
}
