//! A log in a file that can fail on demand, read models in memory that follow when told to, and people who chat.

mod log;
mod models;

use std::sync::Arc;

use domain::account::event::TokenHash;
use domain::account::{Account, Command as AccountCommand, DeviceNameText, NameText};
use domain::actor::Actor;
use domain::chat::command::Send;
use domain::chat::{Body, Chat, Command, Event as ChatEvent};
use domain::event::Event;
use domain::fact::Fact;
use domain::id::{AccountId, ChatId, CommandId, DeviceId, MessageId, Position};
use domain::time::Timestamp;
use tempfile::TempDir;
use uuid::Uuid;

use crate::clock::Clock;
use crate::commit::{Read, decode};
use crate::executor::{Done, Error, Executor, Limits, Request};
use crate::log::sqlite::SqliteLog;
use crate::log::{EventLog, Record};
use crate::seal::{Keys, MasterKey};

use self::log::Faulty;
use self::models::Models;

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
    Command::Send(Send::plain(body(text)))
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
        address: None,
    };
    administer(executor, id, u128::try_from(id).unwrap(), payload).await
}

pub(super) async fn authorise(executor: &Executor, id: i64, by_command: u128) -> Result<Done, Error<domain::account::Rejection>> {
    let payload = AccountCommand::AuthoriseDevice {
        token: TokenHash("a token's".to_owned()),
        name: DeviceNameText::parse("phone").unwrap(),
        platform: None,
        sign_in: None,
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
