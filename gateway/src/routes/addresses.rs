//! `/v1/me/addresses`: where the caller's account is reached.

pub(super) mod adding;

use axum::extract::State;
use domain::account::address::AddressUse;
use domain::account::event::Address;
use domain::account::{self, Account};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Shared;
use crate::answer::{Answer, done};
use crate::caller::Device;
use crate::error::{Error, ErrorAnswer};
use crate::extract::{CommandKey, JsonOrNone, Path};
use crate::factors::GivenFactor;

/// Where an account is reached: one address for each use. Never printed.
#[derive(Default, Serialize, ToSchema)]
pub(crate) struct Addresses {
    /// The phone number that it signs in with, and is found by.
    phone: Option<String>,
    /// The e-mail address that it signs in with.
    email: Option<String>,
    /// The e-mail address that a code is sent to when the password was forgotten.
    recovery: Option<String>,
}

/// Where the caller's account is reached.
#[utoipa::path(get, path = "/v1/me/addresses", tag = "me",
    responses((status = 200, body = Addresses), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn list(me: Device, State(gateway): State<Shared>) -> Result<axum::Json<Addresses>, Error> {
    let account = gateway.executor.look::<Account>(me.account).await?;
    let mut addresses = Addresses::default();
    for (purpose, kept) in account.addresses() {
        let Address { address } = gateway.kept(me.account, &kept.address).await?;
        let place = match purpose {
            AddressUse::Phone => &mut addresses.phone,
            AddressUse::Email => &mut addresses.email,
            AddressUse::Recovery => &mut addresses.recovery,
        };
        *place = Some(address);
    }
    Ok(axum::Json(addresses))
}

/// Has the caller's account reached there no more; the last address that it signs in with stays. Needs a factor if one is set.
#[utoipa::path(delete, path = "/v1/me/addresses/{use}", tag = "me", params(("use" = String, Path, description = "`phone`, `email` or `recovery`.")),
    request_body = GivenFactor,
    responses((status = 204), (status = 429, body = ErrorAnswer), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn drop(
    me: Device,
    State(gateway): State<Shared>,
    CommandKey(command): CommandKey,
    Path(purpose): Path<AddressUse>,
    JsonOrNone(given): JsonOrNone<GivenFactor>,
) -> Result<Answer<()>, Error> {
    let tries = gateway.factor_tries();
    let drop = |shown| account::Command::DropAddress { purpose, shown, tries };
    let dropped = gateway.with_factor(me, command, given.evidence()?, drop).await?;
    Ok(done(dropped.position))
}
