//! From a page to its scenarios: one for each row of each case.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use wireproof_client::{capabilities, job::Options};

use super::{
    Known,
    call::CallItem,
    case::{CaseId, Level, Scenario, Source},
    document::{Document, NodeId, did_you_mean},
    lines,
    page::{
        calls::RawCallItem,
        case::{RawAnswer, RawCase, RawPage},
        client,
        expect::{self, RESERVED, Shape},
        server::RawServer,
        table::{self, Rows},
    },
    raw::{Leaf, Many, Part, Table},
    scope::{Close, Closing, Plain, Scope, Signals, Word, all},
    template::{self, Live, ServerName},
};

/// After it the verdict is `hang`, unless said otherwise.
const DEADLINE: Duration = Duration::from_secs(10);

/// A page on its way into scenarios.
pub(crate) struct Expansion<'a> {
    pub(crate) document: &'a Document,
    pub(crate) root: NodeId,
    pub(crate) page: &'a RawPage,
    pub(crate) chapter: &'a str,
    pub(crate) name: &'a str,
    pub(crate) known: &'a Known,
}

impl Expansion<'_> {
    /// The scenarios of the page; those that are broken are left out, and their faults noted.
    pub(crate) fn run(&self) -> Vec<Scenario> {
        self.require(self.page.about.is_some(), self.root, "about");
        self.require(self.page.spec.is_some(), self.root, "spec");
        self.require(self.page.cases.is_some(), self.root, "cases");
        let Some(cases) = &self.page.cases else { return Vec::new() };
        if cases.is_written_empty(self.document) {
            self.document.fault(cases.at, "a page has at least one case");
        }
        let expanded: Vec<Row> = cases.items.iter().flat_map(|case| self.case(case)).collect();
        self.check_ids(&expanded);
        expanded.into_iter().filter_map(|row| row.scenario).collect()
    }

    fn require(&self, is_there: bool, at: NodeId, key: &str) {
        if !is_there {
            self.document.fault(at, format!("`{key}` is missing"));
        }
    }

    /// One for each row of a case.
    fn case(&self, part: &Part<RawCase>) -> Vec<Row> {
        let Some(case) = part.get() else { return Vec::new() };
        self.check_keys(part.at, case);
        let rows = match &case.each {
            Some(each) => table::rows(each, self.document),
            None => Some(Rows::none()),
        };
        let Some(Rows { columns, rows }) = rows else { return Vec::new() };
        self.check_columns(case, &columns);
        let expand = |row: &Vec<(String, String)>| {
            Expanding { page: self, case, at: part.at, columns: &columns, row }.run()
        };
        rows.iter().map(expand).collect()
    }

    fn check_keys(&self, at: NodeId, case: &RawCase) {
        self.require(case.id.is_some(), at, "id");
        self.require(case.about.is_some(), at, "about");
        self.require(case.expect.is_some(), at, "expect");
        self.require(case.calls.is_some() || self.page.calls.is_some(), at, "calls");
        self.require(case.level.is_some() || self.page.level.is_some(), at, "level");
    }

    /// No column is named like a server.
    fn check_columns(&self, case: &RawCase, columns: &[String]) {
        let servers = merged(self.page.servers.as_ref(), case.servers.as_ref(), self.document);
        for (name, _) in servers {
            let text = self.document.text(name.0);
            if let (Some(each), true) = (&case.each, columns.iter().any(|column| column == text)) {
                self.document
                    .fault(each.at, format!("`{text}` is a server, so no column can have this name"));
            }
        }
    }

    /// Ids are unique, controls are there and can fail.
    fn check_ids(&self, rows: &[Row]) {
        let mut seen = BTreeSet::new();
        for row in rows {
            let Some((leaf, id)) = &row.id else { continue };
            if !seen.insert(id.clone()) {
                self.document.fault(leaf.0, format!("the id `{id}` is there twice"));
            }
        }
        let is_survey = |row: &&Row| row.scenario.as_ref().is_some_and(|case| case.level == Level::Survey);
        let surveys: BTreeSet<&String> =
            rows.iter().filter(is_survey).filter_map(|row| row.id.as_ref().map(|(_, id)| id)).collect();
        for row in rows {
            let Some((leaf, control)) = &row.control else { continue };
            let own = row.id.as_ref().map(|(_, id)| id);
            if own == Some(control) {
                self.document.fault(leaf.0, "a case cannot be its own control");
            } else if !seen.contains(control) {
                let help = did_you_mean(control, seen.iter().map(String::as_str));
                self.document.fault_with_help(leaf.0, format!("this page has no case `{control}`"), help);
            } else if surveys.contains(control) {
                self.document
                    .fault(leaf.0, format!("`{control}` is a survey, which cannot fail, and so no control"));
            }
        }
    }
}

/// What came of one row.
struct Row {
    id: Option<(Leaf, String)>,
    control: Option<(Leaf, String)>,
    scenario: Option<Scenario>,
}

