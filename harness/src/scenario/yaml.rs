//! The second reading of a file, by `serde_yaml`: what scalars mean below `json:`, and a check on the first.

use super::document::{Document, Kind, NodeId, Place, Style};

/// Takes over what the scalars mean, and notes a fault wherever the two readers differ: what two readers read
/// differently, editors and other tools will, too.
pub(crate) fn agree(document: &mut Document, root: NodeId, text: &str) {
    match crate::yaml::read::<serde_json::Value>(text) {
        Ok(value) => compare(document, root, value),
        Err(error) => {
            let (line, column) = error.location().map_or((1, 1), |at| (at.line(), at.column()));
            let message = error.to_string();
            // Whoever writes so many digits means them as text.
            let (message, help) = if message.contains("number out of range") {
                ("a number of more than 64 bits".to_owned(), Some("quote it".to_owned()))
            } else {
                (format!("not YAML: {message}"), None)
            };
            document.fault_at(Place { line, column, width: 1 }, message, help);
        }
    }
}

fn compare(document: &mut Document, id: NodeId, value: serde_json::Value) {
    use serde_json::Value;
    match (&mut document.node_mut(id).kind, value) {
        (
            Kind::Scalar(scalar),
            value @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)),
        ) => {
            let differs = match &value {
                Value::String(read) => *read != scalar.text,
                _ => scalar.style != Style::Plain,
            };
            scalar.value = Some(value);
            if differs {
                differ(document, id);
            }
        }
        (Kind::List(items), Value::Array(values)) if items.len() == values.len() => {
            let items = items.clone();
            for (item, value) in items.into_iter().zip(values) {
                compare(document, item, value);
            }
        }
        (Kind::Map(entries), Value::Object(values)) if entries.len() == values.len() => {
            let entries = entries.clone();
            for ((_, node), (_, value)) in entries.into_iter().zip(values) {
                compare(document, node, value);
            }
        }
        _ => differ(document, id),
    }
}

fn differ(document: &Document, id: NodeId) {
    document.fault(id, "two readers of YAML read this differently; quote it or write it more plainly");
}
