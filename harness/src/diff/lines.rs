//! Two texts, line by line.

use serde::Serialize;
use similar::{ChangeTag, TextDiff};

/// How many equal lines are shown around those that differ.
const AROUND: usize = 2;

/// The lines in which two texts differ, each behind `-` (the first only) or `+` (the second only), with some equal ones,
/// behind a space, around them. `...` stands for equal lines left out between two places.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct LineDiff(Vec<String>);

impl LineDiff {
    /// Compares; `None` where the texts are the same.
    pub(super) fn of(a: &str, b: &str) -> Option<Self> {
        if a == b {
            return None;
        }
        let diff = TextDiff::from_lines(a, b);
        let mut lines = Vec::new();
        for (index, place) in diff.grouped_ops(AROUND).iter().enumerate() {
            if index > 0 {
                lines.push("...".to_owned());
            }
            for change in place.iter().flat_map(|operation| diff.iter_changes(operation)) {
                let mark = match change.tag() {
                    ChangeTag::Equal => ' ',
                    ChangeTag::Delete => '-',
                    ChangeTag::Insert => '+',
                };
                lines.push(format!("{mark}{}", change.value().trim_end_matches('\n')));
            }
        }
        Some(Self(lines))
    }

    /// The lines, as they are shown.
    pub fn lines(&self) -> &[String] {
        &self.0
    }

    /// What differs, without what is around it: the same change in two cases is the same text.
    pub(super) fn essence(&self) -> String {
        let changed = self.0.iter().filter(|line| line.starts_with(['-', '+']));
        changed.map(String::as_str).collect::<Vec<_>>().join("\n")
    }
}
