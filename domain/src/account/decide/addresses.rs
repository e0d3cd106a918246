//! Where an account is reached: one address for each use.

use super::Decision;
use super::factors::Proof;
use crate::account::address::AddressUse;
use crate::account::command::NewAddress;
use crate::account::event::{Address, AddressAdded, AddressDropped};
use crate::account::{Account, Event, Rejection};
use crate::id::NameKey;
use crate::sealed::Sealed;

/// The former address of the same use is dropped: by a fact of its own, so that its name is released.
pub(super) fn set(account: &Account, address: &NewAddress, proof: Proof<'_>) -> Decision {
    if account.address(address.purpose).is_some_and(|kept| kept.name == address.name) {
        return Ok(Vec::new());
    }
    if serves_otherwise(account, address) {
        return Err(Rejection::SameAddress);
    }
    let former = dropped(account, address.purpose);
    proof.then(None, former.into_iter().chain([added(account, address)]))
}

/// Whoever holds the address that one signs in with must not thereby hold the one that a code is sent to when the password was forgotten.
fn serves_otherwise(account: &Account, address: &NewAddress) -> bool {
    let mut others = account.addresses().filter(|(purpose, _)| *purpose != address.purpose);
    others.any(|(_, kept)| kept.name == address.name)
}

pub(super) fn drop_it(account: &Account, purpose: AddressUse, proof: Proof<'_>) -> Decision {
    let Some(dropped) = dropped(account, purpose) else {
        return Ok(Vec::new());
    };
    let stays = match purpose {
        AddressUse::Phone => account.address(AddressUse::Email).is_some(),
        AddressUse::Email => account.address(AddressUse::Phone).is_some(),
        AddressUse::Recovery => true,
    };
    if !stays {
        return Err(Rejection::LastAddress);
    }
    proof.then(None, [dropped])
}

/// Where it is sent a code only when the password was forgotten, others may sign in.
pub(super) fn want(account: &Account, name: &NameKey) -> Decision {
    let mut reached = account.addresses().filter(|(purpose, _)| purpose.has_a_name());
    if reached.any(|(_, kept)| kept.name == *name) {
        Ok(Vec::new())
    } else {
        Err(Rejection::NotRequested)
    }
}

pub(super) fn drop_all(account: &Account) -> impl Iterator<Item = Event> {
    let purposes = account.addresses().map(|(purpose, _)| purpose);
    purposes.filter_map(|purpose| dropped(account, purpose))
}

pub(super) fn added(account: &Account, address: &NewAddress) -> Event {
    let content = Address {
        address: address.address.clone(),
    };
    Event::AddressAdded(AddressAdded {
        purpose: address.purpose,
        name: address.name.clone(),
        address: Sealed::open(account.id, content),
    })
}

fn dropped(account: &Account, purpose: AddressUse) -> Option<Event> {
    let name = account.address(purpose)?.name.clone();
    Some(Event::AddressDropped(AddressDropped { purpose, name }))
}
