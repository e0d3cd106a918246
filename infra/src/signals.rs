//! Signals: what an account's online devices are told and nobody keeps, such as a code with which a further device signs in.
//!
//! A hint: a device that is not online is not told, and one that takes nothing in loses them. Never in the log, in a table, or in what is
//! logged.

mod here;
mod nats;
#[cfg(test)]
mod tests;

use std::fmt;

use async_trait::async_trait;
use domain::id::{AccountId, DeviceId};
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
}

impl Signal {
    /// From when on it is of no use.
    pub fn expires_at(&self) -> Timestamp {
        match self {
            Self::SignInCode { expires_at, .. } => *expires_at,
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
