//! One case: what the author wrote, with the columns of its row filled in.

use std::{collections::BTreeMap, fmt, time::Duration};

use super::{call::CallItem, client::ClientOptions, expect::Expect, scalar::words, server::Server};

/// What the author wrote, typed, nothing resolved. Durations are as written: the time scale has been applied
/// inside of texts only (`{now+1h}`, `{seconds 2s}`).
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    /// Its name for ever.
    pub id: CaseId,
    /// One sentence.
    pub about: String,
    /// The section of a specification: `RFC 9110 15.4`.
    pub spec: String,
    /// How much it weighs.
    pub level: Level,
    /// Ids of requirements, seeds, catalogued scenarios and vulnerabilities.
    pub covers: Vec<String>,
    /// Capabilities that cannot be read off the case.
    pub needs: Vec<String>,
    /// By name; the page's first, in its order, then those that only the case has.
    pub servers: Vec<(String, Server)>,
    /// What names resolve to.
    pub names: Vec<(String, Answer)>,
    /// How the client is set up. Built-in defaults are not filled in.
    pub client: ClientOptions,
    /// What it is asked, in order, in one session.
    pub calls: Vec<CallItem>,
    /// After it the verdict is `hang`; not scaled.
    pub deadline: Duration,
    /// The id (without chapter and page) of the case that succeeds where this one must fail.
    pub control: Option<String>,
    /// What must then be true.
    pub expect: Expect,
    /// Mutants that must fail it.
    pub kills: Vec<String>,
    /// Where it was written.
    pub source: Source,
}

/// `chapter/page/case`
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CaseId {
    /// The folder: `redirects`.
    pub chapter: String,
    /// The file, without `.yaml`: `method`.
    pub page: String,
    /// The case's own id, columns filled in, in lower case.
    pub case: String,
}

impl fmt::Display for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.chapter, self.page, self.case)
    }
}

words! {
    /// How much a case weighs.
    pub Level, "`must`, `should` or `survey`" {
        /// A requirement.
        Must = "must",
        /// A recommendation.
        Should = "should",
        /// A question, not a test.
        Survey = "survey",
    }
}

/// What a name resolves to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Answer {
    /// The addresses of these servers, in this order.
    Servers(Vec<String>),
    /// There is no such name.
    Nxdomain,
    /// The server failed.
    Servfail,
    /// The name has no address.
    Empty,
    /// Nothing, ever.
    Silence,
}

/// Where a case was written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Source {
    /// The page's path, as it was given.
    pub file: String,
    /// The line of the case.
    pub line: usize,
    /// The lines of what it calls and expects, by path: `expect.origin[1].headers`, `calls[0]`.
    pub lines: BTreeMap<String, usize>,
}

impl Source {
    /// The line of this part, or of the nearest that it is a part of.
    ///
    /// A server's requests are found under `expect.origin[1]` and `expect.origin.requests[1]` alike, an
    /// outcome under `expect.outcome` and `expect.outcomes[0]`, however they were written.
    pub fn line_of(&self, path: &str) -> usize {
        let mut rest = path;
        loop {
            if let Some(line) = self.lines.get(rest) {
                return *line;
            }
            match rest.rfind(['.', '[']) {
                Some(end) => rest = &rest[..end],
                None => return self.line,
            }
        }
    }
}
