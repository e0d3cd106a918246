//! What is backed up: the files of a data folder, whoever uses it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use infra::config::Config;
use infra::db;

use super::place::Place;
use crate::folder;
use crate::installation;

/// A data folder with a log in it.
#[derive(Debug)]
pub struct Source {
    folder: PathBuf,
    has_state: bool,
    keys: Option<PathBuf>,
    master_key: Option<PathBuf>,
}

impl Source {
    /// The one that is configured.
    pub fn of(config: &Config) -> Result<Self> {
        let folder = config.data.folder.clone();
        ensure!(
            config.log.nats.is_none(),
            "the log is on NATS, not in the data folder: `nats stream backup {}` copies it; docs/BACKUP.md tells how, and what of the keys",
            config.log.stream
        );
        ensure!(
            installation::may_exist(config),
            "{} holds no installation: name its data folder with --data",
            folder.display()
        );
        ensure!(
            folder.join("log.db").exists(),
            "{} holds no log.db: the log is lost or elsewhere, and there is nothing to back up",
            folder.display()
        );
        let file = |name: &str| Some(folder.join(name));
        let keys = if config.keys.url.is_some() { None } else { file("keys.db") };
        let master_key = match (&config.keys.master_key, &config.keys.master_key_file) {
            (Some(_), _) => None,
            (None, Some(file)) => Some(file.clone()),
            (None, None) => file("master.key"),
        };
        Ok(Self {
            has_state: config.database.url.is_none() && folder.join("state.db").exists(),
            keys,
            master_key,
            folder,
        })
    }

    /// The log's file.
    pub fn log(&self) -> PathBuf {
        self.folder.join("log.db")
    }

    /// The operational state's file, unless it is in PostgreSQL.
    pub fn state(&self) -> Option<&'static str> {
        self.has_state.then_some("state.db")
    }

    /// The keys' file.
    pub fn keys(&self) -> Result<PathBuf> {
        match &self.keys {
            Some(keys) if keys.exists() => Ok(keys.clone()),
            Some(keys) => bail!(
                "{} is missing: without the keys nobody can read what people wrote; bring them back",
                keys.display()
            ),
            None => bail!("the keys are at keys.url, not in the data folder: pg_dump copies them; see docs/BACKUP.md"),
        }
    }

    /// The master key's file.
    pub fn master_key(&self) -> Result<PathBuf> {
        match &self.master_key {
            Some(file) if file.exists() => Ok(file.clone()),
            Some(file) => bail!(
                "{} is missing: without the master key the keys are of no use; bring it back",
                file.display()
            ),
            None => bail!("the master key is set by keys.master_key, not in a file: keep it from there"),
        }
    }

    /// Copies one of its databases.
    pub async fn copy(&self, name: &str, to: &Place) -> Result<()> {
        let (from, to) = (self.folder.join(name), to.path().join(name));
        let bytes = fs::metadata(&from).map_or(0, |metadata| metadata.len());
        let copied = db::copy(&from, &to).await;
        copied.with_context(|| {
            format!(
                "can't copy {} ({} MB) to {}; there is no backup, and what was written of it was removed",
                from.display(),
                bytes.div_ceil(1_000_000),
                to.display()
            )
        })
    }

    /// Copies the master key.
    pub fn copy_master_key(&self, to: &Path) -> Result<()> {
        let from = self.master_key()?;
        let copied = fs::File::open(&from).and_then(|mut from| io::copy(&mut from, &mut folder::create(&to.join("master.key"))?));
        copied.map(|_| ()).with_context(|| format!("can't copy {}", from.display()))
    }
}
