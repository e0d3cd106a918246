//! Read models in memory, that follow when told to.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use domain::account::Wishes;
use domain::aggregate::Messages;
use domain::chat::{Event as ChatEvent, Message};
use domain::event::Event;
use domain::fact::Fact;
use domain::id::{AccountId, ChatId, CommandId, MessageId, Position};
use domain::stream::Stream;

use super::log::used;
use super::{facts, read_all};
use crate::executor::{Accepted, Recall, RecallError, Snapshot};
use crate::log::EventLog;

/// Read models in memory: they include what they were told to follow, and not a commit more.
#[derive(Debug, Default)]
pub(in crate::executor::tests) struct Models {
    rows: Mutex<Rows>,
    pub(in crate::executor::tests) looked_up: AtomicUsize,
    pub(in crate::executor::tests) asked_for_wishes: AtomicUsize,
    pub(in crate::executor::tests) unavailable: AtomicUsize,
    /// Look-ups that are answered too short.
    pub(in crate::executor::tests) short: AtomicUsize,
}

#[derive(Debug, Default)]
pub(in crate::executor::tests) struct Rows {
    pub(in crate::executor::tests) checkpoint: Option<Position>,
    accepted: HashMap<(String, CommandId), Accepted>,
    messages: HashMap<(ChatId, MessageId), Message>,
    pub(in crate::executor::tests) wishes: HashMap<(AccountId, AccountId), Wishes>,
    pub(in crate::executor::tests) snapshots: HashMap<Stream, Snapshot>,
}

impl Models {
    pub(in crate::executor::tests) async fn follow(&self, log: &dyn EventLog) {
        for record in read_all(log).await {
            let mut rows = self.rows.lock().unwrap();
            if Some(record.position) > rows.checkpoint {
                for fact in facts(&record) {
                    rows.apply(&fact);
                }
                rows.checkpoint = Some(record.position);
            }
        }
    }

    pub(in crate::executor::tests) fn rows(&self) -> std::sync::MutexGuard<'_, Rows> {
        self.rows.lock().unwrap()
    }
}

impl Rows {
    fn apply(&mut self, fact: &Fact) {
        let accepted = Accepted {
            position: fact.at.position,
            digest: fact.digest.clone(),
        };
        self.accepted.insert((fact.by.scope(), fact.command), accepted);
        match (&fact.stream, &fact.event) {
            (Stream::Chat(chat), Event::Chat(ChatEvent::MessageSent(sent))) => {
                let message = Message::plain(sent.from, fact.happened_at());
                self.messages.insert((*chat, sent.message), message);
            }
            (Stream::Chat(chat), Event::Chat(ChatEvent::MessagesDeleted(deleted))) => {
                for id in &deleted.messages {
                    self.messages.get_mut(&(*chat, *id)).unwrap().deleted = true;
                }
            }
            _ => {}
        }
    }
}

#[async_trait]
impl Recall for Models {
    fn checkpoint(&self) -> Option<Position> {
        self.rows().checkpoint
    }

    async fn accepted(&self, _: Option<Position>, ids: &[(String, CommandId)]) -> Result<Vec<Option<Accepted>>, RecallError> {
        self.looked_up.fetch_add(1, Ordering::SeqCst);
        if used(&self.unavailable) {
            return Err(RecallError("refused".to_owned()));
        }
        let rows = self.rows();
        let known = ids.len() - usize::from(used(&self.short));
        Ok(ids[..known].iter().map(|id| rows.accepted.get(id).cloned()).collect())
    }

    async fn messages(&self, _: Option<Position>, chat: ChatId, ids: &[MessageId]) -> Result<Messages, RecallError> {
        let rows = self.rows();
        Ok(ids
            .iter()
            .filter_map(|id| Some((*id, rows.messages.get(&(chat, *id))?.clone())))
            .collect())
    }

    async fn wishes(&self, _: Option<Position>, pairs: &[(AccountId, AccountId)]) -> Result<Vec<Wishes>, RecallError> {
        self.asked_for_wishes.fetch_add(1, Ordering::SeqCst);
        let rows = self.rows();
        Ok(pairs
            .iter()
            .map(|pair| rows.wishes.get(pair).copied().unwrap_or_default())
            .collect())
    }

    async fn snapshot(&self, stream: &Stream) -> Result<Option<Snapshot>, RecallError> {
        Ok(self.rows().snapshots.get(stream).cloned())
    }

    async fn save_snapshots(&self, snapshots: Vec<(Stream, Snapshot)>) -> Result<(), RecallError> {
        self.rows().snapshots.extend(snapshots);
        Ok(())
    }
}
