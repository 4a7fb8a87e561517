//! What the types of the case language need to be compared and shown.

use std::fmt;

use serde_json::Value;
use wireproof_server::text::{Context, FillError, Text};

use crate::scenario::{json::Json, range::Range};

impl Json {
    /// The value, with every hole filled. Bytes that are not UTF-8 become replacement characters: JSON has none.
    pub fn fill(&self, context: &Context<'_>) -> Result<Value, FillError> {
        let text =
            |text: &Text| Ok::<_, FillError>(String::from_utf8_lossy(&text.fill(context)?).into_owned());
        Ok(match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Number(number) => Value::Number(number.clone()),
            Self::Text(value) => Value::String(text(value)?),
            Self::List(values) => {
                Value::Array(values.iter().map(|value| value.fill(context)).collect::<Result<_, _>>()?)
            }
            Self::Object(members) => {
                let mut object = serde_json::Map::new();
                for (name, value) in members {
                    object.insert(text(name)?, value.fill(context)?);
                }
                Value::Object(object)
            }
        })
    }
}

/// As the case language spells it: `2..4`, `2..`, `..4`, `3`.
impl<T: fmt::Debug + PartialEq> fmt::Display for Range<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.from, &self.to) {
            (Some(from), Some(to)) if from == to => write!(f, "{from:?}"),
            (Some(from), Some(to)) => write!(f, "{from:?}..{to:?}"),
            (Some(from), None) => write!(f, "{from:?}.."),
            (None, Some(to)) => write!(f, "..{to:?}"),
            (None, None) => f.write_str("anything"),
        }
    }
}
