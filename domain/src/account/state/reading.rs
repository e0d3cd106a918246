//! What may be asked of an account by whoever looks at it.

use std::collections::BTreeSet;

use super::{Account, Erasure, Factors, KeptAddress};
use crate::account::address::AddressUse;
use crate::account::event::Profile;
use crate::account::privacy::{Allowed, Privacy};
use crate::id::{AccountId, DeviceId, NameKey};
use crate::sealed::Sealed;

impl Account {
    /// Which.
    pub fn id(&self) -> AccountId {
        self.id
    }

    /// Whether it has been registered.
    pub fn exists(&self) -> bool {
        self.exists
    }

    /// What it is called; `None` before it is registered and once it is erased.
    pub fn profile(&self) -> Option<&Sealed<Profile>> {
        self.profile.as_ref()
    }

    /// Devices that may act for it now.
    pub fn devices(&self) -> &BTreeSet<DeviceId> {
        &self.active
    }

    /// The username in use.
    pub fn username(&self) -> Option<&NameKey> {
        self.username.as_ref()
    }

    /// Where it is reached for this use.
    pub fn address(&self, purpose: AddressUse) -> Option<&KeptAddress> {
        self.addresses.get(&purpose)
    }

    /// Everywhere it is reached.
    pub fn addresses(&self) -> impl Iterator<Item = (AddressUse, &KeptAddress)> {
        self.addresses.iter().map(|(purpose, kept)| (*purpose, kept))
    }

    /// What is asked for beside the code, when a device signs in.
    pub fn factors(&self) -> &Factors {
        &self.factors
    }

    /// Whether it may administer the installation.
    pub fn is_admin(&self) -> bool {
        self.admin
    }

    /// Whether it is kept from acting.
    pub fn is_suspended(&self) -> bool {
        self.suspended
    }

    /// How far its erasure is, if it is to be erased.
    pub fn erasure(&self) -> Option<Erasure> {
        self.erasure
    }

    /// Whether it is gone for everybody.
    pub fn is_erased(&self) -> bool {
        matches!(self.erasure, Some(Erasure::Begun | Erasure::Finished))
    }

    /// Accounts that it has as contacts.
    pub fn contacts(&self) -> impl Iterator<Item = AccountId> {
        self.contacts.keys().copied()
    }

    /// Whether it has another account as a contact.
    pub fn has_as_contact(&self, other: AccountId) -> bool {
        self.contacts.contains_key(&other)
    }

    /// Accounts that it has blocked.
    pub fn blocked(&self) -> &BTreeSet<AccountId> {
        &self.blocked
    }

    /// Whether it has blocked another account.
    pub fn has_blocked(&self, other: AccountId) -> bool {
        self.blocked.contains(&other)
    }

    /// Who may do what with it.
    pub fn privacy(&self) -> Privacy {
        self.privacy
    }

    /// Whether another account is among those who may: it is not blocked, and neither is anybody once the account is erased.
    pub fn allows(&self, who: Allowed, other: AccountId) -> bool {
        let among = match who {
            Allowed::Everybody => true,
            Allowed::Contacts => self.has_as_contact(other),
            Allowed::Nobody => false,
        };
        other == self.id || (among && !self.has_blocked(other) && !self.is_erased())
    }
}
