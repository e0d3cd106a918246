//! What is to be done next by whoever signs in.

use domain::id::{AccountId, DeviceId};
use domain::time::Timestamp;
use projections::updates::EPOCH;
use serde::Serialize;
use utoipa::ToSchema;

use crate::sequence::Cursor;

/// What is to be done next.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "next", rename_all = "snake_case")]
pub(crate) enum Step {
    /// No account is reached there yet: say what it is to be called, by the same request with `name`.
    Name {
        /// Until then, in µs since 1970.
        #[schema(value_type = i64)]
        expires_at: Timestamp,
    },
    /// Show the account's second factors, one after the other.
    Factors {
        /// The password; absent when none is set, or it was shown.
        #[serde(skip_serializing_if = "Option::is_none")]
        password: Option<PasswordWanted>,
        /// Whether a time-based one-time password is asked for, or a recovery code in its place.
        totp: bool,
        /// Until then, in µs since 1970.
        #[schema(value_type = i64)]
        expires_at: Timestamp,
    },
    /// Nothing: the device is let in.
    Done {
        /// Into which account.
        #[schema(value_type = i64)]
        account: AccountId,
        /// Which of its devices it is.
        #[schema(value_type = i64)]
        device: DeviceId,
        /// Its token, told this once; `null` when the step is repeated.
        token: Option<String>,
        /// Whether the device was let in before, by the same sign-in.
        repeated: bool,
        /// Where its updates begin.
        cursor: Place,
    },
}

/// A password that is asked for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PasswordWanted {
    /// What its owner is reminded by; absent without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hint: Option<String>,
    /// Whether it can be removed by a code that is sent to the account's recovery address.
    pub(super) recovery: bool,
}

/// A place in a device's updates.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Place {
    /// Of which numbering.
    epoch: i64,
    /// An update's number; 0: before the first.
    seq: i64,
    /// When that update was recorded, in µs since 1970; absent before the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    at: Option<Timestamp>,
}

impl From<Cursor> for Place {
    fn from(Cursor { seq, at }: Cursor) -> Self {
        Self { epoch: EPOCH, seq, at }
    }
}
