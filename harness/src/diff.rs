//! Two clients, or two runs, case by case. What is compared is what the clients do, not what they are known to fail, and
//! of the two witnesses' stories only what chance has no part in.

mod lines;
mod text;

use std::collections::BTreeMap;

use serde::Serialize;

pub use self::{lines::LineDiff, text::text};
use crate::{
    profile::{Profile, Subject, chance},
    report::exit,
    transcript::Transcript,
    verdict::{Behaviour, Word},
};

/// One of the two.
#[derive(Debug, Clone)]
pub struct Side {
    /// Where it comes from: a file, or the name of a client.
    pub source: String,
    /// Who was run.
    pub of: Subject,
    /// By case.
    pub cases: BTreeMap<String, Case>,
    /// Whether it has stories; a profile has not.
    pub has_stories: bool,
}

/// What one side did in one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// The verdict, and its label.
    pub behaviour: Behaviour,
    /// What both witnesses tell; `None` where nothing ran, or nobody wrote it down.
    pub story: Option<Story>,
}

/// What both witnesses tell, with [`Detail::Stable`](crate::transcript::Detail::Stable).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Story {
    wire: String,
    outcome: String,
}

impl From<Transcript> for Story {
    fn from(transcript: Transcript) -> Self {
        let told = |wire, told| Transcript { wire, told }.to_string();
        Self { wire: told(transcript.wire, Vec::new()), outcome: told(Vec::new(), transcript.told) }
    }
}

impl Side {
    /// A profile as one of the two.
    pub fn of_profile(source: &str, profile: Profile) -> Self {
        let case = |(id, behaviour)| (id, Case { behaviour, story: None });
        Self {
            source: source.to_owned(),
            of: profile.of,
            cases: profile.cases.into_iter().map(case).collect(),
            has_stories: false,
        }
    }
}

/// In what two cases can differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Aspect {
    /// The verdict
    Verdict,
    /// The label of the behaviour
    Label,
    /// What the client told its caller
    Outcome,
    /// What went over the wire
    Wire,
}

impl Aspect {
    /// All, the weightiest first.
    pub const ALL: [Self; 4] = [Self::Verdict, Self::Label, Self::Outcome, Self::Wire];
}

/// A case in which the two differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// `redirects/method/303-post-becomes-get`
    pub id: String,
    /// Both behaviours, where verdict or label differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub behaviour: Option<(Behaviour, Behaviour)>,
    /// How what the client told differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<LineDiff>,
    /// How what went over the wire differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wire: Option<LineDiff>,
}

/// Where a changed verdict leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Turn {
    /// It was met, and is no more.
    Worse,
    /// It was not met, and is now.
    Better,
    /// It was asked of one of the two only, or is met in another way.
    Other,
}

impl Change {
    /// Whether the two differ in this.
    pub fn is_in(&self, aspect: Aspect) -> bool {
        match (aspect, &self.behaviour) {
            (Aspect::Verdict, Some((a, b))) => a.word != b.word,
            (Aspect::Label, Some((a, b))) => a.label != b.label,
            (Aspect::Verdict | Aspect::Label, None) => false,
            (Aspect::Outcome, _) => self.outcome.is_some(),
            (Aspect::Wire, _) => self.wire.is_some(),
        }
    }

    /// Where the verdict leads; `None` where it is the same.
    pub fn turn(&self) -> Option<Turn> {
        let (a, b) = self.behaviour.as_ref().filter(|(a, b)| a.word != b.word)?;
        let is_met = |word| matches!(word, Word::Pass | Word::Lenient | Word::Survey);
        Some(match (a.word, b.word) {
            (a, b) if is_met(a) && b.is_failure() => Turn::Worse,
            (a, b) if a.is_failure() && is_met(b) => Turn::Better,
            _ => Turn::Other,
        })
    }

    /// The chapter: the first part of the id.
    pub fn chapter(&self) -> &str {
        self.id.split('/').next().unwrap_or(&self.id)
    }
}

/// Two sides, compared.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// Where both come from, and who was run.
    pub sides: [(String, Subject); 2],
    /// What could be compared.
    pub compared: Vec<Aspect>,
    /// How many cases both have.
    pub common: usize,
    /// Where they differ, by case.
    pub changes: Vec<Change>,
    /// Cases that only one of the two has.
    pub alone: [Vec<String>; 2],
    /// Cases that are broken in one of the two: they say nothing.
    pub broken: Vec<String>,
}

