//! The numbers of a run, and what they come to.

use std::{collections::BTreeMap, time::Duration};

use super::{CaseReport, Complaint, exit};
use crate::{scenario::scalar::Word as _, verdict::Word};

/// The numbers of a run.
#[derive(Debug, Clone)]
pub struct Summary {
    /// By chapter, in alphabetical order, then by word.
    pub chapters: BTreeMap<String, BTreeMap<Word, usize>>,
    /// By word.
    pub words: BTreeMap<Word, usize>,
    /// By level: how many were judged, and how many of them were met.
    pub levels: BTreeMap<&'static str, (usize, usize)>,
    /// Recommendations that are not met, where they do not count: known failures are none of them.
    pub unmet: usize,
    /// What is wrong with the lists of known failures, a sentence each.
    pub stale: Vec<String>,
    /// Cases that a run did not get to, because it was ended before.
    pub unfinished: usize,
    /// Cases that count against the client.
    pub against: usize,
    /// Verdicts that a client's coarse answer did not fully bear out.
    pub coarse: usize,
    /// Expectations that were left out, as the client does not show its caller what they speak of.
    pub dropped: usize,
    /// How long the run took.
    pub took: Duration,
}

impl Summary {
    /// Adds a run up.
    pub fn of(cases: &[CaseReport], stale: Vec<String>, strict: bool, took: Duration) -> Self {
        let mut summary = Self {
            chapters: BTreeMap::new(),
            words: BTreeMap::new(),
            levels: BTreeMap::new(),
            unmet: cases.iter().filter(|case| case.is_unmet_recommendation(strict)).count(),
            stale,
            unfinished: 0,
            against: cases.iter().filter(|case| case.counts_against(strict)).count(),
            coarse: cases.iter().filter(|case| case.verdict.coarse).count(),
            dropped: cases.iter().map(|case| case.dropped).sum(),
            took,
        };
        for case in cases {
            let word = case.verdict.word;
            *summary.words.entry(word).or_default() += 1;
            *summary.chapters.entry(case.chapter().to_owned()).or_default().entry(word).or_default() += 1;
            if !matches!(word, Word::Unsupported | Word::NotRun | Word::Broken) {
                let (judged, met) = summary.levels.entry(case.level.word()).or_default();
                *judged += 1;
                let is_met = matches!(word, Word::Pass | Word::Lenient | Word::Survey | Word::UnexpectedPass);
                *met += usize::from(is_met);
            }
        }
        summary
    }

    /// How many cases came to this word.
    pub fn count(&self, word: Word) -> usize {
        self.words.get(&word).copied().unwrap_or_default()
    }

    /// How many cases the client was really asked.
    pub fn ran(&self) -> usize {
        let all: usize = self.words.values().sum();
        all - self.count(Word::NotRun) - self.count(Word::Unsupported)
    }

    /// The exit status this run deserves. Our own faults come first: with them, nothing is proven.
    pub fn exit_status(&self) -> u8 {
        if self.count(Word::Broken) > 0 {
            return exit::BROKEN;
        }
        if self.against > 0 || !self.stale.is_empty() || self.unfinished > 0 || self.ran() == 0 {
            return exit::DOES_NOT_CONFORM;
        }
        exit::CONFORMS
    }

    /// The whole run in one sentence.
    pub fn sentence(&self) -> String {
        let plural = |n: usize, one: &str, many: &str| format!("{n} {}", if n == 1 { one } else { many });
        if self.count(Word::Broken) > 0 {
            let broken = plural(self.count(Word::Broken), "case is", "cases are");
            return format!("Not proven: {broken} broken, which is our fault or the adapter's.");
        }
        if self.ran() == 0 {
            return "Not proven: no case was run.".to_owned();
        }
        let mut reasons = Vec::new();
        let unexpected = self.count(Word::UnexpectedPass);
        if self.against > unexpected {
            reasons.push(plural(self.against - unexpected, "binding case fails", "binding cases fail"));
        }
        if unexpected > 0 {
            reasons.push(plural(unexpected, "known failure passes now", "known failures pass now"));
        }
        if !self.stale.is_empty() {
            reasons.push(plural(
                self.stale.len(),
                "entry of its known failures is stale",
                "entries of its known failures are stale",
            ));
        }
        let unmet = self.unmet_recommendations();
        if reasons.is_empty() && self.unfinished > 0 {
            return format!("Not proven: the run ended before {}.", plural(self.unfinished, "case", "cases"));
        }
        if reasons.is_empty() {
            let known = match self.count(Word::ExpectedFail) {
                0 => String::new(),
                known => format!(", but for {}", plural(known, "known failure", "known failures")),
            };
            return format!("Conforms{known}{unmet}.");
        }
        format!("Does not conform: {}{unmet}.", reasons.join(", "))
    }

    /// What is said of them behind all else, where there is something to say.
    fn unmet_recommendations(&self) -> String {
        let (judged, _) = self.levels.get("should").copied().unwrap_or_default();
        match self.unmet {
            0 => String::new(),
            1 => format!("; 1 of {judged} recommendations is not met"),
            unmet => format!("; {unmet} of {judged} recommendations are not met"),
        }
    }

    /// What the client does not tell its caller, and so could not be judged, a sentence each: in every format.
    pub fn untold(&self) -> Vec<String> {
        let mut untold = Vec::new();
        if self.coarse > 0 {
            untold.push(format!("{} judged on an answer that tells less than was asked", self.coarse));
        }
        match self.dropped {
            0 => {}
            1 => untold
                .push("1 expectation left out, as the client does not show what it speaks of".to_owned()),
            n => untold
                .push(format!("{n} expectations left out, as the client does not show what they speak of")),
        }
        untold
    }

    /// What is wrong with the run as a whole, and makes it one that is not green: in every format.
    pub fn complaints(&self) -> Vec<Complaint> {
        let stale =
            self.stale.iter().map(|text| Complaint { name: "known-failures".to_owned(), text: text.clone() });
        let nothing = (self.ran() == 0).then(|| Complaint {
            name: "cases-were-run".to_owned(),
            text: "no case was run, so nothing is proven".to_owned(),
        });
        let unfinished = (self.unfinished > 0).then(|| Complaint {
            name: "the-run-ended".to_owned(),
            text: format!("the run was ended before it got to {} of its cases", self.unfinished),
        });
        stale.chain(unfinished).chain(nothing).collect()
    }
}
