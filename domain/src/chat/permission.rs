//! What members of a group may do, unless the group or a restriction denies it.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::Right;

/// What a member may do, unless it is denied; the owner and admins may in any case what their role includes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// Send messages and edit them.
    Write,
    /// React to messages.
    React,
    /// Add members.
    AddMembers,
    /// Change the title and the description.
    ChangeInfo,
    /// Pin messages.
    PinMessages,
}

impl Permission {
    /// Every permission.
    pub const ALL: [Self; 5] = [Self::Write, Self::React, Self::AddMembers, Self::ChangeInfo, Self::PinMessages];

    /// What is denied in a group that says nothing else.
    pub fn denied_at_first() -> BTreeSet<Self> {
        BTreeSet::from([Self::AddMembers, Self::ChangeInfo, Self::PinMessages])
    }

    /// The right by which an admin may all the same; `None`: every admin may.
    pub(super) fn right(self) -> Option<Right> {
        match self {
            Self::Write | Self::React => None,
            Self::AddMembers => Some(Right::AddMembers),
            Self::ChangeInfo => Some(Right::ChangeInfo),
            Self::PinMessages => Some(Right::PinMessages),
        }
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Write => "write",
            Self::React => "react",
            Self::AddMembers => "add members",
            Self::ChangeInfo => "change the title",
            Self::PinMessages => "pin messages",
        })
    }
}
