//! Values that are never printed: not by `Debug`, not by serialising, nor by what is said where they are of the wrong type.

use std::fmt;

use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What is said of something else in their place.
pub(super) const NO_TEXT: &str = "must be a text, in quotes";

/// A secret text. Shows as `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The secret itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("***")
    }
}

/// An address that may hold a password: `postgres://user:password@host/database`. Shows with the
/// password as `***`, and without its query, where passwords may stand as well.
#[derive(Clone, PartialEq, Eq)]
pub struct Address(String);

impl Address {
    /// The address itself, with its password.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether it starts with one of these schemes (`postgres://` …).
    pub fn is_one_of(&self, schemes: &[&str]) -> bool {
        schemes.iter().any(|scheme| self.0.starts_with(scheme))
    }
}

impl From<String> for Address {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.0.split_once('?').map_or(self.0.as_str(), |(shown, _)| shown);
        let Some((scheme, rest)) = shown.split_once("://") else {
            return f.write_str("***");
        };
        // Of several addresses each may hold a password: the hosts are enough.
        if rest.contains(',') {
            let hosts: Vec<&str> = rest.split(',').map(host).collect();
            return write!(f, "{scheme}://{}", hosts.join(","));
        }
        let Some((user, host)) = rest.rsplit_once('@') else {
            return f.write_str(shown);
        };
        match user.split_once(':') {
            Some((name, _)) => write!(f, "{scheme}://{name}:***@{host}"),
            // A lone word before the host is a token for NATS, a user for PostgreSQL.
            None if scheme == "nats" || scheme == "tls" => write!(f, "{scheme}://***@{host}"),
            None => f.write_str(shown),
        }
    }
}

/// The host of one address among several; nothing that may be a secret.
fn host(address: &str) -> &str {
    match address.rsplit_once('@') {
        Some((_, host)) => host,
        None if address
            .rsplit(':')
            .next()
            .is_some_and(|port| port.bytes().all(|byte| byte.is_ascii_digit())) =>
        {
            address
        }
        None if !address.contains(':') => address,
        None => "***",
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Address {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Text).map(Self)
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Text).map(Self)
    }
}

/// Takes a text, and of whatever else there is says nothing: a password of digits alone is a number to who reads it without quotes.
struct Text;

impl<'de> Visitor<'de> for Text {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }

    fn visit_string<E: Error>(self, text: String) -> Result<String, E> {
        Ok(text)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<String, E> {
        Err(E::custom(NO_TEXT))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<String, E> {
        Err(E::custom(NO_TEXT))
    }

    fn visit_i128<E: Error>(self, _: i128) -> Result<String, E> {
        Err(E::custom(NO_TEXT))
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<String, E> {
        Err(E::custom(NO_TEXT))
    }

    fn visit_u128<E: Error>(self, _: u128) -> Result<String, E> {
        Err(E::custom(NO_TEXT))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<String, E> {
        Err(E::custom(NO_TEXT))
    }

    fn visit_unit<E: Error>(self) -> Result<String, E> {
        Err(E::custom(NO_TEXT))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<String, A::Error> {
        Err(A::Error::custom(NO_TEXT))
    }

    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<String, A::Error> {
        Err(A::Error::custom(NO_TEXT))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_text_is_not_shown_either() {
        for value in [
            "271828",
            "-271828",
            "271828.5",
            "170141183460469231731687271828000000000",
            "[271828]",
            "{\"a\":271828}",
            "true",
            "null",
        ] {
            for error in [
                serde_json::from_str::<Secret>(value).unwrap_err(),
                serde_json::from_str::<Address>(value).unwrap_err(),
            ] {
                let error = error.to_string();
                assert!(error.contains(NO_TEXT) && !error.contains("271828"), "{error}");
            }
        }
        assert_eq!(serde_json::from_str::<Secret>("\"271828\"").unwrap().reveal(), "271828");
    }

    #[test]
    fn of_an_address_no_secret_is_shown() {
        for (address, shown) in [
            ("nats://me:secret@a:4222", "nats://me:***@a:4222"),
            ("nats://token@a:4222", "nats://***@a:4222"),
            ("nats://a:4222,nats://b:4222", "nats://a:4222,nats://b:4222"),
            ("nats://me:secret@a:4222,b", "nats://a:4222,b"),
            ("nats://token@a:4222,nats://token@b:4222", "nats://a:4222,b:4222"),
            ("postgres://me:secret@a/b?password=secret", "postgres://me:***@a/b"),
        ] {
            assert_eq!(Address::from(address.to_owned()).to_string(), shown);
        }
    }
}
