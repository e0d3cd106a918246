//! A server of a test's own: everything in one process, over a temporary folder.

use anyhow::Result;
use domain::account::{self, Account};
use domain::actor::{ADMIN, Actor};
use domain::id::CommandId;
use gateway::token::{Secret, Token};
use gateway::{Config, Gateway, Parts, Shared};
use heliograph_tests::deadline::PATIENCE;
use infra::clock::Clock;
use infra::config::delivery::Delivery;
use infra::delivery::Carriers;
use infra::executor::{Executor, Limits, Request};
use infra::log::EventLog;
use infra::log::sqlite::SqliteLog;
use infra::seal::{Keys, MasterKey};
use infra::signals::Local;
use projections::ReadModels;
use projections::outbox::{self, Outbox, Retry};
use projections::parking::{ByCommand, Parker};
use projections::progress::Progress;
use projections::reactor::Follower;
use projections::reactors::username::Usernames;
use projections::runner::Runner;
use projections::state::State;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::client::{Admin, Person};

/// A door that waits for whatever has to come first, however busy the machine is.
pub(crate) fn patient() -> Config {
    Config {
        behind_max: PATIENCE / 2,
        settle_max: PATIENCE / 2,
        ..Config::default()
    }
}

/// A running server; stopped and its folder deleted when dropped.
pub(crate) struct Server {
    pub(crate) url: String,
    pub(crate) admin: Admin,
    pub(crate) keys: Keys,
    pub(crate) executor: Executor,
    pub(crate) models: ReadModels,
    pub(crate) gateway: Shared,
    feeding: Feeding,
    stop: CancellationToken,
    served: Option<JoinHandle<std::io::Result<()>>>,
    _folder: TempDir,
}

impl Server {
    pub(crate) async fn start() -> Result<Self> {
        Self::with(patient()).await
    }

    pub(crate) async fn with(config: Config) -> Result<Self> {
        Self::hearing(config, 1, |progress| progress).await
    }

    /// With several lanes, and a door that hears how far they are by what `heard` makes of it.
    pub(crate) async fn hearing(config: Config, lanes: u32, heard: impl FnOnce(Progress) -> Progress) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let clock = Clock::system();
        let file = |name: &str| format!("sqlite:{}", folder.path().join(name).display());
        let log: Arc<dyn EventLog> = Arc::new(SqliteLog::open(folder.path().join("log.db")).await?);
        let master = MasterKey::from_hex(&"07".repeat(32)).expect("64 hex digits");
        let keys = Keys::open(Keys::connect(&file("keys.db")).await?, &master, clock.clone()).await?;
        let state = State::open(infra::db::Db::open(&file("state.db"), 2, "full").await?).await?;
        let rows = infra::db::Db::open(&file("read.db"), 3 + lanes, "normal").await?;
        let models = ReadModels::open(rows, state, log.id(), lanes).await?;
        let keys = keys.heeding(models.feed.gone().clone());
        let recall = Arc::new(models.clone());
        let executor = Executor::new(Arc::clone(&log), keys.clone(), recall, clock.clone(), Limits::default());
        let stop = CancellationToken::new();
        let feeding = Feeding::start(&models, &log, &executor, &clock, stop.child_token());
        let secret = Secret::new(clock.secret());
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let admin = Admin::new(&url, &Token::Admin(secret.clone()).reveal());
        let mut seen = models.clone();
        seen.progress = heard(seen.progress);
        let parts = Parts {
            executor: executor.clone(),
            models: seen,
            keys: keys.clone(),
            log,
            clock,
            config,
            admin: secret,
            metrics: None,
            checkup: None,
            rebuilds: None,
            outbox: outbox(&models, &keys),
            search: None,
            signals: Arc::new(Local::default()),
        };
        let gateway = Gateway::new(parts);
        let served = tokio::spawn(gateway::serve(listener, Shared::clone(&gateway), stop.clone()));
        Ok(Self {
            url,
            admin,
            keys,
            executor,
            models,
            gateway,
            feeding,
            stop,
            served: Some(served),
            _folder: folder,
        })
    }

    /// Somebody with an account and a device.
    pub(crate) async fn person(&self, name: &str) -> Result<Person> {
        self.admin.person(name).await
    }

    /// Ends a device as another server does: this one's door is not told.
    pub(crate) async fn ends_elsewhere(&self, person: &Person) -> Result<()> {
        let request = Request {
            by: Actor::Service(ADMIN.to_owned()),
            command: CommandId(heliograph_tests::chance::command_id()),
            payload: account::Command::EndDevice {
                device: person.device.try_into()?,
            },
            sent_at: None,
            trace: None,
        };
        let ended = self.executor.execute::<Account>(person.account.try_into()?, request).await?;
        let position = ended.position.expect("something happened");
        Ok(self.models.progress.wait(position, PATIENCE).await?)
    }

    /// Begins to erase an account. Its key stays: nothing reacts here.
    pub(crate) async fn begins_to_erase(&self, person: &Person) -> Result<()> {
        let request = Request {
            by: Actor::Service(ADMIN.to_owned()),
            command: CommandId(heliograph_tests::chance::command_id()),
            payload: account::Command::BeginErasure,
            sent_at: None,
            trace: None,
        };
        let begun = self.executor.execute::<Account>(person.account.try_into()?, request).await?;
        let position = begun.position.expect("something happened");
        Ok(self.models.progress.wait(position, PATIENCE).await?)
    }

    /// From now on the read models come no further.
    pub(crate) async fn stall(&mut self) -> Result<()> {
        self.feeding.over.cancel();
        Ok((&mut self.feeding.runner).await??)
    }

    /// Tells the server to stop.
    pub(crate) fn stop(&self) {
        self.stop.cancel();
    }

    /// Waits until it has stopped.
    pub(crate) async fn stopped(&mut self) -> Result<()> {
        let served = self.served.take().expect("it is waited for once");
        Ok(tokio::time::timeout(PATIENCE, served).await???)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Nobody empties it.
fn outbox(models: &ReadModels, keys: &Keys) -> Outbox {
    Outbox::new(outbox::Parts {
        state: models.state.clone(),
        keys: keys.clone(),
        carriers: Carriers::default(),
        clock: Clock::system(),
        retry: Retry::of(&Delivery::default()),
    })
}

/// What follows the log.
struct Feeding {
    runner: JoinHandle<Result<(), projections::runner::Error>>,
    over: CancellationToken,
}

impl Feeding {
    fn start(models: &ReadModels, log: &Arc<dyn EventLog>, executor: &Executor, clock: &Clock, over: CancellationToken) -> Self {
        let parker: Arc<dyn Parker> = Arc::new(ByCommand {
            executor: executor.clone(),
            clock: clock.clone(),
        });
        let runner = Runner::new(models.clone(), Arc::clone(log), Arc::clone(&parker), clock.clone());
        let usernames = Follower {
            reactor: Arc::new(Usernames::resting(30)),
            log: Arc::clone(log),
            state: models.state.clone(),
            executor: executor.clone(),
            parker,
            clock: clock.clone(),
        };
        tokio::spawn(usernames.run(over.clone()));
        Self {
            runner: tokio::spawn(runner.run(over.clone())),
            over,
        }
    }
}
