//! What a client is known to fail: `known.yaml` in its folder; and what it fails now and then: `flaky.yaml`.
//!
//! The cases still run. An entry of `known.yaml` whose case passes, and an entry of either that matches no case, fails
//! the run: such a list is stale. So does an entry of `flaky.yaml` whose day has passed.

pub mod edit;

use chrono::NaiveDate;
use serde::{Deserialize, de::DeserializeOwned};

use crate::verdict::{Verdict, Word};

/// How a reason begins that nobody has looked into yet: `wireproof baseline` writes it.
pub const UNEXPLAINED: &str = "unexplained: ";

/// The known failures of one client.
#[derive(Debug, Clone, Default)]
pub struct KnownFailures {
    entries: Vec<KnownFailure>,
    flaky: Vec<FlakyCase>,
    expired: Vec<FlakyCase>,
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
    /// The first version of the client that fails: for earlier ones the entry does not count.
    #[serde(default)]
    pub since: Option<String>,
    /// The first version of the client that no longer fails: for it and later ones the entry does not count.
    #[serde(default)]
    pub fixed_in: Option<String>,
}

/// A case that a client fails now and then, or a pattern of them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FlakyCase {
    /// The id of a case; `*` stands for any run of characters.
    pub case: String,
    /// Why it fails at times.
    pub reason: String,
    /// The last day, UTC, on which it is excused.
    pub until: NaiveDate,
    /// Where more is said.
    #[serde(default)]
    pub link: Option<String>,
}

impl KnownFailure {
    fn counts_for(&self, version: &str) -> bool {
        let version = numbers(version);
        self.since.as_ref().is_none_or(|since| version >= numbers(since))
            && self.fixed_in.as_ref().is_none_or(|fixed| version < numbers(fixed))
    }

    /// Whether somebody has said why.
    pub fn is_explained(&self) -> bool {
        !self.reason.starts_with(UNEXPLAINED.trim_end())
    }
}

/// `3.13.0` as numbers, so that 3.9 comes before 3.13.
fn numbers(version: &str) -> Vec<u64> {
    version.split(|character: char| !character.is_ascii_digit()).map_while(|part| part.parse().ok()).collect()
}

impl KnownFailures {
    /// Reads a `known.yaml`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let entries: Vec<KnownFailure> = read(text).map_err(|error| format!("known failures: {error}"))?;
        if let Some(entry) = entries.iter().find(|entry| entry.reason.trim().is_empty()) {
            return Err(format!("known failures: `{}` has no reason", entry.case));
        }
        Ok(Self { entries, ..Self::default() })
    }

    /// The same, with the cases of a `flaky.yaml`, as they stand on this day.
    pub fn with_flaky(self, text: &str, today: NaiveDate) -> Result<Self, String> {
        let cases: Vec<FlakyCase> = read(text).map_err(|error| format!("flaky cases: {error}"))?;
        if let Some(entry) = cases.iter().find(|entry| entry.reason.trim().is_empty()) {
            return Err(format!("flaky cases: `{}` has no reason", entry.case));
        }
        let (flaky, expired) = cases.into_iter().partition(|entry| entry.until >= today);
        Ok(Self { flaky, expired, ..self })
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.flaky.is_empty() && self.expired.is_empty()
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

    /// How many failures nobody has explained yet.
    pub fn unexplained(&self) -> usize {
        self.entries.iter().filter(|entry| !entry.is_explained()).count()
    }

    /// What is wrong with these lists, a sentence each, if these are all cases there are: entries that match none of
    /// them, and entries whose day has passed.
    pub fn stale(&self, cases: &[&str]) -> Vec<String> {
        let unmatched = |pattern: &str| !cases.iter().any(|case| glob(pattern, case));
        let known = self.entries.iter().filter(|entry| unmatched(&entry.case));
        let flaky = self.flaky.iter().filter(|entry| unmatched(&entry.case));
        let known = known.map(|entry| format!("known failure `{}` matches no case", entry.case));
        let flaky = flaky.map(|entry| format!("flaky case `{}` matches no case", entry.case));
        let expired =
            |entry: &FlakyCase| format!("flaky case `{}` was excused until {}", entry.case, entry.until);
        known.chain(flaky).chain(self.expired.iter().map(expired)).collect()
    }

    /// The verdict in the light of what is known.
    #[must_use]
    pub fn apply(&self, case: &str, verdict: Verdict) -> Verdict {
        let failed = verdict.word.is_failure();
        if let Some(entry) = self.find(case) {
            let word = match verdict.word {
                _ if failed => Word::ExpectedFail,
                Word::Pass | Word::Lenient | Word::Survey => Word::UnexpectedPass,
                // What was not judged has reasons of its own.
                _ => return verdict,
            };
            return Verdict { word, reason: Some(entry.reason.clone()), ..verdict };
        }
        match self.flaky.iter().find(|entry| glob(&entry.case, case)) {
            Some(entry) if failed || verdict.word == Word::Flaky => {
                let reason = format!("flaky, excused until {}: {}", entry.until, entry.reason);
                Verdict { word: Word::ExpectedFail, reason: Some(reason), ..verdict }
            }
            _ => verdict,
        }
    }
}

