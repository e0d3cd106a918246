//! Who may do what with an account, as JSON.

use domain::account::privacy::{Allowed, Privacy};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Who may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Allowed)]
pub(crate) enum AllowedName {
    /// Everybody who is not blocked.
    Everybody,
    /// The account's contacts, unless they are blocked.
    Contacts,
    /// Nobody.
    Nobody,
}

/// Who may do what with an account.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[schema(as = Privacy)]
pub(crate) struct PrivacyView {
    /// Find it by its phone number.
    find_by_phone: AllowedName,
    /// Write to it.
    write: AllowedName,
    /// See when it was last seen.
    last_seen: AllowedName,
    /// Add it to groups.
    add_to_groups: AllowedName,
    /// Tell that it wrote what they forward.
    forwards: AllowedName,
}

impl From<AllowedName> for Allowed {
    fn from(name: AllowedName) -> Self {
        match name {
            AllowedName::Everybody => Self::Everybody,
            AllowedName::Contacts => Self::Contacts,
            AllowedName::Nobody => Self::Nobody,
        }
    }
}

impl From<Allowed> for AllowedName {
    fn from(allowed: Allowed) -> Self {
        match allowed {
            Allowed::Everybody => Self::Everybody,
            Allowed::Contacts => Self::Contacts,
            Allowed::Nobody => Self::Nobody,
        }
    }
}

impl From<Privacy> for PrivacyView {
    fn from(privacy: Privacy) -> Self {
        Self {
            find_by_phone: privacy.find_by_phone.into(),
            write: privacy.write.into(),
            last_seen: privacy.last_seen.into(),
            add_to_groups: privacy.add_to_groups.into(),
            forwards: privacy.forwards.into(),
        }
    }
}
