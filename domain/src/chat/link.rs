//! Invite links: what lets people into a group by themselves.

use std::str::FromStr;

use serde::Serialize;

use crate::id::InvalidId;
use crate::text::line_text;

/// Links of a chat that are not revoked, at most.
pub const LINKS_MAX: usize = 100;
/// Requests to join a chat that wait for an answer, at most.
pub const REQUESTS_MAX: usize = 500;

line_text!(
    /// What an admin calls a link: 1 to 32 code points.
    LinkNameText,
    32
);

/// A link's secret. Displays nothing of it.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct LinkToken(String);

impl LinkToken {
    /// Takes a token as it was drawn.
    pub fn new(token: String) -> Self {
        Self(token)
    }

    /// The token.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for LinkToken {
    type Err = InvalidId;

    /// 22 characters of base64url: 16 bytes.
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let is_one = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if text.len() == 22 && text.bytes().all(is_one) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidId {
                found: "this".to_owned(),
                expected: "an invite link's token (22 characters of base64url)",
            })
        }
    }
}

impl std::fmt::Debug for LinkToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LinkToken")
    }
}
