//! A log in a file that can fail on demand, read models in memory that follow when told to, and people who chat.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use domain::account::event::TokenHash;
use domain::account::{Account, Command as AccountCommand, DeviceNameText, NameText};
use domain::actor::Actor;
use domain::aggregate::Known;
use domain::chat::command::Send;
use domain::chat::{Body, Chat, Command, Event as ChatEvent, Message};
use domain::event::Event;
use domain::fact::Fact;
use domain::id::{AccountId, ChatId, CommandId, DeviceId, LogId, MessageId, Position};
use domain::stream::Stream;
use domain::time::Timestamp;
use tempfile::TempDir;
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::clock::Clock;
use crate::commit::{Read, decode};
use crate::executor::{Accepted, Done, Error, Executor, Limits, Recall, RecallError, Request, Snapshot};
use crate::log::sqlite::SqliteLog;
use crate::log::{Append, AppendError, EventLog, Follow, Page, Record};
use crate::seal::{Keys, MasterKey};

pub(super) const ALICE: i64 = 1;
pub(super) const BOB: i64 = 2;

pub(super) type Answer = Result<Done, Error<domain::chat::Rejection>>;

pub(super) fn account(id: i64) -> AccountId {
    AccountId::try_from(id).unwrap()
}

pub(super) fn message(id: i64) -> MessageId {
    MessageId::try_from(id).unwrap()
}

pub(super) fn direct() -> ChatId {
    ChatId::direct(account(ALICE), account(BOB))
}

pub(super) fn command(id: u128) -> CommandId {
    CommandId(Uuid::from_u128(id))
}

pub(super) fn body(text: &str) -> Body {
    Body::parse(text, Vec::new()).unwrap()
}

pub(super) fn say(text: &str) -> Command {
    Command::Send(Send {
        body: body(text),
        reply_to: None,
    })
}

pub(super) fn request<C>(by: i64, id: u128, payload: C) -> Request<C> {
    let by = Actor::Device(account(by), DeviceId::MIN);
    Request {
        by,
        command: command(id),
        payload,
        sent_at: None,
        trace: None,
    }
}

/// Everything that outlives an executor.
pub(super) struct World {
    pub(super) folder: TempDir,
    pub(super) log: Arc<Faulty>,
    pub(super) models: Arc<Models>,
    pub(super) keys: Keys,
    pub(super) clock: Clock,
}

impl World {
    pub(super) async fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let inner = SqliteLog::open(folder.path().join("log.db")).await.unwrap();
        let clock = Clock::manual(Timestamp(1_000_000));
        let keys = open_keys(&folder, &clock).await;
        // Those who act here never registered.
        keys.make(&[ALICE, BOB, 3].map(account)).await.unwrap();
        Self {
            folder,
            log: Arc::new(Faulty::new(inner)),
            models: Arc::default(),
            keys,
            clock,
        }
    }

    /// As after a restart: no key is loaded.
    pub(super) async fn with_keys_opened_again(self) -> Self {
        let keys = open_keys(&self.folder, &self.clock).await;
        Self { keys, ..self }
    }

    /// An executor as of another process: it shares the log, the keys and the read models, and no memory.
    pub(super) fn executor(&self) -> Executor {
        self.executor_with(Limits::default())
    }

    pub(super) fn executor_with(&self, limits: Limits) -> Executor {
        let log: Arc<dyn EventLog> = Arc::clone(&self.log) as _;
        Executor::new(log, self.keys.clone(), Arc::clone(&self.models) as _, self.clock.clone(), limits)
    }

    /// Lets the read models include everything.
    pub(super) async fn follow(&self) {
        self.models.follow(&*self.log).await;
    }

    /// All facts of the log, in order.
    pub(super) async fn facts(&self) -> Vec<Fact> {
        read_all(&*self.log).await.iter().flat_map(facts).collect()
    }

    pub(super) async fn commits(&self) -> usize {
        read_all(&*self.log).await.len()
    }
}

async fn open_keys(folder: &TempDir, clock: &Clock) -> Keys {
    let url = format!("sqlite:{}", folder.path().join("keys.db").display());
    let master = MasterKey::from_hex(&"5a".repeat(32)).unwrap();
    Keys::open(Keys::connect(&url).await.unwrap(), &master, clock.clone())
        .await
        .unwrap()
}

pub(super) async fn send(executor: &Executor, by: i64, id: u128, text: &str) -> Answer {
    executor.execute::<Chat>(direct(), request(by, id, say(text))).await
}

pub(super) async fn ask(executor: &Executor, by: i64, id: u128, payload: Command) -> Answer {
    executor.execute::<Chat>(direct(), request(by, id, payload)).await
}

pub(super) async fn register(executor: &Executor, id: i64) -> Result<Done, Error<domain::account::Rejection>> {
    let payload = AccountCommand::Register {
        bot: false,
        name: NameText::parse("Somebody").unwrap(),
    };
    administer(executor, id, u128::try_from(id).unwrap(), payload).await
}

pub(super) async fn authorise(executor: &Executor, id: i64, by_command: u128) -> Result<Done, Error<domain::account::Rejection>> {
    let payload = AccountCommand::AuthoriseDevice {
        token: TokenHash("a token's".to_owned()),
        name: DeviceNameText::parse("phone").unwrap(),
    };
    administer(executor, id, by_command, payload).await
}

async fn administer(
    executor: &Executor,
    id: i64,
    by_command: u128,
    payload: AccountCommand,
) -> Result<Done, Error<domain::account::Rejection>> {
    let request = Request {
        by: Actor::Service("admin".to_owned()),
        command: command(by_command),
        payload,
        sent_at: None,
        trace: None,
    };
    executor.execute::<Account>(account(id), request).await
}

