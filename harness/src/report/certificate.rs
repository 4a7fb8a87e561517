//! The certificate for people: a line a row, or one for all of it.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use crate::certify::{Certificate, Finding, Line};

/// How many reasons of one row are shown.
const REASONS: usize = 4;

/// All rows, and what they come to. Styles are always written, as for [`Text`](super::Text).
pub fn certificate(certificate: &Certificate) -> String {
    let (bold, dim) = (Style::new().bold(), Style::new().dimmed());
    let Certificate { client, version, language, .. } = certificate;
    let name = if version.is_empty() { client.clone() } else { format!("{client} {version}") };
    let language = if language.is_empty() { String::new() } else { format!("({language}), ") };
    let mut shown = format!("{bold}{name}{bold:#} {dim}{language}certification{dim:#}\n\n");
    let width = certificate.lines.iter().map(|line| line.row.len()).max().unwrap_or_default();
    for line in &certificate.lines {
        shown.push_str(&row(line, width));
    }
    for note in &certificate.notes {
        let _ = writeln!(shown, "{dim}{note}{dim:#}");
    }
    let _ = writeln!(shown, "\n{}", sentence(certificate));
    shown
}

/// What stands before the cases of a run: one line if all is met, else the rows that are not.
pub fn brief(certificate: &Certificate) -> String {
    let mut shown = String::new();
    let width = certificate.red().map(|line| line.row.len()).max().unwrap_or_default();
    for line in certificate.red() {
        shown.push_str(&row(line, width));
    }
    if !shown.is_empty() {
        shown.push('\n');
    }
    let _ = writeln!(shown, "{}\n", sentence(certificate));
    shown
}

fn row(line: &Line, width: usize) -> String {
    let dim = Style::new().dimmed();
    let (colour, word, why): (Style, &str, &[String]) = match &line.finding {
        Finding::Met => (AnsiColor::Green.on_default(), "met", &[]),
        Finding::NotMet(why) => (AnsiColor::Red.on_default().bold(), "not met", why),
        Finding::NotAsked(_) => (dim, "not asked", &[]),
    };
    let said = match &line.finding {
        Finding::NotAsked(why) => format!("{dim}{why}{dim:#}"),
        Finding::Met | Finding::NotMet(_) => line.about.clone(),
    };
    let mut shown = format!("{colour}{word:9}{colour:#}  {:width$}  {said}\n", line.row);
    for why in why.iter().take(REASONS) {
        for (at, text) in why.lines().enumerate() {
            let _ = writeln!(shown, "{:11}{:width$}  {}{text}", "", "", if at == 0 { "- " } else { "  " });
        }
    }
    if why.len() > REASONS {
        let _ = writeln!(shown, "{:11}{:width$}  - and {} more", "", "", why.len() - REASONS);
    }
    shown
}

/// The whole certificate in one line.
fn sentence(certificate: &Certificate) -> String {
    let dim = Style::new().dimmed();
    let lines = |n: usize| format!("{n} {}", if n == 1 { "row" } else { "rows" });
    let (red, met) = (certificate.red().count(), certificate.met());
    let counts = format!(
        "{dim}{} met, {} not asked, {:.1} s{dim:#}",
        lines(met),
        certificate.not_asked(),
        seconds(certificate)
    );
    if red == 0 {
        let good = AnsiColor::Green.on_default().bold();
        let notes = certificate.notes.first().map(|note| format!("; {note}")).unwrap_or_default();
        return format!("{good}Certified.{good:#} {counts}{notes}");
    }
    let bad = AnsiColor::Magenta.on_default().bold();
    let not = if red == 1 { "is not" } else { "are not" };
    format!(
        "{bad}Broken: {} {not} met. The adapter is to be mended, not the client.{bad:#} {counts}",
        lines(red)
    )
}

#[expect(clippy::cast_precision_loss, reason = "shown with one decimal place")]
fn seconds(certificate: &Certificate) -> f64 {
    certificate.ms as f64 / 1000.0
}