impl Comparison {
    /// Compares two sides. Where `only` names aspects, cases that differ in others alone are left out.
    pub fn of(a: &Side, b: &Side, only: &[Aspect]) -> Self {
        let stories = a.has_stories && b.has_stories;
        let able: &[Aspect] = if stories { &Aspect::ALL } else { &[Aspect::Verdict, Aspect::Label] };
        let compared: Vec<Aspect> =
            able.iter().copied().filter(|aspect| only.is_empty() || only.contains(aspect)).collect();
        let both: Vec<(&String, &Case, &Case)> =
            a.cases.iter().filter_map(|(id, case)| Some((id, case, b.cases.get(id)?))).collect();
        let is_broken = |case: &Case| case.behaviour.word == Word::Broken;
        let missing = |here: &Side, there: &Side| {
            here.cases.keys().filter(|id| !there.cases.contains_key(*id)).cloned().collect()
        };
        let changes = both.iter().filter_map(|(id, a, b)| change(id, a, b));
        Self {
            changes: changes.filter(|change| compared.iter().any(|aspect| change.is_in(*aspect))).collect(),
            compared,
            common: both.len(),
            alone: [missing(a, b), missing(b, a)],
            broken: both
                .iter()
                .filter(|(_, a, b)| is_broken(a) || is_broken(b))
                .map(|(id, ..)| (*id).clone())
                .collect(),
            sides: [a, b].map(|side| (side.source.clone(), side.of.clone())),
        }
    }

    /// How many cases differ in this.
    pub fn count(&self, aspect: Aspect) -> usize {
        self.changes.iter().filter(|change| change.is_in(aspect)).count()
    }

    /// How many verdicts lead there.
    pub fn turns(&self, turn: Turn) -> usize {
        self.changes.iter().filter(|change| change.turn() == Some(turn)).count()
    }

    /// 0 where the two are the same, 4 where they differ or share no case, 3 where a case is broken.
    pub fn exit_status(&self) -> u8 {
        if !self.broken.is_empty() {
            return exit::BROKEN;
        }
        let same = self.changes.is_empty() && self.alone.iter().all(Vec::is_empty) && self.common > 0;
        if same { exit::CONFORMS } else { exit::DOES_NOT_CONFORM }
    }

    /// The comparison in one sentence.
    pub fn sentence(&self) -> String {
        if self.common == 0 {
            return "Not compared: the two have no case in common.".to_owned();
        }
        let mut parts = Vec::new();
        let mut part = |count: usize, what: &str| {
            if count > 0 {
                parts.push(format!("{count} {what}"));
            }
        };
        part(self.turns(Turn::Worse), "met by the first only");
        part(self.turns(Turn::Better), "met by the second only");
        part(self.turns(Turn::Other), "with another verdict");
        part(self.count(Aspect::Label), "with another label");
        part(self.count(Aspect::Outcome), "with another outcome");
        part(self.count(Aspect::Wire), "with other bytes on the wire");
        part(self.alone[0].len(), "in the first only");
        part(self.alone[1].len(), "in the second only");
        part(self.broken.len(), "broken");
        if parts.is_empty() {
            return format!("The same in all {} cases.", self.common);
        }
        format!("{} cases in common: {}.", self.common, parts.join(", "))
    }

    /// The comparison as JSON: `harness/REPORTS.md` documents it.
    pub fn to_json(&self) -> serde_json::Value {
        let side = |(source, of): &(String, Subject)| {
            serde_json::json!({
                "source": source,
                "client": of.client,
                "version": of.version,
                "language": of.language,
                "system": of.system,
            })
        };
        let change = |change: &Change| {
            let mut value = serde_json::json!({ "id": change.id });
            if let Some((a, b)) = &change.behaviour {
                value["behaviour"] = serde_json::json!({ "a": a, "b": b });
            }
            for (name, diff) in [("outcome", &change.outcome), ("wire", &change.wire)] {
                if let Some(diff) = diff {
                    value[name] = serde_json::json!(diff);
                }
            }
            if let Some(turn) = change.turn() {
                value["turn"] = serde_json::json!(turn);
            }
            value
        };
        serde_json::json!({
            "type": "diff",
            "format": 1,
            "wireproof": env!("CARGO_PKG_VERSION"),
            "a": side(&self.sides[0]),
            "b": side(&self.sides[1]),
            "compared": self.compared,
            "cases": self.changes.iter().map(change).collect::<Vec<_>>(),
            "only-in-a": self.alone[0],
            "only-in-b": self.alone[1],
            "broken": self.broken,
            "summary": {
                "common": self.common,
                "worse": self.turns(Turn::Worse),
                "better": self.turns(Turn::Better),
                "verdict": self.count(Aspect::Verdict),
                "label": self.count(Aspect::Label),
                "outcome": self.count(Aspect::Outcome),
                "wire": self.count(Aspect::Wire),
            },
            "exit-status": self.exit_status(),
        })
    }
}

fn change(id: &str, a: &Case, b: &Case) -> Option<Change> {
    let settled = |case: &Case| chance::settled(id, case.behaviour.clone());
    let behaviour = Some((settled(a), settled(b))).filter(|(a, b)| a != b);
    // Stories that chance has a part in are compared by nobody.
    let stories = a.story.as_ref().zip(b.story.as_ref()).filter(|_| chance::decides(id).is_none());
    let (outcome, wire) = match stories {
        Some((a, b)) => (LineDiff::of(&a.outcome, &b.outcome), LineDiff::of(&a.wire, &b.wire)),
        None => (None, None),
    };
    let differs = behaviour.is_some() || outcome.is_some() || wire.is_some();
    differs.then(|| Change { id: id.to_owned(), behaviour, outcome, wire })
}

#[cfg(test)]
mod tests;
