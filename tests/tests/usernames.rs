//! Usernames: asked for by accounts, decided by the names' own streams, brought together by a reactor.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use domain::account::event::TokenHash;
use domain::account::{self, Account, DeviceNameText, NameText, UsernameText};
use domain::actor::Actor;
use domain::aggregate::Aggregate;
use domain::event::Event;
use domain::fact::Fact;
use domain::id::{AccountId, DeviceId, LogId, NameKey, Position};
use domain::name::{self, Name};
use domain::stream::Stream;
use domain::system::{self, Parked, System};
use heliograph_tests::deadline::eventually;
use heliograph_tests::fed::{Fed, PATIENCE, Place};
use infra::clock::Clock;
use infra::executor::{Executor, Limits, Request};
use infra::log::sqlite::SqliteLog;
use infra::log::{self, Append, AppendError, EventLog, Follow, Page, Record};
use infra::seal::{Keys, MasterKey};
use projections::parking::ByCommand;
use projections::reactor::{Context, Follower, Reactor, Trouble};
use projections::reactors::username::Usernames;
use projections::runner;
use projections::{ReadModels, directory};
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

const ALICE: i64 = 11;
const BOB: i64 = 12;

/// An installation without a gateway.
struct Town {
    _folder: TempDir,
    _place: Place,
    log: Arc<dyn EventLog>,
    models: ReadModels,
    executor: Executor,
    keys: Keys,
    clock: Clock,
    _fed: Fed,
}

fn id(account: i64) -> AccountId {
    account.try_into().unwrap()
}

