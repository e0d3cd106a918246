//! Tokens: `<account>.<device>.<secret>` for devices, `admin.<secret>` for the operator's tools, `service.<number>.<secret>` for services.

use std::fmt::{self, Write as _};
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::account::event::TokenHash;
use domain::id::{AccountId, DeviceId, ServiceTokenId};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// What only the holder knows; for devices and services 43 characters of base64url: 32 random bytes. Kept only as its SHA-256.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The secret of these random bytes.
    pub fn new(random: [u8; 32]) -> Self {
        Self(URL_SAFE_NO_PAD.encode(random))
    }

    /// What is kept of it: SHA-256 of its characters, in lower-case hex.
    pub fn hash(&self) -> TokenHash {
        let digest = Sha256::digest(self.0.as_bytes());
        TokenHash(digest.iter().fold(String::with_capacity(64), |mut hex, byte| {
            write!(hex, "{byte:02x}").expect("a string takes everything");
            hex
        }))
    }

    /// Whether this is the secret that was kept as `hash`, in a time that says nothing.
    pub fn is(&self, hash: &TokenHash) -> bool {
        self.hash().0.as_bytes().ct_eq(hash.0.as_bytes()).into()
    }
}

impl Secret {
    fn drawn(text: &str) -> Option<Self> {
        let well_formed = text.len() == 43
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        well_formed.then(|| Self(text.to_owned()))
    }

    /// An operator may choose the admin's, as long as it can't be guessed.
    fn of_admin(text: &str) -> Option<Self> {
        let well_formed = (ADMIN_MIN..=256).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        well_formed.then(|| Self(text.to_owned()))
    }
}

/// Characters of the admin's secret, at least.
const ADMIN_MIN: usize = 32;

/// A text that is no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a token")]
pub struct Malformed;

/// A bearer token.
#[derive(Clone, PartialEq, Eq)]
pub enum Token {
    /// Acts for an account.
    Device(AccountId, DeviceId, Secret),
    /// Acts for the operator.
    Admin(Secret),
    /// Acts for a service that the operator has let in.
    Service(ServiceTokenId, Secret),
}

impl FromStr for Token {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        if let Some(secret) = text.strip_prefix("admin.") {
            return Secret::of_admin(secret).map(Self::Admin).ok_or(Malformed);
        }
        if let Some(service) = text.strip_prefix("service.") {
            let (number, secret) = service.split_once('.').ok_or(Malformed)?;
            let number = number.parse().map_err(|_| Malformed)?;
            return Secret::drawn(secret).map(|secret| Self::Service(number, secret)).ok_or(Malformed);
        }
        let mut parts = text.split('.');
        let (Some(account), Some(device), Some(secret), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
            return Err(Malformed);
        };
        Ok(Self::Device(
            account.parse().map_err(|_| Malformed)?,
            device.parse().map_err(|_| Malformed)?,
            Secret::drawn(secret).ok_or(Malformed)?,
        ))
    }
}

impl Token {
    /// The token as its holder sends it.
    pub fn reveal(&self) -> String {
        match self {
            Self::Device(account, device, secret) => format!("{account}.{device}.{}", secret.0),
            Self::Admin(secret) => format!("admin.{}", secret.0),
            Self::Service(number, secret) => format!("service.{number}.{}", secret.0),
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Device(account, device, _) => write!(f, "Token({account}.{device}.…)"),
            Self::Admin(_) => f.write_str("Token(admin.…)"),
            Self::Service(number, _) => write!(f, "Token(service.{number}.…)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret() -> Secret {
        Secret::new([7; 32])
    }

    #[test]
    fn a_token_is_read_back_as_it_was_given() {
        let device = Token::Device(AccountId::try_from(77).unwrap(), DeviceId::try_from(3).unwrap(), secret());
        for token in [device, Token::Admin(secret()), Token::Service(ServiceTokenId::MIN, secret())] {
            assert_eq!(token.reveal().parse(), Ok(token));
        }
    }

    #[test]
    fn anything_else_is_no_token() {
        let good = Token::Device(AccountId::MIN, DeviceId::MIN, secret()).reveal();
        for bad in [
            "",
            ".",
            "admin",
            "admin.",
            "admin.short",
            "service.",
            "service.1",
            "service.1.short",
            &Token::Service(ServiceTokenId::MIN, secret()).reveal().replace(".1.", ".01."),
            "0.1.x",
            "a.b.c.d",
            &good[1..],
            &good[..good.len() - 1],
            &format!("{good}a"),
            &format!("{good}."),
        ] {
            assert_eq!(bad.parse::<Token>(), Err(Malformed), "{bad}");
        }
    }

    #[test]
    fn only_the_right_secret_matches_its_hash_and_debug_hides_it() {
        assert!(secret().is(&secret().hash()));
        assert!(!Secret::new([8; 32]).is(&secret().hash()));
        assert!(!format!("{:?}", Token::Admin(secret())).contains(&secret().0));
    }
}
