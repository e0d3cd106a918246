//! What somebody wants of an account.

use serde::Serialize;

use super::address::AddressUse;
use super::event::{Profile, TokenHash};
use super::factor::{PasswordSecret, Print, RecoveryCodes, Shown, TotpSecret};
use super::privacy::Change;
use super::{BioText, ContactNameText, DeviceNameText, NameText, PlatformText, UsernameText};
use crate::id::{AccountId, DeviceId, NameKey, SignInId};
use crate::sealed::Sealed;
use crate::sign_in::limits::Rate;
use crate::time::Timestamp;

/// Something somebody wants of an account.
#[derive(Debug, Clone, Serialize)]
pub enum Command {
    /// Bring the account into being.
    Register {
        /// Whether it is a bot.
        bot: bool,
        /// Its display name.
        name: NameText,
        /// Where it is reached from the beginning: of who signs in for the first time.
        #[serde(skip_serializing_if = "Option::is_none")]
        address: Option<NewAddress>,
    },
    /// Change the profile. In a digest it is called what it was when the name was all of it: imports are remembered for ever.
    #[serde(rename = "Rename")]
    ChangeProfile {
        /// The display name from now on, if it is to be another.
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<NameText>,
        /// What it says of itself from now on, if that is to be something else, or nothing.
        #[serde(skip_serializing_if = "Option::is_none")]
        bio: Option<Option<BioText>>,
        /// The profile as it is, for what of it is kept. Looked up when the command is sent, so no part of its digest.
        #[serde(skip)]
        present: Profile,
        /// What `present` was read from: an account that has another profile by now [refuses](super::Rejection::ProfileChanged), and nobody's
        /// change is lost. `None`: not compared, as by imports, whose changes follow each other before they are recorded.
        #[serde(skip)]
        read_from: Option<Sealed<Profile>>,
    },
    /// Let a further device act for the account; it gets the next device id.
    AuthoriseDevice {
        /// Of the token that was made for it. Drawn anew when the command is sent again, so no part of its digest.
        #[serde(skip)]
        token: TokenHash,
        /// What its owner calls it.
        name: DeviceNameText,
        /// What it runs on.
        #[serde(skip_serializing_if = "Option::is_none")]
        platform: Option<PlatformText>,
        /// The sign-in by which it is let in; all factors of the account must have been shown by it. `None`: the operator lets it in.
        #[serde(skip_serializing_if = "Option::is_none")]
        sign_in: Option<SignInId>,
    },
    /// Call a device something else.
    RenameDevice {
        /// Which.
        device: DeviceId,
        /// The name from now on.
        name: DeviceNameText,
        /// What it runs on.
        platform: Option<PlatformText>,
    },
    /// End a device's session.
    EndDevice {
        /// Which.
        device: DeviceId,
    },
    /// The installation's: end the session of a device that was not seen for too long.
    EndIdleDevice {
        /// Which.
        device: DeviceId,
    },
    /// End all sessions but the asking device's.
    EndOtherDevices,
    /// Ask for a username.
    RequestUsername {
        /// The name's key.
        name: NameKey,
        /// The name.
        username: UsernameText,
    },
    /// Give the username up.
    DropUsername,
    /// A reactor's, who asks before it claims a name: nothing happens where the account has asked for it, or goes by it.
    WantUsername {
        /// The name's key.
        name: NameKey,
    },
    /// A reactor's: the requested name was claimed; use it.
    AdoptUsername {
        /// The claimed name's key.
        name: NameKey,
        /// The claimed name, as sealed in the request.
        username: crate::sealed::Closed,
    },
    /// A reactor's: the requested name can't be had.
    RefuseUsername {
        /// The name's key.
        name: NameKey,
    },
    /// Be reached at an address whose possession was proved (`sign_in` of [`Purpose::Address`](crate::sign_in::event::Purpose)), instead of the
    /// former of the same use. The caller holds a claim on the name, unless the address is for recovery.
    SetAddress {
        /// The address.
        address: NewAddress,
        /// A factor, if any is set.
        shown: Option<Shown>,
        /// As configured; no part of the digest.
        #[serde(skip)]
        tries: Option<Rate>,
    },
    /// Be reached there no more; the last address that one signs in with stays.
    DropAddress {
        /// What it serves.
        purpose: AddressUse,
        /// A factor, if any is set.
        shown: Option<Shown>,
        /// As configured.
        #[serde(skip)]
        tries: Option<Rate>,
    },
    /// A reactor's, who asks before it claims an address's name once more: nothing happens where the account is reached there.
    WantAddress {
        /// The address's key.
        name: NameKey,
    },
    /// Have a password asked for; the first, or another.
    SetPassword {
        /// Salted anew when the command is sent again, so no part of its digest.
        #[serde(skip)]
        password: PasswordSecret,
        /// Of the password and its hint.
        print: Print,
        /// The present factor.
        shown: Option<Shown>,
        /// As configured.
        #[serde(skip)]
        tries: Option<Rate>,
    },
    /// Have no password asked for any more.
    RemovePassword {
        /// The present factor.
        shown: Option<Shown>,
        /// As configured.
        #[serde(skip)]
        tries: Option<Rate>,
    },
    /// The installation's: remove a forgotten password, for a sign-in that holds the recovery address, too.
    RecoverPassword {
        /// Which sign-in.
        sign_in: SignInId,
        /// The recovery address that it holds: the account may have another one by now.
        address: NameKey,
    },
    /// Have a time-based one-time password asked for; the first, or another. With its recovery codes.
    SetTotp {
        /// Its secret.
        #[serde(skip)]
        totp: TotpSecret,
        /// Of the secret.
        print: Print,
        /// The time step of the code that proves it; `None`: of no code of this time. That is so of a code that proved it some time ago,
        /// too: who sends the command again gets its first answer.
        #[serde(skip)]
        step: Option<i64>,
        /// Its recovery codes.
        #[serde(skip)]
        codes: RecoveryCodes,
        /// The present factor.
        shown: Option<Shown>,
        /// As configured.
        #[serde(skip)]
        tries: Option<Rate>,
    },
    /// Have none asked for any more.
    RemoveTotp {
        /// The present factor.
        shown: Option<Shown>,
        /// As configured.
        #[serde(skip)]
        tries: Option<Rate>,
    },
    /// Put new recovery codes in the place of the former.
    MakeRecoveryCodes {
        /// Theirs.
        #[serde(skip)]
        codes: RecoveryCodes,
        /// The present factor.
        shown: Option<Shown>,
        /// As configured.
        #[serde(skip)]
        tries: Option<Rate>,
    },
    /// The installation's: a sign-in shows a factor. Accepted whether it is right or wrong: the event says which.
    ShowFactor {
        /// Which sign-in.
        sign_in: SignInId,
        /// What it shows.
        shown: Shown,
        /// As configured.
        #[serde(skip)]
        tries: Option<Rate>,
    },
    /// Have another account as a contact, or call it something else.
    AddContact {
        /// Which.
        account: AccountId,
        /// What to call it.
        name: Option<ContactNameText>,
    },
    /// Have it as a contact no more.
    RemoveContact {
        /// Which.
        account: AccountId,
    },
    /// Block another account.
    Block {
        /// Which.
        account: AccountId,
    },
    /// Block it no more.
    Unblock {
        /// Which.
        account: AccountId,
    },
    /// Say who may do what.
    ChangePrivacy {
        /// What is different from now on.
        change: Change,
    },
    /// The operator's: let the account administer the installation.
    Promote,
    /// The operator's: let it do so no more.
    Demote,
    /// The operator's or an admin's: keep it from acting.
    Suspend,
    /// The operator's or an admin's: let it act again.
    Restore,
    /// Be erased, once `due_at` has come. Reckoned anew when the command is sent again, so no part of its digest.
    ScheduleErasure {
        /// When.
        #[serde(skip)]
        due_at: Timestamp,
        /// A factor, if any is set.
        shown: Option<Shown>,
        /// As configured.
        #[serde(skip)]
        tries: Option<Rate>,
    },
    /// Think better of it.
    CallOffErasure,
    /// The installation's, once it is due; or the operator's, at any time: the account and what it wrote are gone from here on.
    BeginErasure,
    /// A reactor's: its key is gone.
    FinishErasure,
}

/// An address whose possession was proved.
#[derive(Debug, Clone, Serialize)]
pub struct NewAddress {
    /// What it is to serve.
    pub purpose: AddressUse,
    /// The address's key.
    pub name: NameKey,
    /// In its canonical spelling.
    pub address: String,
}
