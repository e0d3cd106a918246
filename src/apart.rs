//! Read models that stand apart, as the archive and what is searched: opened and fed beside the server once it works, and again after a pause
//! whenever that fails; nobody waits for them.

use std::convert::Infallible;
use std::future::pending;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use domain::id::LogId;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use infra::clock::Clock;
use infra::config::Config;
use infra::config::secret::Address;
use infra::db::Db;
use infra::log::EventLog;
use infra::seal::Keys;
use projections::checkpoint::Refused;
use projections::parking::Parker;
use projections::read_models::OpenError;
use projections::runner::{self, Runner};
use projections::state::State;
use projections::{ReadModels, archive, search};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::installation;

/// How long it is waited, at first and at most, until it is tried again.
const AGAIN: Duration = Duration::from_secs(1);
const AGAIN_MAX: Duration = Duration::from_mins(1);

/// How often it is looked whether it is kept up, until it is.
const LOOK: Duration = Duration::from_millis(250);

/// How long closing may take.
const CLOSING: Duration = Duration::from_secs(5);

/// What is kept apart.
#[derive(Debug)]
pub struct Kind {
    /// What operators call it; so is the schema of PostgreSQL that it is in.
    name: &'static str,
    /// What they are to know before they drop that.
    dropping: &'static str,
    /// Connections to its database: one feeds it, another looks where it stands, the others answer.
    connections: u32,
    open: fn(Db, State, LogId) -> BoxFuture<'static, Result<ReadModels, OpenError>>,
    runner: fn(ReadModels, &Needs) -> Runner,
    is_up: fn(bool),
}

/// What analysts ask.
pub static ARCHIVE: Kind = Kind {
    name: archive::NAME,
    dropping: "; analysts' grants go with it",
    connections: 3,
    open: |db, state, log| archive::open(db, state, log).boxed(),
    runner: |models, needs| archive::runner(models, Arc::clone(&needs.log), Arc::clone(&needs.parker), needs.clock.clone()),
    is_up: archive::is_up,
};

/// What people search.
pub static SEARCH: Kind = Kind {
    name: search::NAME,
    dropping: "",
    connections: 6,
    open: |db, state, log| search::open(db, state, log).boxed(),
    runner: |models, needs| {
        let (log, parker) = (Arc::clone(&needs.log), Arc::clone(&needs.parker));
        search::runner(models, needs.keys.clone(), log, parker, needs.clock.clone())
    },
    is_up: search::is_up,
};

/// Read models that stand apart, and what became of them.
#[derive(Debug, Clone)]
pub struct Apart {
    kind: &'static Kind,
    url: Option<Address>,
    file: PathBuf,
    trouble: Arc<Mutex<Option<String>>>,
    current: watch::Sender<Option<ReadModels>>,
}

/// What it needs of the installation.
#[derive(Debug, Clone)]
pub struct Needs {
    /// What opens what people wrote.
    pub keys: Keys,
    /// What it tells.
    pub log: Arc<dyn EventLog>,
    /// What is remembered of the installation.
    pub state: State,
    /// Where facts go that it can't take in.
    pub parker: Arc<dyn Parker>,
    /// Time.
    pub clock: Clock,
}

impl Kind {
    fn newer(&self) -> String {
        let name = self.name;
        format!("it was made by a newer version of heliograph: use that, or set {name}.enabled to false")
    }

    fn other(&self) -> String {
        let Self { name, dropping, .. } = self;
        format!(
            "it was made from another log, or from more of this one than there is: stop the server, delete {name}.db in the data folder \
             (with PostgreSQL: `drop schema {name} cascade`{dropping}) and start again; it is made anew from the log"
        )
    }
}

impl Apart {
    /// Of this kind; not opened yet.
    pub fn new(kind: &'static Kind, config: &Config, folder: &Path) -> Self {
        Self {
            kind,
            url: config.database.url.clone(),
            file: folder.join(format!("{}.db", kind.name)),
            trouble: Arc::default(),
            current: watch::Sender::new(None),
        }
    }

