//! `POST /v1/sign-in/{sign_in}/recovery` and its code: a forgotten password is removed.

use axum::extract::State;
use domain::id::SignInId;
use domain::sign_in::event::Purpose;
use infra::config::secret::Secret;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{CodeOnItsWay, GuestDevice, contact};
use crate::Shared;
use crate::answer::Answer;
use crate::error::{Error, ErrorAnswer};
use crate::extract::{CommandKey, Json, Path, object};
use crate::sign_in::{Step, Visitor, recover};

/// Who has forgotten their password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Forgetful {
    /// The phone number that is signed in with; this or `email`.
    #[schema(value_type = Option<String>)]
    phone: Option<Secret>,
    /// The e-mail address that is signed in with.
    #[schema(value_type = Option<String>)]
    email: Option<Secret>,
}

/// The code that was sent to the recovery address.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RecoveryCodeShown {
    /// The phone number that is signed in with; this or `email`.
    #[schema(value_type = Option<String>)]
    phone: Option<Secret>,
    /// The e-mail address that is signed in with.
    #[schema(value_type = Option<String>)]
    email: Option<Secret>,
    /// The code: six digits.
    #[schema(value_type = String)]
    code: Secret,
    /// The device that is to be let in.
    #[serde(deserialize_with = "object")]
    device: GuestDevice,
}

/// Has a code sent to the account's recovery address; asked again, another one.
#[utoipa::path(post, path = "/v1/sign-in/{sign_in}/recovery", tag = "sign-in", security(()), params(("sign_in" = String, Path)),
    request_body = Forgetful,
    responses((status = 201, body = CodeOnItsWay), (status = 429, body = ErrorAnswer), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn begin(
    State(gateway): State<Shared>,
    CommandKey(command): CommandKey,
    Path(sign_in): Path<SignInId>,
    Json(forgetful): Json<Forgetful>,
) -> Result<Answer<CodeOnItsWay>, Error> {
    let contact = contact(forgetful.phone.as_ref(), forgetful.email.as_ref())?;
    let visitor = Visitor::of(&gateway.keys, contact, Purpose::SignIn, sign_in);
    let command = visitor.command(&format!("recovery.{command}"));
    let made = recover(&gateway, &visitor, command).await?;
    Ok(Answer::created(CodeOnItsWay::of(&visitor, made)))
}

/// Shows that code: the password is removed. Lets the device in, or says what else is needed. Safe to send again.
#[utoipa::path(post, path = "/v1/sign-in/{sign_in}/recovery/code", tag = "sign-in", security(()), params(("sign_in" = String, Path)),
    request_body = RecoveryCodeShown,
    responses((status = 200, body = Step), (status = 201, body = Step), (status = 429, body = ErrorAnswer), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn show(
    State(gateway): State<Shared>,
    Path(sign_in): Path<SignInId>,
    Json(shown): Json<RecoveryCodeShown>,
) -> Result<Answer<Step>, Error> {
    let contact = contact(shown.phone.as_ref(), shown.email.as_ref())?;
    let visitor = Visitor::of(&gateway.keys, contact, Purpose::SignIn, sign_in);
    let guest = shown.device.guest()?;
    gateway.recovered(&visitor, &shown.code.reveal().parse()?).await?;
    gateway.admit(&visitor, &guest).await
}
