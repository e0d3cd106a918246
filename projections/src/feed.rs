//! Live delivery: what a lane has just committed, to the sessions of the devices it concerns.
//!
//! A hint: the table is the truth. A session attaches, reads the table up to its head, and from then on takes what is
//! delivered, leaving out numbers it already has; a gap or [`Live::Overflowed`] sends it back to the table.

mod attached;
mod following;
mod told;

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use domain::id::{AccountId, ChatId, DeviceId};
use infra::seal::Gone;
use infra::trace;

pub use attached::{Attached, Closed, Live};
pub use following::{Followed, Following};
pub use told::{Delivery, To, ToChat, Told, Update, Updates};

use attached::Slot;
use following::Followers;

/// A device, everywhere.
pub type Device = (AccountId, DeviceId);

/// Live delivery to attached devices. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Feed {
    devices: Arc<RwLock<HashMap<Device, Vec<Arc<Slot>>>>>,
    chats: Arc<RwLock<Followers>>,
    gone: Gone,
}

impl Feed {
    /// Delivers what is committed from now on, until the answer is dropped. A device may be attached several times.
    pub fn attach(&self, account: AccountId, device: DeviceId) -> Attached {
        let slot = Arc::new(Slot::default());
        let mut devices = self.devices.write().unwrap_or_else(PoisonError::into_inner);
        devices.entry((account, device)).or_default().push(Arc::clone(&slot));
        Attached::new(self.clone(), (account, device), slot)
    }

    /// Delivers a committed batch. Costs a look-up per device that nobody has attached, and nothing else.
    pub fn publish(&self, told: &Told) {
        self.erase(&told.gone);
        self.publish_to_followers(told);
        let devices = self.devices.read().unwrap_or_else(PoisonError::into_inner);
        if devices.is_empty() || (told.devices.is_empty() && told.ended.is_empty() && told.suspended.is_empty()) {
            return;
        }
        let span = trace::part(|| "feed.push".into());
        span.tell("heliograph.devices", || i64::try_from(told.devices.len()).unwrap_or(i64::MAX));
        let mut sharing = told::Sharing::of(told);
        for to in &told.devices {
            if let Some(slots) = devices.get(&to.device) {
                let updates = sharing.list(to.list);
                for slot in slots {
                    slot.deliver(Delivery {
                        first: to.first,
                        updates: Arc::clone(&updates),
                    });
                }
            }
        }
        for (closed, why) in [(&told.ended, Closed::Ended), (&told.suspended, Closed::Suspended)] {
            let slots = closed.iter().filter_map(|device| devices.get(device)).flatten();
            slots.for_each(|slot| slot.close(why));
        }
    }

    /// Costs a look-up per chat, and what is shared by all of its followers.
    fn publish_to_followers(&self, told: &Told) {
        let chats = self.chats.read().unwrap_or_else(PoisonError::into_inner);
        if told.chats.is_empty() || chats.is_empty() {
            return;
        }
        let mut sharing = told::Sharing::of(told);
        for to in &told.chats {
            chats.deliver(to, || sharing.list(to.list));
        }
    }

    /// Hears of chats that are followed from now on, until the answer is dropped: of none yet.
    pub fn follow(&self) -> Following {
        Following::new(self.clone())
    }

    /// Those of these chats that somebody follows here.
    pub(crate) fn followed(&self, chats: impl Iterator<Item = ChatId>) -> Vec<ChatId> {
        let followed = self.chats.read().unwrap_or_else(PoisonError::into_inner);
        chats.filter(|chat| followed.has(*chat)).collect()
    }

    /// Accounts that are gone, as far as the rows say, which is all that anybody here is told of them.
    pub fn gone(&self) -> &Gone {
        &self.gone
    }

    /// From now on these accounts are gone. What waits for whomever may be theirs, and rendered already: it is read again.
    pub fn erase(&self, accounts: &[AccountId]) {
        if accounts.iter().all(|account| self.gone.has(*account)) {
            return;
        }
        self.gone.add(accounts.iter().copied());
        let devices = self.devices.read().unwrap_or_else(PoisonError::into_inner);
        devices.values().flatten().for_each(|slot| slot.read_again());
        self.chats.read().unwrap_or_else(PoisonError::into_inner).read_again();
    }

    /// Nobody is attached.
    pub(crate) fn is_deserted(&self) -> bool {
        self.devices.read().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Sends the sessions of these accounts to the table: another process has written it.
    pub fn missed_by(&self, accounts: &BTreeSet<AccountId>) {
        let devices = self.devices.read().unwrap_or_else(PoisonError::into_inner);
        let concerned = devices.iter().filter(|((account, _), _)| accounts.contains(account));
        concerned.flat_map(|(_, slots)| slots).for_each(|slot| slot.overflow());
    }

    /// Sends every session to the table: there is no telling what was written.
    pub fn missed(&self) {
        let devices = self.devices.read().unwrap_or_else(PoisonError::into_inner);
        for slot in devices.values().flatten() {
            slot.overflow();
        }
        self.chats.read().unwrap_or_else(PoisonError::into_inner).overflow();
    }

    fn detach(&self, device: Device, slot: &Arc<Slot>) {
        let mut devices = self.devices.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(slots) = devices.get_mut(&device) {
            slots.retain(|other| !Arc::ptr_eq(other, slot));
            if slots.is_empty() {
                devices.remove(&device);
            }
        }
    }
}

#[cfg(test)]
mod tests;
