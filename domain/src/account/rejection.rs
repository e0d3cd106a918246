//! Why an account refuses a command.

use super::{BLOCKED_MAX, CONTACTS_MAX, DEVICES_MAX};
use crate::id::DeviceId;
use crate::time::Timestamp;

/// Why an account refuses a command.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The id is in use.
    #[error("the account exists already")]
    AlreadyExists,
    /// Nobody registered it.
    #[error("there is no such account")]
    NotFound,
    /// It is gone for everybody.
    #[error("the account was erased")]
    Erased,
    /// Another account's device asks, or a service or reactor for what only the account itself may do.
    #[error("this is not yours to do")]
    NotYours,
    /// The asking device's session has ended.
    #[error("this device's session has ended")]
    DeviceEnded,
    /// The operator or an admin keeps the account from acting.
    #[error("the account is suspended")]
    Suspended,
    /// The account has no such device; perhaps its session has ended.
    #[error("the account has no device {0}")]
    DeviceNotFound(DeviceId),
    /// One more would be too many.
    #[error("an account has at most {DEVICES_MAX} devices at a time")]
    TooManyDevices,
    /// All device ids are used up.
    #[error("the account can authorise no further device, ever")]
    DeviceIdsExhausted,
    /// The account does not want that username, or is not reached at that address (any more).
    #[error("the account does not want this name")]
    NotRequested,
    /// A factor is set and was not shown, or another one is asked for.
    #[error("a second factor that is set has to be shown: password, totp or recovery_code")]
    FactorNeeded,
    /// What is shown, or is to be changed, is not set.
    #[error("the account has no such second factor")]
    FactorNotSet,
    /// The profile of which parts are to be kept is not the account's any more: look again.
    #[error("the profile has changed meanwhile")]
    ProfileChanged,
    /// What is to prove an authenticator app's secret is no code of it.
    #[error("the code is not one of this secret")]
    WrongCode,
    /// What was shown was compared with former secrets: look again.
    #[error("the second factor has changed meanwhile")]
    FactorsChanged,
    /// Too many wrong factors were shown of late.
    #[error("too many wrong second factors; try again later")]
    TooManyTries {
        /// From when on one more may be shown.
        retry_at: Timestamp,
    },
    /// One has to be able to sign in.
    #[error("the last address that one signs in with stays; set another one first")]
    LastAddress,
    /// One address can't both be signed in with and be sent the code that makes up for a forgotten password.
    #[error("the address serves the account in another way; take another one")]
    SameAddress,
    /// No code is sent there when the password was forgotten (any more).
    #[error("this is not the account's recovery address")]
    NoRecovery,
    /// The account itself is meant, where only another makes sense.
    #[error("this is about another account, not oneself")]
    Oneself,
    /// One more would be too many.
    #[error("an account has at most {CONTACTS_MAX} contacts")]
    TooManyContacts,
    /// One more would be too many.
    #[error("an account blocks at most {BLOCKED_MAX} others")]
    TooManyBlocked,
    /// An admin is not suspended by an admin.
    #[error("the account is an admin: this is the operator's to do")]
    IsAdmin,
    /// Nobody asked for it, or its time has not come.
    #[error("the account is not to be erased now")]
    ErasureNotDue,
}

impl Rejection {
    /// The stable name that clients see.
    pub fn code(&self) -> &'static str {
        match self {
            Self::AlreadyExists => "account_already_exists",
            Self::NotFound => "account_not_found",
            Self::Erased => "account_erased",
            Self::NotYours => "not_yours",
            Self::DeviceEnded => "device_ended",
            Self::Suspended => "account_suspended",
            Self::DeviceNotFound(_) => "device_not_found",
            Self::TooManyDevices => "too_many_devices",
            Self::DeviceIdsExhausted => "device_ids_exhausted",
            Self::NotRequested => "username_not_requested",
            Self::FactorNeeded => "factor_needed",
            Self::FactorNotSet => "factor_not_set",
            Self::ProfileChanged => "profile_changed",
            Self::WrongCode => "wrong_code",
            Self::FactorsChanged => "factors_changed",
            Self::TooManyTries { .. } => "too_many_tries",
            Self::LastAddress => "last_address",
            Self::SameAddress => "same_address",
            Self::NoRecovery => "no_recovery_address",
            Self::Oneself => "oneself",
            Self::TooManyContacts => "too_many_contacts",
            Self::TooManyBlocked => "too_many_blocked",
            Self::IsAdmin => "account_is_admin",
            Self::ErasureNotDue => "erasure_not_due",
        }
    }
}
