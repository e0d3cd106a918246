//! Who may hold a unique name: an account, or a chat.

use serde::{Deserialize, Serialize};

use crate::id::{AccountId, ChatId};

/// Who holds a name, or wants to.
#[derive(Debug, Clone, Copy, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The account; of a chat's name, the one that asked for it.
    pub account: AccountId,
    /// The chat; absent: the account itself is the holder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chat: Option<ChatId>,
}

/// Whoever asks for it: a chat is one holder.
impl PartialEq for Holder {
    fn eq(&self, other: &Self) -> bool {
        match (self.chat, other.chat) {
            (Some(one), Some(other)) => one == other,
            (None, None) => self.account == other.account,
            (Some(_), None) | (None, Some(_)) => false,
        }
    }
}

impl From<AccountId> for Holder {
    fn from(account: AccountId) -> Self {
        Self { account, chat: None }
    }
}
