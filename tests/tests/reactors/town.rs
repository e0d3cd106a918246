//! An installation without a gateway: accounts, their names, and reactors.

use std::sync::Arc;

use domain::account::event::TokenHash;
use domain::account::{self, Account, DeviceNameText, NameText, UsernameText};
use domain::actor::Actor;
use domain::aggregate::Aggregate;
use domain::chat::{self, Chat, TitleText};
use domain::event::Event;
use domain::id::{AccountId, ChatId, DeviceId, NameKey};
use domain::inbox::{self, Inbox};
use domain::name::Name;
use domain::stream::Stream;
use heliograph_tests::deadline::eventually;
use heliograph_tests::fed::{Fed, PATIENCE, Place};
use infra::clock::Clock;
use infra::executor::{Executor, Limits, Request};
use infra::log::EventLog;
use infra::log::sqlite::SqliteLog;
use infra::seal::{Keys, MasterKey};
use projections::parking::ByCommand;
use projections::reactor::{Follower, Reactor};
use projections::reactors::username::Usernames;
use projections::runner;
use projections::upkeep::{DueErasures, ForgetErased, IdleDevices, LeaveErased, Upkeep};
use projections::{ReadModels, directory};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

pub(crate) const ALICE: i64 = 11;
pub(crate) const BOB: i64 = 12;

/// The reactor for towns where names do not rest.
pub(crate) const AT_ONCE: Usernames = Usernames { rest_seconds: 0 };

/// An installation without a gateway.
pub(crate) struct Town {
    _folder: TempDir,
    _place: Place,
    pub(crate) log: Arc<dyn EventLog>,
    pub(crate) models: ReadModels,
    executor: Executor,
    pub(crate) keys: Keys,
    clock: Clock,
    _fed: Fed,
}

pub(crate) fn id(account: i64) -> AccountId {
    account.try_into().unwrap()
}

impl Town {
    pub(crate) async fn new() -> Self {
        Self::at(Clock::system()).await
    }

