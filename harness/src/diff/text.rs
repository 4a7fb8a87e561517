//! A comparison, for people: by chapter, in each first what changes the verdict, then one sentence. Styles are always
//! written: a stream that wants none strips them.

use std::{
    collections::{BTreeMap, HashMap},
    fmt::Write as _,
};

use anstyle::{AnsiColor, Style};

use super::{Aspect, Change, Comparison, LineDiff, Turn};

/// How many cases are named that only one of the two has.
const NAMED: usize = 10;

/// How many lines are shown of one difference.
const LINES: usize = 60;

/// The comparison, as a person reads it.
pub fn text(comparison: &Comparison) -> String {
    let (bold, dim) = (Style::new().bold(), Style::new().dimmed());
    let red = AnsiColor::Red.on_default();
    let green = AnsiColor::Green.on_default();
    let mut shown = String::new();
    for ((source, of), (mark, style)) in comparison.sides.iter().zip([("-", red), ("+", green)]) {
        let _ = writeln!(shown, "{style}{mark}{style:#} {bold}{of}{bold:#} {dim}[{source}]{dim:#}");
    }
    if !comparison.compared.contains(&Aspect::Wire) && !comparison.compared.contains(&Aspect::Outcome) {
        let _ = writeln!(shown, "{dim}verdicts and labels only{dim:#}");
    }
    let mut chapters: BTreeMap<&str, Vec<&Change>> = BTreeMap::new();
    for change in &comparison.changes {
        chapters.entry(change.chapter()).or_default().push(change);
    }
    let mut told = Told { seen: HashMap::new(), compared: &comparison.compared };
    for (chapter, mut changes) in chapters {
        changes.sort_by_key(|change| (change.turn().is_none(), change.turn(), change.behaviour.is_none()));
        let _ = writeln!(shown, "\n{bold}{chapter}{bold:#}");
        for change in changes {
            told.change(change, &mut shown);
        }
    }
    for ((_, alone), which) in comparison.sides.iter().zip(&comparison.alone).zip(["first", "second"]) {
        if !alone.is_empty() {
            let named = alone.iter().take(NAMED).cloned().collect::<Vec<_>>().join("\n  ");
            let more = alone.len().saturating_sub(NAMED);
            let more = if more > 0 { format!("\n  and {more} more") } else { String::new() };
            let _ = writeln!(shown, "\nonly in the {which}:\n  {named}{more}");
        }
    }
    let _ = writeln!(shown, "\n{bold}{}{bold:#}", comparison.sentence());
    shown
}

/// What was told already: the same change in another case is not told again.
struct Told<'a> {
    seen: HashMap<String, &'a str>,
    compared: &'a [Aspect],
}

impl<'a> Told<'a> {
    fn change(&mut self, change: &'a Change, shown: &mut String) {
        let dim = Style::new().dimmed();
        let _ = write!(shown, "  {}", change.id);
        if let Some((a, b)) = &change.behaviour {
            let style = match change.turn() {
                Some(Turn::Worse) => AnsiColor::Red.on_default(),
                Some(Turn::Better) => AnsiColor::Green.on_default(),
                Some(Turn::Other) | None => AnsiColor::Yellow.on_default(),
            };
            let _ = write!(shown, "  {style}{a} -> {b}{style:#}");
        }
        shown.push('\n');
        for (aspect, name, diff) in
            [(Aspect::Outcome, "outcome", &change.outcome), (Aspect::Wire, "wire", &change.wire)]
        {
            let Some(diff) = diff.as_ref().filter(|_| self.compared.contains(&aspect)) else { continue };
            let first = *self.seen.entry(format!("{name}\n{}", diff.essence())).or_insert(&change.id);
            if first == change.id {
                let _ = writeln!(shown, "    {dim}{name}:{dim:#}");
                lines(diff, shown);
            } else {
                let _ = writeln!(shown, "    {dim}{name}: as in {first}{dim:#}");
            }
        }
    }
}

fn lines(diff: &LineDiff, shown: &mut String) {
    for line in diff.lines().iter().take(LINES) {
        let style = match line.as_bytes().first() {
            Some(b'-') => AnsiColor::Red.on_default(),
            Some(b'+') => AnsiColor::Green.on_default(),
            _ => Style::new().dimmed(),
        };
        let _ = writeln!(shown, "      {style}{line}{style:#}");
    }
    if diff.lines().len() > LINES {
        let _ = writeln!(shown, "      ... {} more lines (--format json)", diff.lines().len() - LINES);
    }
}
