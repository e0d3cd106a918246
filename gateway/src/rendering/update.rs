//! An update as clients see it.

mod accounts;
mod chats;
mod dialogs;
mod views;

use domain::actor::Actor;
use domain::fact::Fact;
use domain::id::AccountId;
use domain::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

pub(crate) use accounts::AccountUpdate;
pub(crate) use chats::{ChatUpdate, MessageCountView};
pub(crate) use dialogs::DialogUpdate;
pub(crate) use views::{AddressView, DescriptionView, NameView, TermsView, TitleView, UsernameView};

/// An update without its number. Each has `at`, when it was recorded here (of what was imported: when that was): whenever it is told, and whatever became of what it tells, the same, for
/// it is part of the cursor. Over long polling each also has `seq`; the update that answers the
/// receiving device's own command also has `command`, the command's id.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum Update {
    /// About a chat.
    Chat(Box<ChatUpdate>),
    /// About how an account has its chats.
    Dialog(DialogUpdate),
    /// About the receiver's account.
    Account(AccountUpdate),
    /// About something else.
    Untold(Untold),
}

/// An update that does not say what happened.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Untold {
    /// Something that this server can't tell in this version of the API. Counts like any other.
    Unsupported {
        #[serde(flatten)]
        happened: Happened,
    },
}

/// When, and by whom.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Happened {
    /// When, in µs since 1970.
    #[schema(value_type = i64)]
    pub(super) at: Timestamp,
    /// Whose device asked for it; absent when the installation did, or an admin in that role.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    pub(super) by: Option<AccountId>,
}

impl Happened {
    /// When and by whom a fact came about. Which admin acted for the installation is not told.
    pub(super) fn of(fact: &Fact) -> Self {
        let by = match fact.by {
            Actor::Device(account, _) | Actor::Import(account) => Some(account),
            Actor::Admin(..) | Actor::Service(_) | Actor::Reactor(_) => None,
        };
        let at = fact.recorded_at;
        Self { at, by }
    }

    /// The same, and nobody is told who it was.
    pub(super) fn by_nobody(self) -> Self {
        Self { by: None, ..self }
    }
}

impl Update {
    /// About a chat.
    pub(super) fn chat(update: ChatUpdate) -> Self {
        Self::Chat(Box::new(update))
    }

    /// Something that can't be told.
    pub(super) fn unsupported(happened: Happened) -> Self {
        Self::Untold(Untold::Unsupported { happened })
    }
}