    /// One whose executor and reactors go by this clock.
    pub(crate) async fn at(clock: Clock) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log: Arc<dyn EventLog> = Arc::new(SqliteLog::open(folder.path().join("log.db")).await.unwrap());
        let place = Place::sqlite();
        let models = place.open(&*log, 1).await;
        let keys = Keys::connect(&format!("sqlite:{}", folder.path().join("keys.db").display()))
            .await
            .unwrap();
        let keys = Keys::open(keys, &MasterKey::from_hex(&"07".repeat(32)).unwrap(), clock.clone())
            .await
            .unwrap();
        let recall = Arc::new(models.clone());
        let executor = Executor::new(Arc::clone(&log), keys.clone(), recall, clock.clone(), Limits::default());
        let parker = Arc::new(ByCommand {
            executor: executor.clone(),
            clock: clock.clone(),
        });
        let fed = Fed::start(models.clone(), Arc::clone(&log), parker, runner::Limits::default());
        let town = Self {
            _folder: folder,
            _place: place,
            log,
            models,
            executor,
            keys,
            clock,
            _fed: fed,
        };
        for account in [ALICE, BOB] {
            town.settle_in(id(account)).await;
        }
        town
    }

    async fn settle_in(&self, account: AccountId) {
        let register = account::Command::Register {
            bot: false,
            name: NameText::parse("somebody").unwrap(),
            address: None,
        };
        self.ask::<Account>(Actor::Service("admin".into()), account, register).await;
        let authorise = account::Command::AuthoriseDevice {
            token: TokenHash("0".repeat(64)),
            name: DeviceNameText::parse("phone").unwrap(),
            platform: None,
            sign_in: None,
        };
        self.ask::<Account>(Actor::Service("admin".into()), account, authorise).await;
    }

    pub(crate) async fn ask<A: Aggregate>(&self, by: Actor, id: A::Id, payload: A::Command) {
        let request = Request {
            by,
            command: self.clock.command_id(),
            payload,
            sent_at: None,
            trace: None,
        };
        self.executor.execute::<A>(id, request).await.unwrap();
    }

    /// A group or a channel of this account's.
    pub(crate) async fn founds(&self, account: i64, chat: ChatId, members: &[i64]) {
        let create = chat::Command::Create(chat::command::Create {
            title: TitleText::parse("somewhere").unwrap(),
            members: members.iter().copied().map(id).collect(),
            description: None,
        });
        let by = Actor::Device(id(account), DeviceId::MIN);
        self.ask::<Chat>(by, chat, create).await;
    }

    /// The account follows a channel, whether it may or not: of that its inbox knows nothing.
    pub(crate) async fn follows(&self, account: i64, chat: ChatId) {
        let by = Actor::Device(id(account), DeviceId::MIN);
        let subscribe = inbox::Command::Subscribe { chat, top: None };
        self.ask::<Inbox>(by, id(account), subscribe).await;
    }

    pub(crate) fn key(&self, username: &str) -> NameKey {
        self.keys.name_key("username", username)
    }

    pub(crate) fn address_key(&self, address: &str) -> NameKey {
        self.keys.name_key("phone", address)
    }

    pub(crate) async fn wants(&self, account: i64, username: &str) {
        let request = account::Command::RequestUsername {
            name: self.key(username),
            username: UsernameText::parse(username).unwrap(),
        };
        self.ask::<Account>(Actor::Device(id(account), DeviceId::MIN), id(account), request)
            .await;
    }

    pub(crate) async fn drops(&self, account: i64) {
        self.ask::<Account>(
            Actor::Device(id(account), DeviceId::MIN),
            id(account),
            account::Command::DropUsername,
        )
        .await;
    }

    pub(crate) fn follower(&self, reactor: Arc<dyn Reactor>) -> Follower {
        Follower {
            reactor,
            log: Arc::clone(&self.log),
            state: self.models.state.clone(),
            executor: self.executor.clone(),
            parker: Arc::new(ByCommand {
                executor: self.executor.clone(),
                clock: self.clock.clone(),
            }),
            clock: self.clock.clone(),
        }
    }

    /// Who ends devices that were not seen for so many days.
    pub(crate) fn upkeep(&self, days: u32) -> Upkeep {
        Upkeep {
            chores: vec![Box::new(IdleDevices { days })],
            models: self.models.clone(),
            executor: self.executor.clone(),
            clock: self.clock.clone(),
        }
    }

    /// Who begins the erasures that are due, forgets who is gone, and has them leave.
    pub(crate) fn erasing(&self) -> Upkeep {
        Upkeep {
            chores: vec![Box::new(DueErasures), Box::new(ForgetErased), Box::new(LeaveErased)],
            ..self.upkeep(0)
        }
    }

    /// Waits until the read models include all that was said so far.
    pub(crate) async fn includes_all(&self) {
        let end = self.log.end().await.unwrap().expect("somebody said something");
        self.models.progress.wait(end, PATIENCE).await.unwrap();
    }

    pub(crate) fn react(&self) -> CancellationToken {
        self.reacts(Arc::new(AT_ONCE))
    }

    pub(crate) fn reacts(&self, reactor: Arc<dyn Reactor>) -> CancellationToken {
        let shutdown = CancellationToken::new();
        tokio::spawn(self.follower(reactor).run(shutdown.clone()));
        shutdown
    }

    /// Has a reactor react to all that accounts have said so far; then it ends, and how far it came is forgotten.
    pub(crate) async fn reacts_so_far(&self, reactor: Arc<dyn Reactor>) {
        let (name, shutdown) = (reactor.name(), CancellationToken::new());
        let mut end = None;
        for account in [ALICE, BOB] {
            end = end.max(self.log.last(&Stream::Account(id(account))).await.unwrap());
        }
        let reacting = tokio::spawn(self.follower(reactor).run(shutdown.clone()));
        eventually("it reacts", async || {
            let mark = self.models.state.reactor(name).await.ok()??;
            (Some(mark.position) >= end).then_some(())
        })
        .await;
        shutdown.cancel();
        reacting.await.unwrap().unwrap();
        sqlx::query("delete from reactors where name = $1")
            .bind(name)
            .execute(&self.models.state.db.pool)
            .await
            .unwrap();
    }

    pub(crate) async fn facts(&self, stream: &Stream) -> Vec<Event> {
        let mut facts = Vec::new();
        for record in self.log.read(stream, None).await.unwrap() {
            for read in infra::commit::decode(&record).unwrap().facts {
                if let infra::commit::Read::Fact(fact) = read {
                    facts.push(fact.event);
                }
            }
        }
        facts
    }

    /// Waits until the account has the name, and is found by it.
    pub(crate) async fn holds(&self, username: &str, account: i64) {
        eventually("it has the name", async || match self.name(username).await {
            Name::Taken { holder, .. } => (holder.account == id(account)).then_some(()),
            Name::Free | Name::Resting { .. } | Name::Claimed { .. } => None,
        })
        .await;
        eventually("it is found by the name", async || {
            let end = self.log.end().await.ok()??;
            self.models.progress.wait(end, PATIENCE).await.ok()?;
            let found = directory::by_username(&self.models.db, &self.key(username)).await.ok()??;
            (found.id == id(account)).then_some(())
        })
        .await;
    }

    /// Waits until nobody has the name.
    pub(crate) async fn free(&self, username: &str) {
        eventually("the name is free", async || self.holder(username).await.is_none().then_some(())).await;
    }

    /// Who claimed the name, or has it.
    pub(crate) async fn holder(&self, username: &str) -> Option<AccountId> {
        match self.name(username).await {
            Name::Free | Name::Resting { .. } => None,
            Name::Claimed { holder, .. } | Name::Taken { holder, .. } => Some(holder.account),
        }
    }

    async fn name(&self, username: &str) -> Name {
        self.name_of(&self.key(username)).await
    }

    /// What became of the unique thing with this key.
    pub(crate) async fn name_of(&self, key: &NameKey) -> Name {
        let mut name = Name::new(key.clone());
        for event in self.facts(&Stream::Name(key.clone())).await {
            name.evolve(Name::own(&event).unwrap());
        }
        name
    }

    /// Waits until the account was refused a name.
    pub(crate) async fn refused(&self, account: i64) {
        let refused = |event: &Event| matches!(event, Event::Account(account::Event::UsernameRefused(_)));
        eventually("somebody refuses", async || {
            self.facts(&Stream::Account(id(account))).await.iter().any(refused).then_some(())
        })
        .await;
    }
}