/// The message that an answer says was sent.
pub(super) fn sent(done: &Done) -> MessageId {
    let sent = |fact: &Arc<Fact>| match &fact.event {
        Event::Chat(ChatEvent::MessageSent(sent)) => Some(sent.message),
        _ => None,
    };
    done.facts.iter().find_map(sent).expect("the answer says that a message was sent")
}

async fn read_all(log: &dyn EventLog) -> Vec<Record> {
    let mut records = Vec::new();
    let Some(end) = log.end().await.unwrap() else { return records };
    for position in 1..=end.get() {
        records.extend(log.at(Position::try_from(position).unwrap()).await.unwrap());
    }
    records
}

fn facts(record: &Record) -> Vec<Fact> {
    let fact = |read| match read {
        Read::Fact(fact) => fact,
        Read::Unreadable(at, error) => panic!("{at:?}: {error}"),
    };
    decode(record).unwrap().facts.into_iter().map(fact).collect()
}

/// Waits until it is so; the test's own deadline ends it.
pub(super) async fn until(mut so: impl FnMut() -> bool) {
    while !so() {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
}

/// A log that fails on demand, around a real one.
#[derive(Debug)]
pub(super) struct Faulty {
    inner: SqliteLog,
    /// Appends that happen, but whose confirmation is lost.
    pub(super) lose: AtomicUsize,
    /// Appends that do not happen, without a word.
    pub(super) swallow: AtomicUsize,
    /// Appends that the log refuses.
    pub(super) refuse: AtomicUsize,
    /// Appends that came.
    pub(super) came: AtomicUsize,
    /// Commits of a stream that are read at a time, at most.
    pub(super) page: AtomicUsize,
    /// How many pages can be read; then no more.
    pub(super) pages: AtomicUsize,
    /// Commits that were read.
    pub(super) given: AtomicUsize,
    /// Open: appends pass. Closed: they wait.
    gate: Semaphore,
}

impl Faulty {
    fn new(inner: SqliteLog) -> Self {
        let gate = Semaphore::new(Semaphore::MAX_PERMITS);
        let zero = AtomicUsize::default;
        Self {
            inner,
            lose: zero(),
            swallow: zero(),
            refuse: zero(),
            came: zero(),
            page: AtomicUsize::new(usize::MAX),
            pages: AtomicUsize::new(usize::MAX),
            given: zero(),
            gate,
        }
    }

    pub(super) fn close(&self) {
        self.gate.forget_permits(Semaphore::MAX_PERMITS);
    }

    pub(super) fn open(&self) {
        self.gate.add_permits(Semaphore::MAX_PERMITS);
    }
}

fn used(count: &AtomicUsize) -> bool {
    count
        .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1))
        .is_ok()
}

#[async_trait]
impl EventLog for Faulty {
    fn id(&self) -> LogId {
        self.inner.id()
    }

    async fn append(&self, append: Append) -> Result<Position, AppendError> {
        self.came.fetch_add(1, Ordering::SeqCst);
        drop(self.gate.acquire().await);
        if used(&self.refuse) {
            return Err(AppendError::Unavailable("refused".to_owned()));
        }
        if used(&self.swallow) {
            return Err(AppendError::Unconfirmed("swallowed".to_owned()));
        }
        let outcome = self.inner.append(append).await;
        if outcome.is_ok() && used(&self.lose) {
            return Err(AppendError::Unconfirmed("lost".to_owned()));
        }
        outcome
    }

    async fn append_many(&self, appends: Vec<Append>) -> Vec<Result<Position, AppendError>> {
        self.inner.append_many(appends).await
    }

    async fn page(&self, stream: &Stream, after: Option<Position>) -> Result<Page, crate::log::Error> {
        if !used(&self.pages) {
            return Err(crate::log::Error::Unavailable("no more pages".to_owned()));
        }
        let mut page = self.inner.page(stream, after).await?;
        let most = self.page.load(Ordering::SeqCst);
        page.more |= page.records.len() > most;
        page.records.truncate(most);
        self.given.fetch_add(page.records.len(), Ordering::SeqCst);
        Ok(page)
    }

    async fn last(&self, stream: &Stream) -> Result<Option<Position>, crate::log::Error> {
        self.inner.last(stream).await
    }

    async fn at(&self, position: Position) -> Result<Option<Record>, crate::log::Error> {
        self.inner.at(position).await
    }

    async fn end(&self) -> Result<Option<Position>, crate::log::Error> {
        self.inner.end().await
    }

    fn follow(&self, after: Option<Position>) -> Follow {
        self.inner.follow(after)
    }
}

/// Read models in memory: they include what they were told to follow, and not a commit more.
#[derive(Debug, Default)]
pub(super) struct Models {
    rows: Mutex<Rows>,
    pub(super) looked_up: AtomicUsize,
    pub(super) unavailable: AtomicUsize,
    /// Look-ups that are answered too short.
    pub(super) short: AtomicUsize,
}

#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) checkpoint: Option<Position>,
    accepted: HashMap<(String, CommandId), Accepted>,
    messages: HashMap<(ChatId, MessageId), Message>,
    pub(super) snapshots: HashMap<Stream, Snapshot>,
}

impl Models {
    pub(super) async fn follow(&self, log: &dyn EventLog) {
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

    pub(super) fn rows(&self) -> std::sync::MutexGuard<'_, Rows> {
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
                let message = Message {
                    from: sent.from,
                    sent_at: fact.happened_at(),
                    deleted: false,
                };
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

    async fn messages(&self, _: Option<Position>, chat: ChatId, ids: &[MessageId]) -> Result<Known, RecallError> {
        let rows = self.rows();
        Ok(ids
            .iter()
            .filter_map(|id| Some((*id, rows.messages.get(&(chat, *id))?.clone())))
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
