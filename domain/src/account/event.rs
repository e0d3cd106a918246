//! What happens to an account.

use serde::{Deserialize, Serialize};

use super::address::AddressUse;
use super::factor::{Factor, PasswordSecret, RecoveryCodes, TotpSecret};
use super::privacy::Privacy;
use crate::id::{AccountId, DeviceId, NameKey, SignInId};
use crate::sealed::{Parts, Sealed, SealedPart, nothing, one};
use crate::time::Timestamp;

/// Something that happened to an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
pub enum Event {
    /// The account came into being: the first event of its stream.
    #[serde(rename = "account.registered")]
    Registered(Registered),
    /// The account's profile changed.
    #[serde(rename = "account.profile_changed")]
    ProfileChanged(ProfileChanged),
    /// A device may act for the account from now on.
    #[serde(rename = "account.device_authorised")]
    DeviceAuthorised(DeviceAuthorised),
    /// A device's session ended.
    #[serde(rename = "account.device_ended")]
    DeviceEnded(DeviceEnded),
    /// The account wants a username; the name's own stream decides who gets it.
    #[serde(rename = "account.username_requested")]
    UsernameRequested(UsernameRequested),
    /// The account's username is another from now on, or none.
    #[serde(rename = "account.username_changed")]
    UsernameChanged(UsernameChanged),
    /// The wanted username could not be had.
    #[serde(rename = "account.username_refused")]
    UsernameRefused(UsernameRefused),
    /// A device is called something else from now on.
    #[serde(rename = "account.device_renamed")]
    DeviceRenamed(DeviceRenamed),
    /// The account is reached at a further phone number or e-mail address, whose possession was proved.
    #[serde(rename = "account.address_added")]
    AddressAdded(AddressAdded),
    /// The account is not reached there any more.
    #[serde(rename = "account.address_dropped")]
    AddressDropped(AddressDropped),
    /// A password is asked for from now on when a device signs in; the first, or another one.
    #[serde(rename = "account.password_set")]
    PasswordSet(PasswordSet),
    /// No password is asked for any more.
    #[serde(rename = "account.password_removed")]
    PasswordRemoved(FactorRemoved),
    /// A time-based one-time password (RFC 6238) is asked for from now on when a device signs in.
    #[serde(rename = "account.totp_set")]
    TotpSet(TotpSet),
    /// No time-based one-time password is asked for any more.
    #[serde(rename = "account.totp_removed")]
    TotpRemoved(FactorRemoved),
    /// New recovery codes take the place of all former ones.
    #[serde(rename = "account.recovery_codes_made")]
    RecoveryCodesMade(RecoveryCodesMade),
    /// A second factor was shown.
    #[serde(rename = "account.factor_passed")]
    FactorPassed(FactorPassed),
    /// A wrong one was.
    #[serde(rename = "account.factor_failed")]
    FactorFailed(FactorFailed),
    /// Another account is a contact of this one from now on, or is called something else.
    #[serde(rename = "account.contact_added")]
    ContactAdded(ContactAdded),
    /// Another account is no contact any more.
    #[serde(rename = "account.contact_removed")]
    ContactRemoved(ContactRemoved),
    /// Another account is blocked from now on.
    #[serde(rename = "account.blocked")]
    Blocked(Blocked),
    /// Another account is not blocked any more.
    #[serde(rename = "account.unblocked")]
    Unblocked(Blocked),
    /// Who may do what with this account is another from now on.
    #[serde(rename = "account.privacy_changed")]
    PrivacyChanged(PrivacyChanged),
    /// The account may administer the installation from now on.
    #[serde(rename = "account.promoted")]
    Promoted(Promoted),
    /// It may not any more.
    #[serde(rename = "account.demoted")]
    Demoted(Demoted),
    /// The operator or an admin keeps the account from acting.
    #[serde(rename = "account.suspended")]
    Suspended(Suspended),
    /// It may act again.
    #[serde(rename = "account.restored")]
    Restored(Restored),
    /// The account asks to be erased; until then it may think better of it.
    #[serde(rename = "account.erasure_scheduled")]
    ErasureScheduled(ErasureScheduled),
    /// It thought better of it.
    #[serde(rename = "account.erasure_called_off")]
    ErasureCalledOff(ErasureCalledOff),
    /// The logical boundary: from here on the account and what it wrote are gone for everybody. Its key goes next.
    #[serde(rename = "account.erasure_begun")]
    ErasureBegun(ErasureBegun),
    /// Its key is gone: the account's last event.
    #[serde(rename = "account.erased")]
    Erased(Erased),
}

