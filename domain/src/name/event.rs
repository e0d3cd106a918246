//! What happens to a unique name.

use serde::{Deserialize, Serialize};

use super::Holder;
use crate::fact::FactRef;
use crate::id::{AccountId, ChatId};
use crate::time::Timestamp;

/// Something that happened to a unique name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
pub enum Event {
    /// Reserved for an account or a chat until it is used or the claim expires.
    #[serde(rename = "name.claimed")]
    Claimed(Claimed),
    /// In use.
    #[serde(rename = "name.taken")]
    Taken(Held),
    /// Nobody's again: free, or resting.
    #[serde(rename = "name.released")]
    Released(Held),
}

/// Reserved for an account or a chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claimed {
    /// For whom; of a chat's name, who asked for it.
    pub account: AccountId,
    /// The chat that it is for; absent: it is for the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chat: Option<ChatId>,
    /// When the claim expires, if it has not been used by then.
    pub until: Timestamp,
    /// The newest of its facts that asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fact: Option<FactRef>,
}

/// Held, or no longer held, by an account or a chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// By whom; of a chat's name, who asked for it.
    pub account: AccountId,
    /// The chat that it is held by; absent: the account holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chat: Option<ChatId>,
    /// The newest of its facts that had it so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fact: Option<FactRef>,
    /// Of a released name: until when only its former holder may claim it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rests_until: Option<Timestamp>,
}

impl Claimed {
    /// For whom.
    pub fn holder(&self) -> Holder {
        let (account, chat) = (self.account, self.chat);
        Holder { account, chat }
    }
}

impl Held {
    /// By whom.
    pub fn holder(&self) -> Holder {
        let (account, chat) = (self.account, self.chat);
        Holder { account, chat }
    }
}
