//! The account itself, as its stream says: what it is called, where it is reached, its devices, whom it knows.

use std::collections::{BTreeMap, BTreeSet};

use domain::account::Event;
use domain::account::address::AddressUse;
use domain::account::event::{Address, ContactName, DeviceName, Profile, Username};
use domain::account::factor::Kind;
use domain::account::privacy::Privacy;
use domain::event;
use domain::fact::Fact;
use domain::id::{AccountId, DeviceId};
use domain::sealed::Sealed;
use domain::stream::Stream;
use domain::time::Timestamp;
use infra::commit::{self, Read};
use serde_json::{Value, json};

use super::Export;
use super::archive::Broken;
use crate::error::Error;
use crate::rendering::Opener;

/// An account's life so far.
#[derive(Debug, Default)]
struct Life {
    bot: bool,
    registered_at: Option<Timestamp>,
    profile: Option<Sealed<Profile>>,
    username: Option<Sealed<Username>>,
    addresses: BTreeMap<AddressUse, Sealed<Address>>,
    devices: BTreeMap<DeviceId, Device>,
    factors: BTreeSet<Kind>,
    contacts: BTreeMap<AccountId, Option<Sealed<ContactName>>>,
    blocked: BTreeMap<AccountId, Timestamp>,
    privacy: Privacy,
    admin: bool,
    suspended_at: Option<Timestamp>,
    erasure_due_at: Option<Timestamp>,
}

/// A device of it.
#[derive(Debug)]
struct Device {
    name: Sealed<DeviceName>,
    authorised_at: Timestamp,
    ended_at: Option<Timestamp>,
}

impl Export {
    /// Writes what the account is, and whom it knows.
    pub(super) async fn life(&mut self) -> Result<(), Broken> {
        let life = self.lived().await?;
        let gateway = self.gateway.clone();
        let (stream, keys) = (Stream::Account(self.me.account), &gateway.keys);
        let opener = Opener::for_accounts(keys, &[self.me.account]).await.map_err(Error::from)?;
        let about = json!({
            "version": 1,
            "position": self.until,
            "exported_at": gateway.clock.now(),
            "account": life.account(self.me.account, opener, &stream),
        });
        self.file("account.json", &about).await?;
        self.file("devices.json", &life.devices(opener, &stream)).await?;
        self.file("contacts.json", &life.contacts(opener, &stream)).await?;
        self.file("blocks.json", &life.blocks()).await?;
        self.file("privacy.json", &life.privacy).await
    }

    /// Reads the account's stream up to the position.
    async fn lived(&mut self) -> Result<Life, Broken> {
        let (stream, log) = (Stream::Account(self.me.account), self.gateway.log.clone());
        let (mut life, mut after) = (Life::default(), None);
        loop {
            self.may_go_on().await?;
            let page = log.page(&stream, after).await.map_err(Error::from)?;
            for record in page.records.iter().filter(|record| record.position <= self.until) {
                // What this program can't read, it can't tell.
                let facts = commit::decode(record).map_or_else(|_| Vec::new(), |commit| commit.facts);
                for read in &facts {
                    if let Read::Fact(fact) = read {
                        life.take(fact);
                    }
                }
            }
            after = page.records.last().map(|record| record.position);
            if !page.more || after >= Some(self.until) {
                return Ok(life);
            }
        }
    }
}

