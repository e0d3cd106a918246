//! `/v1/me/totp` and `/v1/me/recovery-codes`: an authenticator app, and what stands for it when it is lost.

use axum::extract::State;
use domain::account::factor::TotpSecret;
use domain::account::{self, Account};
use infra::config::secret::Secret;
use infra::executor::Done;
use infra::proof::{RecoveryCode, Totp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Shared;
use crate::answer::{Answer, done};
use crate::caller::{Device, Unguarded};
use crate::error::{Error, ErrorAnswer};
use crate::extract::{CommandKey, Json, JsonOrNone, NoBody};
use crate::factors::{Evidence, GivenFactor};

/// A secret for an authenticator app. The server does not keep it.
#[derive(Serialize, ToSchema)]
pub(crate) struct DrawnTotp {
    /// In base32: to be typed in, and to be sent back with a code.
    secret: String,
    /// The same for a QR code: `otpauth://totp/…`.
    url: String,
}

/// A secret that an app has taken, with a code that proves it, and the present factor if one is set.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewTotp {
    /// As it was told.
    #[schema(value_type = String)]
    secret: Secret,
    /// The app's code of this moment: six digits.
    #[schema(value_type = String)]
    code: Secret,
    /// The password, if one is set and no one-time password is.
    #[schema(value_type = Option<String>)]
    password: Option<Secret>,
    /// A code of the present secret, if there is one.
    #[schema(value_type = Option<String>)]
    totp: Option<Secret>,
    /// A recovery code, in its place.
    #[schema(value_type = Option<String>)]
    recovery_code: Option<Secret>,
}

/// New recovery codes; all former ones are of no use any more.
#[derive(Serialize, ToSchema)]
pub(crate) struct NewCodes {
    /// Told this once; `null` when the request is repeated.
    recovery_codes: Option<Vec<String>>,
    /// Whether they were made before, by the same command.
    repeated: bool,
}

impl NewCodes {
    fn of(codes: &[RecoveryCode], done: &Done) -> Self {
        Self {
            recovery_codes: (!done.repeated).then(|| codes.iter().map(RecoveryCode::reveal).collect()),
            repeated: done.repeated,
        }
    }
}

/// Draws a secret. Nothing is set until it comes back with a code.
#[utoipa::path(post, path = "/v1/me/totp", tag = "me",
    responses((status = 200, body = DrawnTotp), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn begin(Unguarded(me): Unguarded, State(gateway): State<Shared>, _: NoBody) -> Result<Answer<DrawnTotp>, Error> {
    let account = gateway.executor.look::<Account>(me.account).await?;
    let profile = account.profile().ok_or(Error::AccountNotFound(me.account))?;
    let called = gateway.kept(me.account, profile).await?.name;
    let totp = gateway.proofs.totp();
    Ok(Answer::ok(DrawnTotp {
        secret: totp.secret().secret,
        url: totp.url(&gateway.config.name, &called),
    }))
}

/// Has a time-based one-time password asked for when a device signs in; the first, or another. Makes new recovery codes.
#[utoipa::path(put, path = "/v1/me/totp", tag = "me", request_body = NewTotp,
    responses((status = 200, body = NewCodes), (status = 429, body = ErrorAnswer), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn set(
    Unguarded(me): Unguarded,
    State(gateway): State<Shared>,
    CommandKey(command): CommandKey,
    Json(new): Json<NewTotp>,
) -> Result<Answer<NewCodes>, Error> {
    let secret = TotpSecret {
        secret: new.secret.reveal().to_owned(),
    };
    let totp = Totp::of(&secret).ok_or_else(|| Error::InvalidRequest("secret: not as the server told it".to_owned()))?;
    let given = Evidence::parse(new.password, new.totp, new.recovery_code)?;
    let step = totp.step_of(new.code.reveal(), gateway.clock.now());
    let print = gateway.proofs.totp_print(command, &secret).await;
    let (codes, kept) = gateway.proofs.recovery_codes();
    let tries = gateway.factor_tries();
    let set = |shown| account::Command::SetTotp {
        totp: secret.clone(),
        print: print.clone(),
        step,
        codes: kept.clone(),
        shown,
        tries,
    };
    let done = gateway.with_factor(me, command, given, set).await?;
    Ok(Answer::ok(NewCodes::of(&codes, &done)).at(done.position))
}

/// Has no time-based one-time password asked for any more.
#[utoipa::path(delete, path = "/v1/me/totp", tag = "me", request_body = GivenFactor,
    responses((status = 204), (status = 429, body = ErrorAnswer), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn remove(
    me: Device,
    State(gateway): State<Shared>,
    CommandKey(command): CommandKey,
    JsonOrNone(given): JsonOrNone<GivenFactor>,
) -> Result<Answer<()>, Error> {
    let tries = gateway.factor_tries();
    let remove = |shown| account::Command::RemoveTotp { shown, tries };
    let removed = gateway.with_factor(me, command, given.evidence()?, remove).await?;
    Ok(done(removed.position))
}

/// Puts new recovery codes in the place of all former ones.
#[utoipa::path(post, path = "/v1/me/recovery-codes", tag = "me", request_body = GivenFactor,
    responses((status = 200, body = NewCodes), (status = 429, body = ErrorAnswer), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn make_codes(
    me: Device,
    State(gateway): State<Shared>,
    CommandKey(command): CommandKey,
    JsonOrNone(given): JsonOrNone<GivenFactor>,
) -> Result<Answer<NewCodes>, Error> {
    let (codes, kept) = gateway.proofs.recovery_codes();
    let tries = gateway.factor_tries();
    let make = |shown| account::Command::MakeRecoveryCodes {
        codes: kept.clone(),
        shown,
        tries,
    };
    let done = gateway.with_factor(me, command, given.evidence()?, make).await?;
    Ok(Answer::ok(NewCodes::of(&codes, &done)).at(done.position))
}
