//! The pieces that pages are made of before columns are filled in: scalars, lists, mappings, each knowing its
//! node. They are read by the [`Reader`](super::reader::Reader) only.

use std::{borrow::Cow, fmt, marker::PhantomData};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, SeqAccess, Visitor},
};

use super::{
    document::{Document, Kind, NodeId},
    reader::{ENTRIES, LEAF, NODE, PART},
    scalar::Scalar,
};

/// A scalar whose text is looked up in the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Leaf(pub(crate) NodeId);

impl<'de> Deserialize<'de> for Leaf {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(LEAF, Number).map(Self)
    }
}

/// Any node, looked up in the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Anything(pub(crate) NodeId);

impl<'de> Deserialize<'de> for Anything {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(NODE, Number).map(Self)
    }
}

struct Number;

impl Visitor<'_> for Number {
    type Value = NodeId;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<NodeId, E> {
        usize::try_from(number).map(NodeId).map_err(E::custom)
    }
}

/// A scalar that will be a `T` once columns are filled in.
#[derive(Debug)]
pub(crate) struct Open<T> {
    pub(crate) leaf: Leaf,
    kind: PhantomData<T>,
}

impl<T> Clone for Open<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Open<T> {}

impl<'de, T> Deserialize<'de> for Open<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self { leaf: Leaf::deserialize(deserializer)?, kind: PhantomData })
    }
}

/// A node and what was read from it; nothing where it was broken, which is noted already.
#[derive(Debug)]
pub(crate) struct Part<T> {
    pub(crate) at: NodeId,
    value: Option<T>,
}

impl<T> Part<T> {
    /// What was read.
    pub(crate) fn get(&self) -> Option<&T> {
        self.value.as_ref()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Part<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Parts<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Parts<T> {
            type Value = Part<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Part<T>, A::Error> {
                let number: u64 = parts.next_element()?.unwrap_or_default();
                let at = Number.visit_u64(number)?;
                // The reader has noted the fault; here it only ends.
                let value = parts.next_element().ok().flatten();
                Ok(Part { at, value })
            }
        }

        deserializer.deserialize_newtype_struct(PART, Parts(PhantomData))
    }
}

/// A list.
#[derive(Debug)]
pub(crate) struct Many<T> {
    pub(crate) at: NodeId,
    pub(crate) items: Vec<Part<T>>,
}

impl<T> Many<T> {
    /// The items that could be read.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.items.iter().filter_map(Part::get)
    }

    /// Whether it is a list without items, rather than something that is no list.
    pub(crate) fn is_written_empty(&self, document: &Document) -> bool {
        matches!(&document.node(self.at).kind, Kind::List(items) if items.is_empty())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Many<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List<T>(Vec<Part<T>>);

        impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_seq(Items(PhantomData)).map(Self)
            }
        }

        let Part { at, value } = Part::<List<T>>::deserialize(deserializer)?;
        Ok(Self { at, items: value.map(|List(items)| items).unwrap_or_default() })
    }
}

struct Items<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Items<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<T>, A::Error> {
        let mut all = Vec::new();
        while let Some(item) = items.next_element()? {
            all.push(item);
        }
        Ok(all)
    }
}

/// A mapping whose keys are names that authors choose, in the order written.
#[derive(Debug)]
pub(crate) struct Table<T>(pub(crate) Vec<(Leaf, Part<T>)>);

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Table<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Pairs<T> {
            type Value = Table<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a mapping")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut pairs: A) -> Result<Table<T>, A::Error> {
                let mut all = Vec::new();
                while let Some(pair) = pairs.next_entry()? {
                    all.push(pair);
                }
                Ok(Table(all))
            }
        }

        deserializer.deserialize_map(Pairs(PhantomData))
    }
}

/// A mapping with keys of the language and keys that authors choose: each entry is an enumeration. Broken
/// entries are left out.
#[derive(Debug)]
pub(crate) struct Entries<T>(pub(crate) Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Entries<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct All<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for All<T> {
            type Value = Entries<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a mapping")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Entries<T>, A::Error> {
                let mut all = Vec::new();
                while let Some(Passing(entry)) = entries.next_element()? {
                    all.extend(entry);
                }
                Ok(Entries(all))
            }
        }

        /// The reader has noted the fault; here it only ends.
        struct Passing<T>(Option<T>);

        impl<'de, T: Deserialize<'de>> Deserialize<'de> for Passing<T> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Ok(Self(T::deserialize(deserializer).ok()))
            }
        }

        deserializer.deserialize_newtype_struct(ENTRIES, All(PhantomData))
    }
}

impl JsonSchema for Leaf {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Text".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "integer", "boolean"] })
    }
}

impl JsonSchema for Anything {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Anything".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!(true)
    }
}

/// A whole value that a column fills in.
const COLUMN: &str = r"^\{[a-z][a-z0-9-]*\}$";

impl<T: Scalar> JsonSchema for Open<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        T::EXPECTED.into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let spelled = match (T::words(), T::pattern()) {
            ([], Some(pattern)) => json_schema!({ "type": ["string", "integer"], "pattern": pattern }),
            ([], None) => json_schema!({ "type": ["string", "integer"] }),
            (["true", "false"], _) => json_schema!({ "type": "boolean" }),
            (words, _) => json_schema!({ "enum": words }),
        };
        json_schema!({ "anyOf": [spelled, { "type": "string", "pattern": COLUMN }] })
    }
}

/// Lets a wrapper have the schema of what it wraps.
macro_rules! same_schema {
    ($wrapper:ty as $inner:ty $(where $parameter:ident)?) => {
        impl$(<$parameter: schemars::JsonSchema>)? schemars::JsonSchema for $wrapper {
            fn inline_schema() -> bool {
                <$inner>::inline_schema()
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                <$inner>::schema_name()
            }

            fn schema_id() -> std::borrow::Cow<'static, str> {
                <$inner>::schema_id()
            }

            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                <$inner>::json_schema(generator)
            }
        }
    };
}
pub(crate) use same_schema;

same_schema!(Part<T> as T where T);
same_schema!(Many<T> as Vec<T> where T);
same_schema!(Table<T> as std::collections::BTreeMap<String, T> where T);

/// One, or several in a list.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(expecting = "a word or a list of words")]
#[schemars(untagged, inline)]
pub(crate) enum OneOrMany<T> {
    #[serde(rename = "$text")]
    One(T),
    #[serde(rename = "$list")]
    Many(Many<T>),
}

/// The schema of a mapping with one key that authors choose.
pub(crate) struct One<T>(PhantomData<T>);

impl<T: JsonSchema> JsonSchema for One<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("One{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let value = generator.subschema_for::<T>();
        json_schema!({ "type": "object", "additionalProperties": value, "minProperties": 1, "maxProperties": 1 })
    }
}
