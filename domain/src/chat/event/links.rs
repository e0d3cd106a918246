//! What happens to a group's invite links, and to who comes by them.

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use crate::chat::content::{LinkLabel, LinkSecret};
use crate::id::{AccountId, LinkId, NameKey};
use crate::sealed::Sealed;
use crate::time::Timestamp;

/// How far a link lets people in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// How many may join by it; absent: any number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uses_max: Option<NonZeroU32>,
    /// Until when; absent: for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Whether who comes by it asks to join, and an admin decides.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub requests: bool,
}

/// A link was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkMade {
    /// Which.
    pub link: LinkId,
    /// Its token's keyed hash.
    pub key: NameKey,
    /// How far it lets people in.
    #[serde(flatten)]
    pub terms: Terms,
    /// The token and the link's name, sealed with the key of who made it.
    #[serde(rename = "sealed")]
    pub secret: Sealed<LinkSecret>,
}

/// A link lets people in differently, or is called something else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkChanged {
    /// Which.
    pub link: LinkId,
    /// How far it lets people in from now on.
    #[serde(flatten)]
    pub terms: Terms,
    /// What it is called from now on, sealed with the key of who says so.
    #[serde(rename = "sealed")]
    pub label: Sealed<LinkLabel>,
}

/// A link lets nobody in any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkRevoked {
    /// Which.
    pub link: LinkId,
}

/// An account asks to join.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinRequested {
    /// Who.
    pub account: AccountId,
    /// By which link it came.
    pub link: LinkId,
}

/// A request to join was declined, or taken back by who asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinDeclined {
    /// Whose.
    pub account: AccountId,
}
