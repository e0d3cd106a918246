//! An update as clients see it: what a device is told about one fact.

use std::sync::Arc;

use domain::event::Event;
use domain::fact::Fact;
use domain::id::{AccountId, ChatId, DeviceId, MessageId};
use domain::time::Timestamp;
use domain::{account, chat, inbox};
use projections::timeline;
use serde::Serialize;
use utoipa::ToSchema;

use super::Opener;
use super::chat::{ChatKind, MemberView};
use super::message::MessageView;

/// An update without its number. Over long polling each also has `seq`; the update that answers the
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
    },
    /// A message's text was replaced; as it is now.
    MessageEdited {
        /// Where.
        #[schema(value_type = String)]
        chat: ChatId,
        /// The message.
        message: MessageView,
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
    /// Something that this server can't tell in this version of the API. Counts like any other.
    Unsupported {
        #[serde(flatten)]
        happened: Happened,
    },
}

/// The body of an update whose fact this program can't read.
pub(crate) const UNSUPPORTED: &str = r#"{"type":"unsupported"}"#;

/// When, and by whom.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Happened {
    /// When, in µs since 1970.
    #[schema(value_type = i64)]
    at: Timestamp,
    /// Whose device asked for it; absent when the installation did.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    by: Option<AccountId>,
}

/// Declares what shows one sealed text: `null` with `"erased":true` once its key is gone.
macro_rules! sealed_view {
    ($(#[$doc:meta])* $name:ident, $field:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default, Serialize, ToSchema)]
        pub(crate) struct $name {
            /// The text; `null` when there is none or it is erased.
            pub(crate) $field: Option<String>,
            /// Its author's key is gone and the text with it.
            #[serde(skip_serializing_if = "std::ops::Not::not")]
            pub(crate) erased: bool,
        }

        impl $name {
            /// The text, `None` being erased. The default is no text, not erased.
            pub(crate) fn of($field: Option<String>) -> Self {
                Self { erased: $field.is_none(), $field }
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

impl Opener<'_> {
    /// The body of an update, from its fact alone.
    pub(crate) fn body(self, fact: &Fact) -> Arc<str> {
        json(&self.update(fact)).into()
    }

    /// The body of an update about a message that has changed since, or may have.
    pub(crate) fn current_body(self, fact: &Fact, current: &timeline::Message) -> String {
        let chat = current.chat;
        let message = self.message(current);
        json(&match &fact.event {
            Event::Chat(chat::Event::MessageSent(_)) => Update::MessageSent { chat, message },
            Event::Chat(chat::Event::MessageEdited(_)) => Update::MessageEdited {
                chat,
                message: message.of_edit(),
            },
            Event::Chat(_) | Event::Account(_) | Event::Inbox(_) | Event::Name(_) | Event::System(_) => self.update(fact),
        })
    }

    /// An update from its fact alone.
    fn update(self, fact: &Fact) -> Update {
        match &fact.event {
            Event::Chat(event) => match &fact.stream {
                domain::stream::Stream::Chat(chat) => self.chat(fact, *chat, event),
                _ => Update::Unsupported { happened: happened(fact) },
            },
            Event::Account(event) => self.account(fact, event),
            Event::Inbox(inbox::Event::Read(read)) => Update::ChatRead {
                chat: read.chat,
                up_to: read.up_to,
                happened: happened(fact),
            },
            Event::Name(_) | Event::System(_) => Update::Unsupported { happened: happened(fact) },
        }
    }

    fn chat(self, fact: &Fact, chat: ChatId, event: &chat::Event) -> Update {
        let happened = happened(fact);
        match event {
            chat::Event::Created(created) => Update::ChatCreated {
                chat,
                kind: ChatKind::of(chat),
                title: self.title(fact, created.title.as_ref()),
                members: created
                    .members
                    .iter()
                    .map(|member| MemberView::new(member.account, &member.role))
                    .collect(),
                happened,
            },
            chat::Event::Renamed(renamed) => Update::ChatRenamed {
                chat,
                title: self.title(fact, Some(&renamed.title)),
                happened,
            },
            chat::Event::MemberAdded(added) => Update::MemberAdded {
                chat,
                member: MemberView::new(added.account, &added.role),
                happened,
            },
            chat::Event::MemberRemoved(gone) => Update::MemberRemoved {
                chat,
                account: gone.account,
                happened,
            },
            chat::Event::MemberLeft(gone) => Update::MemberLeft {
                chat,
                account: gone.account,
                happened,
            },
            chat::Event::RoleChanged(changed) => Update::RoleChanged {
                chat,
                member: MemberView::new(changed.account, &changed.role),
                happened,
            },
            chat::Event::MessageSent(sent) => Update::MessageSent {
                chat,
                message: self.sent(fact, sent),
            },
            chat::Event::MessageEdited(edited) => Update::MessageEdited {
                chat,
                message: self.edited(fact, edited),
            },
            chat::Event::MessagesDeleted(deleted) => Update::MessagesDeleted {
                chat,
                messages: deleted.messages.clone(),
                happened,
            },
        }
    }

    fn account(self, fact: &Fact, event: &account::Event) -> Update {
        let happened = happened(fact);
        match event {
            account::Event::Registered(_) => Update::Unsupported { happened },
            account::Event::ProfileChanged(changed) => Update::ProfileChanged {
                name: NameView::of(self.open(&fact.stream, &changed.profile).map(|profile| profile.name)),
                happened,
            },
            account::Event::DeviceAuthorised(authorised) => Update::DeviceAuthorised {
                device: authorised.device,
                name: NameView::of(self.open(&fact.stream, &authorised.name).map(|name| name.name)),
                happened,
            },
            account::Event::DeviceEnded(ended) => Update::DeviceEnded {
                device: ended.device,
                happened,
            },
            account::Event::UsernameRequested(requested) => Update::UsernameRequested {
                username: UsernameView::of(self.open(&fact.stream, &requested.username).map(|name| name.username)),
                happened,
            },
            account::Event::UsernameChanged(changed) => Update::UsernameChanged {
                username: changed.username.as_ref().map_or_else(UsernameView::default, |username| {
                    UsernameView::of(self.open(&fact.stream, username).map(|name| name.username))
                }),
                happened,
            },
            account::Event::UsernameRefused(_) => Update::UsernameRefused { happened },
        }
    }

    fn title(self, fact: &Fact, title: Option<&domain::sealed::Sealed<chat::content::Title>>) -> TitleView {
        title.map_or_else(TitleView::default, |title| {
            TitleView::of(self.open(&fact.stream, title).map(|title| title.title))
        })
    }
}

fn json(update: &Update) -> String {
    serde_json::to_string(update).expect("updates are strings and numbers, which JSON can hold")
}

fn happened(fact: &Fact) -> Happened {
    Happened {
        at: fact.happened_at(),
        by: fact.by.account(),
    }
}
