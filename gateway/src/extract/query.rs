//! The query string: numbers and ids, each in its one spelling.

use std::error::Error as _;
use std::fmt;
use std::str::FromStr;

use axum::extract::FromRequestParts;
use axum::extract::rejection::QueryRejection;
use axum::http::request::Parts;
use domain::id::InvalidId;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};

use crate::Shared;
use crate::error::Error;

/// The query string. Unknown fields are the target type's to refuse.
#[derive(Debug)]
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<Shared> for Query<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, gateway: &Shared) -> Result<Self, Error> {
        let read = axum::extract::Query::<T>::from_request_parts(parts, gateway).await;
        let axum::extract::Query(value) = read.map_err(|rejection| Error::InvalidRequest(words(&rejection)))?;
        Ok(Self(value))
    }
}

/// What is wrong, with the field's name; without what the reader says of itself.
fn words(rejection: &QueryRejection) -> String {
    rejection
        .source()
        .map_or_else(|| "the query can't be read".to_owned(), ToString::to_string)
}

/// Reads a number that is not negative, without sign and leading zeros.
pub(crate) fn number<'de, D: Deserializer<'de>, T: FromStr>(deserializer: D) -> Result<Option<T>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let is_spelt = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if !is_spelt {
        return Err(D::Error::custom("must be a whole number, without sign and leading zeros"));
    }
    // Digits that are no number of the type are too many.
    text.parse().map(Some).map_err(|_| D::Error::custom("the number is too large"))
}

/// Reads an id.
pub(crate) fn id<'de, D: Deserializer<'de>, T: FromStr<Err = InvalidId>>(deserializer: D) -> Result<Option<T>, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map(Some).map_err(D::Error::custom)
}

/// Reads a text that has a form: a place in the log, a stream's name.
pub(crate) fn parsed<'de, D: Deserializer<'de>, T: FromStr<Err: fmt::Display>>(deserializer: D) -> Result<Option<T>, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map(Some).map_err(D::Error::custom)
}

/// Reads a list with commas between.
pub(crate) fn list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let text = String::deserialize(deserializer)?;
    Ok(text.split(',').map(|entry| entry.trim().to_owned()).collect())
}

#[cfg(test)]
mod tests {
    use domain::id::MessageId;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Wanted {
        #[serde(default, deserialize_with = "number")]
        limit: Option<u32>,
        #[serde(default, deserialize_with = "id")]
        before: Option<MessageId>,
    }

    fn read(query: &str) -> Result<Wanted, String> {
        let uri = format!("/?{query}").parse().unwrap();
        let read = axum::extract::Query::<Wanted>::try_from_uri(&uri);
        read.map(|axum::extract::Query(wanted)| wanted)
            .map_err(|rejection| words(&rejection))
    }

    #[test]
    fn a_number_has_one_spelling() {
        let wanted = read("limit=10&before=7").unwrap();
        assert_eq!((wanted.limit, wanted.before.map(MessageId::get)), (Some(10), Some(7)));
        assert_eq!(read("limit=0").unwrap().limit, Some(0));
        assert_eq!(read("").unwrap().limit, None);
        for query in [
            "limit=01",
            "limit=%2B1",
            "limit=-1",
            "limit=1.0",
            "limit=",
            "limit=one",
            "limit=00",
            "limit=%201",
        ] {
            assert_eq!(
                read(query).unwrap_err(),
                "limit: must be a whole number, without sign and leading zeros",
                "{query}"
            );
        }
        assert_eq!(read("limit=4294967296").unwrap_err(), "limit: the number is too large");
        for query in ["before=0", "before=01", "before=%2B1", "before=-1", "before="] {
            assert!(read(query).unwrap_err().contains("is not a message id"), "{query}");
        }
        assert!(read("colour=red").unwrap_err().contains("unknown field `colour`"));
    }
}
