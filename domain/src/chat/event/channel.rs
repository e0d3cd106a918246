//! What happens in what many follow: a sequence of its own, a username.

use serde::{Deserialize, Serialize};

use crate::account::event::Username;
use crate::id::NameKey;
use crate::sealed::Sealed;

/// From the next fact on, what happens in the group is numbered in a sequence of its own, which devices follow, and no more in theirs.
/// This one is told to its members' devices, as all before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SequenceBegun {}

/// Somebody who may wants a username for the channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsernameRequested {
    /// The name's key.
    pub name: NameKey,
    /// The name, sealed with the key of who asks.
    #[serde(rename = "sealed")]
    pub username: Sealed<Username>,
}

/// The channel's username changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsernameChanged {
    /// The new name's key; absent when the channel has none from now on, and is no more public.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<NameKey>,
    /// The former name's key, free again from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub former: Option<NameKey>,
    /// The new name.
    #[serde(default, rename = "sealed", skip_serializing_if = "Option::is_none")]
    pub username: Option<Sealed<Username>>,
}

/// The wanted username could not be had: somebody else has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsernameRefused {
    /// The name's key.
    pub name: NameKey,
}
