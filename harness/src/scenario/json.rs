//! Values below `json:`.

use wireproof_server::text::Text;

use super::{
    document::{Kind, NodeId, Scalar, Style},
    raw::Leaf,
    scope::{Closing, Scope, all},
    template,
};

/// A JSON value (RFC 8259) whose texts may have holes.
#[derive(Debug, Clone, PartialEq)]
pub enum Json {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number.
    Number(serde_json::Number),
    /// A string.
    Text(Text),
    /// An array.
    List(Vec<Json>),
    /// An object, in the order written.
    Object(Vec<(Text, Json)>),
}

/// Closes a node below `json:`. YAML's own numbers, `true` and `null` apply.
pub(crate) fn close(node: NodeId, scope: &Scope<'_>) -> Closing<Json> {
    match &scope.document.node(node).kind {
        Kind::Scalar(scalar) => scalar_value(node, scalar, scope),
        Kind::List(items) => {
            let items: Vec<Option<Json>> = items.iter().map(|item| close(*item, scope)).collect();
            items.into_iter().collect::<Option<_>>().map(Json::List)
        }
        Kind::Map(entries) => {
            let close_entry = |(key, value): &(NodeId, NodeId)| {
                all! {
                    name = text(*key, scope);
                    value = close(*value, scope);
                }
                Some((name, value))
            };
            let entries: Vec<Option<(Text, Json)>> = entries.iter().map(close_entry).collect();
            entries.into_iter().collect::<Option<_>>().map(Json::Object)
        }
        Kind::Broken => None,
    }
}

fn scalar_value(node: NodeId, scalar: &Scalar, scope: &Scope<'_>) -> Closing<Json> {
    use serde_json::Value;
    // Without a meaning the second reading did not take place, for a fault that was noted.
    match scalar.value.as_ref()? {
        Value::Null if scalar.style == Style::Plain && !is_null(&scalar.text) => {
            scope.fault(node, "JSON has no such number");
            None
        }
        Value::Null if scalar.style == Style::Plain => Some(Json::Null),
        Value::Bool(value) => Some(Json::Bool(*value)),
        Value::Number(number) => Some(Json::Number(number.clone())),
        _ => text(node, scope).map(Json::Text),
    }
}

fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

fn text(node: NodeId, scope: &Scope<'_>) -> Closing<Text> {
    let filled = template::fill(scope.document.text(node), scope.row);
    scope.text_of(Leaf(node), &filled)
}
