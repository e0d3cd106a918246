//! An installation: log, keys, databases, read models and executor, opened in the order in which they need each other.

mod keys;
mod models;
mod telling;

use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, ensure};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use infra::clock::Clock;
use infra::config::Config;
use infra::config::secret::Address;
use infra::delivery::Carriers;
use infra::executor::Executor;
use infra::log::EventLog;
use infra::log::jetstream::{self, JetStreamLog};
use infra::log::sqlite::SqliteLog;
use infra::seal::Keys;
use infra::signals::Signals;
use projections::ReadModels;
use projections::outbox::Outbox;
use projections::parking::{ByCommand, Parker};
use projections::reactor::{Follower, Reactor};
use projections::reactors::address::Addresses;
use projections::reactors::banned::Banned;
use projections::reactors::erasure::Erasures;
use projections::reactors::reacted::ReactionsChanged;
use projections::reactors::username::Usernames;
use projections::rebuild::Rebuilds;
use projections::runner::Runner;
use projections::updates::retention::{self, Retention};
use projections::upkeep::{COUNT_SECONDS, Chore, ClearViews, Counts, DueErasures, ForgetErased, IdleDevices, LeaveErased, Upkeep};
use tokio::time::timeout;

use self::keys::open_keys;
pub use self::models::same_log;
use self::models::{beside, open_models};
use crate::apart::{self, Apart};
use crate::crew::Crew;
use crate::patience::{Part, Patience};

/// How long closing may take: SQLite may have a lot to fold into its file.
const CLOSING: Duration = Duration::from_secs(10);

/// Everything that is behind the door.
#[derive(Debug, Clone)]
pub struct Installation {
    /// What happened.
    pub log: Arc<dyn EventLog>,
    /// What opens what people wrote.
    pub keys: Keys,
    /// What the log says, as rows.
    pub models: ReadModels,
    /// Makes those rows anew.
    pub rebuilds: Rebuilds,
    /// What the log says, as rows for analysts, if they are kept.
    pub archive: Option<Apart>,
    /// What people said, as they search it, if they may.
    pub search: Option<Apart>,
    /// Decides commands.
    pub executor: Executor,
    /// Where codes wait that are to be delivered.
    pub outbox: Outbox,
    /// Tells devices what nobody keeps.
    pub signals: Arc<dyn Signals>,
    /// Time and chance.
    pub clock: Clock,
    /// The log again, when it is a file: to be closed.
    file: Option<Arc<SqliteLog>>,
}

impl Installation {
    /// Opens everything; waits for what can't be reached yet.
    pub async fn open(config: &Config, folder: &Path, clock: Clock, patience: &Patience) -> Result<Self> {
        let [at_log, at_keys, at_database] =
            [&config.log.nats, &config.keys.url, &config.database.url].map(|url| place(url.as_ref(), folder));
        let carriers = Carriers::open(config, &clock)?;
        let (log, file, broker) = patience.open(Part::Log, &at_log, || Box::pin(open_log(config, folder))).await?;
        // Before the keys: none are made for a log that is not the one which the read models remember.
        let models = || -> BoxFuture<'_, _> { Box::pin(open_models(config, folder, &*log)) };
        let (models, outdated) = patience.open(Part::Database, &at_database, models).await?;
        patience.open(Part::Log, &at_log, || Box::pin(same_log(&*log, &models))).await?;
        let keys = || -> BoxFuture<'_, _> { Box::pin(open_keys(config, folder, &*log, &clock)) };
        let keys = patience.open(Part::Keys, &at_keys, keys).await?;
        let keys = keys.heeding(models.feed.gone().clone());
        erase_again(&keys).await;
        let rebuilds = Rebuilds::new(
            models.clone(),
            Arc::clone(&log),
            clock.clone(),
            beside(config, folder),
            config.database.lanes,
            outdated.as_ref(),
        );
        let executor = Executor::new(
            Arc::clone(&log),
            keys.clone(),
            Arc::new(models.clone()),
            clock.clone(),
            config.executor.limits(),
        );
        Ok(Self {
            log,
            rebuilds,
            archive: config.archive.enabled.then(|| Apart::new(&apart::ARCHIVE, config, folder)),
            search: config.search.enabled.then(|| Apart::new(&apart::SEARCH, config, folder)),
            executor,
            outbox: telling::outbox(config, carriers, &models.state, &keys, &clock),
            signals: telling::signals(config, broker, &keys, &clock),
            models,
            keys,
            clock,
            file,
        })
    }

