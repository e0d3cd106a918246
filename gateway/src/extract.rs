//! Reading requests: like axum's extractors, with this API's errors.

mod body;
mod place;
mod query;

use std::fmt;
use std::marker::PhantomData;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::id::CommandId;
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use uuid::Uuid;

use crate::Shared;
use crate::error::Error;

pub(crate) use body::{Json, JsonOrNone, NoBody};
pub(crate) use place::Path;
pub(crate) use query::{Query, id, list, number, parsed};

/// Reads a JSON object, telling what is not JSON from what is not of the right shape.
pub(crate) fn json<'a, T: Deserialize<'a>>(text: &'a [u8]) -> Result<T, Error> {
    let read: Result<Object<T>, _> = serde_json::from_slice(text);
    read.map(|Object(value)| value).map_err(|error| explain::<T>(text, &error))
}

/// Reads once more, slowly, to name the field.
#[cold]
fn explain<'a, T: Deserialize<'a>>(text: &'a [u8], error: &serde_json::Error) -> Error {
    if !error.is_data() {
        return Error::MalformedJson(error.to_string());
    }
    let mut reader = serde_json::Deserializer::from_slice(text);
    match serde_path_to_error::deserialize::<_, Object<T>>(&mut reader) {
        Err(found) if found.path().iter().next().is_some() => {
            Error::InvalidRequest(format!("{}: {}", found.path(), in_words(&found.inner().to_string())))
        }
        _ => Error::InvalidRequest(in_words(&error.to_string())),
    }
}

/// An error's text without the names that numbers have in here.
fn in_words(text: &str) -> String {
    let Some((found, expected)) = text.rsplit_once(", expected ") else {
        return text.to_owned();
    };
    let (kind, place) = expected.split_at(expected.find(' ').unwrap_or(expected.len()));
    let kind = match kind {
        "i64" => "a whole number",
        "u32" => "a whole number from 0 to 4294967295",
        "u64" => "a whole number from 0",
        other => other,
    };
    format!("{found}, expected {kind}{place}")
}

/// A structure that was written as an object. Serde also reads an array as a structure's fields in their order, which nothing
/// documents.
#[derive(Debug)]
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Fields(PhantomData)).map(Self)
    }
}

struct Fields<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(fields))
    }
}

/// Reads a field in which `null` means the same as its absence.
pub(crate) fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(deserializer: D) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// Reads a field that is an object.
pub(crate) fn object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    Object::deserialize(deserializer).map(|Object(value)| value)
}

/// Reads a field that is an object, or `null`, which means the same as its absence.
pub(crate) fn object_or_none<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    let object: Option<Object<T>> = Option::deserialize(deserializer)?;
    Ok(object.map(|Object(value)| value))
}

/// Reads a list of objects; `null` is an empty one.
pub(crate) fn objects<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    let list: Vec<Object<T>> = or_default(deserializer)?;
    Ok(list.into_iter().map(|Object(value)| value).collect())
}

/// The command's id: `Idempotency-Key`, else a new one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CommandKey(pub(crate) CommandId);

impl FromRequestParts<Shared> for CommandKey {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, gateway: &Shared) -> Result<Self, Error> {
        let mut given = parts.headers.get_all("idempotency-key").iter();
        match (given.next(), given.next()) {
            (None, _) => Ok(Self(gateway.clock.command_id())),
            (Some(key), None) => {
                let key = key.to_str().ok().and_then(|text| Uuid::try_parse(text).ok());
                key.map(|key| Self(CommandId(key))).ok_or(Error::InvalidIdempotencyKey)
            }
            (Some(_), Some(_)) => Err(Error::InvalidIdempotencyKey),
        }
    }
}