/// The account came into being.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registered {
    /// Whether it is a bot.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub bot: bool,
    /// What it is called.
    #[serde(rename = "sealed")]
    pub profile: Sealed<Profile>,
}

/// The account's profile changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileChanged {
    /// The profile from now on.
    #[serde(rename = "sealed")]
    pub profile: Sealed<Profile>,
}

/// What an account is called, and what it says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// The display name.
    pub name: String,
    /// What it says of itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bio: Option<String>,
}

/// A device may act for the account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceAuthorised {
    /// Which.
    pub device: DeviceId,
    /// SHA-256 of its token, lower-case hex.
    pub token: TokenHash,
    /// The sign-in that authorised it; absent: the operator did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign_in: Option<SignInId>,
    /// What its owner calls it.
    #[serde(rename = "sealed")]
    pub name: Sealed<DeviceName>,
}

/// SHA-256 of a device's token, in lower-case hex.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TokenHash(pub String);

/// What a device is called, and what it runs on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceName {
    /// The name.
    pub name: String,
    /// What it runs on, as it says itself: "Android 16".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
}

/// A device's session ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceEnded {
    /// Which.
    pub device: DeviceId,
    /// Why, if nobody asked for just this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<EndReason>,
}

/// Why a device's session ended that nobody ended by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// It was not seen for too long.
    Idle,
    /// All others were ended at once.
    Others,
    /// The account was erased.
    Erasure,
}

/// The account wants a username.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsernameRequested {
    /// The name's key.
    pub name: NameKey,
    /// The name.
    #[serde(rename = "sealed")]
    pub username: Sealed<Username>,
}

/// A username, as its owner spells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Username {
    /// Without `@`.
    pub username: String,
}

/// The account's username changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsernameChanged {
    /// The new name's key; absent when the account has none from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<NameKey>,
    /// The former name's key, free again from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub former: Option<NameKey>,
    /// The new name.
    #[serde(default, rename = "sealed", skip_serializing_if = "Option::is_none")]
    pub username: Option<Sealed<Username>>,
}

/// The wanted username could not be had: somebody else has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsernameRefused {
    /// The name's key.
    pub name: NameKey,
}

/// A device is called something else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceRenamed {
    /// Which.
    pub device: DeviceId,
    /// What it is called from now on.
    #[serde(rename = "sealed")]
    pub name: Sealed<DeviceName>,
}

/// The account is reached at a further phone number or e-mail address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressAdded {
    /// What it serves.
    #[serde(rename = "use")]
    pub purpose: AddressUse,
    /// The address's key.
    pub name: NameKey,
    /// The address.
    #[serde(rename = "sealed")]
    pub address: Sealed<Address>,
}

/// A phone number or an e-mail address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// In E.164, or `local@domain`: in its canonical spelling.
    pub address: String,
}

/// The account is not reached there any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressDropped {
    /// What it served.
    #[serde(rename = "use")]
    pub purpose: AddressUse,
    /// The address's key.
    pub name: NameKey,
}

/// A password is asked for from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordSet {
    /// Its hash and hint.
    #[serde(rename = "sealed")]
    pub password: Sealed<PasswordSecret>,
}

/// A factor is not asked for any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactorRemoved {
    /// The sign-in which had it removed by a code sent to the recovery address; absent: a device did, showing a factor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovered_by: Option<SignInId>,
}

/// A time-based one-time password is asked for from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TotpSet {
    /// The time step of the code that proved it: that one and older ones are of no use any more.
    pub step: i64,
    /// Its shared secret.
    #[serde(rename = "sealed")]
    pub totp: Sealed<TotpSecret>,
}

