//! `heliograph restore`: a data folder from a backup, whole or not at all.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use clap::Args;
use domain::id::AccountId;
use infra::clock::Clock;
use infra::config::Config;
use infra::log::sqlite::StillLog;
use infra::seal::{Keys, MasterKey, StillKeys};
use serde_json::json;

use self::staging::Staging;
use crate::backup::manifest::{Half, Manifest};
use crate::say::{self, say};
use crate::settings::Settings;

mod staging;

/// Accounts that are named, at most.
const NAMED: usize = 10;

/// Make a data folder from a backup: each file is compared with its checksum, and the folder is there whole or not at all
#[derive(Debug, Args)]
#[command(
    after_help = "Says on stdout as JSON what was restored. The read models are made anew from the log by the next start; a device that \
                  knows of more than the backup starts from a snapshot, by itself. Keys that were erased when the log was copied stay \
                  erased, also when the keys' copy is older; what was erased later is to be erased again: heliograph account erase. \
                  docs/BACKUP.md tells more. Exit codes: 0 restored, 1 nothing was changed (the reason stands on stderr), 2 wrong usage."
)]
pub struct Restore {
    #[command(flatten)]
    settings: Settings,
    /// The folder of the log's backup
    #[arg(long, value_name = "FOLDER")]
    from: PathBuf,
    /// The folder of the keys' backup, the newest there is [default: that of the log, if they are in it]
    #[arg(long, value_name = "FOLDER")]
    keys: Option<PathBuf>,
    /// The master key's file, which is copied; without it put `master.key` into the data folder before the start
    #[arg(long, value_name = "FILE")]
    master_key: Option<PathBuf>,
    /// Restore also when accounts have no key in the keys' copy: what they wrote stays unreadable until a newer copy is found
    #[arg(long)]
    accept_missing_keys: bool,
}

/// What became of the keys.
#[derive(Debug, Default)]
struct Fitted {
    erased_again: Vec<AccountId>,
    missing: Vec<AccountId>,
    /// There were no keys to erase them in.
    to_erase: Vec<AccountId>,
}

impl Restore {
    /// Restores, and prints what.
    pub async fn run(self) -> Result<()> {
        self.settings.tell("warn", None)?;
        let config = self.settings.config()?;
        config.check()?;
        ensure!(
            config.log.nats.is_none(),
            "the log is on NATS, not in the data folder: `nats stream restore` brings it back; see docs/BACKUP.md"
        );
        let log = Manifest::read(Half::Log, &self.from)?;
        let keys = self.keys(&config, &log)?;
        let staging = Staging::beside(&config.data.folder)?;
        log.copy(&self.from, staging.path())?;
        if let Some((folder, manifest)) = &keys {
            manifest.copy(folder, staging.path())?;
        }
        self.bring_master_key(staging.path())?;
        let fitted = self.examine(&config, &log, keys.is_some(), staging.path()).await?;
        staging.put_in_place()?;
        let keys_from = keys.as_ref().map(|(folder, _)| folder);
        remark(&config, keys.is_some(), &fitted.to_erase);
        say(
            json!({ "data": config.data.folder, "log": log.log, "position": log.position, "taken_at": log.taken_at,
                    "keys": keys_from, "erased_again": fitted.erased_again,
                    "to_erase": fitted.to_erase, "missing_keys": fitted.missing.len() }),
        )
    }

    /// The keys' half of the backup: of the same log.
    fn keys(&self, config: &Config, log: &Manifest) -> Result<Option<(PathBuf, Manifest)>> {
        let (folder, found) = match &self.keys {
            Some(folder) => (folder, Some(Manifest::read(Half::Keys, folder)?)),
            None => (&self.from, Manifest::find(Half::Keys, &self.from)?),
        };
        let Some(manifest) = found else { return Ok(None) };
        ensure!(
            config.keys.url.is_none(),
            "keys.url is set, so keys.db would not be used: restore that database, and leave out --keys; see docs/BACKUP.md"
        );
        ensure!(
            manifest.log == log.log,
            "{} holds the keys of log {}, and {} log {}: they do not belong together. Name the keys of this log",
            folder.display(),
            manifest.log,
            self.from.display(),
            log.log
        );
        Ok(Some((folder.clone(), manifest)))
    }

