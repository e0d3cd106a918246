//! Values that are never printed: not by `Debug`, not by serialising.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

/// A secret text. Shows as `***`.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
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
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
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

#[cfg(test)]
mod tests {
    use super::*;

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
