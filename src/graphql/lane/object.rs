//! Objects, read as objects: a derived reader would take a list for one, by the order of its fields, which the executor does not.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor, value::MapAccessDeserializer},
};

/// An object and nothing else.
pub(in crate::graphql) struct ObjectOf<T>(pub(in crate::graphql) T);

struct Reader<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for ObjectOf<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Reader(PhantomData)).map(Self)
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Reader<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map))
    }
}

/// For a field that is an object.
pub(in crate::graphql) fn one<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    ObjectOf::deserialize(deserializer).map(|ObjectOf(one)| one)
}

/// For a field that is a list of objects.
pub(in crate::graphql) fn list<'de, T, D>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    let list: Vec<ObjectOf<T>> = Vec::deserialize(deserializer)?;
    Ok(list.into_iter().map(|ObjectOf(one)| one).collect())
}
