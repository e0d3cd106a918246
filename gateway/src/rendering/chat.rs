//! Chats and members as clients see them.

use std::collections::BTreeSet;

use domain::chat::{Permission, Right, Role};
use domain::id::{AccountId, ChatId};
use domain::time::Timestamp;
use projections::dialogs::Dialog;
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
    PostMessages,
    EditMessages,
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

/// What a group or a channel lets its members do, as one of them sees it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Rules)]
pub(crate) struct RulesView {
    /// What members of a group may not do; absent elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<PermissionName>>)]
    denied: Option<BTreeSet<Permission>>,
    /// Seconds that members of a group wait between two messages, 0: none; absent elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    slow_mode: Option<u32>,
    /// Nothing that is said may be forwarded.
    protected: bool,
    /// What the caller may not do besides, if it is restricted.
    #[serde(skip_serializing_if = "Option::is_none")]
    restricted: Option<RestrictionView>,
}

/// What the caller may not do beside what nobody may.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OwnRestriction)]
pub(crate) struct RestrictionView {
    /// What.
    #[schema(value_type = Vec<PermissionName>)]
    denied: BTreeSet<Permission>,
    /// Until when, in µs since 1970, which may be over; absent: for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    until: Option<Timestamp>,
}

impl RulesView {
    /// Those of a chat.
    pub(crate) fn of(row: &Dialog) -> Self {
        let is_group = matches!(row.chat, ChatId::Group(_));
        Self {
            denied: is_group.then(|| row.denied.clone()),
            slow_mode: is_group.then_some(row.slow_mode),
            protected: row.protected,
            restricted: row.restricted.as_ref().map(|restricted| RestrictionView {
                denied: restricted.denied.clone(),
                until: restricted.until,
            }),
        }
    }
}

/// What the caller is in a group or a channel, and what is allowed there.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Own)]
pub(crate) struct OwnView {
    /// What the caller is in it.
    role: RoleName,
    /// The caller's rights as an admin; absent for others.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<RightName>>)]
    rights: Option<BTreeSet<Right>>,
    #[serde(flatten)]
    rules: RulesView,
}

impl OwnView {
    /// In a chat with roles; `None`: both sides of a direct chat may do everything there.
    pub(crate) fn of(row: &Dialog) -> Option<Self> {
        // Who follows a channel is none of those that it knows.
        let (role, rights) = split(row.role.as_ref().unwrap_or(&Role::Member));
        let rules = RulesView::of(row);
        match row.chat {
            ChatId::Group(_) | ChatId::Channel(_) => Some(Self { role, rights, rules }),
            ChatId::Direct(..) => None,
        }
    }
}
