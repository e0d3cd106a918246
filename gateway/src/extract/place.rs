//! Parts of the path: ids, each in its one spelling.

use std::str::FromStr;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use domain::chat::LinkToken;
use domain::id::{AccountId, ChatId, DeviceId, InvalidId, LinkId, MessageId, ServiceTokenId, SignInId};

use crate::Shared;
use crate::error::Error;

/// Parts of the path, in their order.
#[derive(Debug)]
pub(crate) struct Path<T>(pub(crate) T);

/// An id that may be a part of a path.
pub(crate) trait Id: FromStr<Err = InvalidId> {}

impl Id for AccountId {}
impl Id for ChatId {}
impl Id for DeviceId {}
impl Id for LinkId {}
impl Id for LinkToken {}
impl Id for MessageId {}
impl Id for ServiceTokenId {}
impl Id for SignInId {}

/// What a path may be made of.
pub(crate) trait Places: Sized {
    /// Takes as many parts as it needs.
    fn take<'a>(parts: impl Iterator<Item = (&'a str, &'a str)>) -> Result<Self, Error>;
}

impl<T: Id> Places for T {
    fn take<'a>(mut parts: impl Iterator<Item = (&'a str, &'a str)>) -> Result<Self, Error> {
        id(parts.next())
    }
}

impl<A: Id, B: Id> Places for (A, B) {
    fn take<'a>(mut parts: impl Iterator<Item = (&'a str, &'a str)>) -> Result<Self, Error> {
        Ok((id(parts.next())?, id(parts.next())?))
    }
}

fn id<T: Id>(part: Option<(&str, &str)>) -> Result<T, Error> {
    let (name, text) = part.ok_or_else(|| Error::Internal("a route has fewer parts than its handler wants".to_owned()))?;
    text.parse()
        .map_err(|invalid: InvalidId| Error::InvalidRequest(format!("{name}: {invalid}")))
}

impl<T: Places> FromRequestParts<Shared> for Path<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, gateway: &Shared) -> Result<Self, Error> {
        let read = RawPathParams::from_request_parts(parts, gateway).await;
        let parts = read.map_err(|_| Error::InvalidRequest("the path is not UTF-8".to_owned()))?;
        T::take(parts.iter()).map(Self)
    }
}
