//! A serde `Deserializer` over the nodes of a document that does not stop at the first fault.
//!
//! serde gives up at the first error. Here every fault is noted in the document where it is met, unknown keys are
//! noted and passed over, and what holds other things ([`Part`](super::raw::Part), [`Many`](super::raw::Many),
//! [`Table`](super::raw::Table)) goes on without the one that is broken. So one pass over a page finds all.
//!
//! Enumerations are read by their variants' names: `$text`, `$list` and `$map` take a node of that kind; any
//! other name takes a mapping with that one key, and `$other` a mapping with one key of another name; so does `$line`,
//! unless the key looks like a slip in one of the names.

use std::fmt;

use serde::{Deserializer, de, de::Visitor, forward_to_deserialize_any};

mod access;

use access::{Entries, Entry, Items, Pairs, Two, Variant};

use super::{
    document::{Document, Kind, NodeId, Style, did_you_mean, one_of},
    lexical,
};

/// Asks for the number of a scalar.
pub(crate) const LEAF: &str = "$leaf";
/// Asks for the number of any node.
pub(crate) const NODE: &str = "$node";
/// Asks for the number of a node, and then for the node.
pub(crate) const PART: &str = "$part";
/// Asks for the entries of a mapping, each as an enumeration.
pub(crate) const ENTRIES: &str = "$entries";

/// More keys than this are not listed in a hint.
const LISTED: usize = 24;

/// An error on its way through serde.
#[derive(Debug)]
pub(crate) enum Fault {
    /// Not noted yet: the innermost reader knows the place.
    New(String),
    /// Noted in the document.
    Noted,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::New(message) => f.write_str(message),
            Self::Noted => f.write_str("noted already"),
        }
    }
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::New(message.to_string())
    }

    fn missing_field(field: &'static str) -> Self {
        Self::New(format!("`{field}` is missing"))
    }
}

/// A node on its way into a typed value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a> {
    pub(crate) document: &'a Document,
    pub(crate) id: NodeId,
}

impl<'a> Reader<'a> {
    fn at(self, id: NodeId) -> Self {
        Self { id, ..self }
    }

    fn kind(self) -> &'a Kind {
        &self.document.node(self.id).kind
    }

    fn noted<T>(self, result: Result<T, Fault>) -> Result<T, Fault> {
        result.map_err(|fault| {
            if let Fault::New(message) = fault {
                self.document.fault(self.id, message);
            }
            Fault::Noted
        })
    }

    fn unexpected(self, expected: &dyn de::Expected) -> Fault {
        if !matches!(self.kind(), Kind::Broken) {
            let found = self.kind().describe();
            self.document.fault(self.id, format!("expected {expected}, found {found}"));
        }
        Fault::Noted
    }

    /// Notes what makes a node unfit for a text.
    fn check_leaf(self) {
        match self.kind() {
            Kind::Scalar(scalar) if scalar.style == Style::Plain => {
                if let Some(what) = lexical::respelled(&scalar.text) {
                    let message = if scalar.text.is_empty() {
                        "nothing is written here, which readers of YAML take for null".to_owned()
                    } else {
                        format!("readers of YAML take `{}` for {what} and respell it", scalar.text)
                    };
                    let help = format!("quote it: \"{}\"", scalar.text);
                    self.document.fault_with_help(self.id, message, Some(help));
                }
            }
            Kind::Scalar(_) | Kind::Broken => {}
            other => {
                let message = format!("expected a text, found {}", other.describe());
                self.document.fault(self.id, message);
            }
        }
    }

    fn items(self) -> Option<&'a [NodeId]> {
        match self.kind() {
            Kind::List(items) => Some(items),
            _ => None,
        }
    }

    fn entries(self) -> Option<&'a [(NodeId, NodeId)]> {
        match self.kind() {
            Kind::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The entries whose keys are known; the others are noted.
    fn known_entries(
        self,
        fields: &'static [&'static str],
        what: &dyn de::Expected,
    ) -> Option<Vec<(NodeId, NodeId)>> {
        let (known, unknown): (Vec<_>, Vec<_>) =
            self.entries()?.iter().partition(|(key, _)| fields.contains(&self.document.text(*key)));
        for (key, _) in unknown {
            unknown_key(self.document, key, fields, what);
        }
        Some(known)
    }
}

fn unknown_key(document: &Document, key: NodeId, known: &[&'static str], what: &dyn de::Expected) {
    let found = document.text(key);
    let known: Vec<&str> = known.iter().copied().filter(|word| !word.starts_with('$')).collect();
    let help = did_you_mean(found, known.iter().copied())
        .or_else(|| (known.len() <= LISTED).then(|| format!("expected {}", one_of(&known))));
    document.fault_with_help(key, format!("{what} has no `{found}`"), help);
}

impl<'de> Deserializer<'de> for Reader<'_> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        Err(self.unexpected(&visitor))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match name {
            LEAF => {
                self.check_leaf();
                visitor.visit_u64(self.id.0 as u64)
            }
            NODE => visitor.visit_u64(self.id.0 as u64),
            PART => visitor.visit_seq(Two { number: Some(self.id), node: self }),
            ENTRIES => match self.entries() {
                Some(entries) => {
                    let entries = entries.iter().map(|&(key, value)| Entry { map: self, key, value });
                    visitor.visit_seq(Entries { entries: entries.collect::<Vec<_>>().into_iter() })
                }
                None => Err(self.unexpected(&visitor)),
            },
            _ => self.noted(visitor.visit_newtype_struct(self)),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let items = self.items().unwrap_or_else(|| {
            self.unexpected(&visitor);
            &[]
        });
        self.noted(visitor.visit_seq(Items { list: self, items: items.iter() }))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let entries = self.entries().map_or_else(
            || {
                self.unexpected(&visitor);
                Vec::new()
            },
            <[_]>::to_vec,
        );
        self.noted(visitor.visit_map(Pairs { map: self, entries: entries.into_iter(), value: None }))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match self.known_entries(fields, &visitor) {
            Some(known) => {
                self.noted(visitor.visit_map(Pairs { map: self, entries: known.into_iter(), value: None }))
            }
            None => Err(self.unexpected(&visitor)),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let variant = match self.kind() {
            Kind::Scalar(_) => "$text",
            Kind::List(_) => "$list",
            Kind::Map(_) => "$map",
            Kind::Broken => return Err(Fault::Noted),
        };
        if let Some(variant) = variants.iter().copied().find(|name| *name == variant) {
            return self.noted(visitor.visit_enum(Variant { name: variant, key: None, value: self }));
        }
        match self.entries() {
            Some(&[(key, value)]) if takes_entries(variants) => {
                Entry { map: self, key, value }.deserialize_enum(name, variants, visitor)
            }
            Some(entries) if takes_entries(variants) => {
                let message = format!(
                    "expected {} with one key, found {}",
                    &visitor as &dyn de::Expected,
                    entries.len()
                );
                let help = (entries.len() > 1).then(|| "begin each with a dash of its own".to_owned());
                self.document.fault_with_help(self.id, message, help);
                Err(Fault::Noted)
            }
            _ => Err(self.unexpected(&visitor)),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_unit()
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_str(self.document.text(self.id))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct tuple
        tuple_struct
    }
}

fn takes_entries(variants: &[&str]) -> bool {
    variants.iter().any(|name| !matches!(*name, "$text" | "$list" | "$map"))
}
