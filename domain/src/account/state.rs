//! What an account remembers to decide on: its devices, names and addresses, its factors, whom it knows, and how it stands with the
//! installation. What a human wrote or is called it holds sealed.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::address::AddressUse;
use super::event::{Address, AddressAdded, AddressDropped, ContactAdded, DeviceAuthorised, Profile};
use super::privacy::Privacy;
use super::{Command, Event, Rejection, decide};
use crate::aggregate::{Aggregate, Context, Known};
use crate::event;
use crate::id::{AccountId, DeviceId, NameKey};
use crate::sealed::Sealed;
use crate::stream::Stream;
use crate::time::Timestamp;

pub mod factors;
mod reading;

use factors::Factors;

/// A person or a bot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Which.
    pub(super) id: AccountId,
    /// Whether it has been registered.
    pub(super) exists: bool,
    /// What it is called; `None` before it is registered and once it is erased.
    pub(super) profile: Option<Sealed<Profile>>,
    /// Devices that may act for it now.
    pub(super) active: BTreeSet<DeviceId>,
    /// The newest device id ever given.
    pub(super) last_device: Option<DeviceId>,
    /// The username in use.
    pub(super) username: Option<NameKey>,
    /// The username asked for and not yet had or refused; the newest request counts.
    pub(super) wanted: Option<NameKey>,
    /// Where it is reached.
    pub(super) addresses: BTreeMap<AddressUse, KeptAddress>,
    /// What is asked for beside the code, when a device signs in.
    pub(super) factors: Factors,
    /// Accounts that it has as contacts, and whether it calls them something of its own.
    pub(super) contacts: BTreeMap<AccountId, bool>,
    /// Accounts that it has blocked.
    pub(super) blocked: BTreeSet<AccountId>,
    /// Who may do what with it.
    pub(super) privacy: Privacy,
    /// Whether it may administer the installation.
    pub(super) admin: bool,
    /// Whether it is kept from acting.
    pub(super) suspended: bool,
    /// How far its erasure is, if it is to be erased.
    pub(super) erasure: Option<Erasure>,
}

/// Where an account is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptAddress {
    /// The address's key.
    pub name: NameKey,
    /// The address.
    pub address: Sealed<Address>,
}

/// How far an account's erasure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Erasure {
    /// It begins at this time, unless the account thinks better of it.
    Scheduled(Timestamp),
    /// The account is gone for everybody; its key goes next.
    Begun,
    /// Its key is gone.
    Finished,
}

impl Account {
    fn authorised(&mut self, authorised: &DeviceAuthorised) {
        self.active.insert(authorised.device);
        self.last_device = self.last_device.max(Some(authorised.device));
        if let Some(sign_in) = authorised.sign_in {
            self.factors.used(sign_in);
        }
    }

    fn reached_at(&mut self, added: &AddressAdded) {
        let (name, address) = (added.name.clone(), added.address.clone());
        self.addresses.insert(added.purpose, KeptAddress { name, address });
    }

    fn not_reached_at(&mut self, dropped: &AddressDropped) {
        if self.address(dropped.purpose).is_some_and(|kept| kept.name == dropped.name) {
            self.addresses.remove(&dropped.purpose);
        }
    }

    fn has_contact(&mut self, added: &ContactAdded) {
        self.contacts.insert(added.account, added.name.is_some());
    }

    /// Forgets all that is nobody's business any more.
    fn erased(&mut self) {
        *self = Self {
            exists: true,
            last_device: self.last_device,
            erasure: Some(Erasure::Begun),
            ..Self::new(self.id)
        };
    }
}

impl Aggregate for Account {
    type Id = AccountId;
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    const STATE_VERSION: u32 = 2;

    fn new(id: AccountId) -> Self {
        Self {
            id,
            exists: false,
            profile: None,
            active: BTreeSet::new(),
            last_device: None,
            username: None,
            wanted: None,
            addresses: BTreeMap::new(),
            factors: Factors::default(),
            contacts: BTreeMap::new(),
            blocked: BTreeSet::new(),
            privacy: Privacy::default(),
            admin: false,
            suspended: false,
            erasure: None,
        }
    }

    fn stream(id: &AccountId) -> Stream {
        Stream::Account(*id)
    }

    fn own(event: &event::Event) -> Option<&Event> {
        match event {
            event::Event::Account(event) => Some(event),
            event::Event::Chat(_)
            | event::Event::SignIn(_)
            | event::Event::Inbox(_)
            | event::Event::Name(_)
            | event::Event::Interactions(_)
            | event::Event::System(_) => None,
        }
    }

    fn decide(&self, context: &Context, command: &Command, _known: &Known) -> Result<Vec<Event>, Rejection> {
        decide::decide(self, context, command)
    }

    fn evolve(&mut self, event: &Event) {
        match event {
            Event::Registered(registered) => {
                self.exists = true;
                self.profile = Some(registered.profile.clone());
            }
            Event::ProfileChanged(changed) => self.profile = Some(changed.profile.clone()),
            Event::DeviceAuthorised(authorised) => self.authorised(authorised),
            Event::DeviceEnded(ended) => {
                self.active.remove(&ended.device);
            }
            Event::UsernameRequested(requested) => self.wanted = Some(requested.name.clone()),
            Event::UsernameChanged(changed) => {
                self.username.clone_from(&changed.name);
                self.wanted = None;
            }
            Event::UsernameRefused(refused) => drop(self.wanted.take_if(|wanted| *wanted == refused.name)),
            Event::AddressAdded(added) => self.reached_at(added),
            Event::AddressDropped(dropped) => self.not_reached_at(dropped),
            Event::PasswordSet(set) => self.factors.set_password(Some(&set.password)),
            Event::PasswordRemoved(_) => self.factors.set_password(None),
            Event::TotpSet(set) => self.factors.set_totp(Some(set)),
            Event::TotpRemoved(_) => self.factors.set_totp(None),
            Event::RecoveryCodesMade(made) => self.factors.set_codes(made),
            Event::FactorPassed(passed) => self.factors.passed(passed),
            Event::FactorFailed(failed) => self.factors.failed(failed),
            Event::ContactAdded(added) => self.has_contact(added),
            Event::ContactRemoved(removed) => {
                self.contacts.remove(&removed.account);
            }
            Event::Blocked(blocked) => {
                self.blocked.insert(blocked.account);
            }
            Event::Unblocked(unblocked) => {
                self.blocked.remove(&unblocked.account);
            }
            Event::PrivacyChanged(changed) => self.privacy = changed.privacy,
            Event::Promoted(_) => self.admin = true,
            Event::Demoted(_) => self.admin = false,
            Event::Suspended(_) => self.suspended = true,
            Event::Restored(_) => self.suspended = false,
            Event::ErasureScheduled(scheduled) => self.erasure = Some(Erasure::Scheduled(scheduled.due_at)),
            Event::ErasureCalledOff(_) => self.erasure = None,
            Event::ErasureBegun(_) => self.erased(),
            Event::Erased(_) => self.erasure = Some(Erasure::Finished),
            Event::DeviceRenamed(_) => {}
        }
    }

    fn size(&self) -> usize {
        // Collections' entries and what holds them together; a sealed text takes about as much as its longest neighbour.
        let entries = self.active.len() + self.contacts.len() + self.blocked.len();
        size_of::<Self>() + entries * 2 * size_of::<(AccountId, bool)>() + self.addresses.len() * 512 + self.factors.size()
    }
}