/// The things of page and case by name; the case's in the place of the page's.
fn merged<'a, T>(
    page: Option<&'a Table<T>>,
    case: Option<&'a Table<T>>,
    document: &Document,
) -> Vec<(Leaf, &'a Part<T>)> {
    let mut all: Vec<(Leaf, &Part<T>)> =
        page.into_iter().flat_map(|table| &table.0).map(|(name, part)| (*name, part)).collect();
    for (name, part) in case.into_iter().flat_map(|table| &table.0) {
        let text = document.text(name.0);
        match all.iter_mut().find(|(other, _)| document.text(other.0) == text) {
            Some(place) => *place = (*name, part),
            None => all.push((*name, part)),
        }
    }
    all
}

/// One row of a case on its way into a scenario.
struct Expanding<'a> {
    page: &'a Expansion<'a>,
    case: &'a RawCase,
    at: NodeId,
    columns: &'a [String],
    row: &'a [(String, String)],
}

impl Expanding<'_> {
    fn run(&self) -> Row {
        let document = self.page.document;
        let servers = merged(self.page.page.servers.as_ref(), self.case.servers.as_ref(), document);
        let names: Vec<ServerName> =
            servers.iter().map(|(name, server)| self.server_name(*name, server)).collect();
        let signals = Signals::default();
        let scope = Scope {
            document,
            row: self.row,
            columns: self.columns,
            servers: &names,
            time_scale: self.page.known.time_scale,
            live: Live::default(),
            signals: &signals,
            is_sending: false,
        };
        let id = self.case.id.and_then(|id| Self::slug(id, &scope).map(|slug| (id.0, slug)));
        let control =
            self.case.control.and_then(|control| control.close(&scope).map(|slug| (control.0, slug)));
        let scenario = self.scenario(&servers, id.as_ref().map(|(_, slug)| slug), &scope);
        signals.check(document);
        Row { id, control, scenario }
    }

    /// Notes a fault where a server has a name it cannot have.
    fn server_name(&self, name: Leaf, server: &Part<RawServer>) -> ServerName {
        let document = self.page.document;
        let text = document.text(name.0);
        let is_good = text.starts_with(|first: char| first.is_ascii_lowercase())
            && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        if RESERVED.contains(&text) {
            document.fault(
                name.0,
                format!("`{text}` means something in expectations, so no server can have this name"),
            );
        } else if template::NAMES.contains(&text) {
            document.fault(name.0, format!("`{{{text}}}` is a template, so no server can have this name"));
        } else if !is_good {
            document.fault(
                name.0,
                format!("`{text}` is no name: lower-case letters, digits and `-`, a letter first"),
            );
        }
        let unix = server.get().is_some_and(|server| server.is_unix(document));
        ServerName { name: text.to_owned(), unix }
    }

    fn slug(id: Plain, scope: &Scope<'_>) -> Closing<String> {
        let slug = id.close(scope)?.to_lowercase();
        let is_good = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-');
        if slug.is_empty() || !slug.bytes().all(is_good) {
            scope.fault_of_leaf(id.0, format!("`{slug}` is no id: letters, digits, `.` and `-`"), None);
            return None;
        }
        Some(slug)
    }

    fn scenario(
        &self,
        raw_servers: &[(Leaf, &Part<RawServer>)],
        id: Option<&String>,
        scope: &Scope<'_>,
    ) -> Closing<Scenario> {
        let (page, case) = (self.page.page, self.case);
        let closed_level = case.level.or(page.level).close(scope);
        let closed_calls = close_calls(case.calls.as_ref().or(page.calls.as_ref()), scope);
        let shape = Shape { level: closed_level.flatten(), calls: closed_calls.as_deref().map(times) };
        all! {
            level = closed_level;
            calls = closed_calls;
            about = case.about.close(scope);
            spec = case.spec.or(page.spec).close(scope);
            covers = self.covers(scope);
            needs = self.needs(scope);
            servers = close_by_name(raw_servers, scope);
            names = self.names(scope);
            client = self.client(scope);
            deadline = case.deadline.or(page.deadline).close(scope);
            control = case.control.close(scope);
            expect = case.expect.as_ref().map(|expect| expect::close(expect, scope, &shape));
            kills = self.kills(scope, shape.level);
        }
        Some(Scenario {
            id: CaseId {
                chapter: self.page.chapter.to_owned(),
                page: self.page.name.to_owned(),
                case: id?.clone(),
            },
            about: about?,
            spec: spec?,
            level: level?,
            covers,
            needs,
            servers,
            names,
            client,
            calls,
            deadline: deadline.unwrap_or(DEADLINE),
            control,
            expect: expect?,
            kills,
            source: self.source(),
        })
    }

    fn names(&self, scope: &Scope<'_>) -> Closing<Vec<(String, super::case::Answer)>> {
        let page = self.page.page;
        let names: Vec<(Leaf, &Part<RawAnswer>)> =
            merged(page.names.as_ref(), self.case.names.as_ref(), self.page.document);
        close_by_name(&names, scope)
    }

    fn client(&self, scope: &Scope<'_>) -> Closing<super::client::ClientOptions> {
        let page = self.page.page.client.as_ref().and_then(Part::get);
        let case = self.case.client.as_ref().and_then(Part::get);
        client::close_merged(page, case, scope)
    }

    fn covers(&self, scope: &Scope<'_>) -> Closing<Vec<String>> {
        looked_up(self.case.covers.as_ref(), self.page.known.covers.as_ref(), "id to cover", scope)
    }

    fn needs(&self, scope: &Scope<'_>) -> Closing<Vec<String>> {
        let lists = [self.page.page.needs.as_ref(), self.case.needs.as_ref()];
        let words = lists.into_iter().flatten().flat_map(Many::iter);
        let needs: Vec<Option<String>> = words.map(|word| capability(*word, scope)).collect();
        let mut distinct = Vec::new();
        for need in needs.into_iter().collect::<Option<Vec<String>>>()? {
            if !distinct.contains(&need) {
                distinct.push(need);
            }
        }
        Some(distinct)
    }

    fn kills(&self, scope: &Scope<'_>, level: Option<Level>) -> Closing<Vec<String>> {
        let kills = looked_up(self.case.kills.as_ref(), self.page.known.mutants.as_ref(), "mutant", scope)?;
        if kills.is_empty() && matches!(level, Some(Level::Must | Level::Should)) {
            scope.fault(self.at, "`kills` is missing: name a mutant that must fail this case");
            return None;
        }
        Some(kills)
    }

    fn source(&self) -> Source {
        let document = self.page.document;
        let mut lines = BTreeMap::new();
        let key_of = |node: NodeId, key: &str| match &document.node(node).kind {
            super::document::Kind::Map(entries) => {
                entries.iter().find(|(name, _)| document.text(*name) == key).map(|(_, value)| *value)
            }
            _ => None,
        };
        if let Some(expect) = key_of(self.at, "expect") {
            lines::collect(document, expect, "expect", &mut lines);
        }
        if let Some(calls) = key_of(self.at, "calls").or_else(|| key_of(self.page.root, "calls")) {
            lines::collect(document, calls, "calls", &mut lines);
        }
        Source { file: document.path.clone(), line: document.node(self.at).at.line, lines }
    }
}

