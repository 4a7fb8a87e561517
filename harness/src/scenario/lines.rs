//! Where the parts of a case are: a line for each path.

use std::collections::BTreeMap;

use super::document::{Document, Kind, NodeId};

/// Adds the lines of a node and of all it holds.
///
/// A request with details (a mapping of its line to them) is one thing, so its line is no part of the path. A server's
/// list of requests is also found under `requests`, and a lone outcome under `outcomes[0]`.
pub(crate) fn collect(document: &Document, node: NodeId, path: &str, lines: &mut BTreeMap<String, usize>) {
    let node = document.node(node);
    lines.entry(path.to_owned()).or_insert(node.at.line);
    match &node.kind {
        Kind::List(items) => {
            for (number, item) in items.iter().enumerate() {
                collect(document, *item, &format!("{path}[{number}]"), lines);
                if is_expectation_on_server(path) {
                    collect(document, *item, &format!("{path}.requests[{number}]"), lines);
                }
            }
        }
        Kind::Map(entries) => {
            for (key, value) in entries {
                let name = document.text(*key);
                let is_line = path.ends_with(']') && entries.len() == 1 && name.contains(' ');
                let below = if is_line { path.to_owned() } else { format!("{path}.{name}") };
                lines.entry(below.clone()).or_insert(document.node(*key).at.line);
                collect(document, *value, &below, lines);
                if name == "outcome" {
                    collect(document, *value, &format!("{path}.outcomes[0]"), lines);
                }
            }
        }
        Kind::Scalar(_) | Kind::Broken => {}
    }
}

/// `expect.origin`, `expect.any[0].origin`
fn is_expectation_on_server(path: &str) -> bool {
    let Some(rest) = path.strip_prefix("expect.") else { return false };
    let name = match rest.strip_prefix("any[") {
        Some(rest) => rest.split_once("].").map_or("", |(_, name)| name),
        None => rest,
    };
    !name.is_empty() && !name.contains(['.', '[']) && !matches!(name, "outcomes" | "any")
}

#[cfg(test)]
mod tests {
    use super::is_expectation_on_server;

    #[test]
    fn a_list_under_a_server_is_its_requests() {
        assert!(is_expectation_on_server("expect.origin"));
        assert!(is_expectation_on_server("expect.any[3].origin"));
        for other in
            ["expect", "expect.any", "expect.outcomes", "expect.origin.never", "expect.any[0]", "calls"]
        {
            assert!(!is_expectation_on_server(other), "{other}");
        }
    }
}
