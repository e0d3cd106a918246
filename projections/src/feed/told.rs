//! What a batch tells the devices, in a form that receivers share.

use std::sync::{Arc, OnceLock};

use domain::fact::Fact;
use domain::id::{AccountId, ChatId, Seq};

use super::Device;

/// Consecutive updates of one device, from one batch.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The number of the first; the others follow without a gap.
    pub first: Seq,
    /// What is told.
    pub updates: Arc<Updates>,
}

/// A list of updates, shared by all devices that are told the same in a batch.
#[derive(Debug)]
pub struct Updates {
    /// In the order of their numbers; at least one.
    pub facts: Vec<Arc<Update>>,
    joined: OnceLock<Arc<str>>,
}

impl Updates {
    /// The list as it is sent, if somebody rendered it already.
    pub fn rendered(&self) -> Option<&Arc<str>> {
        self.joined.get()
    }

    /// The list as it is sent, rendered by whoever asks first.
    pub fn joined(&self, render: impl FnOnce(&[Arc<Update>]) -> Arc<str>) -> &Arc<str> {
        self.joined.get_or_init(|| render(&self.facts))
    }
}

/// A fact on its way to devices, shared by all of them.
#[derive(Debug)]
pub struct Update {
    /// What happened; its sealed part closed.
    pub fact: Arc<Fact>,
    body: OnceLock<Arc<str>>,
}

impl Update {
    /// The fact as it is sent, rendered by whoever asks first.
    pub fn body(&self, render: impl FnOnce(&Fact) -> Arc<str>) -> &Arc<str> {
        self.body.get_or_init(|| render(&self.fact))
    }
}

/// What a batch tells which devices.
#[derive(Debug, Default)]
pub struct Told {
    /// The batch's facts.
    pub facts: Vec<Arc<Fact>>,
    /// Each different list of what is told, as indices of `facts`.
    pub lists: Vec<Vec<u32>>,
    /// Who is told what.
    pub devices: Vec<To>,
    /// What is told to who follows a chat.
    pub chats: Vec<ToChat>,
    /// Devices that ended.
    pub ended: Vec<Device>,
    /// Devices whose account was suspended.
    pub suspended: Vec<Device>,
    /// Accounts whose erasure has begun.
    pub gone: Vec<AccountId>,
}

/// What a batch tells one device.
#[derive(Debug, Clone, Copy)]
pub struct To {
    /// Whom.
    pub device: Device,
    /// The number of the first update.
    pub first: Seq,
    /// Which of the lists.
    pub list: usize,
}

/// What a batch tells who follows a chat.
#[derive(Debug, Clone, Copy)]
pub struct ToChat {
    /// Which chat.
    pub chat: ChatId,
    /// The number of the first update in the chat's own sequence.
    pub first: Seq,
    /// Which of the lists.
    pub list: usize,
}

/// Makes each list and each update once, and only those that somebody receives.
pub(super) struct Sharing<'a> {
    told: &'a Told,
    lists: Vec<Option<Arc<Updates>>>,
    updates: Vec<Option<Arc<Update>>>,
}

impl<'a> Sharing<'a> {
    pub(super) fn of(told: &'a Told) -> Self {
        Self {
            told,
            lists: vec![None; told.lists.len()],
            updates: vec![None; told.facts.len()],
        }
    }

    pub(super) fn list(&mut self, index: usize) -> Arc<Updates> {
        if let Some(list) = &self.lists[index] {
            return Arc::clone(list);
        }
        let told = self.told;
        let facts = told.lists[index].iter().map(|fact| self.update(*fact as usize)).collect();
        let list = Arc::new(Updates {
            facts,
            joined: OnceLock::new(),
        });
        self.lists[index] = Some(Arc::clone(&list));
        list
    }

    fn update(&mut self, index: usize) -> Arc<Update> {
        let told = self.told;
        let update = self.updates[index].get_or_insert_with(|| {
            Arc::new(Update {
                fact: Arc::clone(&told.facts[index]),
                body: OnceLock::new(),
            })
        });
        Arc::clone(update)
    }
}
