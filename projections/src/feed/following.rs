//! A session's end of what happens in chats that it follows: a bounded queue of its own, so that what many hear delays nobody's own updates.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::id::{ChatId, Seq};
use tokio::sync::Notify;

use super::told::{ToChat, Updates};
use super::{Delivery, Feed};

/// Updates of all chats that wait for one session, at most; more of them are left out, and it is told where the chats stand.
const CAPACITY: usize = 1024;

/// What a session hears of the chats that it follows.
#[derive(Debug, Clone)]
pub enum Followed {
    /// The next updates of a chat.
    Delivery(ChatId, Delivery),
    /// Some were left out: the chats' heads say of which.
    Missed,
}

/// Who follows which chat, in this process.
#[derive(Debug, Default)]
pub(super) struct Followers(HashMap<ChatId, HashMap<usize, Arc<Slot>>>);

impl Followers {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn has(&self, chat: ChatId) -> bool {
        self.0.contains_key(&chat)
    }

    /// Delivers to all who follow a chat; the list is made only if anybody does.
    pub(super) fn deliver(&self, to: &ToChat, list: impl FnOnce() -> Arc<Updates>) {
        let Some(slots) = self.0.get(&to.chat) else { return };
        let updates = list();
        for slot in slots.values() {
            slot.deliver(to.chat, to.first, &updates);
        }
    }

    pub(super) fn overflow(&self) {
        self.0.values().flat_map(HashMap::values).for_each(|slot| slot.overflow());
    }

    pub(super) fn read_again(&self) {
        self.0.values().flat_map(HashMap::values).for_each(|slot| slot.read_again());
    }

    fn add(&mut self, chat: ChatId, slot: &Arc<Slot>) {
        self.0.entry(chat).or_default().insert(key(slot), Arc::clone(slot));
    }

    fn remove(&mut self, chat: ChatId, slot: &Arc<Slot>) {
        if let Some(slots) = self.0.get_mut(&chat) {
            slots.remove(&key(slot));
            if slots.is_empty() {
                self.0.remove(&chat);
            }
        }
    }
}

/// Tells slots apart.
fn key(slot: &Arc<Slot>) -> usize {
    Arc::as_ptr(slot).addr()
}

#[derive(Debug, Default)]
struct Slot {
    queue: Mutex<Queue>,
    wake: Notify,
}

#[derive(Debug, Default)]
struct Queue {
    deliveries: VecDeque<(ChatId, Delivery)>,
    updates: usize,
    overflowed: bool,
}

impl Queue {
    fn overflow(&mut self) {
        // The storage goes too: a slow client costs no memory.
        self.deliveries = VecDeque::new();
        self.updates = 0;
        self.overflowed = true;
    }

    fn take(&mut self) -> Option<Followed> {
        if std::mem::take(&mut self.overflowed) {
            return Some(Followed::Missed);
        }
        let (chat, delivery) = self.deliveries.pop_front()?;
        self.updates -= delivery.updates.facts.len();
        if self.deliveries.is_empty() {
            self.deliveries.shrink_to(8);
        }
        Some(Followed::Delivery(chat, delivery))
    }
}

impl Slot {
    fn deliver(&self, chat: ChatId, first: Seq, updates: &Arc<Updates>) {
        let mut queue = self.queue();
        if queue.overflowed {
            return;
        }
        queue.updates += updates.facts.len();
        if queue.updates > CAPACITY {
            queue.overflow();
        } else {
            let updates = Arc::clone(updates);
            queue.deliveries.push_back((chat, Delivery { first, updates }));
        }
        drop(queue);
        self.wake.notify_one();
    }

    fn overflow(&self) {
        self.queue().overflow();
        self.wake.notify_one();
    }

    /// Has what waits here read from the table instead, as it is by then.
    fn read_again(&self) {
        let mut queue = self.queue();
        if queue.deliveries.is_empty() {
            return;
        }
        queue.overflow();
        drop(queue);
        self.wake.notify_one();
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a session follows.
#[derive(Debug)]
pub struct Following {
    feed: Feed,
    chats: BTreeSet<ChatId>,
    slot: Arc<Slot>,
}

impl Following {
    pub(super) fn new(feed: Feed) -> Self {
        Self {
            feed,
            chats: BTreeSet::new(),
            slot: Arc::default(),
        }
    }

    /// From now on, this chat, too.
    pub fn add(&mut self, chat: ChatId) {
        if self.chats.insert(chat) {
            let mut followers = self.feed.chats.write().unwrap_or_else(PoisonError::into_inner);
            followers.add(chat, &self.slot);
        }
    }

    /// No more; nothing that waits of it is heard either.
    pub fn remove(&mut self, chat: ChatId) {
        if self.chats.remove(&chat) {
            let mut followers = self.feed.chats.write().unwrap_or_else(PoisonError::into_inner);
            followers.remove(chat, &self.slot);
        }
    }

    /// What comes next. May be given up and asked again: nothing is lost.
    pub async fn next(&mut self) -> Followed {
        loop {
            if let Some(followed) = self.try_next() {
                return followed;
            }
            self.slot.wake.notified().await;
        }
    }

    /// What has come already.
    pub fn try_next(&mut self) -> Option<Followed> {
        loop {
            match self.slot.queue().take()? {
                Followed::Delivery(chat, _) if !self.chats.contains(&chat) => {}
                followed => return Some(followed),
            }
        }
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        let mut followers = self.feed.chats.write().unwrap_or_else(PoisonError::into_inner);
        for chat in &self.chats {
            followers.remove(*chat, &self.slot);
        }
    }
}
