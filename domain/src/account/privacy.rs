//! Who may do what with an account.

use serde::{Deserialize, Serialize};

/// Who may.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Allowed {
    /// Everybody who is not blocked.
    #[default]
    Everybody,
    /// The account's contacts: those that it added itself.
    Contacts,
    /// Nobody.
    Nobody,
}

/// Who may do what with an account; everybody everything, unless it says otherwise.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Privacy {
    /// Find it by its phone number.
    pub find_by_phone: Allowed,
    /// Write to it.
    pub write: Allowed,
    /// See when it was last seen.
    pub last_seen: Allowed,
    /// Add it to groups.
    pub add_to_groups: Allowed,
    /// Tell that it wrote what they forward.
    #[serde(skip_serializing_if = "Allowed::is_everybody")]
    pub forwards: Allowed,
}

/// Who may do what from now on; what is absent stays as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Find the account by its phone number.
    pub find_by_phone: Option<Allowed>,
    /// Write to it.
    pub write: Option<Allowed>,
    /// See when it was last seen.
    pub last_seen: Option<Allowed>,
    /// Add it to groups.
    pub add_to_groups: Option<Allowed>,
    /// Tell that the account wrote what they forward.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forwards: Option<Allowed>,
}

impl Allowed {
    /// Whether it is what holds where nothing was said.
    pub fn is_everybody(&self) -> bool {
        *self == Self::Everybody
    }
}

impl Privacy {
    /// Of an account that is gone: nobody may anything.
    pub const GONE: Self = Self {
        find_by_phone: Allowed::Nobody,
        write: Allowed::Nobody,
        last_seen: Allowed::Nobody,
        add_to_groups: Allowed::Nobody,
        forwards: Allowed::Nobody,
    };

    /// What it has become after a change.
    #[must_use]
    pub fn after(self, change: Change) -> Self {
        Self {
            find_by_phone: change.find_by_phone.unwrap_or(self.find_by_phone),
            write: change.write.unwrap_or(self.write),
            last_seen: change.last_seen.unwrap_or(self.last_seen),
            add_to_groups: change.add_to_groups.unwrap_or(self.add_to_groups),
            forwards: change.forwards.unwrap_or(self.forwards),
        }
    }
}
