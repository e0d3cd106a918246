//! `POST /v1/sign-in/{sign_in}/factor`: a second factor is shown.

use axum::extract::State;
use domain::account;
use domain::id::SignInId;
use domain::sign_in::event::Purpose;
use infra::config::secret::Secret;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{GuestDevice, contact};
use crate::Shared;
use crate::answer::Answer;
use crate::error::{Error, ErrorAnswer};
use crate::extract::{CommandKey, Json, Path, object};
use crate::factors::Evidence;
use crate::sign_in::{Step, Visitor};

/// A second factor that is shown.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ShownFactor {
    /// The phone number that is signed in with; this or `email`.
    #[schema(value_type = Option<String>)]
    phone: Option<Secret>,
    /// The e-mail address that is signed in with.
    #[schema(value_type = Option<String>)]
    email: Option<Secret>,
    /// The password; this, `totp` or `recovery_code`.
    #[schema(value_type = Option<String>)]
    password: Option<Secret>,
    /// A time-based one-time password.
    #[schema(value_type = Option<String>)]
    totp: Option<Secret>,
    /// A recovery code, in its place.
    #[schema(value_type = Option<String>)]
    recovery_code: Option<Secret>,
    /// The device that is to be let in.
    #[serde(deserialize_with = "object")]
    device: GuestDevice,
}

/// Shows a second factor. Lets the device in once all that are set have been shown, or says what else is needed.
#[utoipa::path(post, path = "/v1/sign-in/{sign_in}/factor", tag = "sign-in", security(()), params(("sign_in" = String, Path)),
    request_body = ShownFactor,
    responses((status = 200, body = Step), (status = 201, body = Step), (status = 429, body = ErrorAnswer), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn show(
    State(gateway): State<Shared>,
    CommandKey(command): CommandKey,
    Path(sign_in): Path<SignInId>,
    Json(shown): Json<ShownFactor>,
) -> Result<Answer<Step>, Error> {
    let contact = contact(shown.phone.as_ref(), shown.email.as_ref())?;
    let visitor = Visitor::of(&gateway.keys, contact, Purpose::SignIn, sign_in);
    let guest = shown.device.guest()?;
    let evidence = Evidence::parse(shown.password, shown.totp, shown.recovery_code)?;
    let evidence = evidence.ok_or_else(|| Error::InvalidRequest("password, totp, recovery_code: one of them is needed".to_owned()))?;
    let account = gateway.recognised(&visitor).await?.ok_or(account::Rejection::FactorNotSet)?;
    let command = visitor.command(&format!("factor.{command}"));
    gateway.show(&visitor, account, &evidence, command).await?;
    gateway.admit(&visitor, &guest).await
}
