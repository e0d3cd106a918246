//! What clients see: messages and updates as JSON, sealed parts opened where their key still exists.

mod chat;
mod frame;
mod message;
mod owner;
mod telling;
mod update;

pub(crate) use chat::{ChatKind, MemberView, RightName, RoleName, peer};
pub(crate) use frame::{Packer, with_command, with_seq};
pub(crate) use message::{Entity, EntityShape, MessageView};
pub(crate) use owner::owner;
pub(crate) use telling::unsupported;
pub(crate) use update::{NameView, TitleView, Update};

use domain::id::AccountId;
use domain::sealed::{Closed, Sealed};
use domain::stream::Stream;
use infra::seal::{self, Keys};
use serde::de::DeserializeOwned;

/// Opens what is sealed, with keys that are loaded.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Opener<'a> {
    keys: &'a Keys,
}

impl<'a> Opener<'a> {
    /// With the keys of these accounts; those that are erased open nothing.
    pub(crate) async fn for_accounts(keys: &'a Keys, accounts: &[AccountId]) -> Result<Self, seal::Error> {
        if !accounts.is_empty() {
            keys.load(accounts).await?;
        }
        Ok(Self { keys })
    }

    /// The content of a fact's sealed part; `None`: erased.
    pub(crate) fn open<T: DeserializeOwned + Clone>(self, stream: &Stream, sealed: &Sealed<T>) -> Option<T> {
        match sealed {
            Sealed::Open { content, .. } => Some(content.clone()),
            Sealed::Closed(closed) => self.open_closed(stream, closed),
        }
    }

    /// The content of a read model's sealed cell; `None`: erased.
    pub(crate) fn open_closed<T: DeserializeOwned>(self, stream: &Stream, closed: &Closed) -> Option<T> {
        let plaintext = self.keys.open_box(stream, closed)?;
        serde_json::from_slice(&plaintext).ok()
    }
}
