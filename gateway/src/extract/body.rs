//! Bodies of requests: a JSON object, or none.

use axum::body::{Bytes, HttpBody as _};
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request};
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use super::json;
use crate::Shared;
use crate::error::Error;
use crate::patience::apart;

/// A JSON body. Unknown fields are the target type's to refuse.
#[derive(Debug)]
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Shared> for Json<T> {
    type Rejection = Error;

    async fn from_request(request: Request, gateway: &Shared) -> Result<Self, Error> {
        must_be_json(request.headers())?;
        json(&read(request, gateway).await?).map(Self)
    }
}

/// A JSON body, or none, which says as much as an object without fields.
pub(crate) struct JsonOrNone<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Shared> for JsonOrNone<T> {
    type Rejection = Error;

    async fn from_request(request: Request, gateway: &Shared) -> Result<Self, Error> {
        if request.body().is_end_stream() {
            return json(NOTHING).map(Self);
        }
        let is_json = must_be_json(request.headers());
        let body = read(request, gateway).await?;
        if body.is_empty() {
            return json(NOTHING).map(Self);
        }
        is_json?;
        json(&body).map(Self)
    }
}

/// What no body says.
const NOTHING: &[u8] = b"{}";

/// No body, or an object without fields: what a request that has nothing to say may send.
#[derive(Debug)]
pub(crate) struct NoBody;

/// `{}`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

impl FromRequest<Shared> for NoBody {
    type Rejection = Error;

    async fn from_request(request: Request, gateway: &Shared) -> Result<Self, Error> {
        let JsonOrNone(Nothing {}) = JsonOrNone::from_request(request, gateway).await?;
        Ok(Self)
    }
}

async fn read(request: Request, gateway: &Shared) -> Result<Bytes, Error> {
    let limit = gateway.config.body_timeout;
    apart(limit, timeout(limit, Bytes::from_request(request, gateway)))
        .await
        .map_err(|_| Error::RequestTimeout)?
        .map_err(|rejection| unread(&rejection, gateway.config.body_max_bytes))
}

fn unread(rejection: &BytesRejection, limit: usize) -> Error {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        Error::BodyTooLarge { limit }
    } else {
        Error::InvalidRequest("the body could not be read to its end".to_owned())
    }
}

/// Refuses what is not said to be JSON in UTF-8, as it is.
fn must_be_json(headers: &HeaderMap) -> Result<(), Error> {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let mut parts = text(CONTENT_TYPE).unwrap_or_default().split(';').map(str::trim);
    if !parts.next().unwrap_or_default().eq_ignore_ascii_case("application/json") {
        return Err(Error::UnsupportedMediaType("must be JSON: Content-Type: application/json"));
    }
    if !parts.all(is_utf8) {
        return Err(Error::UnsupportedMediaType("must be UTF-8, and its charset, if any, say so"));
    }
    let mut encodings = headers.get_all(CONTENT_ENCODING).iter();
    if !encodings.all(|encoding| encoding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(Error::UnsupportedMediaType("must come as it is, without Content-Encoding"));
    }
    Ok(())
}

/// Whether a parameter of the media type is another than a charset, or names the one that there is.
fn is_utf8(parameter: &str) -> bool {
    let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
    let value = value.trim().trim_matches('"');
    !name.trim().eq_ignore_ascii_case("charset") || value.eq_ignore_ascii_case("utf-8") || value.eq_ignore_ascii_case("utf8")
}
