//! The archive beside the server: opened and fed once the server works, and again after a pause whenever that fails; nobody waits for it.

use std::convert::Infallible;
use std::future::pending;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use futures::FutureExt as _;
use infra::clock::Clock;
use infra::config::Config;
use infra::config::secret::Address;
use infra::db::Db;
use infra::log::EventLog;
use projections::ReadModels;
use projections::archive;
use projections::checkpoint::Refused;
use projections::parking::Parker;
use projections::read_models::OpenError;
use projections::runner;
use projections::state::State;
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

const NEWER: &str = "it was made by a newer version of heliograph: use that, or set archive.enabled to false";

const OTHER: &str = "it was made from another log, or from more of this one than there is: stop the server, delete archive.db in the data folder \
                     (with PostgreSQL: `drop schema archive cascade`; analysts' grants go with it) and start again; it is made anew from the log";

/// What analysts ask, and what became of it.
#[derive(Debug, Clone)]
pub struct Archiving {
    url: Option<Address>,
    file: PathBuf,
    trouble: Arc<Mutex<Option<String>>>,
}

/// What it needs of the installation.
#[derive(Debug, Clone)]
pub struct Needs {
    /// What it tells.
    pub log: Arc<dyn EventLog>,
    /// What is remembered of the installation.
    pub state: State,
    /// Where facts go that it can't take in.
    pub parker: Arc<dyn Parker>,
    /// Time.
    pub clock: Clock,
}

impl Archiving {
    /// `None`: it is not wanted.
    pub fn wanted(config: &Config, folder: &Path) -> Option<Self> {
        config.archive.enabled.then(|| Self {
            url: config.database.url.clone(),
            file: folder.join("archive.db"),
            trouble: Arc::default(),
        })
    }

    /// Why it is not kept up just now.
    pub fn trouble(&self) -> Option<String> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Keeps it up until `stop`.
    pub async fn run(self, needs: Needs, stop: CancellationToken) {
        archive::is_up(false);
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
        let archive = tokio::select! {
            opened = self.open(needs) => opened?,
            () = stop.cancelled() => return Ok(()),
        };
        let runner = archive::runner(
            archive.clone(),
            Arc::clone(&needs.log),
            Arc::clone(&needs.parker),
            needs.clock.clone(),
        );
        let ended = tokio::select! {
            ended = runner.run(stop.clone()) => ended,
            never = self.watch(&archive, &*needs.log) => match never {},
        };
        close(&archive.db).await;
        ended.map_err(|error| match error {
            runner::Error::Replaced(_) => anyhow!(OTHER),
            other @ (runner::Error::Damaged(_) | runner::Error::Stuck(_)) => other.into(),
        })
    }

    /// Says that it is kept up once it comes further, or includes all that there is. That it is open says little: a full disk can be read.
    async fn watch(&self, archive: &ReadModels, log: &dyn EventLog) -> Infallible {
        let before = archive.checkpoint();
        loop {
            let stand = archive.checkpoint();
            if stand > before || log.end().await.is_ok_and(|end| stand >= end) {
                break;
            }
            sleep(LOOK).await;
        }
        self.say(None);
        pending().await
    }

    /// One connection feeds it, another looks where it stands.
    async fn open(&self, needs: &Needs) -> Result<ReadModels> {
        let url = self
            .url
            .as_ref()
            .map_or_else(|| format!("sqlite:{}", self.file.display()), |url| url.reveal().to_owned());
        let db = Db::open_apart(&url, 3, "normal", archive::SCHEMA)
            .await
            .with_context(|| self.damaged())?;
        let opened = self.check(db.clone(), needs).await;
        if opened.is_err() {
            close(&db).await;
        }
        opened
    }

    async fn check(&self, db: Db, needs: &Needs) -> Result<ReadModels> {
        let archive = match archive::open(db, needs.state.clone(), needs.log.id()).await {
            Err(OpenError::Refused(Refused::OtherLog { .. })) => bail!(OTHER),
            Err(OpenError::Refused(Refused::NewerVersion { .. })) => bail!(NEWER),
            opened => opened.with_context(|| self.damaged())?,
        };
        match installation::same_log(&*needs.log, &archive).await {
            Err(error) if error.is::<runner::Error>() => bail!(OTHER),
            checked => checked.map(|()| archive),
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
            "the archive is not kept up; all else goes on"
        );
        self.say(Some(reason));
    }

    fn say(&self, trouble: Option<String>) {
        let up = trouble.is_none();
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
        archive::is_up(up);
    }
}

async fn close(db: &Db) {
    if timeout(CLOSING, db.close()).await.is_err() {
        tracing::warn!("the archive did not close within {CLOSING:?}");
    }
}
