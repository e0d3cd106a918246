//! A log with a made-up past, and what read models should make of it.

use std::collections::HashMap;
use std::sync::Arc;

use domain::event::Event;
use domain::fact::FactRef;
use domain::id::{AccountId, ChatId, DeviceId, Position};
use domain::stream::Stream;
use domain::{account, chat, inbox};
use infra::log::EventLog;
use infra::log::sqlite::SqliteLog;
use projections::hash::Hashes;
use projections::runner::Limits;
use tempfile::TempDir;
use tokio::sync::Mutex;

use crate::fed::{ByHand, Fed, Place};
use crate::history::{Scribe, World};

/// A log of a test's own, its scribe, and what was written.
#[derive(Debug)]
pub struct Past {
    _folder: TempDir,
    /// The log.
    pub log: Arc<dyn EventLog>,
    /// Who writes it.
    pub scribe: Arc<Mutex<Scribe>>,
    /// What the world did, with where that stands.
    pub written: Vec<(Position, Stream, Vec<Event>)>,
    world: World,
}

impl Past {
    /// An empty log.
    pub async fn new(seed: u64) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let log = SqliteLog::open(folder.path().join("log.db")).await.expect("a new log");
        let log: Arc<dyn EventLog> = Arc::new(log);
        Self {
            _folder: folder,
            scribe: Arc::new(Mutex::new(Scribe::new(Arc::clone(&log)))),
            log,
            world: World::new(seed),
            written: Vec::new(),
        }
    }

    /// A log with this many commits.
    pub async fn of(seed: u64, commits: usize) -> Self {
        let mut past = Self::new(seed).await;
        past.goes_on(commits).await;
        past
    }

    /// More commits.
    pub async fn goes_on(&mut self, commits: usize) {
        for _ in 0..commits {
            let (stream, by, events) = self.world.goes_on();
            let position = self.scribe.lock().await.write(stream.clone(), &by, &events).await;
            self.written.push((position, stream, events));
        }
    }

    /// The last position that the world wrote.
    pub fn end(&self) -> Position {
        self.written.last().expect("something was written").0
    }

    /// Parks and releases in this log.
    pub fn parker(&self) -> Arc<ByHand> {
        Arc::new(ByHand(Arc::clone(&self.scribe)))
    }

    /// Starts feeding read models from the log.
    pub async fn feed(&self, place: &Place, lanes: u32, limits: Limits) -> Fed {
        let models = place.open(&*self.log, lanes).await;
        Fed::start(models, Arc::clone(&self.log), self.parker(), limits)
    }

    /// Feeds read models the whole log, and hashes their rows.
    pub async fn hashes(&self, place: &Place, lanes: u32, limits: Limits) -> Hashes {
        self.feed(place, lanes, limits).await.finish(self.end()).await
    }

    /// What each active device should have been told, reckoned the simplest way.
    pub fn told(&self) -> HashMap<(AccountId, DeviceId), Vec<FactRef>> {
        let mut members: HashMap<ChatId, Vec<AccountId>> = HashMap::new();
        let mut told: HashMap<(AccountId, DeviceId), Vec<FactRef>> = HashMap::new();
        for (position, stream, events) in &self.written {
            for (index, event) in (0..).zip(events) {
                if let (Stream::Account(account), Event::Account(account::Event::DeviceEnded(ended))) = (stream, event) {
                    told.remove(&(*account, ended.device));
                }
                let concerned = match (stream, event) {
                    (Stream::Chat(chat), Event::Chat(event)) => concerned(members.entry(*chat).or_default(), event),
                    (Stream::Inbox(_), Event::Inbox(inbox::Event::Read(read))) if matches!(read.chat, ChatId::Direct(..)) => {
                        members.entry(read.chat).or_default().clone()
                    }
                    (Stream::Account(account) | Stream::Inbox(account), _) => vec![*account],
                    _ => vec![],
                };
                let position = *position;
                for (_, list) in told.iter_mut().filter(|((account, _), _)| concerned.contains(account)) {
                    list.push(FactRef { position, index });
                }
                if let (Stream::Account(account), Event::Account(account::Event::DeviceAuthorised(authorised))) = (stream, event) {
                    told.insert((*account, authorised.device), vec![]);
                }
            }
        }
        told
    }
}

/// Who is told of a chat's event; the members are brought up to date.
fn concerned(members: &mut Vec<AccountId>, event: &chat::Event) -> Vec<AccountId> {
    match event {
        chat::Event::Created(created) => members.extend(created.members.iter().map(|member| member.account)),
        chat::Event::MemberAdded(added) => members.push(added.account),
        _ => {}
    }
    let concerned = members.clone();
    if let chat::Event::MemberRemoved(gone) | chat::Event::MemberLeft(gone) = event {
        members.retain(|member| *member != gone.account);
    }
    concerned
}
