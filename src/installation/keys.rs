//! Opening the keys: those of this log, or new ones for a new log, and never others.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use domain::id::AccountId;
use domain::stream::Stream;
use futures::StreamExt as _;
use infra::clock::Clock;
use infra::config::Config;
use infra::log::EventLog;
use infra::seal::{self, Keys, MasterKey};

use super::sqlite;

const NO_KEYS: &str = "the log holds commits, but there are no keys: bring back keys.db, or set keys.url to the keys of this log; \
                       without them what was written can't be read";

/// Of how many accounts of the log keys are looked for: some may be lost.
const FIRST: usize = 20;

pub(super) async fn open_keys(config: &Config, folder: &Path, log: &dyn EventLog, clock: &Clock) -> Result<Keys> {
    let url = config
        .keys
        .url
        .as_ref()
        .map_or_else(|| sqlite(folder, "keys.db"), |url| url.reveal().to_owned());
    // New keys would make everything written so far unreadable, and give names away twice.
    let log_is_old = log.end().await?.is_some();
    let file_is_empty = config.keys.url.is_none() && fs::metadata(folder.join("keys.db")).map_or(0, |file| file.len()) == 0;
    ensure!(!(log_is_old && file_is_empty), NO_KEYS);
    let db = Keys::connect(&url).await?;
    ensure!(!(log_is_old && Keys::are_new(&db).await?), NO_KEYS);
    let master = if let Some(key) = &config.keys.master_key {
        MasterKey::from_hex(key.reveal()).context("keys.master_key must be 64 hexadecimal digits")?
    } else {
        let file = config.keys.master_key_file.clone().unwrap_or_else(|| folder.join("master.key"));
        MasterKey::from_file_or_create(&file, &db, clock).await?
    };
    let mut keys = Keys::open(db, &master, clock.clone()).await?;
    if config.keys.plain {
        ensure!(!log_is_old, "what people write is sealed for as long as a log is kept");
        keys = keys.plain();
    }
    // A stream by a wrong name is another log, and an empty one at first: nobody is to write there with these.
    match config.keys.log {
        Some(found) if found != log.id() => bail!(seal::Error::OtherLog { found, expected: log.id() }),
        Some(said) => keys.are_said_to_be_of(said).await?,
        None => {
            if !keys.are_of(log.id()).await? {
                keys.take(log.id(), &first_accounts(log).await?).await?;
            }
        }
    }
    Ok(keys)
}

/// The accounts that came into being first in a log, some of them.
async fn first_accounts(log: &dyn EventLog) -> Result<Vec<AccountId>> {
    let mut accounts = Vec::new();
    let Some(end) = log.end().await? else { return Ok(accounts) };
    let mut commits = log.follow(None);
    while let Some(batch) = commits.next().await {
        for record in batch? {
            if let Stream::Account(account) = record.stream
                && !accounts.contains(&account)
            {
                accounts.push(account);
            }
            if accounts.len() == FIRST || record.position >= end {
                return Ok(accounts);
            }
        }
    }
    Ok(accounts)
}
