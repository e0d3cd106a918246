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
}
