//! The JSON Schema of a page, for editors: what they complete, and what they show beside it.

use schemars::{Schema, generate::SchemaSettings};
use serde_json::Value;

use super::page::case::RawPage;

/// The JSON Schema (draft 2020-12) of a page, the same text every time, with a line end at its end.
///
/// It says less than the parser: what depends on other parts of a page, on columns, or on names that authors choose is
/// not in it.
pub fn schema() -> String {
    let mut schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<RawPage>();
    schema.insert("title".to_owned(), "A page of Wireproof".into());
    finish(&mut schema);
    // A schema is made of objects, lists and texts: it can always be written.
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}

/// What a page cannot say is taken out: there is no null in the language.
fn finish(schema: &mut Schema) {
    let Some(root) = schema.as_object_mut() else { return };
    for value in root.values_mut() {
        without_null(value);
    }
}

fn without_null(value: &mut Value) {
    match value {
        Value::Object(object) => {
            if let Some(Value::Array(types)) = object.get_mut("type") {
                types.retain(|name| name != "null");
                if let [one] = types.as_slice() {
                    let one = one.clone();
                    object.insert("type".to_owned(), one);
                }
            }
            if let Some(Value::Array(alternatives)) = object.get_mut("anyOf") {
                alternatives.retain(|schema| *schema != serde_json::json!({ "type": "null" }));
                unwrap_lone(object);
            }
            object.values_mut().for_each(without_null);
        }
        Value::Array(items) => items.iter_mut().for_each(without_null),
        _ => {}
    }
}

/// `anyOf` one schema is that schema.
fn unwrap_lone(object: &mut serde_json::Map<String, Value>) {
    let Some(Value::Array(alternatives)) = object.get("anyOf") else { return };
    if let [Value::Object(lone)] = alternatives.as_slice() {
        let lone = lone.clone();
        object.shift_remove("anyOf");
        for (key, value) in lone {
            object.entry(key).or_insert(value);
        }
    }
}
