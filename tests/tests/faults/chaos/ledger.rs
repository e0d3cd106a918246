//! What was acknowledged: the model that the end is judged by.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

/// A chat of the run.
#[derive(Debug, Clone)]
pub(super) struct Chat {
    pub(super) id: String,
    /// In it for ever: a group's owner, or one side of a direct chat.
    pub(super) owner: i64,
    /// The other side of a direct chat.
    pub(super) other: Option<i64>,
}

/// What was acknowledged.
#[derive(Debug)]
pub(super) struct Ledger {
    /// Everybody.
    pub(super) people: Vec<i64>,
    /// All chats.
    pub(super) chats: Vec<Chat>,
    entries: Mutex<Entries>,
}

/// What was acknowledged, by chat.
#[derive(Debug, Default, Clone)]
pub(super) struct Entries {
    /// Every message that was acknowledged, by chat and id.
    pub(super) sent: BTreeMap<(String, i64), Sent>,
    /// Messages that were deleted.
    pub(super) deleted: BTreeSet<(String, i64)>,
    /// The highest read mark by chat and account.
    pub(super) read: BTreeMap<(String, i64), i64>,
    /// How many commands were settled, and how many of them were refused.
    pub(super) settled: u64,
    pub(super) refused: u64,
}

/// A message that was acknowledged.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    pub(super) from: i64,
    /// The last acknowledged text.
    pub(super) text: String,
    pub(super) reply_to: Option<i64>,
}

impl Chat {
    /// Whether the account is in it whatever happens.
    pub(super) fn has_for_ever(&self, account: i64) -> bool {
        self.owner == account || self.other == Some(account)
    }
}

impl Ledger {
    pub(super) fn new(people: Vec<i64>) -> Self {
        Self {
            people,
            chats: Vec::new(),
            entries: Mutex::default(),
        }
    }

    /// Writes down.
    pub(super) fn note<T>(&self, write: impl FnOnce(&mut Entries) -> T) -> T {
        write(&mut self.entries.lock().expect("nobody panics while writing"))
    }

    /// Everything so far.
    pub(super) fn entries(&self) -> Entries {
        self.note(|entries| entries.clone())
    }

    pub(super) fn summary(&self) -> String {
        self.note(|entries| {
            let Entries {
                sent,
                deleted,
                read,
                settled,
                refused,
            } = entries;
            let (sent, deleted, read) = (sent.len(), deleted.len(), read.len());
            format!("{settled} commands, {refused} of them refused; {sent} messages, {deleted} deleted; {read} read marks")
        })
    }
}
