//! Tables as they are written, and their rows.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::scenario::{
    document::{Document, NodeId},
    range::Range,
    raw::{Leaf, Many, Part, Table},
    scalar::Scalar,
    template,
};

/// A list of rows, or columns with their values, of which every combination is a case.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(expecting = "a table (a list of rows, or a mapping of columns)")]
#[schemars(untagged, rename = "Each")]
pub(crate) enum RawEach {
    #[serde(rename = "$list")]
    Rows(Many<Table<Leaf>>),
    #[serde(rename = "$map")]
    Columns(Table<RawColumn>),
}

/// The values of a column: a list, or a range of numbers.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(expecting = "the values of a column (a list, or a range such as `1..40`)")]
#[schemars(untagged, rename = "Column")]
pub(crate) enum RawColumn {
    #[serde(rename = "$text")]
    Range(Leaf),
    #[serde(rename = "$list")]
    Values(Many<Leaf>),
}

/// More cases than this are a mistake.
const MOST_ROWS: usize = 10_000;

/// The columns of a table and their values, row by row.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Vec<(String, String)>>,
}

impl Rows {
    /// The one row of a case without a table.
    pub(crate) fn none() -> Self {
        Self { columns: Vec::new(), rows: vec![Vec::new()] }
    }
}

/// The rows of a table; `None` where a fault was noted.
pub(crate) fn rows(each: &Part<RawEach>, document: &Document) -> Option<Rows> {
    let rows = match each.get()? {
        RawEach::Rows(rows) => listed(rows, each.at, document),
        RawEach::Columns(columns) => combined(columns, each.at, document),
    }?;
    if rows.rows.is_empty() {
        document.fault(each.at, "this table has no rows, so there is no case");
        return None;
    }
    Some(rows)
}

/// A column is named like nothing else that templates name.
fn check_name(name: Leaf, document: &Document) -> Option<String> {
    let text = document.text(name.0);
    let is_good = text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    if template::NAMES.contains(&text) {
        document.fault(name.0, format!("`{{{text}}}` is a template, so no column can have this name"));
        return None;
    }
    if !is_good {
        document.fault(
            name.0,
            format!("`{text}` is no name: lower-case letters, digits and `-`, a letter first"),
        );
        return None;
    }
    Some(text.to_owned())
}

fn listed(rows: &Many<Table<Leaf>>, at: NodeId, document: &Document) -> Option<Rows> {
    let Some(first) = rows.items.first() else {
        document.fault(at, "this table has no rows, so there is no case");
        return None;
    };
    let first = first.get()?;
    let columns: Vec<Option<String>> = first.0.iter().map(|(name, _)| check_name(*name, document)).collect();
    let columns: Vec<String> = columns.into_iter().collect::<Option<_>>()?;
    let rows: Vec<Option<Vec<(String, String)>>> =
        rows.items.iter().map(|row| listed_row(row, &columns, document)).collect();
    Some(Rows { columns, rows: rows.into_iter().collect::<Option<_>>()? })
}

fn listed_row(
    row: &Part<Table<Leaf>>,
    columns: &[String],
    document: &Document,
) -> Option<Vec<(String, String)>> {
    let cells = &row.get()?.0;
    let value = |column: &String| {
        let (_, value) = cells.iter().find(|(name, _)| document.text(name.0) == column)?;
        Some((column.clone(), document.text(value.get()?.0).to_owned()))
    };
    let missing =
        columns.iter().find(|column| cells.iter().all(|(name, _)| document.text(name.0) != *column));
    if let Some(column) = missing {
        document
            .fault(row.at, format!("this row lacks the column `{column}`; all rows have the same columns"));
    }
    let extra = cells.iter().find(|(name, _)| columns.iter().all(|column| document.text(name.0) != column));
    if let Some((name, _)) = extra {
        let message = format!(
            "the first row has no column `{}`; all rows have the same columns",
            document.text(name.0)
        );
        document.fault(name.0, message);
        return None;
    }
    if columns.is_empty() {
        document.fault(row.at, "a row has at least one column");
        return None;
    }
    columns.iter().map(value).collect()
}

fn combined(columns: &Table<RawColumn>, at: NodeId, document: &Document) -> Option<Rows> {
    let values: Vec<Option<(String, Vec<String>)>> = columns
        .0
        .iter()
        .map(|(name, column)| {
            let (name, values) = (check_name(*name, document), values(column, document));
            Some((name?, values?))
        })
        .collect();
    let values: Vec<(String, Vec<String>)> = values.into_iter().collect::<Option<_>>()?;
    let count = values.iter().try_fold(1_usize, |product, (_, values)| product.checked_mul(values.len()));
    if values.is_empty() || count == Some(0) {
        document.fault(at, "this table has no rows, so there is no case");
        return None;
    }
    if count.is_none_or(|count| count > MOST_ROWS) {
        document.fault(at, format!("this table has more than {MOST_ROWS} rows"));
        return None;
    }
    let mut rows = vec![Vec::new()];
    for (name, values) in &values {
        rows = rows.iter().flat_map(|row| extended(row, name, values)).collect();
    }
    Some(Rows { columns: values.into_iter().map(|(name, _)| name).collect(), rows })
}

fn extended<'a>(
    row: &'a [(String, String)],
    name: &'a str,
    values: &'a [String],
) -> impl Iterator<Item = Vec<(String, String)>> + 'a {
    values.iter().map(move |value| {
        let mut row = row.to_vec();
        row.push((name.to_owned(), value.clone()));
        row
    })
}

fn values(column: &Part<RawColumn>, document: &Document) -> Option<Vec<String>> {
    match column.get()? {
        RawColumn::Values(values) => {
            values.items.iter().map(|value| Some(document.text(value.get()?.0).to_owned())).collect()
        }
        RawColumn::Range(leaf) => {
            let text = document.text(leaf.0);
            let range = <Range<u64> as Scalar>::read(text).filter(|_| text.contains(".."));
            match range {
                Some(Range { from: Some(from), to: Some(to) }) if to - from < MOST_ROWS as u64 => {
                    Some((from..=to).map(|number| number.to_string()).collect())
                }
                _ => {
                    document.fault(
                        leaf.0,
                        format!("expected a list of values or a range such as `1..40`, found `{text}`"),
                    );
                    None
                }
            }
        }
    }
}
