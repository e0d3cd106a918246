//! Reading requests: like axum's extractors, with this API's errors.

use std::fmt;
use std::marker::PhantomData;

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use domain::id::CommandId;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use uuid::Uuid;

use crate::Shared;
use crate::error::Error;

/// A JSON body. Unknown fields are the target type's to refuse.
#[derive(Debug)]
pub(crate) struct Json<T>(pub(crate) T);

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
        Err(found) if found.path().iter().next().is_some() => Error::InvalidRequest(format!("{}: {}", found.path(), found.inner())),
        _ => Error::InvalidRequest(error.to_string()),
    }
}

impl<T: DeserializeOwned> FromRequest<Shared> for Json<T> {
    type Rejection = Error;

    async fn from_request(request: Request, gateway: &Shared) -> Result<Self, Error> {
        let media_type = request
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let essence = media_type.split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case("application/json") {
            return Err(Error::UnsupportedMediaType);
        }
        let body = tokio::time::timeout(gateway.config.body_timeout, Bytes::from_request(request, gateway))
            .await
            .map_err(|_| Error::RequestTimeout)?
            .map_err(|rejection| unread(&rejection, gateway.config.body_max_bytes))?;
        json(&body).map(Self)
    }
}

fn unread(rejection: &BytesRejection, limit: usize) -> Error {
    if rejection.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
        Error::BodyTooLarge { limit }
    } else {
        Error::InvalidRequest("the body could not be read to its end".to_owned())
    }
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

/// Reads a list of objects; `null` is an empty one.
pub(crate) fn objects<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    let list: Vec<Object<T>> = or_default(deserializer)?;
    Ok(list.into_iter().map(|Object(value)| value).collect())
}

/// Parts of the path.
#[derive(Debug)]
pub(crate) struct Path<T>(pub(crate) T);

impl<T: DeserializeOwned + Send> FromRequestParts<Shared> for Path<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, gateway: &Shared) -> Result<Self, Error> {
        let read = axum::extract::Path::<T>::from_request_parts(parts, gateway).await;
        let axum::extract::Path(value) = read.map_err(|rejection: PathRejection| Error::InvalidRequest(rejection.body_text()))?;
        Ok(Self(value))
    }
}

/// The query string.
#[derive(Debug)]
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<Shared> for Query<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, gateway: &Shared) -> Result<Self, Error> {
        let read = axum::extract::Query::<T>::from_request_parts(parts, gateway).await;
        let axum::extract::Query(value) = read.map_err(|rejection: QueryRejection| Error::InvalidRequest(rejection.body_text()))?;
        Ok(Self(value))
    }
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