    /// Sets to work what feeds the read models, what reacts, what clears away, and what does the chores.
    pub fn start(&self, config: &Config, crew: &Crew) {
        let parker: Arc<dyn Parker> = Arc::new(ByCommand {
            executor: self.executor.clone(),
            clock: self.clock.clone(),
        });
        let runners = self.rebuilds.parker(Arc::clone(&parker));
        let runner = Runner::new(self.models.clone(), Arc::clone(&self.log), runners, self.clock.clone());
        crew.critical("the read models", runner.run(crew.stop()));
        crew.critical("making read models anew", self.rebuilds.clone().run(crew.stop()));
        for apart in [&self.archive, &self.search].into_iter().flatten() {
            let needs = apart::Needs {
                keys: self.keys.clone(),
                log: Arc::clone(&self.log),
                state: self.models.state.clone(),
                parker: Arc::clone(&parker),
                clock: self.clock.clone(),
            };
            let kept = apart.clone().run(needs, crew.stop());
            crew.critical(apart.name(), kept.map(Ok::<_, Infallible>));
        }
        let follows = |reactor: Arc<dyn Reactor>| Follower {
            reactor,
            log: Arc::clone(&self.log),
            state: self.models.state.clone(),
            executor: self.executor.clone(),
            parker: Arc::clone(&parker),
            clock: self.clock.clone(),
        };
        let usernames = Usernames::resting(config.accounts.username_rest_days);
        crew.critical("usernames", follows(Arc::new(usernames)).run(crew.stop()));
        crew.critical("banned", follows(Arc::new(Banned)).run(crew.stop()));
        crew.critical("addresses", follows(Arc::new(Addresses)).run(crew.stop()));
        let (keys, models) = (self.keys.clone(), self.models.clone());
        crew.critical("erasures", follows(Arc::new(Erasures { keys, models })).run(crew.stop()));
        let state = self.models.state.clone();
        crew.critical("reactions", follows(Arc::new(ReactionsChanged { state })).run(crew.stop()));
        crew.critical("delivery", self.outbox.clone().run(crew.stop()));
        let (signals, stop) = (Arc::clone(&self.signals), crew.stop());
        crew.critical("signals", async move {
            signals.run(stop).await;
            Ok::<_, Infallible>(())
        });
        let (models, log, clock, stop) = (self.models.clone(), Arc::clone(&self.log), self.clock.clone(), crew.stop());
        let (retention, every) = (retention(config), Duration::from_secs(config.updates.trim_seconds));
        crew.critical("clearing away", async move {
            retention::keep(models, &*log, retention, clock, every, stop).await;
            Ok::<_, Infallible>(())
        });
        let counting = Upkeep {
            chores: vec![Box::new(Counts)],
            models: self.models.clone(),
            executor: self.executor.clone(),
            clock: self.clock.clone(),
        };
        let (every, stop) = (Duration::from_secs(COUNT_SECONDS.unsigned_abs()), crew.stop());
        crew.critical("counting", async move {
            counting.keep(every, stop).await;
            Ok::<_, Infallible>(())
        });
        let upkeep = Upkeep {
            chores: chores(config),
            models: self.models.clone(),
            executor: self.executor.clone(),
            clock: self.clock.clone(),
        };
        let every = Duration::from_secs(config.accounts.upkeep_seconds);
        crew.critical("upkeep", upkeep.keep(every, crew.stop()).map(Ok::<_, Infallible>));
    }

    /// Writes out what waits and closes the files. What does not end in time is left to the end of the process, which loses nothing.
    pub async fn close(self) {
        let closed = async {
            if let Some(file) = &self.file {
                file.close().await;
            }
            self.models.state.db.close().await;
            self.models.db.close().await;
            self.keys.disconnect().await;
        };
        if timeout(CLOSING, closed).await.is_err() {
            tracing::warn!("the log or a database did not close within {CLOSING:?}");
        }
    }
}

/// Whoever is gone stays gone, also where an older copy of the keys was put back.
async fn erase_again(keys: &Keys) {
    match keys.erase_again().await {
        Ok(0) => {}
        Ok(accounts) => tracing::warn!(
            accounts,
            "the keys are an older copy, which had those of erased accounts: they are erased again"
        ),
        Err(error) => tracing::error!(%error, "keys of erased accounts may still be there; the next start erases them"),
    }
}

/// The files of which each alone says that somebody's messages are, or were, here.
const FILES: [&str; 3] = ["log.db", "keys.db", "read.db"];

/// Whether there may be an installation: its log is elsewhere, or something of it is in the folder.
pub fn may_exist(config: &Config) -> bool {
    config.log.nats.is_some() || FILES.iter().any(|name| config.data.folder.join(name).exists())
}

const NO_LOG: &str = "log.db is missing beside keys.db or read.db, so it is lost or elsewhere: put it back (with its -wal, if it has one) from a \
                      backup, or name the log by log.nats; nothing was changed. For a new installation name another, empty folder by --data";

/// Where something is, as everybody may know.
fn place(url: Option<&Address>, folder: &Path) -> String {
    url.map_or_else(|| folder.display().to_string(), Address::to_string)
}

/// A log; again, when it is a file; the connection to its broker, when it is on one.
type Opened = (Arc<dyn EventLog>, Option<Arc<SqliteLog>>, Option<async_nats::Client>);

async fn open_log(config: &Config, folder: &Path) -> Result<Opened> {
    let Some(nats) = &config.log.nats else {
        let path = folder.join("log.db");
        // An empty one in its place would seem to be all there is.
        ensure!(path.exists() || !may_exist(config), NO_LOG);
        let file = Arc::new(SqliteLog::open(path).await?);
        return Ok((Arc::clone(&file) as Arc<dyn EventLog>, Some(file), None));
    };
    let stream = jetstream::Config {
        stream: config.log.stream.clone(),
        prefix: config.log.stream.clone(),
        replicas: usize::try_from(config.log.replicas)?,
        ..jetstream::Config::default()
    };
    let log = JetStreamLog::connect(nats.reveal(), stream).await?;
    let broker = log.client();
    Ok((Arc::new(log), None, Some(broker)))
}

fn sqlite(folder: &Path, name: &str) -> String {
    format!("sqlite:{}", folder.join(name).display())
}

/// What time brings.
fn chores(config: &Config) -> Vec<Box<dyn Chore>> {
    let (days, views) = (config.accounts.idle_days, config.chats.views_days);
    vec![
        Box::new(IdleDevices { days }),
        Box::new(DueErasures),
        Box::new(ForgetErased),
        Box::new(LeaveErased),
        Box::new(ClearViews { days: views }),
    ]
}

fn retention(config: &Config) -> Retention {
    Retention {
        age: Some(Duration::from_secs(u64::from(config.updates.keep_days) * 24 * 3600)),
        count: Some(config.updates.keep_per_device),
        acknowledged: false,
    }
}
