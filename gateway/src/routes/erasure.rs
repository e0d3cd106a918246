//! Being gone: an account asks for it and may think better of it; the operator erases at once.

use axum::extract::State;
use domain::account::{self, Account, Erasure};
use domain::event::Event;
use domain::id::AccountId;
use domain::stream::Stream;
use domain::time::Timestamp;
use infra::executor::{self, Done};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Shared;
use crate::answer::{Answer, done};
use crate::caller::{Admin, Device};
use crate::error::{Error, ErrorAnswer};
use crate::extract::{CommandKey, JsonOrNone, NoBody, Path};
use crate::factors::GivenFactor;

/// When an account is to be erased.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Scheduled {
    /// From when on, in µs since 1970; until then `POST /v1/me/restore` calls it off.
    #[schema(value_type = i64)]
    erasure_due_at: Timestamp,
}

/// Has the caller's account erased, once the time in which it may think better of it is over. Needs a factor if one is set.
#[utoipa::path(delete, path = "/v1/me", tag = "me", request_body = GivenFactor,
    responses((status = 200, body = Scheduled), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn schedule(
    me: Device,
    State(gateway): State<Shared>,
    CommandKey(command): CommandKey,
    JsonOrNone(given): JsonOrNone<GivenFactor>,
) -> Result<Answer<Scheduled>, Error> {
    let due_at = gateway.clock.now().plus_seconds(gateway.config.erasure_grace_seconds);
    let tries = gateway.factor_tries();
    let schedule = |shown| account::Command::ScheduleErasure { due_at, shown, tries };
    let done = gateway.with_factor(me, command, given.evidence()?, schedule).await?;
    let erasure_due_at = due_at_of(&gateway, me, &done).await?;
    Ok(Answer::ok(Scheduled { erasure_due_at }).at(done.position))
}

/// When it is due: as it was asked for just now, or before.
async fn due_at_of(gateway: &Shared, me: Device, done: &Done) -> Result<Timestamp, Error> {
    let asked = done.facts.iter().find_map(|fact| match &fact.event {
        Event::Account(account::Event::ErasureScheduled(scheduled)) => Some(scheduled.due_at),
        _ => None,
    });
    if let Some(due_at) = asked {
        return Ok(due_at);
    }
    match gateway.executor.look::<Account>(me.account).await?.erasure() {
        Some(Erasure::Scheduled(due_at)) => Ok(due_at),
        Some(Erasure::Begun | Erasure::Finished) => Err(Error::AccountErased(me.account)),
        None => Err(Error::Internal("an erasure was asked for and is not to be".to_owned())),
    }
}

/// Calls the erasure of the caller's account off.
#[utoipa::path(post, path = "/v1/me/restore", tag = "me",
    responses((status = 204), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn call_off(
    me: Device,
    State(gateway): State<Shared>,
    CommandKey(command): CommandKey,
    _: NoBody,
) -> Result<Answer<()>, Error> {
    let request = me.request(command, account::Command::CallOffErasure);
    let called_off = gateway.executor.execute::<Account>(me.account, request).await?;
    Ok(done(called_off.position))
}

/// Erases an account at once: what it wrote and is called is gone for everybody, then its key goes. Again, it changes nothing.
#[utoipa::path(delete, path = "/v1/accounts/{account}/key", tag = "admin", params(("account" = i64, Path)),
    responses((status = 204), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn erase(
    operator: Admin,
    State(gateway): State<Shared>,
    Path(account): Path<AccountId>,
    _: NoBody,
) -> Result<Answer<()>, Error> {
    gateway.must_exist(&[account]).await?;
    let request = operator.request(gateway.clock.command_id(), account::Command::BeginErasure);
    match gateway.executor.execute::<Account>(account, request).await {
        Ok(_) | Err(executor::Error::Rejected(account::Rejection::Erased)) => {}
        Err(error) => return Err(error.into()),
    }
    // The reactor does it, too, and says that it is done; it may have much of the log before it, which nobody waits for here.
    gateway.keys.erase(account).await?;
    if let Some(begun) = gateway.log.last(&Stream::Account(account)).await? {
        let _ = gateway.models.progress.wait(begun, gateway.config.settle_max).await;
    }
    gateway.forget_all(account).await?;
    Ok(done(None))
}
