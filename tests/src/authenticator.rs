//! An authenticator app: makes time-based one-time passwords of a secret that it was told.

use data_encoding::BASE32_NOPAD;
use infra::clock::Clock;
use totp_rs::{Builder, Totp};

/// An app that holds one secret.
pub struct Authenticator {
    /// As it was told.
    pub secret: String,
    totp: Totp,
}

impl Authenticator {
    /// Takes a secret in base32.
    pub fn new(secret: &str) -> Self {
        let bytes = BASE32_NOPAD.decode(secret.as_bytes()).expect("the server tells base32");
        Self {
            secret: secret.to_owned(),
            totp: Builder::new().with_secret(bytes).build_noncompliant(),
        }
    }

    /// The code of now.
    pub fn code(&self) -> String {
        self.code_in(0)
    }

    /// The next code, which is good already; where the present one was used, it is the only one.
    pub fn next_code(&self) -> String {
        self.code_in(30)
    }

    fn code_in(&self, seconds: u64) -> String {
        let now = u64::try_from(Clock::system().now().0 / 1_000_000).expect("it is after 1970");
        self.totp.generate(now + seconds).to_string()
    }
}
