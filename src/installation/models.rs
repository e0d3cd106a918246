//! Opening the read models: those of this log, of whatever version they are.

use std::path::Path;

use anyhow::{Result, bail};
use infra::config::Config;
use infra::db::Db;
use infra::log::EventLog;
use projections::ReadModels;
use projections::checkpoint::{self, Refused};
use projections::lane::Lane;
use projections::read_models::OpenError;
use projections::rebuild::{self, Files, Place, Schema};
use projections::runner;
use projections::state::State;

use super::sqlite;

const EMPTY_LOG: &str = "the log is empty, but the read models were made from another that was not: put log.db back from a backup (and its -wal, if \
                         it has one, in place of what is there), or connect the right log; nothing was changed. Until then keep read.db: made \
                         anew from an empty log it would be empty as well";

/// Where read models are built that are to take the place of those that serve.
pub(super) fn beside(config: &Config, folder: &Path) -> Place {
    match &config.database.url {
        Some(url) => Place::Schema(Schema {
            url: url.reveal().to_owned(),
        }),
        None => Place::Files(Files::new(folder, config.database.connections)),
    }
}

/// What there is, and why it is to be made anew, if it is.
pub(super) async fn open_models(config: &Config, folder: &Path, log: &dyn EventLog) -> Result<(ReadModels, Option<Refused>)> {
    let connections = config.database.connections + config.database.lanes;
    let (rows, state) = if let Some(url) = &config.database.url {
        let rows = Db::open(url.reveal(), connections, "normal").await?;
        (rows.clone(), rows)
    } else {
        // Some may have been made anew.
        rebuild::tidy(folder).await?;
        (
            Db::open(&sqlite(folder, "read.db"), connections, "normal").await?,
            Db::open_state(&sqlite(folder, "state.db"), 2).await?,
        )
    };
    let state = State::open(state).await?;
    match ReadModels::open_as_they_are(rows, state, log.id(), config.database.lanes).await {
        Err(OpenError::Refused(Refused::OtherLog { .. })) if log.end().await?.is_none() => bail!(EMPTY_LOG),
        opened => Ok(opened?),
    }
}

/// Refuses a log that is not the one that the read models remember, before anybody is let in.
pub async fn same_log(log: &dyn EventLog, models: &ReadModels) -> Result<()> {
    for lane in Lane::all(models.lanes()) {
        let Some(mark) = checkpoint::load(&models.db, &lane).await? else {
            continue;
        };
        match infra::log::verify(log, &mark).await {
            Err(error @ infra::log::Error::Replaced(_)) => return Err(runner::Error::Replaced(error).into()),
            verified => verified?,
        }
    }
    Ok(())
}
