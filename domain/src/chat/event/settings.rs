//! What happens to a group's settings.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::chat::content::{Description, Title};
use crate::chat::permission::Permission;
use crate::chat::slow_mode::SlowMode;
use crate::id::MessageId;
use crate::sealed::Sealed;

/// A group got another title.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renamed {
    /// The service message that it is.
    #[serde(default, rename = "message_id", skip_serializing_if = "Option::is_none")]
    pub message: Option<MessageId>,
    /// The new title, sealed with the key of who gave it.
    #[serde(rename = "sealed")]
    pub title: Sealed<Title>,
}

/// A group says something else of itself, or nothing any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Described {
    /// The new description, sealed with the key of who gave it; absent: there is none.
    #[serde(default, rename = "sealed", skip_serializing_if = "Option::is_none")]
    pub description: Option<Sealed<Description>>,
}

/// Members may do something else than before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PermissionsChanged {
    /// What members may not do.
    pub denied: BTreeSet<Permission>,
}

/// Members wait longer or shorter between two messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlowModeChanged {
    /// How long, in seconds; 0: not at all.
    pub seconds: SlowMode,
}

/// What is said may be carried elsewhere, or may not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProtectionChanged {
    /// Whether nothing may be forwarded or quoted elsewhere.
    pub protected: bool,
}
