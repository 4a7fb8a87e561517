//! The case language: pages of YAML in, typed scenarios or good errors out.
//!
//! ```text
//! text ─▶ marked pass ─▶ page (raw, leaves open) ─▶ one Scenario for each row of each case
//! ```
//!
//! In scope: everything that can be said about a page by reading it. Out of scope: what a scenario needs of a
//! client, how durations are scaled, which engine serves it: that is the plan's.

pub mod call;
pub mod case;
pub mod client;
mod document;
mod encode;
mod expand;
pub mod expect;
pub mod json;
mod lexical;
mod lines;
mod mark;
mod page;
pub mod range;
mod raw;
mod reader;
pub mod scalar;
mod schema;
mod scope;
pub mod server;
mod template;
pub(crate) mod unit;
mod yaml;

use std::collections::BTreeSet;

use serde::Deserialize;

pub use case::{Answer, CaseId, Level, Scenario, Source};
pub use schema::schema;

use crate::error::Diagnostic;
use document::Document;
use page::case::RawPage;

/// A page as it was read from disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Its path below `cases/`, from which chapter and page come: `redirects/method.yaml`. Folders before the
    /// last one do not matter.
    pub path: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// What names in pages may refer to, and how time is scaled inside of texts.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// The names of all mutants; `None` lets every name pass.
    pub mutants: Option<BTreeSet<String>>,
    /// The ids that `covers` may name; `None` lets every id pass.
    pub covers: Option<BTreeSet<String>>,
    /// At least 1. `{now+1h}` and `{seconds 2s}` are multiplied by it; other durations are left to the plan.
    pub time_scale: f64,
}

impl Known {
    /// Lets every name pass, and scales nothing.
    pub fn anything() -> Self {
        Self { mutants: None, covers: None, time_scale: 1.0 }
    }
}

/// Parses pages. The scenarios come in the order of the pages, cases and rows; the faults of all pages at once, in the
/// order of the pages and their lines.
pub fn parse(sources: &[SourceFile], known: &Known) -> Result<Vec<Scenario>, Vec<Diagnostic>> {
    let mut scenarios = Vec::new();
    let mut faults = Vec::new();
    let mut pages = BTreeSet::new();
    for source in sources {
        let (document, of_page) = parse_page(source, known);
        if page_name(&source.path).is_some_and(|name| !pages.insert(name)) {
            document.fault_of_file("this page is there twice: chapter and page make its name".to_owned());
        }
        scenarios.extend(of_page);
        faults.extend(document.into_faults());
    }
    if faults.is_empty() { Ok(scenarios) } else { Err(faults) }
}

fn parse_page(source: &SourceFile, known: &Known) -> (Document, Vec<Scenario>) {
    let (mut document, root) = mark::mark(&source.path, &source.bytes);
    let name = page_name(&source.path);
    if name.is_none() {
        document.fault_of_file(
            "a page is a file `<chapter>/<page>.yaml`; both are slugs (`a-z0-9.-`)".to_owned(),
        );
    }
    let Some(root) = root else { return (document, Vec::new()) };
    if !document.is_faulty()
        && let Ok(text) = std::str::from_utf8(&source.bytes)
    {
        yaml::agree(&mut document, root, text);
    }
    let page = RawPage::deserialize(reader::Reader { document: &document, id: root });
    let scenarios = match (&page, name) {
        (Ok(page), Some((chapter, name))) => {
            expand::Expansion { document: &document, root, page, chapter, name, known }.run()
        }
        // The reader has noted why there is no page.
        _ => Vec::new(),
    };
    (document, scenarios)
}

/// Chapter and page, from the last two parts of a path.
fn page_name(path: &str) -> Option<(&str, &str)> {
    let (folders, file) = path.rsplit_once('/')?;
    let chapter = folders.rsplit('/').next()?;
    let page = file.strip_suffix(".yaml")?;
    let is_slug = |name: &str| {
        !name.is_empty() && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-'))
    };
    (is_slug(chapter) && is_slug(page)).then_some((chapter, page))
}
