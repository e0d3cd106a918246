//! `POST /v1/sign-in/{sign_in}/code`: the code is shown.

use axum::extract::State;
use domain::account::NameText;
use domain::id::SignInId;
use domain::sign_in::event::Purpose;
use infra::config::secret::Secret;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{GuestDevice, contact};
use crate::Shared;
use crate::answer::Answer;
use crate::error::{Error, ErrorAnswer};
use crate::extract::{Json, Path, object};
use crate::sign_in::{Guest, Step, Visitor};

/// A code that is shown.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ShownCode {
    /// The phone number that it was sent to; this or `email`.
    #[schema(value_type = Option<String>)]
    phone: Option<Secret>,
    /// The e-mail address that it was sent to.
    #[schema(value_type = Option<String>)]
    email: Option<Secret>,
    /// The code: six digits.
    #[schema(value_type = String)]
    code: Secret,
    /// What to call the account, should none be reached there yet: 1 to 64 characters.
    name: Option<String>,
    /// The device that is to be let in.
    #[serde(deserialize_with = "object")]
    device: GuestDevice,
}

/// Shows the code. Lets the device in, or says what else is needed. Safe to send again.
#[utoipa::path(post, path = "/v1/sign-in/{sign_in}/code", tag = "sign-in", security(()), params(("sign_in" = String, Path)),
    request_body = ShownCode,
    responses((status = 200, body = Step), (status = 201, body = Step), (status = 429, body = ErrorAnswer), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn show(
    State(gateway): State<Shared>,
    Path(sign_in): Path<SignInId>,
    Json(shown): Json<ShownCode>,
) -> Result<Answer<Step>, Error> {
    let contact = contact(shown.phone.as_ref(), shown.email.as_ref())?;
    let visitor = Visitor::of(&gateway.keys, contact, Purpose::SignIn, sign_in);
    let called = shown.name.as_deref().map(NameText::parse).transpose();
    let guest = Guest {
        called: called.map_err(|invalid| Error::Text("name", invalid))?,
        ..shown.device.guest()?
    };
    gateway.try_code(&visitor, &shown.code.reveal().parse()?).await?;
    gateway.admit(&visitor, &guest).await
}
