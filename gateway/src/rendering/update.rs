//! An update as clients see it.

use domain::actor::Actor;
use domain::fact::Fact;
use domain::id::{AccountId, ChatId, DeviceId, MessageId};
use domain::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::Shut;
use super::chat::{ChatKind, MemberView};
use super::message::MessageView;
use super::privacy::PrivacyView;

/// An update without its number. Each has `at`, when it was recorded here (of what was imported: when that was): whenever it is told, and whatever became of what it tells, the same, for
/// it is part of the cursor. Over long polling each also has `seq`; the update that answers the
/// receiving device's own command also has `command`, the command's id.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Update {
    /// A message was sent; as it is now: edited, deleted or erased since, where that is so.
    MessageSent {
        /// Where.
        #[schema(value_type = String)]
        chat: ChatId,
        /// The message.
        message: MessageView,
        /// When it was sent, in µs since 1970.
        #[schema(value_type = i64)]
        at: Timestamp,
    },
    /// A message's text was replaced; as it is now.
    MessageEdited {
        /// Where.
        #[schema(value_type = String)]
        chat: ChatId,
        /// The message.
        message: MessageView,
        /// When this edit was made, in µs since 1970; later ones do not change it.
        #[schema(value_type = i64)]
        at: Timestamp,
    },
    /// Messages were deleted for everybody.
    MessagesDeleted {
        /// Where.
        #[schema(value_type = String)]
        chat: ChatId,
        /// Which, ascending.
        #[schema(value_type = Vec<i64>)]
        messages: Vec<MessageId>,
        #[serde(flatten)]
        happened: Happened,
    },
    /// A chat came into being, with the receiver in it.
    ChatCreated {
        /// Which.
        #[schema(value_type = String)]
        chat: ChatId,
        /// Its kind.
        kind: ChatKind,
        #[serde(flatten)]
        title: TitleView,
        /// Who is in it.
        members: Vec<MemberView>,
        #[serde(flatten)]
        happened: Happened,
    },
    /// A group got another title.
    ChatRenamed {
        /// Which.
        #[schema(value_type = String)]
        chat: ChatId,
        #[serde(flatten)]
        title: TitleView,
        #[serde(flatten)]
        happened: Happened,
    },
    /// An account became a member; perhaps the receiver's.
    MemberAdded {
        /// Of which chat.
        #[schema(value_type = String)]
        chat: ChatId,
        #[serde(flatten)]
        member: MemberView,
        #[serde(flatten)]
        happened: Happened,
    },
    /// A member was removed by another; perhaps the receiver.
    MemberRemoved {
        /// From which chat.
        #[schema(value_type = String)]
        chat: ChatId,
        /// Who.
        #[schema(value_type = i64)]
        account: AccountId,
        #[serde(flatten)]
        happened: Happened,
    },
    /// A member left; perhaps the receiver.
    MemberLeft {
        /// Which chat.
        #[schema(value_type = String)]
        chat: ChatId,
        /// Who.
        #[schema(value_type = i64)]
        account: AccountId,
        #[serde(flatten)]
        happened: Happened,
    },
    /// A member got another role or other rights.
    RoleChanged {
        /// In which chat.
        #[schema(value_type = String)]
        chat: ChatId,
        #[serde(flatten)]
        member: MemberView,
        #[serde(flatten)]
        happened: Happened,
    },
    /// The receiver's account has read a chat, on whatever device.
    ChatRead {
        /// Which.
        #[schema(value_type = String)]
        chat: ChatId,
        /// Up to and including this message.
        #[schema(value_type = i64)]
        up_to: MessageId,
        #[serde(flatten)]
        happened: Happened,
    },
    /// The receiver's account has another display name.
    ProfileChanged {
        #[serde(flatten)]
        name: NameView,
        #[serde(flatten)]
        happened: Happened,
    },
    /// A further device may act for the receiver's account.
    DeviceAuthorised {
        /// Which.
        #[schema(value_type = i64)]
        device: DeviceId,
        #[serde(flatten)]
        name: NameView,
        #[serde(flatten)]
        happened: Happened,
    },
    /// A device of the receiver's account was ended.
    DeviceEnded {
        /// Which.
        #[schema(value_type = i64)]
        device: DeviceId,
        #[serde(flatten)]
        happened: Happened,
    },
    /// The receiver's account asked for a username; `username_changed` or `username_refused` follows.
    UsernameRequested {
        #[serde(flatten)]
        username: UsernameView,
        #[serde(flatten)]
        happened: Happened,
    },
    /// The receiver's account has another username, or none.
    UsernameChanged {
        #[serde(flatten)]
        username: UsernameView,
        #[serde(flatten)]
        happened: Happened,
    },
    /// Somebody else has the username that the receiver's account asked for.
    UsernameRefused {
        #[serde(flatten)]
        happened: Happened,
    },
    /// The receiver's account has another as a contact, or calls it something else.
    ContactAdded {
        /// Which.
        #[schema(value_type = i64)]
        account: AccountId,
        #[serde(flatten)]
        name: NameView,
        #[serde(flatten)]
        happened: Happened,
    },
    /// The receiver's account has another as a contact no more.
    ContactRemoved {
        /// Which.
        #[schema(value_type = i64)]
        account: AccountId,
        #[serde(flatten)]
        happened: Happened,
    },
    /// The receiver's account has blocked another.
    Blocked {
        /// Which.
        #[schema(value_type = i64)]
        account: AccountId,
        #[serde(flatten)]
        happened: Happened,
    },
    /// The receiver's account blocks another no more.
    Unblocked {
        /// Which.
        #[schema(value_type = i64)]
        account: AccountId,
        #[serde(flatten)]
        happened: Happened,
    },
    /// Who may do what with the receiver's account is another.
    PrivacyChanged {
        /// All of it.
        privacy: PrivacyView,
        #[serde(flatten)]
        happened: Happened,
    },
    /// The receiver's account is an admin from now on.
    Promoted {
        #[serde(flatten)]
        happened: Happened,
    },
    /// It is none any more.
    Demoted {
        #[serde(flatten)]
        happened: Happened,
    },
    /// The receiver's account was kept from acting, until `restored`.
    Suspended {
        #[serde(flatten)]
        happened: Happened,
    },
    /// The receiver's account may act again.
    Restored {
        #[serde(flatten)]
        happened: Happened,
    },
    /// The receiver's account is to be erased, as it wishes.
    ErasureScheduled {
        /// From when on, in µs since 1970.
        #[schema(value_type = i64)]
        due_at: Timestamp,
        #[serde(flatten)]
        happened: Happened,
    },
    /// It thought better of it.
    ErasureCalledOff {
        #[serde(flatten)]
        happened: Happened,
    },
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
    /// Whose device asked for it; absent when the installation did, or an admin as such.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    pub(super) by: Option<AccountId>,
}

