//! What happens to a contact that somebody signs in with. Nothing is sealed, as there may be no account yet; nothing names anybody.

use serde::{Deserialize, Serialize};

use super::CodeHash;
use crate::id::{AccountId, SignInId};
use crate::time::Timestamp;

/// Something that happened to a contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
pub enum Event {
    /// Somebody says that the contact is theirs: a code was made.
    #[serde(rename = "sign_in.begun")]
    Begun(Begun),
    /// Another code was made.
    #[serde(rename = "sign_in.code_made")]
    CodeMade(CodeMade),
    /// A wrong code was shown.
    #[serde(rename = "sign_in.failed")]
    Failed(Failed),
    /// The right code was shown.
    #[serde(rename = "sign_in.proved")]
    Proved(Proved),
    /// What was proved was used; it can't be used again.
    #[serde(rename = "sign_in.used")]
    Used(Used),
}

/// What a code is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// To let a further device in, or register an account.
    SignIn,
    /// To be reached at the contact from now on.
    Address(AccountId),
    /// To remove a forgotten password: for whom.
    Recovery(AccountId),
}

/// How a code is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// To the account's other devices, as a signal: costs nothing.
    Devices,
    /// To the contact itself.
    Contact,
}

/// A code, as it is kept, and what it leaves of the limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeMade {
    /// Which sign-in.
    pub sign_in: SignInId,
    /// How it is sent.
    pub channel: Channel,
    /// Its hash.
    pub code: CodeHash,
    /// When it was made.
    pub at: Timestamp,
    /// From when on it is of no use.
    pub until: Timestamp,
    /// When another may be asked for.
    pub resend_at: Timestamp,
    /// When all codes are there again: how their limit is reckoned.
    pub codes_full_at: Timestamp,
    /// When all sendings to the contact are there again; absent: none was taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sends_full_at: Option<Timestamp>,
}

/// Somebody says that the contact is theirs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begun {
    /// What for.
    pub purpose: Purpose,
    /// The first code.
    #[serde(flatten)]
    pub code: CodeMade,
}

/// A wrong code was shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// Which sign-in.
    pub sign_in: SignInId,
    /// When.
    pub at: Timestamp,
    /// When all tries of the contact are there again: how their limit is reckoned.
    pub tries_full_at: Timestamp,
}

/// The right code was shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proved {
    /// Which sign-in.
    pub sign_in: SignInId,
    /// When.
    pub at: Timestamp,
    /// Until when it must be used.
    pub until: Timestamp,
}

/// What was proved was used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Used {
    /// Which sign-in.
    pub sign_in: SignInId,
    /// For whom.
    pub account: AccountId,
}
