//! What happens to a unique name.

use serde::{Deserialize, Serialize};

use crate::fact::FactRef;
use crate::id::AccountId;
use crate::time::Timestamp;

/// Something that happened to a unique name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
pub enum Event {
    /// Reserved for an account until it is used or the claim expires.
    #[serde(rename = "name.claimed")]
    Claimed(Claimed),
    /// In use.
    #[serde(rename = "name.taken")]
    Taken(Held),
    /// Nobody's again: free, or resting.
    #[serde(rename = "name.released")]
    Released(Held),
}

/// Reserved for an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claimed {
    /// For whom.
    pub account: AccountId,
    /// When the claim expires, if it has not been used by then.
    pub until: Timestamp,
    /// The newest of the account's facts that asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fact: Option<FactRef>,
}

/// Held, or no longer held, by an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// By whom.
    pub account: AccountId,
    /// The newest of the account's facts that had it so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fact: Option<FactRef>,
    /// Of a released name: until when only its former holder may claim it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rests_until: Option<Timestamp>,
}