impl Life {
    fn take(&mut self, fact: &Fact) {
        let (event::Event::Account(event), at) = (&fact.event, fact.happened_at()) else {
            return;
        };
        match event {
            Event::Registered(registered) => {
                (self.bot, self.registered_at, self.profile) = (registered.bot, Some(at), Some(registered.profile.clone()));
            }
            Event::ProfileChanged(changed) => self.profile = Some(changed.profile.clone()),
            Event::UsernameChanged(changed) => self.username.clone_from(&changed.username),
            Event::DeviceAuthorised(authorised) => {
                let device = Device {
                    name: authorised.name.clone(),
                    authorised_at: at,
                    ended_at: None,
                };
                self.devices.insert(authorised.device, device);
            }
            Event::DeviceRenamed(renamed) => self.device(renamed.device, |device| device.name = renamed.name.clone()),
            Event::DeviceEnded(ended) => self.device(ended.device, |device| device.ended_at = Some(at)),
            Event::AddressAdded(added) => drop(self.addresses.insert(added.purpose, added.address.clone())),
            Event::AddressDropped(dropped) => drop(self.addresses.remove(&dropped.purpose)),
            Event::PasswordSet(_) => drop(self.factors.insert(Kind::Password)),
            Event::PasswordRemoved(_) => drop(self.factors.remove(&Kind::Password)),
            Event::TotpSet(_) => drop(self.factors.insert(Kind::Totp)),
            Event::TotpRemoved(_) => drop(self.factors.remove(&Kind::Totp)),
            Event::ContactAdded(added) => drop(self.contacts.insert(added.account, added.name.clone())),
            Event::ContactRemoved(removed) => drop(self.contacts.remove(&removed.account)),
            Event::Blocked(blocked) => drop(self.blocked.insert(blocked.account, at)),
            Event::Unblocked(unblocked) => drop(self.blocked.remove(&unblocked.account)),
            Event::PrivacyChanged(changed) => self.privacy = changed.privacy,
            Event::Promoted(_) => self.admin = true,
            Event::Demoted(_) => self.admin = false,
            Event::Suspended(_) => self.suspended_at = Some(at),
            Event::Restored(_) => self.suspended_at = None,
            Event::ErasureScheduled(scheduled) => self.erasure_due_at = Some(scheduled.due_at),
            Event::ErasureCalledOff(_) => self.erasure_due_at = None,
            Event::UsernameRequested(_)
            | Event::UsernameRefused(_)
            | Event::RecoveryCodesMade(_)
            | Event::FactorPassed(_)
            | Event::FactorFailed(_)
            | Event::ErasureBegun(_)
            | Event::Erased(_) => {}
        }
    }

    fn device(&mut self, device: DeviceId, change: impl FnOnce(&mut Device)) {
        self.devices.get_mut(&device).map(change);
    }

    fn account(&self, id: AccountId, opener: Opener<'_>, stream: &Stream) -> Value {
        let profile = self.profile.as_ref().and_then(|profile| opener.open(stream, profile).ok());
        let username = self.username.as_ref().and_then(|username| opener.open(stream, username).ok());
        let address = |(purpose, address): (&AddressUse, &Sealed<Address>)| {
            let address = opener.open(stream, address).ok().map(|address| address.address);
            json!({ "use": purpose, "address": address })
        };
        json!({
            "id": id,
            "name": profile.as_ref().map(|profile| &profile.name),
            "bio": profile.as_ref().and_then(|profile| profile.bio.as_ref()),
            "bot": self.bot,
            "username": username.map(|username| username.username),
            "created_at": self.registered_at,
            "addresses": self.addresses.iter().map(address).collect::<Vec<_>>(),
            "second_factors": self.factors,
            "admin": self.admin,
            "suspended_at": self.suspended_at,
            "erasure_due_at": self.erasure_due_at,
        })
    }

    fn devices(&self, opener: Opener<'_>, stream: &Stream) -> Vec<Value> {
        let device = |(id, device): (&DeviceId, &Device)| {
            let name = opener.open(stream, &device.name).ok();
            json!({
                "device": id,
                "name": name.as_ref().map(|name| &name.name),
                "platform": name.as_ref().and_then(|name| name.platform.as_ref()),
                "authorised_at": device.authorised_at,
                "ended_at": device.ended_at,
            })
        };
        self.devices.iter().map(device).collect()
    }

    fn contacts(&self, opener: Opener<'_>, stream: &Stream) -> Vec<Value> {
        let contact = |(id, name): (&AccountId, &Option<Sealed<ContactName>>)| {
            let name = name.as_ref().and_then(|name| opener.open(stream, name).ok());
            json!({ "account": id, "name": name.map(|name| name.name) })
        };
        self.contacts.iter().map(contact).collect()
    }

    fn blocks(&self) -> Vec<Value> {
        let blocked = |(account, at): (&AccountId, &Timestamp)| json!({ "account": account, "blocked_at": at });
        self.blocked.iter().map(blocked).collect()
    }
}
