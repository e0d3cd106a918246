//! A session's end of the live delivery: a bounded queue that rather says it overflowed than grow.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::{Delivery, Device, Feed};

/// Updates that wait for one session, at most; more of them send it to the table.
pub(super) const CAPACITY: usize = 1024;

/// What a session hears.
#[derive(Debug, Clone)]
pub enum Live {
    /// The next updates of its device.
    Delivery(Delivery),
    /// Some were left out: read the table. What comes next was committed later, or is in the table too.
    Overflowed,
    /// The device may listen no more. Nothing follows.
    Closed(Closed),
}

/// Why a device may listen no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// It has ended.
    Ended,
    /// Its account is suspended.
    Suspended,
}

#[derive(Debug, Default)]
pub(super) struct Slot {
    queue: Mutex<Queue>,
    wake: Notify,
}

#[derive(Debug, Default)]
struct Queue {
    deliveries: VecDeque<Delivery>,
    updates: usize,
    overflowed: bool,
    closed: Option<Closed>,
}

impl Queue {
    fn overflow(&mut self) {
        // The storage goes too: a slow client costs no memory.
        self.deliveries = VecDeque::new();
        self.updates = 0;
        self.overflowed = true;
    }

    fn take(&mut self) -> Option<Live> {
        if let Some(why) = self.closed {
            return Some(Live::Closed(why));
        }
        if std::mem::take(&mut self.overflowed) {
            return Some(Live::Overflowed);
        }
        let delivery = self.deliveries.pop_front()?;
        self.updates -= delivery.updates.facts.len();
        if self.deliveries.is_empty() {
            self.deliveries.shrink_to(8);
        }
        Some(Live::Delivery(delivery))
    }
}

impl Slot {
    pub(super) fn deliver(&self, delivery: Delivery) {
        let mut queue = self.queue();
        if queue.overflowed || queue.closed.is_some() {
            return;
        }
        queue.updates += delivery.updates.facts.len();
        if queue.updates > CAPACITY {
            queue.overflow();
        } else {
            queue.deliveries.push_back(delivery);
        }
        drop(queue);
        self.wake.notify_one();
    }

    pub(super) fn overflow(&self) {
        self.queue().overflow();
        self.wake.notify_one();
    }

    /// Has what waits here read from the table instead, as it is by then.
    pub(super) fn read_again(&self) {
        let mut queue = self.queue();
        if queue.deliveries.is_empty() {
            return;
        }
        queue.overflow();
        drop(queue);
        self.wake.notify_one();
    }

    /// What was the reason first, stays it.
    pub(super) fn close(&self, why: Closed) {
        self.queue().closed.get_or_insert(why);
        self.wake.notify_one();
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A device's live updates, for one session.
#[derive(Debug)]
pub struct Attached {
    feed: Feed,
    device: Device,
    slot: Arc<Slot>,
}

impl Attached {
    pub(super) fn new(feed: Feed, device: Device, slot: Arc<Slot>) -> Self {
        Self { feed, device, slot }
    }

    /// What comes next. May be given up and asked again: nothing is lost.
    pub async fn next(&mut self) -> Live {
        loop {
            if let Some(live) = self.try_next() {
                return live;
            }
            self.slot.wake.notified().await;
        }
    }

    /// What has come already.
    pub fn try_next(&mut self) -> Option<Live> {
        self.slot.queue().take()
    }
}

impl Drop for Attached {
    fn drop(&mut self) {
        self.feed.detach(self.device, &self.slot);
    }
}
