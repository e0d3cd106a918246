//! `/v1/admin/doctor`: how the installation is, for the operator.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use domain::id::{AccountId, Position};
use projections::{directory, hash};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::parked::{self, ParkedFact};
use super::rebuild::{self, Status};
use crate::Shared;
use crate::caller::Admin;
use crate::checkup::Remarks;
use crate::error::{Error, ErrorAnswer};
use crate::patience::apart;

/// How the installation is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Findings {
    /// The log's id.
    log: String,
    /// The log's last position.
    #[schema(value_type = Option<i64>)]
    end: Option<Position>,
    /// What the read models include.
    #[schema(value_type = Option<i64>)]
    checkpoint: Option<Position>,
    /// Facts that projections go on without.
    parked: Vec<ParkedFact>,
    /// Accounts whose key can't be used, though nobody erased it.
    keys: Unusable,
    /// Whether the read models are being made anew, or how that ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    rebuild: Option<Status>,
    /// The configuration in effect, secrets hidden.
    #[schema(value_type = Object)]
    config: Value,
    /// What works, but not as one would want.
    warnings: Vec<String>,
    /// What does not work.
    problems: Vec<String>,
    /// The position that the hashes stand at: hashes are equal where positions and logs are.
    #[schema(value_type = Option<i64>)]
    hashed_at: Option<Position>,
    /// Each read model's logical rows, hashed.
    models: Vec<Model>,
}

/// A read model's logical rows.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Model {
    /// Which.
    #[serde(rename = "model")]
    name: &'static str,
    /// How many there are.
    rows: u64,
    /// Their hash, 32 hexadecimal digits.
    hash: String,
}

/// Accounts whose key can't be used, though nobody erased it.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct Unusable {
    /// How many have none.
    missing: usize,
    /// Of how many it does not open.
    damaged: usize,
    /// Some of them.
    #[schema(value_type = Vec<i64>)]
    accounts: Vec<AccountId>,
}

/// Accounts looked at together.
const TOGETHER: u32 = 1000;
/// Accounts that are named, at most.
const NAMED: usize = 10;

/// How long read models that are being made are waited for.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long reading all rows may take.
const HASHING_MAX: Duration = Duration::from_hours(1);

/// How the installation is: how far the read models are, what is parked, which accounts' keys are lost, the configuration in
/// effect, a hash of each read model. Reads all rows, and waits for up to 10 s until they include the log's end.
#[utoipa::path(get, path = "/v1/admin/doctor", tag = "admin",
    responses((status = 200, body = Findings), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn examine(_admin: Admin, State(gateway): State<Shared>) -> Result<Json<Findings>, Error> {
    let unavailable = |error: &dyn std::fmt::Display| Error::Unavailable(error.to_string());
    let end = gateway.log.end().await.map_err(|error| unavailable(&error))?;
    if let Some(end) = end {
        // What stands still is compared at its end; what does not keep up is told of as it is.
        let _ = apart(PATIENCE, gateway.models.progress.wait(end, PATIENCE)).await;
    }
    // Whether there is a database at all is found out in time.
    gateway.models.stand().await?;
    let hashes = apart(HASHING_MAX, hash::hashes(&gateway.models))
        .await
        .map_err(|error| unavailable(&error))?;
    let models = hashes.models.iter().map(|hash| Model {
        name: hash.model,
        rows: hash.rows,
        hash: format!("{:032x}", hash.hash),
    });
    let (config, remarks) = match &gateway.checkup {
        Some(checkup) => (checkup.config(), checkup.look().await),
        None => (Value::Null, Remarks::default()),
    };
    Ok(Json(Findings {
        log: gateway.log.id().to_string(),
        end,
        checkpoint: gateway.models.checkpoint(),
        parked: parked::list(&gateway).await.map_err(|error| unavailable(&error))?,
        keys: unusable(&gateway).await?,
        rebuild: rebuild::found(&gateway),
        config,
        warnings: remarks.warnings,
        problems: remarks.problems,
        hashed_at: hashes.position,
        models: models.collect(),
    }))
}

/// Whose key can't be used, of all accounts that the read models know.
async fn unusable(gateway: &Shared) -> Result<Unusable, Error> {
    let (mut found, mut after) = (Unusable::default(), None);
    loop {
        let accounts = directory::ids(&gateway.models.db, after, TOGETHER).await?;
        let unusable = gateway.keys.unusable(&accounts).await?;
        found.missing += unusable.missing.len();
        found.damaged += unusable.damaged.len();
        found.accounts.extend(unusable.missing.into_iter().chain(unusable.damaged));
        found.accounts.sort_unstable();
        found.accounts.truncate(NAMED);
        after = accounts.last().copied();
        if after.is_none() {
            return Ok(found);
        }
    }
}
