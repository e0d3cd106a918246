//! What clients see: messages and updates as JSON, sealed parts opened where their key still exists.

mod chat;
mod content;
mod draft;
mod frame;
mod message;
mod owner;
mod privacy;
mod reaction;
mod service;
mod telling;
mod update;

pub(crate) use chat::{ChatKind, MemberView, OwnView, PermissionName, RightName, RoleName, RulesView, peer};
pub(crate) use content::{ContactShape, LocationShape, QuoteRange, extra};
pub(crate) use draft::DraftView;
pub(crate) use frame::{Packer, with_command, with_seq};
pub(crate) use message::{Entity, EntityShape, MessageView, shown_in};
pub(crate) use owner::owners;
pub(crate) use privacy::{AllowedName, PrivacyView};
pub(crate) use reaction::{CountView, ReactionView};
pub(crate) use telling::unsupported;
pub(crate) use update::{DescriptionView, NameView, TermsView, TitleView, Update};

use domain::id::AccountId;
use domain::sealed::{Closed, Sealed};
use domain::stream::Stream;
use infra::seal::{self, Keys};
use serde::de::DeserializeOwned;

/// Why a sealed part shows nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shut {
    /// Its key was erased: it is gone, for ever.
    Erased,
    /// Its key is lost or damaged, or it is damaged itself: for the operator to mend. Nobody is to be told that it is gone.
    Unreadable,
}

impl Shut {
    fn by(error: &seal::Error) -> Self {
        match error {
            seal::Error::Erased(_) => Self::Erased,
            seal::Error::Missing(_)
            | seal::Error::NotReady(_)
            | seal::Error::Damaged(_)
            | seal::Error::Unavailable(_)
            | seal::Error::Refused(_)
            | seal::Error::WrongMaster
            | seal::Error::OtherLog { .. }
            | seal::Error::UnknownLog(_)
            | seal::Error::MasterMissing(_)
            | seal::Error::MasterFile { .. } => Self::Unreadable,
        }
    }
}

/// Opens what is sealed, with keys that are loaded.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Opener<'a> {
    keys: &'a Keys,
}

impl<'a> Opener<'a> {
    /// With the keys of these accounts; those that are erased or lost open nothing.
    pub(crate) async fn for_accounts(keys: &'a Keys, accounts: &[AccountId]) -> Result<Self, seal::Error> {
        if !accounts.is_empty() {
            keys.load(accounts).await?;
        }
        Ok(Self { keys })
    }

    /// The content of a fact's sealed part.
    pub(crate) fn open<T: DeserializeOwned + Clone>(self, stream: &Stream, sealed: &Sealed<T>) -> Result<T, Shut> {
        match sealed {
            Sealed::Open { content, .. } => Ok(content.clone()),
            Sealed::Closed(closed) => self.open_closed(stream, closed),
        }
    }

    /// The content of a read model's sealed cell.
    pub(crate) fn open_closed<T: DeserializeOwned>(self, stream: &Stream, closed: &Closed) -> Result<T, Shut> {
        let plaintext = self.keys.open_box(stream, closed).map_err(|error| Shut::by(&error))?;
        serde_json::from_slice(&plaintext).map_err(|_| Shut::Unreadable)
    }
}