fn close_calls(calls: Option<&Many<RawCallItem>>, scope: &Scope<'_>) -> Closing<Vec<CallItem>> {
    let list = calls?;
    if list.is_written_empty(scope.document) {
        scope.fault(list.at, "there is no call here");
        return None;
    }
    list.close(scope)
}

/// For each call, in the order written, how often it is made.
fn times(calls: &[CallItem]) -> Vec<u64> {
    let of_item = |item: &CallItem| match item {
        CallItem::Call(call) => vec![call.times],
        CallItem::Together(calls) => calls.iter().map(|call| call.times).collect(),
        CallItem::Wait(_) | CallItem::Await(_) | CallItem::EndSession => Vec::new(),
    };
    calls.iter().flat_map(of_item).collect()
}

fn close_by_name<T: Close>(all: &[(Leaf, &Part<T>)], scope: &Scope<'_>) -> Closing<Vec<(String, T::Closed)>> {
    let close = |(name, part): &(Leaf, &Part<T>)| {
        all! {
            name = scope.plain(*name);
            value = part.close(scope);
        }
        Some((name, value))
    };
    let closed: Vec<Option<_>> = all.iter().map(close).collect();
    closed.into_iter().collect()
}

/// Words of which all that exist are known, or none are.
fn looked_up(
    words: Option<&Many<Word>>,
    known: Option<&BTreeSet<String>>,
    what: &str,
    scope: &Scope<'_>,
) -> Closing<Vec<String>> {
    let look_up = |word: &Word| {
        let text = word.close(scope)?;
        match known {
            Some(known) if !known.contains(&text) => {
                let help = did_you_mean(&text, known.iter().map(String::as_str));
                scope.fault_of_leaf(word.0, format!("there is no {what} `{text}`"), help);
                None
            }
            _ => Some(text),
        }
    };
    let words: Vec<Option<String>> = words.into_iter().flat_map(Many::iter).map(look_up).collect();
    words.into_iter().collect()
}

fn capability(word: Word, scope: &Scope<'_>) -> Closing<String> {
    let text = word.close(scope)?;
    if capabilities::is_known(&text) {
        return Some(text);
    }
    let all = Options::NAMES.iter().chain(capabilities::WITHOUT_OPTION).copied();
    scope.fault_of_leaf(word.0, format!("there is no capability `{text}`"), did_you_mean(&text, all));
    None
}