    /// What operators call it.
    pub fn name(&self) -> &'static str {
        self.kind.name
    }

    /// The read models, while they are open.
    pub fn current(&self) -> watch::Receiver<Option<ReadModels>> {
        self.current.subscribe()
    }

    /// Why it is not kept up just now.
    pub fn trouble(&self) -> Option<String> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Keeps it up until `stop`.
    pub async fn run(self, needs: Needs, stop: CancellationToken) {
        (self.kind.is_up)(false);
        let mut pause = AGAIN;
        loop {
            let kept = AssertUnwindSafe(self.keep(&needs, &stop)).catch_unwind();
            let kept = kept.await.unwrap_or_else(|_| Err(anyhow!("it panicked (see above)")));
            if self.trouble().is_none() {
                // It was kept up meanwhile.
                pause = AGAIN;
            }
            match kept {
                Ok(()) => return,
                Err(error) => self.is_down(&error, pause),
            }
            tokio::select! {
                () = sleep(pause) => {}
                () = stop.cancelled() => return,
            }
            pause = (pause * 2).min(AGAIN_MAX);
        }
    }

    /// Opens and feeds it until `stop`.
    async fn keep(&self, needs: &Needs, stop: &CancellationToken) -> Result<()> {
        let models = tokio::select! {
            opened = self.open(needs) => opened?,
            () = stop.cancelled() => return Ok(()),
        };
        let runner = (self.kind.runner)(models.clone(), needs);
        self.current.send_replace(Some(models.clone()));
        let ended = tokio::select! {
            ended = runner.run(stop.clone()) => ended,
            never = self.watch(&models, &*needs.log) => match never {},
        };
        self.current.send_replace(None);
        self.close(&models.db).await;
        ended.map_err(|error| match error {
            runner::Error::Replaced(_) => anyhow!(self.kind.other()),
            other @ (runner::Error::Damaged(_) | runner::Error::Stuck(_)) => other.into(),
        })
    }

    /// Says that it is kept up once it comes further, or includes all that there is. That it is open says little: a full disk can be read.
    async fn watch(&self, models: &ReadModels, log: &dyn EventLog) -> Infallible {
        let before = models.checkpoint();
        loop {
            let stand = models.checkpoint();
            if stand > before || log.end().await.is_ok_and(|end| stand >= end) {
                break;
            }
            sleep(LOOK).await;
        }
        self.say(None);
        pending().await
    }

    async fn open(&self, needs: &Needs) -> Result<ReadModels> {
        let url = self
            .url
            .as_ref()
            .map_or_else(|| format!("sqlite:{}", self.file.display()), |url| url.reveal().to_owned());
        let db = Db::open_apart(&url, self.kind.connections, "normal", self.kind.name)
            .await
            .with_context(|| self.damaged())?;
        let opened = self.check(db.clone(), needs).await;
        if opened.is_err() {
            self.close(&db).await;
        }
        opened
    }

    async fn check(&self, db: Db, needs: &Needs) -> Result<ReadModels> {
        let models = match (self.kind.open)(db, needs.state.clone(), needs.log.id()).await {
            Err(OpenError::Refused(Refused::OtherLog { .. })) => bail!(self.kind.other()),
            Err(OpenError::Refused(Refused::NewerVersion { .. })) => bail!(self.kind.newer()),
            opened => opened.with_context(|| self.damaged())?,
        };
        match installation::same_log(&*needs.log, &models).await {
            Err(error) if error.is::<runner::Error>() => bail!(self.kind.other()),
            checked => checked.map(|()| models),
        }
    }

    fn damaged(&self) -> String {
        match &self.url {
            Some(_) => "its database does not give it".to_owned(),
            None => format!(
                "{} can't be used; where it is damaged, stop the server, delete it (and its -wal and -shm) and start again: it is made anew from the log",
                self.file.display()
            ),
        }
    }

    fn is_down(&self, error: &anyhow::Error, pause: Duration) {
        let reason = format!("{error:#}");
        tracing::warn!(
            reason,
            again_seconds = pause.as_secs(),
            "the {} is not kept up; all else goes on",
            self.kind.name
        );
        self.say(Some(reason));
    }

    fn say(&self, trouble: Option<String>) {
        let up = trouble.is_none();
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
        (self.kind.is_up)(up);
    }

    async fn close(&self, db: &Db) {
        if timeout(CLOSING, db.close()).await.is_err() {
            tracing::warn!("the {} did not close within {CLOSING:?}", self.kind.name);
        }
    }
}
