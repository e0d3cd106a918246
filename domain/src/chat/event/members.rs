//! What happens to a chat's members: who comes, goes, is restricted or banned.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::chat::content::Title;
use crate::chat::permission::Permission;
use crate::chat::role::Role;
use crate::id::{AccountId, LinkId, MessageId};
use crate::sealed::Sealed;
use crate::time::Timestamp;

/// The chat came into being.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Created {
    /// Who is in it from the start, with their roles: both sides of a direct chat as members (one for
    /// saved messages), a group's creator as owner.
    pub members: Vec<MemberAdded>,
    /// A group's title; direct chats have none.
    #[serde(default, rename = "sealed", skip_serializing_if = "Option::is_none")]
    pub title: Option<Sealed<Title>>,
}

/// An account became a member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberAdded {
    /// Who.
    pub account: AccountId,
    /// As what.
    pub role: Role,
    /// The chat's last message at that time, if it had one: what was said before is not unread for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<MessageId>,
    /// The service message that it is; none of those who are there from the start.
    #[serde(default, rename = "message_id", skip_serializing_if = "Option::is_none")]
    pub message: Option<MessageId>,
    /// How many members there are then; absent with those who are there from the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// The invite link by which it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<LinkId>,
}

impl MemberAdded {
    /// One that is there when the chat comes into being.
    pub fn at_first(account: AccountId, role: Role) -> Self {
        Self {
            account,
            role,
            after: None,
            message: None,
            count: None,
            link: None,
        }
    }
}

/// An account is no longer a member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberGone {
    /// Who.
    pub account: AccountId,
    /// The service message that it is.
    #[serde(default, rename = "message_id", skip_serializing_if = "Option::is_none")]
    pub message: Option<MessageId>,
    /// How many members there are then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
}

/// A member's role changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleChanged {
    /// Whose.
    pub account: AccountId,
    /// The role from now on.
    pub role: Role,
}

/// A member may do less than others, or as much again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberRestricted {
    /// Who.
    pub account: AccountId,
    /// What it may not do; nothing: the restriction is lifted.
    pub denied: BTreeSet<Permission>,
    /// Until when; absent: for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// An account may not be in the group. Where it was, that it was removed is a fact of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberBanned {
    /// Who.
    pub account: AccountId,
    /// Until when; absent: for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// An account may be in the group again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberUnbanned {
    /// Who.
    pub account: AccountId,
}
