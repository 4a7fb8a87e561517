//! Changes to a `known.yaml`, as text: comments, order and wording of what stays are kept.

use std::fmt::Write as _;

use super::{KnownFailure, UNEXPLAINED, glob, read};
use crate::verdict::{Verdict, Word};

/// A changed list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Edited {
    /// The whole text.
    pub text: String,
    /// Lines that were added.
    pub added: Vec<String>,
    /// Lines that were taken out.
    pub removed: Vec<String>,
}

impl Edited {
    /// Whether nothing was changed.
    pub fn is_same(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty()
    }
}

/// What came of one case, for this purpose.
pub type Judged<'a> = (&'a str, &'a Verdict);

/// A new list of everything that failed. The reasons are to be found by whoever reads it.
pub fn write(client: &str, cases: &[Judged<'_>]) -> String {
    let mut text = format!(
        "# What {client} is known to fail. Each entry needs a reason that its author would accept; those that begin\n\
         # with `unexplained:` were written by `wireproof baseline` and say no more than what was seen.\n"
    );
    for (case, verdict) in cases.iter().filter(|(_, verdict)| verdict.word.is_failure()) {
        text.push_str(&entry(case, verdict, None));
    }
    text
}

/// The list with an entry more for each failure that none of its entries speaks of. `version` is the client's: an
/// entry that exists already but for other versions gets a companion that begins with this one.
///
/// # Errors
/// What is wrong with the text.
pub fn update(text: &str, version: &str, cases: &[Judged<'_>]) -> Result<Edited, String> {
    let entries: Vec<KnownFailure> = read(text)?;
    let mut added = String::new();
    for (case, verdict) in cases.iter().filter(|(_, verdict)| verdict.word.is_failure()) {
        let mut speaking = entries.iter().filter(|entry| glob(&entry.case, case)).peekable();
        let since = speaking.peek().map(|_| version);
        if !speaking.any(|entry| entry.counts_for(version)) {
            added.push_str(&self::entry(case, verdict, since));
        }
    }
    // An empty list may be written as one, which could not be added to.
    let kept = if entries.is_empty() { text.replace("[]", "") } else { text.to_owned() };
    let newline = if kept.is_empty() || kept.ends_with('\n') { "" } else { "\n" };
    let added_lines = added.lines().map(str::to_owned).collect();
    Ok(Edited { text: format!("{kept}{newline}{added}"), added: added_lines, removed: Vec::new() })
}

/// The list without entries that speak of nothing that fails: those whose cases all pass, and, where `all` cases were
/// run, those that match none. Entries that do not count for this version of the client are left alone.
///
/// # Errors
/// What is wrong with the text, or why it cannot be edited.
pub fn prune(text: &str, version: &str, cases: &[Judged<'_>], all: bool) -> Result<Edited, String> {
    let entries: Vec<KnownFailure> = read(text)?;
    let lines: Vec<&str> = text.lines().collect();
    let starts: Vec<usize> = (0..lines.len()).filter(|at| lines[*at].starts_with("- ")).collect();
    if starts.len() != entries.len() {
        return Err("each entry has to begin with `- ` at the start of a line, to be taken out".to_owned());
    }
    let mut gone = vec![false; lines.len()];
    for (at, entry) in entries.iter().enumerate() {
        if entry.counts_for(version) && is_stale(entry, cases, all) {
            let end = starts.get(at + 1).copied().unwrap_or(lines.len());
            gone[starts[at]..end_of_entry(&lines, starts[at], end)].fill(true);
        }
    }
    let mut edited = Edited::default();
    for (line, gone) in lines.iter().zip(gone) {
        if gone {
            edited.removed.push((*line).to_owned());
        } else {
            edited.text.push_str(line);
            edited.text.push('\n');
        }
    }
    Ok(edited)
}

fn is_stale(entry: &KnownFailure, cases: &[Judged<'_>], all: bool) -> bool {
    let mut words =
        cases.iter().filter(|(case, _)| glob(&entry.case, case)).map(|(_, verdict)| verdict.word).peekable();
    if words.peek().is_none() {
        return all;
    }
    words.all(|word| matches!(word, Word::Pass | Word::Lenient | Word::Survey))
}

/// Comments and blank lines behind an entry speak of what follows, or of nothing: they stay.
fn end_of_entry(lines: &[&str], start: usize, end: usize) -> usize {
    let belongs = |at: &usize| !lines[*at].trim().is_empty() && !lines[*at].starts_with('#');
    (start..end).rev().find(belongs).map_or(end, |last| last + 1)
}

fn entry(case: &str, verdict: &Verdict, since: Option<&str>) -> String {
    let seen = match (verdict.mismatches.first(), &verdict.reason) {
        (Some(mismatch), _) => mismatch.to_string(),
        (None, Some(reason)) => format!("{}: {reason}", verdict.word),
        (None, None) => verdict.word.to_string(),
    };
    let mut entry = format!("- case: {case}\n  reason: {}\n", quoted(&format!("{UNEXPLAINED}{seen}")));
    if let Some(version) = since {
        // Writing to a string cannot fail.
        let _ = writeln!(entry, "  since: {}", quoted(version));
    }
    entry
}

/// Double-quoted YAML is a superset of JSON strings.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::known::KnownFailures;

    const LIST: &str = "\
# The list.

# Redirects.
- case: a/b/c
  reason: >-
    It has
    # not a comment
    its reasons.
# One more.
- { case: a/b/d, reason: \"r\" }   # aside

# Old ones.
- case: c/*
  fixed-in: \"2.0\"
  reason: r
";

    fn verdicts(words: &[(&'static str, Word)]) -> Vec<(&'static str, Verdict)> {
        words.iter().map(|(case, word)| (*case, Verdict::bare(*word, "seen \"so\""))).collect()
    }

    fn judged<'a>(verdicts: &'a [(&'static str, Verdict)]) -> Vec<Judged<'a>> {
        verdicts.iter().map(|(case, verdict)| (*case, verdict)).collect()
    }

    #[test]
    fn what_is_written_can_be_read_and_is_unexplained() {
        let verdicts = verdicts(&[
            ("a/b/c", Word::Fail),
            ("a/b/d", Word::Pass),
            ("a/b/e", Word::Hang),
            ("a/b/f", Word::Flaky),
            ("a/b/g", Word::Broken),
        ]);
        let known = KnownFailures::parse(&write("curl", &judged(&verdicts))).unwrap();
        assert_eq!(known.unexplained(), 2);
        assert_eq!(known.find("a/b/e").unwrap().reason, "unexplained: hang: seen \"so\"");
        assert!(known.find("a/b/f").is_none() && known.find("a/b/g").is_none());
    }

    #[test]
    fn an_update_adds_and_changes_nothing_else() {
        let verdicts = verdicts(&[("a/b/c", Word::Fail), ("c/d/e", Word::Fail), ("x/y/z", Word::Crash)]);
        let edited = update(LIST, "2.1", &judged(&verdicts)).unwrap();
        assert!(edited.text.starts_with(LIST) && edited.removed.is_empty());
        let known = KnownFailures::parse(&edited.text).unwrap();
        assert_eq!(known.clone().for_version("2.1").find("c/d/e").unwrap().since.as_deref(), Some("2.1"));
        assert_eq!(known.for_version("1.9").find("c/d/e").unwrap().reason, "r");
        assert_eq!(edited.added.len(), 5);
        assert!(update(LIST, "1.9", &judged(&verdicts[..2])).unwrap().is_same());
        for empty in ["", "# nothing yet\n", "[]", "# none\n[]\n"] {
            let edited = update(empty, "1", &judged(&verdicts)).unwrap();
            assert_eq!(KnownFailures::parse(&edited.text).unwrap().unexplained(), 3, "{empty}");
        }
    }

    #[test]
    fn what_passes_and_what_matches_nothing_is_taken_out() {
        let verdicts = verdicts(&[("a/b/c", Word::Pass), ("a/b/d", Word::Fail)]);
        let edited = prune(LIST, "1.0", &judged(&verdicts), true).unwrap();
        let expected = "# The list.\n\n# Redirects.\n# One more.\n- { case: a/b/d, reason: \"r\" }   # aside\n\n# Old ones.\n";
        assert_eq!(edited.text, expected);
        assert_eq!(edited.removed.len(), 8);
        // Only some cases were run: what they do not match may match others.
        assert!(prune(LIST, "1.0", &judged(&verdicts), false).unwrap().text.contains("case: c/*"));
    }

    #[test]
    fn entries_of_other_versions_and_of_cases_that_did_not_run_stay() {
        let verdicts =
            verdicts(&[("a/b/c", Word::Unsupported), ("a/b/d", Word::Flaky), ("c/d/e", Word::Pass)]);
        assert!(prune(LIST, "2.0", &judged(&verdicts), true).unwrap().is_same());
        let mixed = self::verdicts(&[
            ("a/b/c", Word::Fail),
            ("a/b/d", Word::Fail),
            ("c/d", Word::Pass),
            ("c/e", Word::Fail),
        ]);
        assert!(prune(LIST, "1.0", &judged(&mixed), true).unwrap().is_same());
    }

    #[test]
    fn a_list_in_one_line_is_left_alone() {
        assert!(prune("[{ case: a, reason: b }]", "1", &[], true).unwrap_err().contains("`- `"));
    }
}
