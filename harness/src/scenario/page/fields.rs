//! Fields as they are written: a mapping, or, where a name comes twice, a list of one-entry mappings.

use schemars::JsonSchema;
use serde::Deserialize;
use wireproof_server::{
    script::{Field, FieldPattern},
    text::Text,
};

use crate::scenario::{
    raw::{Leaf, Many, Table},
    scope::{Close, Closing, Scope, all},
    template,
};

/// Fields in the order written: a mapping of names to values, or, where a name comes twice, a list of one-entry
/// mappings.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(expecting = "fields (a mapping, or a list of one-entry mappings)")]
#[schemars(untagged, rename = "Fields")]
pub(crate) enum RawFields {
    #[serde(rename = "$map")]
    Map(Table<Leaf>),
    #[serde(rename = "$list")]
    List(Many<Table<Leaf>>),
}

impl RawFields {
    /// Names and values in order; what is broken or there twice is noted.
    fn lines(&self, scope: &Scope<'_>) -> Closing<Vec<(Leaf, Leaf)>> {
        match self {
            Self::Map(table) => {
                let lines = lines_of(table)?;
                is_without_doubles(&lines, scope).then_some(lines)
            }
            Self::List(list) => {
                let lines: Vec<Option<(Leaf, Leaf)>> = list
                    .items
                    .iter()
                    .map(|item| {
                        let table = item.get()?;
                        let lines = lines_of(table)?;
                        match lines.as_slice() {
                            [line] => Some(*line),
                            _ => {
                                let message =
                                    format!("expected a mapping with one entry, found {}", lines.len());
                                scope.fault(item.at, message);
                                None
                            }
                        }
                    })
                    .collect();
                lines.into_iter().collect()
            }
        }
    }

    /// The first name that is one of these, whatever the case of its letters.
    pub(crate) fn find(&self, names: &[&str], scope: &Scope<'_>) -> Option<Leaf> {
        let tables: Vec<&Table<Leaf>> = match self {
            Self::Map(table) => vec![table],
            Self::List(list) => list.iter().collect(),
        };
        let is_wanted = |leaf: &Leaf| {
            scope
                .filled(*leaf)
                .is_some_and(|name| names.iter().any(|wanted| wanted.eq_ignore_ascii_case(&name)))
        };
        tables.into_iter().flat_map(|table| &table.0).map(|(name, _)| *name).find(is_wanted)
    }

    fn close_with<T>(&self, scope: &Scope<'_>, close: impl Fn(Leaf, Leaf) -> Closing<T>) -> Option<Vec<T>> {
        let closed: Vec<Option<T>> =
            self.lines(scope)?.into_iter().map(|(name, value)| close(name, value)).collect();
        closed.into_iter().collect()
    }
}

fn lines_of(table: &Table<Leaf>) -> Option<Vec<(Leaf, Leaf)>> {
    table.0.iter().map(|(name, value)| Some((*name, *value.get()?))).collect()
}

/// Whether no name is there twice, whatever the case of its letters.
fn is_without_doubles(lines: &[(Leaf, Leaf)], scope: &Scope<'_>) -> bool {
    let mut seen = Vec::new();
    let mut is_good = true;
    for (name, _) in lines {
        let Some(filled) = scope.filled(*name) else { continue };
        let lower = filled.to_ascii_lowercase();
        if seen.contains(&lower) {
            let help =
                "where a name comes twice, write a list: `[Set-Cookie: a=1, Set-Cookie: b=2]`".to_owned();
            scope.fault_of_leaf(*name, format!("the field `{filled}` is there twice"), Some(help));
            is_good = false;
        }
        seen.push(lower);
    }
    is_good
}

impl Close for RawFields {
    type Closed = Vec<Field>;

    fn close(&self, scope: &Scope<'_>) -> Closing<Vec<Field>> {
        self.close_with(scope, |name, value| {
            all! {
                name = name.close(scope);
                value = value.close(scope);
            }
            Some(Field { name, value })
        })
    }
}

/// Fields that are matched or expected: `*` in a value stands for any run of bytes.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "FieldPatterns")]
pub(crate) struct RawFieldPatterns(RawFields);

impl Close for RawFieldPatterns {
    type Closed = Vec<FieldPattern>;

    fn close(&self, scope: &Scope<'_>) -> Closing<Vec<FieldPattern>> {
        self.0.close_with(scope, |name, value| {
            all! {
                name = name.close(scope);
                filled = scope.filled(value);
            }
            Some(FieldPattern { name, value: scope.pattern_of(value, &filled)? })
        })
    }
}

/// Variables of an environment.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Environment")]
pub(crate) struct RawEnvironment(RawFields);

impl Close for RawEnvironment {
    type Closed = Vec<(String, Text)>;

    fn close(&self, scope: &Scope<'_>) -> Closing<Vec<(String, Text)>> {
        self.0.close_with(scope, |name, value| {
            all! {
                name = scope.plain(name);
                value = value.close(scope);
            }
            Some((name, value))
        })
    }
}

/// A request line that is matched or expected: a method, a space, a target.
pub(crate) fn request_line(leaf: Leaf, scope: &Scope<'_>) -> Closing<wireproof_server::text::Pattern> {
    let filled = scope.filled(leaf)?;
    if template::first_space(&filled).is_none() {
        let help = "a request line is a method, one space and a target: `GET /done`".to_owned();
        scope.fault_of_leaf(leaf, format!("`{filled}` is no request line"), Some(help));
        return None;
    }
    scope.pattern_of(leaf, &filled)
}