/// A list of entries; an empty file is an empty list.
fn read<T: DeserializeOwned>(text: &str) -> Result<Vec<T>, String> {
    let entries: Option<Vec<T>> = crate::yaml::read(text).map_err(|error| error.to_string())?;
    Ok(entries.unwrap_or_default())
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
        let unjudged = Verdict::bare(Word::Unsupported, "its own reason");
        assert_eq!(known().apply("a/b/c", unjudged.clone()), unjudged);
        assert_eq!(known().apply("x/y/z", failed).word, Word::Hang);
    }

    #[test]
    fn an_entry_that_matches_nothing_is_found() {
        assert_eq!(known().stale(&["a/b/c", "x/y/z"]), ["known failure `c/d/e` matches no case"]);
        assert_eq!(known().stale(&["a/b/c", "c/d/e"]), Vec::<String>::new());
    }

    #[test]
    fn an_entry_counts_until_the_version_that_fixes_it() {
        let known = KnownFailures::parse("- { case: a/b/c, reason: it did, fixed-in: \"3.13\" }").unwrap();
        let counts = |version: &str| known.clone().for_version(version).find("a/b/c").is_some();
        assert!(counts("3.9.1") && counts("3.12.99"));
        assert!(!counts("3.13") && !counts("3.13.0") && !counts("4"));
    }

    #[test]
    fn an_entry_counts_from_the_version_that_broke_it() {
        let known =
            KnownFailures::parse("- { case: a/b/c, reason: r, since: \"8.1\", fixed-in: \"8.4\" }").unwrap();
        let counts = |version: &str| known.clone().for_version(version).find("a/b/c").is_some();
        assert!(counts("8.1") && counts("8.3.0") && !counts("8.0.1") && !counts("7.88") && !counts("8.4.0"));
    }

    #[test]
    fn flaky_cases_are_excused_until_their_day() {
        let list = "- { case: a/b/*, reason: it races, until: 2027-01-31 }\n";
        let on = |day: &str| KnownFailures::default().with_flaky(list, day.parse().unwrap()).unwrap();
        let word = |known: &KnownFailures, word| known.apply("a/b/c", Verdict::bare(word, "")).word;
        let known = on("2027-01-31");
        assert_eq!(word(&known, Word::Fail), Word::ExpectedFail);
        assert_eq!(word(&known, Word::Flaky), Word::ExpectedFail);
        assert_eq!(word(&known, Word::Pass), Word::Pass);
        assert_eq!(known.stale(&["a/b/c"]), Vec::<String>::new());
        assert_eq!(known.stale(&["x/y/z"]), ["flaky case `a/b/*` matches no case"]);
        let known = on("2027-02-01");
        assert_eq!(word(&known, Word::Fail), Word::Fail);
        assert_eq!(known.stale(&["a/b/c"]), ["flaky case `a/b/*` was excused until 2027-01-31"]);
        let endless =
            KnownFailures::default().with_flaky("- { case: a, reason: b }", "2027-01-01".parse().unwrap());
        assert!(endless.unwrap_err().contains("until"));
    }

    #[test]
    fn an_entry_needs_a_reason() {
        assert!(KnownFailures::parse("- { case: a/b/c, reason: \"\" }").is_err());
        assert!(KnownFailures::parse("- { case: a/b/c }").is_err());
        assert!(KnownFailures::parse("[]").is_ok() && KnownFailures::parse("# nothing yet\n").is_ok());
    }
}
