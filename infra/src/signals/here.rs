//! The devices that are online in this process, each with a short queue that rather loses a signal than grows.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use async_trait::async_trait;
use domain::id::{AccountId, DeviceId};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::{Audience, Signal, Signals};

/// Signals of either kind that wait for one session, at most; further ones are lost.
const CAPACITY: usize = 8;

type Attachments = HashMap<AccountId, Vec<(DeviceId, Arc<Slot>)>>;

/// Signals within this process. Cheap to clone; clones share everything.
#[derive(Debug, Clone, Default)]
pub struct Local {
    devices: Arc<RwLock<Attachments>>,
}

#[derive(Debug, Default)]
struct Slot {
    waiting: Mutex<Waiting>,
    wake: Notify,
}

/// Codes have a queue of their own: however many type, there is room for them, and they go first.
#[derive(Debug, Default)]
struct Waiting {
    codes: VecDeque<Arc<Signal>>,
    others: VecDeque<Arc<Signal>>,
}

impl Waiting {
    fn queue(&mut self, signal: &Signal) -> &mut VecDeque<Arc<Signal>> {
        match signal {
            Signal::SignInCode { .. } => &mut self.codes,
            Signal::Typing { .. } | Signal::Presence { .. } => &mut self.others,
        }
    }

    fn next(&mut self) -> Option<Arc<Signal>> {
        self.codes.pop_front().or_else(|| self.others.pop_front())
    }
}

impl Slot {
    /// Whether there was room.
    fn take(&self, signal: &Arc<Signal>) -> bool {
        let mut waiting = self.waiting();
        let queue = waiting.queue(signal);
        let has_room = queue.len() < CAPACITY;
        if has_room {
            queue.push_back(Arc::clone(signal));
            drop(waiting);
            self.wake.notify_one();
        }
        has_room
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Local {
    /// Tells those who are here; how many sessions took it.
    pub(super) fn tell_here(&self, audience: Audience, signal: Signal) -> usize {
        let devices = self.devices.read().unwrap_or_else(PoisonError::into_inner);
        let Some(attached) = devices.get(&audience.account) else { return 0 };
        let signal = Arc::new(signal);
        let meant = attached.iter().filter(|(device, _)| Some(*device) != audience.except);
        meant.filter(|(_, slot)| slot.take(&signal)).count()
    }

    /// Whether a device of the account is here.
    pub(super) fn has(&self, account: AccountId) -> bool {
        let devices = self.devices.read().unwrap_or_else(PoisonError::into_inner);
        devices.contains_key(&account)
    }

    /// Tells all who are here.
    pub(super) fn spread_here(&self, accounts: &[AccountId], signal: Signal) {
        let devices = self.devices.read().unwrap_or_else(PoisonError::into_inner);
        let signal = Arc::new(signal);
        let attached = accounts.iter().filter_map(|account| devices.get(account)).flatten();
        attached.for_each(|(_, slot)| {
            slot.take(&signal);
        });
    }

    fn detach(&self, account: AccountId, slot: &Arc<Slot>) {
        let mut devices = self.devices.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(attached) = devices.get_mut(&account) {
            attached.retain(|(_, other)| !Arc::ptr_eq(other, slot));
            if attached.is_empty() {
                devices.remove(&account);
            }
        }
    }
}

#[async_trait]
impl Signals for Local {
    fn attach(&self, account: AccountId, device: DeviceId) -> Attached {
        let slot = Arc::new(Slot::default());
        let mut devices = self.devices.write().unwrap_or_else(PoisonError::into_inner);
        devices.entry(account).or_default().push((device, Arc::clone(&slot)));
        drop(devices);
        Attached {
            here: self.clone(),
            account,
            slot,
        }
    }

    async fn tell(&self, audience: Audience, signal: Signal) -> bool {
        self.tell_here(audience, signal) > 0
    }

    async fn is_there(&self, account: AccountId) -> bool {
        self.has(account)
    }

    fn reachable(&self, accounts: &[AccountId]) -> Vec<AccountId> {
        let devices = self.devices.read().unwrap_or_else(PoisonError::into_inner);
        accounts.iter().copied().filter(|account| devices.contains_key(account)).collect()
    }

    async fn spread(&self, accounts: Vec<AccountId>, signal: Signal) {
        self.spread_here(&accounts, signal);
    }

    /// There are no others.
    async fn run(&self, stop: CancellationToken) {
        stop.cancelled().await;
    }
}

/// A device's signals, for one session.
#[derive(Debug)]
pub struct Attached {
    here: Local,
    account: AccountId,
    slot: Arc<Slot>,
}

impl Attached {
    /// The next one. May be given up and asked again: nothing is lost.
    pub async fn next(&mut self) -> Arc<Signal> {
        loop {
            let signal = self.slot.waiting().next();
            if let Some(signal) = signal {
                return signal;
            }
            self.slot.wake.notified().await;
        }
    }
}

impl Drop for Attached {
    fn drop(&mut self) {
        self.here.detach(self.account, &self.slot);
    }
}
