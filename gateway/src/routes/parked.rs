//! `POST /v1/admin/parked/release`: a parked fact is to be applied after all. `GET /v1/admin/doctor` lists what is parked.

use axum::extract::State;
use domain::aggregate::Aggregate;
use domain::id::Position;
use domain::system::{self, Parked, System};
use infra::commit::{self, Read};
use infra::log;
use projections::archive;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Shared;
use crate::answer::Answer;
use crate::caller::Admin;
use crate::error::{Error, ErrorAnswer};
use crate::extract::{CommandKey, Json};

/// A fact that a projection goes on without.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ParkedFact {
    /// Which projection or reactor; `*`: all projections.
    projection: String,
    /// The fact's commit.
    #[schema(value_type = i64)]
    position: Position,
    /// The fact's index in it.
    index: u32,
    /// Why.
    error: String,
}

/// Which parked fact.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    /// Who parked it: a projection, a reactor (`reactor.…`), or `*`.
    projection: String,
    /// The fact's commit.
    #[schema(value_type = i64)]
    position: Position,
    /// The fact's index in it.
    index: u32,
}

/// What became of a released fact.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Released {
    outcome: Outcome,
    /// With `parked_again`: why.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// What became of a released fact.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    /// The read models include it.
    Applied,
    /// It failed again.
    ParkedAgain,
    /// It is under way: the read models are behind, or it is a reactor's or the archive's.
    Pending,
}

/// Releases a parked fact: it is applied at the release's place in the log, now and whenever the read models are made anew.
#[utoipa::path(post, path = "/v1/admin/parked/release", tag = "admin", request_body = Wanted,
    responses((status = 200, body = Released), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn release(
    admin: Admin,
    State(gateway): State<Shared>,
    CommandKey(command): CommandKey,
    Json(wanted): Json<Wanted>,
) -> Result<Answer<Released>, Error> {
    let fact = Parked {
        projection: wanted.projection,
        position: wanted.position,
        index: wanted.index,
    };
    let payload = system::Command::Release { fact: fact.clone() };
    let done = gateway.executor.execute::<System>((), admin.request(command, payload)).await?;
    let released = outcome(&gateway, &fact, done.position).await?;
    Ok(Answer::ok(released).at(done.position))
}

/// A fact that fails again is parked before the read models include its release.
async fn outcome(gateway: &Shared, fact: &Parked, released: Option<Position>) -> Result<Released, Error> {
    let included = match released {
        Some(position) => gateway.models.progress.wait(position, gateway.config.settle_max).await.is_ok(),
        None => true,
    };
    let again = list(gateway).await?.into_iter().find(|parked| parked.is(fact));
    let outcome = match &again {
        Some(_) => Outcome::ParkedAgain,
        None if included && !goes_apart(&fact.projection) => Outcome::Applied,
        None => Outcome::Pending,
    };
    let error = again.map(|parked| parked.error);
    Ok(Released { outcome, error })
}

/// Whether what parked it follows the log at its own pace: reactors, and the archive.
fn goes_apart(projection: &str) -> bool {
    projection.starts_with("reactor.") || projection == archive::NAME
}

/// What is parked and not released, by the stream that says so.
pub(super) async fn list(gateway: &Shared) -> Result<Vec<ParkedFact>, log::Error> {
    let mut parked: Vec<ParkedFact> = Vec::new();
    for record in gateway.log.read(&System::stream(&()), None).await? {
        let Ok(stored) = commit::decode(&record) else { continue };
        for read in stored.facts {
            let Read::Fact(fact) = read else { continue };
            match System::own(&fact.event) {
                Some(system::Event::FactParked(fact)) => parked.push(ParkedFact {
                    projection: fact.projection.clone(),
                    position: fact.position,
                    index: fact.index,
                    error: fact.error.clone(),
                }),
                Some(system::Event::FactReleased(gone)) => {
                    let gone = Parked {
                        projection: gone.projection.clone(),
                        position: gone.position,
                        index: gone.index,
                    };
                    parked.retain(|fact| !fact.is(&gone));
                }
                Some(system::Event::TokenIssued(_) | system::Event::TokenEnded(_)) | None => {}
            }
        }
    }
    Ok(parked)
}

impl ParkedFact {
    fn is(&self, fact: &Parked) -> bool {
        (&self.projection, self.position, self.index) == (&fact.projection, fact.position, fact.index)
    }
}
