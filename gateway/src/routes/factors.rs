//! `/v1/me/factors`: what is asked for beside the code when a device signs in. Each change of it needs what is set, and is told to all devices.

pub(super) mod password;
pub(super) mod totp;

use axum::extract::State;
use domain::account::Account;
use domain::account::address::AddressUse;
use domain::account::factor::PasswordSecret;
use serde::Serialize;
use utoipa::ToSchema;

use crate::Shared;
use crate::caller::Unguarded;
use crate::error::{Error, ErrorAnswer};

/// What is set.
#[derive(Serialize, ToSchema)]
pub(crate) struct FactorsView {
    /// The password; `null` without one.
    password: Option<PasswordView>,
    /// The time-based one-time password; `null` without one.
    totp: Option<TotpView>,
    /// Whether there is an address to which a code is sent when the password was forgotten.
    recovery: bool,
}

/// A password that is set.
#[derive(Serialize, ToSchema)]
pub(crate) struct PasswordView {
    /// What its owner is reminded by; absent without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

/// A time-based one-time password that is set.
#[derive(Serialize, ToSchema)]
pub(crate) struct TotpView {
    /// How many recovery codes were not used yet.
    recovery_codes: u32,
}

/// What is asked for beside the code when a device of the caller signs in.
#[utoipa::path(get, path = "/v1/me/factors", tag = "me",
    responses((status = 200, body = FactorsView), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn get(Unguarded(me): Unguarded, State(gateway): State<Shared>) -> Result<axum::Json<FactorsView>, Error> {
    let account = gateway.executor.look::<Account>(me.account).await?;
    let password = match account.factors().password() {
        Some(kept) => Some(gateway.kept::<PasswordSecret>(me.account, kept).await?),
        None => None,
    };
    let totp = account.factors().totp();
    Ok(axum::Json(FactorsView {
        password: password.map(|PasswordSecret { hint, .. }| PasswordView { hint }),
        totp: totp.map(|totp| TotpView {
            recovery_codes: totp.codes_left(),
        }),
        recovery: account.address(AddressUse::Recovery).is_some(),
    }))
}