/// Declares what shows one sealed text: `null` with `"erased":true` once its key is gone, with `"unreadable":true` while it is lost.
macro_rules! sealed_view {
    ($(#[$doc:meta])* $name:ident, $field:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default, Serialize, ToSchema)]
        pub(crate) struct $name {
            /// The text; `null` when there is none, it is erased, or can't be read at present.
            pub(crate) $field: Option<String>,
            /// Its author's key is gone and the text with it.
            #[serde(skip_serializing_if = "std::ops::Not::not")]
            pub(crate) erased: bool,
            /// The server can't read the text at present; it is not gone.
            #[serde(skip_serializing_if = "std::ops::Not::not")]
            pub(crate) unreadable: bool,
        }

        impl $name {
            /// The text, or why it does not show. The default is no text.
            pub(crate) fn of($field: Result<String, Shut>) -> Self {
                Self {
                    erased: $field == Err(Shut::Erased),
                    unreadable: $field == Err(Shut::Unreadable),
                    $field: $field.ok(),
                }
            }
        }
    };
}

sealed_view!(
    /// A title; direct chats have none.
    TitleView, title
);
sealed_view!(
    /// A name.
    NameView, name
);
sealed_view!(
    /// A username, or none.
    UsernameView, username
);

impl Happened {
    /// When and by whom a fact came about.
    pub(super) fn of(fact: &Fact) -> Self {
        Self {
            at: fact.recorded_at,
            by: match &fact.by {
                // It is the installation that does it, whoever has it do so.
                Actor::Admin(..) => None,
                by => by.account(),
            },
        }
    }
}
