//! Signals: what online devices are told and nobody keeps: a code with which a further device signs in, who is typing, who is there.
//!
//! A hint: a device that is not online is not told, and one that takes nothing in loses them. Never in the log, in a table, or in what is
//! logged.

mod here;
mod nats;
#[cfg(test)]
mod tests;

use std::fmt;

use async_trait::async_trait;
use domain::id::{AccountId, ChatId, DeviceId};
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use crate::proof::Code;

pub use here::{Attached, Local};
pub use nats::{ANSWER, Nats};

/// Something to tell. As it is told to clients, too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Signal {
    /// Somebody signs in to the account: the code that the new device is to show.
    SignInCode {
        /// The code.
        #[serde(with = "told")]
        code: Code,
        /// From when on it is of no use.
        expires_at: Timestamp,
    },
    /// Somebody is about to say something in a chat, or not any more.
    Typing {
        /// Where.
        chat: ChatId,
        /// Who.
        account: AccountId,
        /// What they are doing.
        action: Action,
        /// Until then, unless it is said again.
        until: Timestamp,
    },
    /// Somebody is there, or has left.
    Presence {
        /// Who.
        account: AccountId,
        /// Whether a device of theirs is connected.
        online: bool,
        /// Until then, unless it is said again; of who has left: until when it is worth telling.
        until: Timestamp,
        /// When they were last seen, if they have left.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        last_seen_at: Option<Timestamp>,
    },
}

/// What somebody is doing who is about to say something; the Bot API's names (<https://core.telegram.org/bots/api#sendchataction>).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Writes.
    Typing,
    /// Sends a picture.
    UploadPhoto,
    /// Records a video.
    RecordVideo,
    /// Sends a video.
    UploadVideo,
    /// Records a voice message.
    RecordVoice,
    /// Sends a voice message.
    UploadVoice,
    /// Sends a file.
    UploadDocument,
    /// Looks for a sticker.
    ChooseSticker,
    /// Looks for a place.
    FindLocation,
    /// Records a round video.
    RecordVideoNote,
    /// Sends a round video.
    UploadVideoNote,
    /// None of these any more.
    Cancel,
}

impl Signal {
    /// From when on it is of no use.
    pub fn expires_at(&self) -> Timestamp {
        match self {
            Self::SignInCode { expires_at, .. } => *expires_at,
            Self::Typing { until, .. } | Self::Presence { until, .. } => *until,
        }
    }
}

/// Whom a signal is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audience {
    /// The devices of this account,
    pub account: AccountId,
    /// but for this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub except: Option<DeviceId>,
}

/// Tells online devices, in whatever process they are.
#[async_trait]
pub trait Signals: fmt::Debug + Send + Sync {
    /// Tells a device from now on, until the answer is dropped. A device may be attached several times.
    fn attach(&self, account: AccountId, device: DeviceId) -> Attached;

    /// Tells an account's online devices. Whether any took it: one that says nothing within [`ANSWER`] counts as none.
    async fn tell(&self, audience: Audience, signal: Signal) -> bool;

    /// Whether a device of the account is online, in whatever process: one that says nothing within [`ANSWER`] has none.
    async fn is_there(&self, account: AccountId) -> bool;

    /// Those of the accounts of which a device may be online: none else needs to be told anything.
    fn reachable(&self, accounts: &[AccountId]) -> Vec<AccountId>;

    /// Tells all online devices of these accounts, and waits for none.
    async fn spread(&self, accounts: Vec<AccountId>, signal: Signal);

    /// Passes on what other processes tell, until told to stop.
    async fn run(&self, stop: CancellationToken);
}

/// A code in a signal: it is told to those whom it is for.
mod told {
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    use crate::proof::Code;

    pub(super) fn serialize<S: Serializer>(code: &Code, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(code.reveal())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Code, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}
