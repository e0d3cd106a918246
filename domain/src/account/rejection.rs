//! Why an account refuses a command.

use crate::id::DeviceId;

/// Why an account refuses a command.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The id is in use.
    #[error("the account exists already")]
    AlreadyExists,
    /// Nobody registered it.
    #[error("there is no such account")]
    NotFound,
    /// Another account's device asks, or a service or reactor for what only the account itself may do.
    #[error("this is not yours to do")]
    NotYours,
    /// The asking device's session has ended.
    #[error("this device's session has ended")]
    DeviceEnded,
    /// The account never had that device.
    #[error("the account has no device {0}")]
    DeviceNotFound(DeviceId),
    /// One more would be too many.
    #[error("an account has at most {max} devices at a time", max = super::DEVICES_MAX)]
    TooManyDevices,
    /// All device ids are used up.
    #[error("the account can authorise no further device, ever")]
    DeviceIdsExhausted,
    /// The account does not want that username (any more).
    #[error("the account has not asked for this username")]
    NotRequested,
}

impl Rejection {
    /// The stable name that clients see.
    pub fn code(&self) -> &'static str {
        match self {
            Self::AlreadyExists => "account_already_exists",
            Self::NotFound => "account_not_found",
            Self::NotYours => "not_yours",
            Self::DeviceEnded => "device_ended",
            Self::DeviceNotFound(_) => "device_not_found",
            Self::TooManyDevices => "too_many_devices",
            Self::DeviceIdsExhausted => "device_ids_exhausted",
            Self::NotRequested => "username_not_requested",
        }
    }
}
