//! What happens to an account.

use serde::{Deserialize, Serialize};

use crate::id::{DeviceId, NameKey};
use crate::sealed::{Sealed, SealedPart};

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

/// What an account is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// The display name.
    pub name: String,
}

/// A device may act for the account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceAuthorised {
    /// Which.
    pub device: DeviceId,
    /// SHA-256 of its token, lower-case hex.
    pub token: TokenHash,
    /// What its owner calls it.
    #[serde(rename = "sealed")]
    pub name: Sealed<DeviceName>,
}

/// SHA-256 of a device's token, in lower-case hex.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TokenHash(pub String);

/// What a device is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceName {
    /// The name.
    pub name: String,
}

/// A device's session ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceEnded {
    /// Which.
    pub device: DeviceId,
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

impl Event {
    /// The event's sealed part, if it has one.
    pub fn sealed_mut(&mut self) -> Option<&mut dyn SealedPart> {
        match self {
            Self::Registered(registered) => Some(&mut registered.profile),
            Self::ProfileChanged(changed) => Some(&mut changed.profile),
            Self::DeviceAuthorised(authorised) => Some(&mut authorised.name),
            Self::UsernameRequested(requested) => Some(&mut requested.username),
            Self::UsernameChanged(changed) => changed.username.as_mut().map(|username| username as &mut dyn SealedPart),
            Self::DeviceEnded(_) | Self::UsernameRefused(_) => None,
        }
    }
}
