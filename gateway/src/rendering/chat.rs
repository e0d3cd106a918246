//! Chats and members as clients see them.

use std::collections::BTreeSet;

use domain::chat::{Right, Role};
use domain::id::{AccountId, ChatId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What kind of chat it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ChatKind {
    /// Two accounts.
    Direct,
    /// One account's saved messages.
    Saved,
    /// A group.
    Group,
    /// A channel.
    Channel,
}

impl ChatKind {
    /// The kind that an id says.
    pub(crate) fn of(chat: ChatId) -> Self {
        match chat {
            ChatId::Direct(low, high) if low == high => Self::Saved,
            ChatId::Direct(..) => Self::Direct,
            ChatId::Group(_) => Self::Group,
            ChatId::Channel(_) => Self::Channel,
        }
    }
}

/// The other side of a direct chat, as `me` sees it.
pub(crate) fn peer(chat: ChatId, me: AccountId) -> Option<AccountId> {
    match chat {
        ChatId::Direct(low, high) if low != high => Some(if low == me { high } else { low }),
        ChatId::Direct(..) | ChatId::Group(_) | ChatId::Channel(_) => None,
    }
}

/// A role's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RoleName {
    /// May do everything.
    Owner,
    /// Has the rights listed beside.
    Admin,
    /// May write.
    Member,
}

/// A right's name.
#[derive(Debug, ToSchema)]
#[schema(as = Right, rename_all = "snake_case")]
#[expect(dead_code, reason = "documents the names of `domain::chat::Right`, which knows nothing of OpenAPI")]
pub(crate) enum RightName {
    ChangeInfo,
    AddMembers,
    RemoveMembers,
    DeleteMessages,
    Promote,
    PinMessages,
    ManageLinks,
    RestrictMembers,
}

/// A permission's name.
#[derive(Debug, ToSchema)]
#[schema(as = Permission, rename_all = "snake_case")]
#[expect(
    dead_code,
    reason = "documents the names of `domain::chat::Permission`, which knows nothing of OpenAPI"
)]
pub(crate) enum PermissionName {
    Write,
    React,
    AddMembers,
    ChangeInfo,
    PinMessages,
}

/// A member of a chat with their role.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Member)]
pub(crate) struct MemberView {
    /// Who.
    #[schema(value_type = i64)]
    pub(crate) account: AccountId,
    /// As what.
    pub(crate) role: RoleName,
    /// An admin's rights; absent for others.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<RightName>>)]
    pub(crate) rights: Option<BTreeSet<Right>>,
}

impl MemberView {
    /// An account in a role.
    pub(crate) fn new(account: AccountId, role: &Role) -> Self {
        let (role, rights) = split(role);
        Self { account, role, rights }
    }
}

/// A role as its name and, for admins, their rights.
pub(crate) fn split(role: &Role) -> (RoleName, Option<BTreeSet<Right>>) {
    match role {
        Role::Owner => (RoleName::Owner, None),
        Role::Admin(rights) => (RoleName::Admin, Some(rights.clone())),
        Role::Member => (RoleName::Member, None),
    }
}
