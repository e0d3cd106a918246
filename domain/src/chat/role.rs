//! Who may do what in a group.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

/// A member's role. Stored as `"owner"`, `"member"` or `{"admin":["change_info", …]}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// May do everything; each group has at most one.
    Owner,
    /// A member with rights over others.
    Admin(BTreeSet<Right>),
    /// May write.
    Member,
}

/// What an admin may be allowed to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Right {
    /// Change the title, the description and whether what is said may be carried elsewhere.
    ChangeInfo,
    /// Add members.
    AddMembers,
    /// Remove members who are not admins.
    RemoveMembers,
    /// Delete anybody's messages.
    DeleteMessages,
    /// Make others admins, with at most one's own rights.
    Promote,
    /// Pin messages and take them down.
    PinMessages,
    /// Make, change and revoke invite links.
    ManageLinks,
    /// Ban and restrict members, say what members may do, answer requests to join.
    RestrictMembers,
    /// Post in a channel.
    PostMessages,
    /// Edit what was posted in a channel.
    EditMessages,
}

impl Right {
    /// Every right.
    pub const ALL: [Self; 10] = [
        Self::ChangeInfo,
        Self::AddMembers,
        Self::RemoveMembers,
        Self::DeleteMessages,
        Self::Promote,
        Self::PinMessages,
        Self::ManageLinks,
        Self::RestrictMembers,
        Self::PostMessages,
        Self::EditMessages,
    ];
}

impl Role {
    /// Whether the role includes the right.
    pub fn may(&self, right: Right) -> bool {
        match self {
            Self::Owner => true,
            Self::Admin(rights) => rights.contains(&right),
            Self::Member => false,
        }
    }

    /// Whether it is the owner's or an admin's.
    pub fn leads(&self) -> bool {
        match self {
            Self::Owner | Self::Admin(_) => true,
            Self::Member => false,
        }
    }
}

impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ChangeInfo => "change the title",
            Self::AddMembers => "add members",
            Self::RemoveMembers => "remove members",
            Self::DeleteMessages => "delete others' messages",
            Self::Promote => "change roles",
            Self::PinMessages => "pin messages",
            Self::ManageLinks => "manage invite links",
            Self::RestrictMembers => "restrict members",
            Self::PostMessages => "post messages",
            Self::EditMessages => "edit posts",
        })
    }
}
