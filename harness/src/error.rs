//! What is wrong with a page, and where: one [`Diagnostic`] for each fault.
//!
//! In scope: places and words. Out of scope: exit statuses, which are the command line's business.

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

/// One fault of a page.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Diagnostic {
    /// The page's path, as it was given.
    pub file: String,
    /// From 1; 0 where the whole file is meant.
    pub line: usize,
    /// In characters, from 1; 0 where the whole file is meant.
    pub column: usize,
    /// How many characters of the line are meant; at least 1.
    pub width: usize,
    /// What was found, and what was expected.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The line itself, without its end; empty where the whole file is meant.
    pub text: String,
}

/// How wide a rendered line may be before it is cut around the place that matters.
const WIDTH: usize = 140;

impl Diagnostic {
    /// The fault as a person reads it, in the manner of rustc. The same text every time; without escape
    /// sequences unless `colour` is set.
    pub fn render(&self, colour: bool) -> String {
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        renderer.term_width(WIDTH).render(&[self.report()])
    }

    fn report(&self) -> Group<'_> {
        let title = Level::ERROR.primary_title(self.message.as_str());
        let report = if self.line == 0 {
            title.element(Origin::path(self.file.as_str()))
        } else {
            let primary = AnnotationKind::Primary.span(self.span());
            let snippet = Snippet::source(self.text.as_str())
                .line_start(self.line)
                .path(self.file.as_str())
                .annotation(primary);
            title.element(snippet)
        };
        match &self.help {
            Some(help) => report.element(Level::HELP.message(help.as_str())),
            None => report,
        }
    }

    /// The place in bytes of the line.
    fn span(&self) -> std::ops::Range<usize> {
        let from = byte_of(&self.text, self.column.saturating_sub(1));
        let to = byte_of(&self.text, self.column.saturating_sub(1) + self.width);
        from..to
    }
}

fn byte_of(text: &str, characters: usize) -> usize {
    text.char_indices().nth(characters).map_or(text.len(), |(at, _)| at)
}

/// All faults, each as a person reads it, with an empty line between two.
pub fn render(faults: &[Diagnostic], colour: bool) -> String {
    let rendered: Vec<String> = faults.iter().map(|fault| fault.render(colour)).collect();
    rendered.join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_shows_its_line_and_what_to_do() {
        let fault = Diagnostic {
            file: "framing/ends.yaml".to_owned(),
            line: 12,
            column: 3,
            width: 5,
            message: "a reply has no `haeders`".to_owned(),
            help: Some("did you mean `headers`?".to_owned()),
            text: "é haeders: {}".to_owned(),
        };
        let expected = "\
error: a reply has no `haeders`
  --> framing/ends.yaml:12:3
   |
12 | é haeders: {}
   |   ^^^^^
   |
   = help: did you mean `headers`?";
        assert_eq!(fault.render(false), expected);
    }

    #[test]
    fn a_fault_of_a_whole_file_names_it() {
        let fault = Diagnostic {
            file: "a/b.yaml".to_owned(),
            line: 0,
            column: 0,
            width: 1,
            message: "too large".to_owned(),
            help: None,
            text: String::new(),
        };
        assert_eq!(fault.render(false), "error: too large\n--> a/b.yaml");
    }
}
