//! Pages and cases as they are written.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{calls::RawCallItem, client::RawClient, expect::RawExpect, server::RawServer, table::RawEach};
use crate::scenario::{
    case::{Answer, Level},
    raw::{Many, OneOrMany, Open, Part, Table, same_schema},
    scope::{Close, Closing, Plain, Scope, Server, Word},
};

/// One theme: what its cases have in common, and its cases.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a page")]
#[schemars(rename = "Page")]
pub(crate) struct RawPage {
    /// One sentence.
    #[schemars(required)]
    pub(crate) about: Option<Plain>,
    /// The section of a specification: `RFC 9110 15.4`.
    #[schemars(required)]
    pub(crate) spec: Option<Plain>,
    /// `must`, `should` or `survey`, for cases that do not say.
    pub(crate) level: Option<Open<Level>>,
    /// Capabilities that cannot be read off the cases.
    pub(crate) needs: Option<Many<Word>>,
    /// The servers of all cases, by name; a case may put another in the place of one.
    pub(crate) servers: Option<Table<RawServer>>,
    /// What names resolve to: a server, a list of servers, or `nxdomain`, `servfail`, `empty`, `silence`.
    pub(crate) names: Option<Table<RawAnswer>>,
    /// How the client is set up; each option is taken whole from the narrowest place that has it.
    pub(crate) client: Option<Part<RawClient>>,
    /// What the client is asked, in order, in one session.
    pub(crate) calls: Option<Many<RawCallItem>>,
    /// After it the verdict is `hang` (10s).
    pub(crate) deadline: Option<Open<Duration>>,
    /// The cases.
    #[schemars(required)]
    pub(crate) cases: Option<Many<RawCase>>,
}

/// One case, or, with a table, one for each row.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a case")]
#[schemars(rename = "Case")]
pub(crate) struct RawCase {
    /// A slug: lower-case letters, digits, `.` and `-`; unique in the page.
    #[schemars(required)]
    pub(crate) id: Option<Plain>,
    /// One sentence.
    #[schemars(required)]
    pub(crate) about: Option<Plain>,
    /// The section of a specification, in place of the page's.
    pub(crate) spec: Option<Plain>,
    /// `must`, `should` or `survey`; required unless the page has it.
    pub(crate) level: Option<Open<Level>>,
    /// Ids of requirements, seeds, catalogued scenarios and vulnerabilities.
    pub(crate) covers: Option<Many<Word>>,
    /// Capabilities that cannot be read off the case, beside the page's.
    pub(crate) needs: Option<Many<Word>>,
    /// Servers, by name, beside the page's or in their place.
    pub(crate) servers: Option<Table<RawServer>>,
    /// What names resolve to, beside the page's or in their place.
    pub(crate) names: Option<Table<RawAnswer>>,
    /// How the client is set up; each option is taken whole from here where it is here.
    pub(crate) client: Option<Part<RawClient>>,
    /// What the client is asked, in place of the page's.
    pub(crate) calls: Option<Many<RawCallItem>>,
    /// A table: a list of rows, or columns with their values, of which every combination is a case.
    pub(crate) each: Option<Part<RawEach>>,
    /// After it the verdict is `hang`, in place of the page's.
    pub(crate) deadline: Option<Open<Duration>>,
    /// The id of the case of this page that succeeds where this one must fail.
    pub(crate) control: Option<Plain>,
    /// What must then be true.
    #[schemars(required)]
    pub(crate) expect: Option<Part<RawExpect>>,
    /// Mutants that must fail it; required unless it is a survey.
    pub(crate) kills: Option<Many<Word>>,
}

/// What a name resolves to: a server, a list of servers, or `nxdomain`, `servfail`, `empty`, `silence`.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct RawAnswer(OneOrMany<Word>);

same_schema!(RawAnswer as OneOrMany<Word>);

impl Close for RawAnswer {
    type Closed = Answer;

    fn close(&self, scope: &Scope<'_>) -> Closing<Answer> {
        let words: Vec<Word> = match &self.0 {
            OneOrMany::Many(words) => words.iter().copied().collect(),
            OneOrMany::One(word) => match scope.whole(word.0)?.as_str() {
                "nxdomain" => return Some(Answer::Nxdomain),
                "servfail" => return Some(Answer::Servfail),
                "empty" => return Some(Answer::Empty),
                "silence" => return Some(Answer::Silence),
                _ => vec![*word],
            },
        };
        let servers: Vec<Option<String>> = words.iter().map(|word| Server(word.0).close(scope)).collect();
        servers.into_iter().collect::<Option<_>>().map(Answer::Servers)
    }
}
