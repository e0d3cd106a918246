//! `POST /v1/me/addresses` and its steps: a code is sent to an address, and shown.
//!
//! The address is a part of each request, as the server keeps none that nobody is reached at.

use axum::extract::State;
use domain::account::address::AddressUse;
use domain::id::SignInId;
use domain::sign_in::event::Purpose;
use infra::config::secret::Secret;
use infra::contact::Contact;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::Shared;
use crate::answer::{Answer, done};
use crate::caller::Device;
use crate::error::{Error, ErrorAnswer};
use crate::extract::{CommandKey, Json, Path};
use crate::factors::Evidence;
use crate::routes::sign_in::{CodeOnItsWay, contact};
use crate::sign_in::{self, Visitor, Way, evenly};

/// An address, and what it is to serve.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WantedAddress {
    /// A phone number with its country code; this or `email`.
    #[schema(value_type = Option<String>)]
    phone: Option<Secret>,
    /// An e-mail address.
    #[schema(value_type = Option<String>)]
    email: Option<Secret>,
    /// What it is to serve.
    r#use: WantedUse,
}

/// What an address is to serve.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WantedUse {
    /// To sign in with it.
    SignIn,
    /// To be sent a code when the password was forgotten: an e-mail address.
    Recovery,
}

/// The code that was sent there, and a factor if one is set.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProvedAddress {
    /// The phone number that the code was sent to; this or `email`.
    #[schema(value_type = Option<String>)]
    phone: Option<Secret>,
    /// The e-mail address that it was sent to.
    #[schema(value_type = Option<String>)]
    email: Option<Secret>,
    /// What it is to serve.
    r#use: WantedUse,
    /// The code: six digits.
    #[schema(value_type = String)]
    code: Secret,
    /// The password; this, `totp` or `recovery_code`.
    #[schema(value_type = Option<String>)]
    password: Option<Secret>,
    /// A time-based one-time password.
    #[schema(value_type = Option<String>)]
    totp: Option<Secret>,
    /// A recovery code, in its place.
    #[schema(value_type = Option<String>)]
    recovery_code: Option<Secret>,
}

impl WantedUse {
    fn of(self, contact: &Contact) -> Result<AddressUse, Error> {
        match (self, contact) {
            (Self::SignIn, contact) => Ok(contact.sign_in_use()),
            (Self::Recovery, Contact::Email(_)) => Ok(AddressUse::Recovery),
            (Self::Recovery, Contact::Phone(_)) => Err(Error::InvalidRequest("use: for recovery an e-mail address is needed".to_owned())),
        }
    }
}

/// Has a code sent to an address that the caller's account is to be reached at. The same answer, whoever is reached there.
#[utoipa::path(post, path = "/v1/me/addresses", tag = "me", request_body = WantedAddress,
    responses((status = 201, body = CodeOnItsWay), (status = 429, body = ErrorAnswer), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn begin(
    me: Device,
    State(gateway): State<Shared>,
    CommandKey(command): CommandKey,
    Json(wanted): Json<WantedAddress>,
) -> Result<Answer<CodeOnItsWay>, Error> {
    let contact = contact(wanted.phone.as_ref(), wanted.email.as_ref())?;
    wanted.r#use.of(&contact)?;
    let visitor = Visitor::begun_by(&gateway.keys, contact, Purpose::Address(me.account), command.0);
    let begun = sign_in::begin(&gateway, &visitor, Way::Contact, visitor.command("begin"));
    let made = evenly(begun).await?;
    Ok(Answer::created(CodeOnItsWay::of(&visitor, made)))
}

/// Has another code sent there; the former is of no use any more.
#[utoipa::path(post, path = "/v1/me/addresses/{sign_in}/resend", tag = "me", params(("sign_in" = String, Path)), request_body = WantedAddress,
    responses((status = 201, body = CodeOnItsWay), (status = 429, body = ErrorAnswer), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn resend(
    me: Device,
    State(gateway): State<Shared>,
    CommandKey(command): CommandKey,
    Path(sign_in): Path<SignInId>,
    Json(wanted): Json<WantedAddress>,
) -> Result<Answer<CodeOnItsWay>, Error> {
    let contact = contact(wanted.phone.as_ref(), wanted.email.as_ref())?;
    wanted.r#use.of(&contact)?;
    let visitor = Visitor::of(&gateway.keys, contact, Purpose::Address(me.account), sign_in);
    let command = visitor.command(&format!("resend.{command}"));
    let made = evenly(sign_in::resend(&gateway, &visitor, Way::Contact, command)).await?;
    Ok(Answer::created(CodeOnItsWay::of(&visitor, made)))
}

/// Shows that code: the account is reached there from now on, instead of at the former address of the same use.
#[utoipa::path(post, path = "/v1/me/addresses/{sign_in}/code", tag = "me", params(("sign_in" = String, Path)), request_body = ProvedAddress,
    responses((status = 204), (status = 429, body = ErrorAnswer), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn show(
    me: Device,
    State(gateway): State<Shared>,
    CommandKey(command): CommandKey,
    Path(sign_in): Path<SignInId>,
    Json(proved): Json<ProvedAddress>,
) -> Result<Answer<()>, Error> {
    let contact = contact(proved.phone.as_ref(), proved.email.as_ref())?;
    let purpose = proved.r#use.of(&contact)?;
    let given = Evidence::parse(proved.password, proved.totp, proved.recovery_code)?;
    let visitor = Visitor::of(&gateway.keys, contact, Purpose::Address(me.account), sign_in);
    gateway.try_code(&visitor, &proved.code.reveal().parse()?).await?;
    let reached = gateway.reach(&visitor, me, purpose, given, command).await?;
    Ok(done(reached.position))
}
