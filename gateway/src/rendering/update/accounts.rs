//! Updates about the receiver's own account.

use domain::account::address::AddressUse;
use domain::account::event::EndReason;
use domain::id::{AccountId, DeviceId};
use domain::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::rendering::PrivacyView;

use super::{AddressView, Happened, NameView, UsernameView};

/// An update about the receiver's account.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum AccountUpdate {
    /// The receiver's account has another profile.
    ProfileChanged {
        #[serde(flatten)]
        name: NameView,
        /// What it says of itself; `null` when that is nothing, erased, or can't be read at present.
        bio: Option<String>,
        #[serde(flatten)]
        happened: Happened,
    },
    /// A further device may act for the receiver's account.
    DeviceAuthorised {
        /// Which.
        #[schema(value_type = i64)]
        device: DeviceId,
        #[serde(flatten)]
        name: NameView,
        /// What it runs on, as it says itself; absent where that is not known.
        #[serde(skip_serializing_if = "Option::is_none")]
        platform: Option<String>,
        #[serde(flatten)]
        happened: Happened,
    },
    /// A device of the receiver's account was ended.
    DeviceEnded {
        /// Which.
        #[schema(value_type = i64)]
        device: DeviceId,
        /// Why, if nobody ended just this one: `idle`, `others`, `erasure`.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<String>)]
        reason: Option<EndReason>,
        #[serde(flatten)]
        happened: Happened,
    },
    /// A device of the receiver's account is called something else.
    DeviceRenamed {
        /// Which.
        #[schema(value_type = i64)]
        device: DeviceId,
        #[serde(flatten)]
        name: NameView,
        /// What it runs on, as it says itself; absent where that is not known.
        #[serde(skip_serializing_if = "Option::is_none")]
        platform: Option<String>,
        #[serde(flatten)]
        happened: Happened,
    },
    /// The receiver's account asked for a username; `username_changed` or `username_refused` follows.
    UsernameRequested {
        #[serde(flatten)]
        username: UsernameView,
        #[serde(flatten)]
        happened: Happened,
    },
    /// The receiver's account has another username, or none.
    UsernameChanged {
        #[serde(flatten)]
        username: UsernameView,
        #[serde(flatten)]
        happened: Happened,
    },
    /// Somebody else has the username that the receiver's account asked for.
    UsernameRefused {
        #[serde(flatten)]
        happened: Happened,
    },
    /// The receiver's account is reached at a further address.
    AddressAdded {
        /// What it serves: `phone`, `email` or `recovery`.
        #[serde(rename = "use")]
        #[schema(value_type = String)]
        purpose: AddressUse,
        #[serde(flatten)]
        address: AddressView,
        #[serde(flatten)]
        happened: Happened,
    },
    /// The receiver's account is not reached there any more.
    AddressDropped {
        /// What it serves: `phone`, `email` or `recovery`.
        #[serde(rename = "use")]
        #[schema(value_type = String)]
        purpose: AddressUse,
        #[serde(flatten)]
        happened: Happened,
    },
    /// A password is asked for from now on when a device signs in; the first, or another one.
    PasswordSet {
        #[serde(flatten)]
        happened: Happened,
    },
    /// No password is asked for any more.
    PasswordRemoved {
        /// Whether that was by a code sent to the recovery address.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        recovered: bool,
        #[serde(flatten)]
        happened: Happened,
    },
    /// A time-based one-time password is asked for from now on when a device signs in; the first, or another one.
    TotpSet {
        #[serde(flatten)]
        happened: Happened,
    },
    /// No time-based one-time password is asked for any more.
    TotpRemoved {
        #[serde(flatten)]
        happened: Happened,
    },
    /// New recovery codes took the place of all former ones.
    RecoveryCodesMade {
        /// How many.
        count: u32,
        #[serde(flatten)]
        happened: Happened,
    },
    /// The receiver's account has another as a contact, or calls it something else.
    ContactAdded {
        /// Which.
        #[schema(value_type = i64)]
        account: AccountId,
        #[serde(flatten)]
        name: NameView,
        #[serde(flatten)]
        happened: Happened,
    },
    /// Another account is no contact of the receiver's any more.
    ContactRemoved {
        /// Which.
        #[schema(value_type = i64)]
        account: AccountId,
        #[serde(flatten)]
        happened: Happened,
    },
    /// The receiver's account has blocked another.
    Blocked {
        /// Which.
        #[schema(value_type = i64)]
        account: AccountId,
        #[serde(flatten)]
        happened: Happened,
    },
    /// The receiver's account has blocked another no more.
    Unblocked {
        /// Which.
        #[schema(value_type = i64)]
        account: AccountId,
        #[serde(flatten)]
        happened: Happened,
    },
    /// Who may do what with the receiver's account is another.
    PrivacyChanged {
        /// All of it: for `find_by_phone`, `write`, `last_seen` and `add_to_groups`, who may: `everybody`, `contacts` or `nobody`.
        #[schema(value_type = Object)]
        privacy: PrivacyView,
        #[serde(flatten)]
        happened: Happened,
    },
    /// The receiver's account may administer the installation.
    Promoted {
        #[serde(flatten)]
        happened: Happened,
    },
    /// The receiver's account may administer the installation no more.
    Demoted {
        #[serde(flatten)]
        happened: Happened,
    },
    /// The receiver's account is kept from acting.
    Suspended {
        #[serde(flatten)]
        happened: Happened,
    },
    /// The receiver's account may act again.
    Restored {
        #[serde(flatten)]
        happened: Happened,
    },
    /// The receiver's account asked to be erased.
    ErasureScheduled {
        /// When that begins, in µs since 1970, unless the account thinks better of it.
        #[schema(value_type = i64)]
        due_at: Timestamp,
        #[serde(flatten)]
        happened: Happened,
    },
    /// The receiver's account thought better of it.
    ErasureCalledOff {
        #[serde(flatten)]
        happened: Happened,
    },
    /// The receiver's account is erased.
    ErasureBegun {
        #[serde(flatten)]
        happened: Happened,
    },
}
