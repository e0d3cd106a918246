//! `/v1/admin/rebuild`: read models are made anew from the log beside those that serve, and take their place.

use axum::extract::State;
use axum::http::StatusCode;
use projections::read_models::versions;
use projections::rebuild::{self, HOT, Phase, Rebuilds};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Shared;
use crate::caller::Admin;
use crate::error::{Error, ErrorAnswer};
use crate::extract::Json;

/// What to make anew.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    /// `hot`, or one of its projections, which are made together; left out: the same.
    #[serde(default)]
    projection: Option<String>,
}

/// How far this process has come with making read models anew, or how that ended.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Status {
    /// `idle`, `building`, `swapping`, `done`, `cancelled` or `failed`.
    #[schema(value_type = String)]
    phase: Phase,
    /// What serves is of another version, or in another number of lanes, than this program makes.
    outdated: bool,
    /// Facts taken in.
    facts: u64,
    /// Facts in the whole log, about.
    of: u64,
    /// Facts a second, since it began.
    per_s: u64,
    /// Seconds that it will still take, about.
    eta_s: Option<u64>,
    /// With `failed`: why. What serves goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl From<rebuild::Status> for Status {
    fn from(status: rebuild::Status) -> Self {
        Self {
            phase: status.phase,
            outdated: status.outdated,
            facts: status.facts,
            of: status.of,
            per_s: status.per_s,
            eta_s: status.eta_s,
            error: status.error,
        }
    }
}

/// Begins, unless it is under way: answers how far it is. Nobody notices but by the load.
#[utoipa::path(post, path = "/v1/admin/rebuild", tag = "admin", request_body = Wanted,
    responses((status = 202, body = Status), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn start(
    _admin: Admin,
    State(gateway): State<Shared>,
    Json(wanted): Json<Wanted>,
) -> Result<(StatusCode, axum::Json<Status>), Error> {
    let rebuilds = rebuilds(&gateway)?;
    let name = wanted.projection.as_deref().unwrap_or(HOT);
    if name != HOT && !versions().iter().any(|(hot, _)| *hot == name) {
        return Err(Error::InvalidRequest(format!(
            "there is no projection {name:?} that can be made anew; {HOT:?} is what there is"
        )));
    }
    let status = rebuilds.start().unwrap_or_else(|_| rebuilds.status());
    Ok((StatusCode::ACCEPTED, axum::Json(status.into())))
}

/// How far it is, or how the last one ended.
#[utoipa::path(get, path = "/v1/admin/rebuild", tag = "admin",
    responses((status = 200, body = Status), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn status(_admin: Admin, State(gateway): State<Shared>) -> Result<axum::Json<Status>, Error> {
    Ok(axum::Json(rebuilds(&gateway)?.status().into()))
}

/// Gives it up, if it is under way: what was built is deleted, what serves goes on.
#[utoipa::path(delete, path = "/v1/admin/rebuild", tag = "admin",
    responses((status = 200, body = Status), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn cancel(_admin: Admin, State(gateway): State<Shared>) -> Result<axum::Json<Status>, Error> {
    Ok(axum::Json(rebuilds(&gateway)?.cancel().into()))
}

/// How far it is, for the doctor.
pub(super) fn found(gateway: &Shared) -> Option<Status> {
    gateway.rebuilds.as_ref().map(|rebuilds| rebuilds.status().into())
}

fn rebuilds(gateway: &Shared) -> Result<&Rebuilds, Error> {
    let none = || Error::Unavailable("this server makes no read models anew".to_owned());
    gateway.rebuilds.as_ref().ok_or_else(none)
}