/// New recovery codes take the place of all former ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoveryCodesMade {
    /// How many.
    pub count: u32,
    /// Their hashes.
    #[serde(rename = "sealed")]
    pub codes: Sealed<RecoveryCodes>,
}

/// A second factor was shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactorPassed {
    /// Which.
    pub factor: Factor,
    /// When.
    pub at: Timestamp,
    /// By this sign-in; absent: by a device, for a change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign_in: Option<SignInId>,
    /// The time step of a time-based one-time password: that one and older ones are of no use any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<i64>,
    /// The recovery code's index: it is of no use any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<u32>,
}

/// A wrong second factor was shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactorFailed {
    /// Which.
    pub factor: Factor,
    /// When.
    pub at: Timestamp,
    /// When all tries are there again: how the limit of tries is reckoned.
    pub tries_full_at: Timestamp,
    /// By this sign-in; absent: by a device, for a change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign_in: Option<SignInId>,
}

/// Another account is a contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactAdded {
    /// Which.
    pub account: AccountId,
    /// What this account calls it.
    #[serde(default, rename = "sealed", skip_serializing_if = "Option::is_none")]
    pub name: Option<Sealed<ContactName>>,
}

/// What an account calls a contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactName {
    /// The name.
    pub name: String,
}

/// Another account is no contact any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactRemoved {
    /// Which.
    pub account: AccountId,
}

/// Another account is blocked, or not any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blocked {
    /// Which.
    pub account: AccountId,
}

/// Who may do what with this account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrivacyChanged {
    /// All of it from now on.
    pub privacy: Privacy,
}

/// The account may administer the installation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promoted {}

/// It may not any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Demoted {}

/// The account is kept from acting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspended {}

/// It may act again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restored {}

/// The account asks to be erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasureScheduled {
    /// From when on it is erased, unless it thinks better of it.
    pub due_at: Timestamp,
}

/// It thought better of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasureCalledOff {}

/// From here on the account and what it wrote are gone for everybody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasureBegun {}

/// Its key is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {}

impl Event {
    /// The event's sealed parts, if it has any.
    pub fn sealed_parts_mut(&mut self) -> Parts<'_> {
        match self {
            Self::Registered(registered) => one(&mut registered.profile as &mut dyn SealedPart),
            Self::ProfileChanged(changed) => one(&mut changed.profile as &mut dyn SealedPart),
            Self::DeviceAuthorised(authorised) => one(&mut authorised.name as &mut dyn SealedPart),
            Self::UsernameRequested(requested) => one(&mut requested.username as &mut dyn SealedPart),
            Self::UsernameChanged(changed) => one(changed.username.as_mut().map(|username| username as &mut dyn SealedPart)),
            Self::DeviceRenamed(renamed) => one(&mut renamed.name as &mut dyn SealedPart),
            Self::AddressAdded(added) => one(&mut added.address as &mut dyn SealedPart),
            Self::PasswordSet(set) => one(&mut set.password as &mut dyn SealedPart),
            Self::TotpSet(set) => one(&mut set.totp as &mut dyn SealedPart),
            Self::RecoveryCodesMade(made) => one(&mut made.codes as &mut dyn SealedPart),
            Self::ContactAdded(added) => one(added.name.as_mut().map(|name| name as &mut dyn SealedPart)),
            Self::DeviceEnded(_)
            | Self::UsernameRefused(_)
            | Self::AddressDropped(_)
            | Self::PasswordRemoved(_)
            | Self::TotpRemoved(_)
            | Self::FactorPassed(_)
            | Self::FactorFailed(_)
            | Self::ContactRemoved(_)
            | Self::Blocked(_)
            | Self::Unblocked(_)
            | Self::PrivacyChanged(_)
            | Self::Promoted(_)
            | Self::Demoted(_)
            | Self::Suspended(_)
            | Self::Restored(_)
            | Self::ErasureScheduled(_)
            | Self::ErasureCalledOff(_)
            | Self::ErasureBegun(_)
            | Self::Erased(_) => nothing(),
        }
    }
}