impl Town {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log: Arc<dyn EventLog> = Arc::new(SqliteLog::open(folder.path().join("log.db")).await.unwrap());
        let place = Place::sqlite();
        let models = place.open(&*log, 1).await;
        let clock = Clock::system();
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
        };
        self.ask::<Account>(Actor::Service("admin".into()), account, register).await;
        let authorise = account::Command::AuthoriseDevice {
            token: TokenHash("0".repeat(64)),
            name: DeviceNameText::parse("phone").unwrap(),
        };
        self.ask::<Account>(Actor::Service("admin".into()), account, authorise).await;
    }

    async fn ask<A: Aggregate>(&self, by: Actor, id: A::Id, payload: A::Command) {
        let request = Request {
            by,
            command: self.clock.command_id(),
            payload,
            sent_at: None,
            trace: None,
        };
        self.executor.execute::<A>(id, request).await.unwrap();
    }

    fn key(&self, username: &str) -> NameKey {
        self.keys.name_key("username", username)
    }

    async fn wants(&self, account: i64, username: &str) {
        let request = account::Command::RequestUsername {
            name: self.key(username),
            username: UsernameText::parse(username).unwrap(),
        };
        self.ask::<Account>(Actor::Device(id(account), DeviceId::MIN), id(account), request)
            .await;
    }

    async fn drops(&self, account: i64) {
        self.ask::<Account>(
            Actor::Device(id(account), DeviceId::MIN),
            id(account),
            account::Command::DropUsername,
        )
        .await;
    }

    fn follower(&self, reactor: Arc<dyn Reactor>) -> Follower {
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

    fn react(&self) -> CancellationToken {
        let shutdown = CancellationToken::new();
        tokio::spawn(self.follower(Arc::new(Usernames)).run(shutdown.clone()));
        shutdown
    }

    async fn facts(&self, stream: &Stream) -> Vec<Event> {
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

    /// Waits until the names stand like this: who has it, and whether in use.
    async fn holds(&self, username: &str, account: i64) {
        let deadline = Instant::now() + PATIENCE;
        let wanted = Name::Taken { account: id(account) };
        while self.name(username).await != wanted {
            assert!(Instant::now() < deadline, "{username}: {:?}", self.name(username).await);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        loop {
            let end = self.log.end().await.unwrap().unwrap();
            self.models.progress.wait(end, PATIENCE).await.unwrap();
            let found = directory::by_username(&self.models.db, &self.key(username)).await.unwrap();
            if found.map(|account| account.id) == Some(id(account)) {
                return;
            }
            assert!(Instant::now() < deadline, "{username} is not in the directory");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn free(&self, username: &str) {
        let deadline = Instant::now() + PATIENCE;
        while self.name(username).await != Name::Free {
            assert!(Instant::now() < deadline, "{username}: {:?}", self.name(username).await);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn name(&self, username: &str) -> Name {
        let mut name = Name::new(self.key(username));
        for event in self.facts(&Stream::Name(self.key(username))).await {
            name.evolve(Name::own(&event).unwrap());
        }
        name
    }

    async fn refused(&self, account: i64) {
        let deadline = Instant::now() + PATIENCE;
        let refused = |event: &Event| matches!(event, Event::Account(account::Event::UsernameRefused(_)));
        while !self.facts(&Stream::Account(id(account))).await.iter().any(refused) {
            assert!(Instant::now() < deadline, "nobody refuses");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_who_asks_gets_the_name_and_the_other_is_refused_until_it_is_given_up() {
    let town = Town::new().await;
    let _reacting = town.react();
    town.wants(ALICE, "sunny").await;
    town.holds("sunny", ALICE).await;
    town.wants(BOB, "sunny").await;
    town.refused(BOB).await;
    town.wants(ALICE, "shade").await;
    town.holds("shade", ALICE).await;
    town.free("sunny").await;
    town.wants(BOB, "sunny").await;
    town.holds("sunny", BOB).await;
    town.drops(BOB).await;
    town.free("sunny").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_for_while_no_reactor_runs_is_dealt_with_later_and_only_the_newest_wish_counts() {
    let town = Town::new().await;
    for name in ["first_name", "other_name", "final_name"] {
        town.wants(ALICE, name).await;
    }
    let reacting = town.react();
    town.holds("final_name", ALICE).await;
    town.free("first_name").await;
    town.free("other_name").await;
    reacting.cancel();
}

#[tokio::test(flavor = "multi_thread")]
async fn several_reactors_and_one_that_starts_over_repeat_nothing() {
    let town = Town::new().await;
    let (_one, _other) = (town.react(), town.react());
    for round in 0..5 {
        town.wants(ALICE, &format!("alice_{round}")).await;
        town.wants(BOB, &format!("robert_{round}")).await;
    }
    town.holds("alice_4", ALICE).await;
    town.holds("robert_4", BOB).await;
    sqlx::query("delete from reactors")
        .execute(&town.models.state.db.pool)
        .await
        .unwrap();
    let _again = town.react();
    town.wants(BOB, "robert_5").await;
    town.holds("robert_5", BOB).await;
    town.free("robert_4").await;
    town.holds("alice_4", ALICE).await;
    for round in 0..4 {
        town.free(&format!("alice_{round}")).await;
    }
}

/// The reactor as it reacts once more, long after, to the adoption of a name.
#[derive(Debug)]
struct Late(NameKey);

#[async_trait::async_trait]
impl Reactor for Late {
    fn name(&self) -> &'static str {
        "late"
    }

    fn concerns(&self, stream: &Stream) -> bool {
        Usernames.concerns(stream)
    }

    async fn react(&self, fact: &Fact, context: &Context) -> Result<(), Trouble> {
        match &fact.event {
            Event::Account(account::Event::UsernameChanged(changed)) if changed.name.as_ref() == Some(&self.0) => {
                Usernames.react(fact, context).await
            }
            _ => Ok(()),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_was_given_up_since_is_not_taken_again() {
    let town = Town::new().await;
    let reacting = town.react();
    town.wants(ALICE, "former").await;
    town.holds("former", ALICE).await;
    town.wants(ALICE, "present").await;
    town.holds("present", ALICE).await;
    town.free("former").await;
    reacting.cancel();
    let end = town.log.end().await.unwrap();
    let _late = {
        let shutdown = CancellationToken::new();
        tokio::spawn(town.follower(Arc::new(Late(town.key("former")))).run(shutdown.clone()));
        shutdown.drop_guard()
    };
    let deadline = Instant::now() + PATIENCE;
    while town.models.state.reactor("late").await.unwrap().map(|mark| mark.position) < end {
        assert!(Instant::now() < deadline, "it reacts");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(town.name("former").await, Name::Free);
    assert_eq!(town.name("present").await, Name::Taken { account: id(ALICE) });
}

/// A reactor that can't deal with names being claimed.
#[derive(Debug)]
struct Poisoned;

#[async_trait::async_trait]
impl Reactor for Poisoned {
    fn name(&self) -> &'static str {
        "poisoned"
    }

    fn concerns(&self, stream: &Stream) -> bool {
        matches!(stream, Stream::Account(_))
    }

    async fn react(&self, fact: &Fact, context: &Context) -> Result<(), Trouble> {
        match &fact.event {
            Event::Account(account::Event::Registered(_)) if fact.stream == Stream::Account(id(ALICE)) => panic!("not her"),
            Event::Account(account::Event::Registered(_)) => Err(Trouble::Never("not him".to_owned())),
            Event::Account(account::Event::DeviceAuthorised(_)) => {
                let claim = name::Command::Claim {
                    account: id(ALICE),
                    until: context.clock().now().plus_seconds(60),
                };
                let key = "0".repeat(64).parse().unwrap();
                context.command::<Name>("claim", key, claim).await.map(|_| ())
            }
            _ => Ok(()),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_reactor_fails_on_is_parked_and_it_goes_on() {
    let town = Town::new().await;
    let shutdown = CancellationToken::new();
    tokio::spawn(town.follower(Arc::new(Poisoned)).run(shutdown.clone()));
    let deadline = Instant::now() + PATIENCE;
    let claimed = Stream::Name("0".repeat(64).parse().unwrap());
    while town.facts(&claimed).await.is_empty() || town.facts(&Stream::System).await.len() < 2 {
        assert!(Instant::now() < deadline, "it does not go on");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    for event in town.facts(&Stream::System).await {
        let Event::System(domain::system::Event::FactParked(parked)) = event else {
            panic!("{event:?}")
        };
        assert_eq!(parked.projection, "reactor.poisoned");
    }
    shutdown.cancel();
}

/// A log whose answers to `at` can be made to fail once.
#[derive(Debug)]
struct Faltering {
    log: Arc<dyn EventLog>,
    fails: AtomicBool,
}

#[async_trait::async_trait]
impl EventLog for Faltering {
    fn id(&self) -> LogId {
        self.log.id()
    }

    async fn append(&self, append: Append) -> Result<Position, AppendError> {
        self.log.append(append).await
    }

    async fn append_many(&self, appends: Vec<Append>) -> Vec<Result<Position, AppendError>> {
        self.log.append_many(appends).await
    }

    async fn page(&self, stream: &Stream, after: Option<Position>) -> Result<Page, log::Error> {
        self.log.page(stream, after).await
    }

    async fn last(&self, stream: &Stream) -> Result<Option<Position>, log::Error> {
        self.log.last(stream).await
    }

    async fn at(&self, position: Position) -> Result<Option<Record>, log::Error> {
        if self.fails.swap(false, Ordering::SeqCst) {
            return Err(log::Error::Unavailable("just now".to_owned()));
        }
        self.log.at(position).await
    }

    async fn end(&self) -> Result<Option<Position>, log::Error> {
        self.log.end().await
    }

    fn follow(&self, after: Option<Position>) -> Follow {
        self.log.follow(after)
    }
}

/// A reactor that gives Alice up at first, and tells when it does not.
#[derive(Debug)]
struct Moody {
    refuses: AtomicBool,
    welcomes: mpsc::UnboundedSender<()>,
}

#[async_trait::async_trait]
impl Reactor for Moody {
    fn name(&self) -> &'static str {
        "moody"
    }

    fn concerns(&self, stream: &Stream) -> bool {
        *stream == Stream::Account(id(ALICE))
    }

    async fn react(&self, fact: &Fact, _context: &Context) -> Result<(), Trouble> {
        if !matches!(fact.event, Event::Account(account::Event::Registered(_))) {
            return Ok(());
        }
        if self.refuses.swap(false, Ordering::SeqCst) {
            return Err(Trouble::Never("not today".to_owned()));
        }
        let _ = self.welcomes.send(());
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_released_while_the_log_is_unavailable_is_reacted_to_later() {
    let town = Town::new().await;
    let (welcomes, mut heard) = mpsc::unbounded_channel();
    let log = Arc::new(Faltering {
        log: Arc::clone(&town.log),
        fails: AtomicBool::new(false),
    });
    let mut follower = town.follower(Arc::new(Moody {
        refuses: AtomicBool::new(true),
        welcomes,
    }));
    follower.log = Arc::clone(&log) as Arc<dyn EventLog>;
    let shutdown = CancellationToken::new();
    tokio::spawn(follower.run(shutdown.clone()));
    let parked = eventually("Alice is parked", async || town.facts(&Stream::System).await.pop()).await;
    let Event::System(system::Event::FactParked(parked)) = parked else {
        panic!("{parked:?}")
    };
    log.fails.store(true, Ordering::SeqCst);
    let fact = Parked {
        projection: parked.projection,
        position: parked.position,
        index: parked.index,
    };
    let release = system::Command::Release { fact };
    town.ask::<System>(Actor::Service("admin".into()), (), release).await;
    tokio::time::timeout(PATIENCE, heard.recv()).await.expect("she is welcomed at last");
    assert!(!log.fails.load(Ordering::SeqCst));
    shutdown.cancel();
}
