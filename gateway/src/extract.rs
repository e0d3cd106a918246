//! Reading requests: like axum's extractors, with this API's errors.

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use domain::id::CommandId;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::Shared;
use crate::error::Error;

/// A JSON body. Unknown fields are the target type's to refuse.
#[derive(Debug)]
pub(crate) struct Json<T>(pub(crate) T);

/// Reads a JSON object, telling what is not JSON from what is not of the right shape.
pub(crate) fn json<'a, T: Deserialize<'a>>(text: &'a [u8]) -> Result<T, Error> {
    let value = serde_json::from_slice(text).map_err(|error| explain::<T>(text, &error))?;
    // Serde also reads an array as a structure's fields in their order, which nothing documents.
    if text.trim_ascii_start().starts_with(b"[") {
        return Err(Error::InvalidRequest("expected an object, found an array".to_owned()));
    }
    Ok(value)
}

/// Reads once more, slowly, to name the field.
#[cold]
fn explain<'a, T: Deserialize<'a>>(text: &'a [u8], error: &serde_json::Error) -> Error {
    if !error.is_data() {
        return Error::MalformedJson(error.to_string());
    }
    let mut reader = serde_json::Deserializer::from_slice(text);
    match serde_path_to_error::deserialize::<_, T>(&mut reader) {
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
