//! One line of an import: who did what, when.

use domain::account::event::Profile;
use domain::account::{self, NameText};
use domain::chat::command::{Edit, Send};
use domain::chat::{self, Body, TitleText};
use domain::id::{AccountId, ChatId, CommandId, MessageId};
use domain::time::Timestamp;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::error::Error;
use crate::extract::objects;
use crate::rendering::{Entity, EntityShape};

/// Something that happened elsewhere.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Operation {
    /// The same for the same thing whenever it is imported: a `UUIDv5` of where it comes from serves well. The command's id in the log is
    /// made from it.
    #[schema(value_type = String)]
    pub(super) id: CommandId,
    /// When it happened, in µs since 1970; absent: now.
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    pub(super) at: Option<Timestamp>,
    /// Whose deed it is; everything but `register` has one.
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    pub(super) by: Option<AccountId>,
    /// In which group; absent with `register`, `call` and `create`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub(super) chat: Option<ChatId>,
    /// What was done.
    #[serde(rename = "do")]
    pub(super) deed: Deed,
}

/// What was done.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Deed {
    /// An account came into being.
    Register {
        /// Its display name: 1 to 64 characters.
        name: String,
        /// Whether it is a bot.
        #[serde(default)]
        bot: bool,
    },
    /// `by` changed its display name.
    Call {
        /// The display name from then on.
        name: String,
        /// Nothing is changed where the account has a name since a later time than `at`.
        #[serde(default)]
        unless_later: bool,
    },
    /// `by` created a group and owns it.
    Create {
        /// 1 to 128 characters.
        title: String,
    },
    /// The group got another title.
    Retitle {
        /// 1 to 128 characters.
        title: String,
    },
    /// `by` joined.
    Join,
    /// `by` added somebody.
    Add {
        /// Whom.
        #[schema(value_type = i64)]
        account: AccountId,
    },
    /// `by` removed another.
    Remove {
        /// Whom.
        #[schema(value_type = i64)]
        account: AccountId,
    },
    /// `by` left.
    Leave,
    /// `by`, a member, said something.
    Send {
        /// 1 to 4,096 characters.
        text: String,
        /// At most 100 ranges.
        #[serde(default, deserialize_with = "objects")]
        #[schema(value_type = Option<Vec<EntityShape>>)]
        entities: Vec<Entity>,
        /// What it answers.
        #[serde(default)]
        #[schema(value_type = Option<Object>)]
        reply_to: Option<Target>,
    },
    /// `by` replaced the text of an own message.
    Edit {
        /// Which.
        #[schema(value_type = Object)]
        message: Target,
        /// 1 to 4,096 characters.
        text: String,
        /// At most 100 ranges.
        #[serde(default, deserialize_with = "objects")]
        #[schema(value_type = Option<Vec<EntityShape>>)]
        entities: Vec<Entity>,
    },
}

/// A message: its id, or the id of the operation of the same request that sent it.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(untagged)]
pub(crate) enum Target {
    /// By its number in the chat.
    Message(MessageId),
    /// By what sent it.
    Sent(CommandId),
}

/// An operation as commands.
#[derive(Debug)]
pub(super) enum Wanted {
    /// A new account.
    Register(account::Command),
    /// Something of an account.
    Account(AccountId, account::Command),
    /// A new group, whose owner is this.
    Create(AccountId, chat::Command),
    /// Something of a chat.
    Chat(AccountId, ChatId, chat::Command),
}

impl Operation {
    /// The operation that has to be done before this one can be begun.
    pub(super) fn awaits(&self) -> Option<CommandId> {
        match &self.deed {
            Deed::Send {
                reply_to: Some(Target::Sent(command)),
                ..
            }
            | Deed::Edit {
                message: Target::Sent(command),
                ..
            } => Some(*command),
            _ => None,
        }
    }

    /// The accounts that have to exist: whose deed it is, the two of a direct chat, and whom it adds.
    pub(super) fn needs(&self) -> Vec<AccountId> {
        let sides = match self.chat {
            Some(ChatId::Direct(one, other)) => vec![one, other],
            Some(ChatId::Group(_) | ChatId::Channel(_)) | None => Vec::new(),
        };
        let added = match &self.deed {
            Deed::Add { account } => Some(*account),
            Deed::Register { .. }
            | Deed::Call { .. }
            | Deed::Create { .. }
            | Deed::Retitle { .. }
            | Deed::Join
            | Deed::Remove { .. }
            | Deed::Leave
            | Deed::Send { .. }
            | Deed::Edit { .. } => None,
        };
        sides.into_iter().chain(self.by).chain(added).collect()
    }

    /// What is wanted; `awaited` is the message of the operation that it awaits, `present` the profile of whoever is called otherwise.
    /// An answer to what could not be sent answers nothing.
    pub(super) fn wanted(self, awaited: Option<MessageId>, present: Profile) -> Result<Wanted, Error> {
        let (author, group) = (self.by, self.chat);
        let by = || author.ok_or_else(|| missing("by"));
        let in_chat = |payload| Ok(Wanted::Chat(by()?, group.ok_or_else(|| missing("chat"))?, payload));
        let found = |target| match target {
            Target::Message(message) => Some(message),
            Target::Sent(_) => awaited,
        };
        match self.deed {
            Deed::Register { name, bot } => {
                let (name, address) = (named(&name)?, None);
                Ok(Wanted::Register(account::Command::Register { bot, name, address }))
            }
            Deed::Call { name, .. } => {
                let change = account::Command::ChangeProfile {
                    name: Some(named(&name)?),
                    bio: None,
                    present,
                    read_from: None,
                };
                Ok(Wanted::Account(by()?, change))
            }
            Deed::Create { title } => {
                let (title, members) = (titled(&title)?, Vec::new());
                Ok(Wanted::Create(
                    by()?,
                    chat::Command::Create(chat::command::Create {
                        title,
                        members,
                        description: None,
                    }),
                ))
            }
            Deed::Retitle { title } => in_chat(chat::Command::Rename { title: titled(&title)? }),
            Deed::Join => in_chat(chat::Command::Add { account: by()? }),
            Deed::Add { account } => in_chat(chat::Command::Add { account }),
            Deed::Remove { account } => in_chat(chat::Command::Remove { account }),
            Deed::Leave => in_chat(chat::Command::Leave),
            Deed::Send { text, entities, reply_to } => {
                let (body, reply_to) = (Body::parse(&text, entities)?, reply_to.and_then(found));
                in_chat(chat::Command::Send(Send {
                    reply_to,
                    ..Send::plain(body)
                }))
            }
            Deed::Edit { message, text, entities } => {
                let message = found(message).ok_or_else(|| Error::InvalidRequest("message: it was not sent".to_owned()))?;
                let body = Body::parse(&text, entities)?;
                in_chat(chat::Command::Edit(Edit::plain(message, body)))
            }
        }
    }
}

fn missing(field: &str) -> Error {
    Error::InvalidRequest(format!("{field}: missing"))
}

pub(super) fn named(text: &str) -> Result<NameText, Error> {
    NameText::parse(text).map_err(|invalid| Error::Text("name", invalid))
}

fn titled(text: &str) -> Result<TitleText, Error> {
    TitleText::parse(text).map_err(|invalid| Error::Text("title", invalid))
}
