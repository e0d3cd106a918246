//! A server of a test's own: everything in one process, over a temporary folder.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use gateway::token::{Secret, Token};
use gateway::{Config, Gateway, Parts};
use infra::clock::Clock;
use infra::executor::{Executor, Limits};
use infra::log::EventLog;
use infra::log::sqlite::SqliteLog;
use infra::seal::{Keys, MasterKey};
use projections::ReadModels;
use projections::parking::{ByCommand, Parker};
use projections::progress::Progress;
use projections::reactor::Follower;
use projections::reactors::username::Usernames;
use projections::runner::Runner;
use projections::state::State;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::client::{Admin, Person};

/// A running server; stopped and its folder deleted when dropped.
pub(crate) struct Server {
    pub(crate) url: String,
    pub(crate) admin: Admin,
    pub(crate) keys: Keys,
    pub(crate) executor: Executor,
    pub(crate) models: ReadModels,
    stop: CancellationToken,
    served: Option<JoinHandle<std::io::Result<()>>>,
    _folder: TempDir,
}

impl Server {
    pub(crate) async fn start() -> Result<Self> {
        Self::with(Config::default()).await
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
        let recall = Arc::new(models.clone());
        let executor = Executor::new(Arc::clone(&log), keys.clone(), recall, clock.clone(), Limits::default());
        let stop = CancellationToken::new();
        feed(&models, &log, &executor, &clock, &stop);
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
        };
        let served = tokio::spawn(gateway::serve(listener, Gateway::new(parts), stop.clone()));
        Ok(Self {
            url,
            admin,
            keys,
            executor,
            models,
            stop,
            served: Some(served),
            _folder: folder,
        })
    }

    /// Somebody with an account and a device.
    pub(crate) async fn person(&self, name: &str) -> Result<Person> {
        self.admin.person(name).await
    }

    /// Tells the server to stop.
    pub(crate) fn stop(&self) {
        self.stop.cancel();
    }

    /// Waits until it has stopped.
    pub(crate) async fn stopped(&mut self) -> Result<()> {
        let served = self.served.take().expect("it is waited for once");
        Ok(tokio::time::timeout(Duration::from_secs(20), served).await???)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn feed(models: &ReadModels, log: &Arc<dyn EventLog>, executor: &Executor, clock: &Clock, stop: &CancellationToken) {
    let parker: Arc<dyn Parker> = Arc::new(ByCommand {
        executor: executor.clone(),
        clock: clock.clone(),
    });
    let runner = Runner::new(models.clone(), Arc::clone(log), Arc::clone(&parker), clock.clone());
    tokio::spawn(runner.run(stop.clone()));
    let usernames = Follower {
        reactor: Arc::new(Usernames),
        log: Arc::clone(log),
        state: models.state.clone(),
        executor: executor.clone(),
        parker,
        clock: clock.clone(),
    };
    tokio::spawn(usernames.run(stop.clone()));
}
