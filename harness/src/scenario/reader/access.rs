//! How serde goes through lists, mappings and enumerations.

use serde::{
    Deserializer, de,
    de::{DeserializeSeed, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, VariantAccess, Visitor},
    forward_to_deserialize_any,
};

use super::{Fault, Reader, unknown_key};
use crate::scenario::document::{NodeId, did_you_mean};

/// The number of a node, and the node.
pub(super) struct Two<'a> {
    pub(super) number: Option<NodeId>,
    pub(super) node: Reader<'a>,
}

impl<'de> SeqAccess<'de> for Two<'_> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Fault> {
        match self.number.take() {
            Some(NodeId(number)) => seed.deserialize((number as u64).into_deserializer()).map(Some),
            None => seed.deserialize(self.node).map(Some),
        }
    }
}

pub(super) struct Items<'a> {
    pub(super) list: Reader<'a>,
    pub(super) items: std::slice::Iter<'a, NodeId>,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Fault> {
        self.items.next().map(|item| seed.deserialize(self.list.at(*item))).transpose()
    }
}

pub(super) struct Pairs<'a> {
    pub(super) map: Reader<'a>,
    pub(super) entries: std::vec::IntoIter<(NodeId, NodeId)>,
    pub(super) value: Option<NodeId>,
}

impl<'de> MapAccess<'de> for Pairs<'_> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Fault> {
        let Some((key, value)) = self.entries.next() else { return Ok(None) };
        self.value = Some(value);
        seed.deserialize(self.map.at(key)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let value = self.value.take().ok_or_else(|| Fault::New("a value before its key".to_owned()))?;
        seed.deserialize(self.map.at(value))
    }
}

pub(super) struct Entries<'a> {
    pub(super) entries: std::vec::IntoIter<Entry<'a>>,
}

impl<'de> SeqAccess<'de> for Entries<'_> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Fault> {
        self.entries.next().map(|entry| seed.deserialize(entry)).transpose()
    }
}

/// One entry of a mapping, read as an enumeration by its key.
#[derive(Clone, Copy)]
pub(super) struct Entry<'a> {
    pub(super) map: Reader<'a>,
    pub(super) key: NodeId,
    pub(super) value: NodeId,
}

impl<'de> Deserializer<'de> for Entry<'_> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        Err(self.map.unexpected(&visitor))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let key = self.map.document.text(self.key);
        let value = self.map.at(self.value);
        let by_name = variants.iter().copied().find(|name| *name == key && !name.starts_with('$'));
        if let Some(name) = by_name {
            return value.noted(visitor.visit_enum(Variant { name, key: None, value }));
        }
        let is_near = did_you_mean(key, variants.iter().copied()).is_some() && !key.contains(' ');
        let other = if is_near { "$other" } else { "$line" };
        if let Some(name) = variants.iter().copied().find(|name| *name == "$other" || *name == other) {
            return value.noted(visitor.visit_enum(Variant { name, key: Some(self.key), value }));
        }
        unknown_key(self.map.document, self.key, variants, &visitor);
        Err(Fault::Noted)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

/// The variant an enumeration is read as. With a key, it holds two things: key and value.
pub(super) struct Variant<'a> {
    pub(super) name: &'static str,
    pub(super) key: Option<NodeId>,
    pub(super) value: Reader<'a>,
}

impl<'de, 'a> EnumAccess<'de> for Variant<'a> {
    type Error = Fault;
    type Variant = Variant<'a>;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self::Variant), Fault> {
        let name: de::value::StrDeserializer<'_, Fault> = self.name.into_deserializer();
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        Err(Fault::New(format!("`{}` takes a value", self.name)))
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Fault> {
        seed.deserialize(self.value)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _len: usize, visitor: V) -> Result<V::Value, Fault> {
        let items: Vec<NodeId> = self.key.into_iter().chain([self.value.id]).collect();
        visitor.visit_seq(Items { list: self.value, items: items.iter() })
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.value.deserialize_struct(self.name, fields, visitor)
    }
}
