//! What cases can cover: requirements, seeds, catalogued scenarios, weaknesses (`data/README.md`).

use std::collections::{BTreeMap, BTreeSet};

/// The tables, and the column that says in words what a row is about.
const TABLES: [(&str, usize); 4] = [
    (include_str!("../data/requirements.tsv"), 5),
    (include_str!("../data/scenarios.tsv"), 6),
    (include_str!("../data/seeds.tsv"), 3),
    (include_str!("../data/vulnerabilities.tsv"), 6),
];

/// All ids.
pub fn ids() -> BTreeSet<String> {
    texts().into_keys().map(str::to_owned).collect()
}

/// What each id is about, in words.
pub fn texts() -> BTreeMap<&'static str, &'static str> {
    let rows = |(table, column): (&'static str, usize)| {
        table.lines().skip(1).filter_map(move |row| {
            let mut cells = row.split('\t');
            let id = cells.next().filter(|id| !id.is_empty())?;
            Some((id, cells.nth(column - 1).unwrap_or_default()))
        })
    };
    TABLES.into_iter().flat_map(rows).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_is_read() {
        let texts = texts();
        for id in ["rfc9112-2.1-01", "framing.cl-exact", "s0.open.01", "CVE-2023-39326"] {
            assert!(texts.get(id).is_some_and(|text| text.len() > 20), "{id}");
        }
    }
}