    fn bring_master_key(&self, staging: &Path) -> Result<()> {
        let Some(from) = &self.master_key else { return Ok(()) };
        let to = staging.join("master.key");
        ensure!(!to.exists(), "the keys' backup holds a master key already: leave out --master-key");
        let copied = std::fs::File::open(from).and_then(|mut from| {
            let mut to = crate::folder::create(&to)?;
            std::io::copy(&mut from, &mut to)?;
            to.sync_all()
        });
        copied.with_context(|| format!("can't copy {}", from.display()))
    }

    /// Makes sure that what was copied fits together, and erases again what was erased.
    async fn examine(&self, config: &Config, manifest: &Manifest, has_keys: bool, staging: &Path) -> Result<Fitted> {
        let mut log = StillLog::open(&staging.join("log.db")).await?;
        log.check().await?;
        let end = log.end().await?.map(|end| end.position);
        ensure!(
            log.id() == manifest.log && end == manifest.position,
            "{} holds another log than its manifest says: take another copy of the backup",
            self.from.display()
        );
        let accounts = log.accounts().await?;
        log.close().await?;
        if !has_keys {
            let to_erase = manifest.erased.clone();
            return Ok(Fitted {
                to_erase,
                ..Fitted::default()
            });
        }
        let fitted = self.fit_keys(staging, &accounts, manifest).await?;
        open_keys(config, staging).await?;
        Ok(fitted)
    }

    async fn fit_keys(&self, staging: &Path, accounts: &[AccountId], log: &Manifest) -> Result<Fitted> {
        let mut keys = StillKeys::open_for_erasing(&staging.join("keys.db")).await?;
        if let Some(of) = keys.log().await? {
            ensure!(
                of == log.log,
                "the keys are those of log {of}, and this is log {}: name the keys of this log",
                log.log
            );
        }
        let erased_again = keys.erase(&log.erased, Clock::system().now()).await?;
        let missing = keys.without(accounts).await?;
        keys.close().await?;
        ensure!(
            missing.is_empty() || self.accept_missing_keys,
            "{} accounts have no key in this copy of the keys ({:?} …): it is older than the log, and what they wrote could not be read. \
             Name a newer one with --keys. If there is none: --accept-missing-keys; nothing was changed",
            missing.len(),
            missing.iter().take(NAMED).map(|account| account.get()).collect::<Vec<_>>()
        );
        Ok(Fitted {
            erased_again,
            missing,
            to_erase: Vec::new(),
        })
    }
}

/// What the operator should think of.
fn remark(config: &Config, has_keys: bool, to_erase: &[AccountId]) {
    let folder = config.data.folder.display();
    if !has_keys && config.keys.url.is_none() {
        say::remark(format_args!(
            "no keys were restored: put keys.db and master.key into {folder} before the start"
        ));
    } else if has_keys && master_key(config, &config.data.folder).is_none() {
        say::remark(format_args!(
            "no master key was restored: put it into {folder}/master.key (chmod 600) before the start"
        ));
    }
    if !to_erase.is_empty() {
        say::remark(format_args!(
            "{} accounts were erased when the log was copied (to_erase above): the keys that you use may be older, so run heliograph \
             account erase ID --yes for each before the server is let go to the public",
            to_erase.len()
        ));
    }
    say::remark(
        "what was ended or changed after the backup is as it was then: end devices (lost phones) and services' tokens again, suspend again; see docs/BACKUP.md",
    );
    if config.database.url.is_some() {
        say::remark("the read models in PostgreSQL are of a later time: name a new, empty database by database.url before the start");
    }
    say::remark(format_args!(
        "next: heliograph doctor --data {folder}, then heliograph serve --data {folder}"
    ));
}

/// The configured master key, or its file, if there is one.
fn master_key(config: &Config, folder: &Path) -> Option<Result<MasterKey>> {
    if let Some(key) = &config.keys.master_key {
        return Some(MasterKey::from_hex(key.reveal()).context("keys.master_key must be 64 hexadecimal digits"));
    }
    let file = config.keys.master_key_file.clone().unwrap_or_else(|| folder.join("master.key"));
    MasterKey::from_file(&file).map_err(anyhow::Error::from).transpose()
}

/// Whether the master key, if it is here, is the one of these keys.
async fn open_keys(config: &Config, staging: &Path) -> Result<()> {
    let Some(master) = master_key(config, staging) else { return Ok(()) };
    let db = Keys::connect(&format!("sqlite:{}", staging.join("keys.db").display())).await?;
    match Keys::open(db.clone(), &master?, Clock::system()).await {
        Ok(keys) => keys.disconnect().await,
        Err(wrong) => {
            db.close().await;
            bail!("{wrong}");
        }
    }
    Ok(())
}
