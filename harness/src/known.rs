//! What a client is known to fail: `known.yaml` in its folder.
//!
//! The cases still run. One that passes, and an entry that matches no case, fails the run: such a list is stale.

use serde::Deserialize;

use crate::verdict::{Verdict, Word};

/// The known failures of one client.
#[derive(Debug, Clone, Default)]
pub struct KnownFailures {
    entries: Vec<KnownFailure>,
}

/// One known failure, or a pattern of them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct KnownFailure {
    /// The id of a case; `*` stands for any run of characters.
    pub case: String,
    /// Why the client fails it.
    pub reason: String,
    /// Where more is said: the client's documentation, an issue.
    #[serde(default)]
    pub link: Option<String>,
    /// The first version of the client that no longer fails: for it and later ones the entry does not count.
    #[serde(default)]
    pub fixed_in: Option<String>,
}

impl KnownFailure {
    fn counts_for(&self, version: &str) -> bool {
        self.fixed_in.as_ref().is_none_or(|fixed| numbers(version) < numbers(fixed))
    }
}

/// `3.13.0` as numbers, so that 3.9 comes before 3.13.
fn numbers(version: &str) -> Vec<u64> {
    version.split(|character: char| !character.is_ascii_digit()).map_while(|part| part.parse().ok()).collect()
}

impl KnownFailures {
    /// Reads a `known.yaml`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let entries: Option<Vec<KnownFailure>> =
            crate::yaml::read(text).map_err(|error| format!("known failures: {error}"))?;
        let entries = entries.unwrap_or_default();
        if let Some(entry) = entries.iter().find(|entry| entry.reason.trim().is_empty()) {
            return Err(format!("known failures: `{}` has no reason", entry.case));
        }
        Ok(Self { entries })
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Those that count for this version of the client.
    #[must_use]
    pub fn for_version(mut self, version: &str) -> Self {
        self.entries.retain(|entry| entry.counts_for(version));
        self
    }

    /// The entry that speaks of this case.
    pub fn find(&self, case: &str) -> Option<&KnownFailure> {
        self.entries.iter().find(|entry| glob(&entry.case, case))
    }

    /// Entries that match none of these cases.
    pub fn unmatched<'a>(&'a self, cases: &[&str]) -> Vec<&'a KnownFailure> {
        self.entries.iter().filter(|entry| !cases.iter().any(|case| glob(&entry.case, case))).collect()
    }

    /// The verdict in the light of what is known.
    #[must_use]
    pub fn apply(&self, case: &str, verdict: Verdict) -> Verdict {
        let Some(entry) = self.find(case) else { return verdict };
        let word = match verdict.word {
            failure if failure.is_failure() => Word::ExpectedFail,
            Word::Pass | Word::Lenient | Word::Survey => Word::UnexpectedPass,
            other => other,
        };
        Verdict { word, reason: Some(entry.reason.clone()), ..verdict }
    }
}

/// Whether a text matches a pattern in which `*` stands for any run of characters.
pub fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> KnownFailures {
        KnownFailures::parse("- { case: a/b/*, reason: it does not }\n- { case: c/d/e, reason: nor that }\n")
            .unwrap()
    }

    #[test]
    fn globs() {
        assert!(
            glob("a/b/c", "a/b/c") && glob("a/*", "a/b/c") && glob("*c", "a/b/c") && glob("a*b*c", "a/b/c")
        );
        assert!(!glob("a/b", "a/b/c") && !glob("*b", "a/b/c") && !glob("ab*ba", "aba"));
    }

    #[test]
    fn a_known_failure_is_expected_and_its_pass_is_not() {
        let failed = Verdict::bare(Word::Hang, "");
        assert_eq!(known().apply("a/b/c", failed.clone()).word, Word::ExpectedFail);
        assert_eq!(known().apply("a/b/c", Verdict::bare(Word::Lenient, "")).word, Word::UnexpectedPass);
        assert_eq!(known().apply("a/b/c", Verdict::bare(Word::Broken, "")).word, Word::Broken);
        assert_eq!(known().apply("x/y/z", failed).word, Word::Hang);
    }

    #[test]
    fn an_entry_that_matches_nothing_is_found() {
        let known = known();
        let unmatched = known.unmatched(&["a/b/c", "x/y/z"]);
        assert_eq!(unmatched.iter().map(|entry| entry.case.as_str()).collect::<Vec<_>>(), ["c/d/e"]);
    }

    #[test]
    fn an_entry_counts_until_the_version_that_fixes_it() {
        let known = KnownFailures::parse("- { case: a/b/c, reason: it did, fixed-in: \"3.13\" }").unwrap();
        let counts = |version: &str| known.clone().for_version(version).find("a/b/c").is_some();
        assert!(counts("3.9.1") && counts("3.12.99"));
        assert!(!counts("3.13") && !counts("3.13.0") && !counts("4"));
    }

    #[test]
    fn an_entry_needs_a_reason() {
        assert!(KnownFailures::parse("- { case: a/b/c, reason: \"\" }").is_err());
        assert!(KnownFailures::parse("- { case: a/b/c }").is_err());
        assert!(KnownFailures::parse("[]").is_ok() && KnownFailures::parse("# nothing yet\n").is_ok());
    }
}
